"""A scan begins to wait for its reading: the one place where that is written, and where it is told to the workers."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.store.before_commit import once_before_commit
from tallyscan.store.deletions import deleted
from tallyscan.store.jobs import defer
from tallyscan.store.tables import WAITING, PartRow, ScanRow, ScanScoreRow
from tallyscan.triage.urgency import Known, KnownRisk, WaitsAs, due_at

_WAITING = "scans_waiting"

MOST_ENDED_READERS = 3
"""A scan that ends the process that reads it takes the others down with it: it is given up before its tries are."""


def let_wait(
    session: Session,
    row: ScanRow,
    *,
    reason: str | None = None,
    since: datetime | None = None,
    waits_as: WaitsAs | None = None,
) -> None:
    """From now on it waits, with all its tries. One that waits already for the same goes on waiting `since` then. One
    whose images were deleted stays as it was read: against an older declaration, it counts as not assessed.

    One that was given up because it ended its readers ends no more of them: it is given up again, against what is known
    by then, until a person lets it be read (`read_dead_again`).

    `waits_as` is by default a first reading, or for what was read before, a reading again.
    """
    if row.revision > 0 and deleted(session, "images", row.id) is not None:
        return
    waits_as = waits_as or ("first_reading" if row.revision == 0 else "reading_again")
    goes_on = row.state == "received" and row.waits_as == waits_as
    row.waits_since = (row.waits_since if goes_on else None) or since or datetime.now(UTC)
    row.waits_as = waits_as
    row.due_at = due_at(row.waits_since, waits_as, _known_of_scan(session, row))
    row.attempts = 0
    give_back(session, row, reason=reason)


def give_back(
    session: Session, row: ScanRow, *, reason: str | None, not_before: datetime | None = None
) -> None:
    """Whoever read it does so no more: it waits in its old place, if not before some time."""
    row.state = "received"
    row.reason = reason
    row.not_before = not_before
    row.claim = row.claimed_by = row.claimed_at = row.job = None
    _tell_workers(session, row)


def know_risk(session: Session, consignment: str, known: Known) -> None:
    """More is known of a consignment: its scans that wait are due by that."""
    rows = select(ScanRow).where(ScanRow.consignment_id == consignment, ScanRow.state.in_(WAITING))
    for row in session.execute(rows).scalars():
        if row.waits_since is None or row.waits_as is None:
            continue
        due = due_at(row.waits_since, row.waits_as, known)
        if due != row.due_at:
            row.due_at = due
            if row.state == "received":
                _tell_workers(session, row)


def let_parts_wait(session: Session, whole: ScanRow) -> None:
    """A whole scan is read: now its cargo units can be."""
    parts = select(ScanRow).join(PartRow, PartRow.scan_id == ScanRow.id)
    waiting = parts.where(PartRow.part_of == whole.id, ScanRow.state == "received")
    for row in session.execute(waiting).scalars():
        _tell_workers(session, row)


def _known_of_scan(session: Session, row: ScanRow) -> Known:
    """By its own earlier reading; what is known of its consignment comes with the line of that (`know_risk`)."""
    scored = session.get(ScanScoreRow, row.id) if row.revision else None
    return KnownRisk((scored.lane,) if scored else ()).level


def _tell_workers(session: Session, row: ScanRow) -> None:
    waiting: dict[str, ScanRow] = session.info.setdefault(_WAITING, {})
    waiting[row.id] = row
    once_before_commit(session, "jobs", _defer)


def _defer(session: Session) -> None:
    session.flush()
    defer(session, session.info.pop(_WAITING).values())
