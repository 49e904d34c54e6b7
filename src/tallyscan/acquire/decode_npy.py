"""NPY, the array file of NumPy: counts of one energy (rows, columns) or several (energies, rows, columns).

Objects, which would be code, are never read.
"""

import io
import tokenize
import warnings
from typing import Any

import numpy as np
from numpy.lib import format as npy

from tallyscan.acquire.limits import MAX_CHANNELS, Limits
from tallyscan.acquire.picture import Picture, Pixels
from tallyscan.acquire.pixel_memory import new_pixels
from tallyscan.errors import CorruptScan, UnsupportedFormat
from tallyscan.scan import ScanPart

FILE_FORMAT = "npy"
_LARGEST_SIZE = (1 << 63) - 1
_MAGIC = b"\x93NUMPY"
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_DAMAGE = (
    ValueError,
    TypeError,
    KeyError,
    SyntaxError,
    RecursionError,
    MemoryError,
    tokenize.TokenError,
    UserWarning,
)


def recognises(head: bytes) -> bool:
    """Whether these first bytes are those of an NPY file."""
    return head.startswith(_MAGIC)


def decode(part: ScanPart, limits: Limits) -> Picture:
    """The array as it is, in native byte order. Raises `CorruptScan`, `TooLarge` or `UnsupportedFormat`."""
    shape, fortran, dtype, start = _header(part)
    if dtype not in (np.dtype(np.uint8), np.dtype("<u2"), np.dtype(">u2")) or len(shape) not in (2, 3):
        raise UnsupportedFormat(
            f"{part.name}: an array of {str(dtype)[:80]} with the shape {str(shape)[:80]} is not supported.",
            remedy="Save unsigned 8-bit or 16-bit integers as (rows, columns) or (energies, rows, columns).",
        )
    channels, height, width = shape if len(shape) == 3 else (1, *shape)
    limits.check_image(width, height, channels, dtype.itemsize, len(part.data))
    if channels > MAX_CHANNELS:
        raise UnsupportedFormat(
            f"{part.name}: an array of {channels} energies is not supported.",
            remedy="Save one scan as (energies, rows, columns), with the energies first.",
        )
    promised = start + channels * height * width * dtype.itemsize
    if promised != len(part.data):
        raise CorruptScan(
            f"{part.name}: the header promises {promised} bytes, the file has {len(part.data)}.",
            remedy="It is cut off or its header is wrong: send it again.",
        )
    stored = np.frombuffer(part.data, dtype, offset=start).reshape(shape, order="F" if fortran else "C")
    pixels: Pixels = new_pixels((channels, height, width), dtype.newbyteorder("="))
    pixels[...] = stored.reshape(pixels.shape)
    return Picture(pixels, "grey")


def _header(part: ScanPart) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Shape, whether columns come first, type, and where the array starts."""
    file = io.BytesIO(part.data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of a header that only a second, looser reading understands
            version = npy.read_magic(file)
            if version not in _HEADERS:
                raise ValueError(f"version {version} of the format")
            shape, fortran, dtype = _HEADERS[version](file)
        if any(abs(size) > _LARGEST_SIZE for size in shape):
            raise ValueError("a size beyond all arrays")
    except _DAMAGE as error:
        raise CorruptScan(
            f"{part.name}: the header of the NPY file cannot be read ({str(error)[:200]}).",
            remedy="Save the array again with numpy.save.",
        ) from error
    return tuple(int(size) for size in shape), fortran, dtype, file.tell()
