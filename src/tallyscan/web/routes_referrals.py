"""Referrals: the cases that wait for an answer of an office, and what offices do about them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from tallyscan.decision import Decision
from tallyscan.referral import OfficeName, ReferralState, ReferralStep, ReferralStepSaid, ReferredTo
from tallyscan.store import queries
from tallyscan.store.queries import ScanView
from tallyscan.store.referrals import Referral, referral, referrals
from tallyscan.web.errors import problem_responses
from tallyscan.web.gate import CallerDep
from tallyscan.web.referral_examples import REFERRAL, REFERRAL_LIST, STEP, STEP_SAID
from tallyscan.web.service import ServiceDep
from tallyscan.web.small_body import SmallBodyRoute

_MOST_REASONS = 8

router = APIRouter(prefix="/v1/referrals", tags=["referrals"], route_class=SmallBodyRoute)


@dataclass(frozen=True)
class ReferralLinks:
    """Where the case is."""

    scan: str
    picture: str | None
    report: str | None
    sheet: str
    risk_record: str | None


@dataclass(frozen=True)
class ReferralCase:
    """A referral with its case. `referral` is the decision that makes it, `to` the office where it is now, null where
    none was named; `overdue`: it is open, and its time limit has passed. `lane` is that of the newest reading, null
    while the scan is read again; `reasons` what speaks for a closer look, in words.
    """

    id: UUID
    state: ReferralState
    referral: Decision
    to: ReferredTo | None
    overdue: bool
    steps: tuple[ReferralStep, ...]
    closed_at: datetime | None
    scan: str
    scan_name: str
    acquired_at: datetime | None
    revision: int
    consignment: str | None
    declared: str | None
    lane: str | None
    reasons: tuple[str, ...]
    links: ReferralLinks


@dataclass(frozen=True)
class ReferralList:
    """Referrals of one state at an office; `office` null: at every one. `more`: there are others than these."""

    office: str | None
    state: ReferralState
    referrals: tuple[ReferralCase, ...]
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
        Query(description="only what is at that office, and what names none; none: all of one's own"),
    ] = None,
    state: Annotated[ReferralState, Query()] = "open",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReferralList:
    """The cases that wait at an office, by their time limit; or those that were answered or withdrawn, newest first."""
    with service.database.read() as session:
        found = referrals(session, office=office, own=caller.sites, state=state, limit=limit + 1)
        cases = _cases(session, found[:limit])
    return ReferralList(office, state, cases, len(found) > limit)


@router.get(
    "/{referral_id}",
    responses={200: {"content": {"application/json": {"example": REFERRAL}}}, **problem_responses(404)},
)
def get_referral(referral_id: UUID, service: ServiceDep) -> ReferralCase:
    """One referral by the id of the decision that makes it, with its case and all that was done about it."""
    with service.database.read() as session:
        return _cases(session, (referral(session, str(referral_id)),))[0]


@router.post(
    "/{referral_id}/steps",
    status_code=201,
    response_model=ReferralStep,
    responses={
        200: {"model": ReferralStep, "description": "The same was on record already"},
        201: {"description": "On record", "content": {"application/json": {"example": STEP}}},
        **problem_responses(404, 409, 413, 422, 503),
    },
)
def post_step(
    referral_id: UUID, said: Annotated[ReferralStepSaid, Body(examples=[STEP_SAID])], service: ServiceDep
) -> JSONResponse:
    """Answer a referral, forward it to another office, or withdraw it. 409 says why it does not fit: it is closed
    already, another person answers than who referred it, and nobody else withdraws it.
    """
    recorded = service.recorder.answer(str(referral_id), said)
    where = f"/v1/referrals/{referral_id}"
    return JSONResponse(
        recorded.entry.model_dump(mode="json"), 201 if recorded.new else 200, {"Location": where}
    )


def _cases(session: Session, found: tuple[Referral, ...]) -> tuple[ReferralCase, ...]:
    views = queries.scans_named(session, [each.decision.scan_id for each in found])
    declared = queries.declared_goods(
        session, {view.consignment for view in views.values() if view.consignment}
    )
    return tuple(_case(each, views[each.decision.scan_id], declared) for each in found)


def _case(found: Referral, view: ScanView, declared: dict[str, str]) -> ReferralCase:
    limit = found.to.answer_by if found.to else None
    self = f"/v1/scans/{view.id}"
    path = quote(view.consignment, safe="") if view.consignment else None
    return ReferralCase(
        id=found.decision.id,
        state=found.state,
        referral=found.decision,
        to=found.to,
        overdue=found.state == "open" and limit is not None and limit < datetime.now(UTC),
        steps=found.steps,
        closed_at=found.closed_at,
        scan=view.id,
        scan_name=view.name,
        acquired_at=view.acquired_at,
        revision=view.revision,
        consignment=view.consignment,
        declared=declared.get(view.consignment or ""),
        lane=view.reading["risk"]["lane"] if view.reading else None,
        reasons=_reasons(view.reading or {}),
        links=ReferralLinks(
            scan=self,
            picture=f"{self}/picture" if view.picture_key else None,
            report=f"{self}/report" if view.report_key else None,
            sheet=f"{self}/sheet",
            risk_record=f"/v1/consignments/{path}/risk-record" if path else None,
        ),
    )


def _reasons(reading: dict[str, Any]) -> tuple[str, ...]:
    """Why it was not read, what was found and what differs, in the words of the reading."""
    unread = [reading["reason"]] if reading.get("reason") else []
    found = [f"{each['id']}: {each['explanation']}" for each in reading.get("findings", ())]
    differs = [each["reason"] for each in reading.get("verdicts", ()) if each["outcome"] == "differs"]
    return tuple((unread + found + differs)[:_MOST_REASONS])
