"""A kept image is what was put in, in a file that other tools open, and only what is asked for is read."""

import io
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import tifffile

from tallyscan.errors import TallyscanError
from tallyscan.examine.image_facts import ImageFacts, facts_of
from tallyscan.examine.kept_image import KeptImages
from tallyscan.examine.pyramid import levels_of, pyramid_tiff
from tallyscan.examine.tiles import SIDE, tile
from tallyscan.scan import Box, CanonicalGrid, NoiseModel
from tests.examine.builders import Held, facts, opened

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("shape", [(1, 1), (1, 600), (255, 256), (256, 257), (700, 1)])
@pytest.mark.parametrize("energies", [1, 2])
def test_any_size_comes_back_as_it_was(shape: tuple[int, int], energies: int) -> None:
    pixels = RNG.integers(1, 65_536, (energies, *shape), np.uint16)
    image = opened(pixels, facts(shape, (6.0, 4.0)[:energies]))
    assert (np.moveaxis(image.window(0, 0, 0, shape[1], shape[0]), -1, 0) == pixels).all()
    assert image.sizes == tuple((-(-shape[0] // 2**n), -(-shape[1] // 2**n)) for n in range(len(image.sizes)))
    assert max(image.sizes[-1]) <= 256
    assert len(image.sizes) == levels_of(*shape)


def test_the_file_is_a_pyramid_that_says_what_it_is() -> None:
    of = facts((300, 600))
    pixels = RNG.integers(1, 65_536, (2, 300, 600), np.uint16)
    data = pyramid_tiff(pixels, of)
    assert pyramid_tiff(pixels, of) == data
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        levels = file.series[0].levels
        assert [level.shape for level in levels] == [(300, 600, 2), (150, 300, 2), (75, 150, 2)]
        assert (np.moveaxis(levels[0].asarray(), -1, 0) == pixels).all()
        assert ImageFacts.from_json(file.pages.first.description) == of


def test_a_reason_in_any_letters_stands_in_the_file() -> None:
    of = replace(facts((10, 10), (), grade="display"), not_calibrated='The air level is "großer" ± 5 Ж.')
    assert opened(np.full((1, 10, 10), 5, np.uint16), of).facts == of


def test_a_window_beyond_the_edge_repeats_it() -> None:
    pixels = RNG.integers(1, 65_536, (1, 300, 600), np.uint16)
    image = opened(pixels, facts((300, 600), (6.0,)))
    padded = np.pad(pixels[0], 700, mode="edge")
    for x, y, width, height in [
        (-5, -7, 20, 20),
        (590, 290, 300, 200),
        (-600, 10, 50, 5),
        (700, 400, 30, 20),
    ]:
        expected = padded[700 + y : 700 + y + height, 700 + x : 700 + x + width]
        assert (image.window(0, x, y, width, height)[..., 0] == expected).all(), (x, y)


def test_a_smaller_level_leaves_out_what_was_not_measured() -> None:
    pixels = np.full((2, 300, 600), 20_000, np.uint16)
    pixels[:, :, 101] = 0
    pixels[:, 100:150, 200:250] = 0
    half = opened(pixels, facts((300, 600))).window(1, 0, 0, 300, 150)
    assert (half[:50, :, :] == 20_000).all()
    assert (half[50:75, 100:125] == 0).all()
    assert set(np.unique(half)) == {0, 20_000}


def test_only_the_tiles_that_are_asked_for_are_read_and_once() -> None:
    held = Held()
    image = opened(RNG.integers(1, 65_536, (1, 1000, 2000), np.uint16), facts((1000, 2000), (6.0,)), held)
    image.window(0, 300, 300, 100, 100)
    assert len(held.parts) == 1
    image.window(0, 500, 500, 100, 100)  # of four tiles, one of which is there
    assert len(held.parts) == 4
    assert sum(held.parts) < len(held.data["image"]) / 4


def test_an_image_is_opened_once_for_all_who_ask_at_once() -> None:
    held, fetched = Held(), []
    opened(RNG.integers(1, 65_536, (1, 600, 600), np.uint16), facts((600, 600), (6.0,)), held)
    get = held.get
    held.get = lambda key: fetched.append(key) or get(key)  # type: ignore[method-assign,func-returns-value]
    images = KeptImages(held)
    with ThreadPoolExecutor(8) as pool:
        shown = list(
            pool.map(lambda place: tile(images.open("image"), 0, *divmod(place, 3)), [*range(9)] * 3)
        )
    assert fetched == ["image"]
    assert all((shown[n] == shown[n + 9]).all() for n in range(18))


def test_of_an_opened_image_only_the_header_is_kept() -> None:
    held = Held()
    opened(RNG.integers(1, 65_536, (1, 1500, 1500), np.uint16), facts((1500, 1500), (6.0,)), held)
    images = KeptImages(held)
    tracemalloc.start()
    images.open("image")
    assert tracemalloc.get_traced_memory()[0] < len(held.data["image"]) / 10
    tracemalloc.stop()


def test_damaged_bytes_are_an_error_and_no_picture() -> None:
    held = Held()
    image = opened(RNG.integers(1, 65_536, (1, 600, 600), np.uint16), facts((600, 600), (6.0,)), held)
    data = held.data["image"]
    held.data["image"] = data[:5000] + bytes(200) + data[5200:]
    with pytest.raises(TallyscanError, match="changed on the disk"):
        image.window(0, 0, 0, 600, 600)
    held.data["none"] = b"II*\0 no image"
    with pytest.raises(TallyscanError, match="no kept image"):
        KeptImages(held).open("none")


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_way_from_original_pixels_is_the_one_that_the_image_went(turns: int, mirrored: bool) -> None:
    original = np.arange(1, 12 * 20 + 1).reshape(12, 20)
    turned = np.rot90(original, turns)
    upright = turned[:, ::-1] if mirrored else turned
    cut, first = (1, 2, 3, 1), 4
    grid = CanonicalGrid(12, 20, turns, mirrored, 0.5, 0.5, first_column=first // 2, cut=cut)
    native = upright[cut[1] : -cut[3], cut[0] + first : -cut[2]]
    a, b, c, d, e, f = grid.to_native
    for y, x in np.argwhere(original > 0):
        column, row = a * (x + 0.5) + b * (y + 0.5) + c, d * (x + 0.5) + e * (y + 0.5) + f
        if 0 <= column < native.shape[1] and 0 <= row < native.shape[0]:
            assert native[int(row), int(column)] == original[y, x]
    canonical = grid.to_canonical(Box(4, 5, 2, 3))
    xs, ys = sorted((a * 4 + b * 5 + c, a * 6 + b * 8 + c)), sorted((d * 4 + e * 5 + f, d * 6 + e * 8 + f))
    assert (canonical.x, canonical.y) == pytest.approx((xs[0] / 2, ys[0] / 2))
    assert (canonical.width, canonical.height) == pytest.approx(((xs[1] - xs[0]) / 2, (ys[1] - ys[0]) / 2))


def test_a_tile_has_its_gutter() -> None:
    image = opened(RNG.integers(1, 65_536, (2, 300, 600), np.uint16), facts((300, 600)))
    first, second = (tile(image, 0, column, 0) for column in (0, 1))
    assert first.shape == (SIDE, SIDE, 4)
    assert (first[:, -4:] == second[:, :4]).all()


def test_the_noise_of_the_image_is_that_of_one_of_its_pixels() -> None:
    from tests.report.builders import made_cargo_scan

    scan = made_cargo_scan()
    canonical = facts_of(scan).noise[0]
    grid = CanonicalGrid(800, 1200, 0, False, 0.5, 0.5)
    native = facts_of(replace(scan, grid=grid)).noise[0]
    assert isinstance(canonical, NoiseModel)
    assert native.photon == pytest.approx(4 * scan.noise[0].photon)
    assert native.electronic == pytest.approx(2 * scan.noise[0].electronic)
