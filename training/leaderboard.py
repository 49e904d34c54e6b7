"""The tables of models/README.md, written from the figures in the cards and of the baselines."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tallyscan.detect.card import ACTIVE_FILE, CARD_FILE, FORMAT, ModelCard, active_model_dir, read_card
from training.table_cells import UNKNOWN, interval, line, number, percent
from training.targets import target_lines

BASELINES_FILE = "baselines.json"
"""A list of objects, each with some of the figures of a card and `name` and `seconds` a scan.

What finds anomalies has `scan_auroc` and `contrast_5_and_over_at`, what names goods `commodity_top1` and
`commodity_group_top1`.
"""

SIMULATION_COLUMNS = (
    "model", "version", "date", "scans", "detected at 1 %", "detected at 5 %", "scan AUROC", "unit box IoU",
    "commodity top-1 / group", "mass mean error", "mass interval covers", "empty AUROC", "loaded found at 0.5 %",
    "mismatch AUROC", "calibration error",
)  # fmt: skip
REAL_COLUMNS = ("model", "version", "trucks", "empty AUROC", "box IoU", "alarms on empty")
BASELINE_COLUMNS = (
    "baseline", "scan AUROC", "detected at 1 %", "detected at 5 %", "commodity top-1 / group", "seconds a scan",
)  # fmt: skip
TARGET_COLUMNS = ("target", "needed", "reached", "met")


def simulation_row(card: ModelCard) -> str:
    """What a model reached on held-out simulated scans; empty when that was not measured."""
    figures: Mapping[str, Any] = card.figures.get("held_out_simulation") or {}
    if not figures:
        return ""
    found, empty = figures["contrast_5_and_over_at"], figures["empty"]
    top, group = (percent(figures[name][0]) for name in ("commodity_top1", "commodity_group_top1"))
    return line((
        card.name, card.version, card.created, f"{figures['scans']}", interval(found["0.01"]),
        interval(found["0.05"]), number(figures["scan_auroc"]), number(figures["box_mean_iou"]),
        f"{top} / {group}", percent(figures["mass"]["mean_absolute_relative"]),
        interval(figures["mass_interval"]["covered"]), number(empty.get("auroc")),
        interval(empty.get("loaded_found_at_0.005")), number(figures["mismatch"]["auroc"]),
        number(figures["calibration_error"]),
    ))  # fmt: skip


def real_row(card: ModelCard) -> str:
    """What a model reached on real trucks; empty when that was not measured."""
    figures = card.figures.get("real_trucks")
    if not figures:
        return ""
    alarms, empty = figures["alarms_on_empty"]
    return line((
        card.name, card.version, f"{figures['trucks']}", number(figures["empty_auroc"]),
        number(figures["container_box_mean_iou"]), f"{alarms} of {empty}",
    ))  # fmt: skip


def baseline_row(baseline: Mapping[str, Any]) -> str:
    """What a method without the network reached on the same scans."""
    found = baseline.get("contrast_5_and_over_at", {})
    top, group = (baseline.get(name, [None])[0] for name in ("commodity_top1", "commodity_group_top1"))
    seconds = baseline.get("seconds")
    return line((
        baseline["name"], number(baseline.get("scan_auroc")), interval(found.get("0.01")),
        interval(found.get("0.05")), UNKNOWN if top is None else f"{percent(top)} / {percent(group)}",
        UNKNOWN if seconds is None else f"{seconds:.2f}",
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
    text = with_rows(text, SIMULATION_COLUMNS, [simulation_row(card) for card in cards])
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
