"""Windows of a scene as the network sees them: in range, on the canonical grid, and where there is something."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from tallyscan.physics import materials
from tallyscan.scan import MIN_TRANSMISSION, Grade
from tests.training.scenes import OUTER, by_hand, coarse, drawn, lead_block, still
from training import crops
from training.crops import SHAPES, Crop, CropShape, crop_of, crop_pair, fitted, in_a_batch, shape_for, window
from training.simulate.scene import Scene

SMALL = CropShape(224, 160)


def many(scene: Scene, count: int, seed: int = 0, shape: CropShape = SMALL) -> Iterator[Crop]:
    rng = np.random.default_rng(seed)
    return (crop_of(rng, scene, shape) for _ in range(count))


def test_shapes_fit_the_network_and_hold_as_many_pixels() -> None:
    pixels = [shape.height * shape.width for shape in SHAPES]
    assert max(pixels) < 1.1 * min(pixels)
    assert all(side % 32 == 0 for shape in SHAPES for side in (shape.height, shape.width))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_crop_is_what_the_graph_is_given(shape: CropShape) -> None:
    for crop in many(drawn(1, vehicle=None), 2, shape=shape):
        size = (shape.height, shape.width)
        assert crop.image.shape == (3, *size)
        assert crop.image.dtype == crop.scanner.dtype == np.float32
        assert crop.scanner.shape == (8,)
        assert crop.alpha.shape == crop.benign_alpha.shape == crop.visible.shape == size


def test_numbers_are_finite_and_in_range() -> None:
    grades = set()
    for seed in range(8):
        for crop in many(drawn(seed, vehicle=None), 1, seed):
            assert all(np.isfinite(plane).all() for plane in (crop.image, crop.scanner, crop.alpha))
            assert np.float32(MIN_TRANSMISSION) <= crop.image[:2].min() <= crop.image[:2].max() <= 1
            assert set(np.unique(crop.image[2])) <= {0.0, 1.0}
            assert crop.alpha.min() > -0.05
            grades.add(crop.weighable)
            assert crop.weighable == (crop.scanner[7] == 0)
    assert grades == {True, False}


def test_below_the_image_there_is_nothing() -> None:
    """A tall crop of a scan cut short: padded with invalid air, and every map with it."""
    padded = 0
    for crop in many(by_hand(lead_block()), 12, shape=CropShape(1600, 64)):
        below = crop.view.filled_rows
        padded += below < 1600
        assert (crop.image[2, below:] == 0).all()
        assert (crop.image[:2, below:] == 1).all()
        assert not crop.alpha[below:].any()
        assert not crop.fit(crop.shadow.goods_g_cm2)[below:].any()
        assert (crop.fit_nearest(crop.shadow.commodity, 255)[below:] == 255).all()
    assert padded > 3


def test_most_windows_show_what_is_hidden_or_a_unit() -> None:
    scene = by_hand(lead_block())
    shown = [bool(crop.shadow.hidden) for crop in many(scene, 40)]
    assert np.mean(shown) > 0.7
    units = [bool((crop.shadow.layout > 0).any()) for crop in many(by_hand(), 40)]
    assert np.mean(units) > 0.75


def test_the_visible_is_what_stands_out_of_the_noise() -> None:
    strong, weak = ([], [])
    for density, into in ((3.0, strong), (0.3 * 1.0005, weak)):
        for crop in many(by_hand(lead_block(density, materials.TEXTILE)), 60, 3):
            change = np.abs(crop.alpha - crop.benign_alpha)
            if crop.weighable and crop.shadow.hidden and change.max() > 0:
                into.append(crop.visible[change > 0.5 * change.max()].mean())
    assert strong
    assert weak
    assert np.mean(strong) > 0.95
    assert np.mean(weak) < 0.2


def test_rounding_and_scatter_hide_what_the_primary_beam_would_show() -> None:
    """A fifth less of a thousandth of the open beam, under as much open air as there are goods."""
    quiet = replace(still(), photons=(1e12, 1e12), electronic=1e-9, scatter=0.0, background=0.0)
    benign = np.ones((80, 80), np.float32)
    benign[40:] = 1e-3
    clean = benign.copy()
    clean[50:70, 30:50] *= np.float32(0.8)
    fine, rounded, opaque = (replace(quiet, air_counts=(air, air)) for air in (60_000.0, 900.0, 400.0))
    assert crops.seen_in_noise(clean, benign, fine)[52:68, 32:48].all()
    for blind in (rounded, opaque):
        assert not crops.seen_in_noise(clean, benign, blind).any()
    counting = replace(fine, photons=(1e6, 1e6))
    assert crops.seen_in_noise(clean, benign, counting)[52:68, 32:48].all()
    assert not crops.seen_in_noise(clean, benign, replace(counting, background=0.3)).any()


def test_the_twin_is_the_same_where_nothing_is_hidden() -> None:
    for crop in many(by_hand(), 4):
        np.testing.assert_array_equal(crop.alpha, crop.benign_alpha)
        assert not crop.visible.any()
        assert not crop.empty_columns.any()


def test_columns_of_empty_units_are_those_of_their_outsides() -> None:
    for crop in many(by_hand(goods=False), 4):
        x = crop.view.columns_mm
        np.testing.assert_array_equal(crop.empty_columns, (x >= OUTER.x0) & (x <= OUTER.x1))
    shown, twin = crop_pair(np.random.default_rng(0), by_hand(lead_block(), goods=False), SMALL)
    assert not shown.empty_columns.any()  # with something hidden in it, it is not empty
    assert twin.empty_columns.any()


def test_the_declared_load_is_shown_in_the_same_window() -> None:
    rng = np.random.default_rng(5)
    crops_of = [crop_of(rng, by_hand(goods=False), SMALL, declared=by_hand()) for _ in range(12)]
    for crop in crops_of:
        assert (crop.declared_alpha is not None) == crop.weighable
    fuller = [float((c.declared_alpha - c.alpha).max()) for c in crops_of if c.declared_alpha is not None]
    assert max(fuller) > 1.0
    assert (
        min(float((c.declared_alpha - c.alpha).min()) for c in crops_of if c.declared_alpha is not None)
        > -0.05
    )


@pytest.mark.parametrize("grade", ["transmission", "display"])
def test_a_window_is_as_large_as_its_crop(grade: Grade) -> None:
    rng = np.random.default_rng(2)
    for seed in range(8):
        _, view = window(rng, by_hand(), coarse(seed, None, 6.0), grade, SMALL)
        assert 0 < view.filled_rows <= SMALL.height
        assert (np.diff(view.columns_mm) > 0).all()
        assert len(view.columns_mm) >= 60
        if grade == "display":  # a pixel of the picture is one of the crop
            assert (len(view.columns_mm), view.filled_rows) == (SMALL.width, len(view.beam.rows_mm))
        else:  # so many millimetres as the canonical grid has, give or take the training's stretching
            seen = len(view.beam.rows_mm) * view.beam.pitch_mm
            assert seen == pytest.approx(view.filled_rows * 5.0, rel=0.12)


def test_a_crop_is_as_high_as_the_scan_if_it_can_be() -> None:
    assert [shape_for(rows).height for rows in (300, 512, 513, 700, 2000)] == [512, 512, 640, 896, 896]
    assert [shape_for(rows, narrow=True).width for rows in (300, 600, 2000)] == [256, 224, 160]
    for seed in range(4):
        _, view = window(np.random.default_rng(seed), by_hand(), coarse(seed, None, 6.0), "display")
        assert view.shape in (
            CropShape(640, 448),
            CropShape(640, 224),
            CropShape(512, 544),
            CropShape(512, 256),
        )
        assert view.filled_rows == len(view.beam.rows_mm)


def test_finer_machines_are_drawn_coarser_with_as_much_light() -> None:
    fine = coarse(1, pitch_mm=3.0)
    scanner, _ = window(np.random.default_rng(0), by_hand(), fine, "transmission", SMALL)
    assert scanner.pitch_mm == pytest.approx((crops.FINEST_PITCH_MM, crops.FINEST_PITCH_MM))
    per_area = [s.photons[0] / np.prod(s.pitch_mm) for s in (fine, scanner)]
    assert per_area[0] == pytest.approx(per_area[1])


def test_narrow_crops_come_in_twice_the_number() -> None:
    for shape in SHAPES:
        narrow = shape_for(shape.height, narrow=True)
        assert narrow.width % 32 == 0
        assert (in_a_batch(shape, 8), in_a_batch(narrow, 8)) == (8, 16)
        pixels = [s.height * s.width * in_a_batch(s, 8) for s in (shape, narrow)]
        assert pixels[1] == pytest.approx(pixels[0], rel=0.07)


def test_planes_keep_their_mean_when_resampled() -> None:
    plane = np.random.default_rng(0).random((90, 130)).astype(np.float32)
    size = CropShape(64, 96)
    shrunk = fitted(plane, size, 64, 0.0)
    assert shrunk.shape == (64, 96)
    assert shrunk.mean() == pytest.approx(plane.mean(), rel=0.005)
    grown = fitted(plane, CropShape(256, 256), 200, -1.0)
    assert grown[:200].mean() == pytest.approx(plane.mean(), rel=0.01)
    assert (grown[200:] == -1).all()
    classes = fitted((plane > 0.5).astype(np.uint8) * 7, size, 60, 255, nearest=True)
    assert set(np.unique(classes)) == {0, 7, 255}


def test_a_crop_knows_the_size_of_its_pixels() -> None:
    for crop in many(by_hand(), 4):
        if crop.weighable:
            assert crop.pitch_mm == pytest.approx((5.0, 5.0), rel=0.12)
        assert crop.end_band_px == round(120 / crop.pitch_mm[0])
    assert replace(crop, pitch_mm=(20.0, 20.0)).end_band_px == 6


def test_a_pair_has_the_noise_the_look_and_the_scanner_in_common() -> None:
    rng, compared = np.random.default_rng(8), 0
    for _ in range(10):
        shown, twin = crop_pair(rng, by_hand(lead_block(3.0)), SMALL)
        np.testing.assert_array_equal(shown.scanner, twin.scanner)
        np.testing.assert_array_equal(shown.benign_alpha, twin.alpha)
        assert not twin.shadow.hidden
        assert twin.shadow.change is None
        if shown.weighable and shown.shadow.hidden:
            far = np.abs(shown.alpha - shown.benign_alpha) < 1e-6
            same = np.isclose(shown.image[0], twin.image[0], atol=2e-3)
            assert same[far].mean() > 0.9
            assert not same[~far & shown.visible].all()
            compared += 1
    assert compared >= 3


def test_what_was_not_measured_is_filled_as_the_service_fills_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dead pixels inside goods look like the goods around them, not like air, and are marked."""

    def faulty(
        rng: np.random.Generator, primary: np.ndarray, _scanner: object, _rows_mm: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        image = primary.copy()
        alive = rng.random(image.shape[1:]) > 0.01
        image[:, ~alive] = 0.0
        return image, alive

    monkeypatch.setattr(crops, "with_faults", faulty)
    checked = 0
    for crop in many(by_hand(), 12):
        lost = (crop.image[2] == 0) & (crop.alpha > 0.5)
        lost[crop.view.filled_rows :] = False
        if crop.weighable and lost.sum() > 20:
            attenuation = -np.log(crop.image[0][lost])
            assert np.median(attenuation / crop.alpha[lost]) == pytest.approx(1.0, abs=0.1)
            checked += 1
    assert checked >= 2
