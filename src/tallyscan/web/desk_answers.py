"""Puts together what the desk answers, each part only for those who may see it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from tallyscan.access.caller import Caller
from tallyscan.commodity import COMMODITY_CLASSES
from tallyscan.decision import IN_WORDS, NEED_WORDS, REASONS, UNDO_SECONDS
from tallyscan.desk import Seat, Waiting
from tallyscan.finding import ANOMALY_FAMILIES
from tallyscan.outline import COMMODITIES
from tallyscan.reading import reading_from_dict
from tallyscan.store import alert_budgets, queries
from tallyscan.store import desk as rows
from tallyscan.store.alert_budgets import BudgetPlace
from tallyscan.store.queries import ScanView
from tallyscan.store.readings import load_declaration
from tallyscan.store.risk_record import risk_record
from tallyscan.store.scan_scores import site_of
from tallyscan.store.selections import selections
from tallyscan.store.tables import ScanRow
from tallyscan.web.declared_items import items_shown
from tallyscan.web.desk_documents import (
    CommodityChoice,
    ContactPoint,
    DecisionsShown,
    DeskChoices,
    DeskLine,
    DeskScan,
    ReasonChoice,
    RecordShown,
    reading_shown,
    reasons_in_words,
)
from tallyscan.web.record_words import selections_in_words
from tallyscan.web.service import Service
from tallyscan.web.withheld import hidden_consignments, hidden_scans


def desk_lines(session: Session, page: Sequence[Waiting], person: str) -> list[DeskLine]:
    """Of a page of what waits."""
    ids = [each.scan.scan for each in page]
    since = rows.waiting_since(session, ids)
    views = queries.scans_named(session, ids)
    places = alert_budgets.places(session, ids)
    goods = queries.declared_goods(session, {view.consignment for view in views.values() if view.consignment})
    marks = rows.marks_of(session, ids)
    return [
        _line(each, views[scan_id], since[scan_id], places, goods, marks.get(scan_id, ()), person)
        for scan_id, each in zip(ids, page, strict=True)
    ]


def desk_scan(
    session: Session, scan_id: str, now: datetime, seat: Seat, service: Service, caller: Caller
) -> DeskScan:
    """A scan as the person in that seat may see it, and what of it they may see elsewhere."""
    view = queries.scan(session, scan_id)
    reading = reading_from_dict(view.reading) if view.reading is not None and not seat.blind else None
    version = queries.declaration_version(session, view.consignment) if view.consignment else 0
    declaration = load_declaration(session, view.consignment, version)
    said = seat.history.standing
    shown = {each.id for each in seat.decisions}
    sees_all = not seat.blind and len(shown) == len(seat.history.decisions)
    sees_sheet = sees_all and scan_id not in hidden_scans(session, service, caller, [scan_id])
    of = {view.consignment} if view.consignment else set()
    sees_record = sees_sheet and not hidden_consignments(session, service, caller, of)
    row = session.get_one(ScanRow, scan_id)
    return DeskScan(
        scan=scan_id,
        name=view.name,
        site=site_of(row),
        consignment=view.consignment,
        received_at=view.received_at,
        acquired_at=view.acquired_at,
        scanner=view.scanner,
        revision=view.revision,
        read=view.state == "read" if view.reading is not None else None,
        reason=view.reason,
        view=view.view,
        views=view.views,
        part_of=view.part.part_of if view.part else None,
        unit=view.part.unit if view.part else None,
        reader=seat.reader,
        why_not=seat.why,
        blind=seat.blind,
        claim=seat.claim,
        marks=rows.marks_of(session, [scan_id]).get(scan_id, ()),
        declaration_version=version,
        declaration=declaration,
        items=items_shown(declaration, reading.verdicts if reading else None) if declaration else (),
        selected=_selected(session, view, sees_record=sees_record),
        said=DecisionsShown(seat.decisions, tuple(each.id for each in said if each.id in shown)),
        reading=reading_shown(reading) if reading else None,
        record=_record(session, view) if sees_record else None,
        sheet=sees_sheet,
        server_time=now,
    )


def desk_choices(service: Service, sites: list[str]) -> DeskChoices:
    """What an officer of these sites can choose from."""
    titles = {each.name: each.title for each in COMMODITY_CLASSES}
    return DeskChoices(
        reasons={
            answer: [ReasonChoice(code, IN_WORDS[code], code in NEED_WORDS) for code in codes]
            for answer, codes in REASONS.items()
        },
        families=list(ANOMALY_FAMILIES),
        commodities=[CommodityChoice(name, titles[name]) for name in COMMODITIES],
        contact_points=[ContactPoint(code, name) for code, name in service.contact_points.items()],
        undo_seconds=UNDO_SECONDS,
        claim_seconds=service.desk.claim_seconds,
        sites=sites,
    )


def _line(
    waiting: Waiting,
    view: ScanView,
    since: datetime,
    places: dict[str, BudgetPlace],
    goods: dict[str, str],
    marks: tuple[str, ...],
    person: str,
) -> DeskLine:
    scored, claim = waiting.scan, waiting.claim
    reading = reading_from_dict(view.reading) if view.reading is not None and not waiting.blind else None
    return DeskLine(
        scan=view.id,
        reader=waiting.reader,
        blind=waiting.blind,
        waits_since=since,
        received_at=view.received_at,
        claimed_by=claim.by if claim and claim.by != person else None,
        consignment=view.consignment,
        unit=view.part.unit if view.part else None,
        goods=goods.get(view.consignment) if view.consignment else None,
        marks=marks,
        read=view.state == "read",
        lane=scored.lane if reading else None,
        score=scored.score if reading else None,
        reasons=reasons_in_words(reading) if reading else (),
        budget=places.get(view.id) if reading else None,
    )


def _selected(session: Session, view: ScanView, *, sees_record: bool) -> tuple[str, ...]:
    """What was selected before the scan is no reading of it; after the scan it rests on what is hidden."""
    if view.consignment is None:
        return ()
    newest = {each.stage: each for each in selections(session, view.consignment)}
    return tuple(
        selections_in_words([each for stage, each in newest.items() if sees_record or stage == "before_scan"])
    )


def _record(session: Session, view: ScanView) -> RecordShown | None:
    if view.consignment is None:
        return None
    record = risk_record(session, view.consignment)
    return RecordShown(record.risk, record.pending)
