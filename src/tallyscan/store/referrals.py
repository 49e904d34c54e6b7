"""Referrals: where each stands, what was done about it, and the cases that wait at an office."""

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from tallyscan.decision import Decision
from tallyscan.declaration import normal_mark
from tallyscan.errors import Conflict, NotFound
from tallyscan.referral import ReferralState, ReferralStep, ReferralStepSaid, ReferredTo, asked_now
from tallyscan.store.referral_tables import ReferralRow, ReferralStepRow
from tallyscan.store.tables import DecisionRow, ScanRow, scans_at


@dataclass(frozen=True)
class Referral:
    """A decision that refers a scan, and what came of it, oldest first; `to` is where it is now, None where no office
    was named: whoever is responsible."""

    decision: Decision
    state: ReferralState
    to: ReferredTo | None
    steps: tuple[ReferralStep, ...]
    closed_at: datetime | None


def put_referral(session: Session, decision: Decision) -> None:
    """It is open, at the office to which it was referred or forwarded; again, where its answer was taken back."""
    steps = select(ReferralStepRow.document).where(ReferralStepRow.referral_id == str(decision.id))
    done = session.execute(steps.order_by(ReferralStepRow.position)).scalars()
    to = _where(decision, tuple(map(ReferralStep.model_validate, done)))
    row = session.get(ReferralRow, str(decision.id)) or ReferralRow(
        decision_id=str(decision.id), scan_id=decision.scan_id, opened_at=decision.received_at
    )
    row.state, row.closed_at = "open", None
    row.office = office_key(to.office) if to else ""
    row.answer_by = to.answer_by if to else None
    session.add(row)
    session.flush()


def close_referral(session: Session, decision: Decision, state: ReferralState, at: datetime) -> None:
    """It was answered or withdrawn."""
    row = session.get(ReferralRow, str(decision.id))
    if row is not None:
        row.state, row.closed_at = state, at
        session.flush()


def add_step(session: Session, step: ReferralStep, *, said_sha256: str) -> None:
    """Keep it, in the caller's transaction."""
    session.add(
        ReferralStepRow(
            id=str(step.id),
            referral_id=str(step.referral),
            step=step.step,
            person=step.by,
            received_at=step.received_at,
            said_sha256=said_sha256,
            document=step.model_dump(mode="json"),
        )
    )
    session.flush()


def step_said_before(session: Session, referral: str, said: ReferralStepSaid) -> ReferralStep | None:
    """The same where it is on record already. Raises `Conflict` where the id stands for something else."""
    identity = str(said.id_for(referral))
    row = session.execute(select(ReferralStepRow).where(ReferralStepRow.id == identity)).scalar()
    if row is None:
        return None
    if (row.referral_id, row.said_sha256) != (referral, said.sha256):
        raise Conflict(
            f"The id {identity} stands for something else that is on record.",
            remedy="Make a new id (a UUID) for each new entry; the same id is for sending the same again.",
        )
    return ReferralStep.model_validate(row.document)


def scan_of_referral(session: Session, referral_id: str) -> str:
    """Of which scan it is. Raises `NotFound`."""
    scan = session.execute(select(ReferralRow.scan_id).where(ReferralRow.decision_id == referral_id)).scalar()
    if scan is None:
        raise NotFound(f"There is no referral {referral_id!r}.")
    return scan


def referral(session: Session, referral_id: str) -> Referral:
    """Raises `NotFound`."""
    row = session.get(ReferralRow, referral_id)
    if row is None:
        raise NotFound(f"There is no referral {referral_id!r}.")
    return _referrals(session, [row])[0]


def referrals(
    session: Session,
    *,
    office: str | None,
    state: ReferralState,
    limit: int,
    own: frozenset[str] | None = None,
) -> tuple[Referral, ...]:
    """Those at an office, and those of scans at the `own` sites of who asks that name no office; where no `office` is
    asked for those at the `own` offices, and of scans at the `own` sites. `own` is as sites are compared, None for
    every one; a scan that names no site is of every one. What is open by its time limit and then as it was opened, what
    is closed the newest first."""
    here = scans_at(own)
    if office is not None:
        wanted = or_(ReferralRow.office == office_key(office), and_(ReferralRow.office == "", here))
    else:
        wanted = here if own is None else or_(ReferralRow.office.in_(sorted(own)), here)
    rows = select(ReferralRow).join(ScanRow, ScanRow.id == ReferralRow.scan_id)
    rows = rows.where(ReferralRow.state == state, wanted).limit(limit)
    by_time = (ReferralRow.answer_by.is_(None), ReferralRow.answer_by, ReferralRow.opened_at)
    order = by_time if state == "open" else (ReferralRow.closed_at.desc(),)
    return _referrals(session, session.execute(rows.order_by(*order)).scalars().all())


def closed_by_steps(session: Session, scan_id: str) -> frozenset[UUID]:
    """The referrals of a scan that an office answered, or that were withdrawn."""
    closed = (
        select(ReferralStepRow.referral_id)
        .join(ReferralRow, ReferralRow.decision_id == ReferralStepRow.referral_id)
        .where(ReferralRow.scan_id == scan_id, ReferralStepRow.step != "forwarded")
    )
    return frozenset(map(UUID, session.execute(closed).scalars()))


def referral_steps(session: Session, scan_ids: AbstractSet[str]) -> tuple[ReferralStep, ...]:
    """All that was done about referrals of these scans, in the order in which it was."""
    done = (
        select(ReferralStepRow.document)
        .join(ReferralRow, ReferralRow.decision_id == ReferralStepRow.referral_id)
        .where(ReferralRow.scan_id.in_(scan_ids))
        .order_by(ReferralStepRow.position)
    )
    return tuple(map(ReferralStep.model_validate, session.execute(done).scalars()))


def _referrals(session: Session, rows: Sequence[ReferralRow]) -> tuple[Referral, ...]:
    ids = [row.decision_id for row in rows]
    decided = select(DecisionRow.id, DecisionRow.document).where(DecisionRow.id.in_(ids))
    decisions = {row.id: Decision.model_validate(row.document) for row in session.execute(decided)}
    steps: dict[str, list[ReferralStep]] = defaultdict(list)
    done = (
        select(ReferralStepRow).where(ReferralStepRow.referral_id.in_(ids)).order_by(ReferralStepRow.position)
    )
    for step in session.execute(done).scalars():
        steps[step.referral_id].append(ReferralStep.model_validate(step.document))
    return tuple(
        Referral(
            decision=decisions[row.decision_id],
            state=row.state,
            to=_where(decisions[row.decision_id], steps[row.decision_id]),
            steps=tuple(steps[row.decision_id]),
            closed_at=row.closed_at,
        )
        for row in rows
    )


def _where(decision: Decision, steps: Sequence[ReferralStep]) -> ReferredTo | None:
    return asked_now([each for each in (decision.refer_to, *(step.to for step in steps)) if each is not None])


def office_key(office: str) -> str:
    """An office as it is compared. A name that has no letter or digit is compared as it is written."""
    return normal_mark(office)[:80] or office[:80]
