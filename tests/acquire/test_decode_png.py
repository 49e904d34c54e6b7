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
from tallyscan.errors import CorruptScan
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
