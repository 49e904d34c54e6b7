"""The tables of models/README.md, written from the figures in the cards and of the baselines."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tallyscan.detect.card import ACTIVE_FILE, CARD_FILE, FORMAT, ModelCard, active_model_dir, read_card
from tallyscan.detect.card_calibration import RATES
from tallyscan.detect.figure_words import UNKNOWN, interval, number, percent
from tallyscan.detect.targets import TARGETS
from training.table_cells import line

BASELINES_FILE = "baselines.json"
"""A list of objects, each with some of the figures of a card and `name` and `seconds` a scan.

What finds anomalies has `scan_auroc` and `contrast_5_and_over_at`, what names goods `commodity_top1` and
`commodity_group_top1`.
"""

DETECTION_COLUMNS = (
    "model", "version", "date", "scans", "detected at 0.1 %", "detected at 0.4 %", "detected at 1 %", "detected at 5 %",
    "scan AUROC", "AUPRO", "calibration error",
)  # fmt: skip
CARGO_COLUMNS = (
    "model", "version", "unit box IoU", "commodity top-1 / top-5 / group", "mass mean error", "weighed",
    "mass interval covers", "empty AUROC", "loaded found at 0.5 %", "mismatch AUROC", "seconds", "MB",
)  # fmt: skip
REAL_COLUMNS = ("model", "version", "trucks", "empty AUROC", "box IoU", "alarms on empty")
BASELINE_COLUMNS = (
    "baseline", "scans or units", "scan AUROC", "detected at 1 %", "detected at 5 %", "commodity top-1 / group",
    "seconds a scan",
)  # fmt: skip
TARGET_COLUMNS = ("target", "needed", "reached", "met")


def target_lines(figures: Mapping[str, Any]) -> list[str]:
    """A row of the table for each target: name, needed, reached, met."""
    rows = []
    for target in TARGETS:
        reached = target.reached(figures)
        shown = UNKNOWN if reached is None else reached.text
        rows.append(line((target.name, target.needed, shown, target.verdict(figures).in_words)))
    return rows


def detection_row(card: ModelCard) -> str:
    """What a model found on held-out simulated scans; empty when that was not measured."""
    figures: Mapping[str, Any] = card.figures.get("held_out_simulation") or {}
    if not figures:
        return ""
    found = figures["contrast_5_and_over_at"]
    return line((
        card.name, card.version, card.created, f"{figures['scans']}",
        *(interval(found.get(rate)) for rate in RATES), number(figures["scan_auroc"]),
        number(figures.get("maps", {}).get("aupro")), number(figures["calibration_error"]),
    ))  # fmt: skip


def cargo_row(card: ModelCard) -> str:
    """What it said there of units and their goods, and what the pipeline took; empty when that was not measured."""
    figures: Mapping[str, Any] = card.figures.get("held_out_simulation") or {}
    if not figures:
        return ""
    empty, pipeline = figures["empty"], card.figures.get("pipeline", {})
    goods = (
        figures.get(name, [None])[0] for name in ("commodity_top1", "commodity_top5", "commodity_group_top1")
    )
    return line((
        card.name, card.version, number(figures["box_mean_iou"]), " / ".join(map(percent, goods)),
        percent(figures["mass"]["mean_absolute_relative"]), interval(figures.get("mass_weighed")),
        interval(figures["mass_interval"]["covered"]), number(empty.get("auroc")),
        interval(empty.get("loaded_found_at_0.005")), number(figures["mismatch"]["auroc"]),
        written_or_unknown(pipeline.get("seconds"), ".2f"), written_or_unknown(pipeline.get("peak_memory_mb"), ".0f"),
    ))  # fmt: skip


def written_or_unknown(value: float | None, digits: str) -> str:
    """A number with so many digits."""
    return UNKNOWN if value is None else format(value, digits)


def real_row(card: ModelCard) -> str:
    """What a model reached on real trucks; empty when that was not measured."""
    figures = card.figures.get("real_trucks")
    if not figures:
        return ""
    alarms = figures.get("alarms_on_empty")
    return line((
        card.name, card.version, f"{figures['trucks']}", number(figures["empty_auroc"]),
        number(figures["container_box_mean_iou"]), UNKNOWN if alarms is None else f"{alarms[0]} of {alarms[1]}",
    ))  # fmt: skip


def baseline_row(baseline: Mapping[str, Any]) -> str:
    """What a method without the network reached, on how many scans: fewer than the model, of the same kind."""
    found = baseline.get("contrast_5_and_over_at", {})
    top, group = (baseline.get(name, [None])[0] for name in ("commodity_top1", "commodity_group_top1"))
    return line((
        baseline["name"], str(baseline.get("scans") or baseline.get("commodity_units") or UNKNOWN),
        number(baseline.get("scan_auroc")), interval(found.get("0.01")),
        interval(found.get("0.05")), UNKNOWN if top is None else f"{percent(top)} / {percent(group)}",
        written_or_unknown(baseline.get("seconds"), ".2f"),
    ))  # fmt: skip


def with_rows(text: str, columns: Sequence[str], rows: Sequence[str]) -> str:
    """The text with these rows, and no others, in the table of these columns.

    Raises `ValueError` when the text has no such table: a column was added in one place only.
    """
    heading = line(columns) + f"|{'---|' * len(columns)}\n"
    before, found, after = text.partition(heading)
    if not found:
        raise ValueError(f"no table headed {line(columns).strip()}")
    lines = after.splitlines(keepends=True)
    old = next((i for i, old in enumerate(lines) if not old.startswith("|")), len(lines))
    return before + heading + "".join(rows) + "".join(lines[old:])


def written(
    text: str,
    cards: Sequence[ModelCard],
    baselines: Sequence[Mapping[str, Any]] = (),
    active: ModelCard | None = None,
) -> str:
    """The text of models/README.md with the figures of these cards and baselines; what people wrote stays.

    Targets are those of the active model.
    """
    text = with_rows(text, TARGET_COLUMNS, target_lines(active.figures if active else {}))
    text = with_rows(text, DETECTION_COLUMNS, [detection_row(card) for card in cards])
    text = with_rows(text, CARGO_COLUMNS, [cargo_row(card) for card in cards])
    text = with_rows(text, REAL_COLUMNS, [real_row(card) for card in cards])
    return with_rows(text, BASELINE_COLUMNS, [baseline_row(baseline) for baseline in baselines])


def cards_of(models_dir: Path) -> list[ModelCard]:
    """Every card under a models folder that this version reads, by name and version."""
    found = [path.read_bytes() for path in sorted(models_dir.glob(f"*/*/{CARD_FILE}"))]
    return [ModelCard.model_validate_json(card) for card in found if json.loads(card).get("format") == FORMAT]


def baselines_of(models_dir: Path) -> list[dict[str, Any]]:
    """The baselines' figures; none where they were not measured."""
    path = models_dir / BASELINES_FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def active_card(models_dir: Path) -> ModelCard | None:
    """The card of the model that the folder names as the active one; None where it names none."""
    return read_card(active_model_dir(models_dir)) if (models_dir / ACTIVE_FILE).is_file() else None


def write_leaderboard(models_dir: Path) -> None:
    """Bring models/README.md up to date; a folder without one has no leaderboard."""
    path = models_dir / "README.md"
    if path.is_file():
        text = written(
            path.read_text(encoding="utf-8"), cards_of(models_dir), baselines_of(models_dir), active_card(models_dir)
        )  # fmt: skip
        path.write_text(text, encoding="utf-8")
