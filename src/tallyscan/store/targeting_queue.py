"""What a targeting officer asks of the queue: a page of it, how many stand where, and what of a shift is done."""

import base64
import binascii
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from tallyscan.alert_budget import LookedAt
from tallyscan.errors import InputError
from tallyscan.risk import Lane
from tallyscan.store.queue_rows import NO_DEADLINE, is_at
from tallyscan.store.queue_words import WordKind, compared, consignments_with
from tallyscan.store.scan_scores import site_key
from tallyscan.store.tables import DecisionRow, IncomingRow, InspectionRow, ScanRow
from tallyscan.store.targeting_tables import QueueRow
from tallyscan.triage.queue_place import WaitsFor

QueueOrder = Literal["risk", "deadline"]
QueueState = Literal["open", "released", "all"]
SelectedFor = Literal["scan", "opening"]
MOST_WORDS_ASKED = 6

_Column = InstrumentedAttribute[Any]
_KEYS: dict[QueueOrder, tuple[_Column, ...]] = {
    "risk": (QueueRow.place, QueueRow.deadline_at, QueueRow.score_key, QueueRow.consignment_id),
    "deadline": (QueueRow.deadline_at, QueueRow.place, QueueRow.score_key, QueueRow.consignment_id),
}


@dataclass(frozen=True)
class QueueAsked:
    """Which lines; an empty filter lets all through. `lanes` and `waits_for` are those that are wanted; a site also
    shows what says of no site where it is, and so do the `own` sites of who asks, as they are compared, None for
    every one. `found_by` are words, each with the kind of thing it must name.
    """

    state: QueueState = "open"
    site: str | None = None
    own: frozenset[str] | None = None
    lanes: tuple[Lane, ...] = ()
    waits_for: tuple[WaitsFor, ...] = ()
    selected: SelectedFor | None = None
    scanned: bool | None = None
    due_before: datetime | None = None
    found_by: tuple[tuple[str, WordKind | None], ...] = ()
    consignments: tuple[str, ...] = ()


@dataclass(frozen=True)
class QueueLine:
    """A consignment in the queue as it is kept; see `QueueRow`."""

    consignment: str
    released: bool
    place: int
    deadline_at: datetime | None
    lane: Lane
    waits_for: WaitsFor
    scanned: bool
    for_scan: bool
    for_opening: bool
    sites: tuple[str, ...]
    changed_at: datetime
    shown: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class QueueCounts:
    """How many lines there are by lane, whatever the lanes asked for; by what they wait for, whatever of that is asked
    for; and with everything that is asked.
    """

    lanes: dict[str, int]
    waits_for: dict[str, int]
    total: int


def words_asked(text: str | None, kind: WordKind | None = None) -> tuple[tuple[str, WordKind | None], ...]:
    """What an officer typed, as words are compared: each must begin a word of the consignment."""
    return tuple((word, kind) for word in compared([text or ""])[:MOST_WORDS_ASKED])


def queue_page(
    session: Session, asked: QueueAsked, order: QueueOrder, *, after: str | None, limit: int
) -> tuple[tuple[QueueLine, ...], str | None]:
    """The lines, the most pressing first, and what leads to the page after it. Raises `InputError`.

    `after` holds the place of the last line, not the line: whatever changes between two pages, a line that stays where
    it is comes once.
    """
    keys = _KEYS[order]
    wanted = select(QueueRow.consignment_id).where(*_filters(asked)).order_by(*keys).limit(limit + 1)
    if after is not None:
        wanted = wanted.where(tuple_(*keys) > tuple_(*_place_of(after, order)))
    ids = wanted.subquery()
    rows = session.execute(
        select(QueueRow).join(ids, ids.c.consignment_id == QueueRow.consignment_id).order_by(*keys)
    )
    lines = list(rows.scalars())
    more = len(lines) > limit
    page = lines[:limit]
    return tuple(map(_line, page)), _leads_on(page[-1], order) if more else None


def queue_counts(session: Session, asked: QueueAsked) -> QueueCounts:
    """By lane and by what is waited for."""
    rest = _filters(asked, by_tabs=False)
    grouped = select(QueueRow.lane, QueueRow.waits_for, func.count()).where(*rest)
    lanes: Counter[str] = Counter()
    waits: Counter[str] = Counter()
    total = 0
    for lane, waits_for, count in session.execute(grouped.group_by(QueueRow.lane, QueueRow.waits_for)):
        of_lanes = not asked.lanes or lane in asked.lanes
        of_waits = not asked.waits_for or waits_for in asked.waits_for
        lanes[lane] += count if of_waits else 0
        waits[waits_for] += count if of_lanes else 0
        total += count if of_lanes and of_waits else 0
    return QueueCounts(dict(+lanes), dict(+waits), total)


def sites_in_queue(session: Session) -> dict[str, int]:
    """How many consignments that are not released each site has."""
    rows = select(QueueRow.sites, func.count()).where(QueueRow.released.is_(False)).group_by(QueueRow.sites)
    counted: Counter[str] = Counter()
    for sites, count in session.execute(rows):
        for site in filter(None, sites.split("|")):
            counted[site] += count
    return dict(sorted(counted.items()))


def done_in_shift(session: Session, site: str, of: LookedAt, begins_at: datetime, ends_at: datetime) -> int:
    """How many consignments of a site were opened in a shift, or read a second time."""
    if of == "second_readings":
        said: Sequence[Select[Any]] = [
            select(ScanRow.consignment_id)
            .join(DecisionRow, DecisionRow.scan_id == ScanRow.id)
            .where(
                DecisionRow.reader == "second",
                DecisionRow.received_at >= begins_at,
                DecisionRow.received_at < ends_at,
            )
        ]
    else:
        said = [
            select(ScanRow.consignment_id)
            .join(InspectionRow, InspectionRow.scan_id == ScanRow.id)
            .where(
                InspectionRow.result != "not_opened",
                InspectionRow.received_at >= begins_at,
                InspectionRow.received_at < ends_at,
            ),
            select(IncomingRow.consignment_id).where(
                IncomingRow.kind == "control_result",
                IncomingRow.document["outcome"].as_string().in_(("found", "nothing", "discrepancy")),
                IncomingRow.received_at >= begins_at,
                IncomingRow.received_at < ends_at,
            ),
        ]
    here = or_(*(QueueRow.consignment_id.in_(rows) for rows in said))
    return session.execute(select(func.count()).where(here, is_at(site_key(site)))).scalar_one()


def _filters(asked: QueueAsked, *, by_tabs: bool = True) -> list[ColumnElement[bool]]:
    """`by_tabs`: by lane and by what is waited for too."""
    row = QueueRow
    filters: list[ColumnElement[bool]] = []
    if asked.state != "all":
        filters.append(row.released.is_(asked.state == "released"))
    if asked.site is not None:
        filters.append(is_at(site_key(asked.site)))
    if asked.own is not None:
        filters.append(is_at(*asked.own))
    if asked.lanes and by_tabs:
        filters.append(row.lane.in_(asked.lanes))
    if asked.waits_for and by_tabs:
        filters.append(row.waits_for.in_(asked.waits_for))
    if asked.selected is not None:
        filters.append((row.for_scan if asked.selected == "scan" else row.for_opening).is_(True))
    if asked.scanned is not None:
        filters.append(row.scanned.is_(asked.scanned))
    if asked.due_before is not None:
        filters.append(row.deadline_at < asked.due_before)
    if asked.consignments:
        filters.append(row.consignment_id.in_(asked.consignments))
    filters += [row.consignment_id.in_(consignments_with(*word)) for word in asked.found_by]
    return filters


def _leads_on(row: QueueRow, order: QueueOrder) -> str:
    keys = [getattr(row, key.key) for key in _KEYS[order]]
    said = [order, *(key.isoformat() if isinstance(key, datetime) else key for key in keys)]
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def _place_of(after: str, order: QueueOrder) -> list[Any]:
    try:
        said = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if said[0] != order or len(said) != 1 + len(_KEYS[order]):
            raise ValueError(after)
        return [
            datetime.fromisoformat(value).astimezone(UTC) if key is QueueRow.deadline_at else value
            for key, value in zip(_KEYS[order], said[1:], strict=True)
        ]
    except (ValueError, TypeError, KeyError, IndexError, binascii.Error) as error:
        raise InputError(
            f"{after[:80]!r} leads to no page of the queue in this order.",
            remedy="Give `after` as `next` of the page before has it, with the same `order`.",
        ) from error


def _line(row: QueueRow) -> QueueLine:
    return QueueLine(
        consignment=row.consignment_id,
        released=row.released,
        place=row.place,
        deadline_at=None if row.deadline_at == NO_DEADLINE else row.deadline_at,
        lane=row.lane,
        waits_for=row.waits_for,
        scanned=row.scanned,
        for_scan=row.for_scan,
        for_opening=row.for_opening,
        sites=tuple(filter(None, row.sites.split("|"))),
        changed_at=row.changed_at,
        shown=row.shown,
    )
