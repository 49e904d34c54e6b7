"""What arrived and could not be used, and why: an entry, and what is told of it outside, in one transaction."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tallyscan.errors import TallyscanError
from tallyscan.store.queries import QuarantineView, quarantine_view
from tallyscan.store.tables import QuarantineRow

TellsQuarantine = Callable[[Session, QuarantineView], None]
"""Tells it outside when, and only when, the transaction is committed."""

MOST_NOT_KEPT_AN_HOUR = 100
"""So many entries of each way in name what was not kept; of more in an hour there is the log alone."""
_HOUR = timedelta(hours=1)


def put_into_quarantine(
    session: Session,
    refused: TallyscanError,
    tells: TellsQuarantine,
    *,
    origin: str,
    kind: str,
    name: str,
    size_bytes: int | None = None,
    sha256: str | None = None,
    kept_at: str | None = None,
    scan_id: str | None = None,
) -> None:
    """An entry. Its bytes are in the blob store under `sha256`, or where `kept_at` says; with neither nowhere here."""
    row = QuarantineRow(
        id=str(uuid4()),
        received_at=datetime.now(UTC),
        origin=origin,
        kind=kind,
        name=name[-255:],
        sha256=sha256,
        size_bytes=size_bytes,
        kept_at=kept_at,
        code=refused.code,
        reason=refused.reason,
        scan_id=scan_id,
    )
    session.add(row)
    session.flush()
    tells(session, quarantine_view(row))


def names_enough(session: Session, refused: TallyscanError, *, origin: str, name: str) -> bool:
    """Whether one more entry of what was not kept would only repeat or flood: the same within an hour, or too many."""
    not_kept = (
        QuarantineRow.origin == origin,
        QuarantineRow.sha256.is_(None),
        QuarantineRow.kept_at.is_(None),
        QuarantineRow.received_at > datetime.now(UTC) - _HOUR,
    )
    same = (*not_kept, QuarantineRow.name == name[-255:], QuarantineRow.code == refused.code)
    if session.execute(select(QuarantineRow.id).where(*same).limit(1)).first() is not None:
        return True
    count = session.execute(select(func.count()).select_from(QuarantineRow).where(*not_kept)).scalar_one()
    return count >= MOST_NOT_KEPT_AN_HOUR


def is_quarantined(session: Session, scan_id: str, sha256: str) -> bool:
    known = select(QuarantineRow.id).where(QuarantineRow.scan_id == scan_id, QuarantineRow.sha256 == sha256)
    return session.execute(known).first() is not None
