"""The elements of a DICOM file, walked to its end (DICOM PS3.5 section 7 and annex A, PS3.10 section 7.1).

pydicom forgives much and reads on; here a file that is cut off, that nests without end or that has elements without
number is refused, before anything in it is turned into values.
"""

import struct
import zlib
from mmap import mmap
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
_MOST_HEADER_BYTES = 16_000_000  # overlays and tables before the pixels come to a few million
_MOST_OF_A_UID = 128  # they have 64 characters, and more where they are made up
_UNDEFINED = 0xFFFFFFFF
_PIXEL_DATA = 0x7FE00010
_SOP_CLASS, _SOP_INSTANCE, _TRANSFER_SYNTAX = 0x00020002, 0x00020003, 0x00020010
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_LONG_LENGTH = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
_NO_VR = b""


class Structure(NamedTuple):
    """Where things lie in `body`, the file or what was inflated of it.

    `header` is the data set before the pixel data, `pixels` the value of the pixel data, encapsulated or not; None in
    a file without, and empty where it was not asked for.
    """

    transfer_syntax: str
    body: bytes | mmap
    implicit: bool
    little: bool
    header: slice
    pixels: slice | None
    encapsulated: bool


class FileMeta(NamedTuple):
    """What the file meta information says, empty where it does not, and where the data set begins."""

    sop_class: str
    sop_instance: str
    transfer_syntax: str
    data_set_at: int


def file_meta_of(name: str, data: bytes | mmap) -> FileMeta:
    """Needs no more of a file than its first bytes. Raises `CorruptScan` or `TooLarge`."""
    walk = _Walk(name, data, implicit=False, little=True)
    said, end = walk.file_meta(PREAMBLE_BYTES + len(MAGIC))
    return FileMeta(
        said.get(_SOP_CLASS, ""), said.get(_SOP_INSTANCE, ""), said.get(_TRANSFER_SYNTAX, ""), end
    )


def structure_of(name: str, data: bytes | mmap, limits: Limits, *, with_pixels: bool = True) -> Structure:
    """Raises `CorruptScan`, `TooLarge`, or `UnsupportedFormat` for a file without a transfer syntax.

    Without pixels, a deflated data set is inflated up to these and no further.
    """
    syntax, start = file_meta_of(name, data)[2:]
    if not syntax:
        raise UnsupportedFormat(
            f"{name}: the DICOM file does not say its transfer syntax.",
            remedy="Export it as a DICOM Part 10 file.",
        )
    if syntax != DEFLATED:
        walk = _Walk(name, data, implicit=syntax == IMPLICIT_LITTLE, little=syntax != EXPLICIT_BIG)
        walk.data_set(start, len(data), 0)
    else:
        walk, start = _inflated(name, data[start:], limits) if with_pixels else _head(name, data, start), 0
    header = slice(start, len(walk.data) if walk.pixels_at is None else walk.pixels_at)
    if header.stop - header.start > _MOST_HEADER_BYTES:
        raise _too_long(name)
    return Structure(syntax, walk.data, walk.implicit, walk.little, header, walk.pixels, walk.is_encapsulated)


def _inflated(name: str, data: bytes, limits: Limits) -> "_Walk":
    """All of a deflated data set, no further than a scan may be large."""
    most = min(limits.max_bytes, MAX_COMPRESSION_RATIO * len(data)) + 1
    body, is_whole = _inflate(name, data, most)
    if len(body) >= most:
        raise TooLarge(
            f"{name}: the deflated data set has {limits.max_bytes / 1e6:g} MB or more.",
            remedy="Send the scan in parts, or raise max_megabytes.",
        )
    if not is_whole:
        raise _cut_off(name)
    walk = _Walk(name, body, implicit=False, little=True)
    walk.data_set(0, len(body), 0)
    return walk


def _head(name: str, data: bytes | mmap, start: int) -> "_Walk":
    """A deflated data set up to its pixels."""
    most = _MOST_HEADER_BYTES + 1
    at_most = data[start : start + 2 * most]  # what cannot be made smaller becomes a little larger
    body, is_whole = _inflate(name, at_most, most)
    walk = _Walk(name, body, implicit=False, little=True, up_to_pixels=True)
    try:
        walk.data_set(0, len(body), 0)
    except CorruptScan:
        if is_whole:
            raise
    if walk.pixels_at is None and not is_whole:
        raise _too_long(name) if len(body) == most else _cut_off(name)
    return walk


def _inflate(name: str, data: bytes, most: int) -> tuple[bytes, bool]:
    """Raw deflate (RFC 1951): no more than so many bytes, and whether that is all."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        body = inflater.decompress(data, most)
    except zlib.error as error:
        raise CorruptScan(
            f"{name}: the deflated data set is damaged ({error}).", remedy="Send the file again."
        ) from error
    return body, inflater.eof


def _cut_off(name: str) -> CorruptScan:
    return CorruptScan(f"{name}: the deflated data set is cut off.", remedy="Send the file again.")


def _too_long(name: str) -> TooLarge:
    return TooLarge(
        f"{name}: the DICOM file has more than {_MOST_HEADER_BYTES / 1e6:g} MB before its pixels.",
        remedy="Export the image without annotations and reports.",
    )


class _Walk:
    """One pass over the elements of a data set."""

    def __init__(
        self, name: str, data: bytes | mmap, *, implicit: bool, little: bool, up_to_pixels: bool = False
    ) -> None:
        self._name, self.data = name, data
        self.implicit, self.little = implicit, little
        self._up_to_pixels = up_to_pixels
        self._elements = 0
        self.pixels_at: int | None = None
        self.pixels: slice | None = None
        self.is_encapsulated = False

    def file_meta(self, position: int) -> tuple[dict[int, str], int]:
        """The values of the group 0002, which is explicit and little-endian whatever follows, and where it ends."""
        said = {}
        while self.data[position : position + 2] == b"\2\0":
            tag, _, length, position = self._header(position, implicit=False)
            if length == _UNDEFINED:
                raise self._broken("its file meta information has no length")
            end = self._end(position, length, len(self.data))
            said[tag] = (
                self.data[position : min(end, position + _MOST_OF_A_UID)]
                .rstrip(b"\0 ")
                .decode("ascii", "replace")
            )
            position = end
        return said, position

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
                if self._up_to_pixels:
                    self.pixels = slice(position, position)
                    return position
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
        raise self._broken(f"the pixel data does not end, the file has {len(self.data)} bytes")

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
            group, element = struct.unpack_from(order + "HH", self.data, position)
            if implicit or group == 0xFFFE:
                (length,) = struct.unpack_from(order + "I", self.data, position + 4)
                return group << 16 | element, _NO_VR, length, position + 8
            vr = self.data[position + 4 : position + 6]
            if not (vr.isalpha() and vr.isupper()):
                raise self._broken(f"the element at byte {position} does not say what it is")
            if vr in _LONG_LENGTH:
                (length,) = struct.unpack_from(order + "I", self.data, position + 8)
                return group << 16 | element, vr, length, position + 12
            (length,) = struct.unpack_from(order + "H", self.data, position + 6)
        except struct.error as error:
            raise self._broken(
                f"an element is cut off at the end of the file, {len(self.data)} bytes"
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
