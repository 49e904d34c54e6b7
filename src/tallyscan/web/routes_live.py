"""Watching a site live: server-sent events of what arrives, is read, is selected and decided."""

from collections.abc import AsyncIterator
from datetime import datetime
from time import monotonic
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

from tallyscan.access.caller import Caller
from tallyscan.store.disposed_lines import DisposedLine
from tallyscan.store.live_lines import LiveLine, is_kept, lines_after, position_before
from tallyscan.web.errors import problem_responses
from tallyscan.web.gate import caller_of, still_admitted
from tallyscan.web.service import Service, ServiceDep
from tallyscan.web.withheld_lines import ToldLine, told_lines
from tallyscan.wording import Sentence

MOST_AT_ONCE = 100
MOST_RECENT = 200
_POLL_SECONDS = 0.5
_ALIVE_SECONDS = 15
_ASK_AGAIN_SECONDS = 10  # whether who watches is still signed in
_MISSED = {"in_words": "What came after that event is no longer kept; the newest lines follow."}

Site = Annotated[
    str, Path(min_length=1, max_length=80, description="customs office or UN/LOCODE, as scanners name it")
]

router = APIRouter(prefix="/v1/sites", tags=["selection"])


class LiveData(BaseModel):
    """What happened; `site` is null where nobody says where it is: then every site is told. `disposed` is of what was
    ordered of a consignment, taken back or answered.
    """

    at: datetime
    site: str | None
    consignment: str | None
    scan: str | None
    lane: str | None
    in_words: str
    disposed: DisposedLine | None
    said: tuple[Sentence, ...] = ()


async def _place(service: ServiceDep) -> AsyncIterator[None]:
    with service.watchers.place():
        yield


@router.get(
    "/{site}/live",
    response_class=EventSourceResponse,
    dependencies=[Depends(_place)],
    responses=problem_responses(422, 503),
)
async def watch_site(
    site: Site,
    request: Request,
    service: ServiceDep,
    last_event_id: Annotated[
        int | None,
        Header(ge=0, description="the `id` of the last event that was seen: what came after it follows"),
    ] = None,
    recent: Annotated[int, Query(ge=0, le=MOST_RECENT, description="begin with so many past events")] = 0,
    after: Annotated[
        int | None,
        Query(ge=0, description="as `Last-Event-ID`, for a browser that begins anew after an error"),
    ] = None,
) -> AsyncIterator[ServerSentEvent]:
    """What happens at a site, as it happens: `event` is `declaration.arrived` or `.corrected`, `scan.arrived`,
    `reading.completed`, `.superseded` or `.failed` with its lane, `selection.made` or `.withdrawn`, `decision.made`,
    `.corrected` or `.undone`, `disposition` with the same, `.forwarded`, `.answered` or `.withdrawn`,
    `referral.opened`, `.forwarded`, `.answered` or `.withdrawn`, `inspection.made` or `.corrected`,
    `risk-score`, `weighing`, `control-result` or `interview` with `.recorded` or `.corrected`; first of all
    `lines.missed` where what came after `Last-Event-ID` is no longer kept. When nothing happens, `alive` comes every
    15 seconds.
    """
    last = after if last_event_id is None else last_event_id
    position, missed = await run_in_threadpool(_begin, service, site, last, recent)
    if missed:
        yield ServerSentEvent(data=_MISSED, event="lines.missed", id=str(position))
    asked_at = told_at = monotonic()
    while not service.watchers.ending:
        if monotonic() - asked_at > _ASK_AGAIN_SECONDS:
            if not await still_admitted(request, service):
                return
            asked_at = monotonic()
        lines = await run_in_threadpool(_next, service, site, position, caller_of(request))
        for line, disposed in lines:
            position = line.position
            yield _event(line, disposed)
        if lines:
            told_at = monotonic()
        elif monotonic() - told_at > _ALIVE_SECONDS:
            told_at = monotonic()
            yield ServerSentEvent(data={}, event="alive")
        if len(lines) < MOST_AT_ONCE and not await service.watchers.pause(_POLL_SECONDS):
            return


def _begin(service: Service, site: str, last: int | None, recent: int) -> tuple[int, bool]:
    """After which line to begin, and whether some before it are lost."""
    with service.database.read() as session:
        if last is not None and is_kept(session, last):
            return last, False
        return position_before(session, site, MOST_RECENT if last is not None else recent), last is not None


def _next(service: Service, site: str, position: int, caller: Caller) -> tuple[ToldLine, ...]:
    """A client that reads slowly is given the next ones when it has taken these: nothing piles up for it."""
    with service.database.read() as session:
        return told_lines(session, service, caller, lines_after(session, site, position, MOST_AT_ONCE))


def _event(line: LiveLine, disposed: DisposedLine | None) -> ServerSentEvent:
    data = LiveData(
        at=line.at,
        site=line.site,
        consignment=line.consignment,
        scan=line.scan,
        lane=line.lane,
        in_words=line.in_words,
        disposed=disposed,
        said=line.said,
    )
    return ServerSentEvent(data=data, event=line.kind, id=str(line.position))
