"""What a reading becomes as a threat detection report: three-valued, and never clear without having been looked at."""

from dataclasses import replace
from typing import get_args

import pytest

from tallyscan.finding import ANOMALY_FAMILIES, Anomaly
from tallyscan.reading import Reading
from tallyscan.report.threat_report import CATEGORIES, Category, report_uid
from tallyscan.risk import Risk, RiskIndicator
from tallyscan.scan import Box
from tallyscan.sidecar import MarkRead, Sidecar, UnitMark
from tallyscan.verdict import Verdict
from tests.report.builders import UNIT_BOX, finding, made_reading, made_unread
from tests.report.threat_reports import (
    AT,
    CONTAINER,
    DX,
    FROM_DICOS,
    FROM_TIFF,
    MADE_UP_UID,
    clear_reading,
    event_of,
    made_report,
)


def yellow(code: str, weight: float = 1.0) -> Risk:
    return Risk(0.3, "yellow", (RiskIndicator("XR-ANOMALY", -0.0), RiskIndicator(code, weight)))


def differs(rule: str, unit: int | None = 1) -> Verdict:
    return Verdict(unit, rule, "differs", 0.91, "It is not what was declared.", {})


NO_ANSWER = Anomaly("not_assessed")
WRONG_NUMBER = (differs("container_number"),)


def test_what_was_read_searched_and_found_in_order_is_clear() -> None:
    report = made_report(event_of(clear_reading()))
    assert (report.kind, report.decision, report.threats, report.reasons) == ("MACHINE", "CLEAR", (), ())
    assert report.abort is None


@pytest.mark.parametrize(
    ("reading", "code"),
    [
        (clear_reading(risk=yellow("XR-UNVERIFIED", 0.0)), "XR-UNVERIFIED"),
        (clear_reading(risk=yellow("XR-NOT-PENETRATED")), "XR-NOT-PENETRATED"),
        (clear_reading(risk=yellow("XR-REUSED-IMAGE")), "XR-REUSED-IMAGE"),
        (clear_reading(risk=yellow("XR-CONTAINER-NUMBER"), verdicts=WRONG_NUMBER), "XR-CONTAINER-NUMBER"),
        (clear_reading(anomaly=NO_ANSWER, risk=yellow("XR-ANOMALY-NOT-ASSESSED")), "XR-ANOMALY-NOT-ASSESSED"),
        (clear_reading(anomaly=NO_ANSWER), "lane"),
        (clear_reading(risk=Risk(0.9, "red")), "lane"),
    ],
)  # fmt: skip
def test_what_was_read_in_part_or_leaves_a_doubt_is_unknown_with_its_reason(
    reading: Reading, code: str
) -> None:
    report = made_report(event_of(reading))
    assert (report.decision, report.abort, report.threats) == ("UNKNOWN", None, ())
    assert [reason.partition(":")[0] for reason in report.reasons] == [code]
    assert report.algorithm is not None
    assert report.algorithm.parameters["reason"] == code


@pytest.mark.parametrize(
    ("reading", "abort"),
    [
        (made_unread(), "OUT_OF_BOUNDS"),
        (made_unread("rejected", "incomplete_scan: the raw file did not come."), "INCOMPLETE_SCAN"),
        (made_unread("rejected", "corrupt_scan: it is cut off."), "INCOMPLETE_SCAN"),
        (made_unread("rejected", "not_calibrated: the air level is not known."), "FAILED_RECON"),
        (made_unread("rejected", "unsupported_format: no decoder."), "FAILED_RECON"),
        (made_unread("rejected", "too_large: 400 megapixels."), "OUT_OF_BOUNDS"),
        (replace(made_unread(reason="unavailable: the disk is full."), grade=None), "TIMEOUT"),
        (replace(made_unread(reason="internal: a defect."), grade=None), "NOT_REVIEWED"),
        (replace(made_unread(), reason=None, grade=None), "NOT_REVIEWED"),
    ],
)
def test_what_was_not_read_is_aborted_with_its_reason(reading: Reading, abort: str) -> None:
    report = made_report(event_of(reading))
    assert (report.decision, report.abort, report.threats) == ("UNKNOWN", abort, ())
    assert report.reasons
    assert reading.reason is None or report.reasons == (reading.reason,)


def test_findings_are_threats_with_place_probability_and_category() -> None:
    report = made_report(event_of(made_reading(verdicts=())))
    assert report.decision == "ALARM"
    bags, source, bricks = report.threats
    assert (bags.category, bags.flag, bags.probability) == ("CONTRABAND", "THREAT", 0.93)
    assert (bags.box, bags.mass_kg) == (Box(2105, 400, 190, 100), 63.0)
    assert bags.description.startswith("rip_off_bags, unit 1: Denser")
    assert (source.category, source.flag) == ("ANOMALY", "HIGH_THREAT")
    assert (bricks.category, bricks.mass_kg) == ("CONTRABAND", None)
    assert [reason.partition(":")[0] for reason in report.reasons] == ["XR-ANOMALY", "XR-MASS"]


def test_every_family_has_a_category_of_dicos_and_people_are_urgent() -> None:
    assert set(CATEGORIES) <= set(ANOMALY_FAMILIES)
    for family in ANOMALY_FAMILIES:
        reading = made_reading(findings=(finding("F1", family, 0.8, Box(1, 2, 3, 4)),), verdicts=())
        (threat,) = made_report(event_of(reading)).threats
        assert threat.category in get_args(Category)
        assert (threat.flag == "HIGH_THREAT") == (family in ("people", "shielded_nuclear"))
        assert family in threat.description


def test_an_alarm_without_a_place_is_about_all_units_and_not_lost() -> None:
    (threat,) = made_report(event_of(made_reading(findings=(), verdicts=()))).threats
    assert (threat.category, threat.probability, threat.box) == ("ANOMALY", 0.9, UNIT_BOX)
    (threat,) = made_report(event_of(made_reading(findings=(), verdicts=(), containers=()))).threats
    assert threat.box is None


@pytest.mark.parametrize("rule", ["empty", "mass", "commodity"])
def test_goods_that_are_not_those_declared_are_an_alarm_of_their_unit(rule: str) -> None:
    report = made_report(event_of(clear_reading(verdicts=(differs(rule),))))
    (threat,) = report.threats
    assert (report.decision, threat.category, threat.box) == ("ALARM", "ANOMALY", UNIT_BOX)
    assert threat.description == f"declaration mismatch ({rule}): It is not what was declared."
    assert threat.probability == 0.91


def test_it_names_the_images_the_container_and_the_machine() -> None:
    report = made_report(event_of(made_reading()))
    assert [(image.sop_class, image.sop_instance) for image in report.images] == [
        (DX, MADE_UP_UID),
        (DX, "2.25.9"),
    ]
    assert (report.object_id, report.study, report.device, report.site) == (
        CONTAINER,
        "2.25.7",
        "gate-1",
        "NLRTM",
    )
    assert (report.decided_at, report.acquired_at) == (AT, AT)
    assert report.algorithm is not None
    assert (report.algorithm.name, report.algorithm.version) == ("tallynet", "0.0.1")
    assert report.algorithm.parameters["thresholds"] == "sim-1"


def test_a_scan_that_did_not_come_as_dicos_has_a_study_of_its_own_each_time_the_same() -> None:
    report, again = (made_report(event_of(made_reading(), sidecar=FROM_TIFF)) for _ in range(2))
    assert report == again
    assert len(report.images) == 1
    assert report.study.startswith("2.25.")
    other = made_report(event_of(made_reading(), sidecar=FROM_TIFF, scan_id="another"))
    assert (other.study, other.images) != (report.study, report.images)


@pytest.mark.parametrize("extensions", [{"dicos": "text"}, {"dicos": {"StudyInstanceUID": 7}}, {"dicos": {}}])
def test_what_a_sender_puts_where_the_decoder_keeps_its_own_does_no_harm(
    extensions: dict[str, object],
) -> None:
    report = made_report(event_of(made_reading(), sidecar=Sidecar(extensions=extensions)))
    assert report.study.startswith("2.25.")


def test_the_container_is_known_of_a_scan_that_was_not_read() -> None:
    assert made_report(event_of(made_unread())).object_id == CONTAINER
    marks = Sidecar(units=(UnitMark(container_number="MSKU 9070323"), UnitMark(plate="AB-12-CD"),
                           UnitMark(container_number=MarkRead(as_read="-1", text=None))))  # fmt: skip
    assert made_report(event_of(made_unread(), sidecar=marks)).object_id == "MSKU9070323 / AB12CD"
    assert made_report(event_of(made_unread(), sidecar=None)).object_id.startswith("scan 5a4c7a57")


def test_the_uid_comes_of_the_reading_and_a_later_report_names_the_one_it_replaces() -> None:
    first = made_report(event_of(made_reading(), event_id="r1"))
    later = made_report(event_of(clear_reading(), event_id="r2", revision=2, supersedes="r1"))
    assert first.uid == report_uid("r1") == made_report(event_of(clear_reading(), event_id="r1")).uid
    assert (later.supersedes, later.number) == (first.uid, 2)
    assert later.series == first.series
    assert len(first.uid) <= 64
    assert first.uid != later.uid


def test_the_sidecar_of_the_scanner_gives_the_event_its_images_and_marks() -> None:
    data = event_of(made_unread(), sidecar=FROM_DICOS)["data"]
    assert [image["sop_instance"] for image in data["images"]] == [MADE_UP_UID, "2.25.9"]
    assert data["marks_read"] == []
