"""Takes what crossing points that run their own installation tell, into the risk records of the centre.

The event as it came, its step in the risk record, and what it does to the queue, in one go; each event by itself.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from tallyscan.crossing_point import CrossingPoint, CrossingTold
from tallyscan.errors import Conflict, Forbidden, InvalidEvent, TallyscanError, Unavailable
from tallyscan.incoming import Incoming
from tallyscan.report.crossing_event import incoming_in, told_in
from tallyscan.risk import Effect
from tallyscan.statement import ConsignmentName
from tallyscan.store.crossing_events import (
    consignments_told_of,
    heard_before,
    place_of,
    put_crossing_event,
    sha256_of,
)
from tallyscan.store.crossing_points import heard_again, heard_refused, heard_standing, heard_taken
from tallyscan.store.database import Database
from tallyscan.store.declarations import ensure_consignment, read_again
from tallyscan.store.incoming import ReceivedEntry, add_incoming, knows_incoming
from tallyscan.store.outbox_rows import FILE, event_told, put_event
from tallyscan.store.risk_record import append_crossing, append_incoming
from tallyscan.store.scan_scores import score_again
from tallyscan.weighing import Weighing

MOST_SECONDS = 15.0
"""Longer than that nothing new of a batch is begun: the sender waits for the answer."""

_log = structlog.get_logger(__name__)
_CONSIGNMENT = TypeAdapter(ConsignmentName)

Outcome = Literal["taken", "repeat", "refused", "later", "behind"]


class _Envelope(BaseModel):
    """What every event has."""

    model_config = ConfigDict(extra="ignore")

    specversion: Literal["1.0"]
    id: Annotated[str, Field(min_length=1, max_length=64)]
    source: Annotated[str, Field(min_length=1, max_length=200)]
    type: Annotated[str, Field(min_length=1, max_length=80)]
    subject: Annotated[str, Field(min_length=1, max_length=160)]
    time: AwareDatetime
    sequence: Annotated[str, Field(pattern="^[0-9]{1,18}$")]
    data: dict[str, Any]


@dataclass(frozen=True)
class EventOutcome:
    """`taken`: it is on record now; `repeat`: it was already. `refused`: it never will be as it is. `later`: not now,
    so send it again. `behind`: an earlier one of its subject was not taken. `reason` says why not.
    """

    id: str
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True)
class Centre:
    """`points` are those that may speak here, by the source of their events. `passes_on` gets each new event as it
    came; `on_risk` is told of each consignment of which the risk record has a new step, in the same transaction.
    """

    database: Database
    source: str
    points: Mapping[str, CrossingPoint] = field(default_factory=dict)
    passes_on: Sequence[str] = (FILE,)
    on_risk: Callable[[Session, str, datetime], None] = lambda _session, _consignment, _now: None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def hear(
        self,
        source: str,
        waiting: int,
        waiting_since: datetime | None,
        may_speak_for: Callable[[frozenset[str]], bool],
    ) -> datetime:
        """A crossing point says that it is there, and how much waits there. Raises `Forbidden`."""
        now = self.now()
        self._point(source, may_speak_for)
        with self.database.write() as session:
            heard_standing(session, source, waiting, waiting_since, now)
        return now

    def take(
        self,
        events: Sequence[dict[str, Any]],
        may_speak_for: Callable[[frozenset[str]], bool],
        told_by: str | None = None,
    ) -> tuple[EventOutcome, ...]:
        """What became of each, in their order; of those at the end that time was too short for, nothing.

        Whether the caller may speak for all of the sites of a crossing point says `may_speak_for`.
        """
        until = time.monotonic() + MOST_SECONDS
        held: set[tuple[str, str]] = set()
        outcomes: list[EventOutcome] = []
        for event in events:
            if outcomes and time.monotonic() > until:
                break
            named = str(event.get("id", ""))[:64]
            key = (str(event.get("source")), str(event.get("subject")))
            if key in held:
                outcomes.append(EventOutcome(named, "behind"))
                continue
            outcome = self._outcome(event, named, may_speak_for, told_by)
            if outcome.reason is not None:
                held.add(key)
            outcomes.append(outcome)
        return tuple(outcomes)

    def _outcome(
        self,
        event: dict[str, Any],
        named: str,
        may_speak_for: Callable[[frozenset[str]], bool],
        told_by: str | None,
    ) -> EventOutcome:
        try:
            new = self._take_one(event, may_speak_for, told_by)
            return EventOutcome(named, "taken" if new else "repeat")
        except (Forbidden, Unavailable) as error:
            return EventOutcome(named, "later", error.reason)
        except (InvalidEvent, Conflict) as error:
            _log.error("event of a crossing point refused", event_id=named, reason=error.reason)
            self._refused(event, error)
            return EventOutcome(named, "refused", error.reason)
        except Exception as error:  # noqa: BLE001 - the edge: a fault with one event must not stop the others
            _log.exception("event of a crossing point failed", event_id=named)
            return EventOutcome(named, "later", f"It failed here: {type(error).__name__}.")

    def _refused(self, event: dict[str, Any], error: TallyscanError) -> None:
        if (source := event.get("source")) in self.points:
            with self.database.write() as session:
                heard_refused(session, str(source), error.reason, self.now())

    def _point(self, source: str, may_speak_for: Callable[[frozenset[str]], bool]) -> CrossingPoint:
        point = self.points.get(source)
        if point is None:
            raise Forbidden(
                f"No crossing point speaks here as {source[:200]!r}.", remedy="Name it in crossing_points."
            )
        if not may_speak_for(point.sites):
            raise Forbidden(
                f"Whoever calls may not speak for every site of {point.name}.",
                remedy="Its key must be for all of them.",
            )
        return point

    def _take_one(
        self,
        event: dict[str, Any],
        may_speak_for: Callable[[frozenset[str]], bool],
        told_by: str | None,
    ) -> bool:
        """Whether it was new. What we told ourselves comes back to us by a ring of centres, and is known."""
        said = _envelope(event)
        if said.source == self.source:
            return False
        point = self._point(said.source, may_speak_for)
        told = told_in(event)
        if told.sites and not point.sites & set(told.sites):
            raise InvalidEvent(
                f"The event is of {', '.join(told.sites)}, for which {point.name} does not speak.",
                remedy="Add the site to crossing_points, if it is one of this crossing point.",
            )
        if told.consignment is not None:
            _check_consignment(told.consignment)
        incoming = incoming_in(event)
        with self.database.write() as session:
            known = heard_before(session, said.source, [said.id])
            now = self.now()
            if known:
                if known[said.id] != sha256_of(event):
                    raise Conflict(
                        f"The id {said.id} stands for another event that is on record.",
                        remedy="An event that was told is never changed.",
                    )
                heard_again(session, [said.source], now)
                return False
            self._keep(session, event, said, told, incoming, told_by, now)
        _log.info("heard", source=said.source, event_id=said.id, subject=said.subject, kind=told.kind)
        return True

    def _keep(
        self,
        session: Session,
        event: dict[str, Any],
        said: _Envelope,
        told: CrossingTold,
        incoming: tuple[Incoming, Effect] | None,
        told_by: str | None,
        now: datetime,
    ) -> None:
        if event_told(session, said.id) is not None:
            raise Conflict(f"The id {said.id} stands for an event of another source.")
        if told.consignment is not None:
            ensure_consignment(session, told.consignment, now)
        place = place_of(session, said.source, said.subject, int(said.sequence))
        entry = put_crossing_event(session, event, told, place, heard_at=now, told_by=told_by)
        heard_taken(session, said.source, entry.at, now, missing=place.missing > 0, late=place.late)
        concerned = consignments_told_of(session, said.source, told) if told.kind != "other" else set()
        for consignment in sorted(concerned):
            if incoming is not None:
                self._receive(session, consignment, *incoming, source=said.source, now=now)
            else:
                append_crossing(session, consignment, entry, now)
            self.on_risk(session, consignment, now)
        put_event(session, event, self.passes_on)

    def _receive(
        self,
        session: Session,
        consignment: str,
        entry: Incoming,
        effect: Effect,
        *,
        source: str,
        now: datetime,
    ) -> None:
        """What came in there about a consignment counts here as if it had come in here, and once."""
        if knows_incoming(session, str(entry.id)):
            return
        if entry.corrects is not None and not knows_incoming(session, str(entry.corrects)):
            entry = entry.model_copy(update={"corrects": None})
        received = ReceivedEntry(entry, effect, source)
        add_incoming(session, received, said_sha256=entry.sha256)
        if effect.indicators:
            score_again(session, consignment)
        if isinstance(entry, Weighing):
            ensure_consignment(session, consignment, now).weighings += 1
            read_again(session, consignment, f"it was weighed, {entry.kg:,.0f} kg")
        append_incoming(session, received, now)


def _envelope(event: dict[str, Any]) -> _Envelope:
    try:
        return _Envelope.model_validate(event)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidEvent(f"It is no event: {where}: {first['msg']}.") from error


def _check_consignment(named: str) -> None:
    try:
        _CONSIGNMENT.validate_python(named)
    except ValidationError as error:
        raise InvalidEvent("The consignment of the event has no name that can be kept.") from error
