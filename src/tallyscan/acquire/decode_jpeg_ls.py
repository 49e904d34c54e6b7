"""JPEG-LS (ITU-T T.87): grey counts of 8 to 16 bits, or an RGB picture. Each energy is a file of its own."""

import imagecodecs
import numpy as np

from tallyscan.acquire.coded_depth import described
from tallyscan.acquire.jpeg_ls_header import is_jpeg_ls, jpeg_ls_frame
from tallyscan.acquire.limits import UNBOUNDED_RATIO, Limits
from tallyscan.acquire.picture import Description, Picture
from tallyscan.delivery import Delivery
from tallyscan.errors import CorruptScan, UnsupportedFormat
from tallyscan.scan import ScanPart

FILE_FORMAT = "jpegls"


def recognises(head: bytes) -> bool:
    """Whether these first bytes have the frame of a JPEG-LS stream."""
    return is_jpeg_ls(head)


def decode(part: ScanPart, limits: Limits) -> Picture:
    """Full-depth pixels. Raises `CorruptScan`, `TooLarge` or `UnsupportedFormat`."""
    frame = jpeg_ls_frame(part.name, part.data)
    sample_bytes = (frame.bits + 7) // 8
    limits.check_image(
        frame.width, frame.height, frame.components, sample_bytes, len(part.data), UNBOUNDED_RATIO
    )
    if not 8 <= frame.bits <= 16 or frame.components not in (1, 3):
        raise UnsupportedFormat(
            f"{part.name}: a JPEG-LS image of {frame.components} components of {frame.bits} bits is not supported.",
            remedy="Write grey of 8 to 16 bits, one file an energy, or RGB.",
        )
    try:
        stored = np.asarray(imagecodecs.jpegls_decode(part.data))
    except (imagecodecs.JpeglsError, ValueError) as error:
        raise CorruptScan(
            f"{part.name}: the JPEG-LS data is damaged or cut off ({error}).", remedy="Send the file again."
        ) from error
    planes = stored[np.newaxis] if stored.ndim == 2 else stored.transpose(2, 0, 1)
    expected = (frame.components, frame.height, frame.width)
    if planes.shape != expected or planes.dtype.itemsize != sample_bytes or planes.dtype.kind != "u":
        raise CorruptScan(
            f"{part.name}: the JPEG-LS data holds {planes.shape}, its header says {expected}.",
            remedy="Export the scan again.",
        )
    return Picture(np.ascontiguousarray(planes), "rgb" if frame.components == 3 else "grey")


def describe(part: ScanPart, limits: Limits, delivery: Delivery | None) -> Description:  # noqa: ARG001 - the contract
    """Depth and loss, which its header says. Raises as `decode` does, without decoding a pixel."""
    frame = jpeg_ls_frame(part.name, part.data)
    return described(frame.bits, delivery, lossy=frame.near > 0)
