"""What another model says of an archive, held against what is on record: in counts, and the scans to look at."""

from collections import Counter
from dataclasses import dataclass
from typing import get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.risk import Lane
from tallyscan.store.controls import scans_opened
from tallyscan.store.reread_tables import RereadScanRow
from tallyscan.store.tables import ScanRow

MOST_LISTED = 200
_ORDER = {lane: place for place, lane in enumerate(("green", "yellow", "red"))}
_AT_ONCE = 500


@dataclass(frozen=True)
class Moved:
    """So many scans had `before`, and have `after`: lanes or statuses."""

    before: str
    after: str
    scans: int


@dataclass(frozen=True)
class Known:
    """Of loads that were opened: how many were not green before, and are not now."""

    scans: int
    not_green_before: int
    not_green_now: int


@dataclass(frozen=True)
class AtPlace:
    """How many scans of a site and device are in a higher lane than before, and how many in a lower one."""

    site: str | None
    device: str | None
    scans: int
    raised: int
    lowered: int


@dataclass(frozen=True)
class Comparison:
    """`raised`: scans in a higher lane than before, `lowered`: in a lower one; finds first, `MOST_LISTED` at most. What
    one of both did not read is in `statuses` and `lanes` alone.
    """

    statuses: tuple[Moved, ...]
    lanes: tuple[Moved, ...]
    found: Known
    nothing_found: Known
    places: tuple[AtPlace, ...]
    raised: tuple[str, ...]
    lowered: tuple[str, ...]


def comparison(session: Session, reread: str) -> Comparison:
    """Of what is read so far."""
    columns = (
        RereadScanRow.scan_id,
        RereadScanRow.status_before,
        RereadScanRow.status,
        RereadScanRow.lane_before,
        RereadScanRow.lane,
        ScanRow.site,
        ScanRow.device,
    )
    of_run = select(*columns).join(ScanRow, ScanRow.id == RereadScanRow.scan_id)
    read = of_run.where(RereadScanRow.reread_id == reread, RereadScanRow.state == "read")
    rows = session.execute(read.order_by(RereadScanRow.position)).all()
    opened: dict[str, bool] = {}
    ids = [row.scan_id for row in rows]
    for start in range(0, len(ids), _AT_ONCE):
        opened |= scans_opened(session, ids[start : start + _AT_ONCE])
    statuses: Counter[tuple[str, str]] = Counter((row.status_before, row.status) for row in rows)
    lanes: Counter[tuple[str, str]] = Counter((row.lane_before, row.lane) for row in rows)
    judged = [row for row in rows if row.lane_before in _ORDER and row.lane in _ORDER]
    raised = [row for row in judged if _ORDER[row.lane] > _ORDER[row.lane_before]]
    lowered = [row for row in judged if _ORDER[row.lane] < _ORDER[row.lane_before]]

    def known(found: bool) -> Known:
        of = [row for row in judged if opened.get(row.scan_id) is found]
        before = sum(row.lane_before != "green" for row in of)
        return Known(len(of), before, sum(row.lane != "green" for row in of))

    def finds_first(scans: list[str]) -> tuple[str, ...]:
        return tuple(sorted(scans, key=lambda scan: not opened.get(scan, False))[:MOST_LISTED])

    places = Counter((row.site, row.device) for row in judged)
    at_raised = Counter((row.site, row.device) for row in raised)
    at_lowered = Counter((row.site, row.device) for row in lowered)
    return Comparison(
        statuses=_moved(statuses),
        lanes=_moved(lanes),
        found=known(True),
        nothing_found=known(False),
        places=tuple(
            AtPlace(*at, scans, at_raised[at], at_lowered[at])
            for at, scans in sorted(places.items(), key=lambda each: (each[0][0] or "", each[0][1] or ""))
        ),
        raised=finds_first([row.scan_id for row in raised]),
        lowered=finds_first([row.scan_id for row in lowered]),
    )


def _moved(counted: Counter[tuple[str, str]]) -> tuple[Moved, ...]:
    order = [*get_args(Lane)]

    def place(pair: tuple[str, str]) -> tuple[object, ...]:
        return tuple((order.index(each) if each in order else 9, each) for each in pair)

    return tuple(Moved(*pair, counted[pair]) for pair in sorted(counted, key=place))
