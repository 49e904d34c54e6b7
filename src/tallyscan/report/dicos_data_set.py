"""DICOS data sets to be written: elements with the value representation that DICOS gives them, and the file of them."""

import io
from datetime import UTC, datetime
from typing import Any

from pydicom import config, dcmwrite
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence

from tallyscan.report.threat_report import uid_of

EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
_DICOS_VERSION, _DICOS_FILE_VERSION = 0x4010103A, 0x00020004
_LONGEST = {"LO": 64, "SH": 16, "CS": 16, "ST": 1024, "LT": 10240}
_NEVER_TOLD = ("19700101", "000000.000000")  # toolkits demand a date, and write this one for none
NOT_KNOWN = "unknown"
"""What DICOS toolkits write, and demand, where a text must stand and nothing is known."""


def put(data_set: Dataset, element: str | int, value: Any, vr: str | None = None) -> None:
    """Set an element by keyword, or by tag and `vr` where DICOS differs from DICOM.

    Texts are cut at the length that their kind allows. UIDs are written as they are: scanners make up illegal ones.
    """
    tag = tag_for_keyword(element) if isinstance(element, str) else element
    if tag is None:
        raise ValueError(f"there is no element {element!r}")
    kind = vr or dictionary_VR(tag)
    if kind in _LONGEST and value is not None:
        value = _fitting(value, kind) if isinstance(value, str) else [_fitting(each, kind) for each in value]
    if kind == "SQ":
        value = Sequence(value)
    data_set.add(DataElement(tag, kind, value, validation_mode=config.IGNORE))


def put_time(data_set: Dataset, of_what: str, at: datetime) -> None:
    """Date and time of `Study`, `Series`, `Content` and the like, in UTC."""
    put(data_set, f"{of_what}Date", at.astimezone(UTC).strftime("%Y%m%d"))
    put(data_set, f"{of_what}Time", at.astimezone(UTC).strftime("%H%M%S.%f"))


def date_time(at: datetime) -> str:
    """A moment as DT, with its time zone."""
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S.%f+0000")


def new_object(sop_class: str, sop_instance: str, modality: str) -> Dataset:
    """A data set with what every DICOS object has."""
    data_set = Dataset()
    put(data_set, "SpecificCharacterSet", "ISO_IR 192")
    put(data_set, "SOPClassUID", sop_class)
    put(data_set, "SOPInstanceUID", sop_instance)
    put(data_set, "Modality", modality)
    put(data_set, "TimezoneOffsetFromUTC", "+0000")
    put(data_set, _DICOS_VERSION, "V03", "CS")
    put(data_set, "ScanType", "OPERATIONAL")
    put(data_set, "OOIType", "CARGO")
    put(data_set, "IssuerOfPatientID", NOT_KNOWN)
    put(data_set, "TypeOfPatientID", "TEXT")
    put(data_set, "AcquisitionStatus", "SUCCESSFUL")
    put(data_set, "PositionReferenceIndicator", "")
    return data_set


def put_equipment(
    data_set: Dataset, *, model: str | None, software: str | None, device: str | None, site: str | None
) -> None:
    """What made the object, and at which machine; when that was last calibrated is not known to us."""
    put(data_set, "Manufacturer", "Tallyscan")
    put(data_set, "ManufacturerModelName", model or NOT_KNOWN)
    put(data_set, "SoftwareVersions", software or NOT_KNOWN)
    put(data_set, "DeviceSerialNumber", device or NOT_KNOWN)
    put(data_set, "StationName", device or NOT_KNOWN)
    put(data_set, "InstitutionName", site or NOT_KNOWN)
    put(data_set, "InstitutionAddress", NOT_KNOWN)
    put(data_set, "DateOfLastCalibration", _NEVER_TOLD[0])
    put(data_set, "TimeOfLastCalibration", _NEVER_TOLD[1])


def with_file_meta(data_set: Dataset) -> Dataset:
    """The same, with the file meta information: explicit VR, little endian."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = data_set.SOPClassUID
    meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    meta.TransferSyntaxUID = EXPLICIT_LITTLE  # type: ignore[assignment]
    meta.ImplementationClassUID = uid_of("implementation", "tallyscan")  # type: ignore[assignment]
    meta.ImplementationVersionName = "TALLYSCAN"
    meta.add_new(_DICOS_FILE_VERSION, "CS", "V03")
    data_set.file_meta = meta
    return data_set


def part_10(data_set: Dataset) -> bytes:
    """The file of a data set with its file meta information. The same data set gives the same bytes."""
    file = io.BytesIO()
    dcmwrite(file, data_set, enforce_file_format=True)
    return file.getvalue()


def _fitting(text: str, vr: str) -> str:
    """Without the backslash, which parts values, and without control signs; cut to its longest."""
    plain = "".join(sign if sign.isprintable() or sign in "\r\n" else " " for sign in text.replace("\\", "/"))
    return plain[: _LONGEST[vr]].rstrip()
