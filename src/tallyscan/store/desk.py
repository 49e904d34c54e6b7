"""What waits for a reader, and who reads it now: the state of each scan at the desk."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from tallyscan.decision import Claim, Reader
from tallyscan.join.marks import is_mark
from tallyscan.risk_profile import Action
from tallyscan.store.scan_scores import SiteScan, is_selected, site_scan, with_why
from tallyscan.store.tables import (
    WAITING,
    WHOLES,
    DecisionRow,
    DeskRow,
    PartRow,
    RiskRecordRow,
    ScanMark,
    ScanRow,
    ScanScoreRow,
)
from tallyscan.triage.worklist import ScoredScan

_UNDONE = "undone"
SELECTED = "selected"
"""Why, in a line of which nobody asks for more."""


@dataclass(frozen=True)
class AtDesk:
    """Which reader a scan waits for, since when and why; `reader` is None once nobody is waited for."""

    scored: SiteScan
    reader: Reader | None
    because: str | None
    since: datetime
    claim: Claim | None

    @property
    def scan_id(self) -> str:
        """Of which scan."""
        return self.scored.scan.scan


class InLine(NamedTuple):
    """A scan that waits at a site, as far as its place in the list rests on it: there may be thousands."""

    scan: ScoredScan
    reader: Reader
    claim: Claim | None


def in_line(
    session: Session, site: str, *, since: datetime, now: datetime, asked_for: Action
) -> list[InLine]:
    """What waits for a reader at a site, whether it could be read or not. Of a whole with several units, those."""
    score = ScanScoreRow
    rows = (
        select(score.scan_id, score.lane, score.score, score.urgent, is_selected(asked_for))
        .add_columns(DeskRow.waits_for, DeskRow.claimed_by, DeskRow.claimed_until)
        .join(ScanRow, ScanRow.id == score.scan_id)
        .outerjoin(DeskRow, DeskRow.scan_id == score.scan_id)
        .where(
            score.site == site,
            score.at >= since,
            score.scan_id.not_in(WHOLES),
            ScanRow.state.not_in(WAITING),
            or_(DeskRow.scan_id.is_(None), DeskRow.waits_for.is_not(None)),
        )
    )
    return [
        InLine(
            ScoredScan(scan_id, lane, risk, urgent, SELECTED if selected else None),
            reader or "first",
            _claim(by, until, now) if by else None,
        )
        for scan_id, lane, risk, urgent, selected, reader, by, until in session.execute(rows)
    ]


def at_desk(session: Session, scan_id: str, now: datetime) -> AtDesk | None:
    """How one scan stands; None of one that was never read."""
    row = session.execute(_at_desk().where(ScanScoreRow.scan_id == scan_id)).first()
    return _stands(*row, now=now) if row is not None else None


def waits_for(session: Session, scan_id: str, now: datetime) -> tuple[Reader | None, Claim | None]:
    """Which reader a scan waits for, whether it was read by the machine or not, and who reads it now."""
    row = session.get(DeskRow, scan_id)
    if row is None:
        return "first", None
    return row.waits_for, _claim(row.claimed_by, row.claimed_until, now)


def waiting_since(session: Session, scan_ids: Collection[str]) -> dict[str, datetime]:
    """Since when each of these scans that was read waits for whom it waits for."""
    since = func.coalesce(DeskRow.since, ScanScoreRow.at)
    rows = select(ScanScoreRow.scan_id, since).outerjoin(DeskRow, DeskRow.scan_id == ScanScoreRow.scan_id)
    found = session.execute(rows.where(ScanScoreRow.scan_id.in_(scan_ids)))
    return {row.scan_id: row[1] for row in found}


def decided_by(session: Session, person: str, since: datetime) -> set[str]:
    """The scans on which this person decided, and did not take it back."""
    undo = aliased(DecisionRow)
    taken_back = exists().where(undo.replaces == DecisionRow.id, undo.answer == _UNDONE)
    rows = select(DecisionRow.scan_id).where(
        DecisionRow.person == person,
        DecisionRow.received_at >= since,
        DecisionRow.answer != _UNDONE,
        ~taken_back,
    )
    return set(session.execute(rows).scalars())


def scans_decided(session: Session, consignment: str) -> list[str]:
    """The scans of a consignment on which somebody decided, if only to take it back."""
    of_it = select(DecisionRow.scan_id).join(ScanRow, ScanRow.id == DecisionRow.scan_id)
    rows = of_it.where(ScanRow.consignment_id == consignment).distinct()
    return list(session.execute(rows.order_by(DecisionRow.scan_id)).scalars())


def units_of(session: Session, scan_ids: Collection[str]) -> dict[str, list[str]]:
    """Of those of these scans that are of several units, the scans of the units."""
    found: dict[str, list[str]] = defaultdict(list)
    rows = select(PartRow.part_of, PartRow.scan_id).where(PartRow.part_of.in_(scan_ids))
    for whole, unit in session.execute(rows):
        found[whole].append(unit)
    return dict(found)


def settled(session: Session, scan_ids: Collection[str]) -> set[str]:
    """Those of these scans that wait for nobody."""
    rows = select(DeskRow.scan_id).where(DeskRow.scan_id.in_(scan_ids), DeskRow.waits_for.is_(None))
    return set(session.execute(rows).scalars())


def waiting_for_reader(session: Session, scan_ids: Collection[str]) -> set[str]:
    """Those of these scans of which it is on record that they wait for a reader."""
    rows = select(DeskRow.scan_id).where(DeskRow.scan_id.in_(scan_ids), DeskRow.waits_for.is_not(None))
    return set(session.execute(rows).scalars())


def decided_on(session: Session, person: str, scan_ids: Collection[str]) -> set[str]:
    """Those of these scans on which this person decided, whatever became of it."""
    rows = select(DecisionRow.scan_id).where(
        DecisionRow.scan_id.in_(scan_ids), DecisionRow.person == person, DecisionRow.answer != _UNDONE
    )
    return set(session.execute(rows).scalars())


def decided_by_others(session: Session, person: str, scan_ids: Collection[str]) -> set[str]:
    """Those of these scans on which somebody else decided, whatever became of it."""
    rows = select(DecisionRow.scan_id).where(
        DecisionRow.scan_id.in_(scan_ids), DecisionRow.person != person, DecisionRow.answer != _UNDONE
    )
    return set(session.execute(rows).scalars())


def scans_of(session: Session, consignments: Collection[str]) -> dict[str, set[str]]:
    """Of each of these consignments the scans of which its risk record tells: its own, and those that were."""
    found: dict[str, set[str]] = {each: set() for each in consignments}
    own = select(ScanRow.consignment_id, ScanRow.id).where(ScanRow.consignment_id.in_(consignments))
    told = select(RiskRecordRow.consignment_id, RiskRecordRow.scan_id).where(
        RiskRecordRow.consignment_id.in_(consignments), RiskRecordRow.scan_id.is_not(None)
    )
    for consignment, scan_id in session.execute(own.union(told)):
        found[str(consignment)].add(scan_id)
    return found


def settle(session: Session, scan_id: str, reader: Reader | None, because: str | None, now: datetime) -> None:
    """Keep whom the scan waits for now; since when stays as it is where that is nothing new."""
    row = _row(session, scan_id)
    if (row.waits_for, row.because) != (reader, because) or row.since is None:
        row.since = now
    row.waits_for, row.because = reader, because
    session.flush()


def put_claim(session: Session, scan_id: str, claim: Claim | None) -> None:
    """Keep who reads the scan now; None: nobody."""
    row = _row(session, scan_id)
    row.claimed_by = claim.by if claim else None
    row.claimed_until = claim.until if claim else None
    session.flush()


def marks_of(session: Session, scan_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Of each scan the container numbers and plates that were read on it, as they are compared."""
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    rows = (
        select(ScanMark.scan_id, ScanMark.mark).where(ScanMark.scan_id.in_(scan_ids)).order_by(ScanMark.mark)
    )
    for scan_id, mark in session.execute(rows):
        if is_mark(mark):
            found[scan_id] += (mark,)
    return dict(found)


def _row(session: Session, scan_id: str) -> DeskRow:
    row = session.get(DeskRow, scan_id)
    if row is None:
        row = DeskRow(scan_id=scan_id, waits_for="first", because="undecided")
        session.add(row)
    return row


def _at_desk() -> Select[Any]:
    scored = with_why("second_reading").add_columns(DeskRow)
    return scored.outerjoin(DeskRow, DeskRow.scan_id == ScanScoreRow.scan_id)


def _stands(score: ScanScoreRow, why: str | None, row: DeskRow | None, *, now: datetime) -> AtDesk:
    scored = site_scan(score, why)
    if row is None:
        return AtDesk(scored, "first", "undecided", scored.at, None)
    claim = _claim(row.claimed_by, row.claimed_until, now)
    return AtDesk(scored, row.waits_for, row.because, row.since or scored.at, claim)


def _claim(by: str | None, until: datetime | None, now: datetime) -> Claim | None:
    return Claim(by, until) if by is not None and until is not None and until > now else None
