"""The size of a pixel measured on simulated containers by the active model, against what the simulator knows."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tallyscan.acquire.decoders import Limits, decode
from tallyscan.acquire.receive_path import find_scans, load
from tallyscan.calibrate.profile import profile_for
from tallyscan.calibrate.structure_pitch import measured_pitch
from tallyscan.calibrate.to_physical import first_look
from tallyscan.declaration import parse_declaration
from tallyscan.detect.card import active_model_dir
from tallyscan.detect.detector import Detector
from tallyscan.finding import Interval
from tallyscan.pixel_pitch import PixelPitch
from tallyscan.settings import Settings
from tallyscan.sidecar import Pitch
from training.calibrated_scan import PROFILES
from training.measured_pitch import Found, along_mm, measure, row

SAMPLES = Path(__file__).parents[2] / "sample_scans"


@cache
def detector() -> Detector:
    return Detector.load(active_model_dir(Settings().models_dir), 2, 4.0)


@pytest.mark.parametrize(
    "case", ["01-honest-garments", "02-honest-tyres", "08-false-wall", "09-rip-off-bags"]
)
def test_the_pitch_of_a_sample_scan_is_measured_where_it_is_left_out(case: str) -> None:
    (found,) = find_scans([SAMPLES / case])
    files = load(found, Limits())
    raw = decode(files, Limits())
    assert raw.sidecar.pitch_mm is not None
    raw = replace(raw, sidecar=raw.sidecar.model_copy(update={"pitch_mm": Pitch(y=raw.sidecar.pitch_mm.y)}))
    assert files.declaration is not None
    declaration = parse_declaration(files.declaration)
    look = first_look(raw, profile_for(raw, PROFILES))
    pitch = measured_pitch(detector().detect(look, declaration).units, look, declaration)
    truth = json.loads((SAMPLES / case / "scan.expected.json").read_text(encoding="utf-8"))
    assert pitch.along_mm is not None
    assert pitch.along_mm.estimate == pytest.approx(along_mm(truth), rel=0.015)
    assert pitch.along_mm.low <= along_mm(truth) <= pitch.along_mm.high


def test_a_simulated_scan_is_measured_in_counts_and_as_a_picture() -> None:
    declared, undeclared, picture = measure(1, 2026, detector())
    for found, error in ((declared, 0.01), (picture, 0.03)):
        assert found.pitch.along_mm is not None
        assert found.pitch.along_mm.estimate == pytest.approx(found.along, rel=error)
    assert declared.pitch.across_mm is not None
    assert declared.across is not None
    assert declared.pitch.across_mm.low <= declared.across <= declared.pitch.across_mm.high
    ((mass, interval),) = declared.masses
    assert interval is not None
    assert interval.low <= mass <= interval.high
    assert undeclared.how == "counts, size not declared"


def test_the_table_counts_what_is_measured_and_what_the_bounds_hold() -> None:
    def found(estimate: float | None) -> Found:
        along = None if estimate is None else Interval(estimate, 0.98 * estimate, 1.02 * estimate)
        return Found("counts", True, 5.0, None, PixelPitch(along, None, ""))

    line = row("counts", [found(5.0), found(5.05), found(5.5), found(None)])
    assert line == "| counts | 3 of 4 | 1.0%, 8.2%, 10.0% | 2 of 3 | 21% to 94% |"
