"""The chain of image directories of a TIFF file, walked to its end.

tifffile stops where the chain breaks and gives the pages before: a scan would silently lose an energy.
"""

import struct

from tallyscan.errors import CorruptScan
from tallyscan.scan import ScanPart

MAX_DIRECTORIES = 64  # a file with more is no cargo scan; thumbnails and masks stay far below


def check_directories(part: ScanPart) -> None:
    """Raises `CorruptScan` unless the chain ends properly within the file (TIFF 6.0 section 2, BigTIFF)."""
    order = "<" if part.data[:2] == b"II" else ">"
    big = part.data[2:4] in (b"+\0", b"\0+")
    first, count_format, entry_bytes, offset_format = (8, "Q", 20, "Q") if big else (4, "H", 12, "I")
    seen: set[int] = set()
    try:
        (offset,) = struct.unpack_from(order + offset_format, part.data, first)
        while offset and offset not in seen and len(seen) < MAX_DIRECTORIES:
            seen.add(offset)
            (entries,) = struct.unpack_from(order + count_format, part.data, offset)
            end = offset + struct.calcsize(order + count_format) + entries * entry_bytes
            (offset,) = struct.unpack_from(order + offset_format, part.data, end)
    except (struct.error, OverflowError) as error:
        raise CorruptScan(
            f"{part.name}: an image directory lies outside the file, which has {len(part.data)} bytes.",
            remedy="It is cut off: send it again.",
        ) from error
    if offset or not seen:
        raise CorruptScan(
            f"{part.name}: the image directories of the TIFF file have no beginning or no end.",
            remedy="Export the scan again.",
        )
