"""The tables of models/README.md, written from the figures in the cards."""

import re
from pathlib import Path

from tallyscan.detect.card import CARD_FILE, ModelCard

# A table's heading, the line of dashes under it, and the rows that are written anew.
TABLE = re.compile(r"(\| model \|.*\n\|[-|]+\|\n)((?:\|.*\n)*)")


def simulation_row(card: ModelCard) -> str:
    """What a model reached on held-out simulated scans; empty when that was not measured."""
    figures = card.figures.get("held_out_simulation")
    if not figures:
        return ""
    rate, low, high = (f"{100 * value:.1f} %" for value in figures["detected"])
    top, group = (100 * figures[name][0] for name in ("commodity_top1", "commodity_group_top1"))
    return (
        f"| {card.name} | {card.version} | {card.created} | {figures['scans']} | {rate} ({low} to {high}) "
        f"| {figures['scan_auroc']:.3f} | {figures['unit_box_mean_iou']:.3f} | {top:.1f} % / {group:.1f} % "
        f"| {100 * figures['mass_median_relative_error']:.1f} % | {figures['empty_auroc']:.3f} |\n"
    )


def real_row(card: ModelCard) -> str:
    """What a model reached on real trucks; empty when that was not measured."""
    figures = card.figures.get("real_trucks")
    if not figures:
        return ""
    alarms, empty = figures["alarms_on_empty"]
    return (
        f"| {card.name} | {card.version} | {figures['trucks']} | {figures['empty_auroc']:.3f} "
        f"| {figures['container_box_mean_iou']:.3f} | {alarms} of {empty} |\n"
    )


def written(text: str, cards: list[ModelCard]) -> str:
    """The text of models/README.md with the rows of these cards in its two tables."""
    rows = iter(["".join(map(simulation_row, cards)), "".join(map(real_row, cards))])
    return TABLE.sub(lambda table: table[1] + next(rows), text)


def cards_of(models_dir: Path) -> list[ModelCard]:
    """Every card under a models folder, by name and version."""
    paths = sorted(models_dir.glob(f"*/*/{CARD_FILE}"))
    return [ModelCard.model_validate_json(path.read_bytes()) for path in paths]


def write_leaderboard(models_dir: Path) -> None:
    """Bring models/README.md up to date; a folder without one has no leaderboard."""
    path = models_dir / "README.md"
    if path.is_file():
        path.write_text(written(path.read_text(encoding="utf-8"), cards_of(models_dir)), encoding="utf-8")
