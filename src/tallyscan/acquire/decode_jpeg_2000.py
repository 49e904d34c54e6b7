"""JPEG 2000 (ISO/IEC 15444-1), boxed or bare: counts of 8 to 16 bits of one or two energies, or a picture."""

import imagecodecs
import numpy as np

from tallyscan.acquire.coded_depth import described
from tallyscan.acquire.jpeg_2000_file import CODESTREAM, SIGNATURE, jpeg_2000_of
from tallyscan.acquire.limits import UNBOUNDED_RATIO, Limits
from tallyscan.acquire.picture import Description, Picture, Pixels
from tallyscan.delivery import Delivery
from tallyscan.errors import CorruptScan, UnsupportedFormat
from tallyscan.scan import ScanPart

FILE_FORMAT = "jpeg2000"


def recognises(head: bytes) -> bool:
    """Whether these first bytes are those of a JP2 file or of a JPEG 2000 codestream."""
    return head.startswith((SIGNATURE, CODESTREAM))


def decode(part: ScanPart, limits: Limits) -> Picture:
    """Full-depth pixels without opacity. Raises `CorruptScan`, `TooLarge` or `UnsupportedFormat`."""
    image = jpeg_2000_of(part.name, part.data)
    sample_bytes = (image.bits + 7) // 8
    limits.check_image(
        image.width, image.height, image.components, sample_bytes, len(part.data), UNBOUNDED_RATIO
    )
    signals = image.components - (image.opacity is not None)
    if image.signed or not 8 <= image.bits <= 16 or signals not in (1, 2, 3):
        raise UnsupportedFormat(
            f"{part.name}: a JPEG 2000 image of {image.components} components of {image.bits} bits"
            f"{', signed,' if image.signed else ''} is not supported.",
            remedy="Write one or two energies, or RGB, of 8 to 16 unsigned bits.",
        )
    try:
        stored = np.asarray(imagecodecs.jpeg2k_decode(part.data, planar=False))
    except (imagecodecs.Jpeg2kError, ValueError) as error:
        raise CorruptScan(
            f"{part.name}: the JPEG 2000 data is damaged ({error}).", remedy="Send the file again."
        ) from error
    planes = stored[..., np.newaxis] if stored.ndim == 2 else stored
    expected = (image.height, image.width, image.components)
    if planes.shape != expected or planes.dtype.itemsize != sample_bytes or planes.dtype.kind != "u":
        raise CorruptScan(
            f"{part.name}: the JPEG 2000 data holds {planes.shape}, its header says {expected}.",
            remedy="Export the scan again.",
        )
    channels = planes.transpose(2, 0, 1)
    kept = [component for component in range(image.components) if component != image.opacity]
    pixels: Pixels = np.ascontiguousarray(channels if len(kept) == len(channels) else channels[kept])
    return Picture(pixels, "rgb" if image.rgb else "grey")


def describe(part: ScanPart, limits: Limits, delivery: Delivery | None) -> Description:  # noqa: ARG001 - the contract
    """Depth and loss, which its header says. Raises as `decode` does, without decoding a pixel."""
    image = jpeg_2000_of(part.name, part.data)
    return described(image.bits, delivery, lossy=image.lossy)
