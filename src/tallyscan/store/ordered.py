"""What targeting officers ordered at a site and nobody has done yet: to scan again, to open."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.disposition import Disposition
from tallyscan.risk_profile import Action, Stage
from tallyscan.store.queue_rows import is_at
from tallyscan.store.scan_scores import site_key
from tallyscan.store.targeting_tables import QueueRow
from tallyscan.triage.queue_place import WaitsFor

_WAITS_FOR: dict[Stage, WaitsFor] = {"before_scan": "scan", "after_scan": "opening"}
_STEP = {"before_scan": "rescan", "after_scan": "open"}
ACTION: dict[Stage, Action] = {"before_scan": "scan", "after_scan": "open"}
"""What is to be done with a consignment of each list."""


@dataclass(frozen=True)
class Ordered:
    """A consignment with the disposition that it waits for, and what is declared of it."""

    disposition: Disposition
    declared: str | None
    marks: tuple[str, ...]


def ordered(session: Session, site: str, stage: Stage, *, limit: int) -> dict[str, Ordered]:
    """By consignment, what waits longest first. What says of no site where it is waits at every one."""
    rows = (
        select(QueueRow.consignment_id, QueueRow.shown)
        .where(
            QueueRow.released.is_(False),
            QueueRow.waits_for == _WAITS_FOR[stage],
            QueueRow.shown["awaited"].as_string() == _STEP[stage],
            is_at(site_key(site)),
        )
        .order_by(QueueRow.shown["disposition"]["received_at"].as_string(), QueueRow.consignment_id)
        .limit(limit)
    )
    return {
        consignment: Ordered(
            Disposition.model_validate(shown["disposition"]), shown["declared"], tuple(shown["marks"])
        )
        for consignment, shown in session.execute(rows)
    }
