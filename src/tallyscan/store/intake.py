"""What arrives is kept before anything is thought of it: bytes first, then one transaction."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Literal, TypeVar
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.declaration import Declaration, Declared, ReadDeclarations, canonical_only
from tallyscan.errors import Conflict, InputError, InvalidDeclaration, TallyscanError
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, Nomenclature
from tallyscan.join.marks import read_keys
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.sidecar import Sidecar
from tallyscan.store.blobs import Blobs
from tallyscan.store.database import Database
from tallyscan.store.declarations import (
    DeclarationsStored,
    DeclarationStored,
    ensure_consignment,
    knows_content,
    put_declaration,
)
from tallyscan.store.identity import ScanIdentity, contradicts, identify, same_scan
from tallyscan.store.join_candidates import seen_document
from tallyscan.store.join_steps import was_of
from tallyscan.store.joins import Joins, read_scan_again
from tallyscan.store.live_lines import declaration_arrived, scan_arrived
from tallyscan.store.parts import read_dead_parts_again
from tallyscan.store.quarantine import TellsQuarantine, names_enough, put_into_quarantine
from tallyscan.store.tables import PARTS, FileKind, QuarantineRow, ScanFile, ScanMark, ScanRow, of_same_view

OnDeclared = Callable[[Session, str, datetime], None]
"""Hears of each new version of a declaration, in the transaction in which it is kept."""

AT_ONCE = 20
"""So many declarations of a document are kept in one transaction: while it lasts, nothing else can be kept."""

_PAUSE_SECONDS = 0.12  # SQLite lets those that wait try every 0.1 s
_Kept = TypeVar("_Kept")

ReadSidecar = Callable[[ScanFiles, str | None], Sidecar | None]
"""What the scanner says of a scan, read as that profile tells; None when it cannot be read (yet)."""

ReadViews = Callable[[ScanFiles, str | None], tuple[str, ...]]
"""The views that the files hold, each a scan of its own, as that profile names them; empty: they are one scan."""

_BETWEEN_VIEWS = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Accepted:
    """A scan is in the store; `new` is False when the same delivery was there before. Of several views it is the first.

    `declaration_refused` says why the declaration beside it could not be used.
    """

    scan_id: str
    new: bool
    reused_from: str | None
    declaration_refused: str | None


@dataclass(frozen=True)
class _StoredFile:
    kind: str
    name: str
    blob_key: str
    size_bytes: int


class Intake:
    """Accepts scans and declarations, from wherever they come."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        *,
        joins: Joins,
        read_sidecar: ReadSidecar | None = None,
        read_views: ReadViews = lambda *_: (),
        tells_quarantine: TellsQuarantine = lambda *_: None,
        on_declared: OnDeclared | None = None,
        read_declarations: ReadDeclarations = canonical_only,
        nomenclature: Nomenclature = CHAPTERS_ONLY,
    ) -> None:
        self._nomenclature = nomenclature
        self._on_declared = on_declared
        self._database = database
        self._blobs = blobs
        self._joins = joins
        self._read_sidecar = read_sidecar
        self._read_views = read_views
        self._tells_quarantine = tells_quarantine
        self._read_declarations = read_declarations

    def accept_scan(
        self,
        files: ScanFiles,
        *,
        origin: str,
        name: str | None = None,
        consignment: str | None = None,
        profile: str | None = None,
        spooled: Sequence[Path] = (),
    ) -> Accepted:
        """Keep a scan and put it into the queue; the same delivery again gives the same scan.

        Of files that hold several views each is a scan of its own, all of them in one go. A delivery that says more
        than those before (a consignment, a unit, a scanner profile) adds it to the scan, which is then read again; so
        is a dead one that is delivered again. A broken declaration beside it goes into quarantine and the scan is read
        without it. Of a manifest beside it every declaration is kept; the scan's is the one that names its number.
        Content is not judged here: a broken image is a scan too, which the worker rejects with the reason.

        `spooled` are files that hold the same bytes as the images, in their order; they are taken into the
        store. Raises `Conflict` for a scan of another consignment, and `Unavailable` when it cannot be kept
        now: then nothing was accepted, but for the scan and the first declarations of a long manifest, where the
        others cannot be kept. The same delivery again keeps the rest.
        """
        now = datetime.now(UTC)
        stored = tuple(self._keep(files, spooled))
        declared, refused = self._declared_beside(files)
        profile = profile or files.profile
        views = self._read_views(files, profile) or (None,)
        identities, declaration = self._identities(files, views, profile, declared, consignment)
        identity = identities[0]
        with self._database.write() as session:
            known = _known_views(session, identities)
            for row in known:
                if row and _is_of_another(session, row, identity, declaration, named=consignment is not None):
                    raise Conflict(
                        f"This scan belongs to consignment {_held_by(row)!r} already (scan {row.id}).",
                        remedy="Correct that consignment's declaration, or move the scan: "
                        f"PUT /v1/scans/{row.id}/consignment.",
                    )
            new, title = known[0] is None, name or files.images[0].name
            row = known[0] or _add_scan(session, identity, stored, title, origin, now)
            self._add_to(session, row, identity, profile, now, new=new)
            if identity.view is not None:
                row.view_of = row.id
            for number, there in enumerate(known[1:], start=1):
                said = identities[number] if identity.view is not None else identity
                at = row.received_at - number * _BETWEEN_VIEWS
                other = there or _add_scan(session, said, stored, title, origin, at)
                other.view_of = row.id
                self._add_to(session, other, said, profile, now, new=there is None)
            beside = next((file for file in stored if file.kind == "declaration"), None)
            moved = was_of(session, row.id, identity.consignment)
            where = identity.consignment if moved else row.consignment_id
            if beside and declaration is not None and where:
                self._keep_declaration_beside(session, declaration, beside.blob_key, where, origin, now)
            if beside and refused and not _is_quarantined(session, row.id, beside.blob_key):
                self._put_into_quarantine(session, beside, refused, origin=origin, scan_id=row.id)
            accepted = Accepted(row.id, new, row.reused_from, refused.reason if refused else None)
        if beside:
            key = beside.blob_key
            self._in_parts(
                [each for each in declared.declarations if each is not declaration and each.reference],
                lambda session, each, now: self._keep_declaration_beside(
                    session, each, key, each.reference, origin, now
                ),
            )
        return accepted

    def accept_declaration(
        self,
        data: bytes,
        *,
        origin: str,
        name: str = "declaration",
        consignment: str | None = None,
        charset: str | None = None,
    ) -> DeclarationStored:
        """Keep a declaration as a new version of its consignment (its MRN or LRN when none is named).

        Raises `InvalidDeclaration`, for several in one document too; then its bytes and the reason are in quarantine.
        Raises `Unavailable` when it cannot be kept now.
        """
        file = _StoredFile("declaration", name, self._blobs.put(data), len(data))
        declaration = self._read_or_quarantine(data, charset, file, origin, only_one=True).one()
        with self._database.write() as session:
            named = consignment or declaration.reference
            return self._put_declaration(
                session, declaration, file.blob_key, named, origin, datetime.now(UTC)
            )

    def accept_declarations(
        self, data: bytes, *, origin: str, name: str = "declarations", charset: str | None = None
    ) -> DeclarationsStored:
        """Keep every declaration of a document, each as a new version of its consignment, its MRN or LRN.

        Where some of a manifest cannot be used, its bytes are in quarantine too, with their reasons. Raises
        `InvalidDeclaration` when none can be used, and `Unavailable` when they cannot be kept now: then the first
        `AT_ONCE`, or several times as many, may be. The same document again keeps the rest, and those no second time.
        """
        file = _StoredFile("declaration", name, self._blobs.put(data), len(data))
        declared = self._read_or_quarantine(data, charset, file, origin, only_one=False)
        stored = self._in_parts(
            declared.declarations,
            lambda session, each, now: self._put_declaration(
                session, each, file.blob_key, each.reference, origin, now
            ),
        )
        if declared.refused_in_part is not None:
            with self._database.write() as session:
                self._put_into_quarantine(session, file, declared.refused_in_part, origin=origin)
        return DeclarationsStored(tuple(stored), tuple(error.reason for error in declared.refused))

    def _in_parts(
        self, declarations: Sequence[Declaration], keep: Callable[[Session, Declaration, datetime], _Kept]
    ) -> list[_Kept]:
        """`AT_ONCE` in a transaction, and a pause behind it: who waits for the database only looks now and then."""
        kept: list[_Kept] = []
        for start in range(0, len(declarations), AT_ONCE):
            if start:
                sleep(_PAUSE_SECONDS)
            now = datetime.now(UTC)
            with self._database.write() as session:
                kept += [keep(session, each, now) for each in declarations[start : start + AT_ONCE]]
        return kept

    def _read_or_quarantine(
        self, data: bytes, charset: str | None, file: _StoredFile, origin: str, *, only_one: bool
    ) -> Declared:
        try:
            declared = self._read_declarations(data, charset)
            if only_one:
                declared.one()
        except InvalidDeclaration as refused:
            with self._database.write() as session:
                self._put_into_quarantine(session, file, refused, origin=origin)
            raise
        return declared

    def quarantine(
        self, part: ScanPart, why: InputError, *, origin: str, kind: FileKind, spooled: Path | None = None
    ) -> None:
        """Keep what arrived and is not used, with the reason; the same bytes for the same reason once.

        `spooled` is a file that holds the same bytes; it is taken into the store. Raises `Unavailable` when it cannot
        be kept now.
        """
        key = self._blobs.put(part.data, spooled=spooled)
        file = _StoredFile(kind, part.name, key, len(part.data))
        known = select(QuarantineRow.id).where(
            QuarantineRow.origin == origin, QuarantineRow.sha256 == key, QuarantineRow.code == why.code
        )
        with self._database.write() as session:
            if session.execute(known).first() is None:
                self._put_into_quarantine(session, file, why, origin=origin)

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

    def _put_into_quarantine(
        self,
        session: Session,
        file: _StoredFile,
        refused: InputError,
        *,
        origin: str,
        scan_id: str | None = None,
    ) -> None:
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

    def _keep(self, files: ScanFiles, spooled: Sequence[Path]) -> Iterator[_StoredFile]:
        for number, part in enumerate(files.images):
            key = self._blobs.put(part.data, spooled=spooled[number] if spooled else None)
            yield _StoredFile("image", part.name[:255], key, len(part.data))
        for kind, data in (("sidecar", files.sidecar), ("declaration", files.declaration)):
            if data is not None:
                yield _StoredFile(kind, f"{kind}.json", self._blobs.put(data), len(data))

    def _keep_declaration_beside(
        self,
        session: Session,
        declaration: Declaration,
        blob_key: str,
        consignment: str,
        origin: str,
        now: datetime,
    ) -> None:
        """A repeated delivery brings its old declaration along: that must not undo a correction."""
        if not knows_content(session, consignment, declaration):
            self._put_declaration(session, declaration, blob_key, consignment, origin, now)

    def _put_declaration(
        self,
        session: Session,
        declaration: Declaration,
        blob_key: str,
        consignment: str,
        origin: str,
        now: datetime,
    ) -> DeclarationStored:
        stored = put_declaration(
            session,
            declaration,
            consignment=consignment,
            blob_key=blob_key,
            origin=origin,
            now=now,
            joins=self._joins,
            nomenclature=self._nomenclature,
        )
        if stored.new:
            declaration_arrived(session, stored.consignment, declaration, stored.version, now)
            if self._on_declared is not None:
                self._on_declared(session, stored.consignment, now)
        return stored

    def _declared_beside(self, files: ScanFiles) -> tuple[Declared, InvalidDeclaration | None]:
        if files.declaration is None:
            return Declared(()), None
        try:
            declared = self._read_declarations(files.declaration, None)
        except InvalidDeclaration as refused:
            return Declared(()), refused
        return declared, declared.refused_in_part

    def _identities(
        self,
        files: ScanFiles,
        views: Sequence[str | None],
        profile: str | None,
        declared: Declared,
        consignment: str | None,
    ) -> tuple[list[ScanIdentity], Declaration | None]:
        """Of each view, and the declaration beside that is theirs: they are of the same units."""
        of_views = [replace(files, view=view) for view in views]
        read = [self._read_sidecar(each, profile) if self._read_sidecar else None for each in of_views]
        declaration = declared.of_unit(identify(of_views[0], None, consignment, read[0]).marks)
        identities = [
            identify(each, declaration, consignment, said) for each, said in zip(of_views, read, strict=True)
        ]
        return identities, declaration

    def _add_to(
        self,
        session: Session,
        row: ScanRow,
        identity: ScanIdentity,
        profile: str | None,
        now: datetime,
        *,
        new: bool,
    ) -> None:
        """What a delivery says of one scan, which is read again where that is more than before."""
        learnt = self._learn(session, row, identity, profile, now)
        if new:
            scan_arrived(session, row, identity.site, now)
        if row.reused_from is None and (new or learnt):
            row.reused_from = _first_use(session, row)
        if learnt:
            read_scan_again(session, row, learnt)
        elif row.state == "dead":
            read_scan_again(session, row, "it was delivered again")
        read_dead_parts_again(session, row.id)

    def _learn(
        self, session: Session, row: ScanRow, identity: ScanIdentity, profile: str | None, now: datetime
    ) -> str:
        """Add to the scan what this delivery says beyond those before, and give that in words.

        What the sender names as consignment wins over the marks in the image.
        """
        learnt = []
        if identity.view is not None and row.view is None:
            row.view, row.device, row.identity = identity.view, identity.device, identity.key
            row.name = _named(row.name, identity.view)
            learnt.append(f"it is the view {identity.view}")
        row.scanner = row.scanner or identity.scanner
        row.device = row.device or identity.device
        row.acquired_at = row.acquired_at or identity.acquired_at
        if identity.units:
            row.seen = seen_document(identity.units, identity.site)
        _add_keys(session, row, identity)
        if row.declared_unit is None and identity.declared_unit is not None:
            row.declared_unit = identity.declared_unit
            learnt.append("its unit is known now")
        before = row.consignment_id
        self._join(session, row, identity, now)
        if row.consignment_id not in (None, before):
            learnt.append(f"it joined consignment {row.consignment_id}")
        if profile is not None and row.profile != profile:
            row.profile = profile
            learnt.append(f"the profile {profile} was asked for")
        session.flush()
        return ", ".join(learnt)

    def _join(self, session: Session, row: ScanRow, identity: ScanIdentity, now: datetime) -> None:
        """What the sender says counts before the marks."""
        if identity.consignment is None:
            self._joins.by_marks(session, row, now)
        elif row.consignment_id in (None, identity.consignment):
            ensure_consignment(session, identity.consignment, now)
            how: Literal["sender", "declaration_beside"] = (
                "sender" if identity.named else "declaration_beside"
            )
            self._joins.as_said(session, row, identity.consignment, how, now)


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


def _known_views(session: Session, identities: Sequence[ScanIdentity]) -> list[ScanRow | None]:
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


def _is_of_another(
    session: Session, row: ScanRow, identity: ScanIdentity, declaration: Declaration | None, *, named: bool
) -> bool:
    """Whether the scan is in another consignment than this delivery says.

    A declaration that its consignment holds already says nothing else, whatever MRN is written in it; `named`:
    the sender gave the consignment itself. One that the scan was of, and was moved from, says nothing new.
    """
    held = _held_by(row)
    if identity.consignment is None or held in (None, identity.consignment):
        return False
    if was_of(session, row.id, identity.consignment):
        return False
    assert held is not None
    return named or declaration is None or not knows_content(session, held, declaration)


def _held_by(row: ScanRow) -> str | None:
    """The consignment that the scan is of; of one whose cargo units are joined one by one, what was said of it."""
    return row.consignment_id or row.said_consignment


def _add_scan(
    session: Session,
    identity: ScanIdentity,
    stored: tuple[_StoredFile, ...],
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
        name=name[-255:] if identity.view is None else _named(name, identity.view),
        scanner=identity.scanner,
        device=identity.device,
        declared_unit=identity.declared_unit,
        seen=seen_document(identity.units, identity.site),
        join_state="open",
        acquired_at=identity.acquired_at,
        received_at=now,
        origin=origin,
        state="received",
        revision=0,
        attempts=0,
    )
    session.add(row)
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


def _named(name: str, view: str) -> str:
    return f"{name[-220:]}, view {view}"


def _add_keys(session: Session, row: ScanRow, identity: ScanIdentity) -> None:
    """Those that are not known yet: a delivery under its scanner's profile says more than one without."""
    known = set(session.execute(select(ScanMark.mark).where(ScanMark.scan_id == row.id)).scalars())
    session.add_all(ScanMark(scan_id=row.id, mark=key) for key in sorted(read_keys(identity.units) - known))


def _first_use(session: Session, row: ScanRow) -> str | None:
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


def _is_quarantined(session: Session, scan_id: str, sha256: str) -> bool:
    known = select(QuarantineRow.id).where(QuarantineRow.scan_id == scan_id, QuarantineRow.sha256 == sha256)
    return session.execute(known).first() is not None


def _size_and_hash(path: Path) -> tuple[int | None, str | None]:
    """In bytes, and SHA-256 in hex; None of what cannot be read."""
    size_bytes = sha256 = None
    with suppress(OSError):
        size_bytes = path.stat().st_size
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return size_bytes, sha256
