"""What a decision becomes as a threat detection report: an opinion, and never clear without a reading."""

from typing import Any, get_args

import pytest

from tallyscan.decision import IN_WORDS, REASONS
from tallyscan.finding import ANOMALY_FAMILIES
from tallyscan.report.decision_event import event_id
from tallyscan.report.dicos_report import dicos_report
from tallyscan.report.report_of_event import report_of_event
from tallyscan.report.threat_report import Category, ThreatReport, report_uid
from tests.report.threat_reports import event_of, made_reading, made_report, read_back
from tests.review.builders import (
    AT,
    BOX,
    DX,
    IMAGE,
    SCAN,
    clear,
    decided,
    decision,
    one,
    reviewed,
    suspicious,
    undo_of,
)


def report_on(said: dict[str, Any], **changes: Any) -> ThreatReport:
    return report_of(decided(decision(1, **said), **changes))


def report_of(event: dict[str, Any]) -> ThreatReport:
    report = report_of_event(event, event["id"])
    assert report is not None
    return report


def test_what_was_cleared_by_its_reading_is_clear() -> None:
    report = report_on(clear(seconds=41.5))
    assert (report.kind, report.decision, report.threats, report.reasons) == ("OPERATOR", "CLEAR", (), ())
    assert (report.operator, report.decided_at, report.seconds) == ("officer-7", AT, 41.5)
    assert report.algorithm is None


@pytest.mark.parametrize("status", [None, "not_readable", "rejected"])
def test_what_was_not_read_is_never_clear_whatever_the_decision_says(status: str | None) -> None:
    report = report_on(clear(), scan=reviewed(status=status))
    assert report.decision == "UNKNOWN"
    assert report.reasons[0].startswith("not_read: ")


def test_what_was_read_again_meanwhile_is_not_clear() -> None:
    assert report_on(clear(revision=1), scan=reviewed(revision=2)).decision == "UNKNOWN"


@pytest.mark.parametrize("status", [None, "rejected", "read"])
def test_what_was_cleared_on_other_grounds_is_unknown_and_says_which(status: str | None) -> None:
    said = clear(reason="cleared_unread", comment="Seen at the gate.")
    report = report_on(said, scan=reviewed(status=status))
    assert (report.decision, report.threats) == ("UNKNOWN", ())
    assert report.reasons == (f"cleared_unread: {IN_WORDS['cleared_unread']}. Seen at the gate.",)


def test_a_region_that_was_drawn_as_a_polygon_is_told_by_the_box_around_it() -> None:
    shape = {"polygon": [[10, 20], [50, 25], [30, 80]], "family": "false_wall"}
    (threat,) = report_on(suspicious(regions=[shape])).threats
    assert threat.box == (10, 20, 40, 60)


def test_what_is_suspicious_is_an_alarm_with_its_regions() -> None:
    regions = [{"box": list(BOX), "family": "people"}, {"box": [1, 2, 3, 4]}]
    report = report_on(suspicious(regions=regions, comment="Look behind the drums."))
    known, unknown = report.threats
    assert report.decision == "ALARM"
    assert (known.category, known.flag, known.box, known.probability) == ("OTHER", "HIGH_THREAT", BOX, None)
    assert (unknown.category, unknown.flag, unknown.box) == ("ANOMALY", "THREAT", (1, 2, 3, 4))
    assert known.description.startswith("people: anomaly: Something in the image")
    assert known.description.endswith("Look behind the drums.")


def test_a_suspicion_without_a_place_is_about_the_whole_load() -> None:
    (threat,) = report_on(suspicious(regions=[], comment="Somewhere behind the drums.")).threats
    assert (threat.box, threat.category, threat.flag) == (None, "ANOMALY", "THREAT")
    (threat,) = report_on(suspicious(regions=[], reason="people", comment="Voices.")).threats
    assert (threat.box, threat.category, threat.flag) == (None, "OTHER", "HIGH_THREAT")


@pytest.mark.parametrize("family", ANOMALY_FAMILIES)
def test_every_family_has_a_category_of_dicos(family: str) -> None:
    (threat,) = report_on(suspicious(regions=[{"box": list(BOX), "family": family}])).threats
    assert threat.category in get_args(Category)


@pytest.mark.parametrize(
    ("reason", "abort"),
    [
        ("image_dark", "OUT_OF_BOUNDS"),
        ("not_penetrated", "OUT_OF_BOUNDS"),
        ("image_cut", "INCOMPLETE_SCAN"),
        ("image_faulty", "FAILED_RECON"),
        ("wrong_image", "NOT_REVIEWED"),
        ("other", "NOT_REVIEWED"),
    ],
)
def test_what_cannot_be_read_is_aborted_with_its_reason(reason: Any, abort: str) -> None:
    report = report_on(clear(decision="not_readable", reason=reason, comment="Why."))
    assert (report.decision, report.abort, report.threats) == ("UNKNOWN", abort, ())
    assert report.reasons == (f"{reason}: {IN_WORDS[reason]}. Why.",)


def test_every_reason_not_to_read_a_scan_is_tried_above() -> None:
    assert len(REASONS["not_readable"]) == 6


def test_what_was_referred_is_unknown_and_its_regions_are_in_question() -> None:
    said = clear(decision="refer", reason="specialist", regions=[{"box": list(BOX), "family": "void"}])
    report = report_on(said)
    (threat,) = report.threats
    assert (report.decision, report.abort, threat.flag, threat.box) == ("UNKNOWN", None, "UNKNOWN", BOX)
    assert report.reasons == ("specialist: It needs a specialist.",)


def test_it_refers_to_the_scan_as_the_report_of_the_machine_does() -> None:
    reading = event_of(made_reading(), scan_id=SCAN)
    machine, officer = made_report(reading), report_on(clear())
    assert [image.sop_instance for image in officer.images] == [IMAGE["sop_instance"]]
    assert (officer.images[0].sop_class, officer.study) == (DX, machine.study)
    assert (officer.object_id, officer.device, officer.site, officer.acquired_at) == (
        machine.object_id,
        machine.device,
        machine.site,
        machine.acquired_at,
    )
    assert officer.series != machine.series
    no_dicos = report_on(clear(), scan=reviewed(images=()))
    assert no_dicos.images == made_report(event_of(made_reading(), scan_id=SCAN, sidecar=None)).images


def test_a_correction_names_the_report_that_it_replaces() -> None:
    first, later = decision(1), decision(2, **suspicious(corrects=one(1)))
    report = report_of(decided(later, number=2))
    assert report.uid == report_uid(event_id(later.id))
    assert (report.supersedes, report.number) == (report_of(decided(first)).uid, 2)


def test_what_was_undone_is_unknown_or_what_stands_again() -> None:
    first, second = decision(1, **suspicious()), decision(2, corrects=one(1))
    report = report_of(decided(first, undo=undo_of(first), standing=None, number=2))
    assert (report.decision, report.threats, report.operator) == ("UNKNOWN", (), "officer-7")
    assert report.reasons[0].startswith("undone: ")
    assert report.supersedes == report_of(decided(first)).uid
    again = report_of(decided(second, undo=undo_of(second), standing=first, number=3))
    assert (again.decision, again.threats) == ("ALARM", report_of(decided(first)).threats)
    assert again.supersedes == report_of(decided(second)).uid


def test_the_file_as_pydicom_reads_it() -> None:
    read = read_back(dicos_report(report_on(suspicious(), scan=reviewed(consignment="C-1"))))
    assert (read.TDRType, read.AlarmDecision, read.AbortFlag) == ("OPERATOR", "ALARM", "SUCCESS")
    assert "ThreatDetectionAlgorithmAndVersion" not in read
    (who,) = read.OperatorIdentificationSequence
    assert who.PersonIdentificationCodeSequence[0].CodeValue == "officer-7"
    (image,) = read.ReferencedStudySequence
    assert image.ReferencedSOPInstanceUID == IMAGE["sop_instance"]
    (threat,) = read.ThreatSequence
    (region,) = threat.PTORepresentationSequence[0].ThreatROIVoxelSequence
    assert (region.ThreatROIBase, region.ThreatROIExtents) == ([2105, 400, 0], [190, 100, 1])
    assert "ATDAssessmentProbability" not in threat.ATDAssessmentSequence[0]
    unread = read_back(dicos_report(report_on(clear(decision="not_readable", reason="image_cut"))))
    assert (unread.AlarmDecision, unread.AbortFlag, unread.AbortReason) == (
        "UNKNOWN",
        "ABORT",
        "INCOMPLETE_SCAN",
    )
    assert unread.ImageComments == "image_cut: Part of the load is not in the image."
