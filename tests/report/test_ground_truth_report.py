"""What an inspection becomes as a threat detection report: what is known because somebody looked."""

from typing import Any

import pytest

from tallyscan.finding import ANOMALY_FAMILIES
from tallyscan.report.dicos_report import dicos_report
from tallyscan.report.inspection_event import event_id
from tallyscan.report.report_of_event import report_of_event
from tallyscan.report.threat_report import CATEGORIES, ThreatReport, report_uid
from tests.report.threat_reports import read_back
from tests.review.builders import AT, BOX, IMAGE, UNIT, found, inspected, inspection, nothing, one, reviewed


def report_on(said: dict[str, Any], **changes: Any) -> ThreatReport:
    event = inspected(inspection(1, **said), **changes)
    report = report_of_event(event, event["id"])
    assert report is not None
    return report


def test_what_was_found_is_an_alarm_with_place_category_and_mass() -> None:
    report = report_on(found(comment="Behind a second wall."))
    (threat,) = report.threats
    assert (report.kind, report.decision, report.decided_at) == ("GROUND TRUTH", "ALARM", AT)
    assert (threat.category, threat.flag, threat.probability) == ("CONTRABAND", "THREAT", None)
    assert (threat.box, threat.mass_kg) == (BOX, 520.0)
    assert threat.description == ("cigarettes_behind_cover: 400,000 cigarettes, 520 kg, HS 240220, unit 1")
    assert report.reasons == ("found: An inspection found something. Behind a second wall.",)


@pytest.mark.parametrize(
    ("item", "box"),
    [
        ({"family": "void", "unit": 1}, UNIT),
        ({"family": "void", "unit": 1, "box": list(BOX)}, BOX),
        ({"family": "void"}, None),
    ],
)
def test_where_it_was_is_its_box_or_its_unit_or_somewhere(item: dict[str, Any], box: Any) -> None:
    (threat,) = report_on(found(items=[item])).threats
    assert threat.box == box


@pytest.mark.parametrize("family", ANOMALY_FAMILIES)
def test_every_family_has_its_category_and_people_are_urgent(family: str) -> None:
    (threat,) = report_on(found(items=[{"family": family}])).threats
    assert threat.category == CATEGORIES.get(family, "ANOMALY")
    assert (threat.flag == "HIGH_THREAT") == (family in ("people", "shielded_nuclear"))


def test_something_of_no_family_is_other_and_no_anomaly_of_an_image() -> None:
    (threat,) = report_on(found(items=[{"hs": "9303", "description": "Rifles"}])).threats
    assert (threat.category, threat.description) == ("OTHER", "found: Rifles, HS 9303")


@pytest.mark.parametrize("status", ["read", "rejected", None])
def test_nothing_found_in_a_load_that_was_opened_wholly_is_clear_whatever_the_scan_was(
    status: str | None,
) -> None:
    report = report_on(nothing(), scan=reviewed(status=status))
    assert (report.decision, report.threats, report.reasons, report.abort) == ("CLEAR", (), (), None)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (nothing(opened="no", found=None), "not_opened"),
        (nothing(opened="in_part"), "opened_in_part"),
    ],
)
def test_what_was_not_looked_at_is_unknown_with_its_reason(said: dict[str, Any], code: str) -> None:
    report = report_on(said | {"comment": "No time."})
    assert (report.decision, report.threats) == ("UNKNOWN", ())
    (reason,) = report.reasons
    assert reason.startswith(f"{code}: ")
    assert reason.endswith("No time.")


def test_a_correction_names_the_report_that_it_replaces() -> None:
    report = report_on(nothing(corrects=one(9)), number=2)
    assert (report.supersedes, report.number) == (report_uid(event_id(one(9))), 2)
    assert report.uid == report_uid(event_id(one(1)))


def test_the_file_as_pydicom_reads_it() -> None:
    read = read_back(dicos_report(report_on(found())))
    assert (read.TDRType, read.AlarmDecision) == ("GROUND TRUTH", "ALARM")
    assert (read.NumberOfTotalObjects, read.NumberOfAlarmObjects) == (1, 1)
    assert [image.ReferencedSOPInstanceUID for image in read.ReferencedStudySequence] == [
        IMAGE["sop_instance"]
    ]
    (threat,) = read.ThreatSequence
    (place,) = threat.PTORepresentationSequence
    assert (place.Mass, place.ThreatROIVoxelSequence[0].ThreatROIBase) == (520.0, [2105, 400, 0])
    assert threat.ATDAssessmentSequence[0].ThreatCategory == "CONTRABAND"
    empty = read_back(dicos_report(report_on(nothing())))
    assert (empty.AlarmDecision, empty.NumberOfTotalObjects) == ("CLEAR", 0)
    shut = read_back(dicos_report(report_on(nothing(opened="no", found=None))))
    assert (shut.AlarmDecision, shut.AbortFlag, shut.ImageComments) == (
        "UNKNOWN",
        "SUCCESS",
        "not_opened: Nobody looked inside.",
    )
