"""The published schema of the events that go outside."""

from typing import Any

from pydantic import TypeAdapter

from tallyscan.report.decision_event import DecisionEvent
from tallyscan.report.disposition_event import DispositionEvent
from tallyscan.report.event import AnyEvent
from tallyscan.report.incoming_event import IncomingEvent
from tallyscan.report.inspection_event import InspectionEvent
from tallyscan.report.join_event import JoinEvent
from tallyscan.report.quarantine_event import QuarantineEvent
from tallyscan.report.referral_event import ReferralEvent
from tallyscan.report.selection_event import SelectionEvent

_Told = (
    AnyEvent
    | DecisionEvent
    | ReferralEvent
    | InspectionEvent
    | JoinEvent
    | IncomingEvent
    | QuarantineEvent
    | SelectionEvent
    | DispositionEvent
)


_AUDIT_HEAD = {
    "type": "string",
    "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$",
    "description": "the signed head of the audit when the event left (docs/reference/audit.md); receivers keep it",
}


def event_schema() -> dict[str, Any]:
    """JSON Schema of every event, as published in docs/reference/event.schema.json; it holds the reading's."""
    schema = TypeAdapter(_Told).json_schema(by_alias=True, mode="serialization")
    for event in schema["$defs"].values():
        if "specversion" in event.get("properties", {}):
            event["properties"]["audithead"] = _AUDIT_HEAD
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:tallyscan:schema:event:1.0",
        **schema,
        "title": "Event",
        "description": "CloudEvent 1.0 in structured JSON mode. `scan-assessment`: `completed`, the first reading of a "
        "scan; `superseded`, one that replaces another; `failed`, it could not be read and is not clear. "
        "`scan-decision`: an officer's opinion, `made`, `corrected` or `undone`. `scan-referral`: a decision that asks "
        "somebody else, `opened`, `forwarded`, `answered` or `withdrawn`. `scan-inspection`: what a control of the "
        "load came to, `made` or `corrected`. `risk-score`, `weighing`, `control-result`, `interview`: what came in "
        "about a consignment from elsewhere, `recorded` or `corrected`. `selection`: a consignment is to be scanned "
        "or opened, `made`, or no longer, `withdrawn`. `disposition`: what an officer decided to do with a "
        "consignment, `made`, `corrected` or `undone`. `scan-join`: the scan came to a consignment, left it, "
        "or is in question there. `quarantine`: something came and could not be used, `added`. `scanner-watch`, of a "
        "scanner: it `left` what is usual for it, `returned`, or `settled` at another level. More properties and more "
        "types may be added; receivers ignore those they do not know.",
    }
