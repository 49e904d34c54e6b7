"""The elements of a DICOM file, walked to its end (DICOM PS3.5 section 7 and annex A, PS3.10 section 7.1).

pydicom forgives much and reads on; here a file that is cut off, that nests without end or that has elements without
number is refused, before anything in it is turned into values.
"""

import struct
import zlib
from typing import NamedTuple

from tallyscan.acquire.limits import MAX_COMPRESSION_RATIO, Limits
from tallyscan.errors import CorruptScan, TooLarge, UnsupportedFormat

PREAMBLE_BYTES = 128
MAGIC = b"DICM"
IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.99",
)
_MOST_ELEMENTS = 20_000  # a scan has some hundred; per-frame groups of many frames a few thousand
_MOST_DEPTH = 16
_UNDEFINED = 0xFFFFFFFF
_PIXEL_DATA = 0x7FE00010
_TRANSFER_SYNTAX = 0x00020010
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_LONG_LENGTH = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
_NO_VR = b""


class Structure(NamedTuple):
    """Where things lie in `body`, the file or what was inflated of it.

    `header` is the data set before the pixel data, `pixels` the value of the pixel data, encapsulated or not; None in
    a file without.
    """

    transfer_syntax: str
    body: bytes
    implicit: bool
    little: bool
    header: slice
    pixels: slice | None
    encapsulated: bool


def structure_of(name: str, data: bytes, limits: Limits) -> Structure:
    """Raises `CorruptScan`, `TooLarge`, or `UnsupportedFormat` for a file without a transfer syntax."""
    meta = _Walk(name, data, implicit=False, little=True)
    start = meta.file_meta(PREAMBLE_BYTES + len(MAGIC))
    syntax = meta.transfer_syntax
    if not syntax:
        raise UnsupportedFormat(
            f"{name}: the DICOM file does not say its transfer syntax.",
            remedy="Export it as a DICOM Part 10 file.",
        )
    body = data
    if syntax == DEFLATED:
        body, start = _inflated(name, data[start:], limits), 0
    walk = _Walk(name, body, implicit=syntax == IMPLICIT_LITTLE, little=syntax != EXPLICIT_BIG)
    walk.data_set(start, len(body), 0)
    header = slice(start, len(body) if walk.pixels_at is None else walk.pixels_at)
    return Structure(syntax, body, walk.implicit, walk.little, header, walk.pixels, walk.is_encapsulated)


def _inflated(name: str, data: bytes, limits: Limits) -> bytes:
    """Raw deflate (RFC 1951), no further than a scan may be large."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    most = min(limits.max_bytes, MAX_COMPRESSION_RATIO * len(data)) + 1
    try:
        body = inflater.decompress(data, most)
    except zlib.error as error:
        raise CorruptScan(
            f"{name}: the deflated data set is damaged ({error}).", remedy="Send the file again."
        ) from error
    if len(body) >= most:
        raise TooLarge(
            f"{name}: the deflated data set has {limits.max_bytes / 1e6:g} MB or more.",
            remedy="Send the scan in parts, or raise max_megabytes.",
        )
    if not inflater.eof:
        raise CorruptScan(f"{name}: the deflated data set is cut off.", remedy="Send the file again.")
    return body


class _Walk:
    """One pass over the elements of a data set."""

    def __init__(self, name: str, data: bytes, *, implicit: bool, little: bool) -> None:
        self._name, self._data = name, data
        self.implicit, self.little = implicit, little
        self._elements = 0
        self.transfer_syntax = ""
        self.pixels_at: int | None = None
        self.pixels: slice | None = None
        self.is_encapsulated = False

    def file_meta(self, position: int) -> int:
        """Where the group 0002, which is explicit and little-endian whatever follows, ends."""
        while self._data[position : position + 2] == b"\2\0":
            tag, _, length, position = self._header(position, implicit=False)
            if length == _UNDEFINED:
                raise self._broken("its file meta information has no length")
            end = self._end(position, length, len(self._data))
            if tag == _TRANSFER_SYNTAX:
                self.transfer_syntax = self._data[position:end].rstrip(b"\0 ").decode("ascii", "replace")
            position = end
        return position

    def data_set(self, position: int, end: int, depth: int, *, implicit: bool | None = None) -> int:
        """All elements up to `end`, or up to the delimiter of the item that they stand in."""
        implicit = self.implicit if implicit is None else implicit
        while position < end:
            at = position
            tag, vr, length, position = self._header(position, implicit=implicit)
            if tag == _ITEM_END and depth:
                return position
            if tag >> 16 == 0xFFFE:
                raise self._broken(f"a delimiter stands at byte {at}, where none can be")
            if depth == 0 and tag == _PIXEL_DATA:
                if self.pixels_at is not None:
                    raise self._broken("it has pixel data twice")
                self.pixels_at = at
                position = self._pixel_data(position, end, length)
            elif length == _UNDEFINED:
                if not implicit and vr not in (b"SQ", b"UN"):
                    raise self._broken(f"the element at byte {at} has no length")
                position = self._sequence(position, end, depth + 1, implicit=implicit or vr == b"UN")
                if position < 0:
                    raise self._broken(f"the sequence at byte {at} does not end")
            else:
                value_end = self._end(position, length, end)
                if vr == b"SQ":
                    self._sequence(position, value_end, depth + 1, implicit=implicit)
                position = value_end
        return position

    def _pixel_data(self, position: int, end: int, length: int) -> int:
        if length != _UNDEFINED:
            value_end = self._end(position, length, end)
            self.pixels = slice(position, value_end)
            return value_end
        self.is_encapsulated, start = True, position
        while position < end:
            at = position
            tag, _, length, position = self._header(position, implicit=True)
            if tag == _SEQUENCE_END:
                self.pixels = slice(start, at)
                return position
            if tag != _ITEM or length == _UNDEFINED:
                raise self._broken(f"the pixel data has no fragment at byte {at}")
            position = self._end(position, length, end)
        raise self._broken(f"the pixel data does not end, the file has {len(self._data)} bytes")

    def _sequence(self, position: int, end: int, depth: int, *, implicit: bool) -> int:
        """Where the sequence ends; negative when it is not delimited."""
        if depth > _MOST_DEPTH:
            raise self._broken(f"its sequences are nested more than {_MOST_DEPTH} deep")
        while position < end:
            at = position
            tag, _, length, position = self._header(position, implicit=True)
            if tag == _SEQUENCE_END:
                return position
            if tag != _ITEM:
                raise self._broken(f"the sequence at byte {at} has something between its items")
            if length == _UNDEFINED:
                position = self.data_set(position, end, depth, implicit=implicit)
            else:
                item_end = self._end(position, length, end)
                self.data_set(position, item_end, depth, implicit=implicit)
                position = item_end
        return -1

    def _header(self, position: int, *, implicit: bool) -> tuple[int, bytes, int, int]:
        """Tag, VR, length and where the value starts."""
        self._elements += 1
        if self._elements > _MOST_ELEMENTS:
            raise TooLarge(
                f"{self._name}: the DICOM file has more than {_MOST_ELEMENTS} elements.",
                remedy="Export the image without annotations and reports.",
            )
        order = "<" if self.little else ">"
        try:
            group, element = struct.unpack_from(order + "HH", self._data, position)
            if implicit or group == 0xFFFE:
                (length,) = struct.unpack_from(order + "I", self._data, position + 4)
                return group << 16 | element, _NO_VR, length, position + 8
            vr = self._data[position + 4 : position + 6]
            if not (vr.isalpha() and vr.isupper()):
                raise self._broken(f"the element at byte {position} does not say what it is")
            if vr in _LONG_LENGTH:
                (length,) = struct.unpack_from(order + "I", self._data, position + 8)
                return group << 16 | element, vr, length, position + 12
            (length,) = struct.unpack_from(order + "H", self._data, position + 6)
        except struct.error as error:
            raise self._broken(
                f"an element is cut off at the end of the file, {len(self._data)} bytes"
            ) from error
        return group << 16 | element, vr, length, position + 8

    def _end(self, position: int, length: int, end: int) -> int:
        if position + length > end:
            raise self._broken(f"an element of {length} bytes at byte {position} does not fit in {end} bytes")
        return position + length

    def _broken(self, what: str) -> CorruptScan:
        return CorruptScan(
            f"{self._name}: the DICOM file is damaged or cut off: {what}.", remedy="Send the file again."
        )
