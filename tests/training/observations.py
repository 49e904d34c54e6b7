"""Observations by hand: what a model could have said of a scan, beside what is true of it."""

from typing import Any

Observation = dict[str, Any]
UNIT_BOX, FAR_BOX = [0.0, 0.0, 100.0, 40.0], [500.0, 0.0, 100.0, 40.0]


def anomaly(
    family: str = "rip_off_bags", x: float = 10.0, contrast: float = 10.0, clutter: float = 2.0
) -> Observation:
    """A true anomaly of 20 by 20 pixels."""
    return {
        "family": family, "box": [x, 10.0, 20.0, 20.0], "contrast_to_noise": contrast, "clutter_ratio": clutter,
    }  # fmt: skip


def candidate(score: float, x: float = 10.0, family: str = "rip_off_bags") -> Observation:
    """A finding of 20 by 20 pixels."""
    return {"family": family, "score": score, "box": [x, 10.0, 20.0, 20.0]}


def true_unit(kg: float = 10_000.0, commodity: str = "tyres", *, empty: bool = False) -> Observation:
    """A unit as it is."""
    return {
        "unit": 1, "box": UNIT_BOX, "empty": empty, "mass_kg": 0.0 if empty else kg,
        "commodities": [] if empty else [commodity],
    }  # fmt: skip


def said_unit(
    empty: float = 0.1, mass: list[float] | None = None, mean_alpha: float = 3.0, mismatch: float | None = 0.2,
    candidates: list[list[Any]] | None = None, box: list[float] | None = None,
) -> Observation:  # fmt: skip
    """A unit as the model sees it."""
    return {
        "box": box or UNIT_BOX, "empty": empty, "mass": mass, "mean_alpha": mean_alpha, "not_penetrated": 0.0,
        "mismatch": mismatch,
        "commodities": [] if candidates is None else [{"box": UNIT_BOX, "candidates": candidates}],
    }  # fmt: skip


def seen(
    score: float | None,
    *,
    anomalies: list[Observation] | None = None,
    candidates: list[Observation] | None = None,
    units: list[tuple[Observation, Observation]] | None = None,
    group: str = "dual/container",
    scanner: str = "portal-6-4-L",
    declared: str = "truth",
) -> Observation:
    """An observation; a score of None was not read, so no unit was found on it."""
    truth = {
        "scanner_model": scanner, "declared": declared, "anomalies": anomalies or [],
        "units": [true for true, _ in units or []],
    }  # fmt: skip
    if score is None:
        return {"truth": truth, "group": f"{group.split('/')[0]}/other", "read": False, "reasons": ["dark"]}
    said = [unit for _, unit in units or []]
    return {
        "truth": truth, "group": group, "read": True, "score": score, "candidates": candidates or [], "units": said,
    }  # fmt: skip
