"""Who comes on the day, in what order, by which lane, and what is wrong. All of it is invented."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from training.simulate.manifest import DECLARED_HS
from training.simulate.scanner import Rng

Format = Literal["canonical", "ncts", "asycuda", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)
Kind = Literal[
    "honest",
    "declared_empty",
    "declared_loaded",
    "other_commodity",
    "partly_other",
    "half_mass",
    "double_mass",
    "wrong_number",
    "other_equipment",
    "code_against_description",
    "check_digit",
    "total_not_the_sum",
    "hidden",
    "reused_image",
    "copied_image",
    "odd_one_of_a_lot",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
WRONG = KINDS[1:-1]
"""Evenly over the wrong consignments; the lot is one more."""

GATES = ("portal-6-4-L", "gantry-9-6-L", "mobile-6-4-L", "portal-6-arc")
GATE_SHARES = (0.4, 0.25, 0.2, 0.15)
VEHICLES = {
    "truck_20": 0.22, "truck_40": 0.30, "container_alone": 0.12, "truck_reefer": 0.08,
    "curtain_trailer": 0.12, "box_trailer": 0.07, "rigid_lorry": 0.04, "panel_van": 0.05,
}  # fmt: skip
DRY_CONTAINERS = ("truck_20", "truck_40", "container_alone")
LOADS = ("full", "full", "partial", "low_fill", "side_by_side", "front_back", "groupage")
FAMILIES = (
    "bricks_in_load",
    "cigarettes_behind_cover",
    "weapons_ammunition",
    "false_wall",
    "shielded_nuclear",
    "people",
)
EMPTY_SHARE = 0.14
REGULAR_SHARE = 0.45
"""So many of the honest consignments are of traders who always bring the same goods in the same kind of vehicle."""
REGULAR_TRADERS = 8
OTHER_TRADERS = 60
MINUTES = 24 * 60


@dataclass(frozen=True)
class Consignment:
    """One consignment as it will come; `number` is its place in the order of arrival, `minute` its time of the day.

    `source` is the number of the consignment whose image it shows again. A lot has as many `units` of one declaration,
    each scanned on its own; every other consignment has one.
    """

    number: int
    kind: Kind
    format: Format
    minute: int
    gate: int
    trader: int
    vehicle: str
    load: str
    commodity: str | None = None
    family: str | None = None
    source: int | None = None
    units: int = 1

    @property
    def lrn(self) -> str:
        """Its local reference number."""
        return f"DAY-{self.number:06d}"

    @property
    def trader_number(self) -> str:
        """The identification number of the consignee."""
        return f"XX{self.trader:010d}"


def planned_day(count: int, wrong: int, seed: int, *, lot: int = 12) -> tuple[Consignment, ...]:
    """`count` consignments by time of arrival, `wrong` of them wrong, one of which is the lot of `lot` containers.

    Raises `ValueError` where not even one honest consignment is left.
    """
    if not 1 <= wrong < count:
        raise ValueError(f"{wrong} of {count} consignments cannot be wrong: from 1 to {count - 1}")
    rng = np.random.default_rng([seed, count, wrong])
    kinds: list[Kind] = [WRONG[index % len(WRONG)] for index in range(wrong - 1)]
    honest: list[Kind] = ["honest"] * (count - wrong - 1)
    rest: list[Kind] = ["odd_one_of_a_lot", *kinds, *honest]
    ordered: list[Kind] = ["honest", *(rest[place] for place in rng.permutation(len(rest)))]
    minutes = np.sort(rng.integers(0, MINUTES, count))
    day: list[Consignment] = []
    seen = dict.fromkeys(KINDS, 0)
    for number, kind in enumerate(ordered):
        day.append(_drawn(rng, number, kind, int(minutes[number]), seen[kind], day, lot))
        seen[kind] += 1
    return tuple(day)


def _drawn(
    rng: Rng, number: int, kind: Kind, minute: int, nth: int, before: list[Consignment], lot: int
) -> Consignment:
    form = FORMATS[number % len(FORMATS)]
    gate = int(rng.choice(len(GATES), p=GATE_SHARES))
    trader = REGULAR_TRADERS + int(rng.integers(OTHER_TRADERS))
    vehicle = str(rng.choice(list(VEHICLES), p=list(VEHICLES.values())))
    load = "empty" if rng.random() < EMPTY_SHARE else str(rng.choice(LOADS))
    drawn = Consignment(number, kind, form, minute, gate, trader, vehicle, load)
    if number == 0:  # the first has an image that can be copied
        return replace(drawn, vehicle="truck_20", load="full")
    if kind == "honest":
        return _regular(rng, drawn) if rng.random() < REGULAR_SHARE else drawn
    container = str(rng.choice(DRY_CONTAINERS))
    full = str(rng.choice(["full", "partial"]))
    if kind == "declared_loaded":
        return replace(drawn, load="empty")
    if kind == "partly_other":
        return replace(drawn, load=str(rng.choice(["side_by_side", "front_back"])))
    if kind in ("wrong_number", "check_digit"):
        return replace(drawn, vehicle=container)
    if kind == "other_equipment":  # NCTS names no sizes
        other: Format = FORMATS[(0, 2, 3)[nth % 3]]
        return replace(drawn, vehicle=container, format=other)
    if kind == "hidden":
        family = FAMILIES[nth % len(FAMILIES)]
        return replace(
            drawn, vehicle="panel_van" if family == "people" else container, load=full, family=family
        )
    if kind in ("reused_image", "copied_image"):
        fit = [c for c in before if c.kind == "honest" and c.vehicle in DRY_CONTAINERS and c.load != "empty"]
        used = {c.source for c in before}
        source = next((c for c in reversed(fit) if c.number not in used), fit[-1])
        return replace(
            drawn, vehicle=source.vehicle, load=source.load, gate=source.gate, source=source.number
        )
    if kind == "odd_one_of_a_lot":
        goods = "bottled_drinks"
        return replace(
            drawn, vehicle="truck_20", load="full", commodity=goods, format="ncts", gate=0, units=lot
        )
    return replace(drawn, load=full)


def _regular(rng: Rng, drawn: Consignment) -> Consignment:
    """A trader who always brings the same: goods, vehicle, gate and form of the declaration are the trader's own."""
    trader = int(rng.integers(REGULAR_TRADERS))
    habit = np.random.default_rng([trader, 77])
    return replace(
        drawn,
        trader=trader,
        gate=trader % 2,
        vehicle=str(habit.choice(["truck_20", "truck_40"])),
        load="full",
        commodity=str(habit.choice(list(DECLARED_HS))),
        format=FORMATS[trader % len(FORMATS)],
    )
