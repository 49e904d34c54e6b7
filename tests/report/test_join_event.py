from datetime import UTC, datetime, timedelta, timezone

import pytest

from tallyscan.join.change import Change, JoinChange
from tallyscan.report.join_event import join_event
from tallyscan.risk import Risk, RiskRecordEntry
from tests.report.sink_reading import event_validator

AT = datetime(2026, 2, 1, 12, tzinfo=UTC)
ENTRY = RiskRecordEntry(3, AT, "scan_moved_away", "s1", 1, Risk(None, "not_assessed"), 2)


@pytest.mark.parametrize(
    ("change", "other", "decided_by"),
    [("moved_away", "C/2", "Officer 12"), ("moved_away", None, None), ("questioned", None, None)],
)
def test_a_change_of_a_join_is_told_as_the_schema_says(
    change: Change, other: str | None, decided_by: str | None
) -> None:
    at = AT.astimezone(timezone(timedelta(hours=5)))
    told = JoinChange("s1", change, "C 1", other, "plate", 0.97, "It fits.", decided_by, at, ENTRY)
    event = join_event(told, source="urn:tallyscan:here")
    event_validator().validate(event)
    assert (event["subject"], event["sequence"], event["time"]) == ("C 1", "3", "2026-02-01T12:00:00Z")
    assert event["data"]["record"] == {
        "sequence": 3,
        "supersedes": 2,
        "risk": {"score": None, "lane": "not_assessed", "indicators": []},
    }
    assert event["data"]["links"]["risk_record"] == "/v1/consignments/C%201/risk-record"
    assert (event["data"]["other_consignment"], event["data"]["decided_by"]) == (other, decided_by)
