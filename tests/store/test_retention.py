"""What is due is deleted, what is held or was found stays, and what was deleted is never taken for empty."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tallyscan.declaration import Declaration
from tallyscan.errors import Conflict, Deleted, InputError, NotFound
from tallyscan.store import queries
from tallyscan.store.audit import records
from tallyscan.store.audit_check import verify
from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.check_store import check_store
from tallyscan.store.database import Database
from tallyscan.store.declarations import read_again
from tallyscan.store.deletions import deleted
from tallyscan.store.holds import holds, lift_hold, set_hold
from tallyscan.store.intake import Intake
from tallyscan.store.readings import Shown, load_declaration, load_files, save_reading
from tallyscan.store.retention import Kept, Retention
from tallyscan.store.risk_replay import replay
from tallyscan.store.scan_images import scan_image
from tallyscan.store.tables import (
    DeclarationVersion,
    InspectionRow,
    ScanMark,
    ScanRow,
    UnitMark,
)
from tallyscan.store.targeting_tables import QueueWordRow
from tallyscan.store.work_queue import DatabaseQueue
from tests.store.builders import declaration_json, reading_of, scan_files, sidecar_json

NONE = timedelta(0)
PLATE = "AA1234BX"
TRADER = "Oliynyk Paper"


def declared(consignor: str = TRADER, mrn: str = "26NL000510A1B2C3D4") -> bytes:
    document = json.loads(declaration_json(mrn=mrn))
    document |= {
        "consignor": {"name": consignor, "identificationNumber": "UA12345678"},
        "transportMeans": [{"typeOfIdentification": "30", "identificationNumber": PLATE}],
        "extensions": {"driver": "P. Driver"},
    }
    return json.dumps(document).encode()


def kept_scan(
    database: Database, blobs: FolderBlobs, intake: Intake, queue: DatabaseQueue, image: bytes, case: str
) -> str:
    """A scan that was read, with a picture of its own."""
    sidecar = json.loads(sidecar_json())
    sidecar["units"][0]["plate"] = PLATE
    files = scan_files(image, json.dumps(sidecar).encode())
    scan = intake.accept_scan(files, origin="test", consignment=case).scan_id
    while (claim := queue.claim()) is not None:
        shown = Shown(
            picture_key=blobs.put(b"picture of " + image), image_key=blobs.put(b"pyramid of " + image)
        )
        reading = reading_of(claim.scan_id, version=claim.declaration_version)
        with database.write() as session:
            save_reading(session, claim, reading, state="read", shown=shown)
        queue.done(claim)
    return scan


def images(database: Database, blobs: FolderBlobs) -> Retention:
    return Retention(database, blobs, Kept(images=NONE), wait=NONE)


def parties(database: Database, blobs: FolderBlobs) -> Retention:
    return Retention(database, blobs, Kept(parties=NONE), wait=NONE)


def found_in(database: Database, scan: str) -> None:
    now = datetime.now(UTC)
    with database.write() as session:
        session.add(
            InspectionRow(
                id="i1",
                scan_id=scan,
                result="found",
                person="Officer 7",
                at=now,
                received_at=now,
                said_sha256="0" * 64,
                document={},
                effect={},
            )
        )


def test_files_and_pictures_go_when_they_are_due_and_the_record_stays(
    database: Database, blobs: FolderBlobs, intake: Intake, queue: DatabaseQueue
) -> None:
    scan = kept_scan(database, blobs, intake, queue, b"pixels", "C1")
    retention = images(database, blobs)
    assert retention.look().counts == {"scans": 1}
    done = retention.run()
    assert (done.counts, done.bytes_waiting) == ({"scans": 1}, 0)
    assert done.bytes_gone == len({"image", "sidecar", "picture", "pyramid"})
    assert list(blobs.keys()) == []
    assert retention.run().counts == {}
    with database.read() as session:
        view = queries.scan(session, scan)
        assert view.images_deleted is not None
        assert view.picture_key is view.image_key is None
        assert view.reading is not None
        said = f"scan {scan} were deleted by retention on {datetime.now(UTC):%Y-%m-%d}"
        with pytest.raises(Deleted, match=said):
            scan_image(session, scan)
        with pytest.raises(Deleted, match=said):
            load_files(session, blobs, scan)
        checked = replay(session, "C1")
        assert checked.same
        assert said in checked.deleted[0]
        assert check_store(session, blobs).whole
        assert verify(session, [], rows=True).problems == ()
        told = [each.details for each, _ in records(session) if each.action == "data.deleted"]
    assert [(each.get("scans"), each.get("blobs")) for each in told] == [(1, None), (None, 4)]


def test_a_load_in_which_something_was_found_and_what_is_held_is_kept(
    database: Database, blobs: FolderBlobs, intake: Intake, queue: DatabaseQueue
) -> None:
    find, held, by_case, due = (
        kept_scan(database, blobs, intake, queue, name.encode(), name) for name in ("f", "h", "c", "d")
    )
    found_in(database, find)
    with database.write() as session:
        of_scan = set_hold(session, by="Auditor 1", reason="Appeal 12", scan=held)
        set_hold(session, by="Auditor 1", reason="Appeal 13", consignment="c")
    assert images(database, blobs).run().counts == {"scans": 1}
    with database.read() as session:
        gone = {each.id for each in queries.scans(session) if each.images_deleted}
        assert gone == {due}
        assert check_store(session, blobs).whole
    with database.write() as session:
        lift_hold(session, of_scan.id, by="Auditor 2", reason="Settled")
    assert images(database, blobs).run().counts == {"scans": 1}
    with database.read() as session:
        kept = {each.id for each in queries.scans(session) if not each.images_deleted}
        actions = [each.action for each, _ in records(session)]
    assert kept == {find, by_case}
    assert (actions.count("hold.set"), actions.count("hold.lifted")) == (2, 1)


def test_bytes_that_another_row_names_stay_and_those_that_come_again_are_pardoned(
    database: Database, blobs: FolderBlobs, intake: Intake, queue: DatabaseQueue
) -> None:
    first = kept_scan(database, blobs, intake, queue, b"same", "C1")
    with database.write() as session:
        set_hold(session, by="Auditor 1", reason="Appeal", consignment="C1")
    second = intake.accept_scan(
        scan_files(b"same", sidecar_json(None)), origin="test", consignment="C2"
    ).scan_id
    kept_scan(database, blobs, intake, queue, b"other", "C3")
    assert second != first
    images(database, blobs).run()
    with database.read() as session:
        assert deleted(session, "images", second) is not None
        assert load_files(session, blobs, first).images[0].data == b"same"
        assert check_store(session, blobs).whole
    waiting = Retention(database, blobs, Kept(images=NONE))
    scan = kept_scan(database, blobs, intake, queue, b"again", "C4")
    assert waiting.run().bytes_waiting > 0
    again = intake.accept_scan(
        scan_files(b"again", sidecar_json(None)), origin="test", consignment="C5"
    ).scan_id
    assert again != scan
    Retention(database, blobs, Kept(), wait=NONE).run()
    with database.read() as session:
        assert load_files(session, blobs, again).images[0].data == b"again"
        assert check_store(session, blobs).whole


def test_a_scan_without_its_files_is_not_read_again_and_no_longer_answers_for_a_new_declaration(
    database: Database, blobs: FolderBlobs, intake: Intake, queue: DatabaseQueue
) -> None:
    scan = kept_scan(database, blobs, intake, queue, b"pixels", "C1")
    images(database, blobs).run()
    intake.accept_declaration(declared(), origin="test", consignment="C1")
    with database.write() as session:
        read_again(session, "C1", "of a test")
    assert queue.claim() is None
    with database.read() as session:
        assert queries.scan(session, scan).state == "read"


def test_parties_plates_and_documents_as_they_came_go_and_the_goods_stay(
    database: Database, blobs: FolderBlobs, intake: Intake, queue: DatabaseQueue
) -> None:
    intake.accept_declaration(declared(), origin="test", consignment="C1")
    scan = kept_scan(database, blobs, intake, queue, b"pixels", "C1")
    with database.write() as session:
        session.execute(sa.text("UPDATE outbox SET state = 'delivered'"))
    done = parties(database, blobs).run()
    assert done.counts == {"parties": 1}
    assert parties(database, blobs).run().counts == {}
    with database.read() as session:
        declaration = load_declaration(session, "C1", 1)
        assert isinstance(declaration, Declaration)
        assert declaration.consignor is not None
        assert declaration.consignor.name == "[erased]"
        assert declaration.goods_items[0].description_of_goods == "Paper in rolls"
        assert check_store(session, blobs).whole
        assert replay(session, "C1").same
        row = session.get_one(ScanRow, scan)
        texts = [str(row.seen), *_everything(session)]
        marks = {*session.execute(sa.select(ScanMark.mark)).scalars()}
        marks |= {*session.execute(sa.select(UnitMark.mark)).scalars()}
        assert verify(session, [], rows=True).problems == ()
    assert "CSQU3054383" in marks
    assert PLATE not in marks
    assert not [text for text in texts if PLATE in text or TRADER in text or "P. Driver" in text]


def _everything(session: Any) -> list[str]:
    rows = [*session.execute(sa.select(DeclarationVersion.document)).scalars()]
    words = session.execute(sa.select(QueueWordRow.word)).scalars()
    return [str(rows), *(str(word) for word in words)]


def test_parties_of_a_held_consignment_and_of_one_with_events_untold_stay(
    database: Database, blobs: FolderBlobs, intake: Intake
) -> None:
    for case in ("C1", "C2"):
        intake.accept_declaration(declared(mrn=f"26NL00000000000{case}"), origin="test", consignment=case)
    with database.write() as session:
        set_hold(session, by="Auditor 1", reason="Appeal", consignment="C1")
    assert parties(database, blobs).run().counts == {"parties": 1}
    with database.read() as session:
        kept, gone = (load_declaration(session, case, 1) for case in ("C1", "C2"))
    assert kept is not None
    assert kept.consignor is not None
    assert kept.consignor.name == TRADER
    assert gone is not None
    assert TRADER not in str(gone)


def test_a_hold_says_of_what_by_whom_why_and_until_when(database: Database, intake: Intake) -> None:
    intake.accept_declaration(declared(), origin="test", consignment="C1")
    with database.write() as session, pytest.raises(NotFound):
        set_hold(session, by="A", reason="b", consignment="C2")
    past = datetime.now(UTC) - timedelta(days=1)
    for wrong in ({"reason": " "}, {"consignment": None}, {"until": past}, {"scan": "s"}):
        with database.write() as session, pytest.raises(InputError):
            set_hold(session, **({"by": "A", "reason": "b", "consignment": "C1"} | wrong))  # type: ignore[arg-type]
    with database.write() as session:
        soon = datetime.now(UTC) + timedelta(days=1)
        made = set_hold(session, by="A", reason="b", consignment="C1", until=soon)
        assert holds(session, consignment="C1") == (made,)
        lift_hold(session, made.id, by="A", reason="done")
        assert holds(session) == ()
        assert [each.stands for each in holds(session, every=True)] == [False]
        with pytest.raises(Conflict):
            lift_hold(session, made.id, by="A", reason="done")
