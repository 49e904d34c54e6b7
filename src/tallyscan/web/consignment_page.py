"""The page of one consignment: its risk and what it is made of, its scans, what was said and what came in."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from tallyscan.risk import RiskRecordEntry
from tallyscan.store import queries
from tallyscan.store.risk_record import risk_record
from tallyscan.web.documents import links_of
from tallyscan.web.errors import problem_responses
from tallyscan.web.pages import PAGES
from tallyscan.web.record_words import (
    INDICATORS_IN_WORDS,
    LANE_IN_WORDS,
    STEPS_IN_WORDS,
    control_in_words,
    decision_in_words,
    inspection_in_words,
    risk_alone,
    risk_in_words,
    score_in_words,
    selections_in_words,
    weighing_in_words,
)
from tallyscan.web.routes_consignments import ConsignmentId
from tallyscan.web.service import ServiceDep

_MOST_SCANS = 200
_MOST_STEPS = 200

router = APIRouter(include_in_schema=False)


@router.get("/consignments/{consignment:path}", response_class=HTMLResponse, responses=problem_responses(404))
def consignment_page(consignment: ConsignmentId, service: ServiceDep) -> HTMLResponse:
    """The risk record of one consignment, to be read by a person; its newest scans and steps."""
    with service.database.read() as session:
        record = risk_record(session, consignment)
        views = queries.scans(session, consignment=consignment, limit=_MOST_SCANS)
        declared = queries.declared_goods(session, {consignment}).get(consignment)
    incoming = [
        *((entry, score_in_words(entry)) for entry in record.risk_scores),
        *((entry, control_in_words(entry)) for entry in record.control_results),
        *((entry, weighing_in_words(entry)) for entry in record.weighings),
    ]
    said = [
        *((entry, decision_in_words(entry)) for entry in record.decisions),
        *((entry, inspection_in_words(entry)) for entry in record.inspections),
    ]
    html = PAGES.get_template("consignment.html").render(
        record=record,
        declared=declared,
        scans=[
            {"view": view, "links": links_of(view), "risk": risk_in_words(alone) if alone else "waits"}
            for view, alone in ((view, risk_alone(view)) for view in views)
        ],
        selected=selections_in_words(record.selections),
        questions=list(dict.fromkeys(each for stage in record.selections for each in stage.interview)),
        incoming=sorted(incoming, key=lambda each: each[0].at),
        said=sorted(said, key=lambda each: each[0].at),
        steps=[_step(entry) for entry in record.history[: -_MOST_STEPS - 1 : -1]],
        earlier_steps=max(len(record.history) - _MOST_STEPS, 0),
        lane_in_words=LANE_IN_WORDS,
        indicator_in_words=INDICATORS_IN_WORDS,
        step_in_words=STEPS_IN_WORDS,
    )
    return HTMLResponse(html)


def _step(entry: RiskRecordEntry) -> dict[str, Any]:
    return {
        "number": entry.sequence,
        "at": entry.at,
        "event": entry.event.replace("_", " "),
        "scan": entry.scan_id,
        "declaration_version": entry.declaration_version,
        "risk": risk_in_words(entry.risk),
        "lane": entry.risk.lane,
    }
