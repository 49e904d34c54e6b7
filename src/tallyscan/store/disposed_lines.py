"""What live lines say of dispositions, as codes: so that a page can say it in its own language."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.disposition import Ground, Step
from tallyscan.referral import AnswerCode
from tallyscan.store.live_lines import LiveLine
from tallyscan.store.targeting_tables import DispositionRow

_KIND = "disposition."


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
    told = {(line.consignment, line.at): line.position for line in lines if line.kind.startswith(_KIND)}
    of = {consignment for consignment, _ in told}
    if not of:
        return {}
    rows = (
        session.execute(select(DispositionRow).where(DispositionRow.consignment_id.in_(of))).scalars().all()
    )
    by_id = {row.id: row for row in rows}
    return {
        position: _line(row, by_id)
        for row in rows
        if (position := told.get((row.consignment_id, row.received_at))) is not None
    }


def _line(row: DispositionRow, by_id: dict[str, DispositionRow]) -> DisposedLine:
    is_order = row.ground is not None  # and no undo, nor what an office said of one
    made = row if is_order else by_id[row.replaces or ""]
    return DisposedLine(
        by=row.person,
        disposition=made.document["disposition"],
        ground=made.document["ground"],
        contact_point=made.document.get("contact_point"),
        answer=None if is_order else row.document.get("code"),
    )
