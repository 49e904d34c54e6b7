"""Referrals: the cases that wait for an answer of an office, and what offices do about them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from tallyscan.access.caller import Caller
from tallyscan.decision import Decision
from tallyscan.disposition import Disposition
from tallyscan.referral import OfficeName, ReferralState, ReferralStep, ReferralStepSaid, ReferredTo
from tallyscan.store import queries
from tallyscan.store.consignment_referrals import (
    ConsignmentReferral,
    consignment_referral,
    consignment_referrals,
    newest_scans,
    refers_consignment,
)
from tallyscan.store.queries import ScanView
from tallyscan.store.referrals import Referral, referral, referrals
from tallyscan.store.whose_site import sites_of_referral
from tallyscan.web.errors import problem_responses
from tallyscan.web.gate import CallerDep
from tallyscan.web.referral_examples import REFERRAL, REFERRAL_LIST, STEP, STEP_SAID
from tallyscan.web.referred import is_past, time_has_passed
from tallyscan.web.service import Service, ServiceDep
from tallyscan.web.small_body import SmallBodyRoute
from tallyscan.web.withheld import TELLS_BOTH, hidden_consignments, hidden_scans

_MOST_REASONS = 8
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)
Found = Referral | ConsignmentReferral

router = APIRouter(prefix="/v1/referrals", tags=["referrals"], route_class=SmallBodyRoute)


@dataclass(frozen=True)
class ReferralLinks:
    """Where the case is; of a consignment that is not scanned there is the risk record alone."""

    scan: str | None
    picture: str | None
    report: str | None
    sheet: str | None
    risk_record: str | None


@dataclass(frozen=True)
class ReferralCase:
    """A referral with its case. `referral` is the decision that makes it, or the disposition of a consignment: then
    `scan` is its newest scan, null where it has none. `to` is the office where it is now, null where none was
    named; `overdue`: it is open, and its time limit has passed. `lane` is that of the newest reading, null while the
    scan is read again; `reasons` what speaks for a closer look, in words.
    """

    id: UUID
    state: ReferralState
    referral: Decision | Disposition
    to: ReferredTo | None
    overdue: bool
    steps: tuple[ReferralStep, ...]
    closed_at: datetime | None
    scan: str | None
    scan_name: str | None
    acquired_at: datetime | None
    revision: int
    consignment: str | None
    declared: str | None
    lane: str | None
    reasons: tuple[str, ...]
    links: ReferralLinks


@dataclass(frozen=True)
class PastReferral:
    """A case of another site that was referred to an office until `answer_by`, by whom: it sees the case no more."""

    id: UUID
    office: str
    answer_by: datetime
    by: str


@dataclass(frozen=True)
class ReferralList:
    """Referrals of one state at an office; `office` null: at every one. `past`: those whose time has passed for who
    asks. `more`: there are others than these.
    """

    office: str | None
    state: ReferralState
    referrals: tuple[ReferralCase, ...]
    past: tuple[PastReferral, ...]
    more: bool


@router.get(
    "",
    responses={200: {"content": {"application/json": {"example": REFERRAL_LIST}}}, **problem_responses(422)},
)
def list_referrals(
    service: ServiceDep,
    caller: CallerDep,
    office: Annotated[
        OfficeName | None,
        Query(
            description="only what is there, and what names none of scans at one's own sites; none: all of one's own"
        ),
    ] = None,
    state: Annotated[ReferralState, Query()] = "open",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReferralList:
    """The cases that wait at an office, by their time limit; or those that were answered or withdrawn, newest first.
    What an operator still has to read, or what another one reads after them, is not listed for them. Of a case of
    another site whose time has passed there is only who referred it, to be asked for more.
    """
    with service.database.read() as session:
        own = caller.sites
        of_scans = referrals(session, office=office, own=own, state=state, limit=limit + 1)
        of_consignments = consignment_referrals(session, office=office, own=own, state=state, limit=limit + 1)
        found = _in_order([*of_scans, *of_consignments], state)
        told = _told(session, service, caller, found[:limit])
        past = tuple(_past(session, caller, told))
        ids = {each.id for each in past}
        cases = _cases(session, [each for each in told if _made_by(each).id not in ids])
    return ReferralList(office, state, cases, past, len(found) > limit)


@router.get(
    "/{referral_id}",
    dependencies=[TELLS_BOTH],
    responses={
        200: {"content": {"application/json": {"example": REFERRAL}}},
        **problem_responses(403, 404),
    },
)
def get_referral(referral_id: UUID, service: ServiceDep) -> ReferralCase:
    """One referral by the id of the decision or disposition that makes it, with its case and what was done about it."""
    with service.database.read() as session:
        of_consignment = refers_consignment(session, str(referral_id)) is not None
        found = (consignment_referral if of_consignment else referral)(session, str(referral_id))
        return _cases(session, [found])[0]


@router.post(
    "/{referral_id}/steps",
    status_code=201,
    response_model=ReferralStep,
    responses={
        200: {"model": ReferralStep, "description": "The same was on record already"},
        201: {"description": "On record", "content": {"application/json": {"example": STEP}}},
        **problem_responses(403, 404, 409, 413, 422, 503),
    },
)
def post_step(
    referral_id: UUID,
    said: Annotated[ReferralStepSaid, Body(examples=[STEP_SAID])],
    caller: CallerDep,
    service: ServiceDep,
) -> JSONResponse:
    """Answer a referral, forward it to another office, or withdraw it. 409 says why it does not fit: it is closed
    already, another person answers than who referred it, and nobody else withdraws it. 403 where the time of an office
    of another site has passed.
    """
    with service.database.read() as session:
        of_consignment = refers_consignment(session, str(referral_id)) is not None
        found = (consignment_referral if of_consignment else referral)(session, str(referral_id))
        known = said.id_for(str(referral_id)) in {step.id for step in found.steps}
        if not known and (until := _past_until(session, caller, found)) is not None:
            raise time_has_passed(until)
    answer = service.disposer.answer if of_consignment else service.recorder.answer
    recorded = answer(str(referral_id), said)
    where = f"/v1/referrals/{referral_id}"
    return JSONResponse(
        recorded.entry.model_dump(mode="json"), 201 if recorded.new else 200, {"Location": where}
    )


def _told(session: Session, service: Service, caller: Caller, found: list[Found]) -> list[Found]:
    scans = {each.decision.scan_id for each in found if isinstance(each, Referral)}
    whole = {each.disposition.consignment for each in found if isinstance(each, ConsignmentReferral)}
    hidden = hidden_scans(session, service, caller, scans) | hidden_consignments(
        session, service, caller, whole
    )
    return [
        each
        for each in found
        if (each.decision.scan_id if isinstance(each, Referral) else each.disposition.consignment)
        not in hidden
    ]


def _past(session: Session, caller: Caller, found: list[Found]) -> Iterator[PastReferral]:
    for each in found:
        until, made_by = _past_until(session, caller, each), _made_by(each)
        if until is not None and each.to is not None:
            yield PastReferral(made_by.id, each.to.office, until, made_by.by)


def _past_until(session: Session, caller: Caller, found: Found) -> datetime | None:
    """When the time passed of an office of another site that is asked; None where it has not, or it is of their own."""
    if not _is_overdue(found) or caller.is_at(sites_of_referral(session, str(_made_by(found).id))):
        return None
    return _answer_by(found)


def _is_overdue(found: Found) -> bool:
    return found.state == "open" and is_past(_answer_by(found))


def _in_order(found: list[Found], state: ReferralState) -> list[Found]:
    """What is open by its time limit and then as it was opened, what is closed the newest first."""
    if state != "open":
        return sorted(found, key=lambda each: each.closed_at or _NEVER, reverse=True)
    return sorted(found, key=lambda each: (_answer_by(each) or _NEVER, _made_by(each).received_at))


def _answer_by(found: Found) -> datetime | None:
    return found.to.answer_by if found.to else None


def _made_by(found: Found) -> Decision | Disposition:
    return found.decision if isinstance(found, Referral) else found.disposition


def _cases(session: Session, found: Sequence[Found]) -> tuple[ReferralCase, ...]:
    consignments = [each.disposition.consignment for each in found if isinstance(each, ConsignmentReferral)]
    newest = newest_scans(session, consignments)
    scans = [
        each.decision.scan_id if isinstance(each, Referral) else newest.get(each.disposition.consignment)
        for each in found
    ]
    views = queries.scans_named(session, [scan for scan in scans if scan is not None])
    of_scans = {view.consignment for view in views.values() if view.consignment}
    declared = queries.declared_goods(session, of_scans | set(consignments))
    return tuple(
        _case(each, views[scan] if scan else None, declared) for each, scan in zip(found, scans, strict=True)
    )


def _case(found: Found, view: ScanView | None, declared: dict[str, str]) -> ReferralCase:
    made_by = _made_by(found)
    of_scan = view.consignment if view else None
    consignment = made_by.consignment if isinstance(made_by, Disposition) else of_scan
    self = f"/v1/scans/{view.id}" if view else None
    path = quote(consignment, safe="") if consignment else None
    reading = (view.reading if view else None) or {}
    return ReferralCase(
        id=made_by.id,
        state=found.state,
        referral=made_by,
        to=found.to,
        overdue=_is_overdue(found),
        steps=found.steps,
        closed_at=found.closed_at,
        scan=view.id if view else None,
        scan_name=view.name if view else None,
        acquired_at=view.acquired_at if view else None,
        revision=view.revision if view else 0,
        consignment=consignment,
        declared=declared.get(consignment or ""),
        lane=reading["risk"]["lane"] if reading else None,
        reasons=_reasons(reading),
        links=ReferralLinks(
            scan=self,
            picture=f"{self}/picture" if view and view.picture_key else None,
            report=f"{self}/report" if view and view.report_key else None,
            sheet=f"{self}/sheet" if self else None,
            risk_record=f"/v1/consignments/{path}/risk-record" if path else None,
        ),
    )


def _reasons(reading: dict[str, Any]) -> tuple[str, ...]:
    """Why it was not read, what was found and what differs, in the words of the reading."""
    unread = [reading["reason"]] if reading.get("reason") else []
    found = [f"{each['id']}: {each['explanation']}" for each in reading.get("findings", ())]
    differs = [each["reason"] for each in reading.get("verdicts", ()) if each["outcome"] == "differs"]
    return tuple((unread + found + differs)[:_MOST_REASONS])
