"""The first page: the newest scans with picture, declared goods, answer and lane. Plain HTML, no script."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from tallyscan import __version__
from tallyscan.risk import RiskRecord
from tallyscan.scanner_words import standing_in_words
from tallyscan.store import alert_budgets, queries, scanner_history
from tallyscan.store.alert_budgets import BudgetPlace
from tallyscan.store.held_events import standing_of_sinks
from tallyscan.store.join_views import count_waiting
from tallyscan.store.queries import ScanView
from tallyscan.store.risk_record import risk_record
from tallyscan.web.documents import links_of
from tallyscan.web.pages import PAGES
from tallyscan.web.record_words import LANE_IN_WORDS, came_in, risk_alone, risk_in_words, selections_in_words
from tallyscan.web.service import ServiceDep

_SCANS_ON_PAGE = 40
_IN_WORDS = {
    "received": "waiting",
    "reading": "being read",
    "not_readable": "not readable",
    "rejected": "rejected",
    "dead": "failed",
    "alarm": "alarm",
    "clear": "no anomaly found",
    "not_assessed": "not assessed",
}
_HOW_IN_WORDS = {
    "sender": "named by the sender",
    "declaration_beside": "declared beside the scan",
    "container_number": "by its container number",
    "plate": "by its plate",
    "units": "as all of its cargo units",
    "person": "decided by a person",
    None: "",
}

router = APIRouter(include_in_schema=False)


@router.get("/", response_class=HTMLResponse)
def first_page(
    service: ServiceDep,
    before: Annotated[str | None, Query(description="the last scan of the page before")] = None,
    unjoined: Annotated[bool, Query(description="only scans that wait for a join")] = False,
) -> HTMLResponse:
    """The newest scans; reloads itself as long as scans wait."""
    with service.database.read() as session:
        views = queries.scans(session, unjoined=unjoined, before=before, limit=_SCANS_ON_PAGE + 1)
        counts = queries.count_by_state(session)
        joins = count_waiting(session)
        consignments = {view.consignment for view in views if view.consignment}
        declared = queries.declared_goods(session, consignments)
        records = {each: risk_record(session, each) for each in consignments}
        outbox = standing_of_sinks(session)
        budgets = alert_budgets.places(session, [view.id for view in views])
        drifting = scanner_history.scanners_out_of_band(session)
    page = views[:_SCANS_ON_PAGE]
    html = PAGES.get_template("first_page.html").render(
        rows=[
            _row(
                view,
                declared.get(view.consignment or ""),
                budgets.get(view.id),
                records.get(view.consignment or ""),
            )
            for view in page
        ],
        counts=counts,
        joins=joins,
        unjoined=unjoined,
        total=sum(counts.values()),
        waiting=counts.get("received", 0) + counts.get("reading", 0),
        next=page[-1].id if len(views) > len(page) else None,
        first=before is None,
        stopped=service.stopped_parts(),
        held={sink: stands for sink, stands in outbox.items() if stands.undeliverable},
        untold=sum(stands.failing + stands.undeliverable + stands.behind for stands in outbox.values()),
        drifting={device: [standing_in_words(watch) for watch in of] for device, of in drifting.items()},
        model=service.model,
        version=__version__,
    )
    return HTMLResponse(html)


def _row(
    view: ScanView, declared: str | None, budget: BudgetPlace | None, record: RiskRecord | None
) -> dict[str, Any]:
    """The lane is that of the consignment, which its record has; of a scan without one, its own."""
    reading = view.reading or {}
    read = view.state == "read" and reading.get("status") == "read"
    decision = reading["anomaly"]["decision"] if read else "not_assessed"
    alone = risk_alone(view)
    risk = record.risk if record else alone
    differs = alone is not None and risk is not None and risk_in_words(alone) != risk_in_words(risk)
    verdicts = reading.get("verdicts", []) if read else []
    return {
        "view": view,
        "links": links_of(view),
        "answer": _IN_WORDS[decision if read else view.state],
        "answer_kind": decision if read else view.state,
        "lane": risk.lane if risk else None,
        "lane_in_words": LANE_IN_WORDS[risk.lane] if risk else "",
        "score": None if risk is None or risk.score is None else f"{risk.score:.2f}",
        "scan_alone": risk_in_words(alone) if alone and differs else None,
        "pending": record.pending if record else None,
        "selected_for": selections_in_words(record.selections) if record else (),
        "came_in": came_in(record) if record else (),
        "budget": budget if alone else None,
        "declared": declared,
        "join": view.join,
        "joined_how": _HOW_IN_WORDS[view.join.how],
        "differs": [verdict for verdict in verdicts if verdict["outcome"] == "differs"],
        "agrees": sum(verdict["outcome"] == "agrees" for verdict in verdicts),
        "undetermined": sum(verdict["outcome"] == "undetermined" for verdict in verdicts),
        "findings": [finding["kind"].replace("_", " ") for finding in reading.get("findings", [])]
        if read
        else [],
        "seconds": f"{reading['seconds']['total']:.1f} s" if read else "",
        "received": view.received_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
    }
