"""What every threat detection report says of the scan that it is about, from the event alone."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from tallyscan.report.event import DicomImage
from tallyscan.report.threat_report import Kind, uid_of

_PROJECTION = "1.2.840.10008.5.1.4.1.1.501.2.2"
_SERIES: dict[Kind, str] = {
    "MACHINE": "series",
    "OPERATOR": "series-operator",
    "GROUND TRUTH": "series-ground-truth",
}


class ScanInReport(NamedTuple):
    """The fields of a `ThreatReport` that come from the scan."""

    scan_id: str
    object_id: str
    study: str
    series: str
    images: tuple[DicomImage, ...]
    device: str | None
    site: str | None
    acquired_at: datetime | None


def scan_in_report(
    said: dict[str, Any], source: str, kind: Kind, seen: Iterable[str | None] = ()
) -> ScanInReport:
    """`said` is what the event of that source says of the scan, `seen` the marks on its units where it says none.

    Who decides has a series of its own, so that the reports of each can be counted through.
    """
    scan_id = said["scan_id"]
    name = f"{source}/{scan_id}"
    images = tuple(DicomImage(**image) for image in said["images"])
    marks = said["marks_read"] or [mark for mark in seen if mark]
    own = next((image.object_id for image in images if image.object_id), None)
    return ScanInReport(
        scan_id=scan_id,
        object_id=own or " / ".join(marks) or f"scan {scan_id}",
        study=images[0].study if images else uid_of("study", name),
        series=uid_of(_SERIES[kind], name),
        images=images or (_image_without_name(name),),
        device=said["device"],
        site=said["site"],
        acquired_at=datetime.fromisoformat(said["acquired_at"]) if said["acquired_at"] else None,
    )


def _image_without_name(scan_name: str) -> DicomImage:
    """What the report refers to when the scan did not come as DICOS: DICOS demands a reference."""
    return DicomImage(uid_of("study", scan_name), _PROJECTION, uid_of("image", scan_name), None)
