"""What was deleted: rows that name bytes stay, and say by this that the bytes are gone."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from tallyscan.errors import Deleted
from tallyscan.store.blobs import Blobs
from tallyscan.store.retention_tables import CondemnedBlobRow, DeletedBy, DeletedWhat, DeletionRow
from tallyscan.store.tables import DeclarationVersion, QuarantineRow, ReadingRow, ScanFile

_KEYS_OF_READINGS: tuple[InstrumentedAttribute[str | None], ...] = (
    ReadingRow.picture_key,
    ReadingRow.thumbnail_key,
    ReadingRow.report_key,
    ReadingRow.expected_key,
    ReadingRow.image_key,
    ReadingRow.expected_image_key,
)
WAIT = timedelta(hours=1)
"""So long bytes outlive the last row that named them: whoever reads them now, or sends them again, is done by then."""


def live_keys(keys: Sequence[str] | None = None) -> list[Select[Any]]:
    """Questions for the keys of bytes that rows name and that were not deleted: all, or some of these."""
    kept = ~is_deleted("images", ReadingRow.scan_id)
    columns: list[tuple[Any, ColumnElement[bool]]] = [
        (
            ScanFile.blob_key,
            ~is_deleted("images", ScanFile.scan_id)
            & ((ScanFile.kind != "declaration") | ~is_deleted("declaration_file", ScanFile.scan_id)),
        ),
        (
            DeclarationVersion.blob_key,
            ~is_deleted("declaration", DeclarationVersion.consignment_id, DeclarationVersion.version),
        ),
        *((key, kept) for key in _KEYS_OF_READINGS),
        (ReadingRow.upright_image["key"].as_string(), kept & ReadingRow.upright_image.is_not(None)),
        (QuarantineRow.sha256, QuarantineRow.kept_at.is_(None) & ~is_deleted("quarantine", QuarantineRow.id)),
    ]
    return [
        select(key).where(key.is_not(None), where, *([key.in_(keys)] if keys is not None else []))
        for key, where in columns
    ]


def keys_of_scans(session: Session, scans: Sequence[str]) -> set[str]:
    """Of all bytes of these scans: files, pictures, images, pages."""
    columns = [
        select(ScanFile.blob_key).where(ScanFile.scan_id.in_(scans)),
        *(select(key).where(ReadingRow.scan_id.in_(scans)) for key in _KEYS_OF_READINGS),
        select(ReadingRow.upright_image["key"].as_string()).where(
            ReadingRow.scan_id.in_(scans), ReadingRow.upright_image.is_not(None)
        ),
    ]
    return {key for key in session.execute(union_all(*columns)).scalars() if key is not None}


def mark_deleted(
    session: Session, what: DeletedWhat, of: Iterable[str], by: DeletedBy, *, version: int = 0
) -> None:
    """Say so of each; one that was said already is said anew, up to the later version."""
    for each in of:
        row = session.get(DeletionRow, (what, each))
        if row is None:
            row = DeletionRow(what=what, of=each)
            session.add(row)
        row.at, row.by, row.version = datetime.now(UTC), by, max(version, row.version or 0)
    session.flush()


def condemn(session: Session, keys: Iterable[str]) -> int:
    """Let the bytes be deleted of those of these keys that no row names any more; how many those are."""
    asked = sorted(set(keys))
    named = _named(session, asked)
    gone = [key for key in asked if key not in named and session.get(CondemnedBlobRow, key) is None]
    session.add_all(CondemnedBlobRow(key=key, since=datetime.now(UTC)) for key in gone)
    session.flush()
    return len(gone)


def condemned(session: Session, before: datetime, limit: int) -> list[str]:
    """The longest condemned of those that no row names; what is named again, by a new scan of the same bytes, is
    pardoned."""
    oldest = select(CondemnedBlobRow).where(CondemnedBlobRow.since < before)
    rows = session.execute(oldest.order_by(CondemnedBlobRow.since, CondemnedBlobRow.key).limit(limit))
    found = {row.key: row for row in rows.scalars()}
    named = _named(session, list(found))
    for key in named:
        session.delete(found[key])
    return [key for key in found if key not in named]


def delete_bytes(blobs: Blobs, keys: Iterable[str], wait: timedelta = WAIT) -> list[str]:
    """Those of them that are gone now: not what was sent again just now. Raises `Unavailable`."""
    before = datetime.now(UTC) - wait
    return [key for key in keys if blobs.delete(key, before)]


def forget_condemned(session: Session, keys: Iterable[str]) -> None:
    """They are gone."""
    for key in keys:
        row = session.get(CondemnedBlobRow, key)
        if row is not None:
            session.delete(row)


def deleted(session: Session, what: DeletedWhat, of: str) -> DeletionRow | None:
    """When and by what that was deleted; None where it was not."""
    return session.get(DeletionRow, (what, of))


def declaration_deleted(session: Session, consignment: str, version: int) -> DeletionRow | None:
    """The same of that version of a declaration."""
    row = deleted(session, "declaration", consignment)
    return row if row is not None and 0 < version <= row.version else None


def deleted_of(session: Session, what: DeletedWhat, ids: Iterable[str]) -> dict[str, DeletionRow]:
    """The same of many."""
    rows = select(DeletionRow).where(DeletionRow.what == what, DeletionRow.of.in_(sorted(set(ids))))
    return {row.of: row for row in session.execute(rows).scalars()}


def in_words(row: DeletionRow, what: str) -> str:
    """`The images of scan 4f0f were deleted by retention on 2026-02-01.`"""
    return f"{what} were deleted by {row.by} on {row.at:%Y-%m-%d}."


def images_deleted(row: DeletionRow, scan: str) -> Deleted:
    """What to raise where they are asked for."""
    return Deleted(
        in_words(row, f"The files and pictures of scan {scan}"),
        remedy="What was read, decided and found stays on record. It can be neither looked at nor read again.",
    )


def check_images(session: Session, scan: str) -> None:
    """Raises `Deleted` where the images of the scan were deleted."""
    row = deleted(session, "images", scan)
    if row is not None:
        raise images_deleted(row, scan)


def _named(session: Session, keys: Sequence[str]) -> set[str]:
    return set(session.execute(union_all(*live_keys(keys))).scalars()) if keys else set()


def is_deleted(
    what: DeletedWhat, name: Any, version: InstrumentedAttribute[int] | None = None
) -> ColumnElement[bool]:
    """Part of a question: whether that was deleted of the object so named, of a declaration up to that version."""
    up_to = [] if version is None else [version <= DeletionRow.version]
    return exists().where(DeletionRow.what == what, DeletionRow.of == name, *up_to)
