"""Selections on record: steps that are only added, and what is to be scanned or opened at an office."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session, aliased

from tallyscan.consignment_evidence import ConsignmentEvidence
from tallyscan.declaration import Declaration, normal_mark
from tallyscan.risk_profile import Action, Stage
from tallyscan.selection import JUDGED_LATER, Chosen, Selection
from tallyscan.store.controls import is_opened
from tallyscan.store.selection_tables import SelectionReasonRow, SelectionRow, SelectionSiteRow
from tallyscan.store.tables import (
    Consignment,
    DecisionRow,
    DeclarationVersion,
    ScanRow,
    ScanState,
)

_SELECTION = TypeAdapter(Selection)
_SCANNED: tuple[ScanState, ...] = ("received", "reading", "read")


@dataclass(frozen=True)
class Listed:
    """A consignment that waits for something at an office. `actions` are those that are still to be done, `reasons` why
    in one line; `expected_at` is when it is declared to come, `marks` by what it is known.
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
    return selection


def standing(session: Session, consignment: str, stage: Stage) -> Selection | None:
    """The step that counts."""
    rows = select(SelectionRow.document).where(
        SelectionRow.consignment_id == consignment,
        SelectionRow.stage == stage,
        SelectionRow.superseded.is_(False),
    )
    document = session.execute(rows).scalar()
    return _SELECTION.validate_python(document) if document else None


def selections(session: Session, consignment: str) -> tuple[Selection, ...]:
    """Every step of a consignment, oldest first."""
    rows = select(SelectionRow.document).where(SelectionRow.consignment_id == consignment)
    ordered = rows.order_by(SelectionRow.at, SelectionRow.stage, SelectionRow.sequence)
    return tuple(_SELECTION.validate_python(each) for each in session.execute(ordered).scalars())


def standing_selections(session: Session, consignment: str) -> tuple[Selection, ...]:
    """The steps that count, one of each stage at most."""
    every = selections(session, consignment)
    return tuple({each.stage: each for each in every}.values())


def listed(session: Session, site: str, stage: Stage, *, since: datetime, limit: int) -> tuple[Listed, ...]:
    """What waits at an office, the most pressing first, then what is expected first. What says of no office where it
    comes waits at every one. What was done is no longer listed.
    """
    rows = (
        select(SelectionRow.document, DeclarationVersion.document)
        .join(Consignment, Consignment.id == SelectionRow.consignment_id)
        .outerjoin(
            DeclarationVersion,
            (DeclarationVersion.consignment_id == Consignment.id)
            & (DeclarationVersion.version == Consignment.declaration_version),
        )
        .where(
            SelectionRow.stage == stage,
            SelectionRow.superseded.is_(False),
            SelectionRow.selected.is_(True),
            SelectionRow.at >= since,
            _at_site(site),
        )
    )
    found = []
    for document, declared in session.execute(rows).all():
        selection = _SELECTION.validate_python(document)
        open_actions = tuple(each for each in selection.actions if each not in _done(session, selection))
        if open_actions:
            declaration = Declaration.model_validate(declared) if declared else None
            found.append(_listed(selection, open_actions, declaration, site))
    far = datetime.max.replace(tzinfo=since.tzinfo)
    found.sort(key=lambda each: (each.priority, each.expected_at or far, each.selected_at))
    return tuple(found[:limit])


def is_scanned(session: Session, consignment: str) -> bool:
    """Whether there is a scan of it that is read, or waits for that; one that could not be read is none."""
    scanned = _scan_ids(consignment).where(ScanRow.state.in_(_SCANNED))
    return session.execute(scanned.limit(1)).first() is not None


def pending(session: Session, stage: Stage, *, since: datetime, selected_alone: bool) -> tuple[str, ...]:
    """Consignments of which the selection can still matter: declared and not scanned, or scanned and not opened;
    `selected_alone`: of those only the selected ones.
    """
    scans = select(ScanRow.id).where(ScanRow.consignment_id == Consignment.id)
    if stage == "before_scan":
        scanned = scans.where(ScanRow.state.in_(_SCANNED)).exists()
        rows = select(Consignment.id).where(Consignment.declared_at >= since, ~scanned)
    else:
        lately = scans.where(ScanRow.received_at >= since).exists()
        rows = select(Consignment.id).where(lately, ~is_opened(Consignment.id))
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


def _at_site(site: str) -> ColumnElement[bool]:
    of_step = (
        (SelectionSiteRow.consignment_id == SelectionRow.consignment_id)
        & (SelectionSiteRow.stage == SelectionRow.stage)
        & (SelectionSiteRow.sequence == SelectionRow.sequence)
    )
    return exists().where(of_step, SelectionSiteRow.site.in_(("", normal_mark(site))))


def _done(session: Session, selection: Selection) -> set[Action]:
    """Documents are asked for outside: of them nothing is known here."""
    ids = _scan_ids(selection.consignment)
    done: set[Action] = set()
    if is_scanned(session, selection.consignment):
        done.add("scan")
    opened = select(Consignment.id).where(Consignment.id == selection.consignment, is_opened(Consignment.id))
    if session.execute(opened).first():
        done.add("open")
    after = aliased(DecisionRow)
    second = select(DecisionRow.id).where(
        DecisionRow.scan_id.in_(ids),
        DecisionRow.reader == "second",
        ~exists().where(after.replaces == DecisionRow.id),
    )
    if session.execute(second.limit(1)).first():
        done.add("second_reading")
    return done


def _scan_ids(consignment: str) -> Select[Any]:
    return select(ScanRow.id).where(ScanRow.consignment_id == consignment)


def _listed(
    selection: Selection, actions: tuple[Action, ...], declaration: Declaration | None, site: str
) -> Listed:
    reasons = [each for each in selection.reasons if each.drawn and each.action in actions]
    offices = declaration.customs_offices if declaration else ()
    times = [
        office.arrival_date_and_time_estimated
        for office in offices
        if office.arrival_date_and_time_estimated
        and normal_mark(office.reference_number) == normal_mark(site)
    ]
    return Listed(
        consignment=selection.consignment,
        priority=min(each.priority for each in reasons),
        actions=actions,
        reasons="; ".join(each.in_words for each in reasons),
        interview=selection.interview,
        selected_at=selection.at,
        expected_at=min(times, default=None),
        declared=declaration.in_words if declaration else None,
        marks=declaration.unit_marks if declaration else (),
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
            chance=reason.chance,
            drawn=reason.drawn,
        )
        for position, reason in enumerate(selection.reasons)
    )
    session.flush()


def _says(selection: Selection) -> tuple[object, ...]:
    return selection.sites, selection.actions, selection.chances, selection.reasons
