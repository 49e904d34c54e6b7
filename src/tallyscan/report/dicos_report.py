"""A threat detection report as a DICOS file (TDR, NEMA IIC 1), checked with an independent toolkit's reader."""

import math
from datetime import UTC

from pydicom.dataset import Dataset

from tallyscan.report.dicos_data_set import (
    NOT_KNOWN,
    date_time,
    new_object,
    part_10,
    put,
    put_equipment,
    put_time,
    with_file_meta,
)
from tallyscan.report.event import DicomImage
from tallyscan.report.threat_report import Threat, ThreatReport
from tallyscan.scan import Box

REPORT_CLASS = "1.2.840.10008.5.1.4.1.1.501.3"
_IMAGE_SCALE = 0x40101075  # FD in DICOS; pydicom's dictionary has DS
_PTO_START, _PTO_END, _PTO_SECONDS = 0x40101080, 0x40101081, 0x40101082
# CID DCS4, how the identification of a person is encoded: as text
_AS_TEXT = {"CodeValue": "100001", "CodingSchemeDesignator": "DCS", "CodeMeaning": "Text Encoding"}


def dicos_report(report: ThreatReport) -> bytes:
    """The Part 10 file; the same report gives the same bytes."""
    return part_10(report_data_set(report))


def report_data_set(report: ThreatReport) -> Dataset:
    """The data set, with the file meta information that names its transfer syntax."""
    data_set = new_object(REPORT_CLASS, report.uid, "TDR")
    for what in ("InstanceCreation", "Series", "Content"):
        put_time(data_set, what, report.decided_at)
    put_time(data_set, "Study", report.acquired_at or report.decided_at)
    _put_equipment(data_set, report)
    put(data_set, "ReferencedStudySequence", [_reference(image) for image in report.images])
    put(data_set, "PatientID", report.object_id)
    put(data_set, "StudyInstanceUID", report.study)
    put(data_set, "SeriesInstanceUID", report.series)
    put(data_set, "StudyID", report.scan_id[:16] or NOT_KNOWN)
    put(data_set, "InstanceNumber", str(report.number))
    put(data_set, "FrameOfReferenceUID", report.study)
    if report.reasons:
        put(data_set, "ImageComments", "\n".join(report.reasons))
    _put_decision(data_set, report)
    if report.threats:
        put(data_set, "ThreatSequence", [_object(n, report) for n in range(1, len(report.threats) + 1)])
    if report.supersedes is not None:
        replaced = DicomImage(report.study, REPORT_CLASS, report.supersedes, None)
        put(data_set, "ReferencedTDRInstanceSequence", [_reference(replaced)])
    return with_file_meta(data_set)


def _put_equipment(data_set: Dataset, report: ThreatReport) -> None:
    algorithm = report.algorithm
    put_equipment(
        data_set,
        model=algorithm.name if algorithm else None,
        software=algorithm.version if algorithm else None,
        device=report.device,
        site=report.site,
    )
    if report.operator is not None:
        person = _item(
            CodeValue=report.operator, CodingSchemeDesignator="99TALLYSCAN", CodeMeaning=report.operator
        )
        identification = _item(InstitutionName=report.site or NOT_KNOWN)
        put(identification, "PersonIdentificationCodeSequence", [person, _item(**_AS_TEXT)])
        put(data_set, "OperatorIdentificationSequence", [identification])


def _put_decision(data_set: Dataset, report: ThreatReport) -> None:
    put(data_set, "TDRType", report.kind)
    if report.algorithm is not None:
        parameters = [f"-{name}={value}" for name, value in report.algorithm.parameters.items()]
        decided_by = [report.algorithm.name, report.algorithm.version, *parameters]
        put(data_set, "ThreatDetectionAlgorithmAndVersion", decided_by)
    put(data_set, "AlarmDecision", report.decision)
    put(data_set, "AlarmDecisionTime", date_time(report.decided_at))
    put(data_set, "AbortFlag", "SUCCESS" if report.abort is None else "ABORT")
    if report.abort is not None:
        put(data_set, "AbortReason", report.abort)
    alarms = sum(threat.flag in ("THREAT", "HIGH_THREAT") for threat in report.threats)
    put(data_set, "NumberOfTotalObjects", len(report.threats))
    put(data_set, "NumberOfAlarmObjects", alarms)
    put(data_set, "TotalProcessingTime", 1000 * report.seconds)
    put(data_set, "AdditionalScreeningPerformed", "NO")
    put(data_set, _IMAGE_SCALE, 1.0, "FD")


def _object(number: int, report: ThreatReport) -> Dataset:
    """A potential threat object. Without a place it is somewhere in the images that are referenced."""
    threat = report.threats[number - 1]
    item = _item(PotentialThreatObjectID=number)
    put(item, "PTORepresentationSequence", [_representation(threat, report.images)])
    assessment = _item(
        ThreatCategory=threat.category,
        ThreatCategoryDescription=threat.description,
        ATDAbilityAssessment="NO_INTERFERENCE",
        ATDAssessmentFlag=threat.flag,
    )
    if threat.probability is not None:
        put(assessment, "ATDAssessmentProbability", float(threat.probability))
    put(item, "ATDAssessmentSequence", [assessment])
    decided = report.decided_at.astimezone(UTC)
    put(item, _PTO_START, date_time(decided), "DT")
    put(item, _PTO_END, date_time(decided), "DT")
    put(item, _PTO_SECONDS, 0.0, "FL")
    return item


def _representation(threat: Threat, images: tuple[DicomImage, ...]) -> Dataset:
    """Where it is: a box of whole pixels, and its corners. No bitmap: a box says no more with one."""
    item = Dataset()
    put(item, "ReferencedInstanceSequence", [_reference(image) for image in images])
    if threat.box is not None:
        left, top, right, bottom = whole_pixels(threat.box)
        size = [float(right - left), float(bottom - top), 1.0]
        region = _item(ThreatROIBase=[float(left), float(top), 0.0], ThreatROIExtents=size)
        put(item, "ThreatROIVoxelSequence", [region])
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        put(item, "BoundingPolygon", [float(v) for x, y in corners for v in (x, y, 0)])
    if threat.mass_kg is not None:
        put(item, "Mass", float(threat.mass_kg))
    return item


def whole_pixels(box: Box) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the whole pixels that the box touches; at least one."""
    left, top = math.floor(box.x), math.floor(box.y)
    right, bottom = math.ceil(box.x + box.width), math.ceil(box.y + box.height)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _reference(image: DicomImage) -> Dataset:
    return _item(ReferencedSOPClassUID=image.sop_class, ReferencedSOPInstanceUID=image.sop_instance)


def _item(**elements: object) -> Dataset:
    item = Dataset()
    for keyword, value in elements.items():
        put(item, keyword, value)
    return item
