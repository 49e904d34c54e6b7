"""A JPEG 2000 file, boxed (JP2, ISO/IEC 15444-1 annex I) or a bare codestream: what it asks for, before decoding."""

import struct
from typing import NamedTuple

from tallyscan.acquire.jpeg_2000_size import codestream_size
from tallyscan.errors import CorruptScan, TooLarge, UnsupportedFormat

SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
CODESTREAM = b"\xff\x4f\xff\x51"
_END_OF_CODESTREAM = b"\xff\xd9"
_COMPONENTS_AT = 42  # the three bytes of each, after start, SIZ and the sizes
_TILE_PIXELS, _FEW_TILES = 1024, 64  # OpenJPEG takes about 10 kB for each tile inside a codestream
_MOST_BOXES = 64
_OPACITY = (1, 2)
# Markers of the main header (annex A): how all components are coded, how one is, and the first tile, which ends it.
_CODING, _CODING_OF_ONE, _FIRST_TILE = 0xFF52, 0xFF53, 0xFF90
_IRREVERSIBLE = 0  # the wavelet 9-7, which rounds; 1 is 5-3, which does not


class Jpeg2000(NamedTuple):
    """Size in pixels and what a sample is. `opacity` is the component that is no signal, None where all are.

    `lossy`: the samples were rounded when they were coded. A file that was cut to a size is not noticed.
    """

    width: int
    height: int
    components: int
    bits: int
    signed: bool
    opacity: int | None
    rgb: bool
    lossy: bool


def jpeg_2000_of(name: str, data: bytes) -> Jpeg2000:
    """Raises `CorruptScan`, `TooLarge` or `UnsupportedFormat`."""
    boxes = _Boxes(name, data) if data.startswith(SIGNATURE) else None
    stream = boxes.codestream if boxes is not None else data
    size = codestream_size(name, stream)
    if size.tiles > _FEW_TILES + size.width * size.height // _TILE_PIXELS:
        raise TooLarge(
            f"{name}: the header says {size.tiles} tiles in {size.width} x {size.height} pixels.",
            remedy="Export the scan again.",
        )
    kinds = stream[_COMPONENTS_AT : _COMPONENTS_AT + 3 * size.components]
    if len(kinds) < 3 * size.components or not kinds:
        raise CorruptScan(f"{name}: the JPEG 2000 header is cut off.", remedy="Send the file again.")
    if len(set(kinds[0::3])) > 1 or any(step != 1 for step in (*kinds[1::3], *kinds[2::3])):
        raise UnsupportedFormat(
            f"{name}: its JPEG 2000 components differ in depth or size.",
            remedy="Write components of one depth and one size.",
        )
    if stream.rstrip(b"\0")[-2:] != _END_OF_CODESTREAM:
        raise CorruptScan(
            f"{name}: the JPEG 2000 data has no end (after {len(data)} bytes).",
            remedy="It is cut off: send it again.",
        )
    opacity = boxes.opacity if boxes is not None else None
    if opacity not in (None, size.components - 1):
        raise UnsupportedFormat(
            f"{name}: component {opacity} of {size.components} of the JPEG 2000 file is said to be opacity.",
            remedy="Write it without opacity, or with one component of it, the last.",
        )
    rgb = size.components - (opacity is not None) == 3
    bits, signed = (kinds[0] & 0x7F) + 1, bool(kinds[0] & 0x80)
    lossy = _is_rounded(stream, _COMPONENTS_AT + 3 * size.components, size.components)
    return Jpeg2000(size.width, size.height, size.components, bits, signed, opacity, rgb, lossy)


def _is_rounded(stream: bytes, position: int, components: int) -> bool:
    """Whether the main header names the irreversible wavelet for any component."""
    while position + 4 <= len(stream):
        marker, length = struct.unpack_from(">HH", stream, position)
        if marker == _FIRST_TILE:
            break
        # Length, style, progression, layers, colours; or length, component, style. Then four bytes, then the wavelet.
        of_one = 2 + (1 if components < 257 else 2) + 1
        at = {_CODING: 2 + 7 + 4, _CODING_OF_ONE: 2 + of_one + 4}.get(marker)
        if at is not None and stream[position + at : position + at + 1] == bytes([_IRREVERSIBLE]):
            return True
        position += 2 + length
    return False


class _Boxes:
    """The boxes of a JP2 file."""

    def __init__(self, name: str, data: bytes) -> None:
        self.codestream = b""
        self.opacity: int | None = None
        self._name, self._seen = name, 0
        self._walk(data, 0, len(data))
        if not self.codestream:
            raise CorruptScan(f"{name}: the JPEG 2000 file has no codestream.", remedy="Send the file again.")

    def _walk(self, data: bytes, position: int, end: int) -> None:
        while position + 8 <= end and self._seen < _MOST_BOXES:
            self._seen += 1
            length, kind = struct.unpack_from(">I4s", data, position)
            start = position + 8
            if length == 1 and position + 16 <= end:
                (length,), start = struct.unpack_from(">Q", data, start), start + 8
            stop = end if length == 0 else position + length
            if stop < start or stop > end:
                raise CorruptScan(
                    f"{self._name}: a box of the JPEG 2000 file does not fit in {len(data)} bytes.",
                    remedy="It is cut off: send it again.",
                )
            self._take(data, kind, start, stop)
            position = stop

    def _take(self, data: bytes, kind: bytes, start: int, stop: int) -> None:
        if kind == b"jp2h":
            self._walk(data, start, stop)
        elif kind == b"jp2c" and not self.codestream:
            self.codestream = data[start:stop]
        elif kind == b"pclr":
            raise UnsupportedFormat(
                f"{self._name}: a JPEG 2000 file with a palette is not supported.",
                remedy="Write grey or RGB.",
            )
        elif kind == b"cdef":
            for at in range(start + 2, stop - 5, 6):
                component, what, _ = struct.unpack_from(">HHH", data, at)
                if what in _OPACITY:
                    self.opacity = component if self.opacity is None else min(self.opacity, component)
