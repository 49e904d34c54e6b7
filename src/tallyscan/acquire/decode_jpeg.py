"""JPEG (ITU-T T.81), 8 bits: always a display image."""

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from tallyscan.acquire.jpeg_ls_header import is_jpeg_ls
from tallyscan.acquire.jpeg_segments import Frame, complete_frame, without_remarks
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.picture import Picture
from tallyscan.errors import CorruptScan, UnsupportedFormat
from tallyscan.scan import ScanPart

FILE_FORMAT = "jpeg"
_MAX_STRICT_PIXELS = 32_000_000  # the strict check takes 5 ms and 4 MB for each megapixel of a channel
_BLOCK, _MID_GREY = 8, 128  # what libjpeg puts in the place of blocks that never came


def recognises(head: bytes) -> bool:
    """Whether these first bytes are those of a JPEG file, and not of JPEG-LS, which begins alike."""
    return head.startswith(b"\xff\xd8\xff") and not is_jpeg_ls(head)


def decode(part: ScanPart, limits: Limits) -> Picture:
    """8-bit grey or RGB. Raises `CorruptScan`, `TooLarge` or `UnsupportedFormat`."""
    frame = complete_frame(part.name, part.data)
    limits.check_image(frame.width, frame.height, frame.channels, 1, len(part.data))
    if frame.bits != 8 or frame.channels not in (1, 3):
        raise UnsupportedFormat(
            f"{part.name}: a JPEG of {frame.bits} bits and {frame.channels} channels is not supported.",
            remedy="Write 8-bit grey or RGB; for full depth write a 16-bit TIFF or PNG.",
        )
    try:
        pixels: NDArray[np.uint8] = np.asarray(imagecodecs.jpeg_decode(part.data))
    except (imagecodecs.Jpeg8Error, ValueError) as error:
        raise CorruptScan(
            f"{part.name}: the JPEG data is damaged ({error}).", remedy="Send the file again."
        ) from error
    _check_all_blocks_came(part, frame, pixels)
    if pixels.ndim == 2:
        return Picture(pixels[np.newaxis], "grey")
    return Picture(np.ascontiguousarray(pixels.transpose(2, 0, 1)), "rgb")


def _check_all_blocks_came(part: ScanPart, frame: Frame, pixels: NDArray[np.uint8]) -> None:
    """Refuses pixels that libjpeg made up: where the coded data breaks off it goes on in grey and only warns.

    The strict reader forgives nothing, but it knows only the usual kinds and takes memory. Where it cannot be
    asked, the last block tells whether the data reached the end.
    """
    if frame.usual and frame.width * frame.height <= _MAX_STRICT_PIXELS:
        if not _is_read_strictly(part.data):
            raise CorruptScan(
                f"{part.name}: the JPEG data is damaged, a part of the image is missing.",
                remedy="Send the file again.",
            )
        return
    height, width = pixels.shape[:2]
    last = pixels[(height - 1) // _BLOCK * _BLOCK :, (width - 1) // _BLOCK * _BLOCK :]
    if np.all(last == _MID_GREY):
        raise CorruptScan(
            f"{part.name}: the JPEG data ends before the image does.", remedy="It is cut off: send it again."
        )


def _is_read_strictly(data: bytes) -> bool:
    """Whether JPEG XL, which can carry the blocks of a JPEG unchanged, finds every one of them.

    It minds what stands around the image too, so it is asked about the image alone. It reads the whole JPEG
    before it writes the first byte: given no room to write, it ends there and spares the costly encoding.
    """
    try:
        imagecodecs.jpegxl_encode_jpeg(without_remarks(data), out=bytearray())
    except imagecodecs.JpegxlError as error:
        return "JxlEncoderProcessOutput" in str(error)  # the step that writes; reading is an earlier one
    return True
