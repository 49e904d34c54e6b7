"""The leaderboard is what the cards say: rewritten rows, honest gaps, and nothing of what people wrote."""

import json
from pathlib import Path
from typing import Any

import pytest

from tallyscan.detect.card import ModelCard, write_card
from tallyscan.detect.figure_words import interval
from tallyscan.detect.targets import TARGETS
from tests.tiny_model import tiny_card, write_tiny_models_dir
from training.figures import rounded
from training.leaderboard import (
    BASELINE_COLUMNS,
    BASELINES_FILE,
    CARGO_COLUMNS,
    DETECTION_COLUMNS,
    REAL_COLUMNS,
    TARGET_COLUMNS,
    active_card,
    cards_of,
    write_leaderboard,
    written,
)
from training.table_cells import line

SIMULATION: dict[str, Any] = {
    "scans": 6000,
    "benign_scans": 2040,
    "maps": {"aupro": 0.6543},
    "contrast_5_and_over_at": {
        "0.001": [0.8, 0.7, 0.9],
        "0.004": [0.85, 0.8, 0.9],
        "0.01": [0.9123, 0.9001, 0.9234, 912, 1000],
        "0.05": [0.96, 0.95, 0.97],
    },
    "scan_auroc": 0.9876,
    "box_mean_iou": 0.945,
    "commodity_top1": [0.712, 0.7, 0.72],
    "commodity_top5": [0.95, 0.94, 0.96],
    "commodity_group_top1": [0.861, 0.85, 0.87],
    "mass_weighed": [0.8, 0.7, 0.9, 80, 100],
    "mass": {"mean_absolute_relative": 0.0512},
    "mass_interval": {"covered": [0.9, 0.89, 0.91]},
    "empty": {"auroc": 0.999, "loaded_found_at_0.005": [0.995, 0.99, 0.998]},
    "mismatch": {"auroc": 0.971},
    "calibration_error": 0.024,
}
REAL = {"trucks": 56, "empty_auroc": 1.0, "container_box_mean_iou": 0.85, "alarms_on_empty": [2, 28]}
BASELINE = {
    "name": "alpha_threshold",
    "scans": 600,
    "scan_auroc": 0.61,
    "contrast_5_and_over_at": {"0.01": [0.05, 0.03, 0.08], "0.05": [0.1, 0.07, 0.14]},
    "seconds": 0.014,
}


def card(**figures: Any) -> ModelCard:
    return tiny_card("0" * 64).model_copy(update={"figures": figures})


def table(columns: tuple[str, ...], *rows: str) -> str:
    return line(columns) + f"|{'---|' * len(columns)}\n" + "".join(rows)


def page(stale: str = "") -> str:
    return (
        f"# Models\n\n{table(TARGET_COLUMNS)}\n{table(DETECTION_COLUMNS, stale)}\n"
        f"{table(CARGO_COLUMNS)}\nWords.\n\n{table(REAL_COLUMNS)}\n"
        f"{table(BASELINE_COLUMNS)}\n## Attempts\n\n| attempt | what |\n|---|---|\n| 1 | by hand |\n"
    )


def cells(text: str, columns: tuple[str, ...], row: int = 0) -> dict[str, str]:
    """The row of a table by its columns."""
    after = text.partition(table(columns))[2].splitlines()[row]
    return dict(zip(columns, after.strip("| ").split(" | "), strict=True))


def test_every_figure_stands_in_its_column() -> None:
    pipeline = {"seconds": 0.5123, "peak_memory_mb": 512.3}
    text = written(page(), [card(held_out_simulation=SIMULATION, pipeline=pipeline)])
    row = cells(text, DETECTION_COLUMNS)
    assert row["model"] == "tiny"
    assert row["version"] == "1"
    assert row["scans"] == "6000"
    assert row["detected at 1 %"] == "91.2 % (90.0 % to 92.3 %), 912 of 1000"
    assert row["detected at 5 %"] == "96.0 % (95.0 % to 97.0 %)"
    assert row["detected at 0.1 %"] == "80.0 % (70.0 % to 90.0 %)"
    figures = ("scan AUROC", "AUPRO", "calibration error")
    assert [row[name] for name in figures] == ["0.988", "0.654", "0.024"]
    row = cells(text, CARGO_COLUMNS)
    assert row["commodity top-1 / top-5 / group"] == "71.2 % / 95.0 % / 86.1 %"
    assert row["weighed"] == "80.0 % (70.0 % to 90.0 %), 80 of 100"
    assert (row["seconds"], row["MB"]) == ("0.51", "512")
    assert row["mass mean error"] == "5.1 %"
    assert row["mass interval covers"] == "90.0 % (89.0 % to 91.0 %)"
    assert row["loaded found at 0.5 %"] == "99.5 % (99.0 % to 99.8 %)"
    figures = ("unit box IoU", "empty AUROC", "mismatch AUROC")
    assert [row[name] for name in figures] == ["0.945", "0.999", "0.971"]


def test_real_trucks_and_baselines_have_tables_of_their_own() -> None:
    text = written(page(), [card(real_trucks=REAL)], [BASELINE])
    assert cells(text, REAL_COLUMNS)["alarms on empty"] == "2 of 28"
    assert cells(text, REAL_COLUMNS)["box IoU"] == "0.850"
    assert cells(text, BASELINE_COLUMNS) == dict(
        zip(
            BASELINE_COLUMNS,
            (
                "alpha_threshold",
                "600",
                "0.610",
                "5.0 % (3.0 % to 8.0 %)",
                "10.0 % (7.0 % to 14.0 %)",
                "-",
                "0.01",
            ),
            strict=True,
        )
    )
    assert text.count("| tiny | 1 |") == 1  # nothing was measured on simulated scans


def test_a_baseline_that_names_goods_finds_nothing() -> None:
    goods = {
        "name": "histogram",
        "commodity_units": 10,
        "commodity_top1": [0.3, 0.2, 0.4, 3, 10],
        "commodity_group_top1": [0.5, 0.4, 0.6, 5, 10],
    }
    row = cells(written(page(), [], [goods]), BASELINE_COLUMNS)
    assert row["commodity top-1 / group"] == "30.0 % / 50.0 %"
    assert {name for name, value in row.items() if value == "-"} == {*BASELINE_COLUMNS[2:5], "seconds a scan"}
    assert row["scans or units"] == "10"


def test_targets_are_those_of_the_active_model() -> None:
    text = written(page(), [card()], active=card(held_out_simulation=SIMULATION))
    rows = [cells(text, TARGET_COLUMNS, number) for number in range(len(TARGETS))]
    assert [row["target"] for row in rows] == [target.name for target in TARGETS]
    assert (rows[0]["reached"], rows[0]["met"]) == ("91.2 % (90.0 % to 92.3 %), 912 of 1000", "yes")
    assert {row["met"] for row in rows} == {"yes", "not measured", "too few (0 of 300)"}
    none = written(page(), [card(held_out_simulation=SIMULATION)])
    assert {cells(none, TARGET_COLUMNS, number)["met"] for number in range(len(TARGETS))} == {"not measured"}


def test_rates_of_before_counts_were_kept_are_shown_without() -> None:
    assert interval([0.5, 0.4, 0.6]) == "50.0 % (40.0 % to 60.0 %)"
    assert interval([0.5, 0.4, 0.6, 5, 10]) == "50.0 % (40.0 % to 60.0 %), 5 of 10"


def test_what_could_not_be_measured_is_a_dash_and_not_a_number() -> None:
    nothing = [float("nan"), 0.0, 1.0]
    figures = SIMULATION | {
        "contrast_5_and_over_at": dict.fromkeys(("0.001", "0.004", "0.01", "0.05"), nothing),
        "maps": {},
        "mismatch": {"auroc": float("nan")},
        "empty": {},
    }
    text = written(page(), [card(held_out_simulation=rounded(figures))])
    unknown = {
        name
        for columns in (DETECTION_COLUMNS, CARGO_COLUMNS)
        for name, value in cells(text, columns).items()
        if value == "-"
    }
    assert unknown == {
        "detected at 0.1 %", "detected at 0.4 %", "detected at 1 %", "detected at 5 %", "AUPRO",
        "empty AUROC", "loaded found at 0.5 %", "mismatch AUROC", "seconds", "MB",
    }  # fmt: skip


def test_of_a_model_that_could_not_alarm_no_alarms_are_told() -> None:
    text = written(page(), [card(real_trucks=REAL | {"alarms_on_empty": None})])
    assert cells(text, REAL_COLUMNS)["alarms on empty"] == "-"


def test_old_rows_go_and_what_people_wrote_stays() -> None:
    stale = line(("gone", *("0" for _ in DETECTION_COLUMNS[1:])))
    once = written(page(stale), [card(held_out_simulation=SIMULATION)], [BASELINE])
    assert "gone" not in once
    assert "\nWords.\n" in once
    assert once.endswith("| attempt | what |\n|---|---|\n| 1 | by hand |\n")
    assert written(once, [card(held_out_simulation=SIMULATION)], [BASELINE]) == once


def test_a_column_that_the_page_lacks_is_an_error() -> None:
    with pytest.raises(ValueError, match="no table headed"):
        written(page().replace("| scan AUROC | AUPRO |", "| scan AUROC |"), [])


def test_the_page_is_written_from_the_cards_and_the_baselines_of_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "tiny" / "1"
    folder.mkdir(parents=True)
    write_card(folder, card(held_out_simulation=SIMULATION))
    before = tmp_path / "older" / "1"
    before.mkdir(parents=True)
    (before / "card.json").write_text('{"format": 1}')
    (tmp_path / BASELINES_FILE).write_text(json.dumps([BASELINE]))
    (tmp_path / "README.md").write_text(page())
    write_leaderboard(tmp_path)
    text = (tmp_path / "README.md").read_text()
    assert [found.name for found in cards_of(tmp_path)] == ["tiny"]  # a card of another format has no row
    assert "| tiny | 1 |" in text
    assert "| alpha_threshold |" in text


def test_the_active_model_is_the_one_that_is_named(tmp_path: Path) -> None:
    assert active_card(tmp_path) is None
    write_tiny_models_dir(tmp_path)
    found = active_card(tmp_path)
    assert found is not None
    assert found.name == "tiny"


def test_a_folder_without_a_page_is_left_alone(tmp_path: Path) -> None:
    write_leaderboard(tmp_path)
    assert list(tmp_path.iterdir()) == []
