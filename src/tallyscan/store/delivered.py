"""The scans that a delivery is: those that it was before, and those that it makes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.declaration import Declaration
from tallyscan.join.marks import read_keys
from tallyscan.store.declarations import knows_content
from tallyscan.store.identity import ScanIdentity, contradicts, same_scan
from tallyscan.store.join_candidates import seen_document
from tallyscan.store.join_steps import was_of
from tallyscan.store.tables import PARTS, ScanFile, ScanMark, ScanRow, of_same_view
from tallyscan.store.waiting import let_wait


@dataclass(frozen=True)
class KeptFile:
    """A file of a delivery, whose bytes are in the blob store."""

    kind: str
    name: str
    blob_key: str
    size_bytes: int


def _known(session: Session, identity: ScanIdentity, *, first: bool) -> ScanRow | None:
    """The scan that this delivery is, if it was here before.

    What came before anybody named its views is the first of them; what comes now without their names is what it was.
    """
    same_bytes = (
        select(ScanRow)
        .where(
            ScanRow.sha256 == identity.sha256,
            ScanRow.sidecar_sha256 == identity.sidecar_sha256,
            ScanRow.id.not_in(PARTS),
        )
        .order_by(ScanRow.received_at, ScanRow.id)
    )
    known = [
        row
        for row in session.execute(same_bytes.where(of_same_view(identity.view))).scalars()
        if (first or row.view is not None)
        and same_scan(row, identity, row.consignment_id, identity.consignment)
    ]
    known.sort(key=lambda row: row.view != identity.view)
    of_its_unit = (row for row in known if row.declared_unit == identity.declared_unit)
    return next(of_its_unit, known[0] if known else None)


def known_views(session: Session, identities: Sequence[ScanIdentity]) -> list[ScanRow | None]:
    """Of each view the scan that it is, if it was here before; of files whose views nothing names now, all of those
    that they were when something did.
    """
    known = [_known(session, each, first=number == 0) for number, each in enumerate(identities)]
    earlier = known[0]
    if identities[0].view is None and earlier is not None and earlier.view_of is not None:
        return [*_views_with(session, earlier)]
    return known


def _views_with(session: Session, row: ScanRow) -> Sequence[ScanRow]:
    """The scans of all views of the file of one, in their order."""
    views = select(ScanRow).where(ScanRow.view_of == row.view_of).order_by(ScanRow.received_at.desc())
    return session.execute(views).scalars().all()


def is_of_another(
    session: Session, row: ScanRow, identity: ScanIdentity, declaration: Declaration | None, *, named: bool
) -> bool:
    """Whether the scan is in another consignment than this delivery says.

    A declaration that its consignment holds already says nothing else, whatever MRN is written in it; `named`:
    the sender gave the consignment itself. One that the scan was of, and was moved from, says nothing new.
    """
    held = held_by(row)
    if identity.consignment is None or held in (None, identity.consignment):
        return False
    if was_of(session, row.id, identity.consignment):
        return False
    assert held is not None
    return named or declaration is None or not knows_content(session, held, declaration)


def held_by(row: ScanRow) -> str | None:
    """The consignment that the scan is of; of one whose cargo units are joined one by one, what was said of it."""
    return row.consignment_id or row.said_consignment


def add_scan(
    session: Session,
    identity: ScanIdentity,
    stored: Sequence[KeptFile],
    name: str,
    origin: str,
    now: datetime,
) -> ScanRow:
    row = ScanRow(
        id=str(uuid4()),
        identity=identity.key,
        sha256=identity.sha256,
        sidecar_sha256=identity.sidecar_sha256,
        view=identity.view,
        name=name[-255:] if identity.view is None else with_view(name, identity.view),
        scanner=identity.scanner,
        device=identity.device,
        declared_unit=identity.declared_unit,
        seen=seen_document(identity.units, identity.site),
        join_state="open",
        acquired_at=identity.acquired_at,
        received_at=now,
        origin=origin,
        revision=0,
        attempts=0,
    )
    session.add(row)
    let_wait(session, row, since=now)
    session.flush()
    for position, file in enumerate(stored):
        session.add(
            ScanFile(
                scan_id=row.id,
                position=position,
                kind=file.kind,
                name=file.name,
                blob_key=file.blob_key,
                size_bytes=file.size_bytes,
            )
        )
    return row


def with_view(name: str, view: str) -> str:
    return f"{name[-220:]}, view {view}"


def add_keys(session: Session, row: ScanRow, identity: ScanIdentity) -> None:
    """Those that are not known yet: a delivery under its scanner's profile says more than one without."""
    known = set(session.execute(select(ScanMark.mark).where(ScanMark.scan_id == row.id)).scalars())
    session.add_all(ScanMark(scan_id=row.id, mark=key) for key in sorted(read_keys(identity.units) - known))


def first_use(session: Session, row: ScanRow) -> str | None:
    """The first scan that showed the same image for another unit, scanner or time."""
    same_image = (
        select(ScanRow)
        .where(ScanRow.sha256 == row.sha256, ScanRow.id != row.id, ScanRow.id.not_in(PARTS))
        .where(of_same_view(row.view))
        .order_by(ScanRow.received_at, ScanRow.id)
    )
    for other in session.execute(same_image).scalars():
        told_there = other.reused_from == row.id
        if not told_there and contradicts(other, row, other.consignment_id, row.consignment_id):
            return other.reused_from or other.id
    return None
