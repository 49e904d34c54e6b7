from dataclasses import replace
from datetime import UTC, datetime

import jsonschema
import pytest

from tallyscan.report.event_schema import event_schema
from tallyscan.report.selection_event import selection_event
from tallyscan.selection import Selection, SelectionReason

AT = datetime(2026, 2, 1, 12, tzinfo=UTC)
REASON = SelectionReason("hit", "p", 1, "scan", 2, 0.5, True, "A profile (p v1)", ("Who loaded it?",))
MADE = Selection(
    consignment="C 1/a",
    stage="before_scan",
    sequence=2,
    supersedes=1,
    at=AT,
    declaration_version=1,
    sites=("XXOFF001",),
    selected=True,
    actions=("scan",),
    priority=2,
    in_words="A profile (p v1)",
    interview=("Who loaded it?",),
    chances={"scan": 0.5},
    reasons=(REASON,),
)
WITHDRAWN = replace(
    MADE, sequence=3, supersedes=2, selected=False, actions=(), priority=None, reasons=(), chances={}
)


@pytest.mark.parametrize(("selection", "kind"), [(MADE, "made"), (WITHDRAWN, "withdrawn")])
def test_a_selection_is_told_as_the_schema_says(selection: Selection, kind: str) -> None:
    event = selection_event(selection, source="urn:tallyscan:here")
    jsonschema.Draft202012Validator(event_schema()).validate(event)
    assert event["type"] == f"org.tallyscan.selection.{kind}.v1"
    assert event["subject"] == "selection/before_scan/C 1/a"
    assert event["data"]["links"] == {
        "selections": "/v1/consignments/C%201%2Fa/selections",
        "risk_record": "/v1/consignments/C%201%2Fa/risk-record",
    }


def test_events_name_the_one_that_they_replace_and_the_same_step_is_the_same_event() -> None:
    made = selection_event(MADE, source="urn:tallyscan:here")
    withdrawn = selection_event(WITHDRAWN, source="urn:tallyscan:here")
    assert withdrawn["data"]["supersedes"] == made["id"]
    assert selection_event(MADE, source="urn:tallyscan:here") == made
    assert len(made["id"]) <= 64
    assert (
        selection_event(replace(MADE, supersedes=None, sequence=1), source="x")["data"]["supersedes"] is None
    )
