"""The queue of a targeting officer over HTTP."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from sqlalchemy.orm import Session

from tallyscan.errors import NotFound
from tallyscan.risk import Lane
from tallyscan.statement import ConsignmentName
from tallyscan.store import alert_budgets
from tallyscan.store.queue_rows import renewals_waiting
from tallyscan.store.targeting_queue import (
    QueueAsked,
    QueueOrder,
    QueueState,
    SelectedFor,
    done_in_shift,
    queue_counts,
    queue_page,
    sites_in_queue,
    words_asked,
)
from tallyscan.triage.queue_place import WaitsFor
from tallyscan.web.errors import problem_responses
from tallyscan.web.gate import CallerDep
from tallyscan.web.own_sites import own_sites
from tallyscan.web.queue_documents import Queue, ShiftBudget, queue_entry
from tallyscan.web.queue_examples import QUEUE
from tallyscan.web.service import ServiceDep

MOST_ON_PAGE = 200
_Text = Annotated[str | None, Query(max_length=120)]

router = APIRouter(prefix="/v1/queue", tags=["targeting"])


@router.get(
    "",
    responses={
        200: {"content": {"application/json": {"example": QUEUE}}},
        **problem_responses(400, 422),
    },
)
def get_queue(
    service: ServiceDep,
    caller: CallerDep,
    state: Annotated[QueueState, Query(description="`open`: not released; `all`: both")] = "open",
    site: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=80,
            description="with what says of no site where it is; none: all of one's own",
        ),
    ] = None,
    lane: Annotated[list[Lane] | None, Query(description="any of these")] = None,
    waits_for: Annotated[list[WaitsFor] | None, Query(description="any of these")] = None,
    selected: Annotated[SelectedFor | None, Query(description="for this, and not done yet")] = None,
    scanned: Annotated[bool | None, Query(description="whether it has a scan")] = None,
    due_before: Annotated[AwareDatetime | None, Query(description="only what is due before that")] = None,
    text: _Text = None,
    trader: _Text = None,
    goods: _Text = None,
    consignment: Annotated[
        list[ConsignmentName] | None,
        Query(max_length=MOST_ON_PAGE, description="of these alone; `counts` are of all at the site"),
    ] = None,
    order: Annotated[QueueOrder, Query(description="how pressing, then by when; or by when first")] = "risk",
    limit: Annotated[int, Query(ge=1, le=MOST_ON_PAGE)] = 50,
    after: Annotated[str | None, Query(max_length=400, description="`next` of the page before")] = None,
) -> Queue:
    """Consignments, the most pressing first, each with its reason in one line; how many there are in each lane and how
    many wait for what; and what of the site's shift is done. Words in `text`, `trader` and `goods` each begin a word of
    what is declared: of numbers and marks, of consignor and consignee, of the goods.
    """
    asked = QueueAsked(
        state=state,
        site=site,
        own=caller.sites,
        lanes=tuple(lane or ()),
        waits_for=tuple(waits_for or ()),
        selected=selected,
        scanned=scanned,
        due_before=due_before.astimezone(UTC) if due_before else None,
        found_by=(*words_asked(text), *words_asked(trader, "trader"), *words_asked(goods, "goods")),
        consignments=tuple(consignment or ()),
    )
    with service.database.read() as session:
        lines, following = queue_page(session, asked, order, after=after, limit=limit)
        of_all = site is not None or caller.sites is None  # and nothing of sites that are not the caller's
        counts = queue_counts(session, replace(asked, consignments=()) if of_all else asked)
        budget = _budget(session, site, datetime.now(UTC)) if site is not None else None
        to_be_written = renewals_waiting(session)
    return Queue(tuple(map(queue_entry, lines)), following, counts, budget, to_be_written)


@router.get("/sites")
def get_queue_sites(service: ServiceDep, caller: CallerDep) -> dict[str, int]:
    """The caller's own sites that have consignments in the queue, as they are compared, with how many are not
    released."""
    with service.database.read() as session:
        counted = sites_in_queue(session)
    return {site: counted[site] for site in own_sites(caller, counted)}


def _budget(session: Session, site: str, at: datetime) -> ShiftBudget | None:
    try:
        budget = alert_budgets.budget_of(session, site)
    except NotFound:
        return None
    time = budget.shift_at(at)
    waits_for: WaitsFor = "second_reading" if budget.of == "second_readings" else "opening"
    return ShiftBudget(
        of=budget.of,
        shift=time.shift.name,
        begins_at=time.begins_at,
        ends_at=time.ends_at,
        budget=time.shift.budget,
        done=done_in_shift(session, site, budget.of, time.begins_at, time.ends_at),
        waiting=queue_counts(session, QueueAsked(site=site, waits_for=(waits_for,))).total,
    )
