"""In which SOP instances a scan came, from what the decoder kept of them in the sidecar's extensions."""

import re
from typing import Any

from tallyscan.report.event import DicomImage
from tallyscan.sidecar import Sidecar

_OF_A_FILE = re.compile(r"dicos(_\d+)?")  # the first file of the scan, and those after it


def dicom_images(sidecar: Sidecar) -> tuple[DicomImage, ...]:
    """One a file, in the order of the energies; none when the scan came otherwise, or names no instance."""
    kept = (value for name, value in sidecar.extensions.items() if _OF_A_FILE.fullmatch(name))
    found = (
        _image(value) for value in kept if isinstance(value, dict)
    )  # a sender may have put anything there
    return tuple(image for image in found if image is not None)


def marks_read(sidecar: Sidecar) -> tuple[str, ...]:
    """Container number, else plate, of each cargo unit of which one is legible."""
    return tuple(mark for unit in sidecar.units if (mark := unit.legible) is not None)


def _image(kept: dict[str, Any]) -> DicomImage | None:
    names = [kept.get(keyword) for keyword in ("StudyInstanceUID", "SOPClassUID", "SOPInstanceUID")]
    study, sop_class, sop_instance = (name if isinstance(name, str) and name else None for name in names)
    if study is None or sop_class is None or sop_instance is None:
        return None
    object_id = kept.get("PatientID")
    return DicomImage(study, sop_class, sop_instance, object_id if isinstance(object_id, str) else None)
