"""A service lives through any number of damaged PNG files."""

import gc
import struct
import sys
import tracemalloc
import zlib
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray

from tallyscan.acquire.decode_png import decode
from tallyscan.acquire.limits import Limits
from tallyscan.errors import CorruptScan, UnsupportedFormat
from tallyscan.scan import ScanPart

TIMES = 1000
IMAGE = np.random.default_rng(3).integers(0, 65_536, (40, 60)).astype(np.uint16)


def damaged(image: NDArray[Any]) -> ScanPart:
    data = bytearray(imagecodecs.png_encode(image))
    data[len(data) // 2] ^= 1
    return ScanPart("scan.png", bytes(data))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_damaged_files_do_not_use_up_the_references_to_none() -> None:
    file = damaged(IMAGE)
    gc.collect()
    gc.disable()  # what earlier tests left behind holds references to None too, and must not go meanwhile
    try:
        before = sys.getrefcount(None)
        for _ in range(TIMES):
            with pytest.raises(CorruptScan, match="damaged"):
                decode(file, Limits())
        after = sys.getrefcount(None)
    finally:
        gc.enable()
    assert after > before - TIMES / 2


def test_damaged_files_do_not_use_up_the_memory() -> None:
    image = np.tile(IMAGE, (10, 10))
    file = damaged(image)
    tracemalloc.start()
    try:
        for _ in range(50):
            with pytest.raises(CorruptScan, match="damaged"):
                decode(file, Limits())
        assert tracemalloc.get_traced_memory()[0] < image.nbytes
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("body", [b"\0\1", b"\0\1" * 3, b"\0" * 400], ids=["of grey", "of RGB", "too long"])
@pytest.mark.parametrize("image", [IMAGE, np.dstack([IMAGE] * 3)], ids=["grey", "RGB"])
def test_a_transparent_colour_changes_no_pixel(image: NDArray[np.uint16], body: bytes) -> None:
    data = imagecodecs.png_encode(image)
    pixels = decode(ScanPart("scan.png", data[:33] + chunk(b"tRNS", body) + data[33:]), Limits()).pixels
    np.testing.assert_array_equal(np.moveaxis(pixels, 0, -1), np.atleast_3d(image))


COLOURS = {
    b"gAMA": struct.pack(">I", 100_000),
    b"cHRM": struct.pack(">8I", *[31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000]),
    b"sRGB": b"\1",
    b"sBIT": b"\x0c",
    b"bKGD": b"\0\1",
}


@pytest.mark.parametrize("kind", COLOURS)
def test_what_a_file_says_of_colours_changes_no_pixel(kind: bytes) -> None:
    data = imagecodecs.png_encode(IMAGE)
    pixels = decode(ScanPart("scan.png", data[:33] + chunk(kind, COLOURS[kind]) + data[33:]), Limits()).pixels
    np.testing.assert_array_equal(pixels[0], IMAGE)


def test_a_second_image_in_the_file_is_not_passed_over() -> None:
    data = imagecodecs.png_encode(IMAGE)
    with pytest.raises(UnsupportedFormat, match="a second PNG image follows"):
        decode(ScanPart("scan.png", data + data), Limits())
    np.testing.assert_array_equal(decode(ScanPart("scan.png", data + b"\0" * 8), Limits()).pixels[0], IMAGE)
