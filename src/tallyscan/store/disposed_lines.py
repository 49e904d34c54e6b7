"""What live lines say of dispositions, as codes: so that a page can say it in its own language."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from tallyscan.disposition import Ground, Step
from tallyscan.referral import AnswerCode
from tallyscan.store.live_lines import LiveLine
from tallyscan.store.targeting_tables import DispositionRow

_EVENT = "disposition-"
"""So do the ids of their events begin."""


@dataclass(frozen=True)
class DisposedLine:
    """`by` made the entry that the line tells of; `disposition`, its `ground` and `contact_point` are those that were
    made, or that were taken back or answered, with `answer`.
    """

    by: str
    disposition: Step
    ground: Ground
    contact_point: str | None
    answer: AnswerCode | None


def disposed_in(session: Session, lines: Sequence[LiveLine]) -> dict[int, DisposedLine]:
    """By the position of the line; of other lines there is none."""
    events = {line.position: line.event for line in lines if line.event is not None}
    told = {at: event[len(_EVENT) :] for at, event in events.items() if event.startswith(_EVENT)}
    if not told:
        return {}
    order = aliased(DispositionRow)
    rows = (
        select(DispositionRow, order)
        .outerjoin(order, order.id == DispositionRow.replaces)
        .where(DispositionRow.id.in_(told.values()))
    )
    by_id = {row.id: _line(row, replaced) for row, replaced in session.execute(rows)}
    return {position: by_id[entry] for position, entry in told.items() if entry in by_id}


def _line(row: DispositionRow, replaced: DispositionRow) -> DisposedLine:
    is_order = row.ground is not None  # and no undo, nor what an office said of one
    made = row if is_order else replaced
    return DisposedLine(
        by=row.person,
        disposition=made.document["disposition"],
        ground=made.document["ground"],
        contact_point=made.document.get("contact_point"),
        answer=None if is_order else row.document.get("code"),
    )
