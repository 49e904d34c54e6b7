"""What arrives is kept before anything is thought of it: bytes first, then one transaction."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, sleep
from typing import Literal, Protocol, TypeVar

from sqlalchemy.orm import Session

from tallyscan.declaration import Declaration, Declared, ReadDeclarations, canonical_only
from tallyscan.errors import Conflict, InvalidDeclaration
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, Nomenclature
from tallyscan.scan import ScanFiles
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
from tallyscan.store.delivered import (
    KeptFile,
    add_keys,
    add_scan,
    first_use,
    held_by,
    is_of_another,
    known_views,
    with_view,
)
from tallyscan.store.identity import ScanIdentity, identify
from tallyscan.store.join_candidates import seen_document
from tallyscan.store.join_steps import was_of
from tallyscan.store.joins import Joins, read_scan_again
from tallyscan.store.live_lines import declaration_arrived, scan_arrived
from tallyscan.store.parts import read_dead_parts_again
from tallyscan.store.quarantine import TellsQuarantine, is_quarantined
from tallyscan.store.refusals import Refusals
from tallyscan.store.tables import ScanRow
from tallyscan.store.waiting import MOST_ENDED_READERS

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


class ChecksDelivery(Protocol):
    """Whether whoever delivers something may: raises what keeps it out, before anything is kept."""

    def scan(self, identity: ScanIdentity) -> None:
        """One scan, by what is said of it."""

    def declaration(self, declaration: Declaration, consignment: str) -> None:
        """What is declared of a consignment."""


class _Unchecked:
    def scan(self, identity: ScanIdentity) -> None:
        pass

    def declaration(self, declaration: Declaration, consignment: str) -> None:
        pass


UNCHECKED: ChecksDelivery = _Unchecked()


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
class Arrival:
    """A scan that was kept: the way in by which it came, the scanner that it names, and how long keeping it took."""

    scan_id: str
    new: bool
    origin: str
    scanner: str | None
    seconds: float


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
        arrived: Callable[[Arrival], None] = lambda _: None,
    ) -> None:
        self._arrived = arrived
        self._nomenclature = nomenclature
        self._on_declared = on_declared
        self._database = database
        self._blobs = blobs
        self._joins = joins
        self._read_sidecar = read_sidecar
        self._read_views = read_views
        self.refusals = Refusals(database, blobs, tells_quarantine)
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
        checks: ChecksDelivery = UNCHECKED,
    ) -> Accepted:
        """Keep a scan and put it into the queue; the same delivery again gives the same scan.

        Of files that hold several views each is a scan of its own, all of them in one go. A delivery that says more
        than those before (a consignment, a unit, a scanner profile) adds it to the scan, which is then read again; so
        is a dead one that is delivered again. A broken declaration beside it goes into quarantine and the scan is read
        without it. Of a manifest beside it every declaration is kept; the scan's is the one that names its number.
        Content is not judged here: a broken image is a scan too, which the worker rejects with the reason.

        `spooled` are files that hold the same bytes as the images, in their order; they are taken into the
        store. What `checks` raise of it keeps all of it out. Raises `Conflict` for a scan of another consignment, and
        `Unavailable` when it cannot be kept now: then nothing was accepted, but for the scan and the first declarations
        of a long manifest, where the others cannot be kept. The same delivery again keeps the rest.
        """
        now, start = datetime.now(UTC), perf_counter()
        declared, refused = self._declared_beside(files)
        profile = profile or files.profile
        views = self._read_views(files, profile) or (None,)
        identities, declaration = self._identities(files, views, profile, declared, consignment)
        for said in identities:
            checks.scan(said)
        for each in declared.declarations:
            checks.declaration(each, each.reference)
        stored = tuple(self._keep(files, spooled))
        identity = identities[0]
        with self._database.write() as session:
            known = known_views(session, identities)
            for row in known:
                if row and is_of_another(session, row, identity, declaration, named=consignment is not None):
                    raise Conflict(
                        f"This scan belongs to consignment {held_by(row)!r} already (scan {row.id}).",
                        remedy="Correct that consignment's declaration, or move the scan: "
                        f"PUT /v1/scans/{row.id}/consignment.",
                    )
            new, title = known[0] is None, name or files.images[0].name
            row = known[0] or add_scan(session, identity, stored, title, origin, now)
            self._add_to(session, row, identity, profile, now, new=new)
            if identity.view is not None:
                row.view_of = row.id
            for number, there in enumerate(known[1:], start=1):
                said = identities[number] if identity.view is not None else identity
                at = row.received_at - number * _BETWEEN_VIEWS
                other = there or add_scan(session, said, stored, title, origin, at)
                other.view_of = row.id
                self._add_to(session, other, said, profile, now, new=there is None)
            beside = next((file for file in stored if file.kind == "declaration"), None)
            moved = was_of(session, row.id, identity.consignment)
            where = identity.consignment if moved else row.consignment_id
            if beside and declaration is not None and where:
                self._keep_declaration_beside(session, declaration, beside.blob_key, where, origin, now)
            if beside and refused and not is_quarantined(session, row.id, beside.blob_key):
                self.refusals.put(session, beside, refused, origin=origin, scan_id=row.id)
            accepted = Accepted(row.id, new, row.reused_from, refused.reason if refused else None)
            scanner = row.device or row.scanner
        self._arrived(Arrival(accepted.scan_id, new, origin, scanner, perf_counter() - start))
        if beside:
            key = beside.blob_key
            self._in_parts(
                [each for each in declared.declarations if each is not declaration and each.reference],
                lambda session, each, now: self._keep_declaration_beside(
                    session, each, key, each.reference, origin, now
                ),
            )
        return accepted

    def identities(self, files: ScanFiles) -> list[ScanIdentity]:
        """What a delivery says of itself, each view of it; nothing is kept."""
        views = self._read_views(files, files.profile) or (None,)
        return self._identities(files, views, files.profile, Declared(()), None)[0]

    def accept_declaration(
        self,
        data: bytes,
        *,
        origin: str,
        name: str = "declaration",
        consignment: str | None = None,
        charset: str | None = None,
        checks: ChecksDelivery = UNCHECKED,
    ) -> DeclarationStored:
        """Keep a declaration as a new version of its consignment (its MRN or LRN when none is named).

        Raises `InvalidDeclaration`, for several in one document too; then its bytes and the reason are in quarantine.
        Raises `Unavailable` when it cannot be kept now, and what `checks` do.
        """
        file = KeptFile("declaration", name, self._blobs.put(data), len(data))
        declaration = self._read_or_quarantine(data, charset, file, origin, only_one=True).one()
        named = consignment or declaration.reference
        checks.declaration(declaration, named)
        with self._database.write() as session:
            return self._put_declaration(
                session, declaration, file.blob_key, named, origin, datetime.now(UTC)
            )

    def accept_declarations(
        self,
        data: bytes,
        *,
        origin: str,
        name: str = "declarations",
        charset: str | None = None,
        checks: ChecksDelivery = UNCHECKED,
    ) -> DeclarationsStored:
        """Keep every declaration of a document, each as a new version of its consignment, its MRN or LRN.

        Where some of a manifest cannot be used, its bytes are in quarantine too, with their reasons. Raises
        `InvalidDeclaration` when none can be used, and `Unavailable` when they cannot be kept now: then the first
        `AT_ONCE`, or several times as many, may be. The same document again keeps the rest, and those no second time.
        What `checks` raise of one of them keeps all of them out.
        """
        file = KeptFile("declaration", name, self._blobs.put(data), len(data))
        declared = self._read_or_quarantine(data, charset, file, origin, only_one=False)
        for each in declared.declarations:
            checks.declaration(each, each.reference)
        stored = self._in_parts(
            declared.declarations,
            lambda session, each, now: self._put_declaration(
                session, each, file.blob_key, each.reference, origin, now
            ),
        )
        if declared.refused_in_part is not None:
            with self._database.write() as session:
                self.refusals.put(session, file, declared.refused_in_part, origin=origin)
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
        self, data: bytes, charset: str | None, file: KeptFile, origin: str, *, only_one: bool
    ) -> Declared:
        try:
            declared = self._read_declarations(data, charset)
            if only_one:
                declared.one()
        except InvalidDeclaration as refused:
            with self._database.write() as session:
                self.refusals.put(session, file, refused, origin=origin)
            raise
        return declared

    def _keep(self, files: ScanFiles, spooled: Sequence[Path]) -> Iterator[KeptFile]:
        for number, part in enumerate(files.images):
            key = self._blobs.put(part.data, spooled=spooled[number] if spooled else None)
            yield KeptFile("image", part.name[:255], key, len(part.data))
        for kind, data in (("sidecar", files.sidecar), ("declaration", files.declaration)):
            if data is not None:
                yield KeptFile(kind, f"{kind}.json", self._blobs.put(data), len(data))

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
            row.reused_from = first_use(session, row)
        if learnt:
            read_scan_again(session, row, learnt)
        elif row.state == "dead" and row.ended_readers < MOST_ENDED_READERS:
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
            row.name = with_view(row.name, identity.view)
            learnt.append(f"it is the view {identity.view}")
        row.scanner = row.scanner or identity.scanner
        row.device = row.device or identity.device
        row.acquired_at = row.acquired_at or identity.acquired_at
        if identity.units:
            row.seen = seen_document(identity.units, identity.site)
        add_keys(session, row, identity)
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
