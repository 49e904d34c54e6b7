"""Whether the result of a control fits the scan of which it is."""

from datetime import datetime

from tallyscan.errors import Conflict
from tallyscan.inspection import InspectionHistory, InspectionSaid
from tallyscan.review.clock import check_time
from tallyscan.reviewed_scan import ReviewedScan


def check_inspection(
    said: InspectionSaid, scan: ReviewedScan, history: InspectionHistory, now: datetime
) -> None:
    """Raises `Conflict` with the reason when it does not fit."""
    check_time(said.at, now)
    standing = [inspection.id for inspection in history.standing]
    if said.corrects is not None and said.corrects not in standing:
        raise Conflict(
            f"No inspection {said.corrects} of scan {scan.scan_id} stands.",
            remedy="Name in `corrects` the one that is to be replaced; leave it out for a further inspection.",
        )
    unknown = sorted({item.unit for item in said.items if item.unit is not None} - set(scan.units))
    if unknown:
        known = ", ".join(map(str, sorted(scan.units))) or "none"
        raise Conflict(
            f"Scan {scan.scan_id} has no cargo unit {unknown[0]}: its newest reading has {known}.",
            remedy="Name a box in pixels instead, or no place.",
        )
