"""The methods without the network on whole simulated scans, and what the table says that they rest on."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tallyscan.scan import Float32Array, Scan
from tests.training.scenes import by_hand, lead_block, still
from training import baseline_table as module
from training import observe
from training.baselines import SCORERS, Scorer
from training.crops import CropShape
from training.leaderboard import baseline_row, line
from training.metrics import Span
from training.scan_outcome import AnomalyOutcome, ScanOutcome
from training.simulate.render import SimulatedScan, render
from training.simulate.scanner import Rng, Scanner, at_pitch, draw_scanner


def lead_scan() -> SimulatedScan:
    return render(np.random.default_rng(1), by_hand(lead_block(11.0)), still())


def test_the_densest_thing_is_found_where_it_lies() -> None:
    scan = lead_scan()
    judged = module.judged(scan, {"alpha_threshold": SCORERS["alpha_threshold"]})
    outcome, seconds = judged["alpha_threshold"]
    assert (outcome.group, outcome.scanner) == ("dual", scan.truth["scanner_model"])
    assert [anomaly.family for anomaly in outcome.anomalies] == ["shielded_nuclear"]
    assert outcome.hit_at(outcome.score)
    assert 0 < outcome.score <= 1
    assert seconds > 0


def test_what_looks_elsewhere_does_not_find_it() -> None:
    def corner(scan: Scan) -> Float32Array:
        score = np.zeros((-(-scan.height // 4), -(-scan.width // 4)), np.float32)
        score[:6, :6] = 0.9
        return score

    scorers: dict[str, Scorer] = {"corner": corner}
    outcome, _ = module.judged(lead_scan(), scorers)["corner"]
    assert not outcome.hit_at(-np.inf)
    assert len(outcome.false_findings) == 1


def test_a_scan_that_is_not_read_is_a_miss_of_every_method() -> None:
    scan = lead_scan()
    scan.pixels[:] = 0
    for outcome, _ in module.judged(scan, SCORERS).values():
        assert outcome.score == -np.inf
        assert not outcome.hit_at(-np.inf)


def test_a_row_says_on_how_many_scans_it_rests() -> None:
    calm = [ScanOutcome(0.01 * i, "dual") for i in range(20)]
    clear = ScanOutcome(0.9, "dual", anomalies=(AnomalyOutcome("void", (Span(0.9),), 10.0),))
    faint = ScanOutcome(0.9, "dual", anomalies=(AnomalyOutcome("void", (Span(0.9),), 1.0),))
    alone = ScanOutcome(0.9, "single", anomalies=(AnomalyOutcome("void", (Span(0.9),), 10.0),))
    row = module.row("corner", [*calm, clear, faint, alone], [0.1, 0.2, 9.0])
    assert (row["scans"], row["benign_scans"], row["anomalous_scans"]) == (23, 20, 3)
    assert row["contrast_5_and_over_at"]["0.05"][3:] == [
        1,
        1,
    ]  # of a kind without benign scans nothing is known
    assert (row["scan_auroc"], row["seconds"]) == (1.0, 0.2)
    assert baseline_row(row).startswith(line(("corner", "23"))[:-2])


def test_the_command_writes_a_row_of_every_method(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def coarse_scanner(rng: Rng, **asked: Any) -> Scanner:
        return at_pitch(draw_scanner(rng, **asked), 20.0, 20.0)

    monkeypatch.setattr(observe, "draw_scanner", coarse_scanner)
    monkeypatch.setattr(module, "SHAPES", (CropShape(64, 64),))
    out = tmp_path / "baselines.json"
    words = ["--scans", "6", "--known", "6", "--draem-steps", "1", "--threads", "1", "--out", str(out)]
    monkeypatch.setattr("sys.argv", ["baseline_table", *words])
    module.main()
    rows = json.loads(out.read_text())
    assert [row["name"] for row in rows] == [*SCORERS, "draem_type", "histogram_city_block"]
    assert all(row["scans"] == 6 and row["benign_scans"] == row["anomalous_scans"] == 3 for row in rows[:-1])
    assert rows[-1]["known_units"] >= 1
