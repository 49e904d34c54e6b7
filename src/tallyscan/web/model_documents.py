"""Models as JSON: what a card says of a model, figure by figure, and on how much each rests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tallyscan.detect.card import ModelCard
from tallyscan.detect.card_calibration import RATES
from tallyscan.detect.model_shelf import Shelved
from tallyscan.detect.targets import SIMULATION, TARGETS, Figures, Outcome, at


@dataclass(frozen=True)
class Rate:
    """A share with its 95 % interval (Wilson), and `hits` of `count` that it rests on; null where a card has none."""

    name: str
    rate: float | None
    low: float | None
    high: float | None
    hits: int | None
    count: int | None


@dataclass(frozen=True)
class DetectedAt:
    """What is detected where this share of the benign scans alarms: anomalies of contrast to noise 5 or more, all of
    them, and by family, contrast and clutter."""

    false_alarm_rate: str
    clear: Rate | None
    all: Rate | None
    by_family: list[Rate]
    by_family_clear: list[Rate]
    by_contrast: list[Rate]
    by_clutter: list[Rate]


@dataclass(frozen=True)
class ScannerKind:
    """The same by kind of scanner: `dual`, `single` or `display`, each with a threshold of its own."""

    kind: str
    benign_scans: int
    anomalous_scans: int
    scan_auroc: float | None
    container_box_mean_iou: float | None
    clear: list[Rate]


@dataclass(frozen=True)
class HeldOut:
    """Figures on simulated scans that were held out from training and calibration. `false_alarms_...` and
    `not_assessed` are at the shipped thresholds."""

    scans: int
    benign_scans: int
    anomalous_scans: int
    scan_auroc: float | None
    aupro: float | None
    calibration_error: float | None
    at: list[DetectedAt]
    by_scanner_kind: list[ScannerKind]
    false_alarms_by_scanner: list[Rate]
    false_alarms_by_group: list[Rate]
    not_assessed: list[Rate]


@dataclass(frozen=True)
class TargetReached:
    """A target, its bounds and what was reached, as text; `rates` are the shares that were measured, where it is of
    such. `count` of `fewest`: too few were counted.
    """

    key: str
    name: str
    least: str | None
    most: str | None
    reached: str | None
    rates: list[Rate]
    outcome: Outcome
    count: int | None
    fewest: int | None


@dataclass(frozen=True)
class GroupThreshold:
    """The threshold of a calibration group and the benign scans that it rests on; null in `by_rate`: too few."""

    group: str
    threshold: float
    false_alarm_rate: float
    basis: Literal["simulated", "site"]
    benign_scans: int
    by_rate: dict[str, float | None]


@dataclass(frozen=True)
class Model:
    """A model by its card. `in_use`: it reads the scans now; `named`: it does from the next start on."""

    name: str
    version: str
    folder: str
    sha256: str
    created: str
    licence: str
    description: str
    in_use: bool
    named: bool
    targets: list[TargetReached]
    held_out: HeldOut | None
    thresholds_id: str
    thresholds: list[GroupThreshold]
    limits: tuple[str, ...]
    trained_on: dict[str, Any]


def model_document(shelved: Shelved, in_use: str) -> Model:
    """`Model`; `in_use` is the hash of the one that reads."""
    card = shelved.card
    return Model(
        name=card.name,
        version=card.version,
        folder=shelved.folder,
        sha256=card.sha256,
        created=card.created,
        licence=card.licence,
        description=card.description,
        in_use=card.sha256 == in_use,
        named=shelved.named,
        targets=_targets(card.figures),
        held_out=_held_out(at(card.figures, (SIMULATION,))),
        thresholds_id=card.thresholds_id,
        thresholds=_thresholds(card),
        limits=card.limits,
        trained_on=card.trained_on,
    )


def _targets(figures: Figures) -> list[TargetReached]:
    told = []
    for target in TARGETS:
        reached, verdict = target.reached(figures), target.verdict(figures)
        told.append(
            TargetReached(
                key=target.key,
                name=target.name,
                least=None if target.least is None else target.shown(target.least),
                most=None if target.most is None else target.shown(target.most),
                reached=reached.text if reached else None,
                rates=_rates(reached.rates) if reached else [],
                outcome=verdict.outcome,
                count=verdict.count,
                fewest=verdict.fewest,
            )
        )
    return told


def _thresholds(card: ModelCard) -> list[GroupThreshold]:
    return [
        GroupThreshold(
            group, each.threshold, each.false_alarm_rate, each.basis, each.benign_scans, each.by_rate
        )
        for group, each in sorted(card.thresholds.items())
    ]


def _held_out(figures: Figures | None) -> HeldOut | None:
    if not figures:
        return None
    return HeldOut(
        scans=figures.get("scans", 0),
        benign_scans=figures.get("benign_scans", 0),
        anomalous_scans=figures.get("anomalous_scans", 0),
        scan_auroc=figures.get("scan_auroc"),
        aupro=at(figures, ("maps", "aupro")),
        calibration_error=figures.get("calibration_error"),
        at=[_detected_at(figures, rate) for rate in RATES],
        by_scanner_kind=[
            _scanner_kind(kind, own) for kind, own in (figures.get("by_scanner_type") or {}).items()
        ],
        false_alarms_by_scanner=_rates(at(figures, ("shipped", "false_alarms_by_scanner"))),
        false_alarms_by_group=_rates(at(figures, ("shipped", "false_alarms_by_group"))),
        not_assessed=_rates(at(figures, ("shipped", "not_assessed"))),
    )


def _detected_at(figures: Figures, rate: str) -> DetectedAt:
    everything = at(figures, ("at", rate))
    return DetectedAt(
        false_alarm_rate=rate,
        clear=_rate("clear", at(figures, ("contrast_5_and_over_at", rate))),
        all=_rate("all", everything[0] if everything else None),
        by_family=_rates(figures.get(f"by_family_at_{rate}")),
        by_family_clear=_rates(figures.get(f"by_family_contrast_5_at_{rate}")),
        by_contrast=_rates(figures.get(f"by_contrast_to_noise_at_{rate}"), _lower_bound),
        by_clutter=_rates(figures.get(f"by_clutter_ratio_at_{rate}"), _lower_bound),
    )


def _scanner_kind(kind: str, figures: Figures) -> ScannerKind:
    found = figures.get("contrast_5_and_over_at") or {}
    return ScannerKind(
        kind=kind,
        benign_scans=figures.get("benign_scans", 0),
        anomalous_scans=figures.get("anomalous_scans", 0),
        scan_auroc=figures.get("scan_auroc"),
        container_box_mean_iou=figures.get("container_box_mean_iou"),
        clear=[rate for name in RATES if (rate := _rate(name, found.get(name))) is not None],
    )


def _lower_bound(name: str) -> float:
    """`under 1`, `1 to 2`, `20 and over`: in the order of what they hold."""
    first = name.split(" ")[0]
    return float("-inf") if first == "under" else float(first)


def _rates(figures: Mapping[str, Sequence[float | None]] | None, order: Any = str) -> list[Rate]:
    named = sorted((figures or {}).items(), key=lambda each: order(each[0]))
    return [rate for name, figure in named if (rate := _rate(name, figure)) is not None]


def _rate(name: str, figure: Sequence[Any] | None) -> Rate | None:
    if figure is None:
        return None
    hits, count = (figure[3], figure[4]) if len(figure) > 4 else (None, None)
    return Rate(name, figure[0], figure[1], figure[2], hits, count)
