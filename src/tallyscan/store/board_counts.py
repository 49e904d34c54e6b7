"""What came of the day at a site: what arrived and was decided, opened, referred and ordered."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast, get_args

from sqlalchemy import Select, func, select, union
from sqlalchemy.orm import Session

from tallyscan.disposition import Step
from tallyscan.risk import Lane
from tallyscan.store.controls import openings
from tallyscan.store.queue_rows import is_listed_as
from tallyscan.store.standing import ORDER_STANDS, STANDS
from tallyscan.store.tables import WAITING, WHOLES, DecisionRow, ScanRow, ScanScoreRow
from tallyscan.store.targeting_tables import DispositionRow, QueueRow


@dataclass(frozen=True)
class Counts:
    """What happened since the board begins to count, but for what was taken back or corrected: scans that arrived and
    were decided, loads that were opened, and that were referred, by a reader or by an order. `lanes` are of the scans
    that arrived and were read, `orders` count the consignments of which each was ordered.
    """

    arrived: int
    decided: int
    opened: int
    referred: int
    lanes: dict[Lane, int]
    orders: dict[Step, int]


def counts_since(session: Session, site: str, since: datetime, unread: int) -> Counts:
    """`unread` are those that arrived since and wait to be read."""
    came = [ScanScoreRow.site == site, ScanScoreRow.at >= since, ScanScoreRow.scan_id.not_in(WHOLES)]
    waits = ScanRow.state.in_(WAITING)
    rows = (
        select(ScanScoreRow.lane, func.count())
        .join(ScanRow, ScanRow.id == ScanScoreRow.scan_id)
        .where(*came, ~waits)
        .group_by(ScanScoreRow.lane)
    )
    lanes: dict[Lane, int] = dict.fromkeys(("green", "yellow", "red", "not_assessed"), 0)
    lanes.update((lane, count) for lane, count in session.execute(rows))
    here = select(ScanScoreRow.scan_id).where(ScanScoreRow.site == site)
    stand = (DecisionRow.received_at >= since, DecisionRow.scan_id.in_(here), *STANDS)
    decided = select(func.count(func.distinct(DecisionRow.scan_id))).where(*stand)
    opened = openings(lambda _, scan: scan.id.in_(here)).subquery()
    load = func.coalesce(opened.c.consignment, opened.c.scan)
    loads = select(func.count(func.distinct(load))).where(opened.c.at >= since)
    ordered = _orders(site, since)
    orders: dict[Step, int] = dict.fromkeys(get_args(Step), 0)
    by_step = ordered.with_only_columns(
        DispositionRow.disposition, func.count(func.distinct(DispositionRow.consignment_id))
    ).group_by(DispositionRow.disposition)
    for step, count in session.execute(by_step):
        orders[cast("Step", step)] = count
    referred = union(
        select(func.coalesce(ScanRow.consignment_id, ScanRow.id))
        .join(DecisionRow, DecisionRow.scan_id == ScanRow.id)
        .where(DecisionRow.answer == "refer", *stand),
        ordered.with_only_columns(DispositionRow.consignment_id).where(DispositionRow.disposition == "refer"),
    ).subquery()
    return Counts(
        arrived=sum(lanes.values()) + unread,
        decided=session.execute(decided).scalar_one(),
        opened=session.execute(loads).scalar_one(),
        referred=session.execute(select(func.count()).select_from(referred)).scalar_one(),
        lanes=lanes,
        orders=orders,
    )


def _orders(site: str, since: datetime) -> Select[DispositionRow]:
    """What officers ordered of consignments that are listed at the site, and neither corrected nor took back."""
    return (
        select(DispositionRow)
        .join(QueueRow, QueueRow.consignment_id == DispositionRow.consignment_id)
        .where(
            DispositionRow.received_at >= since,
            is_listed_as(site),
            *ORDER_STANDS,
        )
    )
