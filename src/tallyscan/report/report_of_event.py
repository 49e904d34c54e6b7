"""Which threat detection report an event makes, if any."""

from collections.abc import Callable
from typing import Any

from tallyscan.report.decision_event import DECISION_SCHEMA
from tallyscan.report.event import EVENT_SCHEMA
from tallyscan.report.ground_truth_report import ground_truth_report
from tallyscan.report.inspection_event import INSPECTION_SCHEMA
from tallyscan.report.machine_report import machine_report
from tallyscan.report.operator_report import operator_report
from tallyscan.report.threat_report import ThreatReport

_REPORTS: dict[str, Callable[[dict[str, Any], str], ThreatReport]] = {
    EVENT_SCHEMA: machine_report,
    DECISION_SCHEMA: operator_report,
    INSPECTION_SCHEMA: ground_truth_report,
}


def report_of_event(event: dict[str, Any], key: str) -> ThreatReport | None:
    """The report of the event of that idempotency key; None for an event that says nothing of what is in a scan."""
    makes = _REPORTS.get(event["dataschema"])
    return makes(event, key) if makes is not None else None
