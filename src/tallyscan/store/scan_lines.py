"""Scans as they stand beside another one: when, what was answered, what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.decision import Answer
from tallyscan.finding import AnomalyDecision
from tallyscan.risk import Lane
from tallyscan.store.controls import scans_opened
from tallyscan.store.decisions import decision_histories
from tallyscan.store.deletions import deleted_of
from tallyscan.store.queries import declared_goods
from tallyscan.store.tables import WAITING, PartRow, ReadingRow, ScanRow, ScanState


@dataclass(frozen=True)
class ScanLine:
    """A scan in a line. `at` is when it was made, else when it came. `lane` and `search` are what its newest reading
    says, null while none counts; `officer` is what stands of what officers say, of the second reader where there is
    one. `found` says whether a control of the load found anything, null where nobody looked inside. `has_thumbnail`:
    there is a picture of it. `hidden`: the reading, and what came of the load, are withheld from who asks.
    """

    scan: str
    name: str
    at: datetime
    state: ScanState
    consignment: str | None
    unit: int | None
    goods: str | None
    lane: Lane | None
    risk_score: float | None
    search: AnomalyDecision | None
    officer: Answer | None
    found: bool | None
    has_thumbnail: bool
    hidden: bool = False

    def withheld(self) -> "ScanLine":
        """As whoever still has to read it, or the same load, may see it: nothing that says what to find."""
        nothing = replace(self, lane=None, risk_score=None, search=None, officer=None, found=None)
        return replace(nothing, has_thumbnail=False, hidden=True)


def scan_lines(session: Session, scan_ids: Iterable[str]) -> dict[str, ScanLine]:
    """Those of these scans that are here."""
    ids = list(dict.fromkeys(scan_ids))
    document = ReadingRow.document
    rows = session.execute(
        select(
            ScanRow,
            PartRow.unit,
            ReadingRow.thumbnail_key,
            document["risk"]["lane"].as_string().label("lane"),
            document["risk"]["score"].as_float().label("score"),
            document["anomaly"]["decision"].as_string().label("search"),
        )
        .outerjoin(PartRow, PartRow.scan_id == ScanRow.id)
        .outerjoin(ReadingRow, (ReadingRow.scan_id == ScanRow.id) & (ReadingRow.revision == ScanRow.revision))
        .where(ScanRow.id.in_(ids))
    ).all()
    opened = scans_opened(session, ids)
    gone = deleted_of(session, "images", ids)
    decisions = decision_histories(session, set(ids))
    goods = declared_goods(session, {row.ScanRow.consignment_id for row in rows} - {None})
    lines = {}
    for scan, unit, thumbnail, lane, score, search in rows:
        history = decisions.get(scan.id)
        standing = (history.standing_of("second") or history.standing_of("first")) if history else None
        counts = scan.state not in WAITING
        lines[scan.id] = ScanLine(
            scan=scan.id,
            name=scan.name,
            at=scan.acquired_at or scan.received_at,
            state=scan.state,
            consignment=scan.consignment_id,
            unit=unit,
            goods=goods.get(scan.consignment_id or ""),
            lane=lane if counts else None,
            risk_score=score if counts else None,
            search=search if counts else None,
            officer=standing.decision if standing else None,
            found=opened.get(scan.id),
            has_thumbnail=counts and thumbnail is not None and scan.id not in gone,
        )
    return lines
