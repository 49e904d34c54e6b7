"""What the bands of a tile say of slabs that are known."""

import tracemalloc
from dataclasses import replace

import cv2
import numpy as np
import pytest

from tallyscan.examine.expected_image import expected_cells, expected_tiff, expected_tile
from tallyscan.examine.material_band import RANGE
from tallyscan.examine.registration import columns_apart, shifted
from tallyscan.examine.tiles import SURROUND_STEP, tile
from tallyscan.finding import ExpectedPicture
from tallyscan.physics.attenuation import Material
from tallyscan.physics.materials import ALUMINIUM, CELLULOSE, STEEL
from tallyscan.scan import CanonicalGrid
from tests.examine.builders import facts, opened, slab_image

WHERE = (slice(60, 200), slice(60, 200))


def coordinates(code: np.ndarray) -> np.ndarray:
    """nan where no material is told."""
    low, high = RANGE
    return np.where(code > 0, low + (code.astype(float) - 1) * (high - low) / 65_534, np.nan)


@pytest.mark.parametrize("energies_mv", [(6.0, 4.0), (9.0, 6.0)])
@pytest.mark.parametrize(("material", "expected"), [(CELLULOSE, 0.04), (ALUMINIUM, 0.38), (STEEL, 1.0)])
@pytest.mark.parametrize("level", [0, 1])
def test_the_material_of_a_slab_is_told(
    energies_mv: tuple[float, ...], material: Material, expected: float, level: int
) -> None:
    image = slab_image([(material, 50.0, WHERE)], of=facts((300, 500), energies_mv))
    shown = coordinates(tile(image, level, 0, 0)[..., 2])
    scale = 2**level
    inside = shown[2 + 80 // scale : 2 + 180 // scale, 2 + 80 // scale : 2 + 180 // scale]
    assert np.nanmedian(inside) == pytest.approx(expected, abs=0.08)
    assert np.isfinite(inside).mean() > 0.95
    air = shown[2 + 220 // scale : 2 + 256 // scale, 2 + 220 // scale : 2 + 256 // scale]
    assert np.isnan(air).all()


@pytest.mark.parametrize("g_cm2", [0.5, 300.0])
def test_of_too_little_and_of_what_is_not_penetrated_no_material_is_told(g_cm2: float) -> None:
    shown = tile(slab_image([(STEEL, g_cm2, WHERE)]), 0, 0, 0)[..., 2]
    assert (shown[90:170, 90:170] == 0).all()


def test_edges_of_interlaced_energies_do_not_look_like_metal() -> None:
    """Stacks of goods with gaps, as a scanner sees them whose low energy stands 0.45 columns further right."""
    stacks = [(CELLULOSE, 40.0, (slice(None), slice(left, left + 30))) for left in range(30, 470, 50)]
    true = slab_image([(CELLULOSE, 20.0, (slice(None), slice(20, 480))), *stacks])
    sharp = true.window(0, 0, 0, 500, 300).astype(np.float32)
    blurred = cv2.GaussianBlur(sharp, (9, 1), 1.0)  # by the detector's and the beam's own width
    moved = np.rint(shifted(blurred[..., 1], 0.45)).astype(np.uint16)
    high, low = np.moveaxis(np.rint(blurred).astype(np.uint16), -1, 0)
    assert columns_apart(high, low) == pytest.approx(0, abs=0.03)
    assert columns_apart(high, moved) == pytest.approx(0.45, abs=0.05)
    shares = []
    for apart in (0.0, columns_apart(high, moved)):
        image = opened(np.stack([high, moved]), replace(true.facts, columns_apart=apart))
        shown = coordinates(tile(image, 0, 0, 0)[10:-10, 34:-10, 2])
        told = shown[np.isfinite(shown)]
        shares.append(float(np.mean(told > 0.65)))
    assert shares[0] > 0.1
    assert shares[1] < 0.001


def test_few_edges_tell_no_distance() -> None:
    flat = np.full((300, 500), 30_000, np.uint16)
    assert columns_apart(flat, flat) == 0
    assert columns_apart(flat[:1, :1], flat[:1, :1]) == 0


@pytest.mark.parametrize("pitch_mm", [(1e-6, 5.0), (5.0, 1e-6), (1e6, 1e6), None])
def test_a_pitch_that_cannot_be_costs_no_memory(pitch_mm: tuple[float, float] | None) -> None:
    image = opened(np.full((2, 300, 2000), 30_000, np.uint16), facts((300, 2000), pitch_mm=pitch_mm))
    tracemalloc.start()
    for level in range(len(image.sizes)):
        shown = tile(image, level, 0, 0)
        assert (shown[..., 0] == 30_000).all()
        assert shown[..., 3].mean() * SURROUND_STEP == pytest.approx(np.log(65_535 / 30_000), abs=1e-3)
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


def test_surround_is_the_mean_attenuation_around() -> None:
    image = slab_image([(CELLULOSE, 40.0, (slice(None), slice(0, 130)))])
    for level in range(len(image.sizes)):
        scale = 2**level
        surround = tile(image, level, 0, 0)[..., 3] * SURROUND_STEP
        alpha = -np.log(tile(image, level, 0, 0)[..., 0] / 65_535)
        row = 2 + 100 // scale
        assert surround[row, 2 + 40 // scale] == pytest.approx(alpha[row, 2 + 40 // scale], abs=0.05)
        assert surround[row, 2 + 250 // scale] == pytest.approx(0, abs=0.02)
        if level < 2:  # of the smallest image a hundred millimetres are few pixels
            edge = surround[row, 2 + 130 // scale]
            assert 0.2 < edge < alpha[row, 2 + 40 // scale] - 0.2


def test_expected_tiles_lie_where_the_image_does() -> None:
    """Canonical pixels of 5 mm, native ones of 10 x 20 mm, of a part that begins at canonical column 64."""
    grid = CanonicalGrid(150, 400, 0, False, 2.0, 4.0, first_column=64)
    of = facts((150, 368))
    pixels = np.full((1, 150, 368), 30_000, np.uint16)
    image = opened(pixels, type(of)("transmission", (6.0,), of.noise[:1], (10.0, 20.0), None, grid))
    rows, columns, stride = 150 * 4 // 8, 368 * 2 // 8, 8
    alpha = np.add.outer(np.linspace(0, 2, rows + 4), np.linspace(0, 3, columns + 4)).astype(np.float32)
    quantiles = np.stack([alpha, alpha + 0.5, alpha + 1])
    kept = expected_tiff(ExpectedPicture(quantiles, None, stride, grid), 600, 736)
    cells, kept_stride = expected_cells(kept)
    assert (cells.shape, kept_stride) == ((rows, columns, 3), stride)
    for level in range(2):
        shown = -np.log(expected_tile(image, cells, stride, level, 0, 0) / 65_535)
        x, y = 100 // 2**level, 80 // 2**level
        centre = ((x + 0.5) * 2**level, (y + 0.5) * 2**level)
        cell = centre[0] * 2.0 / stride - 0.5, centre[1] * 4.0 / stride - 0.5
        expected = 2 * cell[1] / (rows + 3) + 3 * cell[0] / (columns + 3)
        assert shown[y + 2, x + 2] == pytest.approx([expected + 0.5, expected, expected + 1], abs=0.01)
