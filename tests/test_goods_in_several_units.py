"""Goods that are spread over several containers are judged on their sum, whichever scan comes first."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tallyscan.bootstrap import Store, open_store, worker_of
from tallyscan.iso6346 import check_digit
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store import queries
from tests.sample_images import (
    CONTAINER,
    OTHER_CONTAINER,
    container_tiff,
    declaration_json,
    scan_files,
    sidecar_json,
    two_container_tiff,
)


class Gate:
    """A service at a gate."""

    def __init__(self, settings: Settings, store: Store, reader: Reader) -> None:
        self.store = store
        self.worker = worker_of(store, reader, settings)

    def declare(self, mass_kg: float, *containers: str) -> None:
        document = json.loads(declaration_json(mass_kg=mass_kg))
        document["transportEquipment"] = [{"containerIdentificationNumber": number} for number in containers]
        if not containers:
            document["transportMeans"] = [{"identificationNumber": "TR 1"}]
        self.store.intake.accept_declaration(json.dumps(document).encode(), origin="test", consignment="C-1")

    def scan(self, *containers: str, seed: int = 0) -> str:
        units = [{"container_number": number} if number else {} for number in containers]
        image = container_tiff(seed=seed) if len(units) == 1 else two_container_tiff(seed=seed)
        files = scan_files(image, sidecar_json(None, units=units))
        return self.store.intake.accept_scan(
            files, origin="test", name="truck.tif", consignment="C-1"
        ).scan_id

    def read_all(self) -> int:
        read = 0
        while self.worker.read_next() is not None:
            read += 1
            assert read < 20, "reading again does not end"
        return read

    def mass(self, scan_id: str) -> dict[str, Any]:
        with self.store.database.read() as session:
            view = queries.scan(session, scan_id)
        assert view.reading is not None, view.reason
        return next(dict(verdict) for verdict in view.reading["verdicts"] if verdict["rule"] == "mass")

    def parts(self, scan_id: str) -> list[str]:
        with self.store.database.read() as session:
            return [part.scan for part in queries.scan(session, scan_id).parts]


@pytest.fixture
def gate(settings: Settings, reader: Reader) -> Iterator[Gate]:
    with open_store(settings) as store:
        yield Gate(settings, store, reader)


def test_the_first_scan_waits_and_is_read_again_when_the_second_has_come(gate: Gate) -> None:
    gate.declare(9000.0, CONTAINER, OTHER_CONTAINER)
    first = gate.scan(CONTAINER)
    assert gate.read_all() == 1
    assert gate.mass(first)["outcome"] == "undetermined"
    assert gate.mass(first)["evidence"]["missing"] == [f"{OTHER_CONTAINER} was not scanned yet"]
    second = gate.scan(OTHER_CONTAINER, seed=1)
    assert gate.read_all() == 2  # the second, and the first again
    one, other = gate.mass(first)["evidence"], gate.mass(second)["evidence"]
    assert (one["missing"], other["missing"]) == ([], [])
    assert (one["other_scans"], other["other_scans"]) == ([second], [first])
    assert one["estimate_kg"] == other["estimate_kg"]
    assert one["declared_kg"] == 9000.0


def test_as_long_as_a_unit_is_not_scanned_none_is_read_again_and_then_each_once(gate: Gate) -> None:
    numbers = [f"CSQU30543{n}{check_digit(f'CSQU30543{n}')}" for n in range(4)]
    gate.declare(9000.0, *numbers)
    scans = [gate.scan(number, seed=seed) for seed, number in enumerate(numbers[:3])]
    assert gate.read_all() == 3
    assert len(gate.mass(scans[2])["evidence"]["awaited"]) == 1
    scans.append(gate.scan(numbers[3], seed=3))
    assert gate.read_all() == 4
    sums = [gate.mass(scan)["evidence"] for scan in scans]
    assert [each["missing"] for each in sums] == [[]] * 4
    assert len({each["estimate_kg"] for each in sums}) == 1


def test_units_of_another_sum_of_the_same_declaration_are_left_alone(gate: Gate) -> None:
    numbers = [f"CSQU30543{n}{check_digit(f'CSQU30543{n}')}" for n in range(4)]
    document = json.loads(declaration_json())
    (item,) = document["goodsItems"]
    document["goodsItems"] = [item, {**item, "goodsItemNumber": 2}]
    document["transportEquipment"] = [
        {"containerIdentificationNumber": number, "goodsItemNumbers": [1 + place // 2]}
        for place, number in enumerate(numbers)
    ]
    gate.store.intake.accept_declaration(json.dumps(document).encode(), origin="test", consignment="C-1")
    first, waiting = gate.scan(numbers[0]), gate.scan(numbers[2], seed=2)
    assert gate.read_all() == 2
    gate.scan(numbers[1], seed=1)
    assert gate.read_all() == 2  # it and the first, not the one that waits for another
    assert gate.mass(first)["evidence"]["missing"] == []
    assert gate.mass(waiting)["evidence"]["awaited"] == [numbers[3]]


def test_a_scan_that_was_never_read_comes_before_those_that_are_read_again(gate: Gate) -> None:
    first = gate.scan(CONTAINER)
    gate.read_all()
    gate.declare(9000.0, CONTAINER)
    second = gate.scan(OTHER_CONTAINER, seed=1)
    assert [gate.worker.read_next(), gate.worker.read_next()] == [second, first]


def test_a_declaration_that_comes_last_lets_both_be_judged_on_the_sum(gate: Gate) -> None:
    scans = gate.scan(CONTAINER), gate.scan(OTHER_CONTAINER, seed=1)
    gate.read_all()
    gate.declare(9000.0, CONTAINER, OTHER_CONTAINER)
    gate.read_all()
    for scan in scans:
        assert gate.mass(scan)["evidence"]["missing"] == []


def test_units_of_which_each_has_its_own_goods_are_not_waited_for(gate: Gate) -> None:
    gate.declare(9000.0, CONTAINER)
    first = gate.scan(CONTAINER)
    gate.read_all()
    gate.scan(OTHER_CONTAINER, seed=1)
    assert gate.read_all() == 1
    assert gate.mass(first)["evidence"]["scope"] == "this unit"


def test_the_units_of_one_image_are_added_up_for_a_vehicle(gate: Gate) -> None:
    gate.declare(9000.0)
    whole = gate.scan("", "")
    gate.read_all()
    parts = gate.parts(whole)
    assert len(parts) == 2
    told = [gate.mass(scan)["evidence"] for scan in (whole, *parts)]
    assert {each["scope"] for each in told} == {"all units together"}
    estimates = [each["estimate_kg"] for each in told]
    assert estimates[1] == estimates[2]
    assert estimates[0] == pytest.approx(estimates[1], rel=0.02)
    assert told[1]["missing"] == []


def test_what_another_worker_learnt_meanwhile_is_not_overlooked(
    gate: Gate, settings: Settings, reader: Reader
) -> None:
    gate.declare(9000.0, CONTAINER, OTHER_CONTAINER)
    first, second = gate.scan(CONTAINER), gate.scan(OTHER_CONTAINER, seed=1)
    other = worker_of(gate.store, reader, settings)
    read = gate.worker._reader.read

    class Between:
        done = False

        def read(self, *args: Any, **more: Any) -> Any:
            result = read(*args, **more)
            if not self.done:
                self.done = True
                assert other.read_next() == second
            return result

    between = Between()
    gate.worker._reader = replace(gate.worker._reader)
    object.__setattr__(gate.worker._reader, "read", between.read)
    gate.read_all()
    assert gate.mass(first)["evidence"]["missing"] == []
    assert gate.mass(second)["evidence"]["missing"] == []
