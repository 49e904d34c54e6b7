"""What an event of another installation tells: the way back from the documents that this package writes."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tallyscan.crossing_point import CrossingTold
from tallyscan.declaration import normal_mark
from tallyscan.errors import InvalidEvent
from tallyscan.incoming import Incoming
from tallyscan.report.decision_event import DecisionEvent, DecisionTold
from tallyscan.report.disposition_event import DispositionEvent, DispositionTold
from tallyscan.report.event import Assessment, Event
from tallyscan.report.incoming_event import IncomingEvent
from tallyscan.report.inspection_event import InspectionEvent, InspectionTold
from tallyscan.report.join_event import JoinData, JoinEvent
from tallyscan.report.referral_event import ReferralEvent, ReferralTold
from tallyscan.risk import Effect

_MODELS: dict[str, Any] = {
    "scan-assessment": Event,
    "scan-decision": DecisionEvent,
    "scan-referral": ReferralEvent,
    "scan-inspection": InspectionEvent,
    "scan-join": JoinEvent,
    "risk-score": IncomingEvent,
    "weighing": IncomingEvent,
    "control-result": IncomingEvent,
    "interview": IncomingEvent,
    "disposition": DispositionEvent,
}
"""By the part of the type that says what it is about; all others are kept as they are."""


def told_in(event: dict[str, Any]) -> CrossingTold:
    """What it says. Of a type that this version does not know, only that it was told. Raises `InvalidEvent`."""
    about, change = _type(event)
    model = _MODELS.get(about)
    if model is None:
        return CrossingTold(kind="other", change=change[:32], in_words=about[:80], sites=_sites_in(event))
    data = _parsed(model, event).data
    telling = next(tell for kind, tell in _TELLING if isinstance(data, kind))
    told: CrossingTold = telling(data, change)
    return replace(told, entry=event["id"]) if told.kind == "reading" else told


def incoming_in(event: dict[str, Any]) -> tuple[Incoming, Effect] | None:
    """What came in at the crossing point about a consignment, with its effect as that was stated there; None where the
    event tells something else. Raises `InvalidEvent`."""
    if _MODELS.get(_type(event)[0]) is not IncomingEvent:
        return None
    data = _parsed(IncomingEvent, event).data
    return data.entry, data.effect


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _parsed(model: Any, event: dict[str, Any]) -> Any:
    try:
        return _adapter(model).validate_python(event)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidEvent(
            f"The event is not what its type says: {where}: {first['msg']}.",
            remedy="The versions of the two installations may not fit together.",
        ) from error


def _type(event: dict[str, Any]) -> tuple[str, str]:
    """`scan-decision` and `made`, of `org.tallyscan.scan-decision.made.v1`."""
    words = str(event.get("type", "")).split(".")
    if len(words) != 5 or words[:2] != ["org", "tallyscan"]:
        raise InvalidEvent("The event is of no type of this service.", remedy="See docs/reference/events.md.")
    return words[2], words[3]


def _sites_in(event: dict[str, Any]) -> tuple[str, ...]:
    data = event.get("data")
    named = data.get("sites") or [data.get("site")] if isinstance(data, dict) else []
    return _keys([site for site in named if isinstance(site, str)] if isinstance(named, list) else [])


def _keys(sites: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for site in sites if site and (key := normal_mark(site)[:80])))


def _reading(data: Assessment, change: str) -> CrossingTold:
    reading = data.reading
    return CrossingTold(
        kind="reading",
        change=change,
        in_words=reading.reason or f"Read: lane {reading.risk.lane}.",
        consignment=data.consignment,
        sites=_keys([data.site]),
        scan=data.scan_id,
        part_of=data.part_of,
        replaces=data.supersedes,
        revision=data.revision,
        status=reading.status,
        reason=reading.reason,
        risk=reading.risk,
        link=data.links.scan,
    )


def _join(data: JoinData, change: str) -> CrossingTold:  # noqa: ARG001  its own word is in the data
    return CrossingTold(
        kind="join",
        change=data.change,
        in_words=data.why,
        consignment=data.consignment,
        moved_to=data.other_consignment if data.change == "moved_away" else None,
        scan=data.scan_id,
        by=data.decided_by,
        link=data.links.scan,
    )


def _decision(data: DecisionTold, change: str) -> CrossingTold:
    decision = data.decision
    return CrossingTold(
        kind="decision",
        change=change,
        in_words=data.effect.in_words,
        what="undone" if data.undone_by else decision.decision,
        consignment=data.scan.consignment,
        sites=_keys([data.scan.site]),
        scan=data.scan.scan_id,
        entry=str(decision.id),
        replaces=str(decision.corrects) if decision.corrects else None,
        risk=data.effect.risk,
        by=data.undone_by or decision.by,
        reader=decision.reader,
        link=data.links.scan,
    )


def _inspection(data: InspectionTold, change: str) -> CrossingTold:
    inspection = data.inspection
    return CrossingTold(
        kind="inspection",
        change=change,
        in_words=data.effect.in_words,
        what=inspection.result,
        consignment=data.scan.consignment,
        sites=_keys([data.scan.site]),
        scan=data.scan.scan_id,
        entry=str(inspection.id),
        replaces=str(inspection.corrects) if inspection.corrects else None,
        risk=data.effect.risk,
        by=inspection.by,
        looked_inside=inspection.result in ("found", "nothing", "discrepancy"),
        link=data.links.scan,
    )


def _referral(data: ReferralTold, change: str) -> CrossingTold:
    to = f" to {data.to.office}" if data.to else ""
    return CrossingTold(
        kind="referral",
        change=change,
        in_words=f"{change}{to}: {data.referral.reason}",
        consignment=data.scan.consignment,
        sites=_keys([data.scan.site]),
        scan=data.scan.scan_id,
        by=data.step.by if data.step else data.referral.by,
        link=data.links.scan,
    )


def _disposition(data: DispositionTold, change: str) -> CrossingTold:
    said = data.disposition
    document: dict[str, Any] = said.model_dump(mode="json")
    entry = said.id
    if data.step is not None:
        document, entry = data.step.model_dump(mode="json"), data.step.id
    elif data.undone_by is not None:
        document = {
            "id": str(said.id),
            "consignment": said.consignment,
            "undoes": str(said.id),
            "by": data.undone_by,
            "at": said.received_at.isoformat(),
        }
    return CrossingTold(
        kind="disposition",
        change=change,
        in_words=data.in_words,
        what=said.disposition if change in ("made", "corrected") else change,
        consignment=data.consignment,
        sites=_keys(data.sites),
        entry=str(entry),
        replaces=str(said.corrects) if said.corrects else None,
        by=data.undone_by or (data.step or said).by,
        link=data.links.risk_record,
        document=document,
    )


def _incoming(data: Any, change: str) -> CrossingTold:
    return CrossingTold(
        kind="incoming",
        change=change,
        in_words=data.effect.in_words,
        consignment=data.consignment,
        sites=_keys(data.sites),
        entry=str(data.entry.id),
        by=data.entry.by,
        link=data.links.risk_record,
    )


_TELLING: tuple[tuple[type, Callable[[Any, str], CrossingTold]], ...] = (
    (Assessment, _reading),
    (JoinData, _join),
    (DecisionTold, _decision),
    (InspectionTold, _inspection),
    (ReferralTold, _referral),
    (DispositionTold, _disposition),
    (object, _incoming),
)
