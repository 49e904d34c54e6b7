"""Do the declared mass and packages fit the room that the load takes?

The declared mass over the room is a stow density, of which every class of goods has a range; the room over the number
of packages is the size of one. Goods that stand at one wall only look as if they filled the width, so the room is a
most, and a density that seems too low says less than one that seems too high.
"""

import math
from collections.abc import Sequence
from typing import Any

from tallyscan.reconcile.case import Case
from tallyscan.reconcile.declared_goods import DeclaredGoods, declared_goods
from tallyscan.reconcile.declared_mass import declared_mass
from tallyscan.reconcile.load_room import LoadRoom, load_room
from tallyscan.reconcile.outcome import DIFFERS_FROM, PRIOR_WRONG, agrees, differs, undetermined
from tallyscan.reconcile.package_sizes import package_room_m3
from tallyscan.verdict import Verdict
from tallyscan.wording import Wording, said, together

RULE = "fill"

TOO_DENSE_ERROR, TOO_LIGHT_ERROR = 0.3, 0.5
"""One standard deviation, in natural logarithms, of how far honest goods lie outside of their range: of 84 simulated
units 89 % lay within 0.2 and 95 % within 0.3. Towards the light side more, for goods that do not reach from wall to
wall. Widened by judgement."""

ODD_LOADS = 0.01
"""Share of honest loads that are of any density: a machine much heavier than others. A judgement."""

WRONG_SPREAD = 1.0
"""How far wrong declarations lie outside, one standard deviation: by a factor of e. A judgement."""


def rule_fill(case: Case) -> Verdict:
    """The declared mass and packages of this unit against the room of its load."""
    if case.unit is None or case.declared is None or case.detection is None or case.declaration is None:
        return undetermined(case, RULE, case.obstacle)
    if case.declared.empty:
        return undetermined(case, RULE, said("The unit is declared as empty; see the rule `empty`."))
    if case.guessed_units:
        return undetermined(case, RULE, together(case.guessed_units, said("So is the size of a pixel.")))
    if case.declared.shared:
        return undetermined(case, RULE, said("Goods of this unit may also lie in other declared units."))
    room = load_room(case)
    if isinstance(room, Wording):
        return undetermined(case, RULE, room)
    items = case.declared.items
    total_kg = case.declaration.total_gross_mass if len(items) == len(case.declaration.goods_items) else None
    mass_kg = declared_mass(items, total_kg, units=1).mass_kg
    stow = stow_range(declared_goods(items))
    packages = package_room_m3(items)
    tests = [
        *(_density(mass_kg, stow, room) if mass_kg and stow else ()),
        *(_packages(packages, room) if packages else ()),
    ]
    evidence: dict[str, Any] = {
        "room_m3": room.m3,
        "room_of_unit_m3": room.of_m3,
        "declared_kg": mass_kg,
        "density_kg_m3": round(mass_kg / room.m3) if mass_kg and room.m3 else None,
        "stow_density_kg_m3": [round(bound) for bound in stow] if stow else None,
        "packages_m3": [round(bound, 1) for bound in packages] if packages else None,
        "region": list(case.unit.load.box) if case.unit.load else None,
    }
    if not tests:
        reason = said(
            "Neither a mass of goods with a known stow density nor packages of a known size are declared."
        )
        return undetermined(case, RULE, reason, evidence)
    most = said("The load takes at most {room:.0f} m3 of {inside}.", room=room.m3, inside=room.inside)
    reason = together(most, *(words for _, words in tests))
    score = max(score for score, _ in tests)
    if PRIOR_WRONG < score < DIFFERS_FROM:  # what speaks against it agrees with nothing
        open_still = said("That is neither usual nor far enough from it.")
        return undetermined(case, RULE, together(reason, open_still), evidence)
    return (differs if score >= DIFFERS_FROM else agrees)(case, RULE, score, reason, evidence)


def stow_range(goods: Sequence[DeclaredGoods]) -> tuple[float, float] | None:
    """Least and most kg/m3 of these goods together, each as it is stowed; None where one of them has no class."""
    if not goods or any(each.commodity is None for each in goods):
        return None
    ranges = [(each.share, each.commodity.stow_density_kg_m3) for each in goods if each.commodity is not None]
    if any(low <= 0 for _, (low, _) in ranges):
        return None
    low = 1 / sum(share / bounds[0] for share, bounds in ranges)
    high = 1 / sum(share / bounds[1] for share, bounds in ranges)
    return low, high


def fill_score(outside: float) -> float:
    """Probability of a wrong declaration; `outside` is the logarithm of how far a density is above its range (positive)
    or below it (negative), 0 within.
    """
    error = TOO_DENSE_ERROR if outside >= 0 else TOO_LIGHT_ERROR

    def normal(spread: float) -> float:
        return math.exp(-min((outside / spread) ** 2 / 2, 600.0)) / (spread * math.sqrt(2 * math.pi))

    wrong = normal(WRONG_SPREAD)
    honest = (1 - ODD_LOADS) * normal(error) + ODD_LOADS * wrong
    return PRIOR_WRONG * wrong / (PRIOR_WRONG * wrong + (1 - PRIOR_WRONG) * honest)


def outside(value: float, low: float, high: float) -> float:
    """By how much, in natural logarithms, a value is above `high` or (negative) below `low`; 0 between them."""
    if value <= 0:
        return -math.inf
    return max(math.log(value / high), 0.0) + min(math.log(value / low), 0.0)


def _density(mass_kg: float, stow: tuple[float, float], room: LoadRoom) -> list[tuple[float, Wording]]:
    if not room.m3:
        return []
    density = mass_kg / room.m3
    words = said(
        "{mass_kg:,.0f} kg in it are {density:.0f} kg/m3; such goods are stowed at {low:.0f} to {high:.0f}.",
        mass_kg=mass_kg,
        density=density,
        low=stow[0],
        high=stow[1],
    )
    return [(fill_score(outside(density, *stow)), words)]


def _packages(packages: tuple[float, float], room: LoadRoom) -> list[tuple[float, Wording]]:
    words = said("The declared packages take {low:.0f} to {high:.0f} m3.", low=packages[0], high=packages[1])
    # Less room than the packages need is as odd as goods that are too dense.
    return [(fill_score(-outside(room.m3, *packages)), words)]
