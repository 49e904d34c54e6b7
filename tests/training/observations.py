"""Observations by hand: what a model could have said of a scan, beside what is true of it."""

from typing import Any

from tallyscan.commodity import CLASS_BY_NAME

Observation = dict[str, Any]
UNIT_BOX, FAR_BOX = [0.0, 0.0, 100.0, 40.0], [500.0, 0.0, 100.0, 40.0]


def anomaly(
    family: str = "rip_off_bags",
    x: float = 10.0,
    contrast: float = 10.0,
    clutter: float = 2.0,
    kind: str = "",
) -> Observation:
    """A true anomaly of 20 by 20 pixels."""
    return {
        "family": family, "box": [x, 10.0, 20.0, 20.0], "boxes": [[x, 10.0, 20.0, 20.0]],
        "contrast_to_noise": contrast, "clutter_ratio": clutter, "facts": {"kind": kind} if kind else {},
    }  # fmt: skip


def candidate(
    score: float, x: float = 10.0, family: str = "rip_off_bags", until: float | None = None
) -> Observation:
    """A finding of 20 by 20 pixels, at thresholds above `until` and up to its score."""
    return {"family": family, "score": score, "until": until, "box": [x, 10.0, 20.0, 20.0]}


def true_unit(
    kg: float = 10_000.0, commodity: str = "tyres", *, empty: bool = False, kind: str = "container",
    number: int = 1, box: list[float] | None = None,
) -> Observation:  # fmt: skip
    """A unit as it is."""
    return {
        "unit": number, "kind": kind, "box": box or UNIT_BOX, "empty": empty, "mass_kg": 0.0 if empty else kg,
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
    declared: tuple[str, ...] | None = (),
) -> Observation:
    """An observation; a score of None was not read, so no unit was found on it.

    `declared` are classes of goods: () what is there, None nothing.
    """
    truth = {
        "scanner_model": scanner, "anomalies": anomalies or [], "units": [true for true, _ in units or []],
    }  # fmt: skip
    there = [name for unit in truth["units"] for name in unit["commodities"]]
    names = there if declared == () else declared or ()
    groups = sorted({CLASS_BY_NAME[name].group for name in names}) or None
    record = {"truth": truth, "group": group, "declared_groups": groups}
    if score is None:
        unread = {"group": f"{group.split('/')[0]}/other", "read": False, "reasons": ["dark"]}
        return record | unread
    said = [unit for _, unit in units or []]
    return record | {
        "read": True, "score": score, "candidates": candidates or [], "units": said, "seconds_in_model": 0.4,
    }  # fmt: skip
