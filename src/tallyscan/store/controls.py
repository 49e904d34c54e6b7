"""What controls of loads came to: inspections of scans, and customs' own results of consignments.

There is one answer for all who ask. What a later entry corrects counts no more. A load counts as opened when somebody
looked inside, at least in part; several controls may be of several parts of it, so one find is a find, and a minor
discrepancy is none. What an inspection of a whole scan came to is that of each unit in it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    SelectBase,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from tallyscan.store.tables import IncomingRow, InspectionRow, PartRow, ScanRow

_OPENED = ("found", "nothing", "discrepancy")
Column = InstrumentedAttribute[Any] | InstrumentedAttribute[str] | InstrumentedAttribute[str | None]
_Asked = Callable[[Column, type[ScanRow]], ColumnElement[bool]]
_Rows = tuple[SelectBase, ...]


def consignments_opened(session: Session, ids: Select[Any], as_of: datetime) -> Mapping[str, bool]:
    """Of those of these consignments that were opened, whether something was found, as it was known then."""
    return _finds(session, _opened(lambda consignment, _: consignment.in_(ids), as_of), "consignment")


def scans_opened(session: Session, scan_ids: Sequence[str]) -> Mapping[str, bool]:
    """Of those of these scans of which the load was opened, whether something was found."""
    return _finds(session, _opened(lambda _, scan: scan.id.in_(scan_ids)), "scan")


def is_opened(consignment: Column) -> ColumnElement[bool]:
    """Whether somebody looked into the load of that consignment: part of another question."""
    return or_(*(rows.exists() for rows in _opened(lambda of, _: of == consignment)))


def scans_with_finds() -> Select[Any]:
    """Every scan of a load in which something was found: part of another question."""
    found = union_all(*_opened(lambda _, __: true(), outcomes=("found",))).subquery()
    return select(found.c.scan).where(found.c.scan.is_not(None))


def openings(asked: _Asked) -> CompoundSelect[Any]:
    """Every control of a load that looked inside, as rows of `consignment`, `scan`, `outcome` and `at`: part of another
    question. `asked` says of the column of consignments and of the scans which are meant. One load may have
    several rows.
    """
    return union_all(*_opened(asked))


def _opened(asked: _Asked, as_of: datetime | None = None, outcomes: Sequence[str] = _OPENED) -> _Rows:
    """Questions for rows of `consignment`, `scan`, `outcome` and `at`, one for each way to them: each has its index."""
    scan, inspection, incoming = aliased(ScanRow), aliased(InspectionRow), aliased(IncomingRow)
    part, later, replacing = aliased(PartRow), aliased(InspectionRow), aliased(IncomingRow)

    def known(received_at: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
        return true() if as_of is None else received_at <= as_of

    inspected = and_(
        inspection.result.in_(outcomes),
        known(inspection.received_at),
        ~exists().where(
            later.scan_id == inspection.scan_id, later.replaces == inspection.id, known(later.received_at)
        ),
        asked(scan.consignment_id, scan),
    )
    outcome = incoming.document["outcome"].as_string()
    controlled = and_(
        incoming.kind == "control_result",
        outcome.in_(outcomes),
        known(incoming.received_at),
        ~exists().where(
            replacing.consignment_id == incoming.consignment_id,
            replacing.replaces == incoming.id,
            known(replacing.received_at),
        ),
        asked(incoming.consignment_id, scan),
    )
    of_scan = select(
        scan.consignment_id.label("consignment"),
        scan.id.label("scan"),
        inspection.result.label("outcome"),
        inspection.at.label("at"),
    ).select_from(scan)
    of_consignment = select(
        incoming.consignment_id.label("consignment"),
        scan.id.label("scan"),
        outcome.label("outcome"),
        incoming.at.label("at"),
    )
    return (
        of_scan.join(inspection, inspection.scan_id == scan.id).where(inspected),
        of_scan.join(part, part.scan_id == scan.id)
        .join(inspection, inspection.scan_id == part.part_of)
        .where(inspected),
        of_consignment.select_from(incoming)
        .outerjoin(scan, scan.consignment_id == incoming.consignment_id)
        .where(controlled),
    )


def _finds(session: Session, rows: _Rows, of: str) -> Mapping[str, bool]:
    opened = union_all(*rows).subquery()
    found = func.max(case((opened.c.outcome == "found", 1), else_=0))
    named = select(opened.c[of], found).where(opened.c[of].is_not(None)).group_by(opened.c[of])
    return {name: bool(any_found) for name, any_found in session.execute(named)}
