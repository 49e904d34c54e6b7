"""The segments of a JPEG stream (ITU-T T.81, annex B): what its headers say, whether it is complete."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tallyscan.errors import CorruptScan

_START_OF_IMAGE, _END_OF_IMAGE, _START_OF_SCAN = 0xD8, 0xD9, 0xDA
_STANDALONE = {0x01, *range(0xD0, 0xD9)}  # TEM, restart and start of image have no length
_NOT_FRAMES = {0xC4, 0xC8, 0xCC}  # of the range of frame markers: tables and a reserved code
_HUFFMAN_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive; the others are arithmetic or lossless
_REMARKS = {
    *range(0xE1, 0xEE),
    0xEF,
    0xFE,
}  # EXIF, colour profiles, comments; JFIF and Adobe are not
# In coded data: no stuffed byte, no fill byte, no restart. It starts with one fixed byte and never repeats one,
# so that the search is as fast as one for a byte and takes no longer over a run of them.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_NOT_FILL = re.compile(rb"[^\xff]")


class Frame(NamedTuple):
    """What the frame header says; `usual` when it is Huffman-coded and subsampled by two at most."""

    width: int
    height: int
    channels: int
    bits: int
    usual: bool


class Segment(NamedTuple):
    """A marker with its body, from `start` to `stop`; the start of a scan has the coded data with it."""

    marker: int
    start: int
    stop: int


def segments(data: bytes) -> Iterator[Segment]:
    """Every segment after the start of the image, to its end or to where the stream breaks off."""
    position = 2
    while position + 2 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:  # fill bytes
            code = _NOT_FILL.search(data, position)
            position = code.start() - 1 if code else len(data)
            continue
        stop = position + 2
        if marker not in _STANDALONE and marker != _END_OF_IMAGE:
            stop += int.from_bytes(data[stop : stop + 2], "big")
        if marker == _START_OF_SCAN:
            after = _NEXT_MARKER.search(data, stop)
            stop = stop + len(data[stop : after.start()].rstrip(b"\xff")) if after else len(data)
        yield Segment(marker, position, min(stop, len(data)))
        if marker == _END_OF_IMAGE:
            return
        position = stop


def complete_frame(name: str, data: bytes) -> Frame:
    """The frame header of a JPEG stream that reaches its end; raises `CorruptScan`.

    The end is checked here because libjpeg fills a stream that was cut off with grey and only warns.
    """
    if not data.startswith(bytes((0xFF, _START_OF_IMAGE))):
        raise CorruptScan(
            f"{name}: the JPEG data does not start as it should.", remedy="Send the file again."
        )
    frame: Frame | None = None
    coded = False
    for marker, start, stop in segments(data):
        body = data[start + 4 : stop]
        if 0xC0 <= marker <= 0xCF and marker not in _NOT_FRAMES and len(body) >= 6:
            frame = _frame_of(marker, body)
        coded = coded or marker == _START_OF_SCAN
        if marker == _END_OF_IMAGE and frame is not None and coded:
            return frame
    if not coded:
        raise CorruptScan(f"{name}: the JPEG file ends inside its header.", remedy="Send the file again.")
    raise CorruptScan(
        f"{name}: the JPEG file ends before its last line (after {len(data)} bytes).",
        remedy="It is cut off: send it again.",
    )


def _frame_of(marker: int, body: bytes) -> Frame:
    subsampling = [max(factors >> 4, factors & 15) for factors in body[7::3]]
    return Frame(
        width=int.from_bytes(body[3:5], "big"),
        height=int.from_bytes(body[1:3], "big"),
        channels=body[5],
        bits=body[0],
        usual=marker in _HUFFMAN_FRAMES and max(subsampling, default=9) <= 2,
    )


def without_remarks(data: bytes) -> bytes:
    """The image alone: without what is said about it and without what follows its end."""
    kept = (data[start:stop] for marker, start, stop in segments(data) if marker not in _REMARKS)
    return b"".join((data[:2], *kept))
