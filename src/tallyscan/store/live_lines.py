"""What those who watch a site see: a line for each thing that happens, kept in the transaction in which it does."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from tallyscan.declaration import Declaration, normal_mark
from tallyscan.store.live_words import of_event
from tallyscan.store.selection_tables import LiveRow
from tallyscan.store.tables import ScanRow
from tallyscan.wording import Sentence, Wording, as_document, said, sentences_of

MOST_KEPT = 100_000
_PRUNE_EVERY = 1_000
_KINDS = {
    "org.tallyscan.scan-assessment.": "reading",
    "org.tallyscan.scan-decision.": "decision",
    "org.tallyscan.scan-inspection.": "inspection",
    "org.tallyscan.scan-referral.": "referral",
    "org.tallyscan.selection.": "selection",
    "org.tallyscan.disposition.": "disposition",
    "org.tallyscan.risk-score.": "risk-score",
    "org.tallyscan.weighing.": "weighing",
    "org.tallyscan.control-result.": "control-result",
    "org.tallyscan.interview.": "interview",
}


@dataclass(frozen=True)
class LiveLine:
    """`position` grows with each. `site` is null where nobody says it: every site is told. `event` is the id of the one
    that goes outside, if there is one.
    """

    position: int
    at: datetime
    site: str | None
    kind: str
    consignment: str | None
    scan: str | None
    lane: str | None
    in_words: str
    said: tuple[Sentence, ...] = ()
    event: str | None = None


def tell_watchers(session: Session, event: dict[str, Any]) -> None:
    """The line of an event that goes outside; of those that concern no consignment there is none."""
    kind = next((told for prefix, told in _KINDS.items() if str(event.get("type")).startswith(prefix)), None)
    if kind is None:
        return
    data: dict[str, Any] = event["data"]
    scan: dict[str, Any] = data.get("scan") or {}
    sites = data["sites"] if "sites" in data else [data.get("site") or scan.get("site")]
    put_lines(
        session,
        sites=sites,
        at=datetime.fromisoformat(event["time"]),
        kind=f"{kind}.{event['type'].split('.')[-2]}",
        consignment=data.get("consignment") or scan.get("consignment"),
        scan=data.get("scan_id") or scan.get("scan_id"),
        lane=_lane(data),
        in_words=of_event(data),
        event=event["id"],
    )


def scan_arrived(session: Session, scan: ScanRow, site: str | None, now: datetime) -> None:
    """A scan was kept, and waits to be read."""
    put_lines(
        session,
        sites=[site],
        at=now,
        kind="scan.arrived",
        consignment=scan.consignment_id,
        scan=scan.id,
        lane=None,
        in_words=said("A scan arrived: {scan}.", scan=scan.name),
    )


def declaration_arrived(
    session: Session, consignment: str, declaration: Declaration, version: int, now: datetime
) -> None:
    """A declaration was kept; of another version than the first it was corrected."""
    put_lines(
        session,
        sites=[office.reference_number for office in declaration.customs_offices],
        at=now,
        kind="declaration.arrived" if version == 1 else "declaration.corrected",
        consignment=consignment,
        scan=None,
        lane=None,
        in_words=declaration.in_words,
    )


def put_lines(
    session: Session,
    *,
    sites: Iterable[str | None],
    at: datetime,
    kind: str,
    consignment: str | None,
    scan: str | None,
    lane: str | None,
    in_words: str | Wording,
    event: str | None = None,
) -> None:
    """One for each site; one for all where none is named."""
    keys = dict.fromkeys(normal_mark(site)[:80] if site else None for site in sites) or {None: None}
    for site in keys:
        row = LiveRow(at=at, site=site, kind=kind, consignment=consignment, scan_id=scan, lane=lane)
        row.in_words, row.said, row.event_id = str(in_words), as_document(in_words), event
        session.add(row)
        session.flush()
        if row.position % _PRUNE_EVERY == 0:
            session.execute(delete(LiveRow).where(LiveRow.position <= row.position - MOST_KEPT))


def lines_after(session: Session, site: str, position: int, limit: int) -> tuple[LiveLine, ...]:
    """What happened at a site after that line, oldest first."""
    wanted = (
        select(LiveRow)
        .where(LiveRow.position > position, or_(LiveRow.site == normal_mark(site), LiveRow.site.is_(None)))
        .order_by(LiveRow.position)
        .limit(limit)
    )
    return tuple(_line(row) for row in session.execute(wanted).scalars())


def is_kept(session: Session, position: int) -> bool:
    """Whether everything after that line is still here; not so where it is thrown away, or of another database."""
    first, last = session.execute(select(func.min(LiveRow.position), func.max(LiveRow.position))).one()
    return (first or 1) - 1 <= position <= (last or 0)


def position_before(session: Session, site: str, lines: int) -> int:
    """After which the last so many lines of a site come; with 0 lines, after the newest of all."""
    if lines == 0:
        return session.execute(select(func.max(LiveRow.position))).scalar() or 0
    wanted = (
        select(LiveRow.position)
        .where(or_(LiveRow.site == normal_mark(site), LiveRow.site.is_(None)))
        .order_by(LiveRow.position.desc())
        .limit(lines)
    )
    return min(session.execute(wanted).scalars(), default=1) - 1


def _line(row: LiveRow) -> LiveLine:
    return LiveLine(
        position=row.position,
        at=row.at.astimezone(UTC),
        site=row.site,
        kind=row.kind,
        consignment=row.consignment,
        scan=row.scan_id,
        lane=row.lane,
        in_words=row.in_words,
        said=sentences_of(row.said),
        event=row.event_id,
    )


def _lane(data: dict[str, Any]) -> str | None:
    """That of the scan, else that of the consignment after the step."""
    risk = (data.get("reading") or {}).get("risk") or (data.get("record") or {}).get("risk")
    return risk["lane"] if risk else None
