"""The event that tells outside that an officer referred a scan to somebody else, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, get_args
from uuid import uuid5

from pydantic import TypeAdapter

from tallyscan.decision import Decision
from tallyscan.referral import ReferralStep, ReferredTo
from tallyscan.report.event import EventLinks, NotBlank, RecordStep, Sequence, Source, Utc
from tallyscan.report.scan_in_event import ScanInEvent, links_of, scan_in_event, step_of, subject_of, utc
from tallyscan.reviewed_scan import ReviewedScan
from tallyscan.risk import RiskRecordEntry

ReferralEventType = Literal[
    "org.tallyscan.scan-referral.opened.v1",
    "org.tallyscan.scan-referral.forwarded.v1",
    "org.tallyscan.scan-referral.answered.v1",
    "org.tallyscan.scan-referral.withdrawn.v1",
]
OPENED, FORWARDED, ANSWERED, WITHDRAWN = get_args(ReferralEventType)
ReferralSchema = Literal["urn:tallyscan:schema:scan-referral:1.0"]
(REFERRAL_SCHEMA,) = get_args(ReferralSchema)
_TYPES: dict[str, ReferralEventType] = {
    "opened": OPENED,
    "forwarded": FORWARDED,
    "answered": ANSWERED,
    "withdrawn": WITHDRAWN,
}


@dataclass(frozen=True)
class ReferralTold:
    """`referral` is the decision that refers the scan; its `reason` says why. `to` is the office where it is now, null
    where none was named. `by_event` is the id of the event that opened or closed it: a decision, an undo or an
    inspection, which says the rest; its own id where an office said it: then `step` is what that said, and `record` the
    step in the risk record, null where the scan is of no consignment. A referral changes no risk."""

    scan: ScanInEvent
    referral: Decision
    to: ReferredTo | None
    step: ReferralStep | None
    by_event: NotBlank
    record: RecordStep | None
    links: EventLinks


@dataclass(frozen=True)
class ReferralEvent:
    """`subject` is the consignment, `scan/<id>` while a scan has none; `sequence` is that of `by_event`, which comes
    before, or of its own step."""

    specversion: Literal["1.0"]
    id: NotBlank
    source: Source
    type: ReferralEventType
    subject: NotBlank
    time: Utc
    datacontenttype: Literal["application/json"]
    dataschema: ReferralSchema
    sequence: Sequence
    data: ReferralTold


def referral_event(
    change: Literal["opened", "forwarded", "answered", "withdrawn"],
    referral: Decision,
    scan: ReviewedScan,
    *,
    to: ReferredTo | None,
    step: ReferralStep | None = None,
    by_event: str | None = None,
    entry: RiskRecordEntry | None = None,
    sequence: str,
    at: datetime,
    source: str,
) -> dict[str, Any]:
    """The CloudEvent, as docs/reference/event.schema.json describes it. What did it is an event, or else a step."""
    event_id = f"referral-{step.id if step else uuid5(referral.id, by_event or '')}"
    event = ReferralEvent(
        specversion="1.0",
        id=event_id,
        source=source,
        type=_TYPES[change],
        subject=subject_of(scan),
        time=utc(at),
        datacontenttype="application/json",
        dataschema=REFERRAL_SCHEMA,
        sequence=sequence,
        data=ReferralTold(
            scan=scan_in_event(scan),
            referral=referral,
            to=to,
            step=step,
            by_event=by_event or event_id,
            record=step_of(entry),
            links=links_of(scan),
        ),
    )
    document: dict[str, Any] = _adapter().dump_python(event, mode="json")
    return document


@cache
def _adapter() -> TypeAdapter[ReferralEvent]:
    return TypeAdapter(ReferralEvent)
