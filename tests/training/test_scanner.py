from dataclasses import replace

import numpy as np
import pytest

from tallyscan.physics.beam import beams_of
from training.simulate.scanner import (
    END_POINT_FACTORS,
    FILTER_FACTORS,
    Scanner,
    at_pitch,
    beams_near,
    draw_scanner,
)
from training.simulate.scanner_models import MODELS
from training.simulate.vehicles import VEHICLES, draw_vehicle


def drawn(seed: int, model: str | None = None) -> Scanner:
    return draw_scanner(np.random.default_rng(seed), model)


def test_there_are_many_kinds_and_three_are_kept_from_training() -> None:
    assert len(MODELS) >= 13
    assert sum(model.held_out for model in MODELS.values()) == 3
    assert {model.type for model in MODELS.values()} == {"rail", "portal", "gantry", "mobile"}
    trained = {model.energies_mv for model in MODELS.values() if not model.held_out}
    assert not trained & {model.energies_mv for model in MODELS.values() if model.held_out}


def test_the_same_seed_draws_the_same_scanner() -> None:
    assert drawn(5) == drawn(5)
    assert drawn(5) != drawn(6)


def test_held_out_models_are_drawn_only_when_asked_for() -> None:
    rng = np.random.default_rng(0)
    assert not any(draw_scanner(rng).model.held_out for _ in range(60))
    assert all(draw_scanner(rng, held_out=True).model.held_out for _ in range(10))


@pytest.mark.parametrize("held_out", [False, True])
def test_trains_go_through_rail_portals_and_lorries_do_not(held_out: bool) -> None:
    rng, chosen = np.random.default_rng(0), [model for model in MODELS.values() if model.held_out == held_out]
    for conveyance in ("rail", "road"):
        found = {draw_scanner(rng, held_out=held_out, conveyance=conveyance).model.name for _ in range(400)}
        assert found == {model.name for model in chosen if (model.type == "rail") == (conveyance == "rail")}
    vehicles = {draw_vehicle(rng, kind).kind: draw_vehicle(rng, kind).conveyance for kind, _ in VEHICLES}
    on_rails = {kind for kind, conveyance in vehicles.items() if conveyance == "rail"}
    assert on_rails == {"rail_containers", "covered_wagon", "open_wagon"}
    assert [kind for kind, conveyance in vehicles.items() if conveyance is None] == ["container_alone"]


def test_asked_for_end_points_are_given() -> None:
    rng = np.random.default_rng(0)
    assert draw_scanner(rng, energies_mv=(9.0,)).model.energies_mv == (9.0,)
    odd = draw_scanner(rng, energies_mv=(8.0, 5.0))
    assert odd.energies_mv == (8.0, 5.0)
    assert len(odd.photons) == len(odd.air_counts) == len(odd.models()) == 2


@pytest.mark.parametrize("name", MODELS)
def test_a_drawn_machine_sees_the_whole_cargo(name: str) -> None:
    for seed in range(8):
        scanner = drawn(seed, name)
        rows = scanner.detector_rows_mm
        assert (np.diff(rows) < 0).all()
        assert 550 <= len(rows) <= 2500
        assert 1.25 <= scanner.magnification <= 2.2
        top, bottom = scanner.window_mm(4000, 1250)
        assert rows[0] > top
        if scanner.model.view == "side":  # wheels may be cut off at the far side, floors are not
            assert rows[-1] < 750
        else:
            assert rows[-1] < bottom
        assert 2.5 <= scanner.pitch_mm[1] <= 8.5


def test_rows_lie_where_the_detector_has_cells_or_evenly_when_rectified() -> None:
    scanner = drawn(1, "portal-6-4-L")
    raw = replace(scanner, geometry=replace(scanner.geometry, rectified=False))
    rows = raw.beam(4500, 800).rows_mm
    assert set(rows) <= set(raw.detector_rows_mm)
    steps = -np.diff(rows)
    assert steps.max() > 1.1 * steps.min()  # keystone
    flat = replace(scanner, geometry=replace(scanner.geometry, rectified=True, row_pitch_mm=4.0))
    assert np.allclose(np.diff(flat.beam(4500, 800).rows_mm), -4.0)


def test_a_given_pitch_gives_exactly_those_rows() -> None:
    beam = drawn(2, "gantry-9-6-L").beam(5000, -200, 5.0)
    assert len(beam.rows_mm) == 1040
    assert beam.pitch_mm == pytest.approx(5.0)


def test_the_window_holds_the_near_roof_and_the_near_ground() -> None:
    scanner = drawn(3, "mobile-6-4-L")
    top, bottom = scanner.window_mm(4000, 1250)
    beam = scanner.beam(top, bottom, 5.0)
    centre = scanner.geometry.centre_mm
    rows = beam.row_of(np.array([4000.0, 0.0]), np.array([centre - 1250, centre - 1250]))
    assert rows[0] == pytest.approx(-0.5, abs=1)
    assert rows[1] == pytest.approx(len(beam.rows_mm) - 0.5, abs=1)


def test_columns_rise_stretch_and_cover_the_scan() -> None:
    lengths = []
    for seed in range(30):
        scanner = drawn(seed, "rail-6-4-L")
        columns = scanner.columns(np.random.default_rng(seed), -500, 13500, 5.0)
        assert (np.diff(columns) > 0.5).all()
        assert columns[0] >= -500
        assert 13500 - columns[-1] < 20
        lengths.append(len(columns))
    assert 1.01 < max(lengths) / 2800 < 1.25
    assert 0.8 < min(lengths) / 2800 < 0.99


def test_spectra_are_quantised_and_half_are_nominal() -> None:
    rng = np.random.default_rng(4)
    scanners = [draw_scanner(rng, "portal-6-4-L") for _ in range(80)]
    kinds = {scanner.beams() for scanner in scanners}
    assert 3 < len(kinds) <= len(END_POINT_FACTORS) * len(FILTER_FACTORS)
    nominal = sum(scanner.beams() == beams_of((6.0, 4.0)) for scanner in scanners)
    assert 30 <= nominal <= 62


def test_a_thicker_filter_hardens_the_beam() -> None:
    iron = np.array([0.0, 80.0, 0.0])[:, None]
    soft, hard = (
        replace(drawn(0), energies_mv=(6.0,), filter_factor=factor).models()[0].attenuation(iron)
        for factor in (0.6, 1.6)
    )
    assert hard < soft
    assert beams_near((6.0, 4.0), 1.0, 1.0) == beams_of((6.0, 4.0))


def test_the_low_energy_has_fewer_photons_and_more_noise() -> None:
    high, low = drawn(7, "rail-6-4-L").noise()
    assert low.photon > high.photon
    assert 1e-6 < high.photon < 1e-3


def test_other_pixels_keep_lengths_in_mm_and_the_keystone() -> None:
    """A machine at twice the pitch: half as many rows at the same places, faults as long as before."""
    rng = np.random.default_rng(4)
    scanner = next(
        s
        for s in (draw_scanner(rng, "portal-6-4-L") for _ in range(200))
        if not s.geometry.rectified and s.geometry.detector == "L" and s.faults.bounce_px
    )
    along, across = scanner.pitch_mm
    coarse = at_pitch(scanner, 2 * along, 2 * across)
    assert coarse.pitch_mm == pytest.approx((2 * along, 2 * across), rel=0.03)
    fine_rows, rows = scanner.detector_rows_mm, coarse.detector_rows_mm
    assert len(rows) == pytest.approx(len(fine_rows) / 2, rel=0.03)
    steps = -np.diff(rows)
    assert steps[:5].mean() > 1.05 * steps[-20:].mean()  # the level arm: rows lie further apart at the top
    at = np.linspace(0, 1, 9)
    np.testing.assert_allclose(np.quantile(rows, at), np.quantile(fine_rows, at), atol=60)
    for name in ("bounce_px", "wobble_px"):
        assert getattr(coarse.faults, name) == pytest.approx(getattr(scanner.faults, name) / 2)
    assert coarse.scatter_px == pytest.approx(scanner.scatter_px / 2)
    assert coarse.photons[0] == pytest.approx(4 * scanner.photons[0])
