"""Cargo units are kept with the readings and asked for by consignment, trade and plate."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import func, select

from tallyscan.control_result import ControlResultSaid
from tallyscan.errors import TallyscanError
from tallyscan.inspection import Inspection
from tallyscan.known_unit import FEATURE_NAMES, SeenUnit, VehicleShape
from tallyscan.recorder import Recorder
from tallyscan.risk import Effect
from tallyscan.scan import Float32Array
from tallyscan.store.database import Database
from tallyscan.store.inspections import add_inspection
from tallyscan.store.intake import Intake
from tallyscan.store.known_units import TradeIndex, pack_shape, put_units, unpack_shape
from tallyscan.store.pseudonyms import Pseudonyms, pseudonyms_in
from tallyscan.store.tables import KnownUnitRow, PartRow, ScanRow
from tallyscan.store.unit_memory import UnitMemory
from tests.store.builders import scan_files, sidecar_json

Arrive = Callable[..., str]
PSEUDONYMS = Pseudonyms(b"k" * 32)
SHAPE = VehicleShape(np.arange(120, dtype=np.uint8).reshape(4, 30), 2, 1.5, 28.25)
SEEN = SeenUnit(
    1, "invented, 6/4 MV", heading="9403", trader="consignee INVENTED1", route="XXAAA > XXBBB", plate="AB1234"
)


def features(value: float) -> Float32Array:
    return np.full(len(FEATURE_NAMES), value, np.float32)


@pytest.fixture
def arrive(intake: Intake, database: Database) -> Arrive:
    numbers = count()

    def arrive(
        consignment: str | None = "C-1",
        *,
        image: bytes | None = None,
        day: int = 1,
        seen: SeenUnit | None = None,
    ) -> str:
        """A scan whose unit is kept, with the number of the scan in every feature."""
        number = next(numbers)
        said = sidecar_json(f"ZZZU{number:07d}", acquired_at=f"2026-02-{day:02d}T10:00:00Z")
        files = scan_files(image or b"pixels %d" % number, said)
        scan_id = intake.accept_scan(files, origin="test", consignment=consignment).scan_id
        unit = seen or replace(SEEN, container=f"ZZZU{number:07d}")
        with database.write() as session:
            put_units(session, scan_id, (replace(unit, features=features(number), shape=SHAPE),), PSEUDONYMS)
        return scan_id

    return arrive


def memory(database: Database, scan_id: str, index: TradeIndex | None = None) -> UnitMemory:
    return UnitMemory(database, index or TradeIndex(database), PSEUDONYMS, scan_id)


def test_the_others_of_a_declaration_are_found_in_order_without_the_unit_itself(
    database: Database, arrive: Arrive
) -> None:
    first, second, this = arrive(), arrive(), arrive()
    arrive("C-2")
    found = memory(database, this).of_declaration(SEEN)
    assert tuple(found.scans) == (first, second)
    assert found.features[:, 0].tolist() == [0.0, 1.0]


def test_other_goods_and_other_scanners_are_not_compared_and_the_latter_are_counted(
    database: Database, arrive: Arrive
) -> None:
    arrive(seen=replace(SEEN, heading="6205"))
    arrive(seen=replace(SEEN, scanner="another, 9 MV"))
    this = arrive()
    for found in (memory(database, this).of_declaration(SEEN), memory(database, this).of_trade(SEEN)):
        assert (tuple(found.scans), found.of_other_scanners) == ((), 1)


def test_the_trade_reaches_over_consignments_and_needs_trader_goods_and_route(
    database: Database, arrive: Arrive
) -> None:
    first, second, this = arrive("C-1"), arrive("C-2"), arrive("C-3")
    arrive("C-4", seen=replace(SEEN, route="XXAAA > XXCCC"))
    arrive("C-5", seen=replace(SEEN, trader="consignee INVENTED2"))
    asks = memory(database, this)
    assert tuple(asks.of_trade(SEEN).scans) == (first, second)
    assert not asks.of_trade(replace(SEEN, trader=None)).scans
    assert not asks.of_trade(replace(SEEN, route=None)).scans


def test_units_of_the_same_image_are_not_compared(database: Database, arrive: Arrive) -> None:
    arrive("C-1", image=b"one image")
    this = arrive("C-2", image=b"one image")
    assert tuple(memory(database, this).of_trade(SEEN).scans) == ()
    assert memory(database, this).of_plate(SEEN) == ()


def test_the_same_container_scanned_again_in_its_consignment_is_not_compared(
    database: Database, arrive: Arrive
) -> None:
    again = replace(SEEN, container="CSQU3054383")
    arrive(seen=again)
    this = arrive(seen=again)
    assert tuple(memory(database, this).of_declaration(again).scans) == ()
    assert tuple(memory(database, this).of_trade(again).scans) == ()
    elsewhere = arrive("C-2", seen=again)
    assert len(memory(database, elsewhere).of_trade(again).scans) == 2, "on other trips it is like any other"


def inspected(database: Database, scan_id: str, *, found: bool, corrects: str | None = None) -> str:
    said = {
        "id": str(uuid4()), "by": "officer 1", "at": "2026-02-03T10:00:00Z", "opened": "wholly", "found": found,
        "items": [{"description": "invented"}] if found else [], "corrects": corrects,
        "scan_id": scan_id, "received_at": "2026-02-03T10:00:00Z",
    }  # fmt: skip
    with database.write() as session:
        inspection = Inspection.model_validate(said)
        add_inspection(session, inspection, said_sha256="0" * 64, effect=Effect("invented"))
    return str(said["id"])


def test_a_scan_with_a_find_is_not_in_the_group_until_the_find_is_corrected(
    database: Database, arrive: Arrive
) -> None:
    bad, good, this = arrive(day=1), arrive(day=2), arrive("C-3", day=5)
    index = TradeIndex(database)
    assert tuple(memory(database, this, index).of_trade(SEEN).scans) == (bad, good)
    error = inspected(database, bad, found=True)
    inspected(database, good, found=False)
    assert tuple(memory(database, this, index).of_trade(SEEN).scans) == (good,)
    assert [known.scan_id for known in memory(database, this).of_plate(SEEN)] == [good]
    inspected(database, bad, found=False, corrects=error)
    assert tuple(memory(database, this, index).of_trade(SEEN).scans) == (bad, good)


def test_a_consignment_in_which_customs_found_something_is_not_in_the_group(
    database: Database, arrive: Arrive
) -> None:
    bad, good, this = arrive("C-1"), arrive("C-2"), arrive("C-3")
    recorder = Recorder(database, "urn:test")
    first = recorder.receive("C-1", ControlResultSaid(by="i-1", code="B1")).entry
    recorder.receive("C-2", ControlResultSaid(by="i-1", code="A1"))
    assert tuple(memory(database, this).of_trade(SEEN).scans) == (good,)
    recorder.receive("C-1", ControlResultSaid(by="i-1", code="A1", corrects=first.id))
    assert tuple(memory(database, this).of_trade(SEEN).scans) == (bad, good)


def test_a_find_in_a_whole_scan_counts_for_its_units(database: Database, arrive: Arrive) -> None:
    whole, part, this = arrive("C-1"), arrive("C-2"), arrive("C-3")
    with database.write() as session:
        session.add(PartRow(scan_id=part, part_of=whole, unit=1, box=[], rests_on="0" * 64))
        put_units(session, whole, (), PSEUDONYMS)
        session.flush()
        put_units(session, part, (replace(SEEN, features=features(1)),), PSEUDONYMS)
    assert tuple(memory(database, this).of_trade(SEEN).scans) == (part,)
    inspected(database, whole, found=True)
    assert tuple(memory(database, this).of_trade(SEEN).scans) == ()


def test_a_scan_that_is_read_again_replaces_its_units_in_memory_too(
    database: Database, arrive: Arrive
) -> None:
    first, second, this = arrive(), arrive(), arrive("C-3")
    index = TradeIndex(database)
    assert memory(database, this, index).of_trade(SEEN).features[:, 0].tolist() == [0.0, 1.0]
    with database.write() as session:
        put_units(session, first, (replace(SEEN, features=features(7)),), PSEUDONYMS)
    found = memory(database, this, index).of_trade(SEEN)
    assert (tuple(found.scans), found.features[:, 0].tolist()) == ((second, first), [1.0, 7.0])
    with database.write() as session:
        put_units(session, second, (), PSEUDONYMS)
    assert tuple(memory(database, this, index).of_trade(SEEN).scans) == (first,)
    with database.read() as session:
        assert session.execute(select(func.count(KnownUnitRow.position))).scalar_one() == 2


def test_a_vehicle_is_found_by_its_plate_newest_first_and_never_of_the_same_trip(
    database: Database, arrive: Arrive
) -> None:
    old, new = arrive("C-1", day=1), arrive("C-2", day=9)
    arrive("C-3", day=20)  # the same day
    arrive("C-4", day=9, seen=replace(SEEN, plate="ZZ9999"))
    this = arrive("C-5", day=20)
    found = memory(database, this).of_plate(SEEN)
    assert [known.scan_id for known in found] == [new, old]
    assert np.array_equal(found[0].shape.cells, SHAPE.cells)
    assert memory(database, this).of_plate(replace(SEEN, plate=None)) == ()


def test_a_shape_is_kept_bit_for_bit_and_one_of_another_version_is_not_read() -> None:
    packed = pack_shape(SHAPE)
    again = unpack_shape(packed)
    assert again is not None
    assert np.array_equal(again.cells, SHAPE.cells)
    assert (again.floor_row, again.left, again.right) == (2, 1.5, 28.25)
    assert unpack_shape(b"\xff\xff" + packed[2:]) is None


def test_no_trader_is_kept_by_number_or_name(database: Database, arrive: Arrive) -> None:
    arrive()
    with database.read() as session:
        row = session.execute(select(KnownUnitRow)).scalar_one()
    assert row.trader == PSEUDONYMS.of(SEEN.trader or "")
    assert "INVENTED1" not in "".join(
        str(getattr(row, column.name)) for column in KnownUnitRow.__table__.columns
    )


def test_pseudonyms_stay_the_same_with_the_key_and_are_others_with_another(tmp_path: Path) -> None:
    path = tmp_path / "new" / "pseudonym.key"
    made = pseudonyms_in(path)
    assert pseudonyms_in(path).of("A") == made.of("A") != made.of("B")
    assert Pseudonyms(b"o" * 32).of("A") != made.of("A")
    assert path.stat().st_mode & 0o077 == 0, "nobody else reads it"
    assert made.key.hex() not in repr(made)


def test_a_key_that_was_cut_short_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    path.write_bytes(b"short")
    with pytest.raises(TallyscanError, match="5 bytes") as refused:
        pseudonyms_in(path)
    assert "copy" in (refused.value.remedy or "")


def test_times_of_scans_without_one_are_those_of_arrival(database: Database, intake: Intake) -> None:
    scan_id = intake.accept_scan(scan_files(b"x", b"{}"), origin="test").scan_id
    with database.write() as session:
        put_units(session, scan_id, (replace(SEEN, features=features(0)),), PSEUDONYMS)
        row = session.execute(select(KnownUnitRow)).scalar_one()
        scan = session.get(ScanRow, scan_id)
        assert scan is not None
        assert row.at == scan.received_at <= datetime.now(UTC)
