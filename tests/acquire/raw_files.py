"""Raw files as scanners write them, made from arrays by other means than the decoder's: struct and tobytes."""

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tallyscan.calibrate.profile import ScannerProfile

Image = NDArray[Any]

XML = '<?xml version="1.0" encoding="utf-16"?>\r\n<Scan><Number>CSQU3054383</Number></Scan>'


def counts(height: int, width: int, seed: int = 1) -> NDArray[np.uint16]:
    """No two rows, columns or turns of it are alike; both ends of the range are in it."""
    image = np.random.default_rng(seed).integers(0, 65_536, (height, width), dtype=np.uint16)
    image[0, :2] = 0, 65_535
    return image


def im_portrait(image: Image, xml: str | None = XML, **more: int) -> bytes:
    """`IM`, two zeros, u16 width, height and type, six more bytes; pixels; UTF-16 XML with its mark."""
    height, width = image.shape
    said = {"width": width, "height": height, "type": 3} | more
    header = b"IM\0\0" + struct.pack("<HHH", said["width"], said["height"], said["type"]) + b"\xaa" * 6
    return (
        header
        + image.astype("<u2").tobytes()
        + (b"" if xml is None else b"\xff\xfe" + xml.encode("utf-16-le"))
    )


def big_endian(image: Image, **more: int) -> bytes:
    """36 bytes of header: u16 width at 2, height at 4, bits of a sample at 14."""
    height, width = image.shape
    said = {"width": width, "height": height, "depth": 8 * image.itemsize} | more
    header = bytearray(b"\x55" * 36)
    for at, name in ((2, "width"), (4, "height"), (14, "depth")):
        struct.pack_into(">H", header, at, said[name])
    return bytes(header) + image.astype(image.dtype.newbyteorder(">")).tobytes()


def profile(**tables: Any) -> ScannerProfile:
    """A profile as its TOML would give it."""
    return ScannerProfile.model_validate({"name": "made", "title": "Made", "grade": "display"} | tables)
