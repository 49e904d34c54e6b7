"""How scans find their consignments: by what senders say, by what was read on them, and by what people decide.

Every step of a join is kept, and nothing is joined in silence: what is not sure waits for a person.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.errors import NotFound
from tallyscan.join.answer import Candidate, Open
from tallyscan.join.change import Change, JoinChange
from tallyscan.join.decide import is_alike, join
from tallyscan.store.join_candidates import candidates_of, scans_named_by, seen_of
from tallyscan.store.join_steps import (
    Settled,
    add_step,
    last_decision,
    newest_join,
    settled_as,
    settled_as_said,
    settled_by,
    settled_by_units,
    units_of,
    whole_of,
)
from tallyscan.store.queue_rows import touch
from tallyscan.store.risk_record import append_join_entry
from tallyscan.store.tables import Consignment, JoinState, ScanRow
from tallyscan.store.waiting import let_wait

_FROM_MARKS = ("container_number", "plate")

TellsJoin = Callable[[Session, JoinChange], None]
"""Tells the outside, in the caller's transaction."""


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
        row.said_consignment, row.said_how = consignment, how
        if self._weigh_parts(session, row, now) or last_decision(session, row.id) is not None:
            return
        self._settle(session, row, settled_as_said(row), now)

    def by_marks(self, session: Session, row: ScanRow, now: datetime) -> None:
        """Weigh what was read on the scan, unless it is said, or a person has decided, of which consignment it is; of a
        scan of several cargo units, what was read on each of them.
        """
        if self._weigh_parts(session, row, now):
            return
        whole = self._weigh(session, row, now)
        if whole is not None:
            self._follow_units(session, whole, now)

    def split(self, session: Session, whole: ScanRow, now: datetime) -> None:
        """The scan turned out to show several cargo units: each joins by itself."""
        decision = last_decision(session, whole.id)
        for row in units_of(session, whole.id):
            if decision is not None and newest_join(session, row.id) is None:
                self._settle(session, row, settled_as(decision), now)
            else:
                self._weigh(session, row, now)
        self._follow_units(session, whole, now)

    def _weigh_parts(self, session: Session, whole: ScanRow, now: datetime) -> bool:
        """Those of a whole scan; False where it has none."""
        parts = units_of(session, whole.id)
        for row in parts:
            self._weigh(session, row, now)
        if parts:
            self._follow_units(session, whole, now)
        return bool(parts)

    def _weigh(self, session: Session, row: ScanRow, now: datetime) -> ScanRow | None:
        """One scan without parts; gives the whole that it is a part of. What is said of a whole scan holds for each of
        its parts that was not read to be of another consignment.
        """
        whole = whole_of(session, row.id)
        newest = newest_join(session, row.id)
        own = whole is None or (newest is not None and newest.how == "person")
        if own and newest is not None and newest.state == "joined" and newest.how not in _FROM_MARKS:
            return whole
        seen = seen_of(row)
        answer = join(seen, candidates_of(session, row, seen, self._window))
        decision = last_decision(session, row.id)
        taken_out = decision is not None and decision.consignment_id is None
        if taken_out and isinstance(answer, Open):
            return whole
        settled = settled_by(answer, row.consignment_id, taken_out=taken_out)
        if whole is not None and whole.said_consignment and not taken_out and settled.state != "joined":
            settled = settled_as_said(whole)
        self._settle(session, row, settled, now)
        return whole

    def _follow_units(self, session: Session, whole: ScanRow, now: datetime) -> None:
        """A whole scan is of the consignment that all of its units are of, else of none."""
        settled = settled_by_units(units_of(session, whole.id))
        if (whole.join_state, whole.consignment_id) != (settled.state, settled.consignment):
            self._settle(session, whole, settled, now)

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
        wholes: dict[str, ScanRow] = {}
        for row in rows.all():
            seen = seen_of(row)
            if any(is_alike(seen, version) for version in versions):
                whole = None if units_of(session, row.id) else self._weigh(session, row, now)
                if whole is not None:
                    wholes[whole.id] = whole
        for whole in wholes.values():
            self._follow_units(session, whole, now)

    def decide(
        self, session: Session, scan_id: str, consignment: str | None, *, by: str, reason: str, now: datetime
    ) -> None:
        """A person says of which consignment a scan is, or that it is of none that is known here; of a scan of several
        cargo units, each of them.

        Raises `NotFound` for a scan or a consignment that is not here.
        """
        row = session.get(ScanRow, scan_id)
        if row is None:
            raise NotFound(f"There is no scan {scan_id!r}.")
        if consignment is not None and session.get(Consignment, consignment) is None:
            raise NotFound(f"There is no consignment {consignment!r}.", remedy="Send its declaration first.")
        state: JoinState = "joined" if consignment is not None else "open"
        settled = Settled(state, consignment, "person", None, reason, by)
        parts = units_of(session, row.id)
        for each in parts or [row]:
            self._settle(session, each, settled, now)
        whole = row if parts else whole_of(session, row.id)
        if whole is not None:
            self._follow_units(session, whole, now)

    def _settle(self, session: Session, row: ScanRow, settled: Settled, now: datetime) -> None:
        """Keep the step, and what follows from it; nothing when it is as it was."""
        if not add_step(session, row.id, settled, now):
            return
        before, was = row.consignment_id, row.join_state
        row.consignment_id, row.join_state = settled.consignment, settled.state
        after = settled.consignment
        if before != after:
            read_scan_again(session, row, _in_words(before, after))
        for consignment in {before, after} - {None}:
            touch(session, consignment)
        session.flush()
        if settled.state == "split" and row.revision == 0:
            return  # it was never read as of that consignment: its units are what comes into the records
        if before != after and before is not None:
            self._changed(session, "moved_away", row, before, after, settled, now)
            if after is not None:
                self._changed(session, "moved_here", row, after, before, settled, now)
        elif after is not None and before == after and was != settled.state:
            change: Change = "confirmed" if settled.state == "joined" else "questioned"
            self._changed(session, change, row, after, None, settled, now)

    def _changed(
        self,
        session: Session,
        change: Change,
        row: ScanRow,
        consignment: str,
        other: str | None,
        settled: Settled,
        now: datetime,
    ) -> None:
        detail = {
            "other_consignment": other,
            "how": settled.how,
            "confidence": settled.confidence,
            "why": str(settled.why),
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
                str(settled.why),
                settled.decided_by,
                now,
                entry,
            )
            self._tell(session, told)


def read_scan_again(session: Session, row: ScanRow, why: str) -> None:
    """Back into the queue, if it was read; one that is being read now is refused when its reading is saved,
    for what is known of it has changed."""
    if row.revision > 0 and row.state != "reading":
        let_wait(session, row, reason=f"It is read again: {why}.")
        touch(session, row.consignment_id)


def _in_words(before: str | None, after: str | None) -> str:
    if after is None:
        return f"it is no longer of consignment {before}"
    return (
        f"it joined consignment {after}"
        if before is None
        else f"it moved from consignment {before} to {after}"
    )
