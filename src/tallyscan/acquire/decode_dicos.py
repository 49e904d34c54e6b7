"""DICOS DX (NEMA IIC 1) and DICOM DX: counts of up to 16 bits, an energy a file or a frame, and what they say."""

import numpy as np

from tallyscan.acquire.dicos_file import DicosFile, read_dicos
from tallyscan.acquire.dicos_metadata import described, planes_of
from tallyscan.acquire.dicos_modality import applied
from tallyscan.acquire.dicos_pixels import shape_of, stored_pixels
from tallyscan.acquire.dicos_structure import MAGIC, PREAMBLE_BYTES
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.picture import Description, Photometric, Picture
from tallyscan.delivery import Delivery, DicosReading
from tallyscan.errors import UnsupportedFormat
from tallyscan.scan import ScanPart

FILE_FORMAT = "dicos"
_COLOURS = {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT"}
_MORE_SIGNAL_IS_SMALLER, _MORE_SIGNAL_IS_LARGER = -1, 1


def recognises(head: bytes) -> bool:
    """Whether these first bytes are those of a DICOM Part 10 file."""
    return head[PREAMBLE_BYTES:].startswith(MAGIC)


def decode(
    part: ScanPart, limits: Limits, reading: DicosReading | None = None, view: str | None = None
) -> Picture:
    """Pixels as they are stored, or as the file rescales them where the profile says so; those of one view, where the
    profile names several.

    Raises `CorruptScan`, `TooLarge` or `UnsupportedFormat`.
    """
    reading = reading or DicosReading()
    file = read_dicos(part, limits)
    shape = shape_of(file, limits)
    photometric = _photometric(file, shape.samples)
    wanted = _frames_of(part.name, shape.frames, reading, view)
    pixels = stored_pixels(file, shape, wanted)
    if reading.rescale:
        pixels = applied(file, pixels)
    if pixels.dtype.kind == "i":
        if int(pixels.min()) < 0:
            raise UnsupportedFormat(
                f"{part.name}: its signed pixels go down to {int(pixels.min())}; a count is never negative.",
                remedy="Export unsigned counts; if the file has a rescale, say rescale = true in the profile.",
            )
        pixels = pixels.view(shape.dtype)
    planes = planes_of(file, shape.frames, reading, view) if shape.samples == 1 else ()
    return Picture(np.ascontiguousarray(pixels), photometric, planes)


def describe(
    part: ScanPart, limits: Limits, delivery: Delivery | None, view: str | None = None
) -> Description:
    """What the file says of its scan. Raises as `decode` does, without inflating or decoding a pixel."""
    file = read_dicos(part, limits, with_pixels=False)
    return described(file, file.whole("NumberOfFrames", 1), delivery, view)


def frames_in(part: ScanPart, limits: Limits) -> int:
    """How many frames the file says it has. Raises as `describe` does."""
    return read_dicos(part, limits, with_pixels=False).whole("NumberOfFrames", 1)


def model_of(part: ScanPart, limits: Limits) -> str | None:
    """The manufacturer's model name, by which a profile knows its scanner."""
    return read_dicos(part, limits, with_pixels=False).text("ManufacturerModelName")


def _frames_of(name: str, frames: int, reading: DicosReading, view: str | None) -> tuple[int, ...]:
    """Those that are decoded, from 0. Raises `UnsupportedFormat` where it cannot be said which they are."""
    if view is not None and (view not in reading.views or len(reading.frames) != frames):
        raise UnsupportedFormat(
            f"{name}: the DICOM file has {frames} frames, and its scanner's profile names no view {view} of so many.",
            remedy="Name the views as they were when the scan came (dicos.frames), or send it again.",
        )
    if frames <= 1:
        return (0,)
    if len(reading.frames) != frames:
        said = f"its scanner's profile names {len(reading.frames)}" if reading.frames else "nothing says"
        raise UnsupportedFormat(
            f"{name}: the DICOM file has {frames} frames, and {said} whether they are energies or views.",
            remedy="Name what each frame is in the scanner's profile (dicos.frames), or send each view as a scan.",
        )
    if view is None and reading.views:
        raise UnsupportedFormat(
            f"{name}: the DICOM file holds the views {' and '.join(reading.views)}, and each is a scan of its own.",
            remedy="Send it again: it came before its profile named them.",
        )
    return reading.frames_of(view)


def _photometric(file: DicosFile, samples: int) -> Photometric:
    """Which way more signal goes: as the file says of the intensity, else as it is shown."""
    shown = (file.text("PhotometricInterpretation") or "").upper()
    if samples == 3 and shown in _COLOURS and (shown == "RGB" or file.structure.encapsulated):
        return "rgb"
    if samples != 1 or shown not in ("MONOCHROME1", "MONOCHROME2"):
        raise UnsupportedFormat(
            f"{file.name}: {samples} samples a pixel as {shown[:40] or 'nothing that is said'} are not supported.",
            remedy="Write MONOCHROME1, MONOCHROME2 or RGB.",
        )
    sign = file.whole("PixelIntensityRelationshipSign", 0)
    if sign == _MORE_SIGNAL_IS_SMALLER:
        return "inverted"
    if sign == _MORE_SIGNAL_IS_LARGER:
        return "grey"
    return "inverted" if shown == "MONOCHROME1" else "grey"
