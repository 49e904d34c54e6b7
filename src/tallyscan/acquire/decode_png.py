"""PNG (W3C Portable Network Graphics, third edition): 16-bit grey counts, or an 8-bit display image."""

import struct
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from tallyscan.acquire.limits import Limits
from tallyscan.acquire.picture import Picture
from tallyscan.errors import CorruptScan, UnsupportedFormat
from tallyscan.scan import ScanPart

FILE_FORMAT = "png"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # by colour type; a palette (3) is decoded to RGB
_AGAIN = "Send the file again."


def recognises(head: bytes) -> bool:
    """Whether these first bytes are those of a PNG file."""
    return head.startswith(_SIGNATURE)


def decode(part: ScanPart, limits: Limits) -> Picture:
    """Full-depth pixels without alpha. Raises `CorruptScan`, `TooLarge` or `UnsupportedFormat`."""
    width, height, depth, channels = _header(part)
    limits.check_image(width, height, channels, 2 if depth == 16 else 1, len(part.data))
    opaque = _opaque(part)
    shape = (height, width) if channels == 1 else (height, width, channels)
    pixels: NDArray[Any] = np.empty(shape, np.uint16 if depth == 16 else np.uint8)
    try:
        imagecodecs.png_decode(opaque, out=pixels)
    except (imagecodecs.PngError, ValueError) as error:
        # imagecodecs 2026.3.6 never lets go of an image that it could not finish; so it keeps an empty one.
        # It does so with one that it makes itself too, and then drops a reference to None, which before
        # Python 3.12 ends the process after some ten thousand damaged files.
        pixels.resize(0, refcheck=False)
        raise CorruptScan(f"{part.name}: the PNG data is damaged ({error}).", remedy=_AGAIN) from error
    if channels == 1:
        return Picture(pixels[np.newaxis], "grey")
    if channels == 2:
        return Picture(np.ascontiguousarray(pixels[np.newaxis, :, :, 0]), "grey")
    return Picture(np.ascontiguousarray(pixels[:, :, :3].transpose(2, 0, 1)), "rgb")


def _header(part: ScanPart) -> tuple[int, int, int, int]:
    """Width, height, bits a sample and channels, from the IHDR chunk."""
    if len(part.data) < 33 or part.data[12:16] != b"IHDR":
        raise CorruptScan(f"{part.name}: the PNG header is missing or cut off.", remedy=_AGAIN)
    width, height, depth, colour = struct.unpack(">IIBB", part.data[16:26])
    if colour not in _CHANNELS or depth not in (1, 2, 4, 8, 16):
        raise CorruptScan(f"{part.name}: the PNG header names no known kind of pixel.", remedy=_AGAIN)
    return width, height, depth, _CHANNELS[colour]


def _opaque(part: ScanPart) -> bytes:
    """The file without the chunk that makes a colour transparent: the pixels then have the header's channels.

    Raises `CorruptScan` when it does not reach its closing IEND, `UnsupportedFormat` when another image follows.
    """
    position, transparency = len(_SIGNATURE), slice(0, 0)
    while position + 12 <= len(part.data):
        length, kind = struct.unpack(">I4s", part.data[position : position + 8])
        start, position = position, position + 12 + length
        if kind == b"tRNS" and not transparency.stop:
            transparency = slice(start, position)
        if kind == b"IEND" and position <= len(part.data):
            if recognises(part.data[position : position + len(_SIGNATURE)]):
                raise UnsupportedFormat(
                    f"{part.name}: a second PNG image follows in the same file.",
                    remedy="Send a file an energy.",
                )
            return part.data[: transparency.start] + part.data[transparency.stop :]
    raise CorruptScan(
        f"{part.name}: the PNG file ends before its last chunk (after {len(part.data)} bytes).",
        remedy="It is cut off: send it again.",
    )
