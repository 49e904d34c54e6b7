"""What a DICOM file says its stored values stand for: the Modality LUT or the rescale (PS3.3 C.11.1).

Applied only where the scanner's profile asks for it: air and dark levels are those of the stored counts otherwise.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tallyscan.acquire.dicos_file import DAMAGE, DicosFile
from tallyscan.errors import CorruptScan, UnsupportedFormat

_LARGEST = 65_535


class Rescale(NamedTuple):
    """value = slope * stored + intercept."""

    slope: float
    intercept: float


def rescale_of(file: DicosFile) -> Rescale | None:
    """The rescale of the file; None where it says none, or one that changes nothing."""
    if "RescaleSlope" not in file.elements and "RescaleIntercept" not in file.elements:
        return None
    slope, intercept = file.numbers("RescaleSlope"), file.numbers("RescaleIntercept")
    if len(slope) != 1 or len(intercept) != 1 or not np.isfinite([slope[0], intercept[0]]).all():
        raise CorruptScan(
            f"{file.name}: the DICOM file does not say a usable rescale.", remedy="Export the scan again."
        )
    return None if (slope[0], intercept[0]) == (1, 0) else Rescale(slope[0], intercept[0])


def has_modality(file: DicosFile) -> bool:
    """Whether the stored values stand for others."""
    return "ModalityLUTSequence" in file.elements or rescale_of(file) is not None


def applied(file: DicosFile, stored: NDArray[Any]) -> NDArray[Any]:
    """The values that the stored ones stand for, as uint16 or uint8; exact, or refused."""
    if "ModalityLUTSequence" in file.elements:
        return _looked_up(file, stored)
    rescale = rescale_of(file)
    if rescale is None:
        return stored
    lowest, highest = int(stored.min()), int(stored.max())
    with np.errstate(over="ignore", invalid="ignore"):
        table = np.arange(lowest, highest + 1) * rescale.slope + rescale.intercept
    if not np.all((table >= 0) & (table <= _LARGEST) & (table == np.round(table))):
        raise UnsupportedFormat(
            f"{file.name}: its rescale (slope {rescale.slope:g}, intercept {rescale.intercept:g}) makes no whole "
            f"numbers from 0 to {_LARGEST} of the stored {lowest} to {highest}.",
            remedy="Say rescale = false in the scanner's profile, or export the counts.",
        )
    return np.asarray(table.astype(np.uint16)[stored.astype(np.int32) - lowest])


def _looked_up(file: DicosFile, stored: NDArray[Any]) -> NDArray[Any]:
    """Values below the table take its first entry, values above its last one."""
    item = file.item("ModalityLUTSequence")
    try:
        count, first, bits = (int(number) for number in item.LUTDescriptor)
        data = item.LUTData
        words = (
            np.frombuffer(data, "<u2" if file.structure.little else ">u2")
            if isinstance(data, bytes)
            else data
        )
        table = np.array(words, np.int64)
    except DAMAGE as error:
        raise _unusable(file) from error
    if len(table) != (count or 1 << 16) or not 8 <= bits <= 16 or table.min() < 0 or table.max() >= 1 << bits:
        raise _unusable(file)
    at = np.clip(stored.astype(np.int32) - first, 0, len(table) - 1)
    return np.asarray(table.astype(np.uint16)[at])


def _unusable(file: DicosFile) -> CorruptScan:
    return CorruptScan(f"{file.name}: its Modality LUT is not usable.", remedy="Export the scan again.")
