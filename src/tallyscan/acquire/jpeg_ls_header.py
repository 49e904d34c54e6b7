"""What the frame header of a JPEG-LS stream asks for (ITU-T T.87, annex C), before it is decoded.

It begins as every JPEG does; what makes it JPEG-LS is the marker of its frame.
"""

from typing import NamedTuple

from tallyscan.errors import CorruptScan

_START = b"\xff\xd8\xff"
_END_OF_IMAGE = b"\xff\xd9"
_FRAME = 0xF7  # SOF55
_FRAME_BYTES = 10  # length, bits, height, width and the number of components, after the marker
_SCAN = 0xDA
_NO_LENGTH = {0x01, *range(0xD0, 0xDA)}


class JpegLsFrame(NamedTuple):
    """Size in pixels, components, bits of a sample, and by how much a sample may differ from what was coded."""

    width: int
    height: int
    components: int
    bits: int
    near: int


def is_jpeg_ls(head: bytes) -> bool:
    """Whether a JPEG stream with this beginning has the frame of JPEG-LS."""
    return head.startswith(_START) and _frame_at(head) is not None


def jpeg_ls_frame(name: str, data: bytes) -> JpegLsFrame:
    """The frame header of data that has an end. Raises `CorruptScan`.

    CharLS can look for the end of a code word for ten seconds where the data just stops.
    """
    at = _frame_at(data)
    if at is None or len(data) < at + _FRAME_BYTES:
        raise CorruptScan(f"{name}: the JPEG-LS data has no frame header.", remedy="Send the file again.")
    if data.rstrip(b"\0")[-2:] != _END_OF_IMAGE:
        raise CorruptScan(
            f"{name}: the JPEG-LS data has no end (after {len(data)} bytes).",
            remedy="It is cut off: send it again.",
        )
    bits, height, width = data[at + 4], data[at + 5 : at + 7], data[at + 7 : at + 9]
    return JpegLsFrame(
        int.from_bytes(width, "big"), int.from_bytes(height, "big"), data[at + 9], bits, _near(data, at)
    )


def _frame_at(data: bytes) -> int | None:
    """Where the marker of the frame stands: the first one that is no table and no remark."""
    return _marker_at(data, len(_START) - 1, _FRAME)


def _near(data: bytes, frame_at: int) -> int:
    """NEAR of the first scan, which stands after its components; 0 where there is no scan to read."""
    at = _marker_at(data, frame_at + 2 + int.from_bytes(data[frame_at + 2 : frame_at + 4], "big"), _SCAN)
    near_at = None if at is None else at + 5 + 2 * int.from_bytes(data[at + 4 : at + 5], "big")
    return 0 if near_at is None else int.from_bytes(data[near_at : near_at + 1], "big")


def _marker_at(data: bytes, position: int, wanted: int) -> int | None:
    """Where a marker stands, when only tables and remarks stand before it."""
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == wanted:
            return position
        if marker in _NO_LENGTH or 0xC0 <= marker <= 0xCF:
            return None
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return None
