"""Referrals of consignments: the dispositions that refer one to a contact point, and what came of them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.disposition import Disposition, DispositionHistory
from tallyscan.errors import NotFound
from tallyscan.referral import ReferralState, ReferralStep, ReferredTo
from tallyscan.store.consignment_state import consignment_now
from tallyscan.store.dispositions import disposition_histories
from tallyscan.store.queue_rows import listed_at
from tallyscan.store.referrals import office_key
from tallyscan.store.tables import ScanRow
from tallyscan.store.targeting_tables import DispositionRow, QueueRow

_AT_ONCE = 200


@dataclass(frozen=True)
class ConsignmentReferral:
    """A disposition that refers a consignment, and what came of it, oldest first; `to` is where it is now."""

    disposition: Disposition
    state: ReferralState
    to: ReferredTo
    steps: tuple[ReferralStep, ...]
    closed_at: datetime | None


def refers_consignment(session: Session, referral_id: str) -> str | None:
    """The consignment that a disposition refers; None where there is no such referral."""
    row = select(DispositionRow.consignment_id).where(
        DispositionRow.id == referral_id, DispositionRow.disposition == "refer"
    )
    return session.execute(row).scalar()


def consignment_referral(session: Session, referral_id: str) -> ConsignmentReferral:
    """Open while the consignment waits for the answer. Raises `NotFound`."""
    consignment = refers_consignment(session, referral_id)
    if consignment is None:
        raise NotFound(f"There is no referral {referral_id!r}.")
    now = consignment_now(session, consignment)
    said = next(each for each in now.dispositions.dispositions if str(each.id) == referral_id)
    return _referral(said, now.dispositions, is_open=now.awaited == said)


def consignment_referrals(
    session: Session,
    *,
    office: str | None,
    state: ReferralState,
    limit: int,
    own: frozenset[str] | None = None,
) -> tuple[ConsignmentReferral, ...]:
    """Those at an office; where none is asked for those at the `own` offices of who asks, and of consignments that are
    listed at the `own` sites or at none (`own` None: every one). What is open, or the newest that an office answered or
    who made it withdrew. What was answered otherwise, or undone, stands with the consignment alone.
    """
    batches = [_open(session)] if state == "open" else _closed(session, state)
    found = chain.from_iterable(_those(session, batch, office, own) for batch in batches)
    return tuple(found if state == "open" else islice(found, limit))


def _those(
    session: Session, batch: Sequence[ConsignmentReferral], office: str | None, own: frozenset[str] | None
) -> Iterator[ConsignmentReferral]:
    if office is not None:
        return (each for each in batch if office_key(each.to.office) == office_key(office))
    if own is None:
        return iter(batch)
    here = listed_at(session, {each.disposition.consignment for each in batch}, own)
    return (
        each for each in batch if each.disposition.consignment in here or office_key(each.to.office) in own
    )


def _open(session: Session) -> list[ConsignmentReferral]:
    waiting = select(QueueRow.consignment_id).where(
        QueueRow.released.is_(False), QueueRow.waits_for == "answer"
    )
    histories = disposition_histories(session, list(session.execute(waiting).scalars()))
    return [
        _referral(history.current, history, is_open=True)
        for history in histories.values()
        if history.current is not None
    ]


def _closed(session: Session, state: ReferralState) -> Iterator[list[ConsignmentReferral]]:
    """A part at a time, the newest first."""
    steps = (
        select(DispositionRow.position, DispositionRow.consignment_id, DispositionRow.replaces)
        .where(DispositionRow.disposition == state)
        .order_by(DispositionRow.position.desc())
        .limit(_AT_ONCE)
    )
    rows = session.execute(steps).all()
    while rows:
        histories = disposition_histories(session, {row.consignment_id for row in rows})
        yield [_closed_one(histories[row.consignment_id], row.replaces) for row in rows]
        rows = session.execute(steps.where(DispositionRow.position < rows[-1].position)).all()


def _closed_one(history: DispositionHistory, referral_id: str | None) -> ConsignmentReferral:
    said = next(each for each in history.dispositions if str(each.id) == referral_id)
    return _referral(said, history, is_open=False)


def _referral(said: Disposition, history: DispositionHistory, *, is_open: bool) -> ConsignmentReferral:
    closing = history.closing(said)
    taken_back = said not in history.standing or (closing is not None and closing.step == "withdrawn")
    return ConsignmentReferral(
        disposition=said,
        state="open" if is_open else "withdrawn" if taken_back else "answered",
        to=history.asked(said),
        steps=history.steps_of(said),
        closed_at=closing.received_at if closing else None,
    )


def newest_scans(session: Session, consignments: Collection[str]) -> dict[str, str]:
    """Of each of these consignments that is scanned, the scan that came last."""
    rows = select(ScanRow.consignment_id, ScanRow.id).where(ScanRow.consignment_id.in_(consignments))
    ordered = rows.order_by(ScanRow.received_at, ScanRow.id)
    return {consignment: scan for consignment, scan in session.execute(ordered) if consignment is not None}
