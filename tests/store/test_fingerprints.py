"""Fingerprints are kept with the readings and found again among many."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select, update

from tallyscan.fingerprint import PICTURE_BYTES, Fingerprint
from tallyscan.store.database import Database
from tallyscan.store.fingerprints import PictureIndex, put_fingerprint
from tallyscan.store.intake import Intake
from tallyscan.store.scan_memory import MOST_LOOK_ALIKES, ScanMemory
from tallyscan.store.tables import FingerprintRow, ScanRow
from tests.store.builders import CONTAINER, OTHER_CONTAINER, scan_files, sidecar_json

AT_ONCE = timedelta(0)


def made(seed: int, flipped: int = 0) -> Fingerprint:
    """A random picture, of which so many bits are turned over."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, 8 * PICTURE_BYTES, dtype=np.uint8)
    bits[:flipped] ^= 1
    mirrored = rng.integers(0, 2, 8 * PICTURE_BYTES, dtype=np.uint8)
    return Fingerprint(np.packbits(bits).tobytes(), np.packbits(mirrored).tobytes(), b"noise")


def accept(intake: Intake, number: int, container: str = CONTAINER, **more: object) -> str:
    sidecar = sidecar_json(container, **more)
    return intake.accept_scan(scan_files(b"pixels %d" % number, sidecar), origin="test").scan_id


def keep(database: Database, scan_id: str, taken: Fingerprint | None, copy_of: str | None = None) -> None:
    with database.write() as session:
        put_fingerprint(session, scan_id, taken, copy_of)


def memory(database: Database, scan_id: str, index: PictureIndex | None = None) -> ScanMemory:
    return ScanMemory(database, index or PictureIndex(database), scan_id)


def alike(
    database: Database, scan_id: str, taken: Fingerprint, index: PictureIndex | None = None
) -> list[str]:
    found = memory(database, scan_id, index).look_alikes(taken, 40)
    return [other.scan.scan_id for other in found.scans]


def test_the_nearest_comes_first_and_the_far_ones_not_at_all(database: Database, intake: Intake) -> None:
    ids = [accept(intake, number) for number in range(5)]
    for scan_id, flipped in zip(ids[1:], (30, 10, 41, 0), strict=True):
        keep(database, scan_id, made(1, flipped))
    assert alike(database, ids[0], made(1)) == [ids[4], ids[2], ids[1]]


def test_a_mirror_image_is_near(database: Database, intake: Intake) -> None:
    first, second = accept(intake, 1), accept(intake, 2)
    keep(database, first, made(1))
    turned = Fingerprint(made(1).mirrored, made(1).picture, None)
    assert alike(database, second, turned) == [first]


def test_an_index_that_is_open_sees_what_is_added_and_replaced(database: Database, intake: Intake) -> None:
    first, second, asking = (accept(intake, number) for number in range(3))
    index = PictureIndex(database)
    assert alike(database, asking, made(1), index) == []
    keep(database, first, made(1))
    assert alike(database, asking, made(1), index) == [first]
    keep(database, second, made(1, 5))
    assert alike(database, asking, made(1), index) == [first, second]
    keep(database, first, made(2))
    assert alike(database, asking, made(1), index) == [second], "what was replaced is found no more"
    assert alike(database, asking, made(2), index) == [first]
    keep(database, second, None)
    assert alike(database, asking, made(1), index) == []


def test_the_same_fingerprint_again_changes_nothing(database: Database, intake: Intake) -> None:
    first, second = accept(intake, 1), accept(intake, 2)
    keep(database, second, made(1))
    keep(database, second, made(1), copy_of=first)
    with database.read() as session:
        (row,) = session.execute(select(FingerprintRow)).scalars()
        assert (row.position, row.copy_of, row.noise) == (1, first, b"noise")


def test_neither_itself_nor_its_own_copies_nor_the_same_bytes_look_alike(
    database: Database, intake: Intake
) -> None:
    first, copy = accept(intake, 1), accept(intake, 2)
    same_bytes = accept(intake, 1, OTHER_CONTAINER)
    for scan_id in (first, same_bytes):
        keep(database, scan_id, made(1))
    keep(database, copy, made(1), copy_of=first)
    assert alike(database, first, made(1)) == []
    assert set(alike(database, copy, made(1))) == {first, same_bytes}


def test_fingerprints_of_another_method_are_not_compared(database: Database, intake: Intake) -> None:
    first, second = accept(intake, 1), accept(intake, 2)
    keep(database, first, made(1))
    with database.write() as session:
        session.execute(update(FingerprintRow).values(method=0))
    assert alike(database, second, made(1)) == []


def test_more_than_are_compared_is_said(database: Database, intake: Intake) -> None:
    asking = accept(intake, -1)
    ids = [accept(intake, number) for number in range(MOST_LOOK_ALIKES + 1)]
    for scan_id in ids[:-1]:
        keep(database, scan_id, made(1))
    index = PictureIndex(database)
    assert memory(database, asking, index).look_alikes(made(1), 40).complete
    keep(database, ids[-1], made(1))
    found = memory(database, asking, index).look_alikes(made(1), 40)
    assert (len(found.scans), found.complete) == (MOST_LOOK_ALIKES, False)


def test_the_index_grows_and_finds_one_in_thousands(database: Database, intake: Intake) -> None:
    ids = [accept(intake, number) for number in range(3)]
    index = PictureIndex(database)
    rng = np.random.default_rng(5)
    index._add(np.arange(-5000, 0), rng.bytes(5000 * PICTURE_BYTES))  # of which no table knows
    index._positions[: len(index)] = 0
    keep(database, ids[0], made(1))
    keep(database, ids[1], made(1, 3))
    assert alike(database, ids[2], made(1), index) == ids[:2]
    assert len(index) == 5002


def test_on_a_busy_lane_the_scan_before_is_the_last_of_a_minute_ago(
    database: Database, intake: Intake
) -> None:
    ids = [accept(intake, number, device="gate-1") for number in range(1, 5)]
    arrived = datetime(2026, 2, 1, 12, tzinfo=UTC)
    with database.write() as session:
        for number, scan_id in enumerate(ids):
            session.get_one(ScanRow, scan_id).received_at = arrived + timedelta(seconds=45 * number)
    found = [memory(database, scan_id).before(timedelta(minutes=1)) for scan_id in ids]
    assert [earlier.scan_id if earlier else None for earlier in found] == [None, None, *ids[:2]]


def test_the_scan_before_is_of_the_same_machine_and_the_same_way(database: Database, intake: Intake) -> None:
    first = accept(intake, 1, device="gate-1")
    accept(intake, 2, device="gate-2")
    accept(intake, 3, device="gate-1", acquired_at=None)
    by_folder = scan_files(b"pixels 4", sidecar_json(device="gate-1"))
    intake.accept_scan(by_folder, origin="folder")
    last = accept(intake, 5, device="gate-1", acquired_at="2026-02-01T09:00:00Z")
    later = accept(intake, 6, device="gate-1")
    before = memory(database, last).before(AT_ONCE)
    assert before is not None
    assert (before.scan_id, before.unit) == (first, CONTAINER)
    after = memory(database, later).before(AT_ONCE)
    assert after is not None
    assert after.scan_id == last
    assert memory(database, first).before(AT_ONCE) is None
    this = memory(database, last).this
    assert this.acquired_at is not None
    assert before.acquired_at is not None
    assert before.acquired_at - this.acquired_at == timedelta(hours=1)


@pytest.mark.parametrize("container", [OTHER_CONTAINER, CONTAINER])
def test_the_same_bytes_are_remembered(database: Database, intake: Intake, container: str) -> None:
    first = accept(intake, 1)
    second = accept(intake, 1, container, site="NLRTM")
    reused = container != CONTAINER
    mine, of_first = memory(database, second), memory(database, first)
    assert (mine.reused_from.scan_id if mine.reused_from else None) == (first if reused else None)
    twin = of_first.same_bytes()
    assert (twin.scan_id if twin else None) == (None if reused else second), (
        "a copy of it says nothing against it"
    )
    with database.read() as session:
        assert session.get_one(ScanRow, second).reused_from == (first if reused else None)
