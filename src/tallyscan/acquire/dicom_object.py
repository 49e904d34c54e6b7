"""What a DICOM object is that arrived: an image to be read, a threat detection report, or neither."""

from datetime import datetime
from io import BytesIO
from typing import Literal, NamedTuple

from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_dataset, read_partial

from tallyscan.acquire import decode_dicos
from tallyscan.acquire.dicos_dictionary import prepare_pydicom
from tallyscan.acquire.dicos_file import DAMAGE, DicosFile, read_dicos
from tallyscan.acquire.dicos_structure import structure_of
from tallyscan.acquire.limits import Limits
from tallyscan.errors import CorruptScan
from tallyscan.scan import ScanPart

DICOS_ROOT = "1.2.840.10008.5.1.4.1.1.501."
_REPORT = DICOS_ROOT + "3"
Energy = Literal["high", "low"]


class DoesNotMatch(CorruptScan):
    """The object is not the one that its sender named beside it."""


class DicomObject(NamedTuple):
    """UIDs are opaque texts. `energy` is that of an image which holds one of two; None: it is a scan by itself."""

    kind: Literal["image", "report"]
    sop_class: str
    sop_instance: str
    study: str = ""
    energy: Energy | None = None
    view: str | None = None
    size: tuple[int, int] = (0, 0)
    acquired_at: datetime | None = None


def look_at(part: ScanPart, limits: Limits) -> DicomObject:
    """Reads the elements before the pixels. Raises `CorruptScan`, `TooLarge`, or `UnsupportedFormat` for what is
    neither a projection image nor a report."""
    if not decode_dicos.recognises(part.data[:132]):
        raise CorruptScan(
            f"{part.name}: this is no DICOM Part 10 file.", remedy="Send the object as it was exported."
        )
    head = _elements(part, limits)
    sop_class, sop_instance = head.text("SOPClassUID") or "", head.text("SOPInstanceUID") or ""
    if f"{sop_class}.".startswith(_REPORT + ".") or (head.text("Modality") or "").upper() == "TDR":
        return DicomObject("report", sop_class, sop_instance, head.text("StudyInstanceUID") or "")
    file = read_dicos(part, limits)
    said = decode_dicos.describe(part, limits, None)
    energy: Energy | None = None
    if len(said.planes) == 1 and said.scan_id:
        energy = "high" if said.planes[0] == "high" else "low"
    return DicomObject(
        "image",
        sop_class,
        sop_instance,
        said.scan_id or "",
        energy,
        said.view,
        (file.whole("Rows", 0), file.whole("Columns", 0)),
        said.sidecar.acquired_at,
    )


def uids_of(head: bytes) -> tuple[str, str]:
    """SOP class and instance by the file meta information in the first bytes of a file; empty where there is none."""
    prepare_pydicom()
    try:
        meta = read_partial(BytesIO(head), stop_when=lambda *_: True).file_meta
        return str(meta.get("MediaStorageSOPClassUID", "")), str(meta.get("MediaStorageSOPInstanceUID", ""))
    except (*DAMAGE, InvalidDicomError):
        return "", ""


def _elements(part: ScanPart, limits: Limits) -> DicosFile:
    """The elements before the pixels, whatever kind of object it is."""
    prepare_pydicom()
    structure = structure_of(part.name, part.data, limits)
    try:
        header = BytesIO(structure.body[structure.header])
        return DicosFile(part.name, read_dataset(header, structure.implicit, structure.little), structure)
    except DAMAGE as error:
        raise CorruptScan(
            f"{part.name}: the DICOM file is damaged ({str(error)[:200]}).", remedy="Send the file again."
        ) from error
