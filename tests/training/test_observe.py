"""Simulated scans through the service's own path, with a small model whose rules are known."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tallyscan.acquire.decoders import Limits, decode
from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.detect.detector import Detector
from tallyscan.scan import Grade, ScanFiles, ScanPart
from tests.tiny_model import write_tiny_model
from tests.training.scenes import by_hand, lead_block, still
from training import observe as module
from training.calibrated_scan import calibrated
from training.map_metrics import aupro
from training.observe import PLANS, SetOfScans, observations, observe, raw_scan, simulated
from training.simulate.render import SimulatedScan, encoded, render
from training.simulate.scanner import Rng, Scanner, at_pitch, draw_scanner


def coarse_scanner(rng: Rng, **asked: object) -> Scanner:
    return at_pitch(draw_scanner(rng, **asked), 20.0, 20.0)  # type: ignore[arg-type]


@pytest.fixture
def _coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "draw_scanner", coarse_scanner)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def detector(model: Path) -> Detector:
    return Detector.load(model, threads=1, whole_image_megapixels=4.0)


def lead_scan(grade: Grade = "transmission") -> SimulatedScan:
    return render(np.random.default_rng(1), by_hand(lead_block(11.0)), still(), grade)


def to_cells(scan: SimulatedScan) -> np.ndarray:
    """Attenuation of the canonical scan in cells of 8 x 8 pixels."""
    physical = calibrated(raw_scan(scan))
    height, width = (side // 8 * 8 for side in (physical.height, physical.width))
    alpha = physical.attenuation[:height, :width].reshape(height // 8, 8, width // 8, 8)
    return np.asarray(alpha.mean(axis=(1, 3)))


@pytest.mark.parametrize("grade", ["transmission", "display"])
def test_the_raw_scan_is_the_one_that_the_decoders_make(grade: Grade) -> None:
    scan = lead_scan(grade)
    raw = raw_scan(scan)
    name = "scan.jpg" if grade == "display" else "scan.tif"
    part = ScanPart(name, encoded(scan))
    decoded = decode(ScanFiles((part,), json.dumps(scan.sidecar).encode()), Limits())
    assert raw.pixels.shape == decoded.pixels.shape
    assert raw.pixels.dtype == decoded.pixels.dtype
    assert (raw.photometric, raw.file_format) == (decoded.photometric, decoded.file_format)
    assert raw.sidecar == decoded.sidecar
    if grade == "transmission":  # a JPEG loses a little
        assert (raw.pixels == decoded.pixels).all()


@pytest.mark.usefixtures("_coarse")
def test_no_two_sets_share_a_scan() -> None:
    sets = [SetOfScans(5, "benign", False), SetOfScans(5, "declared", False), SetOfScans(6, "benign", False)]
    scans = [raw_scan(simulated(chosen, 1)).sha256 for chosen in sets]
    assert len(set(scans)) == 3
    assert raw_scan(simulated(sets[0], 1)).sha256 == scans[0]


def test_an_observation_says_both_sides(detector: Detector) -> None:
    scan = lead_scan()
    seen = observe(detector, scan)
    assert seen["truth"] is scan.truth
    assert seen["read"]
    assert seen["group"].startswith("dual/")
    # The tiny model alarms where under 2 % come through: on the lead, in pixels of the original.
    assert seen["score"] > 0.9
    assert seen["candidates"][0]["score"] == seen["score"]
    assert seen["declared_groups"] == [CLASS_BY_NAME["textiles_garments"].group]
    best = max(seen["candidates"], key=lambda entry: entry["score"])
    assert best["family"] == "shielded_nuclear"
    x, y, w, h = best["box"]
    tx, ty, tw, th = scan.truth["anomalies"][0]["box"]
    assert (x + w / 2, y + h / 2) == pytest.approx((tx + tw / 2, ty + th / 2), abs=6)
    # The tiny model expects 0.5 to 1.5 everywhere, or 0.75 to 1.75 where it knows what is declared.
    alpha = to_cells(scan)
    assert seen["expected"]["expected"] == pytest.approx(((alpha >= 0.5) & (alpha <= 1.5)).mean(), abs=0.05)
    assert seen["expected"]["expected_declared"] == pytest.approx(
        ((alpha >= 0.75) & (alpha <= 1.75)).mean(), abs=0.05
    )
    # The map covers nearly all of the lead before it covers a twentieth of the rest.
    assert seen["overlap"]["regions"] == 1
    assert aupro([seen["overlap"]]) > 0.8
    assert len(json.dumps(seen)) < 6000


def test_of_a_picture_nobody_knows_where_things_are(detector: Detector) -> None:
    seen = observe(detector, lead_scan("display"))
    assert "overlap" not in seen
    assert "expected" not in seen


def test_where_nothing_is_declared_there_are_no_declared_groups(detector: Detector) -> None:
    scan = render(np.random.default_rng(1), by_hand(), still(), declared="empty")
    assert observe(detector, scan)["declared_groups"] is None


def test_where_nothing_is_declared_only_one_expectation_is_judged(detector: Detector) -> None:
    scan = render(np.random.default_rng(1), by_hand(), still(), declared="none")
    assert set(observe(detector, scan)["expected"]) == {"expected"}


def test_without_the_block_there_is_no_score(detector: Detector) -> None:
    scan = render(np.random.default_rng(1), by_hand(), still(), declared="none")
    seen = observe(detector, scan)
    assert seen["score"] < 0.2
    assert all(unit["mismatch"] is None or unit["mismatch"] < 0.5 for unit in seen["units"])


def test_what_quality_refuses_is_not_read(detector: Detector) -> None:
    scan = lead_scan()
    scan.pixels[:] = 0
    seen = observe(detector, scan)
    assert not seen["read"]
    assert seen["reasons"]
    assert "score" not in seen


@pytest.mark.usefixtures("_coarse")
@pytest.mark.parametrize("plan", PLANS)
def test_every_plan_gives_what_it_names(plan: str) -> None:
    for index in range(2):
        scan = simulated(SetOfScans(5, plan, held_out=True), index)
        again = simulated(SetOfScans(5, plan, held_out=True), index)
        assert encoded(scan) == encoded(again)
        families = {entry["family"] for entry in scan.truth["anomalies"]}
        if plan in ("anomaly", "small_metallic", "concealed_vehicles"):
            assert len(families) == 1
        else:
            assert not families
        if plan == "small_metallic":
            assert len(scan.sidecar["energies_mv"]) == 2
        if plan == "empty":
            assert all(unit["empty"] for unit in scan.truth["units"])
        if plan == "tiny_load":
            assert all(unit["mass_kg"] < 2000 for unit in scan.truth["units"])
        if plan == "declared":
            assert scan.truth["declared"] == ("truth", "other_commodity")[index % 2]


@pytest.mark.usefixtures("_coarse")
def test_a_set_can_hide_only_some_families() -> None:
    chosen = SetOfScans(6, "anomaly", held_out=True, families=("cash_gold", "void"))
    hidden = [simulated(chosen, index).truth["anomalies"][0]["family"] for index in range(4)]
    assert hidden == ["cash_gold", "void"] * 2
    assert chosen.name == "anomaly-cash_gold-void-held-out-6"
    assert SetOfScans(6, "anomaly", held_out=False).name == "anomaly-training-side-6"


@pytest.mark.usefixtures("_coarse")
def test_most_concealed_vehicles_are_cars_and_say_so() -> None:
    chosen = SetOfScans(7, "concealed_vehicles", held_out=True)
    kinds = [simulated(chosen, index).truth["anomalies"][0]["facts"]["kind"] for index in range(8)]
    assert kinds.count("car") >= 5


@pytest.mark.usefixtures("_coarse")
def test_held_out_scanners_are_not_those_of_calibration() -> None:
    def scanners(held_out: bool) -> set[str]:
        chosen = SetOfScans(1, "empty", held_out)
        return {simulated(chosen, index).truth["scanner_model"] for index in range(6)}

    assert not scanners(held_out=True) & scanners(held_out=False)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], int]:
    """How many scans were simulated, over all processes."""
    made = tmp_path / "made"
    made.touch()

    def simulated_and_counted(_chosen: SetOfScans, index: int) -> SimulatedScan:
        with made.open("a") as file:
            file.write(f"{index}\n")
        return render(np.random.default_rng(index), by_hand(), still())

    monkeypatch.setattr(module, "simulated", simulated_and_counted)
    return lambda: len(made.read_text().splitlines())


def test_a_set_goes_on_where_it_stopped(
    counted: Callable[[], int], model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = SetOfScans(3, "benign", held_out=False)
    first = list(observations(model, "a" * 64, chosen, 2, tmp_path / "kept"))
    assert [o["index"] for o in first] == [0, 1]
    assert counted() == 2
    (file,) = (tmp_path / "kept").iterdir()
    with file.open("a") as half:
        half.write('{"index": 2, "truth"')  # cut off while it was written
    more = list(observations(model, "a" * 64, chosen, 3, tmp_path / "kept", workers=2))
    assert [o["index"] for o in more] == [0, 1, 2]
    assert counted() == 3
    for before, now in zip(first, more, strict=False):
        assert json.loads(json.dumps(before)) == now
    # Another model or another simulator starts anew; and what is there is read, not made.
    assert [o["index"] for o in observations(model, "a" * 64, chosen, 3, tmp_path / "kept")] == [0, 1, 2]
    assert counted() == 3
    list(observations(model, "b" * 64, chosen, 1, tmp_path / "kept"))
    assert counted() == 4
    monkeypatch.setattr(module, "sources_digest", lambda: "12345678")
    list(observations(model, "b" * 64, chosen, 1, tmp_path / "kept"))
    assert counted() == 5


def test_every_source_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = module.sources_digest()
    roots = [tmp_path / folder.name for folder in module.SOURCES]
    for folder, copy in zip(module.SOURCES, roots, strict=True):
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(module, "SOURCES", tuple(roots))
    module.sources_digest.cache_clear()
    assert module.sources_digest() == first
    (nested,) = roots[0].rglob("voids.py")
    nested.write_text(nested.read_text() + "# another\n")
    module.sources_digest.cache_clear()
    assert module.sources_digest() != first
    module.sources_digest.cache_clear()
