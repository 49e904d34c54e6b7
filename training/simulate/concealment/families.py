"""The table of concealments, by the names of the anomaly families, and the one entry to draw any of them."""

from collections.abc import Callable
from dataclasses import replace

from training.simulate.concealment.bags import rip_off_bags
from training.simulate.concealment.bricks import bricks_in_load
from training.simulate.concealment.cash import cash_gold
from training.simulate.concealment.cavities import reefer_insulation, vehicle_cavity
from training.simulate.concealment.cigarettes import cigarettes_behind_cover
from training.simulate.concealment.dense import shielded_nuclear
from training.simulate.concealment.electronics import electronics_medicine
from training.simulate.concealment.inside_goods import inside_goods
from training.simulate.concealment.liquids import alcohol_liquids
from training.simulate.concealment.people import people
from training.simulate.concealment.place import Rng, Site
from training.simulate.concealment.vehicles import vehicles_engines
from training.simulate.concealment.voids import void
from training.simulate.concealment.walls import false_wall
from training.simulate.concealment.weapons import weapons_ammunition
from training.simulate.concealment.wildlife import ivory_wildlife
from training.simulate.parts import Concealment

FAMILIES: dict[str, Callable[[Rng, Site, float], Concealment | None]] = {
    "rip_off_bags": rip_off_bags,
    "bricks_in_load": bricks_in_load,
    "false_wall": false_wall,
    "reefer_insulation": reefer_insulation,
    "cigarettes_behind_cover": cigarettes_behind_cover,
    "inside_goods": inside_goods,
    "weapons_ammunition": weapons_ammunition,
    "cash_gold": cash_gold,
    "people": people,
    "alcohol_liquids": alcohol_liquids,
    "shielded_nuclear": shielded_nuclear,
    "vehicles_engines": vehicles_engines,
    "ivory_wildlife": ivory_wildlife,
    "electronics_medicine": electronics_medicine,
    "vehicle_cavity": vehicle_cavity,
    "void": void,
}
AMOUNT_LAW = (1.1, 1.5)  # of a beta distribution: all of faint to blatant, the faint more often
TRIES = 4


def draw_concealment(
    rng: Rng,
    site: Site,
    family: str,
    amount: float | None = None,
) -> Concealment | None:
    """One concealment of a family; None when no place was found for it.

    `amount` in [0, 1] is its difficulty, 0 barely there; drawn when not given. Raises `KeyError` for a family that is
    none.
    """
    level = float(rng.beta(*AMOUNT_LAW)) if amount is None else amount
    for _ in range(TRIES):
        hidden = FAMILIES[family](rng, site, level)
        if hidden is not None:
            return replace(hidden, facts={"amount": round(level, 3), **hidden.facts})
    return None
