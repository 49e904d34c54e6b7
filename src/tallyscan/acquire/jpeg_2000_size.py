"""What the header of a JPEG 2000 codestream asks for (ISO/IEC 15444-1, annex A.5), before it is decoded."""

import struct
from typing import NamedTuple

from tallyscan.errors import CorruptScan

_START = b"\xff\x4f\xff\x51"  # start of codestream, and the marker SIZ that must come next
_SIZE = struct.Struct(">8IH")


class Size(NamedTuple):
    """Size of the image in pixels, its components, and the tiles that it is cut into."""

    width: int
    height: int
    components: int
    tiles: int


def codestream_size(name: str, data: bytes) -> Size:
    """The size of a bare codestream, as TIFF holds it. Raises `CorruptScan` for anything else."""
    first = len(_START) + 4  # after the length of the marker and the capabilities
    if not data.startswith(_START) or len(data) < first + _SIZE.size:
        raise CorruptScan(f"{name}: a JPEG 2000 strip has no size.", remedy="Send the file again.")
    right, bottom, left, top, across, down, _, _, components = _SIZE.unpack_from(data, first)
    width, height = right - left, bottom - top
    tiles = -(-width // max(across, 1)) * -(-height // max(down, 1))
    return Size(width, height, components, tiles)
