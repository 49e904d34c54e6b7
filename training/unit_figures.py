"""What a model says of cargo units, against the truth: boxes, goods, mass, empty, mismatch with the declaration.

Rates are [rate, low, high, hits, count] with Wilson intervals.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.finding import LOWER_BOUND_FROM
from training.card_fit import LEAST_WEIGHED_KG, PENETRATION_EDGES, Observation, declared_wrongly, unit_pairs
from training.metrics import (
    auroc,
    grouped,
    interval_coverage,
    mass_errors,
    mass_errors_by_bin,
    mean_box_iou,
    reached,
    share,
    threshold_for,
    top_k,
)

GROUP_OF = {name: item.group for name, item in CLASS_BY_NAME.items()}
Figures = dict[str, Any]


def unit_figures(seen: Sequence[Observation]) -> Figures:
    """Boxes, goods and mass of the units."""
    containers = [o for o in seen if all(unit["kind"] == "container" for unit in o["truth"]["units"])]
    return {
        "units": len(unit_pairs(seen)),
        "box_mean_iou": box_iou(seen),
        "container_units": sum(len(o["truth"]["units"]) for o in containers),
        "container_box_mean_iou": box_iou(containers),
        **commodity_figures(seen),
        **mass_figures(seen),
    }


def box_iou(seen: Sequence[Observation]) -> float:
    """Mean IoU of the units of these scans; a box too many on either side counts as 0."""
    return mean_box_iou(
        ([u["box"] for u in o["truth"]["units"]], [u["box"] for u in o["units"]] if o["read"] else [])
        for o in seen
    )


def commodity_figures(seen: Sequence[Observation]) -> Figures:
    """Units with one class of goods; of which nothing is said, or that are not found, are wrong."""
    pairs = [(t, s) for o in seen for t, s in of_every_unit(o) if len(t["commodities"]) == 1]
    said = [largest_region(s["commodities"]) if s else [] for _, s in pairs]
    truth = [t["commodities"][0] for t, _ in pairs]
    return {
        "commodity_units": len(truth),
        "commodity_top1": top_k(said, truth, 1),
        "commodity_top5": top_k(said, truth, 5),
        "commodity_group_top1": top_k(
            [grouped(unit, GROUP_OF) for unit in said], [GROUP_OF[name] for name in truth], 1
        ),
    }


def mass_figures(seen: Sequence[Observation]) -> Figures:
    """Loaded units of more than 200 kg on scans with physical units: errors and intervals, also by penetration.

    How far they are penetrated is what the service itself measures: it is that which decides on a mass. `mass_weighed`
    is the share of such units that got a mass, found or not.
    """
    physical = [o for o in seen if not o["group"].startswith("display")]
    pairs = [(t, s) for t, s in unit_pairs(physical) if is_heavy(t)]
    asked = [s for o in physical for t, s in of_every_unit(o) if is_heavy(t)]
    truth = np.array([t["mass_kg"] for t, _ in pairs])
    said = np.array([s["mass"] or [np.nan] * 3 for _, s in pairs]).reshape(-1, 3)
    through = np.array([is_penetrated(s) for _, s in pairs], bool)
    by_alpha = mass_errors_by_bin(truth, said[:, 0], [s["mean_alpha"] for _, s in pairs], PENETRATION_EDGES)
    return {
        "mass_weighed": share([s is not None and s["mass"] is not None for s in asked]),
        "mass": mass_errors(truth, said[:, 0]).__dict__,
        "mass_penetrated": mass_errors(truth[through], said[through, 0]).__dict__,
        "mass_by_mean_alpha": {name: item.__dict__ for name, item in by_alpha.items()},
        "mass_interval": interval_coverage(truth, said[:, 1], said[:, 2]).__dict__,
        "mass_interval_penetrated": interval_coverage(
            truth[through], said[through, 1], said[through, 2]
        ).__dict__,
    }


def is_heavy(unit: dict[str, Any]) -> bool:
    """A true unit with goods of more than what counts as weighed."""
    return not unit["empty"] and bool(unit["mass_kg"] > LEAST_WEIGHED_KG)


def of_every_unit(o: Observation) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Every true unit of a scan with what was said of it; None where it was not found or the scan not read."""
    found = {truth["unit"]: said for truth, said in unit_pairs([o])}
    return [(unit, found.get(unit["unit"])) for unit in o["truth"]["units"]]


def largest_region(regions: list[dict[str, Any]]) -> list[tuple[str, float]]:
    """Candidates of the largest region of a unit."""
    if not regions:
        return []
    largest = max(regions, key=lambda region: region["box"][2] * region["box"][3])
    return [(name, probability) for name, probability in largest["candidates"]]


def is_penetrated(said: dict[str, Any]) -> bool:
    """Hardly any of its goods let nothing through."""
    return bool(said["not_penetrated"] <= LOWER_BOUND_FROM)


def empty_figures(seen: Sequence[Observation], rate: float = 0.005) -> Figures:
    """Loaded units found where so many of the empty ones are taken for loaded.

    A unit that was not found, or not read, is a miss where it is loaded and a false alarm where it is empty: more of
    them than the rate allows leave no threshold, so their number stands beside it (`empty_not_judged`).
    """
    loaded_score: dict[bool, list[float]] = {True: [], False: []}
    tiny: list[float] = []
    for o in seen:
        for unit, said in of_every_unit(o):
            silent = np.inf if unit["empty"] else -np.inf
            value = silent if said is None or said["empty"] is None else 1 - said["empty"]
            loaded_score[not unit["empty"]].append(value)
            if 0 < unit["mass_kg"] < 500:
                tiny.append(value)
    empty, loaded = (np.array(loaded_score[key], np.float64) for key in (False, True))
    if not len(empty):
        return {}
    limit = threshold_for(empty, rate * len(empty))
    return {
        "empty_units": len(empty),
        "loaded_units": len(loaded),
        "empty_not_judged": int(np.isposinf(empty).sum()),
        "loaded_not_judged": int(np.isneginf(loaded).sum()),
        "auroc": auroc(empty, loaded),
        f"loaded_found_at_{rate:g}": reached(loaded, limit),
        f"under_500_kg_found_at_{rate:g}": reached(np.array(tiny, np.float64), limit),
        "empty_right_at_half": share(empty < 0.5),
        "loaded_right_at_half": share(loaded >= 0.5),
    }


def mismatch_figures(seen: Sequence[Observation]) -> Figures:
    """Wrong declarations against true ones, by loaded unit; where nothing was said, it was said wrongly."""
    said: dict[bool, list[float]] = {True: [], False: []}
    for o in seen:
        for unit, answer in of_every_unit(o):
            wrong = declared_wrongly(o, unit)
            if wrong is not None:
                silent = -np.inf if wrong else np.inf
                value = silent if answer is None or answer["mismatch"] is None else answer["mismatch"]
                said[wrong].append(value)
    return {"true": len(said[False]), "wrong": len(said[True]), "auroc": auroc(said[False], said[True])}
