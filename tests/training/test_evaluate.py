"""The command that calibrates and tests a model, on coarse scans with a small model."""

import json
import re
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tallyscan.detect.card import SCANNER_TYPES, ModelCard, read_card, write_card
from tallyscan.detect.targets import FEWEST, FEWEST_BENIGN
from tests.test_docs import section
from tests.tiny_model import tiny_card, write_tiny_model
from tests.training.observations import Observation, anomaly, candidate, said_unit, seen, true_unit
from training import evaluate as module
from training import export, observe
from training.evaluate import TEST_PLANS, held_out_figures, sets_of
from training.networks import TallyNet
from training.simulate.scanner import Rng, Scanner, at_pitch, draw_scanner
from training.train import network_config
from training.unseen_families import FIGURE

ROOT = Path(__file__).parents[2]
CARD: ModelCard = tiny_card("0" * 64)


def hidden(kind: str, *, found: bool) -> Observation:
    things = [anomaly("vehicles_engines", kind=kind)]
    return seen(0.99, anomalies=things, candidates=[candidate(0.99, x=10.0 if found else 300.0)])


def observations_of_every_plan() -> dict[str, list[Observation]]:
    loaded, empty = (true_unit(), said_unit()), (true_unit(empty=True), said_unit(empty=0.9))
    return {
        "benign": [seen(0.009 * i, units=[loaded]) for i in range(100)],
        "anomaly": [hidden("car", found=True) | {"overlap": {"regions": 0, "by_score": []}}],
        "small_metallic": [hidden("pistol", found=True)],
        "concealed_vehicles": [hidden("car", found=True), hidden("engine", found=False), hidden("car", found=False)],
        "empty": [seen(0.1, units=[empty])],
        "tiny_load": [seen(0.1, units=[(true_unit(300.0), said_unit(empty=0.4))])],
        "declared": [seen(0.1, units=[loaded], declared=("textiles_garments",))],
    }  # fmt: skip


def test_only_cars_count_as_concealed_vehicles() -> None:
    figures = held_out_figures(CARD, observations_of_every_plan())
    row = figures["rows"]["concealed_cars_at_0.2_percent"]
    assert row["detected"][3:] == [1, 2]
    assert (row["positives"], row["benign_scans"]) == (2, 100)


def test_every_figure_is_described() -> None:
    """And nothing that is not there: the page has R for a false alarm rate."""
    figures = held_out_figures(CARD, observations_of_every_plan())
    names = {re.sub(r"_at_[\d.]+$", "_at_R", name) for name in figures}
    tables = section("docs/reference/model-card.md", "figures").split("| figure of ")
    (table,) = (table for table in tables if table.startswith("`held_out_simulation`"))
    first = re.findall(r"^\| ((?:`[^`]+`(?:, )?)+) \|", table, re.MULTILINE)
    assert {name for cell in first for name in re.findall(r"`([^`]+)`", cell)} == names


def test_every_plan_gets_its_share_and_one_scan_at_the_least() -> None:
    sets = sets_of(TEST_PLANS, 100, 7, held_out=True)
    assert {chosen.plan: count for chosen, count in sets.items()} == {
        plan: round(100 * share) for plan, share in TEST_PLANS.items()
    }
    assert set(sets_of(TEST_PLANS, 1, 7, held_out=True).values()) == {1}
    assert sum(TEST_PLANS.values()) == pytest.approx(1.0)


@pytest.fixture
def _coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    def coarse_scanner(rng: Rng, **asked: Any) -> Scanner:
        return at_pitch(draw_scanner(rng, **asked), 20.0, 20.0)

    monkeypatch.setattr(observe, "draw_scanner", coarse_scanner)


def evaluated(monkeypatch: pytest.MonkeyPatch, model: Path, work: Path, *more: str) -> ModelCard:
    words = ["evaluate", "--model", str(model), "--work", str(work), *more]
    monkeypatch.setattr("sys.argv", words)
    module.main()
    return read_card(model)


@pytest.mark.usefixtures("_coarse")
def test_families_that_were_left_out_are_measured_by_themselves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = write_tiny_model(tmp_path / "run" / "tiny" / "1")
    with pytest.raises(SystemExit, match="every family"):
        evaluated(monkeypatch, model, tmp_path, "--unseen", "4")
    trained_on = {"without_families": ["cash_gold", "void"], "steps": 12, "started_from": None}
    write_card(model, read_card(model).model_copy(update={"trained_on": trained_on}))
    figure = evaluated(monkeypatch, model, tmp_path, "--unseen", "4").figures[FIGURE]
    assert (figure["positives"], figure["steps"]) == (4, 12)
    assert {name: rate[4] for name, rate in figure["by_family"].items()} == {"cash_gold": 2, "void": 2}
    with pytest.raises(SystemExit, match="300 or more"):
        evaluated(monkeypatch, model, tmp_path, "--unseen", "4", "--figures-into", str(model))


def small_run(folder: Path) -> Path:
    """A training run of a small network with random weights."""
    torch.manual_seed(0)
    config = replace(network_config(), widths=(8, 8, 8, 16, 16), blocks=(1, 1, 1, 1), neck=8)
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(asdict(config)))
    weights = TallyNet(config).state_dict()
    state = {"mean": weights, "step": 2, "started_from": None, "without_families": []}
    torch.save(state, folder / "checkpoint.pt")
    return folder


@pytest.mark.usefixtures("_coarse")
@pytest.mark.filterwarnings("ignore")  # the exporter warns about itself
def test_a_run_is_exported_calibrated_and_tested_by_the_commands_of_the_smoke_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On so few scans that most fits have hardly a row, and some none."""
    run, models = small_run(tmp_path / "run"), tmp_path / "models"
    model = models / "small" / "0"
    monkeypatch.setattr("sys.argv", ["export", "--run", str(run), "--out", str(model)])
    export.main()
    (models / "active.toml").write_text('name = "small"\nversion = "0"\n')
    shutil.copyfile(ROOT / "models" / "README.md", models / "README.md")
    monkeypatch.setattr(module, "pipeline_figures", lambda _: {"seconds": 0.5, "peak_memory_mb": 512.0})
    before = read_card(model)
    card = evaluated(monkeypatch, model, run, "--calibrate", "6", "--test", "7")
    assert before.thresholds_id == "uncalibrated"
    assert card.thresholds_id.endswith("-8")  # each of the five plans has one at the least
    assert 1 <= sum(card.thresholds[kind].benign_scans for kind in SCANNER_TYPES) <= 6
    assert all(threshold.threshold == 1.0 for threshold in card.thresholds.values())  # too few for any
    figures = card.figures["held_out_simulation"]
    assert (figures["scans"], figures["benign_scans"]) == (9, 2)
    assert figures["shipped"]["not_assessed"]["hidden"][4] == 2
    assert figures["rows"]["small_metallic_dual_at_0.4_percent"]["positives"] == 1
    assert "| small | 0 |" in (models / "README.md").read_text()
    assert "too few" in capsys.readouterr().out
    kept = {path: path.stat().st_mtime_ns for path in (run / "observations").iterdir()}
    assert evaluated(monkeypatch, model, run, "--test", "7").figures == card.figures
    assert {path: path.stat().st_mtime_ns for path in (run / "observations").iterdir()} == kept


def test_the_test_set_has_enough_of_what_targets_count() -> None:
    """As many positives and benign scans as a target needs, of 6000: with cars and wrong declarations as they come."""
    counts = {chosen.plan: count for chosen, count in sets_of(TEST_PLANS, 6000, 7, held_out=True).items()}
    assert counts["benign"] >= FEWEST_BENIGN
    assert min(counts.values()) >= FEWEST
    assert 0.75 * counts["concealed_vehicles"] >= FEWEST
    assert 0.75 * counts["declared"] / 2 >= FEWEST


def test_the_pipeline_can_be_measured_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_tiny_model(tmp_path / "run" / "tiny" / "1")
    measured = {"seconds": 0.51234, "peak_memory_mb": 512.0}
    monkeypatch.setattr(module, "pipeline_figures", lambda _: measured)
    assert evaluated(monkeypatch, model, tmp_path, "--pipeline").figures["pipeline"]["seconds"] == 0.5123
    assert "| at most 0.60 s | 0.51 s | yes |" in capsys.readouterr().out
