from datetime import timedelta
from pathlib import Path

import pytest

from tallyscan.errors import Conflict, InputError, InvalidDeclaration, NotFound, TooLarge, UnsupportedFormat
from tallyscan.scan import ScanPart
from tallyscan.store import queries
from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.database import Database
from tallyscan.store.dead_letters import read_dead_again
from tallyscan.store.intake import Intake
from tallyscan.store.joins import Joins
from tallyscan.store.readings import Shown, load_declaration, load_files, save_reading
from tallyscan.store.risk_record import risk_record
from tallyscan.store.tables import ScanRow, ScanState
from tallyscan.store.waiting import MOST_ENDED_READERS
from tallyscan.store.work_queue import DatabaseQueue
from tests.store.builders import (
    CONTAINER,
    OTHER_CONTAINER,
    declaration_json,
    folder_bytes,
    reading_of,
    scan_files,
    sidecar_json,
)

MRN = "26NL000510A1B2C3D4"


def read_one(database: Database, queue: DatabaseQueue, state: ScanState = "read") -> str:
    claim = queue.claim()
    assert claim is not None
    with database.write() as session:
        reading = reading_of(claim.scan_id)
        save_reading(session, claim, reading, state=state, shown=Shown())
    return claim.scan_id


def test_the_same_delivery_twice_is_one_scan(intake: Intake, database: Database, tmp_path: Path) -> None:
    files = scan_files(sidecar=sidecar_json())
    first, again = intake.accept_scan(files, origin="http"), intake.accept_scan(files, origin="folder")
    assert (first.new, again.new) == (True, False)
    assert first.scan_id == again.scan_id
    with database.read() as session:
        assert queries.count_by_state(session) == {"received": 1}
    assert len(folder_bytes(tmp_path / "blobs")) == 2


def test_what_arrived_comes_back_untouched(intake: Intake, database: Database, blobs: FolderBlobs) -> None:
    files = scan_files(b"\x00\xff pixels", sidecar_json(), declaration_json())
    accepted = intake.accept_scan(files, origin="http")
    with database.read() as session:
        assert load_files(session, blobs, accepted.scan_id) == files


def test_the_same_image_under_another_container_names_the_first(intake: Intake, database: Database) -> None:
    first = intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="http")
    second = intake.accept_scan(scan_files(sidecar=sidecar_json(OTHER_CONTAINER)), origin="http")
    third = intake.accept_scan(scan_files(sidecar=sidecar_json("MSKU9070323")), origin="http")
    assert (first.reused_from, second.reused_from, third.reused_from) == (None, first.scan_id, first.scan_id)
    with database.read() as session:
        assert queries.scan(session, second.scan_id).reused_from == first.scan_id


def test_another_image_of_the_same_container_is_no_reuse(intake: Intake) -> None:
    intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="http")
    assert intake.accept_scan(scan_files(b"others", sidecar_json()), origin="http").reused_from is None


def test_a_scan_joins_the_declaration_that_was_there(intake: Intake, queue: DatabaseQueue) -> None:
    intake.accept_declaration(declaration_json(), origin="http")
    intake.accept_scan(scan_files(sidecar=sidecar_json("csqu 305438-3")), origin="http")
    claim = queue.claim()
    assert claim is not None
    assert (claim.consignment, claim.declaration_version) == (MRN, 1)


def test_a_scan_waits_and_is_read_again_when_its_declaration_comes(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    waiting = intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="http")
    stranger = intake.accept_scan(scan_files(b"other", sidecar_json(OTHER_CONTAINER)), origin="http")
    assert {read_one(database, queue), read_one(database, queue)} == {waiting.scan_id, stranger.scan_id}
    assert queue.claim() is None
    intake.accept_declaration(declaration_json(), origin="http")
    claim = queue.claim()
    assert claim is not None
    assert (claim.scan_id, claim.consignment, claim.declaration_version) == (waiting.scan_id, MRN, 1)
    assert queue.claim() is None


def test_an_old_declaration_of_the_same_container_is_another_journey(
    database: Database, blobs: FolderBlobs
) -> None:
    hasty = Intake(database, blobs, joins=Joins(timedelta(0)))
    hasty.accept_declaration(declaration_json(), origin="http")
    accepted = hasty.accept_scan(scan_files(sidecar=sidecar_json()), origin="http")
    with database.read() as session:
        assert queries.scan(session, accepted.scan_id).consignment is None


def test_a_corrected_declaration_is_a_new_version_and_reads_again(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    intake.accept_scan(scan_files(sidecar=sidecar_json(), declaration=declaration_json()), origin="http")
    read_one(database, queue)
    same = intake.accept_declaration(b" " + declaration_json(), origin="http")
    assert (same.version, same.new) == (1, False)
    assert queue.claim() is None
    corrected = intake.accept_declaration(declaration_json(mass_kg=12_000), origin="http")
    assert (corrected.version, corrected.new) == (2, True)
    claim = queue.claim()
    assert claim is not None
    with database.read() as session:
        declaration = load_declaration(session, claim.consignment, claim.declaration_version)
    assert declaration is not None
    assert declaration.goods_items[0].gross_mass == 12_000


def test_a_repeated_delivery_does_not_undo_a_correction(intake: Intake) -> None:
    files = scan_files(sidecar=sidecar_json(), declaration=declaration_json())
    intake.accept_scan(files, origin="folder")
    intake.accept_declaration(declaration_json(mass_kg=12_000), origin="http")
    intake.accept_scan(files, origin="folder")
    assert intake.accept_declaration(declaration_json(mass_kg=12_000), origin="http").version == 2


def test_a_scan_sent_for_a_consignment_needs_no_mark(intake: Intake, queue: DatabaseQueue) -> None:
    intake.accept_scan(scan_files(), origin="http", consignment="C-1")
    claim = queue.claim()
    assert claim is not None
    assert (claim.consignment, claim.declaration_version) == ("C-1", 0)


def test_a_scan_belongs_to_one_consignment(intake: Intake) -> None:
    intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="http", consignment="C-1")
    with pytest.raises(Conflict, match="C-1"):
        intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="http", consignment="C-2")


def test_a_known_scan_sent_again_for_a_consignment_joins_it_and_is_read_again(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    first = intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="http")
    read_one(database, queue)
    again = intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="http", consignment="C-1")
    claim = queue.claim()
    assert claim is not None
    assert (again.scan_id, claim.scan_id, claim.consignment) == (first.scan_id, first.scan_id, "C-1")


def test_a_broken_declaration_is_in_quarantine_and_its_scan_waits(intake: Intake, database: Database) -> None:
    accepted = intake.accept_scan(
        scan_files(sidecar=sidecar_json(), declaration=b'{"MRN": 1}'), origin="folder"
    )
    assert accepted.declaration_refused is not None
    assert "MRN" in accepted.declaration_refused
    with pytest.raises(InvalidDeclaration):
        intake.accept_declaration(b"nothing", origin="http", name="c.json", consignment="C-1")
    with database.read() as session:
        alone, beside = queries.quarantine(session)
        assert queries.scan(session, accepted.scan_id).state == "received"
    assert (beside.scan, alone.scan) == (accepted.scan_id, None)
    assert alone.code == "invalid_declaration"
    assert "JSON" in alone.reason


def test_the_bytes_of_what_is_in_quarantine_are_kept(
    intake: Intake, database: Database, blobs: FolderBlobs
) -> None:
    with pytest.raises(InvalidDeclaration):
        intake.accept_declaration(b"nothing", origin="http")
    with database.read() as session:
        assert blobs.get(queries.quarantine(session)[0].sha256) == b"nothing"


def test_the_container_of_a_declaration_beside_is_the_declared_unit(intake: Intake) -> None:
    first = intake.accept_scan(scan_files(declaration=declaration_json()), origin="http")
    other = declaration_json(OTHER_CONTAINER, mrn="26NL000510A1B2C3D5")
    second = intake.accept_scan(scan_files(declaration=other), origin="http")
    assert CONTAINER != OTHER_CONTAINER
    assert second.reused_from == first.scan_id


SECOND_MRN = "26NL000510A1B2C3D5"


@pytest.mark.parametrize("plain_first", [True, False])
@pytest.mark.parametrize("sidecar", [None, b'{"scanner": "generic"}'])
def test_without_a_unit_the_plain_delivery_and_the_one_for_a_consignment_are_one_scan(
    intake: Intake, database: Database, plain_first: bool, sidecar: bytes | None
) -> None:
    consignments = [None, "C-9"] if plain_first else ["C-9", None]
    ids = {
        intake.accept_scan(scan_files(sidecar=sidecar), origin="http", consignment=consignment).scan_id
        for consignment in [*consignments, *consignments]
    }
    (scan_id,) = ids
    with database.read() as session:
        assert queries.scan(session, scan_id).consignment == "C-9"
        assert queries.count_by_state(session) == {"received": 1}


def test_without_a_unit_a_declaration_beside_joins_the_plain_delivery_to_its_consignment(
    intake: Intake, database: Database
) -> None:
    plain = intake.accept_scan(scan_files(), origin="http")
    declared = intake.accept_scan(scan_files(declaration=declaration_json()), origin="folder")
    assert (declared.scan_id, declared.new, declared.reused_from) == (plain.scan_id, False, None)
    other = declaration_json(OTHER_CONTAINER, mrn=SECOND_MRN)
    third = intake.accept_scan(scan_files(declaration=other), origin="folder")
    assert (third.new, third.reused_from) == (True, plain.scan_id)
    again = intake.accept_scan(scan_files(declaration=other), origin="folder")
    assert (again.scan_id, again.new) == (third.scan_id, False)
    with database.read() as session:
        assert queries.scan(session, plain.scan_id).consignment == MRN


def test_a_plain_scan_that_joins_is_a_reuse_when_another_showed_its_image(intake: Intake) -> None:
    first = intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="http", consignment="C-1")
    plain = intake.accept_scan(scan_files(), origin="http")
    assert plain.reused_from is None
    joined = intake.accept_scan(scan_files(), origin="http", consignment="C-2")
    assert (joined.scan_id, joined.reused_from) == (plain.scan_id, first.scan_id)


def test_two_scans_of_one_image_do_not_name_each_other(intake: Intake, database: Database) -> None:
    first = intake.accept_scan(scan_files(sidecar=b'{"scanner": "one"}'), origin="http")
    second = intake.accept_scan(scan_files(sidecar=b'{"scanner": "two"}'), origin="http")
    assert second.reused_from == first.scan_id
    intake.accept_scan(scan_files(sidecar=b'{"scanner": "one"}'), origin="http", consignment="C-1")
    with database.read() as session:
        assert queries.scan(session, first.scan_id).reused_from is None


def test_the_same_scan_with_the_declaration_of_another_consignment_is_a_conflict(
    intake: Intake, database: Database
) -> None:
    files = scan_files(sidecar=sidecar_json(), declaration=declaration_json())
    first = intake.accept_scan(files, origin="http")
    other = scan_files(sidecar=sidecar_json(), declaration=declaration_json(mrn=SECOND_MRN))
    with pytest.raises(Conflict, match=MRN):
        intake.accept_scan(other, origin="http")
    assert intake.accept_scan(files, origin="http").scan_id == first.scan_id
    with database.read() as session:
        with pytest.raises(NotFound):
            risk_record(session, SECOND_MRN)
        assert queries.count_by_state(session) == {"received": 1}


def test_a_declaration_that_its_consignment_holds_already_is_no_conflict(intake: Intake) -> None:
    intake.accept_declaration(declaration_json(), origin="http", consignment="C-1")
    first = intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="http")
    files = scan_files(sidecar=sidecar_json(), declaration=declaration_json())
    assert intake.accept_scan(files, origin="folder").scan_id == first.scan_id
    assert intake.accept_declaration(declaration_json(), origin="http", consignment="C-1").version == 1


def test_a_dead_scan_that_is_delivered_again_is_read_again(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    files = scan_files(sidecar=sidecar_json())
    scan_id = intake.accept_scan(files, origin="http").scan_id
    read_one(database, queue, "dead")
    assert queue.claim() is None
    assert intake.accept_scan(files, origin="http").scan_id == scan_id
    claim = queue.claim()
    assert claim is not None
    assert (claim.scan_id, claim.attempts) == (scan_id, 1)
    assert "delivered again" in (claim.last_reason or "")


def test_a_scan_that_ended_its_readers_is_read_again_for_a_person_alone(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    scan_id = intake.accept_scan(scan_files(), origin="http").scan_id
    read_one(database, queue, "dead")
    with database.write() as session:
        session.get_one(ScanRow, scan_id).ended_readers = MOST_ENDED_READERS
    assert intake.accept_scan(scan_files(), origin="http").scan_id == scan_id
    assert queue.claim() is None
    again = intake.accept_scan(scan_files(), origin="http", consignment="C-1")
    assert again.scan_id == scan_id  # more is known of it: it is given up once more, against that
    claim = queue.claim()
    assert claim is not None
    assert claim.exhausted
    with database.write() as session:
        save_reading(session, claim, reading_of(claim.scan_id), state="dead", shown=Shown())
        read_dead_again(session, scan_id, by="Officer 12", reason="More memory.")
    for_a_person = queue.claim()
    assert for_a_person is not None
    assert not for_a_person.exhausted


def test_a_read_scan_that_is_delivered_again_is_not_read_again(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    intake.accept_scan(scan_files(), origin="http")
    read_one(database, queue)
    intake.accept_scan(scan_files(), origin="http")
    assert queue.claim() is None


def test_the_profile_that_was_asked_for_stays_with_the_scan(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    files = scan_files(sidecar=sidecar_json(), declaration=declaration_json())
    intake.accept_scan(files, origin="command", profile="gate")
    read_one(database, queue)
    intake.accept_scan(files, origin="http")
    assert queue.claim() is None
    intake.accept_declaration(declaration_json(mass_kg=1), origin="http")
    claim = queue.claim()
    assert claim is not None
    assert claim.profile == "gate"
    intake.accept_scan(files, origin="command", profile="another")
    with pytest.raises(Conflict, match="changed while it was read"), database.write() as session:
        save_reading(session, claim, reading_of(claim.scan_id), state="read", shown=Shown())


def test_a_second_broken_declaration_beside_a_known_scan_is_in_quarantine_too(
    intake: Intake, database: Database
) -> None:
    for broken in (b"{", b"[", b"["):
        intake.accept_scan(scan_files(declaration=broken), origin="folder")
    with database.read() as session:
        assert len(queries.quarantine(session)) == 2


def test_a_file_that_was_refused_at_the_door_is_in_quarantine_once(
    intake: Intake, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "big.tif"
    file.write_bytes(b"abc")
    for _ in range(2):
        intake.refusals.refuse_file(
            file,
            TooLarge("3 bytes."),
            origin="folder",
            kind="image",
            name="big.tif",
            kept_at="refused/big.tif",
        )
    with database.read() as session:
        (kept,) = queries.quarantine(session)
    assert (kept.name, kept.kind, kept.code, kept.reason) == ("big.tif", "image", "too_large", "3 bytes.")
    assert (kept.size_bytes, kept.kept_at, kept.scan) == (3, "refused/big.tif", None)
    assert kept.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_of_a_file_that_cannot_be_read_the_reason_is_in_quarantine(
    intake: Intake, database: Database, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.tif"
    refused = InputError("It cannot be read.")
    intake.refusals.refuse_file(
        gone, refused, origin="folder", kind="image", name="gone.tif", kept_at="refused/gone.tif"
    )
    with database.read() as session:
        (kept,) = queries.quarantine(session)
    assert (kept.reason, kept.size_bytes, kept.sha256) == ("It cannot be read.", None, None)


def test_what_is_not_used_is_in_quarantine_once_for_each_reason(
    intake: Intake, database: Database, blobs: FolderBlobs, tmp_path: Path
) -> None:
    part, spooled = ScanPart("report.dcm", b"a report"), tmp_path / "spooled"
    for why in (TooLarge("Too large."), UnsupportedFormat("A report."), UnsupportedFormat("A report.")):
        spooled.write_bytes(part.data)
        intake.refusals.quarantine(part, why, origin="dicom", kind="report", spooled=spooled)
    with database.read() as session:
        newest, oldest = queries.quarantine(session)
    assert (newest.code, newest.reason, newest.kind) == ("unsupported_format", "A report.", "report")
    assert (oldest.code, oldest.name, oldest.size_bytes, oldest.kept_at) == (
        "too_large",
        "report.dcm",
        8,
        None,
    )
    assert blobs.get(newest.sha256 or "") == part.data


def test_what_lies_elsewhere_is_recorded_once_for_its_size(intake: Intake, database: Database) -> None:
    def refuse(kept_at: str, size_bytes: int) -> None:
        intake.refusals.refuse_elsewhere(
            TooLarge("It is too large."), origin="s3", kind="image", name="a", kept_at=kept_at, size_bytes=size_bytes
        )  # fmt: skip

    for kept_at, size_bytes in [
        ("s3://b/a.tif", 7),
        ("s3://b/a.tif", 7),
        ("s3://b/a.tif", 8),
        ("s3://c/a.tif", 7),
    ]:
        refuse(kept_at, size_bytes)
    with database.read() as session:
        entries = queries.quarantine(session)
    assert sorted((entry.kept_at, entry.size_bytes) for entry in entries) == [
        ("s3://b/a.tif", 7),
        ("s3://b/a.tif", 8),
        ("s3://c/a.tif", 7),
    ]
    assert {(entry.code, entry.sha256) for entry in entries} == {("too_large", None)}
