"""What is known of each single scanner: the condition that its scans show, what is usual, and what changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from pydantic import TypeAdapter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tallyscan.scanner_condition import Measure
from tallyscan.scanner_watch import Change, ChangeKind, Seen, Watch, watch_of
from tallyscan.scanner_words import change_in_words
from tallyscan.store.tables import ScannerChangeRow, ScannerConditionRow, ScannerWatchRow, ScanRow

LATE = timedelta(hours=1)
"""Scans that arrived so much before the newest one tell how the scanner was, not how it is: they are not judged."""

BY_HAND = "command"
"""The origin of scans that a person named on the command line."""

_WATCH = TypeAdapter(Watch)
_MEASURE = TypeAdapter(Measure)
_MOST_CHANGES = 20


@dataclass(frozen=True)
class ScannerChange:
    """A change to be told outside; `sequence` grows with the changes of a scanner."""

    id: str
    device: str
    sequence: int
    scan_id: str
    at: datetime
    watch: Watch
    change: Change


@dataclass(frozen=True)
class PastChange:
    """A change that was told."""

    at: datetime
    kind: ChangeKind
    in_words: str


@dataclass(frozen=True)
class ScannerView:
    """One machine: how many scans showed its condition, the first and the newest of them, and its newest changes."""

    device: str
    scans: int
    first_at: datetime
    last_at: datetime
    watches: tuple[Watch, ...]
    changes: tuple[PastChange, ...]


def watches_of_scan(session: Session, scan_id: str) -> tuple[Watch, ...]:
    """What is usual for the machine that made a scan; nothing where it is not named."""
    device = select(ScanRow.device).where(ScanRow.id == scan_id).scalar_subquery()
    rows = session.execute(select(ScannerWatchRow.watch).where(ScannerWatchRow.device == device)).scalars()
    return tuple(_WATCH.validate_python(row) for row in rows)


def record_condition(
    session: Session, scan_id: str, condition: Sequence[Measure]
) -> tuple[ScannerChange, ...]:
    """Keep what a scan shows of its machine, and give what of it is to be told outside.

    Each scan is judged once: read again, it only replaces what was measured. A scan that names no machine, or shows
    nothing, tells nothing.
    """
    scan = session.get(ScanRow, scan_id)
    if scan is None or scan.device is None or not condition:
        return ()
    measures = [*condition, *_clock(scan)]
    document = [_MEASURE.dump_python(measure) for measure in measures]
    known = session.get(ScannerConditionRow, scan_id)
    if known is not None:
        known.measures = document
        return ()
    newest = session.execute(
        select(func.max(ScannerConditionRow.received_at)).where(ScannerConditionRow.device == scan.device)
    ).scalar()
    row = ScannerConditionRow(
        scan_id=scan_id, device=scan.device, received_at=scan.received_at, measures=document
    )
    session.add(row)
    session.flush()
    if newest is not None and scan.received_at < newest - LATE:
        return ()
    return tuple(_judged(session, scan.device, measures, Seen(scan_id, scan.received_at)))


def scanners(session: Session) -> tuple[ScannerView, ...]:
    """Every machine that is known, by name."""
    counted = select(
        ScannerConditionRow.device,
        func.count(),
        func.min(ScannerConditionRow.received_at),
        func.max(ScannerConditionRow.received_at),
    ).group_by(ScannerConditionRow.device)
    found = session.execute(counted.order_by(ScannerConditionRow.device)).all()
    return tuple(
        ScannerView(device, scans, first, last, _watches(session, device), _changes(session, device))
        for device, scans, first, last in found
    )


def scans_without_device(session: Session) -> int:
    """How many scans that could be read name no machine."""
    nameless = select(func.count()).where(ScanRow.device.is_(None), ScanRow.state == "read")
    return session.execute(nameless).scalar_one()


def _clock(scan: ScanRow) -> list[Measure]:
    """Nothing of scans that a person had read by hand: when these arrive says nothing of the scanner's clock."""
    if scan.acquired_at is None or scan.origin == BY_HAND:
        return []
    return [Measure("clock", (scan.received_at - scan.acquired_at).total_seconds())]


def _judged(session: Session, device: str, measures: Sequence[Measure], seen: Seen) -> list[ScannerChange]:
    rows = {
        (row.quantity, row.beam): row
        for row in session.execute(
            select(ScannerWatchRow).where(ScannerWatchRow.device == device).with_for_update()
        ).scalars()
    }
    watches = [_WATCH.validate_python(row.watch) for row in rows.values()]
    told = []
    for measure in measures:
        watch, change = watch_of(watches, measure.quantity, measure.beam).after(measure.value, seen)
        row = rows.get((measure.quantity, measure.beam or ""))
        if row is None:
            row = ScannerWatchRow(device=device, quantity=measure.quantity, beam=measure.beam or "")
            session.add(row)
        row.left_since = watch.left_since.at if watch.left_since else None
        row.watch = _WATCH.dump_python(watch, mode="json")
        if change is not None:
            told.append(_added(session, device, seen.scan_id, watch, change))
    return told


def _added(session: Session, device: str, scan_id: str, watch: Watch, change: Change) -> ScannerChange:
    newest = select(func.max(ScannerChangeRow.sequence)).where(ScannerChangeRow.device == device)
    added = ScannerChangeRow(
        device=device,
        sequence=(session.execute(newest).scalar() or 0) + 1,
        id=str(uuid4()),
        at=datetime.now(UTC),
        kind=change.kind,
        quantity=watch.quantity,
        beam=watch.beam or "",
        in_words=change_in_words(watch, change),
    )
    session.add(added)
    session.flush()
    return ScannerChange(added.id, device, added.sequence, scan_id, added.at, watch, change)


def _watches(session: Session, device: str) -> tuple[Watch, ...]:
    rows = select(ScannerWatchRow.watch).where(ScannerWatchRow.device == device)
    ordered = rows.order_by(ScannerWatchRow.quantity, ScannerWatchRow.beam)
    return tuple(_WATCH.validate_python(watch) for watch in session.execute(ordered).scalars())


def _changes(session: Session, device: str) -> tuple[PastChange, ...]:
    newest = (
        select(ScannerChangeRow)
        .where(ScannerChangeRow.device == device)
        .order_by(ScannerChangeRow.sequence.desc())
        .limit(_MOST_CHANGES)
    )
    rows = session.execute(newest).scalars()
    return tuple(PastChange(row.at, row.kind, row.in_words) for row in rows)
