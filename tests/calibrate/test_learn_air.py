"""What a machine's earlier scans have shown of its open beam, and what a scan makes of it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tallyscan.calibrate.learn_air import LEAST_SCANS, learn
from tallyscan.calibrate.open_air import open_air
from tallyscan.calibrate.profile import ScannerProfile
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.errors import NotCalibrated
from tallyscan.learnt_air import LearntAir
from tallyscan.scan import Scan
from tallyscan.scanner_condition import OpenAir
from tests.calibrate.raw_scans import AIR, PROFILES, codes, counts, raw

DEVICE = "gate-1"
CELLS = 240
STRIPES = np.random.default_rng(7).normal(1, 0.01, (CELLS, 1))
SIDECAR: dict[str, Any] = {"energies_mv": [6.0], "pitch_mm": {"x": 5.0, "y": 5.0}}
GENERIC = PROFILES["generic_transmission"]


def matter(*, air: bool = True) -> NDArray[np.float64]:
    """Transmission of a box under its roof and over its floor, in open air; or with something before every cell."""
    image = np.ones((CELLS, 560))
    image[30:-20, 60:-60] = 0.88
    image[30:50, 60:-60] = 0.7
    image[90:-30, 120:-120] = 0.3
    image[-30:-20, 60:-60] = 0.03
    if not air:
        image[:30], image[-20:] = 0.75, 0.02
    return image if air else image[:, 62:-62]


def shown(
    seed: int, *, level: float = AIR, air: bool = True, stripes: NDArray[np.float64] = STRIPES
) -> NDArray[np.uint16]:
    """Counts of a machine with its stripes, at a level."""
    clean = matter(air=air)
    noise = np.random.default_rng(seed).normal(0, 0.008, clean.shape) * np.sqrt(clean)
    return counts((clean + noise) * stripes, air=level)


def seen(seed: int, **how: Any) -> OpenAir:
    found = open_air(shown(seed, **how)[np.newaxis], (6.0,), (0.0,), 65_535)
    assert found is not None
    return found


def learnt(*levels: float, **how: Any) -> LearntAir:
    values = levels or (AIR,) * LEAST_SCANS
    return learn(DEVICE, [seen(number, level=level, **how) for number, level in enumerate(values)], version=3)


def read(
    image: NDArray[np.uint16], *known: LearntAir, profile: ScannerProfile = GENERIC, **said: Any
) -> Scan:
    return to_physical(raw(image, SIDECAR | said), profile, learnt=known)


def usual(level: float) -> ScannerProfile:
    """A profile that knows the usual level, and in which range rows may show the open beam."""
    air = {"level": level, "lowest": 0.97 * level, "highest": 1.03 * level}
    return ScannerProfile.model_validate(
        {"name": "gate", "title": "A gate", "grade": "transmission", "full_scale": 65_535, "air": air}
    )


def error(scan: Scan, *, air: bool = True) -> tuple[float, float]:
    """Mean error of attenuation where goods stand, and its spread from row to row."""
    rows = slice(100, 200)
    columns = slice(130, -130) if air else slice(70, -70)
    off = scan.attenuation[rows, columns] + np.log(matter(air=air)[rows, columns])
    of_rows = off.mean(axis=1)
    return float(of_rows.mean()), float(of_rows.std())


def test_what_is_learnt_are_medians_that_one_odd_scan_does_not_move() -> None:
    known = learnt(*[AIR] * 9, 0.5 * AIR)
    assert (known.device, known.energies_mv, known.version, known.scans) == (DEVICE, (6.0,), 3, 10)
    assert known.levels[0] == pytest.approx(AIR, rel=0.002)
    off = known.gains[0] / (STRIPES.ravel() / np.median(STRIPES)) - 1
    assert np.abs(off).max() < 0.003
    assert known.spread[0] < 0.002


def test_a_cell_that_is_dead_in_most_scans_has_no_gain() -> None:
    airs = [seen(number) for number in range(10)]
    dark = [
        replace(air, cells=np.where(np.arange(CELLS) == 9, np.float32(np.nan), air.cells)) for air in airs
    ]
    assert learn(DEVICE, [*dark[:8], *airs[8:]], 1).gains[0, 9] == pytest.approx(1.0, abs=0.01)
    assert learn(DEVICE, [*dark[:2], *airs[2:]], 1).gains[0, 9] == pytest.approx(STRIPES[9, 0], abs=0.005)


@pytest.mark.parametrize("given", ["sidecar", "region", "image"])
def test_the_gains_take_the_stripes_out_whatever_gave_the_level(given: str) -> None:
    how: dict[str, Any] = {
        "sidecar": {"air_level": [float(AIR)]},
        "region": {"air_region": [2, 0, 50, CELLS]},
        "image": {"profile": usual(AIR)},
    }[given]
    before, after = read(shown(99), **how), read(shown(99), learnt(), **how)
    assert error(before)[1] > 0.007
    assert error(after)[1] < 0.003
    assert abs(error(after)[0]) < 0.004
    assert after.learnt_air is not None
    assert (after.learnt_air.gain, after.learnt_air.level) == (True, False)
    assert after.measured["air_source"] == given
    assert after.calibration_sha256 != before.calibration_sha256


def test_the_level_that_was_learnt_serves_where_no_open_beam_is_in_view() -> None:
    """The profile's usual level is that of such scanners, 5 % above this one."""
    tight = shown(99, air=False)
    before = read(tight, profile=usual(1.05 * AIR))
    after = read(tight, learnt(), profile=usual(1.05 * AIR))
    assert "no_open_beam" in codes(before.cautions)
    assert error(before, air=False)[0] == pytest.approx(0.049, abs=0.003)
    assert abs(error(after, air=False)[0]) < 0.004
    assert "learnt_air" in codes(after.cautions)
    assert "no_open_beam" not in codes(after.cautions)
    assert after.measured["air_source"] == "learnt"
    assert after.learnt_air is not None
    assert (after.learnt_air.device, after.learnt_air.version, after.learnt_air.level) == (DEVICE, 3, True)


def test_a_level_that_nobody_gives_is_the_learnt_one_or_the_scan_is_not_read() -> None:
    with pytest.raises(NotCalibrated, match="air level is not known"):
        read(shown(99))
    for air in (True, False):
        scan = read(shown(99, air=air), learnt())
        assert abs(error(scan, air=air)[0]) < 0.004
    own = read(shown(99, level=0.99 * AIR), learnt())
    assert own.measured["air_level"][0] == pytest.approx(0.99 * AIR, rel=0.003), "this scan's own, borne out"


def test_a_level_that_the_scan_does_not_bear_out_is_refused_and_said() -> None:
    moved = shown(99, level=0.9 * AIR)
    with pytest.raises(NotCalibrated, match=r"air level is not known. .*44,948 counts in this scan"):
        read(moved, learnt())
    scan = read(moved, learnt(), profile=usual(AIR))
    refused = [caution for caution in scan.cautions if caution.startswith("learnt_air_refused")]
    assert len(refused) == 1
    assert "has 44,948 counts in this scan, and 49,931 in 10 earlier ones of gate-1" in refused[0]
    assert scan.learnt_air is not None
    assert not scan.learnt_air.level


@pytest.mark.parametrize(
    ("known", "why"),
    [
        (learnt(*np.linspace(0.9, 1.1, 10) * AIR), "varies by"),
        (replace(learnt(), level_holds=False), "has left its band"),
    ],
)
def test_a_level_that_cannot_be_trusted_is_not_taken(known: LearntAir, why: str) -> None:
    scan = read(shown(99, air=False), known, profile=usual(1.05 * AIR))
    assert scan.measured["air_source"] == "profile"
    assert "no_open_beam" in codes(scan.cautions)
    assert any(why in caution for caution in scan.cautions if caution.startswith("learnt_air_refused"))


def test_gains_of_another_detector_are_refused_and_said() -> None:
    other = np.random.default_rng(8).normal(1, 0.01, (CELLS, 1))
    scan = read(shown(99, stripes=other), learnt(), air_level=[float(AIR)])
    assert codes(scan.cautions) == ["learnt_air_refused"]
    assert "uneven by" in scan.cautions[0]
    assert scan.learnt_air is None
    assert (
        scan.calibration_sha256 == read(shown(99, stripes=other), air_level=[float(AIR)]).calibration_sha256
    )


def test_gains_of_another_detector_are_refused_without_open_air_too() -> None:
    """They show from cell to cell behind whatever stands there."""
    other = np.random.default_rng(8).normal(1, 0.01, (CELLS, 1))
    right = read(shown(99, air=False), learnt(), air_level=[float(AIR)])
    wrong = read(shown(99, air=False, stripes=other), learnt(), air_level=[float(AIR)])
    assert right.learnt_air is not None
    assert right.learnt_air.gain
    assert (wrong.learnt_air, codes(wrong.cautions)) == (None, ["learnt_air_refused"])


def test_a_machine_without_stripes_is_calibrated_as_before() -> None:
    even = np.ones((CELLS, 1))
    known = learnt(stripes=even)
    with_it = read(shown(99, stripes=even), known, air_level=[float(AIR)])
    without = read(shown(99, stripes=even), air_level=[float(AIR)])
    assert "learnt_air_refused" not in codes(with_it.cautions)
    assert np.abs(with_it.attenuation - without.attenuation).max() < 0.01


def test_a_stale_level_of_a_scan_that_shows_no_open_beam_is_told_by_its_machine() -> None:
    stale = read(shown(99, air=False), learnt(), air_level=[1.06 * AIR])
    assert "air_level_off" in codes(stale.cautions)
    assert any("% of what 10 earlier scans of gate-1 show" in caution for caution in stale.cautions)
    right = read(shown(99, air=False), learnt(), air_level=[1.01 * AIR])
    assert "air_level_off" not in codes(right.cautions)


def test_what_was_learnt_of_other_scans_is_left_alone() -> None:
    shorter = read(shown(99)[:200], learnt(), air_level=[float(AIR)])
    other_beam = read(shown(99), learnt(), air_level=[float(AIR)], energies_mv=[9.0])
    assert (shorter.learnt_air, other_beam.learnt_air) == (None, None)


def test_an_image_that_lies_on_its_side_is_calibrated_along_its_detector() -> None:
    upright = read(shown(99), learnt(), air_level=[float(AIR)])
    lying = read(np.rot90(shown(99), -1), learnt(), air_level=[float(AIR)], orientation={"quarter_turns": 1})
    assert np.array_equal(upright.transmission, lying.transmission)
    assert lying.learnt_air == upright.learnt_air
