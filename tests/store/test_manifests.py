"""Documents with many declarations, alone and beside a scan."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy.orm import Session

from tallyscan.declare.declarations import read_declarations
from tallyscan.declare.mappings import load_mappings
from tallyscan.errors import InvalidDeclaration
from tallyscan.store import queries
from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.database import Database
from tallyscan.store.intake import Intake
from tallyscan.store.joins import Joins
from tallyscan.store.readings import load_declaration
from tallyscan.store.tables import Consignment
from tallyscan.store.work_queue import DatabaseQueue
from tests.declare.documents import documents
from tests.store.builders import CONTAINER, OTHER_CONTAINER, scan_files, sidecar_json

HEADER = "LRN,container,description,gross mass kg"
MANIFEST = "\n".join((HEADER, f"L-1,{CONTAINER},Paper,9000", f"L-2,{OTHER_CONTAINER},Tiles,20000")).encode()


@pytest.fixture
def intake(database: Database, blobs: FolderBlobs) -> Intake:
    reads = partial(read_declarations, mappings=load_mappings())
    return Intake(database, blobs, joins=Joins(timedelta(days=30)), read_declarations=reads)


def consignments(database: Database, *names: str) -> list[str | None]:
    """What each declares, in words; None for one that is not known."""
    with database.read() as session:
        known = [session.get(Consignment, name) for name in names]
        found = [load_declaration(session, each.id, 1) if each else None for each in known]
    return [each.in_words if each else None for each in found]


def test_every_declaration_of_a_manifest_is_a_consignment(intake: Intake, database: Database) -> None:
    kept = intake.accept_declarations(MANIFEST, origin="http")
    assert [(each.consignment, each.version, each.new) for each in kept.stored] == [
        ("L-1", 1, True),
        ("L-2", 1, True),
    ]
    assert kept.refused == ()
    assert consignments(database, "L-1", "L-2") == ["Paper, 9.0\u00a0t", "Tiles, 20.0\u00a0t"]
    again = intake.accept_declarations(MANIFEST.replace(b"20000", b"21000"), origin="http")
    assert [(each.version, each.new) for each in again.stored] == [(1, False), (2, True)]


def test_what_cannot_be_used_of_a_manifest_is_in_quarantine_with_its_bytes(
    intake: Intake, database: Database, blobs: FolderBlobs
) -> None:
    broken = MANIFEST + b"\nL-3,,Hats,5"
    kept = intake.accept_declarations(broken, origin="folder", name="m.declaration.csv")
    assert [each.consignment for each in kept.stored] == ["L-1", "L-2"]
    (reason,) = kept.refused
    assert "'L-3' (row 4 of the manifest)" in reason
    with database.read() as session:
        (entry,) = queries.quarantine(session)
    assert (entry.name, entry.code) == ("m.declaration.csv", "invalid_declaration")
    assert "1 of 3 declarations in it cannot be used" in entry.reason
    assert blobs.get(entry.sha256 or "") == broken


def long_manifest() -> bytes:
    return "\n".join((HEADER, *(f"L-{n},{CONTAINER},Paper,{n + 100}" for n in range(50)))).encode()


def test_a_long_manifest_is_kept_in_several_transactions(intake: Intake) -> None:
    at_once: list[list[str]] = []

    def on_declared(session: Session, consignment: str, _: datetime) -> None:
        if "number" not in session.info:
            session.info["number"] = len(at_once)
            at_once.append([])
        at_once[session.info["number"]].append(consignment)

    intake._on_declared = on_declared
    kept = intake.accept_declarations(long_manifest(), origin="http")
    assert [each.consignment for each in kept.stored] == [f"L-{n}" for n in range(50)]
    assert [len(each) for each in at_once] == [20, 20, 10]


@pytest.mark.parametrize("beside", [False, True])
def test_a_long_manifest_that_broke_off_is_kept_wholly_when_it_is_sent_again(
    intake: Intake, database: Database, beside: bool
) -> None:
    def power_cut(_: Session, consignment: str, __: datetime) -> None:
        if consignment == "L-45":
            raise RuntimeError("power cut")

    def send() -> None:
        if beside:
            intake.accept_scan(scan_files(declaration=long_manifest()), origin="folder")
        else:
            intake.accept_declarations(long_manifest(), origin="http")

    intake._on_declared = power_cut
    with pytest.raises(RuntimeError, match="power cut"):
        send()
    assert None not in consignments(database, "L-0", "L-39")
    assert consignments(database, "L-40", "L-45", "L-49") == [None] * 3
    intake._on_declared = None
    send()
    send()
    assert None not in consignments(database, *(f"L-{n}" for n in range(50)))
    with database.read() as session:
        assert {session.get_one(Consignment, f"L-{n}").declaration_version for n in range(50)} == {1}


def test_a_manifest_is_no_declaration_of_one_consignment(intake: Intake, database: Database) -> None:
    with pytest.raises(InvalidDeclaration, match="holds 2 declarations"):
        intake.accept_declaration(MANIFEST, origin="http", consignment="C-1")
    with database.read() as session:
        assert len(queries.quarantine(session)) == 1


def test_of_a_manifest_beside_a_scan_its_own_counts_and_the_others_are_kept(
    intake: Intake, database: Database, queue: DatabaseQueue
) -> None:
    files = scan_files(sidecar=sidecar_json(OTHER_CONTAINER), declaration=MANIFEST)
    accepted = intake.accept_scan(files, origin="folder")
    assert accepted.declaration_refused is None
    claim = queue.claim()
    assert claim is not None
    assert (claim.consignment, claim.declaration_version) == ("L-2", 1)
    assert None not in consignments(database, "L-1", "L-2")
    assert intake.accept_scan(files, origin="folder").scan_id == accepted.scan_id


def test_a_manifest_beside_a_scan_without_a_number_is_kept_and_the_scan_waits(
    intake: Intake, database: Database
) -> None:
    accepted = intake.accept_scan(scan_files(declaration=MANIFEST), origin="folder")
    with database.read() as session:
        assert queries.scan(session, accepted.scan_id).consignment is None
    assert None not in consignments(database, "L-1", "L-2")


@pytest.mark.parametrize("name", ["ncts", "ics2", "asycuda", "csv"])
def test_the_same_goods_in_another_format_are_no_new_version_unless_more_is_said(
    intake: Intake, name: str
) -> None:
    document = documents()[name]
    assert intake.accept_declarations(document, origin="http").stored[0].new
    said_again = document.replace(b"\n", b"\n\n") if name != "csv" else document + b"\n\n"
    assert not intake.accept_declarations(said_again, origin="http").stored[0].new
