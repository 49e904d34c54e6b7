"""What a released model should reach, and what the figures of a card say of it.

A target is met by the measured value itself; how sure that is, its interval and its counts beside it say. What a card
does not have was not measured, and that is never met; nor is what rests on too few scans.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tallyscan.detect.figure_words import interval, number, percent

Figures = Mapping[str, Any]
SIMULATION = "held_out_simulation"
FEWEST, FEWEST_BENIGN = 300, 2000
Outcome = Literal["met", "not_met", "too_few", "too_few_benign", "not_measured"]


@dataclass(frozen=True)
class Reached:
    """What was measured: every value that has to keep the bounds, how all is shown, on how many it rests, and where
    shares were measured, those with their intervals, by name.
    """

    values: tuple[float, ...]
    text: str
    count: int | None = None
    rates: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """Whether a target is met; where too few were counted, how many there are and how many it takes."""

    outcome: Outcome
    count: int | None = None
    fewest: int | None = None

    @property
    def in_words(self) -> str:
        """As the table of models says it."""
        benign = " benign" if self.outcome == "too_few_benign" else ""
        plain = {"met": "yes", "not_met": "no", "not_measured": "not measured"}
        return plain.get(self.outcome, f"too few ({self.count} of {self.fewest}{benign})")


@dataclass(frozen=True)
class Target:
    """A key, a name, where to find what was measured, and its bounds; `shown` writes a bound as text.

    It is not met with a count under `fewest`, nor where it rests on benign scans too, whose number stands at the path
    `of_benign`, and they are under `FEWEST_BENIGN`.
    """

    key: str
    name: str
    reached: Callable[[Figures], Reached | None]
    least: float | None = None
    most: float | None = None
    shown: Callable[[float], str] = percent
    fewest: int = FEWEST
    of_benign: tuple[str, ...] = ()

    @property
    def needed(self) -> str:
        """The bounds in words."""
        if self.least is not None and self.most is not None:
            return f"{self.shown(self.least)} to {self.shown(self.most)}"
        if self.least is not None:
            return f"at least {self.shown(self.least)}"
        return "" if self.most is None else f"at most {self.shown(self.most)}"

    def met(self, values: tuple[float, ...]) -> bool:
        """Every value keeps the bounds."""
        low = float("-inf") if self.least is None else self.least
        high = float("inf") if self.most is None else self.most
        return all(low <= value <= high for value in values)

    def verdict(self, figures: Figures) -> Verdict:
        """Of the figures of a card."""
        reached = self.reached(figures)
        if reached is None:
            return Verdict("not_measured")
        if reached.count is not None and reached.count < self.fewest:
            return Verdict("too_few", reached.count, self.fewest)
        benign = at(figures, self.of_benign) or 0 if self.of_benign else FEWEST_BENIGN
        if benign < FEWEST_BENIGN:
            return Verdict("too_few_benign", benign, FEWEST_BENIGN)
        return Verdict("met" if self.met(reached.values) else "not_met")


def at(figures: Figures, path: tuple[str, ...]) -> Any:
    """The figure at a path of keys; None where a key is missing."""
    found: Any = figures
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def rate(*path: str) -> Callable[[Figures], Reached | None]:
    """A rate with its interval and counts."""

    def reached(figures: Figures) -> Reached | None:
        found = at(figures, path)
        return (
            None
            if found is None or found[0] is None
            else Reached((found[0],), interval(found), found[4] if len(found) > 4 else 0, {"": found})
        )

    return reached


def figure(
    *path: str, shown: Callable[[float], str] = number, beside: str = ""
) -> Callable[[Figures], Reached | None]:
    """A single number, and the name beside it of on how many it rests; without one nobody counts."""

    def reached(figures: Figures) -> Reached | None:
        found = at(figures, path)
        count = (at(figures, (*path[:-1], beside)) or 0) if beside else None
        return None if found is None else Reached((found,), shown(found), count)

    return reached


def false_alarms_of_scanners(figures: Figures) -> Reached | None:
    """The share of every held-out scanner model, one after the other; it rests on the fewest scans of any."""
    found = at(figures, (SIMULATION, "shipped", "false_alarms_by_scanner"))
    if not found:
        return None
    texts = [f"{name}: {interval(rate)}" for name, rate in found.items()]
    counted = [rate for rate in found.values() if rate[0] is not None]
    fewest = min((rate[4] for rate in counted), default=0)
    return Reached(tuple(rate[0] for rate in counted), "; ".join(texts), fewest, found)


def alarms_on_empty_trucks(figures: Figures) -> Reached | None:
    """Alarms and trucks."""
    found = at(figures, ("real_trucks", "alarms_on_empty"))
    return None if found is None else Reached((found[0],), f"{found[0]} of {found[1]}")


def seconds(value: float) -> str:
    """With two digits."""
    return f"{value:.2f} s"


def megabytes(value: float) -> str:
    """Of 10^6 bytes."""
    return f"{value:.0f} MB"


BENIGN = (SIMULATION, "benign_scans")
METALLIC = (SIMULATION, "rows", "small_metallic_dual_at_0.4_percent")
CARS = (SIMULATION, "rows", "concealed_cars_at_0.2_percent")
CLEAR = "anomalies of contrast to noise 5 or more, all families, at {} false alarms per scan"
TARGETS = (
    Target(
        "clear_at_1", CLEAR.format("1 %"),
        rate(SIMULATION, "contrast_5_and_over_at", "0.01"), 0.90, of_benign=BENIGN,
    ),
    Target(
        "clear_at_5", CLEAR.format("5 %"),
        rate(SIMULATION, "contrast_5_and_over_at", "0.05"), 0.95, of_benign=BENIGN,
    ),
    Target("unseen_families", "families never trained on, at 5 %", rate("families_never_trained_on", "detected"), 0.70),
    Target(
        "small_metallic", "small metallic threats, dual energy, at 0.4 %",
        rate(*METALLIC, "detected"), 0.95, of_benign=(*METALLIC, "benign_scans"),
    ),
    Target(
        "concealed_vehicles", "concealed vehicles, at 0.2 %",
        rate(*CARS, "detected"), 0.99, of_benign=(*CARS, "benign_scans"),
    ),
    Target(
        "empty", "empty verification: loaded found where 0.5 % of the empty are taken for loaded",
        rate(SIMULATION, "empty", "loaded_found_at_0.005"), 0.995,
    ),
    Target("goods_class", "goods, top-1 of 35 classes", rate(SIMULATION, "commodity_top1"), 0.70),
    Target("goods_group", "goods, top-1 of confusable groups", rate(SIMULATION, "commodity_group_top1"), 0.85),
    Target(
        "mass_error", "mass of penetrated loads, mean error",
        figure(SIMULATION, "mass_penetrated", "mean_absolute_relative", shown=percent, beside="weighed"), most=0.05,
    ),
    Target(
        "mass_interval", "mass of penetrated loads, interval covers",
        rate(SIMULATION, "mass_interval_penetrated", "covered"), 0.90,
    ),
    Target(
        "wrong_declaration", "wrong declaration (another commodity group), AUROC",
        figure(SIMULATION, "mismatch", "auroc", beside="wrong"), 0.97, shown=number,
    ),
    Target(
        "container_boxes", "container boxes, mean IoU",
        figure(SIMULATION, "container_box_mean_iou", beside="container_units"), 0.92, shown=number,
    ),
    Target(
        "calibration_error", "expected calibration error of the scan's score",
        figure(SIMULATION, "calibration_error", beside="anomalous_scans"), most=0.03, shown=number, of_benign=BENIGN,
    ),
    Target(
        "false_alarms", "false alarms at the shipped threshold (1 %), each held-out scanner model",
        false_alarms_of_scanners, 0.005, 0.02,
    ),
    Target("real_empty", "real trucks: empty, AUROC", figure("real_trucks", "empty_auroc"), 0.995, shown=number),
    Target(
        "real_boxes", "real trucks: container boxes, mean IoU", figure("real_trucks", "container_box_mean_iou"), 0.85,
        shown=number,
    ),
    Target(
        "real_alarms", "real trucks: alarms on empty ones", alarms_on_empty_trucks, most=2,
        shown=lambda value: f"{value:g} of 28",
    ),
    Target(
        "real_threats", "real trucks with simulated threats, shipped threshold: visible ones found",
        rate("real_trucks_composites", "found_of_visible"), 0.60,
    ),
    Target(
        "pipeline_seconds", "whole pipeline, 576 x 2432, two energies, two cores: seconds",
        figure("pipeline", "seconds", shown=seconds), most=0.6, shown=seconds,
    ),
    Target(
        "pipeline_memory", "whole pipeline, 576 x 2432, two energies, two cores: memory",
        figure("pipeline", "peak_memory_mb", shown=megabytes), most=600, shown=megabytes,
    ),
)  # fmt: skip
