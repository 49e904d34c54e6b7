"""The score of each scan for the worklist, kept when it is read and when what came with its consignment changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from tallyscan.declaration import normal_mark
from tallyscan.reading import Reading
from tallyscan.risk import Lane, Risk, RiskIndicator, RiskInputs, RiskShare
from tallyscan.risk_profile import Action
from tallyscan.store.incoming import effects_standing, incoming_history
from tallyscan.store.join_candidates import seen_of
from tallyscan.store.selection_tables import SelectionReasonRow, SelectionRow
from tallyscan.store.tables import WHOLES, ReadingRow, ScanRow, ScanScoreRow
from tallyscan.triage.consignment import with_incoming
from tallyscan.triage.odds import URGENT_SCORE
from tallyscan.triage.worklist import ScoredScan

UNNAMED = "UNNAMED"
"""The site of scans that name none, as sites are compared: `unnamed` in an address."""

_RISK = TypeAdapter(Risk)


@dataclass(frozen=True)
class SiteScan:
    """A scored scan, and when it came."""

    scan: ScoredScan
    at: datetime


def put_score(session: Session, row: ScanRow, reading: Reading, now: datetime) -> None:
    """Keep what the newest reading of a scan comes to, with what came with its consignment, and what it says alone."""
    incoming = _incoming(session, row.consignment_id) if row.consignment_id is not None else None
    scored = _put(session, row, reading.risk, incoming)
    scored.machine_lane, scored.machine_seconds = reading.risk.lane, reading.seconds.total
    scored.first_read_at = scored.first_read_at or now
    session.flush()


def _incoming(session: Session, consignment: str) -> tuple[RiskIndicator, ...]:
    effects = effects_standing(session, incoming_history(session, consignment))
    return tuple(each for _, _, effect in effects for each in effect.indicators)


def _put(
    session: Session, row: ScanRow, risk: Risk, incoming: tuple[RiskIndicator, ...] | None
) -> ScanScoreRow:
    whole = RiskShare(f"scan/{row.id}", risk)
    if incoming is not None:
        whole = with_incoming(whole, RiskInputs((), incoming))
    scored = session.get(ScanScoreRow, row.id) or ScanScoreRow(scan_id=row.id, at=row.received_at)
    scored.site = site_of(row)
    scored.lane, scored.score = whole.risk.lane, whole.risk.score
    scored.urgent = any(each.lifts_to == URGENT_SCORE for each in whole.risk.indicators)
    session.add(scored)
    session.flush()
    return scored


def score_again(session: Session, consignment: str) -> None:
    """What came with a consignment has changed: so have the scores of its scans."""
    read = (
        select(ScanRow, ReadingRow.document)
        .join(ReadingRow, (ReadingRow.scan_id == ScanRow.id) & (ReadingRow.revision == ScanRow.revision))
        .where(ScanRow.consignment_id == consignment)
    )
    incoming = _incoming(session, consignment)
    for row, document in session.execute(read).all():
        _put(session, row, _RISK.validate_python(document["risk"]), incoming)


def site_of(row: ScanRow) -> str:
    """Where it was scanned, as it is compared."""
    return site_key(seen_of(row).site)


def site_key(site: str | None) -> str:
    """A site as it is compared, here as for selections and lines to watch."""
    return normal_mark(site or "")[:80] or UNNAMED


def sites(session: Session) -> set[str]:
    """Every site of which a scan was read, as it is compared."""
    return set(session.execute(select(ScanScoreRow.site).distinct()).scalars())


def scans_before(
    session: Session, site: str, before: datetime, limit: int, asked_for: Action
) -> list[SiteScan]:
    """The newest scored scans of a site that came before a moment; of a whole with several units, those units."""
    return _found(session, [ScanScoreRow.site == site, ScanScoreRow.at < before], limit, asked_for)


def scans_between(
    session: Session, site: str, begins_at: datetime, ends_at: datetime, asked_for: Action
) -> list[SiteScan]:
    """Those that came in that time."""
    within = [ScanScoreRow.site == site, ScanScoreRow.at >= begins_at, ScanScoreRow.at < ends_at]
    return _found(session, within, None, asked_for)


def scored(session: Session, scan_ids: Iterable[str], asked_for: Action) -> dict[str, tuple[str, SiteScan]]:
    """Site and score of these scans, where they have one."""
    rows = with_why(asked_for).where(ScanScoreRow.scan_id.in_(list(scan_ids)))
    return {row.scan_id: (row.site, site_scan(row, why)) for row, why in session.execute(rows)}


def _found(
    session: Session, wanted: Sequence[ColumnElement[bool]], limit: int | None, asked_for: Action
) -> list[SiteScan]:
    rows = with_why(asked_for).where(*wanted, ScanScoreRow.scan_id.not_in(WHOLES))
    ordered = rows.order_by(ScanScoreRow.at.desc(), ScanScoreRow.scan_id).limit(limit)
    return [site_scan(row, why) for row, why in session.execute(ordered)]


def with_why(asked_for: Action) -> Select[ScanScoreRow, str | None]:
    """Each score, and why the consignment of its scan is selected for that action, if it is."""
    why = _selected(SelectionRow.document["in_words"].as_string(), asked_for).limit(1).scalar_subquery()
    return select(ScanScoreRow, why).join(ScanRow, ScanRow.id == ScanScoreRow.scan_id)


def is_selected(asked_for: Action) -> ColumnElement[bool]:
    """Whether the consignment of a `ScanRow` is selected for that action, as `with_why` says."""
    return _selected(SelectionRow.sequence, asked_for).exists()


def _selected(what: ColumnElement[Any] | InstrumentedAttribute[Any], asked_for: Action) -> Select[Any]:
    step = and_(
        SelectionReasonRow.consignment_id == SelectionRow.consignment_id,
        SelectionReasonRow.stage == SelectionRow.stage,
        SelectionReasonRow.sequence == SelectionRow.sequence,
    )
    return (
        select(what)
        .join(SelectionReasonRow, step)
        .where(
            SelectionRow.consignment_id == ScanRow.consignment_id,
            SelectionRow.superseded.is_(False),
            SelectionReasonRow.action == asked_for,
            SelectionReasonRow.drawn.is_(True),
        )
        .correlate(ScanRow)
    )


def site_scan(row: ScanScoreRow, why: str | None) -> SiteScan:
    """As the worklist places it."""
    lane: Lane = row.lane
    return SiteScan(ScoredScan(row.scan_id, lane, row.score, row.urgent, why), row.at)


def read_first_at(session: Session, scan_id: str) -> datetime | None:
    """When the first reading of a scan was made; None where it never was, or nobody knows."""
    row = session.get(ScanScoreRow, scan_id)
    return row.first_read_at if row is not None else None
