"""The events of decisions and inspections follow the published schema, which refuses what would mislead."""

import copy
import json
from typing import Any

import jsonschema
import pytest

from tallyscan.report.report_of_event import report_of_event
from tallyscan.risk import Risk, RiskRecordEntry
from tests.report.sink_reading import event_validator
from tests.report.test_event import _undescribed
from tests.review.builders import (
    AT,
    clear,
    decided,
    decision,
    found,
    inspected,
    inspection,
    one,
    reviewed,
    suspicious,
    undo_of,
)

ENTRY = RiskRecordEntry(7, AT, "decision_clear", "s1", 2, Risk(0.9, "red"), supersedes=4)
IN_A_CONSIGNMENT = {
    "scan": reviewed(consignment="A/B 1"),
    "entry": ENTRY,
    "sequence": 7,
}
NOTHING_KNOWN = reviewed(
    revision=0, status=None, units={}, device=None, acquired_at=None, site=None, marks_read=(), images=()
)
EVENTS = {
    "decision": decided(decision(1)),
    "suspicion": decided(decision(1, **suspicious(seconds=3, comment="ü")), **IN_A_CONSIGNMENT),
    "correction": decided(decision(2, corrects=one(1)), number=2),
    "undo": decided(decision(1), undo=undo_of(decision(1)), standing=None, number=2),
    "decision on nothing": decided(
        decision(1, **clear(decision="refer", reason="documents", revision=0)), NOTHING_KNOWN
    ),
    "find": inspected(inspection(1, **found(office="XX1", reference="R-1")), **IN_A_CONSIGNMENT),
    "inspection": inspected(inspection(1), NOTHING_KNOWN),
    "corrected inspection": inspected(inspection(2, corrects=one(1)), number=2),
}


def check(event: dict[str, Any]) -> None:
    event_validator().validate(json.loads(json.dumps(event, allow_nan=False)))


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_follows_the_schema_and_makes_a_report(name: str) -> None:
    check(EVENTS[name])
    assert report_of_event(EVENTS[name], EVENTS[name]["id"]) is not None


@pytest.mark.parametrize("name", EVENTS)
def test_the_schema_describes_every_property(name: str) -> None:
    kind = "InspectionEvent" if "inspection" in EVENTS[name]["type"] else "DecisionEvent"
    schema = event_validator().schema["$defs"][kind]
    assert _undescribed(EVENTS[name], schema, "event") == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("decision", "scan-decision.made"),
        ("correction", "scan-decision.corrected"),
        ("undo", "scan-decision.undone"),
        ("find", "scan-inspection.made"),
        ("corrected inspection", "scan-inspection.corrected"),
    ],
)
def test_the_type_says_what_happened(name: str, kind: str) -> None:
    assert EVENTS[name]["type"] == f"org.tallyscan.{kind}.v1"


def test_who_replaces_names_the_event_before() -> None:
    before = EVENTS["decision"]["id"]
    assert before == f"decision-{one(1)}"
    assert EVENTS["correction"]["data"]["supersedes"] == EVENTS["undo"]["data"]["supersedes"] == before
    assert EVENTS["corrected inspection"]["data"]["supersedes"] == f"inspection-{one(1)}"
    assert len({event["id"] for event in EVENTS.values()}) == 5


def test_its_subject_is_the_consignment_or_the_scan() -> None:
    event = EVENTS["find"]
    assert (event["subject"], event["sequence"], event["data"]["record"]["sequence"]) == ("A/B 1", "7", 7)
    assert event["data"]["links"]["risk_record"] == "/v1/consignments/A%2FB%201/risk-record"
    alone = EVENTS["inspection"]
    assert alone["subject"] == f"scan/{alone['data']['scan']['scan_id']}"
    assert (alone["data"]["record"], alone["data"]["links"]["risk_record"]) == (None, None)


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("decision", ("type",), "org.tallyscan.scan-inspection.made.v1"),
        ("decision", ("data", "decision", "decision"), "perhaps"),
        ("decision", ("data", "decision", "reason"), "because"),
        ("decision", ("data", "decision", "marks_shown"), None),
        ("decision", ("data", "decision"), {}),
        ("decision", ("data", "scan", "status"), "clear"),
        ("decision", ("data", "effect"), None),
        ("find", ("data", "inspection", "opened"), True),
        ("find", ("data", "inspection", "items", 0, "mass_kg"), -1),
        ("find", ("data", "record", "risk", "lane"), "not_assessed"),
        ("find", ("time",), "yesterday"),
        ("find", ("sequence",), 7),
    ],
)
def test_the_schema_refuses_what_would_mislead(name: str, path: tuple[Any, ...], value: Any) -> None:
    event = copy.deepcopy(EVENTS[name])
    target: Any = event
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        check(event)


def test_an_event_of_another_kind_makes_no_report() -> None:
    assert report_of_event(EVENTS["decision"] | {"dataschema": "urn:tallyscan:schema:other:1.0"}, "k") is None
