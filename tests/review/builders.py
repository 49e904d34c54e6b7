"""What invented officers and inspectors say of an invented scan, and the events that tell it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from tallyscan.decision import Decision, DecisionHistory, DecisionSaid, Undo
from tallyscan.inspection import Inspection, InspectionSaid
from tallyscan.referral import ReferralStep
from tallyscan.report.decision_event import decision_event
from tallyscan.report.inspection_event import inspection_event
from tallyscan.report.review_risk import effect_of_decision, effect_of_inspection
from tallyscan.reviewed_scan import ReviewedScan
from tallyscan.scan import Box

SCAN = "5a4c7a57-3b1f-4b6e-9d38-3f7f0f6f0c11"
AT = datetime(2026, 2, 1, 10, 0, 2, tzinfo=UTC)
DX = "1.2.840.10008.5.1.4.1.1.501.2.2"
IMAGE = {"study": "2.25.7", "sop_class": DX, "sop_instance": "2.25.9", "object_id": "CSQU3054383"}
UNIT = Box(120, 40, 2200, 480)
BOX = Box(2105, 400, 190, 100)


def one(number: int) -> UUID:
    return uuid5(UUID(int=0), str(number))


def clear(**changes: Any) -> dict[str, Any]:
    """The body of a decision, as a client sends it."""
    said = {
        "by": "officer-7",
        "decision": "clear",
        "reason": "nothing_found",
        "revision": 1,
        "marks_shown": True,
    }
    return said | changes


def suspicious(**changes: Any) -> dict[str, Any]:
    regions = [{"box": list(BOX), "family": "rip_off_bags"}]
    return clear(decision="suspicious", reason="anomaly", regions=regions) | changes


def found(**changes: Any) -> dict[str, Any]:
    """The body of an inspection, as a client sends it."""
    item = {"family": "cigarettes_behind_cover", "hs": "240220", "count": 400000, "count_of": "cigarettes",
            "mass_kg": 520.0, "box": list(BOX), "unit": 1}  # fmt: skip
    return {"by": "inspector-3", "opened": "wholly", "found": True, "items": [item]} | changes


def nothing(**changes: Any) -> dict[str, Any]:
    return found(found=False, items=[]) | changes


def decision(number: int = 1, **said: Any) -> Decision:
    recorded = {"id": one(number), "at": AT, "scan_id": SCAN, "received_at": AT}
    return Decision.model_validate(clear() | said | recorded)


def inspection(number: int = 1, **said: Any) -> Inspection:
    recorded = {"id": one(number), "at": AT, "scan_id": SCAN, "received_at": AT}
    return Inspection.model_validate(nothing() | said | recorded)


def step_said(step: str = "answered", **changes: Any) -> dict[str, Any]:
    """The body of a step of a referral, as a client sends it."""
    code = {"code": "open_load"} if step == "answered" else {}
    return {"by": "contact-1", "step": step, "comment": "As we know the consignee.", **code} | changes


def step_of(step: str = "answered", number: int = 9, **changes: Any) -> ReferralStep:
    recorded = {"id": one(number), "at": AT, "referral": one(1), "scan_id": SCAN, "received_at": AT}
    return ReferralStep.model_validate(step_said(step, **changes) | recorded)


def undo_of(made: Decision) -> Undo:
    return Undo(id=uuid5(made.id, "undo"), scan_id=made.scan_id, undoes=made.id, by=made.by, at=AT)


def reviewed(**changes: Any) -> ReviewedScan:
    """A scan that was read once, and came as DICOS."""
    given: dict[str, Any] = {
        "scan_id": SCAN,
        "consignment": None,
        "revision": 1,
        "status": "read",
        "reason": None,
        "units": {1: UNIT},
        "device": "gate-1",
        "acquired_at": AT,
        "site": "NLRTM",
        "marks_read": ("CSQU3054383",),
        "images": (IMAGE,),
    }
    return ReviewedScan(**(given | changes))


def decided(made: Decision, scan: ReviewedScan | None = None, **changes: Any) -> dict[str, Any]:
    """The event of a decision; with `undo` and what stands then, of its being taken back."""
    said = DecisionSaid.model_validate(made.model_dump(exclude={"scan_id", "received_at", "blind"}))
    given: dict[str, Any] = {"standing": made, "number": 1, "entry": None, "sequence": 2}
    given["source"] = "urn:tallyscan:invented"
    return decision_event(scan or reviewed(), made, effect_of_decision(said), **(given | changes))


def inspected(made: Inspection, scan: ReviewedScan | None = None, **changes: Any) -> dict[str, Any]:
    """The event of an inspection."""
    said = InspectionSaid.model_validate(made.model_dump(exclude={"scan_id", "received_at", "blind"}))
    given: dict[str, Any] = {"number": 1, "entry": None, "sequence": 2, "source": "urn:tallyscan:invented"}
    return inspection_event(scan or reviewed(), made, effect_of_inspection(said), **(given | changes))


def history(*decisions: Decision, undone: tuple[Decision, ...] = ()) -> DecisionHistory:
    return DecisionHistory(decisions, tuple(undo_of(each) for each in undone))
