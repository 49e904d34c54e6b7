"""Declarations in versions."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from tallyscan.declaration import Declaration
from tallyscan.declaration_remarks import remarks
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, Nomenclature
from tallyscan.join.answer import Candidate
from tallyscan.join.marks import declared_keys
from tallyscan.remark import Remark
from tallyscan.store.joins import Joins
from tallyscan.store.queue_rows import touch
from tallyscan.store.tables import Consignment, DeclarationVersion, ScanRow, UnitMark
from tallyscan.store.traders import put_parties
from tallyscan.store.waiting import let_wait
from tallyscan.store.waiting_lists import put_offices


@dataclass(frozen=True)
class DeclarationStored:
    """`new` is False when the current version already says the same; `remarks` are on what it says."""

    consignment: str
    version: int
    new: bool
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class DeclarationsStored:
    """Those of a document that could be used, and the reasons of those that could not."""

    stored: tuple[DeclarationStored, ...]
    refused: tuple[str, ...]


def put_declaration(
    session: Session,
    declaration: Declaration,
    *,
    consignment: str,
    blob_key: str,
    origin: str,
    now: datetime,
    joins: Joins,
    nomenclature: Nomenclature = CHAPTERS_ONLY,
) -> DeclarationStored:
    """Keep a new version, weigh the joins that it concerns, and let every scan of the consignment be read again."""
    row = ensure_consignment(session, consignment, now)
    found = remarks(declaration, nomenclature)
    content = content_sha256(declaration)
    current = session.get(DeclarationVersion, (consignment, row.declaration_version))
    if current is not None and current.content_sha256 == content:
        return DeclarationStored(consignment, row.declaration_version, new=False, remarks=found)
    touched = joins.touched_by(session, consignment, now)
    row.declaration_version += 1
    row.declared_at = now
    session.add(
        DeclarationVersion(
            consignment_id=consignment,
            version=row.declaration_version,
            received_at=now,
            origin=origin,
            blob_key=blob_key,
            content_sha256=content,
            document=declaration.model_dump(mode="json", by_alias=True),
        )
    )
    session.execute(delete(UnitMark).where(UnitMark.consignment_id == consignment))
    keys = sorted(declared_keys(declaration))
    session.add_all(UnitMark(consignment_id=consignment, mark=key) for key in keys)
    put_parties(session, consignment, declaration)
    put_offices(session, consignment, declaration)
    session.flush()
    versions = [declaration]
    if current is not None:
        versions.append(Declaration.model_validate(current.document))
    touched |= joins.touched_by(session, consignment, now)
    joins.declared(session, tuple(Candidate(consignment, each, now) for each in versions), touched, now)
    read_again(session, consignment, f"version {row.declaration_version} of the declaration came")
    return DeclarationStored(consignment, row.declaration_version, new=True, remarks=found)


def knows_content(session: Session, consignment: str, declaration: Declaration) -> bool:
    """Whether any version of the consignment's declaration says the same."""
    known = select(DeclarationVersion.version).where(
        DeclarationVersion.consignment_id == consignment,
        DeclarationVersion.content_sha256 == content_sha256(declaration),
    )
    return session.execute(known).first() is not None


def ensure_consignment(session: Session, consignment: str, now: datetime) -> Consignment:
    """The consignment, made without a declaration when it is not known yet."""
    row = session.get(Consignment, consignment)
    if row is None:
        row = Consignment(id=consignment, created_at=now, declared_at=None, declaration_version=0)
        session.add(row)
        session.flush()
        touch(session, consignment)
    return row


def marks_declared(session: Session, consignment: str) -> tuple[str, ...]:
    """The container numbers and plates in its current declaration; none where there is no declaration."""
    row = session.get(Consignment, consignment)
    current = row and session.get(DeclarationVersion, (consignment, row.declaration_version))
    return Declaration.model_validate(current.document).unit_marks if current else ()


def read_again(session: Session, consignment: str, why: str) -> None:
    """Back into the queue with every scan of the consignment that was read; one that is being read now is
    refused when its reading is saved, for the declaration has changed, and so read again too."""
    touch(session, consignment)
    again = select(ScanRow).where(
        ScanRow.consignment_id == consignment,
        or_(ScanRow.revision > 0, ScanRow.state == "dead"),
        ScanRow.state != "reading",
    )
    for scan in session.execute(again.order_by(ScanRow.received_at, ScanRow.id)).scalars():
        let_wait(session, scan, reason=f"It is read again: {why}.")


def content_sha256(declaration: Declaration) -> str:
    """Hash of what the declaration says, whatever its format, its spacing and the order of its fields."""
    said = json.dumps(declaration.model_dump(mode="json", by_alias=True, exclude={"remarks"}), sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()
