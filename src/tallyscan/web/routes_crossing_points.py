"""Crossing points that run their own installation: what they report to this centre, and how each stands."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from tallyscan.access.caller import Caller
from tallyscan.centre import EventOutcome
from tallyscan.crossing_history import CrossingScan
from tallyscan.crossing_point import CrossingEntry, CrossingPoint
from tallyscan.errors import NotFound
from tallyscan.risk import Lane
from tallyscan.store.crossing_events import crossing_history
from tallyscan.store.crossing_points import PointHeard, points_heard
from tallyscan.store.tables import Consignment
from tallyscan.web.crossing_examples import BATCH, ELSEWHERE, POINTS, STANDING, TAKEN
from tallyscan.web.errors import problem_responses
from tallyscan.web.gate import CallerDep
from tallyscan.web.routes_consignments import ConsignmentId
from tallyscan.web.service import Service, ServiceDep
from tallyscan.web.small_body import SmallBodyRoute
from tallyscan.web.withheld import TELLS_BOTH

MOST_EVENTS = 200


class EventsRoute(SmallBodyRoute):
    """Readings are long, and many come in one request."""

    most_bytes = 8 * 1024 * 1024


router = APIRouter(prefix="/v1", tags=["crossing points"], route_class=EventsRoute)


class CrossingBatch(BaseModel):
    """Events of a crossing point in the order in which they happened, each as it goes outside."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": BATCH})

    events: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_EVENTS)]


class CrossingStanding(BaseModel):
    """That it is there, and how many events wait in its outbox for this centre, the oldest since when."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": STANDING})

    source: Annotated[str, Field(min_length=1, max_length=200)]
    waiting: Annotated[int, Field(ge=0, le=2**53)]
    waiting_since: AwareDatetime | None = None


@dataclass(frozen=True)
class BatchTaken:
    """What became of each event, in order. Where fewer are answered than were sent, time was too short: send the rest
    again."""

    outcomes: tuple[EventOutcome, ...]


@dataclass(frozen=True)
class Heard:
    """When we heard it, by our clock."""

    heard_at: datetime


@dataclass(frozen=True, kw_only=True)
class CrossingPointNow:
    """A crossing point as far as it was heard. `state`: `heard` lately, `silent` for longer than the settings allow, or
    `never`; what a silent one says is as old as that, and nothing is known of what happened there since.

    `lag_seconds` is how long the oldest event that waits there had waited when it was last heard; 0 where none does.
    """

    source: str
    name: str
    sites: tuple[str, ...]
    url: str | None
    state: Literal["heard", "silent", "never"]
    heard_at: datetime | None
    newest_at: datetime | None
    taken: int
    repeats: int
    gaps: int
    late: int
    refused: int
    refusal: str | None
    waiting: int | None
    waiting_since: datetime | None
    lag_seconds: float | None


@dataclass(frozen=True)
class CrossingPointList:
    """Those that are of the caller's own sites, by name."""

    crossing_points: tuple[CrossingPointNow, ...]


@dataclass(frozen=True, kw_only=True)
class SaidElsewhere:
    """What a person there said of the scan, and that stands: `what` is the code, `in_words` its effect on the risk."""

    kind: str
    what: str | None
    by: str | None
    in_words: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ReadElsewhere:
    """A scan of the consignment at a crossing point, as far as it was heard: read `at`, by the clock there, `heard_at`
    by ours. `lane` is what the scan alone was read to be. `point_heard_at` and `point_state` say how far that can be
    relied on: what happened since is not known. `link` leads to the crossing point's own console, where that is known.
    """

    source: str
    name: str
    sites: tuple[str, ...]
    scan: str
    at: datetime
    heard_at: datetime
    lane: Lane
    score: float | None
    reason: str | None
    indicators: tuple[str, ...]
    in_question: bool
    point_state: Literal["heard", "silent", "never"]
    point_heard_at: datetime | None
    link: str | None
    said: tuple[SaidElsewhere, ...]


@dataclass(frozen=True)
class ElsewhereList:
    """Every scan of the consignment at a crossing point that counts now."""

    consignment: str
    scans: tuple[ReadElsewhere, ...]


@router.post(
    "/crossing-points/events",
    responses={
        200: {"content": {"application/json": {"example": TAKEN}}},
        **problem_responses(403, 413, 422, 503),
    },
)
def post_crossing_events(batch: CrossingBatch, service: ServiceDep, caller: CallerDep) -> BatchTaken:
    """Report events to this centre. Each is on record once, however often it comes, and each is taken or not by itself:
    what keeps one back keeps back the later ones of its subject alone.
    """
    by = caller.name if caller.kind == "device" else None
    taken = service.centre.take(batch.events, lambda sites: _may_speak_for(caller, sites), by)
    service.wake()  # a weighing has scans read again
    return BatchTaken(taken)


@router.post(
    "/crossing-points/standing",
    responses={
        200: {"content": {"application/json": {"example": {"heard_at": "2026-02-01T02:15:23Z"}}}},
        **problem_responses(403, 422, 503),
    },
)
def post_crossing_standing(said: CrossingStanding, service: ServiceDep, caller: CallerDep) -> Heard:
    """Say that a crossing point is there, and what waits in its outbox, so that silence is known for what it is."""
    return Heard(
        service.centre.hear(
            said.source, said.waiting, said.waiting_since, lambda sites: _may_speak_for(caller, sites)
        )
    )


@router.get(
    "/crossing-points",
    responses={200: {"content": {"application/json": {"example": POINTS}}}},
)
def list_crossing_points(service: ServiceDep, caller: CallerDep) -> CrossingPointList:
    """How each crossing point stands that reports to this centre, of the caller's own sites."""
    with service.database.read() as session:
        heard = points_heard(session)
    now = datetime.now(UTC)
    points = (
        _point_now(service, source, point, heard.get(source), now)
        for source, point in service.centre.points.items()
        if caller.is_at(point.sites)
    )
    return CrossingPointList(tuple(sorted(points, key=lambda each: each.name)))


@router.get(
    "/consignments/{consignment:path}/crossing-points",
    dependencies=[TELLS_BOTH],
    responses={
        200: {"content": {"application/json": {"example": ELSEWHERE}}},
        **problem_responses(403, 404),
    },
)
def list_read_elsewhere(consignment: ConsignmentId, service: ServiceDep) -> ElsewhereList:
    """The scans of a consignment that crossing points read, with what people there said of them, as far as it was
    heard. The images stay at the crossing point."""
    with service.database.read() as session:
        if session.get(Consignment, consignment) is None:
            raise NotFound(f"There is no consignment {consignment!r}.")
        history, heard = crossing_history(session, consignment), points_heard(session)
    now = datetime.now(UTC)
    return ElsewhereList(
        consignment,
        tuple(
            _elsewhere(service, scan, history.reviews, heard.get(scan.source), now) for scan in history.scans
        ),
    )


def _may_speak_for(caller: Caller, sites: frozenset[str]) -> bool:
    return caller.sites is None or sites <= caller.sites


def _state(service: Service, heard: PointHeard | None, now: datetime) -> Literal["heard", "silent", "never"]:
    if heard is None:
        return "never"
    return "silent" if now - heard.heard_at > timedelta(minutes=service.silent_minutes) else "heard"


def _point_now(
    service: Service, source: str, point: CrossingPoint, heard: PointHeard | None, now: datetime
) -> CrossingPointNow:
    lag = None
    if heard is not None and heard.waiting is not None:
        since = heard.waiting_since
        lag = max(0.0, (heard.heard_at - since).total_seconds()) if heard.waiting and since else 0.0
    return CrossingPointNow(
        source=source,
        name=point.name,
        sites=tuple(sorted(point.sites)),
        url=point.url,
        state=_state(service, heard, now),
        heard_at=heard.heard_at if heard else None,
        newest_at=heard.newest_at if heard else None,
        taken=heard.taken if heard else 0,
        repeats=heard.repeats if heard else 0,
        gaps=heard.gaps if heard else 0,
        late=heard.late if heard else 0,
        refused=heard.refused if heard else 0,
        refusal=heard.refusal if heard else None,
        waiting=heard.waiting if heard else None,
        waiting_since=heard.waiting_since if heard else None,
        lag_seconds=lag,
    )


def _elsewhere(
    service: Service,
    scan: CrossingScan,
    reviews: tuple[CrossingEntry, ...],
    heard: PointHeard | None,
    now: datetime,
) -> ReadElsewhere:
    point, newest = service.centre.points.get(scan.source), scan.reading or scan.first
    risk = scan.share.risk
    link = (
        f"{point.url.rstrip('/')}/console/scans/{quote(scan.scan, safe='')}" if point and point.url else None
    )
    return ReadElsewhere(
        source=scan.source,
        name=point.name if point else scan.source,
        sites=newest.told.sites or (tuple(sorted(point.sites)) if point else ()),
        scan=scan.scan,
        at=newest.at,
        heard_at=newest.heard_at,
        lane=risk.lane,
        score=risk.score,
        reason=newest.told.reason,
        indicators=tuple(each.code for each in risk.indicators if each.group != "note"),
        in_question=scan.in_question,
        point_state=_state(service, heard, now),
        point_heard_at=heard.heard_at if heard else None,
        link=link,
        said=tuple(
            SaidElsewhere(
                kind=each.told.kind,
                what=each.told.what,
                by=each.told.by,
                in_words=each.told.in_words,
                at=each.at,
            )
            for each in reviews
            if each.source == scan.source and each.told.scan in (scan.scan, scan.part_of)
        ),
    )
