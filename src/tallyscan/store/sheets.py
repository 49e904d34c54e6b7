"""What an inspection sheet is made of, as it stands in the store."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.disposition import Disposition
from tallyscan.reading import reading_from_dict
from tallyscan.sheet_case import MarkedPlace, SheetCase, overlaps, places_marked, places_ordered
from tallyscan.store import queries
from tallyscan.store.decisions import decision_history
from tallyscan.store.dispositions import disposition_history
from tallyscan.store.join_candidates import seen_of
from tallyscan.store.queries import PartView
from tallyscan.store.readings import load_declaration
from tallyscan.store.selections import standing_selections
from tallyscan.store.tables import ReadingRow, ScanRow
from tallyscan.store.upright_images import upright_of


def sheet_case(session: Session, scan_id: str, now: datetime) -> SheetCase:
    """Raises `NotFound`. Of the whole scan that it is a part of, what people say counts too."""
    view = queries.scan(session, scan_id)
    row = session.get_one(ScanRow, scan_id)
    version = queries.declaration_version(session, view.consignment) if view.consignment else 0
    selections = standing_selections(session, view.consignment) if view.consignment else ()
    own = decision_history(session, scan_id).standing
    of_whole = decision_history(session, view.part.part_of).standing if view.part else ()
    order = _order(session, view.consignment)
    reading = reading_from_dict(view.reading) if view.reading else None
    in_whole = (
        (*places_marked(of_whole), *places_ordered(order, view.part.part_of, None)) if view.part else ()
    )
    marked_in_whole = _of_part(session, view.part, in_whole) if view.part else ()
    kept = select(ReadingRow.upright_image).where(
        ReadingRow.scan_id == scan_id, ReadingRow.revision == view.revision
    )
    return SheetCase(
        scan=view.id,
        name=view.name,
        consignment=view.consignment,
        acquired_at=view.acquired_at,
        site=seen_of(row).site,
        device=row.device,
        view=view.view,
        revision=view.revision,
        reading=reading,
        waits=None if view.reading else view.reason or view.state,
        declaration=load_declaration(session, view.consignment, version),
        declaration_version=version,
        decisions=(*own, *of_whole),
        marked=(*places_ordered(order, scan_id, reading), *places_marked(own), *marked_in_whole),
        questions=tuple(dict.fromkeys(question for each in selections for question in each.interview)),
        image=None if view.images_deleted else upright_of(session.execute(kept).scalar()),
        printed_at=now,
        order=order,
    )


def _order(session: Session, consignment: str | None) -> Disposition | None:
    """By which it is opened: it stands until another step, also once that was done."""
    current = disposition_history(session, consignment).current if consignment else None
    return current if current is not None and current.disposition == "open" else None


def _of_part(session: Session, part: PartView, marked: tuple[MarkedPlace, ...]) -> tuple[MarkedPlace, ...]:
    """What was marked in the whole scan and lies in this unit, if only by a part, or in none of its units."""
    units = {each.scan: each.box for each in queries.scan(session, part.part_of).parts}
    return tuple(
        place
        for place in marked
        if overlaps(place.box, part.box) or not any(overlaps(place.box, box) for box in units.values())
    )
