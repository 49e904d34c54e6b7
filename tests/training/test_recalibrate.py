"""Thresholds from a site's own scans: real files through a real model, weighted draws, and what is refused."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile

from tallyscan.detect.card import ModelCard, read_card
from tallyscan.detect.detector import Detector
from tests.tiny_model import tiny_card, write_tiny_model
from tests.training.scenes import by_hand, lead_block, still
from training import recalibrate as module
from training.calibration import BenignScans, weighted_conformal_threshold
from training.export import LIMITS
from training.recalibrate import DrawnScan, for_site, read_drawn, score_of, site_thresholds
from training.simulate.render import render, write_case

RATE = 0.25  # three scans are enough for it
Row = dict[str, object]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Five scans as a site has them: four of a load of textiles, one with a block of lead in it; two energies."""
    folder = tmp_path_factory.mktemp("site")
    for number in range(5):
        scene = by_hand(lead_block(11.0)) if number == 4 else by_hand()
        write_case(folder / f"{number}", render(np.random.default_rng(number), scene, still()))
    return [str(folder / f"{number}" / "scan.tif") for number in range(5)]


def listed(path: Path, rows: list[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def recalibrated(
    monkeypatch: pytest.MonkeyPatch, model: Path, rows: list[Row], folder: Path, rate: float = RATE
) -> ModelCard:
    """The card that the command writes."""
    drawn = listed(folder / "drawn.csv", rows)
    words = ["--model", model, "--scans", drawn, "--site", "here", "--rate", rate, "--out", folder / "out"]
    monkeypatch.setattr("sys.argv", ["recalibrate", *map(str, words)])
    module.main()
    return read_card(folder / "out")


def test_a_site_sets_its_threshold_from_its_own_scans(
    monkeypatch: pytest.MonkeyPatch, model: Path, scans: list[str], tmp_path: Path
) -> None:
    rows: list[Row] = [
        {"file": scan, "drawn": "random", "found": "benign", "chance": ""} for scan in scans[:4]
    ]
    card = recalibrated(monkeypatch, model, rows, tmp_path)
    detector = Detector.load(model, threads=1, whole_image_megapixels=4.0)
    read = [score_of(detector, Path(scan), 1.0) for scan in scans[:4]]
    scores = tuple(scan.score for scan in read if scan is not None)
    expected = weighted_conformal_threshold(BenignScans(scores), RATE)
    assert card.thresholds["dual"].threshold == pytest.approx(expected, abs=1e-5)
    assert (card.thresholds["dual"].basis, card.thresholds["dual"].benign_scans) == ("site", 4)
    assert card.thresholds["single"] == read_card(model).thresholds["single"]  # no scan of it was drawn
    assert card.thresholds_id.startswith("site-here-")
    assert card.sha256 == read_card(model).sha256
    assert (card.name, card.version) == (tmp_path.name, "out")


def test_a_scan_that_cannot_be_read_sets_no_threshold_and_is_counted(
    monkeypatch: pytest.MonkeyPatch,
    model: Path,
    scans: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dark = tmp_path / "dark"
    shutil.copytree(Path(scans[0]).parent, dark)
    tifffile.imwrite(dark / "scan.tif", np.ones_like(tifffile.imread(dark / "scan.tif")))
    rows: list[Row] = [
        {"file": s, "drawn": "random", "found": "benign", "chance": 1}
        for s in (*scans[:4], str(dark / "scan.tif"))
    ]
    card = recalibrated(monkeypatch, model, rows, tmp_path)
    assert "1 of 5 scans cannot be read" in capsys.readouterr().out
    assert card.thresholds["dual"].benign_scans == 4


def test_a_scan_that_is_seldom_drawn_stands_for_many(
    monkeypatch: pytest.MonkeyPatch, model: Path, scans: list[str], tmp_path: Path
) -> None:
    """Of five scans one is loud; where it was drawn with a smaller chance the stream has more of its kind."""
    rows: list[Row] = [{"file": scan, "drawn": "random", "found": "benign", "chance": 1.0} for scan in scans]
    plain = recalibrated(monkeypatch, model, rows, tmp_path, rate=0.4)
    rows[4]["chance"] = 0.6
    seldom = recalibrated(monkeypatch, model, rows, tmp_path, rate=0.4)
    assert plain.thresholds["dual"].threshold < 0.5
    assert seldom.thresholds["dual"].threshold > 0.9


def test_with_too_few_scans_the_shipped_threshold_stays(
    monkeypatch: pytest.MonkeyPatch, model: Path, scans: list[str], tmp_path: Path
) -> None:
    rows: list[Row] = [{"file": scan, "drawn": "random", "found": "benign"} for scan in scans[:2]]
    card = recalibrated(monkeypatch, model, rows, tmp_path)
    assert card.thresholds == read_card(model).thresholds


@pytest.mark.parametrize("drawn", ["cleared", "alarm", ""])
def test_scans_that_were_not_drawn_at_random_are_refused(
    monkeypatch: pytest.MonkeyPatch, model: Path, scans: list[str], tmp_path: Path, drawn: str
) -> None:
    """Those that the model cleared all score low: a threshold from them would raise alarms without end."""
    rows: list[Row] = [{"file": scan, "drawn": "random", "found": "benign"} for scan in scans[:4]]
    rows[2]["drawn"] = drawn
    with pytest.raises(ValueError, match="random"):
        recalibrated(monkeypatch, model, rows, tmp_path)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("found", ["contraband", "unknown", ""])
def test_scans_that_people_did_not_find_benign_are_refused(tmp_path: Path, found: str) -> None:
    rows: list[Row] = [{"file": f"{n}.tif", "drawn": "random", "found": "benign"} for n in range(3)]
    rows[1]["found"] = found
    with pytest.raises(ValueError, match=r"benign.*1\.tif"):
        read_drawn(listed(tmp_path / "drawn.csv", rows))


def test_a_scan_that_is_listed_twice_is_refused(tmp_path: Path) -> None:
    """Also under another spelling of its path."""
    names = ("a.tif", "b.tif", f"../{tmp_path.name}/a.tif")
    rows: list[Row] = [{"file": name, "drawn": "random", "found": "benign"} for name in names]
    with pytest.raises(ValueError, match=r"more than once: .*a\.tif"):
        read_drawn(listed(tmp_path / "drawn.csv", rows))


def test_the_new_card_says_whose_it_is_and_keeps_no_figure_of_the_old_thresholds(tmp_path: Path) -> None:
    figures = {
        "held_out_simulation": {"scan_auroc": 0.9, "shipped": {"detected": [0.5, 0.4, 0.6, 5, 10]}},
        "real_trucks": {"empty_auroc": 1.0, "alarms_on_empty": [0, 28], "alarms_on_loaded": [1, 28]},
        "real_trucks_composites": {"found_of_visible": [0.5, 0.4, 0.6, 5, 10]},
        "real_eagle_composites": {"found": [0.5, 0.4, 0.6, 5, 10]},
        "pipeline": {"seconds": 0.3},
    }
    before = tiny_card("0" * 64).model_copy(update={"figures": figures, "limits": LIMITS})
    site = before.thresholds["dual"].model_copy(update={"basis": "site"})
    card = for_site(before, {**before.thresholds, "dual": site}, "here", 120, tmp_path / "tallynet" / "here")
    assert ModelCard.model_validate(card.model_dump()) == card
    assert (card.name, card.version) == ("tallynet", "here")
    assert card.figures == {
        "held_out_simulation": {"scan_auroc": 0.9},
        "real_trucks": {"empty_auroc": 1.0},
        "pipeline": {"seconds": 0.3},
    }
    assert card.limits[1:] == LIMITS[1:]
    assert "Thresholds of dual are set on scans of the site here" in card.limits[0]
    assert "those of display, single on simulated ones" in card.limits[0]


def test_a_list_that_does_not_say_how_its_scans_were_drawn_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="columns `file`, `drawn` and `found`"):
        read_drawn(listed(tmp_path / "drawn.csv", [{"file": "a.tif"}]))
    with pytest.raises(ValueError, match="chance"):
        read_drawn(
            listed(
                tmp_path / "drawn.csv", [{"file": "a.tif", "drawn": "random", "found": "benign", "chance": 0}]
            )
        )


def test_a_scan_that_the_service_would_not_accept_is_named(
    monkeypatch: pytest.MonkeyPatch, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "scan.tif").write_bytes(b"no image")
    with pytest.raises(SystemExit, match=r"scan\.tif"):
        recalibrated(
            monkeypatch, model, [{"file": "scan.tif", "drawn": "random", "found": "benign"}], tmp_path
        )


def test_a_group_with_too_few_scans_takes_the_threshold_of_its_kind_of_scanner() -> None:
    """Three scans of containers set theirs; one of a trailer does not, and goes into that of all dual scanners."""
    drawn = [DrawnScan("dual/container", score, 1.0) for score in (0.1, 0.2, 0.3)]
    drawn.append(DrawnScan("dual/other", 0.8, 1.0))
    thresholds = site_thresholds(tiny_card("0" * 64), drawn, RATE)
    assert thresholds["dual/container"].benign_scans == 3
    assert thresholds["dual"].benign_scans == 4
    assert "dual/other" not in thresholds  # serving falls back to `dual` by itself
    assert thresholds["single"].basis == "simulated"
