"""How scans joined, for people and programs: the join that counts, the steps to it, and what waits for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from tallyscan.errors import NotFound
from tallyscan.join.change import How
from tallyscan.sidecar import UnitMark
from tallyscan.store.join_candidates import seen_of
from tallyscan.store.tables import UNJOINED, JoinRow, JoinState, ScanRow, scans_at
from tallyscan.wording import Sentence, sentences_of


@dataclass(frozen=True)
class EvidenceView:
    """One thing that speaks for a candidate (odds above 1) or against it."""

    code: str
    odds: float
    reason: str
    said: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class CandidateView:
    """A consignment that was weighed; `confidence` is the probability that the scan is of it, among all of them.

    `sure` says that a mark was read as it is declared: without it only a person can join.
    """

    consignment: str
    read_on: str
    confidence: float
    sure: bool
    why: str
    evidence: tuple[EvidenceView, ...]
    said: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class JoinView:
    """One step in the join of a scan.

    `joined`: it is of `consignment`. `proposed`: a person must choose among the candidates; where `consignment` is
    not null, the scan is of it until then, and in question. `open`: nothing that is declared fits. `how` is what made
    the join, `confidence` null where it was said or decided and not read. `decided_by` is the person, as named.
    """

    at: datetime
    state: JoinState
    consignment: str | None
    how: How | None
    confidence: float | None
    why: str
    decided_by: str | None
    candidates: tuple[CandidateView, ...]
    said: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class MarkView:
    """A container number or plate as it was read; `text` is null when it is not legible."""

    as_read: str
    text: str | None
    confidence: float | None


@dataclass(frozen=True)
class UnitView:
    """What was read on one cargo unit."""

    container_number: MarkView | None
    plate: MarkView | None


@dataclass(frozen=True)
class WaitingJoin:
    """A scan that waits for a join: what was read on it, where and when, and what it may be."""

    scan: str
    name: str
    received_at: datetime
    acquired_at: datetime | None
    device: str | None
    site: str | None
    units: tuple[UnitView, ...]
    join: JoinView


def newest_joins(session: Session, scans: Sequence[str]) -> dict[str, JoinView]:
    """Of each of the scans, the step that counts."""
    last = (
        select(JoinRow.scan_id, func.max(JoinRow.sequence).label("sequence"))
        .where(JoinRow.scan_id.in_(scans))
        .group_by(JoinRow.scan_id)
        .subquery()
    )
    found = select(JoinRow).join(
        last, (last.c.scan_id == JoinRow.scan_id) & (last.c.sequence == JoinRow.sequence)
    )
    return {row.scan_id: _join(row) for row in session.execute(found).scalars()}


def join_history(session: Session, scan_id: str) -> tuple[JoinView, ...]:
    """Every step of a scan's join, oldest first. Raises `NotFound`."""
    if session.get(ScanRow, scan_id) is None:
        raise NotFound(f"There is no scan {scan_id!r}.")
    steps = select(JoinRow).where(JoinRow.scan_id == scan_id).order_by(JoinRow.sequence)
    return tuple(_join(row) for row in session.execute(steps).scalars())


def waiting_joins(
    session: Session,
    *,
    state: JoinState | None = None,
    sites: frozenset[str] | None = None,
    before: str | None = None,
    limit: int = 50,
) -> tuple[WaitingJoin, ...]:
    """Scans that wait for a join, newest first, of these sites or all; `before` is the last id of the page before.

    Raises `NotFound`.
    """
    wanted = select(ScanRow).order_by(ScanRow.received_at.desc(), ScanRow.id.desc()).limit(limit)
    wanted = wanted.where(ScanRow.join_state.in_((state,) if state else UNJOINED), scans_at(sites))
    if before is not None:
        last = session.get(ScanRow, before)
        if last is None:
            raise NotFound(f"There is no scan {before!r} to go on from.")
        wanted = wanted.where(tuple_(ScanRow.received_at, ScanRow.id) < tuple_(last.received_at, last.id))
    rows = session.execute(wanted).scalars().all()
    joins = newest_joins(session, [row.id for row in rows])
    return tuple(_waiting(row, joins[row.id]) for row in rows)


def _join(row: JoinRow) -> JoinView:
    how: Any = row.how
    return JoinView(
        at=row.at,
        state=row.state,
        consignment=row.consignment_id,
        how=how,
        confidence=row.confidence,
        why=row.why,
        decided_by=row.decided_by,
        candidates=tuple(_candidate(each) for each in row.candidates),
        said=sentences_of(row.said),
    )


def _candidate(document: dict[str, Any]) -> CandidateView:
    evidence = tuple(
        EvidenceView(**{**each, "said": sentences_of(each.get("said"))}) for each in document["evidence"]
    )
    said = tuple(sentence for each in evidence for sentence in each.said)
    return CandidateView(**{**document, "evidence": evidence, "said": said})


def _waiting(row: ScanRow, join: JoinView) -> WaitingJoin:
    seen = seen_of(row)
    return WaitingJoin(
        scan=row.id,
        name=row.name,
        received_at=row.received_at,
        acquired_at=row.acquired_at,
        device=row.device,
        site=seen.site,
        units=tuple(_unit(unit) for unit in seen.units),
        join=join,
    )


def _unit(unit: UnitMark) -> UnitView:
    number, plate = (
        MarkView(mark.as_read, mark.text, mark.confidence) if mark is not None else None
        for mark in (unit.number_read, unit.plate_read)
    )
    return UnitView(number, plate)
