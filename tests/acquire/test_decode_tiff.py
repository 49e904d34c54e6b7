"""Pages of a TIFF file: which are energies, which are thumbnails, and that none gets lost."""

import io
import itertools
import struct
import tracemalloc
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from tallyscan.acquire.decode_tiff import decode
from tallyscan.acquire.limits import Limits
from tallyscan.errors import CorruptScan, InputError, TooLarge, UnsupportedFormat
from tallyscan.scan import ScanPart
from tests.broken_inputs import with_tags

DUAL = np.random.default_rng(4).integers(0, 65_536, (2, 120, 300)).astype(np.uint16)
SMALL = (DUAL[0, ::4, ::4] >> 8).astype(np.uint8)


def pages(*images: NDArray[Any], **options: Any) -> bytes:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for image in images:
            rgb = image.ndim == 3
            writer.write(image, photometric="rgb" if rgb else "minisblack", metadata=None, **options)
    return buffer.getvalue()


def part(data: bytes) -> ScanPart:
    return ScanPart("scan.tif", data)


@pytest.mark.parametrize(
    "data",
    [
        pages(*DUAL, SMALL),
        pages(SMALL, *DUAL),
        pages(DUAL[0], SMALL, DUAL[1]),
        pages(*DUAL, np.dstack([SMALL] * 3)),
        pages(*DUAL, *[SMALL] * 5),
    ],
    ids=["last", "first", "between", "in colour", "many"],
)
def test_a_thumbnail_that_is_not_marked_is_no_energy(data: bytes) -> None:
    np.testing.assert_array_equal(decode(part(data), Limits()).pixels, DUAL)


def test_an_energy_of_half_the_size_is_no_thumbnail() -> None:
    with pytest.raises(CorruptScan, match="page 2 has 150 x 60"):
        decode(part(pages(DUAL[0], DUAL[1, ::2, ::2])), Limits())


def below_a_page() -> bytes:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        writer.write(DUAL[0], photometric="minisblack", metadata=None, subifds=1)
        writer.write(DUAL[1], photometric="minisblack", metadata=None, subfiletype=0)
    return buffer.getvalue()


def said_reduced() -> bytes:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        writer.write(DUAL[0], photometric="minisblack", metadata=None)
        writer.write(DUAL[1], photometric="minisblack", metadata=None, subfiletype=1)
    return buffer.getvalue()


def one_inverted() -> bytes:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        writer.write(DUAL[0], photometric="minisblack", metadata=None)
        writer.write(DUAL[1], photometric="miniswhite", metadata=None)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (below_a_page(), "below a page"),
        (said_reduced(), "marked as a reduced one"),
        (one_inverted(), "white is zero in one page"),
    ],
)
def test_an_energy_that_would_be_lost_or_turned_round_is_told(data: bytes, why: str) -> None:
    with pytest.raises(UnsupportedFormat, match=why):
        decode(part(data), Limits())


def test_a_thumbnail_below_a_page_is_no_energy() -> None:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for energy in DUAL:
            writer.write(energy, photometric="minisblack", metadata=None, subifds=1)
            writer.write(SMALL, photometric="minisblack", metadata=None, subfiletype=1)
    np.testing.assert_array_equal(decode(part(buffer.getvalue()), Limits()).pixels, DUAL)


@pytest.mark.parametrize("colours", ["minisblack", "rgb"])
def test_jpeg_inside_comes_back_with_its_loss(colours: str) -> None:
    smooth = np.add.outer(np.arange(120), np.arange(300)).astype(np.float64) * (255 / 420)
    image = smooth.astype(np.uint8) if colours == "minisblack" else np.dstack([smooth] * 3).astype(np.uint8)
    data = pages(image, compression="jpeg", compressionargs={"level": 95})
    picture = decode(part(data), Limits())
    assert picture.pixels.dtype == np.uint8
    for channel in picture.pixels:
        np.testing.assert_allclose(channel.astype(float), smooth, atol=4)


def test_colours_by_luminance_are_refused_unless_they_are_a_jpeg() -> None:
    data = with_tags(pages(np.dstack([SMALL] * 3), compression="zlib"), {262: 6})
    with pytest.raises(UnsupportedFormat, match="photometric interpretation 6"):
        decode(part(data), Limits())


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"tile": (64, 64)}])
def test_wherever_it_is_cut_it_has_both_energies_or_is_refused(options: dict[str, Any]) -> None:
    data = pages(*DUAL, **options)
    second = len(pages(DUAL[0], **options))
    ends = {*range(second - 20, second + 250), *range(0, len(data), 1009), *range(len(data) - 40, len(data))}
    refused = 0
    for end in sorted(ends):
        try:
            pixels = decode(part(data[:end]), Limits()).pixels
        except InputError:
            refused += 1
        else:  # only what belongs to no pixel is missing
            np.testing.assert_array_equal(pixels, DUAL, err_msg=f"cut at {end}")
    assert refused > 0.8 * len(ends)


@pytest.mark.parametrize("compression", [None, "zlib", "lzw"])
@pytest.mark.parametrize(
    ("width", "length"),
    [
        *itertools.product((0, 64, 1 << 20, (1 << 32) - 16), (0, 1 << 20, (1 << 32) - 16)),
        (-64, 64),
        (64, -64),
        (4096, 4096),
        (1 << 15, 64),
        (1 << 15, 1 << 15),
    ],
)
def test_a_tile_may_not_be_much_larger_than_the_image(width: int, length: int, compression: str) -> None:
    data = pages(DUAL[0], tile=(64, 64), compression=compression)
    assert peak_of_refusal(with_tags(data, {322: width, 323: length})) < 2_000_000


def test_a_small_image_may_lie_in_one_tile_of_a_usual_size() -> None:
    data = pages(*DUAL, tile=(1024, 1024), compression="zlib")
    np.testing.assert_array_equal(decode(part(data), Limits()).pixels, DUAL)


@pytest.mark.parametrize(
    "values",
    [
        {278: 0},
        {278: -1},
        {277: 0},
        {277: 65_535},
        {277: (1 << 32) - 1},
        {258: 0},
        {258: 65_535},
        {273: 1 << 31},
        {273: (1 << 32) - 1},
        {273: 0},
        {279: (1 << 32) - 1},
        {279: 0},
        {256: (1 << 32) - 1, 257: (1 << 32) - 1},
        {256: -300},
    ],
    ids=str,
)
@pytest.mark.parametrize("options", [{}, {"rowsperstrip": 30, "compression": "zlib"}])
def test_a_header_of_nonsense_is_refused_at_once(values: dict[int, int], options: dict[str, Any]) -> None:
    assert peak_of_refusal(with_tags(pages(DUAL[0], **options), values)) < 2_000_000


@pytest.mark.parametrize(
    ("at", "values"),
    [(16, struct.pack(">II", 1, 1)), (32, struct.pack(">H", 16_384))],
    ids=["a tile a pixel", "channels"],
)
def test_jpeg_2000_may_not_ask_for_more_than_its_page(at: int, values: bytes) -> None:
    data = pages(DUAL[0], compression="jpeg2000")
    at += data.index(b"\xff\x4f\xff\x51") + 8
    with pytest.raises(TooLarge, match="more than its page"):
        decode(part(data[:at] + values + data[at + len(values) :]), Limits())


def peak_of_refusal(data: bytes) -> int:
    """Bytes of memory that it takes to refuse a file."""
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as caught:
            decode(part(data), Limits())
        assert caught.value.remedy
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("compression", ["zstd", "lzma"])
def test_a_black_image_may_come_to_a_few_bytes(compression: str) -> None:
    data = pages(np.zeros((1200, 3000), np.uint16), compression=compression, rowsperstrip=1200)
    assert len(data) < 1200 * 3000 * 2 / 1100
    assert decode(ScanPart("black.tif", data), Limits()).pixels.shape == (1, 1200, 3000)
