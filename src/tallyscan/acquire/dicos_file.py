"""A DICOM or DICOS file as its data set, read by pydicom once its structure has been found whole."""

import io
import struct
from mmap import mmap
from typing import Any, NamedTuple

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence

from tallyscan.acquire.dicos_dictionary import prepare_pydicom
from tallyscan.acquire.dicos_structure import Structure, structure_of
from tallyscan.acquire.limits import Limits
from tallyscan.errors import CorruptScan, UnsupportedFormat
from tallyscan.scan import ScanPart

DAMAGE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    LookupError,
    ArithmeticError,
    NotImplementedError,
    EOFError,
    RecursionError,
    struct.error,
)
"""What pydicom raises on values of nonsense."""

_MOST_OF_A_VALUE = 16_384  # bytes; pydicom makes an object of each of its numbers
_DICOS = "1.2.840.10008.5.1.4.1.1.501."
_PROJECTION = _DICOS + "2."  # DX for presentation and for processing, and their children
_OTHER_DICOS = {"1": "a CT volume", "3": "a threat detection report", "4": "a body scan", "5": "a body scan",
                "6": "a quadrupole resonance"}  # fmt: skip
_STANDARD = "1.2.840.10008."
_DIGITAL_X_RAY, _SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.7"


class DicosFile(NamedTuple):
    """The elements before the pixel data, and where the pixel data lies."""

    name: str
    elements: Dataset
    structure: Structure

    def text(self, keyword: str) -> str | None:
        """A value as text, without padding; None where it is missing, empty or not readable."""
        value = self._value(keyword)
        if value is None or isinstance(value, MultiValue | bytes):
            return None
        return str(value).strip(" \0") or None

    def texts(self, keyword: str) -> tuple[str, ...]:
        """All values of an element as texts."""
        value = self._value(keyword)
        values = value if isinstance(value, MultiValue) else [] if value is None else [value]
        return tuple(str(each).strip(" \0") for each in values)

    def numbers(self, keyword: str) -> tuple[float, ...]:
        """All values of an element as numbers; empty where one is none."""
        try:
            return tuple(float(text) for text in self.texts(keyword))
        except ValueError:
            return ()

    def whole(self, keyword: str, default: int | None = None) -> int:
        """A whole number. Raises `CorruptScan` when it is needed and missing, or is none."""
        text = self.text(keyword)
        if text is None and default is not None and keyword not in self.elements:
            return default
        try:
            return int(text or "")
        except ValueError as error:
            raise CorruptScan(
                f"{self.name}: the DICOM file does not say a usable {keyword}.",
                remedy="Export the scan again.",
            ) from error

    def item(self, keyword: str) -> Any:
        """The first item of a sequence; None where there is none."""
        sequence = self.elements.get(keyword)
        return sequence[0] if isinstance(sequence, Sequence) and sequence else None

    def _value(self, keyword: str) -> Any:
        """As pydicom makes it of the bytes; None where it cannot, or where they are too many for what is said here."""
        try:
            raw = self.elements.get_item(keyword)
            if isinstance(raw, RawDataElement) and raw.length > _MOST_OF_A_VALUE:
                return None
            return self.elements.get(keyword)
        except DAMAGE:
            return None


def read_dicos(part: ScanPart, limits: Limits, *, with_pixels: bool = True) -> DicosFile:
    """Raises `CorruptScan`, `TooLarge`, or `UnsupportedFormat` for what is no projection image."""
    file = read_elements(part.name, part.data, limits, with_pixels=with_pixels)
    check_kind(file)
    return file


def read_elements(name: str, data: bytes | mmap, limits: Limits, *, with_pixels: bool) -> DicosFile:
    """Whatever kind of object it is. Raises `CorruptScan`, `TooLarge` or `UnsupportedFormat`."""
    prepare_pydicom()
    structure = structure_of(name, data, limits, with_pixels=with_pixels)
    try:
        header = io.BytesIO(structure.body[structure.header])
        return DicosFile(name, read_dataset(header, structure.implicit, structure.little), structure)
    except DAMAGE as error:
        raise CorruptScan(
            f"{name}: the DICOM file is damaged ({str(error)[:200]}).", remedy="Send the file again."
        ) from error


def check_kind(file: DicosFile) -> None:
    """Raises `UnsupportedFormat` for what is known to be no projection; a made-up class is one when it has pixels."""
    of_class = file.text("SOPClassUID") or ""
    what = None
    if of_class.startswith(_DICOS) and not f"{of_class}.".startswith(_PROJECTION):
        number = of_class.removeprefix(_DICOS).partition(".")[0]
        what = _OTHER_DICOS.get(number, "no projection image that is known")
    elif of_class.startswith(_STANDARD) and not of_class.startswith(
        (_DICOS, _DIGITAL_X_RAY, _SECONDARY_CAPTURE)
    ):
        what = "no X-ray projection"
    elif (file.text("Modality") or "").upper() in ("CT", "TDR"):
        what = f"of modality {file.text('Modality')}"
    if what is not None:
        raise UnsupportedFormat(
            f"{file.name}: the DICOM file is {what} (SOP class {of_class[:64]}).",
            remedy="Send the DX images of the scan.",
        )
    if file.structure.pixels is None:
        raise UnsupportedFormat(
            f"{file.name}: the DICOM file has no pixel data.", remedy="Send the DX images of the scan."
        )
