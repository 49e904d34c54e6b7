"""What is not used: its bytes and the reason are kept, or where its bytes are."""

import hashlib
from contextlib import suppress
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.errors import InputError, TallyscanError
from tallyscan.scan import ScanPart
from tallyscan.store.blobs import Blobs
from tallyscan.store.database import Database
from tallyscan.store.delivered import KeptFile
from tallyscan.store.quarantine import TellsQuarantine, names_enough, put_into_quarantine
from tallyscan.store.tables import FileKind, QuarantineRow


class Refusals:
    """Puts into quarantine what arrives and cannot be used, from wherever it comes."""

    def __init__(self, database: Database, blobs: Blobs, tells_quarantine: TellsQuarantine) -> None:
        self._database = database
        self._blobs = blobs
        self._tells_quarantine = tells_quarantine

    def quarantine(
        self, part: ScanPart, why: InputError, *, origin: str, kind: FileKind, spooled: Path | None = None
    ) -> None:
        """Keep what arrived and is not used, with the reason; the same bytes for the same reason once.

        `spooled` is a file that holds the same bytes; it is taken into the store. Raises `Unavailable` when it cannot
        be kept now.
        """
        key = self._blobs.put(part.data, spooled=spooled)
        file = KeptFile(kind, part.name, key, len(part.data))
        known = select(QuarantineRow.id).where(
            QuarantineRow.origin == origin, QuarantineRow.sha256 == key, QuarantineRow.code == why.code
        )
        with self._database.write() as session:
            if session.execute(known).first() is None:
                self.put(session, file, why, origin=origin)

    def refuse(self, refused: InputError, *, origin: str, kind: FileKind, name: str) -> None:
        """Name in the quarantine what was refused while it came, so that its bytes are kept nowhere.

        The same name for the same reason once an hour, and no more than `MOST_NOT_KEPT_AN_HOUR` of each origin:
        whoever sends without end fills no table.
        """
        with self._database.write() as session:
            if not names_enough(session, refused, origin=origin, name=name):
                put_into_quarantine(
                    session, refused, self._tells_quarantine, origin=origin, kind=kind, name=name
                )

    def refuse_file(
        self, path: Path, refused: TallyscanError, *, origin: str, kind: FileKind, name: str, kept_at: str
    ) -> None:
        """Put into quarantine what could not be accepted at all; its bytes stay with the receiver.

        `kept_at` tells people where that will be; `name` is the name it came under. The same file at the same
        place is recorded once, so this can be repeated after a crash.
        """
        size_bytes, sha256 = _size_and_hash(path)
        self.refuse_elsewhere(
            refused,
            origin=origin,
            kind=kind,
            name=name,
            kept_at=kept_at,
            size_bytes=size_bytes,
            sha256=sha256,
        )

    def refuse_elsewhere(
        self,
        refused: TallyscanError,
        *,
        origin: str,
        kind: FileKind,
        name: str,
        kept_at: str,
        size_bytes: int | None,
        sha256: str | None = None,
    ) -> None:
        """The same for what lies where only the receiver can read it; the same size and bytes are recorded once."""
        known = select(QuarantineRow.id).where(
            QuarantineRow.origin == origin,
            QuarantineRow.kept_at == kept_at,
            QuarantineRow.sha256 == sha256,
            QuarantineRow.size_bytes == size_bytes,
        )
        with self._database.write() as session:
            if session.execute(known).first() is None:
                put_into_quarantine(
                    session,
                    refused,
                    self._tells_quarantine,
                    origin=origin,
                    kind=kind,
                    name=name,
                    sha256=sha256,
                    size_bytes=size_bytes,
                    kept_at=kept_at,
                )

    def put(
        self,
        session: Session,
        file: KeptFile,
        refused: InputError,
        *,
        origin: str,
        scan_id: str | None = None,
    ) -> None:
        """Name in the quarantine what is kept already, in a transaction that does more."""
        put_into_quarantine(
            session,
            refused,
            self._tells_quarantine,
            origin=origin,
            kind=file.kind,
            name=file.name,
            sha256=file.blob_key,
            size_bytes=file.size_bytes,
            scan_id=scan_id,
        )


def _size_and_hash(path: Path) -> tuple[int | None, str | None]:
    """In bytes, and SHA-256 in hex; None of what cannot be read."""
    size_bytes = sha256 = None
    with suppress(OSError):
        size_bytes = path.stat().st_size
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return size_bytes, sha256
