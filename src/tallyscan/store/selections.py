"""Selections on record: steps that are only added, and of what they can still matter."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, aliased

from tallyscan.consignment_evidence import ConsignmentEvidence
from tallyscan.declaration import normal_mark
from tallyscan.risk_profile import Stage
from tallyscan.selection import JUDGED_LATER, Chosen, Selection
from tallyscan.store.controls import Column, is_opened
from tallyscan.store.crossing_tables import CrossingEventRow
from tallyscan.store.queue_rows import touch
from tallyscan.store.selection_tables import SelectionReasonRow, SelectionRow, SelectionSiteRow
from tallyscan.store.tables import Consignment, ScanRow, ScanState

_SELECTION = TypeAdapter(Selection)
_SCANNED: tuple[ScanState, ...] = ("received", "reading", "read")


def put_selection(
    session: Session,
    evidence: ConsignmentEvidence,
    stage: Stage,
    chosen: Chosen,
    before: Selection | None,
    now: datetime,
) -> Selection | None:
    """Keep what came out, instead of what stood `before`; None where it is as it was, and where there is nothing."""
    if before is None and not chosen.reasons:
        return None
    selection = Selection(
        consignment=evidence.consignment,
        stage=stage,
        sequence=before.sequence + 1 if before else 1,
        supersedes=before.sequence if before else None,
        at=now,
        declaration_version=evidence.declaration_version,
        sites=evidence.sites,
        selected=bool(chosen.actions),
        actions=chosen.actions,
        priority=chosen.priority,
        in_words=chosen.in_words,
        interview=chosen.interview,
        chances=chosen.chances,
        reasons=chosen.reasons,
    )
    if before is not None and _says(before) == _says(selection):
        return None
    _add(session, selection)
    touch(session, selection.consignment)
    return selection


def standing(session: Session, consignment: str, stage: Stage) -> Selection | None:
    """The step that counts."""
    return standing_of(session, [consignment], stage).get(consignment)


def standing_of(session: Session, consignments: Sequence[str], stage: Stage) -> dict[str, Selection]:
    """Of each of them the step that counts, where there is one."""
    rows = select(SelectionRow.consignment_id, SelectionRow.document).where(
        SelectionRow.consignment_id.in_(consignments),
        SelectionRow.stage == stage,
        SelectionRow.superseded.is_(False),
    )
    return {consignment: selection_of(document) for consignment, document in session.execute(rows)}


def selections(session: Session, consignment: str) -> tuple[Selection, ...]:
    """Every step of a consignment, oldest first."""
    rows = select(SelectionRow.document).where(SelectionRow.consignment_id == consignment)
    ordered = rows.order_by(SelectionRow.at, SelectionRow.stage, SelectionRow.sequence)
    return tuple(selection_of(each) for each in session.execute(ordered).scalars())


def standing_selections(session: Session, consignment: str) -> tuple[Selection, ...]:
    """The steps that count, one of each stage at most."""
    every = selections(session, consignment)
    return tuple({each.stage: each for each in every}.values())


def selection_of(document: dict[str, Any]) -> Selection:
    """A step as it was kept."""
    return _SELECTION.validate_python(document)


def is_scanned(consignment: Column | str) -> ColumnElement[bool]:
    """Whether there is a scan of it that is read, or waits for that; one that could not be read is none. Part of
    another question.
    """
    scan, heard = aliased(ScanRow), aliased(CrossingEventRow)
    return or_(
        exists().where(scan.consignment_id == consignment, scan.state.in_(_SCANNED)),
        exists().where(heard.consignment_id == consignment, heard.kind == "reading"),
    )


def pending(session: Session, stage: Stage, *, since: datetime, selected_alone: bool) -> tuple[str, ...]:
    """Consignments of which the selection can still matter: declared and not scanned, or scanned and not opened;
    `selected_alone`: of those only the selected ones.
    """
    if stage == "before_scan":
        rows = select(Consignment.id).where(Consignment.declared_at >= since, ~is_scanned(Consignment.id))
    else:
        lately = exists().where(ScanRow.consignment_id == Consignment.id, ScanRow.received_at >= since)
        heard = exists().where(
            CrossingEventRow.consignment_id == Consignment.id,
            CrossingEventRow.kind == "reading",
            CrossingEventRow.heard_at >= since,
        )
        rows = select(Consignment.id).where(or_(lately, heard), ~is_opened(Consignment.id))
    if selected_alone:
        stands = SelectionRow.superseded.is_(False) & SelectionRow.selected.is_(True)
        of_it = (SelectionRow.consignment_id == Consignment.id) & (SelectionRow.stage == stage)
        rows = rows.where(exists().where(of_it, stands))
    return tuple(session.execute(rows.order_by(Consignment.created_at)).scalars())


def to_be_judged(session: Session) -> tuple[tuple[str, Stage], ...]:
    """What is selected only until it is judged."""
    of_step = (
        (SelectionReasonRow.consignment_id == SelectionRow.consignment_id)
        & (SelectionReasonRow.stage == SelectionRow.stage)
        & (SelectionReasonRow.sequence == SelectionRow.sequence)
    )
    rows = (
        select(SelectionRow.consignment_id, SelectionRow.stage, SelectionRow.document)
        .where(SelectionRow.superseded.is_(False), SelectionRow.selected.is_(True))
        .where(
            exists().where(
                of_step, SelectionReasonRow.kind == "undetermined", SelectionReasonRow.profile_id.is_(None)
            )
        )
    )
    return tuple(
        (consignment, stage)
        for consignment, stage, document in session.execute(rows)
        if document["in_words"] == JUDGED_LATER
    )


def _add(session: Session, selection: Selection) -> None:
    key = (selection.consignment, selection.stage)
    if selection.supersedes is not None:
        session.get_one(SelectionRow, (*key, selection.supersedes)).superseded = True
    step = {"consignment_id": key[0], "stage": key[1], "sequence": selection.sequence}
    document = _SELECTION.dump_python(selection, mode="json")
    session.add(
        SelectionRow(
            **step, at=selection.at, selected=selection.selected, superseded=False, document=document
        )
    )
    session.flush()
    sites = dict.fromkeys(normal_mark(site) for site in selection.sites) or {"": None}
    session.add_all(SelectionSiteRow(**step, site=site) for site in sites)
    session.add_all(
        SelectionReasonRow(
            **step,
            position=position,
            profile_id=reason.profile,
            profile_version=reason.version,
            kind=reason.kind,
            action=reason.action,
            priority=reason.priority,
            chance=reason.chance,
            drawn=reason.drawn,
        )
        for position, reason in enumerate(selection.reasons)
    )
    session.flush()


def _says(selection: Selection) -> tuple[object, ...]:
    return selection.sites, selection.actions, selection.chances, selection.reasons
