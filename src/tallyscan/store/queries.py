"""What people and programs ask the store: scans, newest first; one scan; what is in quarantine."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import Session

from tallyscan.declaration import Declaration
from tallyscan.errors import NotFound
from tallyscan.scan import Box
from tallyscan.store.deletions import deleted_of
from tallyscan.store.join_views import JoinView, newest_joins
from tallyscan.store.tables import (
    UNJOINED,
    WAITING,
    Consignment,
    DeclarationVersion,
    PartRow,
    QuarantineRow,
    ReadingRow,
    ScanFile,
    ScanRow,
    ScanState,
    scans_at,
)


@dataclass(frozen=True)
class PartView:
    """A scan that is one cargo unit of another: its number in the whole, left to right, and its place there, as x, y,
    width and height in original pixels.
    """

    scan: str
    part_of: str
    unit: int
    box: Box


@dataclass(frozen=True)
class SideView:
    """One of the views that a file holds, and its scan."""

    view: str
    scan: str


@dataclass(frozen=True)
class ScanView:
    """A scan, where it stands, and its newest reading as published JSON (None until there is one).

    While a scan is read again, the reading that was there is `previous`: it rests on what is no longer so, and
    neither it nor its pictures can be taken for an answer; its image is none, and stays. `part` says of which scan it
    is one cargo unit, `parts` are the scans of its own units. Of a file that holds several views, `view` is the one of
    this scan, `views` are all.
    """

    id: str
    name: str
    sha256: str
    state: ScanState
    reason: str | None
    traceback: str | None
    received_at: datetime
    acquired_at: datetime | None
    origin: str
    scanner: str | None
    consignment: str | None
    join: JoinView
    reused_from: str | None
    revision: int
    read_at: datetime | None
    reading: dict[str, Any] | None
    previous: dict[str, Any] | None
    picture_key: str | None
    thumbnail_key: str | None
    report_key: str | None
    expected_key: str | None
    image_key: str | None
    part: PartView | None
    parts: tuple[PartView, ...]
    view: str | None
    views: tuple[SideView, ...]
    images_deleted: datetime | None = None


@dataclass(frozen=True)
class QuarantineView:
    """Something that arrived and could not be used, and why.

    Its bytes are kept under `sha256`; with `kept_at`, as the file of that name in the folder it came to; with neither
    they were not kept. Size and hash of a file that cannot be read are None.
    """

    id: str
    received_at: datetime
    origin: str
    kind: str
    name: str
    size_bytes: int | None
    sha256: str | None
    kept_at: str | None
    code: str
    reason: str
    scan: str | None


def scan(session: Session, scan_id: str) -> ScanView:
    """One scan. Raises `NotFound`."""
    row = session.get(ScanRow, scan_id)
    if row is None:
        raise NotFound(f"There is no scan {scan_id!r}.")
    return _views(session, [row])[0]


def hold(session: Session, scan_id: str) -> None:
    """Keep the scan from everybody else who would change it in this transaction. Raises `NotFound`."""
    if session.execute(select(ScanRow.id).where(ScanRow.id == scan_id).with_for_update()).first() is None:
        raise NotFound(f"There is no scan {scan_id!r}.")


def scans_named(session: Session, ids: Sequence[str]) -> dict[str, ScanView]:
    """Those of these scans that are here."""
    rows = session.execute(select(ScanRow).where(ScanRow.id.in_(ids))).scalars().all()
    return {view.id: view for view in _views(session, rows)}


def scans(
    session: Session,
    *,
    state: ScanState | None = None,
    unjoined: bool = False,
    consignment: str | None = None,
    sites: frozenset[str] | None = None,
    before: str | None = None,
    limit: int = 50,
) -> tuple[ScanView, ...]:
    """Scans, newest first; `unjoined`: only those that wait for a join; `consignment`: only its own; `sites`: only of
    these, as they are compared, and those that name none; `before` is the last id of the page before.

    Raises `NotFound` for it.
    """
    wanted = select(ScanRow).order_by(ScanRow.received_at.desc(), ScanRow.id.desc()).limit(limit)
    wanted = wanted.where(scans_at(sites))
    if state is not None:
        wanted = wanted.where(ScanRow.state == state)
    if unjoined:
        wanted = wanted.where(ScanRow.join_state.in_(UNJOINED))
    if consignment is not None:
        wanted = wanted.where(ScanRow.consignment_id == consignment)
    if before is not None:
        last = session.get(ScanRow, before)
        if last is None:
            raise NotFound(f"There is no scan {before!r} to go on from.")
        wanted = wanted.where(tuple_(ScanRow.received_at, ScanRow.id) < tuple_(last.received_at, last.id))
    return _views(session, session.execute(wanted).scalars().all())


def count_by_state(session: Session) -> dict[str, int]:
    """How many scans stand where."""
    rows = session.execute(select(ScanRow.state, func.count()).group_by(ScanRow.state))
    return {row[0]: row[1] for row in rows}


def check_consignment(session: Session, consignment: str) -> None:
    """Raises `NotFound` for one that is not here."""
    declaration_version(session, consignment)


def declaration_version(session: Session, consignment: str) -> int:
    """The newest version of its declaration, 0 without one. Raises `NotFound` for a consignment that is not here."""
    row = session.get(Consignment, consignment)
    if row is None:
        raise NotFound(
            f"There is no consignment {consignment!r}.", remedy="Send its declaration or a scan first."
        )
    return row.declaration_version


def declared_goods(session: Session, consignments: AbstractSet[str]) -> dict[str, str]:
    """Of each consignment that is declared, the goods in a few words."""
    current = (
        select(DeclarationVersion)
        .join(
            Consignment,
            (Consignment.id == DeclarationVersion.consignment_id)
            & (Consignment.declaration_version == DeclarationVersion.version),
        )
        .where(Consignment.id.in_(consignments))
    )
    rows = session.execute(current).scalars()
    return {row.consignment_id: Declaration.model_validate(row.document).in_words for row in rows}


def quarantine(session: Session, *, limit: int = 50) -> tuple[QuarantineView, ...]:
    """What could not be used, newest first."""
    rows = session.execute(select(QuarantineRow).order_by(QuarantineRow.received_at.desc()).limit(limit))
    return tuple(map(quarantine_view, rows.scalars()))


def quarantine_view(row: QuarantineRow) -> QuarantineView:
    """An entry as it is shown."""
    return QuarantineView(
        id=row.id,
        received_at=row.received_at,
        origin=row.origin,
        kind=row.kind,
        name=row.name,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        kept_at=row.kept_at,
        code=row.code,
        reason=row.reason,
        scan=row.scan_id,
    )


def holds_file(session: Session, sha256: str) -> bool:
    """Whether a file of these bytes is part of a scan."""
    return session.execute(select(ScanFile.scan_id).where(ScanFile.blob_key == sha256)).first() is not None


def _views(session: Session, rows: Sequence[ScanRow]) -> tuple[ScanView, ...]:
    newest = select(ReadingRow).join(
        ScanRow, (ScanRow.id == ReadingRow.scan_id) & (ScanRow.revision == ReadingRow.revision)
    )
    of_rows = newest.where(ReadingRow.scan_id.in_([row.id for row in rows]))
    readings = {reading.scan_id: reading for reading in session.execute(of_rows).scalars()}
    joins = newest_joins(session, [row.id for row in rows])
    parts = _parts(session, [row.id for row in rows])
    sides = _sides(session, {row.view_of for row in rows} - {None})
    gone = deleted_of(session, "images", (row.id for row in rows))
    views = (
        _view(row, readings.get(row.id), joins[row.id], parts, sides.get(row.view_of, ())) for row in rows
    )
    return tuple(_without_images(view, gone[view.id].at) if view.id in gone else view for view in views)


def _without_images(view: ScanView, at: datetime) -> ScanView:
    return replace(
        view,
        images_deleted=at,
        picture_key=None,
        thumbnail_key=None,
        report_key=None,
        expected_key=None,
        image_key=None,
    )


def _sides(session: Session, firsts: AbstractSet[str | None]) -> dict[str | None, tuple[SideView, ...]]:
    """The views of each file that holds several, in their order, by the scan of its first."""
    of_them = select(ScanRow).where(ScanRow.view_of.in_(firsts)).order_by(ScanRow.received_at.desc())
    found: dict[str | None, tuple[SideView, ...]] = {}
    for row in session.execute(of_them).scalars() if firsts else ():
        found[row.view_of] = (*found.get(row.view_of, ()), SideView(row.view or "", row.id))
    return found


def _parts(session: Session, ids: Sequence[str]) -> tuple[PartView, ...]:
    """Those among the scans, and those of the scans."""
    of_them = select(PartRow).where(or_(PartRow.scan_id.in_(ids), PartRow.part_of.in_(ids)))
    rows = session.execute(of_them.order_by(PartRow.part_of, PartRow.unit)).scalars()
    return tuple(PartView(row.scan_id, row.part_of, row.unit, Box(*row.box)) for row in rows)


def _view(
    row: ScanRow,
    newest: ReadingRow | None,
    join: JoinView,
    parts: Sequence[PartView],
    sides: tuple[SideView, ...],
) -> ScanView:
    waits = row.state in WAITING
    reading = None if waits else newest
    return ScanView(
        id=row.id,
        name=row.name,
        sha256=row.sha256,
        state=row.state,
        reason=row.reason,
        traceback=row.traceback,
        received_at=row.received_at,
        acquired_at=row.acquired_at,
        origin=row.origin,
        scanner=row.scanner,
        consignment=row.consignment_id,
        join=join,
        reused_from=row.reused_from,
        revision=row.revision,
        read_at=newest.created_at if newest else None,
        reading=reading.document if reading else None,
        previous=newest.document if newest and waits else None,
        picture_key=reading.picture_key if reading else None,
        thumbnail_key=reading.thumbnail_key if reading else None,
        report_key=reading.report_key if reading else None,
        expected_key=reading.expected_key if reading else None,
        image_key=newest.image_key if newest else None,
        part=next((part for part in parts if part.scan == row.id), None),
        parts=tuple(part for part in parts if part.part_of == row.id),
        view=row.view,
        views=sides,
    )
