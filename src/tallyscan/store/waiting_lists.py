"""What is to be scanned or opened at an office: chosen, ordered and cut by the database, whatever waits there."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, exists, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from tallyscan.declaration import Declaration, normal_mark
from tallyscan.disposition import Disposition
from tallyscan.risk_profile import Action, Stage
from tallyscan.selection import Selection
from tallyscan.store.controls import is_opened
from tallyscan.store.ordered import ACTION, Ordered, ordered
from tallyscan.store.selection_tables import (
    DeclaredOfficeRow,
    SelectionReasonRow,
    SelectionRow,
    SelectionSiteRow,
)
from tallyscan.store.selections import is_scanned, selection_of
from tallyscan.store.standing import STANDS
from tallyscan.store.tables import Consignment, DecisionRow, DeclarationVersion, IncomingRow, ScanRow
from tallyscan.store.targeting_tables import QueueRow


@dataclass(frozen=True)
class Listed:
    """A consignment that waits for something at an office. `actions` are those that are still to be done, `reasons` why
    in one line, `interview` the questions that are still to be asked; `expected_at` is when it is declared to come,
    `marks` by what it is known. `disposition` is the order of a targeting officer that nobody has carried out yet, and
    says where to look; null where profiles and shares alone select it.
    """

    consignment: str
    priority: int
    actions: tuple[Action, ...]
    reasons: str
    interview: tuple[str, ...]
    selected_at: datetime
    expected_at: datetime | None
    declared: str | None
    marks: tuple[str, ...]
    disposition: Disposition | None = None


def listed(session: Session, site: str, stage: Stage, *, since: datetime, limit: int) -> tuple[Listed, ...]:
    """What waits at an office: what officers ordered, the oldest order first, then what is selected, the most pressing
    first, then what is expected first. What says of no office where it comes waits at every one. What was done, or
    released, is no longer listed.
    """
    orders = ordered(session, site, stage, limit=limit)
    own = SelectionRow.consignment_id.in_(list(orders))
    both = (
        {each.consignment: each for each in _selected(session, site, stage, since, limit, own)}
        if orders
        else {}
    )
    first = tuple(
        _with_order(stage, each, both.get(each.disposition.consignment)) for each in orders.values()
    )
    return (*first, *_selected(session, site, stage, since, limit - len(first), not_(own)))


def _with_order(stage: Stage, order: Ordered, selected: Listed | None) -> Listed:
    """What an officer ordered comes first; what else it is selected for is done at once."""
    said = order.disposition
    return Listed(
        consignment=said.consignment,
        priority=1,
        actions=tuple(dict.fromkeys((ACTION[stage], *(selected.actions if selected else ())))),
        reasons="; ".join([said.in_words, *([selected.reasons] if selected else [])]),
        interview=selected.interview if selected else (),
        selected_at=said.received_at,
        expected_at=selected.expected_at if selected else None,
        declared=order.declared,
        marks=order.marks,
        disposition=said,
    )


def _selected(
    session: Session, site: str, stage: Stage, since: datetime, limit: int, among: ColumnElement[bool]
) -> tuple[Listed, ...]:
    first = _first(session, site, stage, since, limit, among)
    ids = [row.consignment_id for row in first]
    documents = (
        select(
            SelectionRow.consignment_id, SelectionRow.document, DeclarationVersion.document.label("declared")
        )
        .join(Consignment, Consignment.id == SelectionRow.consignment_id)
        .outerjoin(
            DeclarationVersion,
            (DeclarationVersion.consignment_id == Consignment.id)
            & (DeclarationVersion.version == Consignment.declaration_version),
        )
        .where(
            SelectionRow.consignment_id.in_(ids),
            SelectionRow.stage == stage,
            SelectionRow.superseded.is_(False),
        )
    )
    known = {row.consignment_id: row for row in session.execute(documents)}
    asked = _asked(session, ids)
    return tuple(
        _listed(row, known[row.consignment_id], asked.get(row.consignment_id, set())) for row in first
    )


def put_offices(session: Session, consignment: str, declaration: Declaration) -> None:
    """Where and when it is declared to come, instead of what was declared before."""
    session.execute(delete(DeclaredOfficeRow).where(DeclaredOfficeRow.consignment_id == consignment))
    expected: dict[str, list[datetime]] = defaultdict(list)
    for office in declaration.customs_offices:
        if office.arrival_date_and_time_estimated is not None:
            expected[normal_mark(office.reference_number)[:80]].append(office.arrival_date_and_time_estimated)
    session.add_all(
        DeclaredOfficeRow(consignment_id=consignment, office=office, expected_at=min(times))
        for office, times in expected.items()
    )


def _first(
    session: Session, site: str, stage: Stage, since: datetime, limit: int, among: ColumnElement[bool]
) -> Sequence[Row[Any]]:
    """Consignment, what of it is done, priority of what is not, and when it is expected."""
    at_site = exists().where(
        SelectionSiteRow.consignment_id == SelectionRow.consignment_id,
        SelectionSiteRow.stage == SelectionRow.stage,
        SelectionSiteRow.sequence == SelectionRow.sequence,
        SelectionSiteRow.site.in_(("", normal_mark(site))),
    )
    selected = (
        select(
            SelectionRow.consignment_id,
            SelectionRow.sequence,
            SelectionRow.at,
            *(done.label(action) for action, done in _done().items()),
        )
        .where(
            SelectionRow.stage == stage,
            SelectionRow.superseded.is_(False),
            SelectionRow.selected.is_(True),
            SelectionRow.at >= since,
            at_site,
            among,
            ~exists().where(
                QueueRow.consignment_id == SelectionRow.consignment_id, QueueRow.released.is_(True)
            ),
        )
        .subquery()
    )
    reason = SelectionReasonRow
    done_already = (and_(reason.action == action, selected.c[action]) for action in _done())
    of_step = and_(
        reason.consignment_id == selected.c.consignment_id,
        reason.stage == stage,
        reason.sequence == selected.c.sequence,
        reason.drawn.is_(True),
        not_(or_(*done_already)),
    )
    priority = func.min(reason.priority).label("priority")
    expected = DeclaredOfficeRow.expected_at
    here = and_(
        DeclaredOfficeRow.consignment_id == selected.c.consignment_id,
        DeclaredOfficeRow.office == normal_mark(site),
    )
    rows = (
        select(selected, priority, expected)
        .join(reason, of_step)
        .outerjoin(DeclaredOfficeRow, here)
        .group_by(*selected.c, expected)
        .order_by(priority, expected.is_(None), expected, selected.c.at, selected.c.consignment_id)
        .limit(limit)
    )
    return session.execute(rows).all()


def _done() -> dict[Action, ColumnElement[bool]]:
    """Documents are asked for outside: of them nothing is known here."""
    of_scan = aliased(ScanRow)
    second = exists().where(
        of_scan.consignment_id == SelectionRow.consignment_id,
        DecisionRow.scan_id == of_scan.id,
        DecisionRow.reader == "second",
        *STANDS,
    )
    return {
        "scan": is_scanned(SelectionRow.consignment_id),
        "open": is_opened(SelectionRow.consignment_id),
        "second_reading": second,
    }


def _asked(session: Session, consignments: Sequence[str]) -> Mapping[str, set[str]]:
    """By consignment the profiles whose questions were asked: what a later interview corrects was not."""
    later = aliased(IncomingRow)
    profile = IncomingRow.document["profile"].as_string()
    rows = select(IncomingRow.consignment_id, profile).where(
        IncomingRow.consignment_id.in_(consignments),
        IncomingRow.kind == "interview",
        ~exists().where(later.consignment_id == IncomingRow.consignment_id, later.replaces == IncomingRow.id),
    )
    asked: dict[str, set[str]] = defaultdict(set)
    for consignment, name in session.execute(rows):
        asked[consignment].add(name)
    return asked


def _listed(row: Row[Any], known: Row[Any], asked: set[str]) -> Listed:
    selection: Selection = selection_of(known.document)
    actions = tuple(each for each in selection.actions if not row._mapping.get(each, False))
    drawn = [each for each in selection.reasons if each.drawn]
    unasked = [each for each in drawn if each.profile not in asked]
    declaration = Declaration.model_validate(known.declared) if known.declared else None
    return Listed(
        consignment=selection.consignment,
        priority=row.priority,
        actions=actions,
        reasons="; ".join(each.in_words for each in drawn if each.action in actions),
        interview=tuple(dict.fromkeys(question for each in unasked for question in each.interview)),
        selected_at=selection.at,
        expected_at=row.expected_at,
        declared=declaration.in_words if declaration else None,
        marks=declaration.unit_marks if declaration else (),
    )
