"""What a DICOM object is that arrived: an image to be read, a threat detection report, or neither."""

from contextlib import suppress
from datetime import datetime
from mmap import mmap
from typing import Literal, NamedTuple

from tallyscan.acquire import decode_dicos
from tallyscan.acquire.dicos_file import check_kind, read_elements
from tallyscan.acquire.dicos_metadata import described
from tallyscan.acquire.dicos_structure import file_meta_of
from tallyscan.acquire.limits import Limits
from tallyscan.errors import CorruptScan, InputError

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


def look_at(name: str, data: bytes | mmap, limits: Limits) -> DicomObject:
    """Reads the elements before the pixels, once. Raises `CorruptScan`, `TooLarge`, or `UnsupportedFormat` for what is
    neither a projection image nor a report."""
    if not decode_dicos.recognises(data[:132]):
        raise CorruptScan(
            f"{name}: this is no DICOM Part 10 file.", remedy="Send the object as it was exported."
        )
    file = read_elements(name, data, limits, with_pixels=False)
    sop_class, sop_instance = file.text("SOPClassUID") or "", file.text("SOPInstanceUID") or ""
    if f"{sop_class}.".startswith(_REPORT + ".") or (file.text("Modality") or "").upper() == "TDR":
        return DicomObject("report", sop_class, sop_instance, file.text("StudyInstanceUID") or "")
    check_kind(file)
    said = described(file, file.whole("NumberOfFrames", 1), None)
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
    if decode_dicos.recognises(head):
        with suppress(InputError):
            meta = file_meta_of("the object", head)
            return meta.sop_class, meta.sop_instance
    return "", ""
