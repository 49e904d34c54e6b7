"""How scans find their consignments: by what senders say, by what was read on them, and by what people decide.

Every step of a join is kept, and nothing is joined in silence: what is not sure waits for a person.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.errors import NotFound
from tallyscan.join.answer import Answer, Candidate, Joined, Open, Proposed, Weighed
from tallyscan.join.change import How, JoinChange
from tallyscan.join.decide import is_alike, join
from tallyscan.store.join_candidates import candidates_of, scans_named_by, seen_of
from tallyscan.store.risk_record import append_join_entry
from tallyscan.store.tables import Consignment, JoinRow, JoinState, ScanRow

_FROM_MARKS = ("container_number", "plate")

TellsJoin = Callable[[Session, JoinChange], None]
"""Tells the outside, in the caller's transaction."""


@dataclass(frozen=True)
class _Settled:
    """What a join comes to."""

    state: JoinState
    consignment: str | None
    how: How | None
    confidence: float | None
    why: str
    decided_by: str | None = None
    candidates: tuple[Weighed, ...] = ()


class Joins:
    """Joins within the transactions of others. `window` is how long a scan and a declaration wait for each other."""

    def __init__(self, window: timedelta, tell: TellsJoin | None = None) -> None:
        self._window = window
        self._tell = tell

    def as_said(
        self,
        session: Session,
        row: ScanRow,
        consignment: str,
        how: Literal["sender", "declaration_beside"],
        now: datetime,
    ) -> None:
        """The delivery itself says of which consignment the scan is; what a person decided stays."""
        if _last_decision(session, row.id) is not None:
            return
        why = "The sender named it." if how == "sender" else "Its declaration came beside the scan."
        self._settle(session, row, _Settled("joined", consignment, how, None, why), now)

    def by_marks(self, session: Session, row: ScanRow, now: datetime) -> None:
        """Weigh what was read on the scan, unless it is said, or a person has decided, of which consignment it is."""
        newest = newest_join(session, row.id)
        if newest is not None and newest.state == "joined" and newest.how not in _FROM_MARKS:
            return
        seen = seen_of(row)
        answer = join(seen, candidates_of(session, row, seen, self._window))
        decision = _last_decision(session, row.id)
        taken_out = decision is not None and decision.consignment_id is None
        if taken_out and isinstance(answer, Open):
            return
        self._settle(session, row, _settled(answer, row.consignment_id, taken_out=taken_out), now)

    def touched_by(self, session: Session, consignment: str, now: datetime) -> set[str]:
        """Scans whose join may rest on the declaration as it is now in the store: ask before and after it changes."""
        joined = select(ScanRow.id).where(ScanRow.consignment_id == consignment)
        named = scans_named_by(session, consignment, now, self._window)
        return named | set(session.execute(joined).scalars())

    def declared(
        self,
        session: Session,
        versions: tuple[Candidate, ...],
        scans: set[str],
        now: datetime,
    ) -> None:
        """Weigh those scans again to which the declaration, or what it was before, says anything."""
        rows = session.execute(
            select(ScanRow).where(ScanRow.id.in_(scans)).order_by(ScanRow.received_at)
        ).scalars()
        for row in rows.all():
            seen = seen_of(row)
            if any(is_alike(seen, version) for version in versions):
                self.by_marks(session, row, now)

    def decide(
        self, session: Session, scan_id: str, consignment: str | None, *, by: str, reason: str, now: datetime
    ) -> None:
        """A person says of which consignment a scan is, or that it is of none that is known here.

        Raises `NotFound` for a scan or a consignment that is not here.
        """
        row = session.get(ScanRow, scan_id)
        if row is None:
            raise NotFound(f"There is no scan {scan_id!r}.")
        if consignment is not None and session.get(Consignment, consignment) is None:
            raise NotFound(f"There is no consignment {consignment!r}.", remedy="Send its declaration first.")
        state: JoinState = "joined" if consignment is not None else "open"
        self._settle(session, row, _Settled(state, consignment, "person", None, reason, by), now)

    def _settle(self, session: Session, row: ScanRow, settled: _Settled, now: datetime) -> None:
        """Keep the step, and what follows from it; nothing when it is as it was."""
        newest = newest_join(session, row.id)
        step = _row(row.id, newest.sequence + 1 if newest else 1, settled, now)
        if newest is not None and _says(newest) == _says(step):
            return
        session.add(step)
        before, was = row.consignment_id, row.join_state
        row.consignment_id, row.join_state = settled.consignment, settled.state
        after = settled.consignment
        if before != after:
            read_scan_again(row, _in_words(before, after))
        session.flush()
        if before != after and before is not None:
            self._changed(session, "moved_away", row, before, after, settled, now)
            if after is not None:
                self._changed(session, "moved_here", row, after, before, settled, now)
        elif after is not None and before == after and was != settled.state:
            change: Literal["questioned", "confirmed"] = (
                "confirmed" if settled.state == "joined" else "questioned"
            )
            self._changed(session, change, row, after, None, settled, now)

    def _changed(
        self,
        session: Session,
        change: Literal["moved_away", "moved_here", "questioned", "confirmed"],
        row: ScanRow,
        consignment: str,
        other: str | None,
        settled: _Settled,
        now: datetime,
    ) -> None:
        detail = {
            "other_consignment": other,
            "how": settled.how,
            "confidence": settled.confidence,
            "why": settled.why,
            "decided_by": settled.decided_by,
        }
        entry = append_join_entry(
            session, consignment=consignment, scan_id=row.id, change=change, detail={"join": detail}, at=now
        )
        if self._tell is not None:
            told = JoinChange(
                row.id,
                change,
                consignment,
                other,
                settled.how,
                settled.confidence,
                settled.why,
                settled.decided_by,
                now,
                entry,
            )
            self._tell(session, told)


def read_scan_again(row: ScanRow, why: str) -> None:
    """Back into the queue, if it was read; one that is being read now is refused when its reading is saved,
    for what is known of it has changed."""
    if row.revision > 0 and row.state != "reading":
        row.state = "received"
        row.attempts = 0
        row.not_before = None
        row.reason = f"It is read again: {why}."


def newest_join(session: Session, scan_id: str) -> JoinRow | None:
    """The step that counts."""
    steps = select(JoinRow).where(JoinRow.scan_id == scan_id).order_by(JoinRow.sequence.desc()).limit(1)
    return session.execute(steps).scalar()


def _settled(answer: Answer, consignment: str | None, *, taken_out: bool) -> _Settled:
    """`taken_out`: a person took the scan out of a consignment, so that only a person puts it into one."""
    if isinstance(answer, Joined):
        best, candidates = answer.best, (answer.best, *answer.others)
        if not taken_out:
            return _Settled(
                "joined", best.consignment, best.read_on, best.confidence, best.why, candidates=candidates
            )
        answer = Proposed(candidates, f"A person took it out of a consignment before. {best.why}")
    if isinstance(answer, Open):
        return _Settled("open", None, None, None, answer.why)
    mine = next((each for each in answer.candidates if each.consignment == consignment and each.sure), None)
    if mine is None:
        return _Settled("proposed", None, None, None, answer.why, candidates=answer.candidates)
    return _Settled(
        "proposed", consignment, mine.read_on, mine.confidence, answer.why, candidates=answer.candidates
    )


def was_of(session: Session, scan_id: str, consignment: str | None) -> bool:
    """Whether the scan was of that consignment, or is."""
    of_it = select(JoinRow.sequence).where(JoinRow.scan_id == scan_id, JoinRow.consignment_id == consignment)
    return consignment is not None and session.execute(of_it).first() is not None


def _last_decision(session: Session, scan_id: str) -> JoinRow | None:
    """What a person decided last."""
    decisions = (
        select(JoinRow)
        .where(JoinRow.scan_id == scan_id, JoinRow.how == "person")
        .order_by(JoinRow.sequence.desc())
        .limit(1)
    )
    return session.execute(decisions).scalar()


def _row(scan_id: str, sequence: int, settled: _Settled, now: datetime) -> JoinRow:
    return JoinRow(
        scan_id=scan_id,
        sequence=sequence,
        at=now,
        state=settled.state,
        consignment_id=settled.consignment,
        how=settled.how,
        confidence=settled.confidence,
        why=settled.why,
        decided_by=settled.decided_by,
        candidates=[asdict(candidate) | {"why": candidate.why} for candidate in settled.candidates],
    )


def _says(row: JoinRow) -> tuple[object, ...]:
    said = (row.state, row.consignment_id, row.how, row.confidence, row.why, row.decided_by)
    return (*said, [(each["consignment"], each["confidence"]) for each in row.candidates])


def _in_words(before: str | None, after: str | None) -> str:
    if after is None:
        return f"it is no longer of consignment {before}"
    return (
        f"it joined consignment {after}"
        if before is None
        else f"it moved from consignment {before} to {after}"
    )
