"""The open beam as the scan itself shows it, and the condition of the scanner."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tallyscan.calibrate.drift import with_drift
from tallyscan.calibrate.open_air import open_air
from tallyscan.scan import Scan
from tallyscan.scanner_watch import Seen, Watch
from tests.calibrate.raw_scans import AIR, CALIBRATED, cargo, codes, counts, physical, two_energies
from tests.test_scanner_watch import START, watched

GAIN = np.random.default_rng(4).normal(1, 0.01, (200, 1))


def measures(scan: Scan) -> dict[tuple[str, str | None], float]:
    return {(measure.quantity, measure.beam): measure.value for measure in scan.condition}


def test_the_open_beam_is_found_whatever_level_it_is_said_to_have() -> None:
    image = counts(cargo() * GAIN, air=41_000)
    seen = open_air(image[np.newaxis], (6.0,), (0.0,), 65_535)
    assert seen is not None
    assert seen.levels[0] == pytest.approx(41_000, rel=0.003)
    assert seen.pulses == pytest.approx(100, abs=5)
    ground = np.isnan(seen.cells[0])
    assert np.array_equal(np.flatnonzero(ground), np.arange(200 - 17, 200)), "the floor"
    assert np.abs(seen.cells[0] / GAIN.ravel() - 1)[~ground].max() < 0.004
    assert seen.noise[0] == pytest.approx(0.004, rel=0.1)


def test_the_dark_level_is_no_light() -> None:
    image = counts(cargo(), air=40_000, dark=2_000)
    seen = open_air(image[np.newaxis], (6.0,), (2_000.0,), 65_535)
    assert seen is not None
    assert seen.levels[0] == pytest.approx(38_000, rel=0.003)


def without_air() -> NDArray[np.float64]:
    """An empty container that fills the frame: walls between a roof and a floor."""
    image = np.full((200, 500), 0.89)
    image[:10], image[-14:] = 0.6, 0.03
    return image * np.random.default_rng(5).normal(1, 0.004, image.shape)


@pytest.mark.parametrize(
    "image",
    [
        without_air(),
        np.concatenate([without_air()[:100], cargo()[:100]]),
        np.random.default_rng(6).uniform(0, 1, (200, 500)),
        np.zeros((200, 500)),
        np.full((200, 500), 1.4),
    ],
    ids=["walls", "walls under air", "noise", "black", "cut off at full scale"],
)
def test_what_is_no_open_beam_is_not_taken_for_it(image: NDArray[Any]) -> None:
    assert open_air(counts(image)[np.newaxis], (6.0,), (0.0,), 65_535) is None


def test_both_energies_are_measured_where_the_first_shows_air() -> None:
    scan = physical(two_energies(cargo()), {**CALIBRATED, "energies_mv": [6.0, 4.0]})
    found = measures(scan)
    assert found["air_level", "6 MV of 6/4 MV"] == pytest.approx(AIR, rel=0.003)
    assert found["noise", "4 MV of 6/4 MV"] == pytest.approx(0.004 * 1.15, rel=0.1)


def test_a_portrait_image_is_measured_along_its_detector() -> None:
    image = counts(cargo() * GAIN)
    upright = physical(image, CALIBRATED)
    lying = physical(np.rot90(image, -1), CALIBRATED | {"orientation": {"quarter_turns": 1}})
    assert upright.open_air is not None
    assert lying.open_air is not None
    assert np.array_equal(upright.open_air.cells, lying.open_air.cells, equal_nan=True)
    assert measures(upright) == measures(lying)


def test_dead_and_stuck_cells_and_lost_pulses_are_counted() -> None:
    image = counts(cargo())
    image[3], image[70], image[71] = 0, 12_345, 65_535
    image[:, [5, 40]] = 0
    found = measures(physical(image, CALIBRATED))
    assert found["dead_cells", None] == pytest.approx(3 / 200)
    assert found["lost_pulses", None] == pytest.approx(2 / 500)


def test_cells_that_are_cut_off_in_the_open_beam_are_not_stuck() -> None:
    bright = cargo()
    bright[:40] = 1.4
    found = measures(physical(counts(bright), CALIBRATED | {"air_level": [65_000.0]}))
    assert found["dead_cells", None] == 0


def test_an_open_beam_that_is_not_at_its_level_makes_the_units_a_guess() -> None:
    image = counts(cargo(), air=47_500)
    assert codes(physical(image, CALIBRATED).cautions) == ["air_level_off"]
    assert "95.0% of the air level at 6 MV" in physical(image, CALIBRATED).cautions[0]
    near = counts(cargo(), air=49_500)
    assert physical(near, CALIBRATED).cautions == ()


def usual_for(scan: Scan, **factors: float) -> list[Watch]:
    """What is usual after 40 scans like this one, each number times its factor."""
    watches = []
    for measure in scan.condition:
        values = [measure.value * factors.get(measure.quantity, 1.0)] * 40
        watches.append(watched(values, measure.quantity, Watch(measure.quantity, measure.beam))[0])
    return watches


def test_a_scan_that_is_noisier_than_usual_says_so_at_once() -> None:
    scan = physical(counts(cargo()), CALIBRATED)
    assert with_drift(scan, usual_for(scan)).cautions == ()
    assert with_drift(scan, usual_for(scan, noise=2.0)).cautions == (), "less noise does no harm"
    (caution,) = with_drift(scan, usual_for(scan, noise=0.6)).cautions
    assert caution.startswith("scanner_drift: the noise in open air at 6 MV is 0.38%")


def test_a_level_that_left_its_band_matters_where_the_scan_cannot_show_its_own() -> None:
    with_air = physical(counts(cargo()), CALIBRATED)
    tight = physical(counts(without_air()), CALIBRATED)
    assert {name for name, _ in measures(tight)} == {"dead_cells", "lost_pulses"}
    level = next(watch for watch in usual_for(with_air) if watch.quantity == "air_level")
    left, _ = watched([40_000.0] * 6, watch=level, first=40)
    assert left.left_since == Seen("s40", START.replace(hour=12, minute=40))
    (caution,) = with_drift(tight, [left]).cautions
    assert "air level at 6 MV has been outside its band since 2026-02-01 12:40 UTC" in caution
    assert with_drift(with_air, [left]).cautions == ()
    other_beam = physical(counts(without_air()), CALIBRATED | {"energies_mv": [9.0]})
    assert with_drift(other_beam, [left]).cautions == ()
