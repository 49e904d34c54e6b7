"""The file, read back by plain pydicom and, where it is installed, by an independent toolkit."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tallyscan.report.dicos_report import REPORT_CLASS, dicos_report, whole_pixels
from tallyscan.report.event import DicomImage
from tallyscan.report.report_of_event import report_of_event
from tallyscan.report.threat_report import Algorithm, Threat, ThreatReport, report_uid
from tallyscan.scan import Box
from tests.report.builders import made_reading, made_unread
from tests.report.threat_reports import (
    AT,
    CONTAINER,
    DX,
    FROM_TIFF,
    MADE_UP_UID,
    clear_reading,
    event_of,
    made_report,
    read_back,
    report_on,
)
from tests.review.builders import (
    clear,
    decided,
    decision,
    found,
    inspected,
    inspection,
    nothing,
    suspicious,
    undo_of,
)

IMAGE = DicomImage("2.25.7", DX, "2.25.9", CONTAINER)
FOUND = Threat("CONTRABAND", "40 kg behind the false wall", "THREAT", None, Box(10.4, 20.6, 30, 40))


def report_of(**changes: Any) -> ThreatReport:
    given: dict[str, Any] = {
        "uid": "2.25.1",
        "kind": "GROUND TRUTH",
        "decision": "ALARM",
        "decided_at": AT,
        "object_id": CONTAINER,
        "study": "2.25.7",
        "series": "2.25.8",
        "images": (IMAGE,),
        "threats": (FOUND,),
    }
    return ThreatReport(**(given | changes))


SAID_BY_PEOPLE = {
    "cleared": decided(decision(1)),
    "suspicious": decided(decision(1, **suspicious())),
    "not readable": decided(decision(1, **clear(decision="not_readable", reason="image_cut"))),
    "referred": decided(decision(1, **clear(decision="refer", reason="specialist"))),
    "undone": decided(decision(1), undo=undo_of(decision(1)), standing=None, number=2),
    "found": inspected(inspection(1, **found())),
    "nothing": inspected(inspection(1)),
    "not opened": inspected(inspection(1, **nothing(opened="no", found=None))),
}
OPERATOR = {"kind": "OPERATOR", "operator": "officer-7"}
IN_ORDER = {"decision": "CLEAR", "threats": ()}


def test_an_alarm_as_pydicom_reads_it() -> None:
    read = report_on(made_reading(), supersedes="r0")
    assert (read.SOPClassUID, read.Modality, read.TDRType) == (REPORT_CLASS, "TDR", "MACHINE")
    assert read.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert (read.file_meta[0x00020004].value, read[0x4010103A].value) == ("V03", "V03")
    assert read.SOPInstanceUID == read.file_meta.MediaStorageSOPInstanceUID
    assert (read.AlarmDecision, read.AbortFlag) == ("ALARM", "SUCCESS")
    assert "AbortReason" not in read
    assert read.AlarmDecisionTime == "20260201100002.000000+0000"
    assert (read.NumberOfTotalObjects, read.NumberOfAlarmObjects) == (4, 4)  # three findings, and the mass
    assert (read.PatientID, read.OOIType, read.TypeOfPatientID) == (CONTAINER, "CARGO", "TEXT")
    assert [item.ReferencedSOPInstanceUID for item in read.ReferencedStudySequence] == [MADE_UP_UID, "2.25.9"]
    assert read.ThreatDetectionAlgorithmAndVersion[:3] == ["tallynet", "0.0.1", "-thresholds=sim-1"]
    assert read.TotalProcessingTime == 1250.0
    assert read.ImageComments.splitlines()[0].startswith("XR-ANOMALY: ")
    (replaced,) = read.ReferencedTDRInstanceSequence
    assert (replaced.ReferencedSOPClassUID, replaced.ReferencedSOPInstanceUID) == (
        REPORT_CLASS,
        report_uid("r0"),
    )


def test_a_threat_as_pydicom_reads_it() -> None:
    item = report_on(made_reading()).ThreatSequence[0]
    assert item.PotentialThreatObjectID == 1
    (place,) = item.PTORepresentationSequence
    (region,) = place.ThreatROIVoxelSequence
    assert (region.ThreatROIBase, region.ThreatROIExtents) == ([2105, 400, 0], [190, 100, 1])
    assert place.BoundingPolygon == [2105, 400, 0, 2295, 400, 0, 2295, 500, 0, 2105, 500, 0]
    assert [image.ReferencedSOPInstanceUID for image in place.ReferencedInstanceSequence] == [
        MADE_UP_UID,
        "2.25.9",
    ]
    assert place.Mass == 63.0
    (assessed,) = item.ATDAssessmentSequence
    assert (assessed.ThreatCategory, assessed.ATDAssessmentFlag) == ("CONTRABAND", "THREAT")
    assert assessed.ATDAssessmentProbability == pytest.approx(0.93, abs=1e-6)
    assert assessed.ThreatCategoryDescription.startswith("rip_off_bags, unit 1: ")


@pytest.mark.parametrize(
    ("reading", "decision", "flag", "reason"),
    [
        (clear_reading(), "CLEAR", "SUCCESS", None),
        (clear_reading(anomaly=made_unread().anomaly), "UNKNOWN", "SUCCESS", None),
        (made_unread(), "UNKNOWN", "ABORT", "OUT_OF_BOUNDS"),
        (
            made_unread("rejected", "incomplete_scan: a file did not come."),
            "UNKNOWN",
            "ABORT",
            "INCOMPLETE_SCAN",
        ),
    ],
)
def test_the_other_answers_as_pydicom_reads_them(
    reading: Any, decision: str, flag: str, reason: str | None
) -> None:
    read = report_on(reading)
    assert (read.AlarmDecision, read.AbortFlag, read.get("AbortReason")) == (decision, flag, reason)
    assert (read.NumberOfTotalObjects, "ThreatSequence" in read) == (0, False)
    assert ("ImageComments" in read) == (decision != "CLEAR")
    if reading.reason:
        assert read.ImageComments == reading.reason


def test_an_officer_and_an_inspection_report_with_the_same_call() -> None:
    read = read_back(dicos_report(report_of(**OPERATOR, **IN_ORDER)))
    assert (read.TDRType, read.AlarmDecision) == ("OPERATOR", "CLEAR")
    (who,) = read.OperatorIdentificationSequence
    assert who.PersonIdentificationCodeSequence[0].CodeValue == "officer-7"
    read = read_back(dicos_report(report_of()))
    assert (read.TDRType, read.AlarmDecision) == ("GROUND TRUTH", "ALARM")
    (place,) = read.ThreatSequence[0].PTORepresentationSequence
    assert "ATDAssessmentProbability" not in read.ThreatSequence[0].ATDAssessmentSequence[0]
    assert place.ThreatROIVoxelSequence[0].ThreatROIBase == [10, 20, 0]
    assert place.ThreatROIVoxelSequence[0].ThreatROIExtents == [31, 41, 1]


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"threats": ()}, "an alarm needs a threat"),
        ({"threats": (replace(FOUND, flag="NO_THREAT"),)}, "an alarm needs a threat"),
        ({"decision": "CLEAR"}, "no threat"),
        ({**IN_ORDER, "reasons": ("XR-UNVERIFIED: not held.",)}, "no reason"),
        ({**IN_ORDER, "abort": "TIMEOUT"}, "not aborted"),
        ({"abort": "TIMEOUT"}, "aborted is unknown"),
        ({"decision": "UNKNOWN", "threats": ()}, "unknown needs a reason"),
        ({"kind": "MACHINE"}, "algorithm"),
        ({"kind": "OPERATOR"}, "operator"),
        ({"decided_at": datetime(2026, 2, 1, 10)}, "time zone"),  # noqa: DTZ001
        ({"images": ()}, "images"),
        ({"object_id": ""}, "object"),
    ],
)
def test_what_could_be_mistaken_is_refused(wrong: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        report_of(**wrong)


def test_the_same_report_is_the_same_bytes() -> None:
    first, again = (dicos_report(made_report(event_of(made_reading()))) for _ in range(2))
    assert first == again


def test_texts_fit_their_kind_and_keep_their_letters() -> None:
    algorithm = Algorithm("netz\\1\x07", "1" * 100, {"grund": "ü" * 100})
    reason = "XR-UNVERIFIED: Ladung nicht geprüft.\nZweite Zeile."
    read = read_back(
        dicos_report(
            report_of(kind="MACHINE", decision="UNKNOWN", threats=(), algorithm=algorithm, reasons=(reason,))
        )
    )
    name, version, why = read.ThreatDetectionAlgorithmAndVersion
    assert (name, len(version), why) == ("netz/1", 64, "-grund=" + "ü" * 57)
    assert read.ImageComments.splitlines() == reason.splitlines()


@pytest.mark.parametrize(
    ("box", "pixels"),
    [
        (Box(10, 20, 30, 40), (10, 20, 40, 60)),
        (Box(10.9, 20.1, 0.05, 0.0), (10, 20, 11, 21)),
        (Box(0, 0, 0, 0), (0, 0, 1, 1)),
    ],
)
def test_a_region_is_whole_pixels_and_never_empty(box: Box, pixels: tuple[int, int, int, int]) -> None:
    assert whole_pixels(box) == pixels


def test_an_independent_toolkit_reads_them(tmp_path: Path) -> None:
    """Its Python binding gives back neither regions nor why it was aborted, of its own files either: pydicom does."""
    toolkit = pytest.importorskip(
        "pydicos", reason="an independent toolkit, closed source: pip install pydicos"
    )
    sdk = pytest.importorskip("pyDICOS")
    reports = {
        "alarm": made_report(event_of(made_reading(), supersedes="r0")),
        "tiff": made_report(event_of(made_reading(), sidecar=FROM_TIFF)),
        "clear": made_report(event_of(clear_reading())),
        "unknown": made_report(event_of(clear_reading(anomaly=made_unread().anomaly))),
        "abort": made_report(event_of(made_unread())),
        "operator": report_of(**OPERATOR, **IN_ORDER),
        "truth": report_of(),
        **{name: report_of_event(event, event["id"]) for name, event in SAID_BY_PEOPLE.items()},
    }
    said = {}
    for name, report in reports.items():
        (tmp_path / name).write_bytes(dicos_report(report))
        said[name] = toolkit.TDRLoader(tmp_path / name)  # refuses a file with anything that it misses
    decision = sdk.ALARM_DECISION
    assert {name: read.GetAlarmDecision() for name, read in said.items()} == {
        "alarm": decision.enumAlarm,
        "tiff": decision.enumAlarm,
        "clear": decision.enumClear,
        "unknown": decision.enumUnknownAlarmDecision,
        "abort": decision.enumUnknownAlarmDecision,
        "operator": decision.enumClear,
        "truth": decision.enumAlarm,
        "cleared": decision.enumClear,
        "suspicious": decision.enumAlarm,
        "not readable": decision.enumUnknownAlarmDecision,
        "referred": decision.enumUnknownAlarmDecision,
        "undone": decision.enumUnknownAlarmDecision,
        "found": decision.enumAlarm,
        "nothing": decision.enumClear,
        "not opened": decision.enumUnknownAlarmDecision,
    }
    kinds = {name: said[name].GetTDRType() for name in SAID_BY_PEOPLE}
    by_inspectors = ("found", "nothing", "not opened")
    assert {name for name, kind in kinds.items() if kind == sdk.TDR_TYPE.enumGroundTruth} == {*by_inspectors}
    assert set(kinds.values()) == {sdk.TDR_TYPE.enumOperator, sdk.TDR_TYPE.enumGroundTruth}
    seen = said["found"].get_data()["PTOs"][0]["Assessment"]
    assert seen["category"] == sdk.THREAT_CATEGORY.enumContraband
    assert said["operator"].GetTDRType() == sdk.TDR_TYPE.enumOperator
    assert said["truth"].GetTDRType() == sdk.TDR_TYPE.enumGroundTruth
    alarm = said["alarm"].get_data()
    assert (alarm["OOIID"], alarm["TDRType"], len(alarm["PTOs"])) == (CONTAINER, sdk.TDR_TYPE.enumMachine, 4)
    assert alarm["AlarmDecisionDateTime"] == {"date": (2026, 2, 1), "time": (10, 0, 2, 0)}
    first = alarm["PTOs"][0]
    assert first["Assessment"]["category"] == sdk.THREAT_CATEGORY.enumContraband
    assert first["Assessment"]["flag"] == sdk.ASSESSMENT_FLAG.enumThreat
    assert first["Assessment"]["probability"] == pytest.approx(0.93, abs=1e-6)
