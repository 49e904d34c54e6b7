"""Who may be of whom: the consignments that name what was read on a scan, and the scans that one of them may name."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from tallyscan.declaration import Declaration
from tallyscan.join.answer import Candidate, Seen
from tallyscan.join.evidence import LATE
from tallyscan.join.marks import is_mark, keys_of_read, texts_of
from tallyscan.join.misread import slip_between
from tallyscan.sidecar import UnitMark
from tallyscan.store import tables
from tallyscan.store.tables import Consignment, DeclarationVersion, ScanMark, ScanRow


def seen_of(row: ScanRow) -> Seen:
    """What a scan says of itself."""
    units, beside = (
        tuple(UnitMark.model_validate(unit) for unit in row.seen.get(name, ()))
        for name in ("units", "beside")
    )
    said = row.seen
    return Seen(units, said.get("site"), row.acquired_at, row.received_at, beside, said.get("length_mm"))


def seen_document(
    units: Iterable[UnitMark],
    site: str | None,
    beside: Iterable[UnitMark] = (),
    length_mm: float | None = None,
) -> dict[str, Any]:
    """The same as it is kept."""
    named = {"units": units, "beside": beside}
    return {"site": site, "length_mm": length_mm} | {
        name: [unit.model_dump(mode="json") for unit in marks] for name, marks in named.items()
    }


def candidates_of(session: Session, row: ScanRow, seen: Seen, window: timedelta) -> list[Candidate]:
    """The declared consignments that name a mark of the scan, or one that is nearly so, and its own.

    Only those that were declared within the window before or after the scan came: others are of other journeys.
    """
    names = {row.consignment_id} if row.consignment_id else set()
    for unit in (*seen.units, *seen.beside):
        for text in texts_of(unit):
            names |= _naming(session, text) or _naming_nearly(session, text)
    first, current = aliased(DeclarationVersion), aliased(DeclarationVersion)
    versions = (
        select(Consignment.id, first.received_at, current.document)
        .join(first, (first.consignment_id == Consignment.id) & (first.version == 1))
        .join(
            current,
            (current.consignment_id == Consignment.id) & (current.version == Consignment.declaration_version),
        )
        .where(
            Consignment.id.in_(names),
            or_(
                Consignment.id == row.consignment_id,
                (Consignment.declared_at >= row.received_at - window)
                & (first.received_at <= row.received_at + window),
            ),
        )
    )
    return [
        Candidate(name, Declaration.model_validate(document), declared_at)
        for name, declared_at, document in session.execute(versions)
    ]


def scans_named_by(session: Session, consignment: str, now: datetime, window: timedelta) -> set[str]:
    """Scans with a key of the consignment's declaration: those of the window that have no consignment, and those that
    came so lately that this one may be the right one for them.
    """
    keys = select(tables.UnitMark.mark).where(tables.UnitMark.consignment_id == consignment)
    found = (
        select(ScanRow.id)
        .join(ScanMark, ScanMark.scan_id == ScanRow.id)
        .where(
            ScanMark.mark.in_(keys),
            or_(
                (ScanRow.join_state != "joined") & (ScanRow.received_at >= now - window),
                ScanRow.received_at >= now - min(window, LATE),
            ),
        )
    )
    return set(session.execute(found).scalars())


def _naming(session: Session, text: str) -> set[str]:
    found = select(tables.UnitMark.consignment_id).where(tables.UnitMark.mark == text)
    return set(session.execute(found).scalars())


def _naming_nearly(session: Session, text: str) -> set[str]:
    """Those that declare a mark of which this can be a misread one."""
    sharing = select(tables.UnitMark.consignment_id).where(tables.UnitMark.mark.in_(keys_of_read(text)))
    found = select(tables.UnitMark.consignment_id, tables.UnitMark.mark).where(
        tables.UnitMark.consignment_id.in_(sharing)
    )
    return {
        consignment
        for consignment, mark in session.execute(found)
        if is_mark(mark) and slip_between(text, mark) is not None
    }
