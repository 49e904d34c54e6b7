"""A scan as it stands when a person decides on it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.errors import NotFound
from tallyscan.reading import reading_from_dict
from tallyscan.reviewed_scan import ReviewedScan
from tallyscan.store.join_candidates import seen_of
from tallyscan.store.outbox_rows import event_told
from tallyscan.store.tables import WAITING, ReadingRow, ScanRow


def reviewed_scan(session: Session, scan_id: str) -> ReviewedScan:
    """The scan, held so that nobody else decides on it in this transaction. Raises `NotFound`.

    In which SOP instances the scan came is told by its files; the event of its newest reading has it.
    """
    row = session.execute(select(ScanRow).where(ScanRow.id == scan_id).with_for_update()).scalar()
    if row is None:
        raise NotFound(f"There is no scan {scan_id!r}.")
    newest = select(ReadingRow).where(ReadingRow.scan_id == row.id, ReadingRow.revision == row.revision)
    read = session.execute(newest).scalar()
    reading = reading_from_dict(read.document) if read else None
    told: dict[str, Any] = (event_told(session, read.id) or {}).get("data", {}) if read else {}
    seen = seen_of(row)
    legible = tuple(mark for unit in seen.units if (mark := unit.legible))
    return ReviewedScan(
        scan_id=row.id,
        consignment=row.consignment_id,
        revision=row.revision,
        status=reading.status if reading and row.state not in WAITING else None,
        reason=row.reason,
        units={unit.unit: unit.box for unit in reading.containers} if reading else {},
        device=row.device or told.get("device"),
        acquired_at=row.acquired_at,
        site=seen.site or told.get("site"),
        marks_read=tuple(told.get("marks_read", ())) or legible,
        images=tuple(told.get("images", ())),
    )
