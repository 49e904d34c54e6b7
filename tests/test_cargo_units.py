"""One image, several consignments: each cargo unit is read, joined and judged by itself, and nothing vanishes."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from sqlalchemy import select

from tallyscan.__main__ import main
from tallyscan.acquire import decoders
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.receive_path import find_scans, load
from tallyscan.bootstrap import Store, deliver_events, load_reader, open_store, worker_of
from tallyscan.calibrate.quality import assess
from tallyscan.decision import DecisionSaid
from tallyscan.delivery import Delivery
from tallyscan.inspection import InspectionSaid
from tallyscan.pipeline import Reader
from tallyscan.recorder import Recorder
from tallyscan.risk import RiskRecord
from tallyscan.scan import Quality, RawScan, Scan, ScanFiles
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.queries import ScanView
from tallyscan.store.risk_record import risk_record
from tallyscan.store.tables import FingerprintRow, ScanFile, ScanRow
from tests.report.sink_reading import assessments_in, joins_in
from tests.sample_images import (
    AIR,
    CONTAINER,
    OTHER_CONTAINER,
    container_tiff,
    declaration_json,
    scan_files,
    sidecar_json,
    two_container_tiff,
)
from training.metrics import iou
from training.simulate.render import draw_framing, render, write_case
from training.simulate.scanner import at_pitch, draw_scanner
from training.simulate.scene import Wish, build_scene

BOTH = ({"container_number": CONTAINER}, {"container_number": OTHER_CONTAINER})


class Gate:
    """A service at a gate, and what a test asks of it."""

    def __init__(self, settings: Settings, store: Store, reader: Reader) -> None:
        self.settings, self.store = settings, store
        self.decoded = 0
        self.worker = worker_of(store, replace(reader, decode=self._decode), settings)

    def _decode(self, files: ScanFiles, limits: Limits, delivery: Delivery | None = None) -> RawScan:
        self.decoded += 1
        return decoders.decode(files, limits, delivery)

    def declare(self, consignment: str, *numbers: str) -> None:
        document = json.loads(declaration_json())
        document["transportEquipment"] = [{"containerIdentificationNumber": number} for number in numbers]
        data = json.dumps(document).encode()
        self.store.intake.accept_declaration(data, origin="test", consignment=consignment)

    def scan(
        self,
        *units: dict[str, Any],
        image: bytes | None = None,
        lump_in: tuple[str, ...] = (),
        **delivery: Any,
    ) -> str:
        files = scan_files(
            image or two_container_tiff(lump_in=lump_in), sidecar_json(None, units=list(units))
        )
        files = replace(files, declaration=delivery.pop("declaration", None))
        scan_id = self.store.intake.accept_scan(files, origin="test", name="truck.tif", **delivery).scan_id
        self.read_all()
        return scan_id

    def read_all(self) -> int:
        read = 0
        while self.worker.read_next() is not None:
            read += 1
        return read

    def view(self, scan_id: str) -> ScanView:
        with self.store.database.read() as session:
            return queries.scan(session, scan_id)

    def parts(self, scan_id: str) -> list[ScanView]:
        return [self.view(part.scan) for part in self.view(scan_id).parts]

    def joins(self, scan_id: str) -> list[tuple[str, str | None, str | None]]:
        views = [self.view(scan_id), *self.parts(scan_id)]
        return [(view.join.state, view.join.consignment, view.join.how) for view in views]

    def record(self, consignment: str) -> RiskRecord:
        with self.store.database.read() as session:
            return risk_record(session, consignment)

    def events(self, consignment: str) -> list[tuple[str, str]]:
        return [(entry.event, str(entry.scan_id)) for entry in self.record(consignment).history]


@pytest.fixture
def gate(settings: Settings, reader: Reader) -> Iterator[Gate]:
    with open_store(settings) as store:
        yield Gate(settings, store, reader)


def reading(view: ScanView) -> dict[str, Any]:
    assert view.reading is not None, view.reason
    return view.reading


def findings(view: ScanView) -> list[tuple[str, int | None]]:
    return [(finding["id"][0], finding["unit"]) for finding in reading(view)["findings"]]


def test_each_unit_has_a_reading_a_join_and_a_risk_record_of_its_own(gate: Gate) -> None:
    gate.declare("C-1", CONTAINER)
    gate.declare("C-2", OTHER_CONTAINER)
    scan_id = gate.scan(*BOTH)
    whole, (first, second) = gate.view(scan_id), gate.parts(scan_id)
    assert gate.joins(scan_id) == [
        ("split", None, None),
        ("joined", "C-1", "container_number"),
        ("joined", "C-2", "container_number"),
    ]
    assert [part.unit for part in whole.parts] == [1, 2]
    assert [round(part.box.x, -1) for part in whole.parts] == [60, 700]
    for view, number in ((first, CONTAINER), (second, OTHER_CONTAINER)):
        assert view.part is not None
        (unit,) = reading(view)["containers"]
        assert (unit["unit"], unit["number"], unit["kind"]) == (view.part.unit, number, "other")
        assert tuple(unit["box"]) == view.part.box
        verdicts = {verdict["rule"]: verdict for verdict in reading(view)["verdicts"]}
        assert verdicts["container_number"]["outcome"] == "agrees"
        assert {verdict["unit"] for verdict in verdicts.values()} == {view.part.unit}
        assert reading(view)["sha256"] == whole.sha256
        assert view.picture_key is not None
    assert {verdict["outcome"] for verdict in reading(whole)["verdicts"]} == {"undetermined"}
    assert gate.events("C-1") == [("scan_read", first.id)]
    assert gate.events("C-2") == [("scan_read", second.id)]
    assert gate.record("C-1").history[0].detail["unit"] == {"whole_scan": scan_id, "number": 1}


def test_a_unit_weighs_in_its_own_scan_what_it_weighs_in_the_whole(gate: Gate) -> None:
    scan_id = gate.scan(*BOTH)
    for number, view in enumerate(gate.parts(scan_id)):
        alone, among = reading(view)["containers"][0], reading(gate.view(scan_id))["containers"][number]
        assert alone["mass_kg"]["estimate"] == pytest.approx(among["mass_kg"]["estimate"], rel=0.01)
        assert alone["empty"]["probability"] == pytest.approx(among["empty"]["probability"], abs=0.01)


def test_what_is_told_outside_names_the_whole_and_the_unit(gate: Gate) -> None:
    gate.declare("C-1", CONTAINER)
    scan_id = gate.scan(*BOTH)
    deliver_events(gate.store, gate.settings)
    told = assessments_in(gate.settings.data_dir / "events.jsonl")
    said = [
        (event["subject"], event["data"]["part_of"], event["data"]["unit"], event["data"]["marks_read"])
        for event in told
    ]
    second = gate.parts(scan_id)[1].id
    assert sorted(said, key=str) == sorted(
        [
            (f"scan/{scan_id}", None, None, [CONTAINER, OTHER_CONTAINER]),
            ("C-1", scan_id, 1, [CONTAINER]),
            (f"scan/{second}", scan_id, 2, [OTHER_CONTAINER]),
        ],
        key=str,
    )
    assert joins_in(gate.settings.data_dir / "events.jsonl") == []


def test_a_find_in_one_unit_is_in_its_record_alone(gate: Gate) -> None:
    gate.declare("C-1", CONTAINER)
    gate.declare("C-2", OTHER_CONTAINER)
    scan_id = gate.scan(*BOTH, lump_in=("1",))
    first, second = gate.parts(scan_id)
    assert findings(gate.view(scan_id)) == findings(first) == [("F", 1)]
    assert findings(second) == []
    assert [reading(view)["anomaly"]["decision"] for view in (first, second)] == ["alarm", "clear"]
    assert gate.record("C-1").risk.lane == "red"
    codes = {indicator.code for indicator in gate.record("C-2").risk.indicators}
    assert "XR-NUCLEAR" not in codes


def test_a_find_in_the_chassis_is_in_every_record(gate: Gate) -> None:
    gate.declare("C-1", CONTAINER)
    gate.declare("C-2", OTHER_CONTAINER)
    scan_id = gate.scan(*BOTH, lump_in=("chassis",))
    assert findings(gate.view(scan_id)) == [("F", None)]
    for view, consignment in zip(gate.parts(scan_id), ("C-1", "C-2"), strict=True):
        assert [unit for _, unit in findings(view)] == [None]
        assert reading(view)["anomaly"]["decision"] == "alarm"
        assert gate.record(consignment).risk.lane == "red"
        assert "XR-NUCLEAR" in {indicator.code for indicator in gate.record(consignment).risk.indicators}


def test_a_find_far_from_a_unit_reaches_it_from_the_whole(gate: Gate) -> None:
    """Behind the last unit, out of reach of the first one's own scan."""
    made = np.ones((260, 1700))
    with io.BytesIO(two_container_tiff(lump_in=("chassis",))) as file:
        made[:, :1400] = tifffile.imread(file) / AIR
    made[216:242, 1600:1632] = 0.004
    scan_id = gate.scan(*BOTH, image=tiff(made))
    first, _ = gate.parts(scan_id)
    carried = [finding for finding in reading(first)["findings"] if finding["id"].startswith("W")]
    assert [round(finding["box"][0], -1) for finding in carried] == [1600]
    assert carried[0]["explanation"].startswith("Outside of every cargo unit, in the whole scan: ")
    assert b"1,600" not in gate.store.blobs.get(first.report_key or "")
    assert gate.store.blobs.get(first.picture_key or "").startswith(b"\x89PNG")


def tiff(transmission: Any) -> bytes:
    target = io.BytesIO()
    noise = np.random.default_rng(0).normal(0, 60, transmission.shape)
    counts = np.clip(transmission * AIR + noise, 1, 65_535).astype(np.uint16)
    tifffile.imwrite(target, counts, photometric="minisblack")
    return target.getvalue()


def test_the_whole_is_decoded_and_calibrated_once_for_all_its_units(gate: Gate) -> None:
    gate.declare("C-1", CONTAINER)  # of which the whole is, until its units are seen
    gate.scan(*BOTH)
    assert gate.decoded == 1
    gate.declare("C-2", OTHER_CONTAINER)
    gate.read_all()
    assert gate.decoded == 2  # nobody keeps it for good


def test_reading_again_gives_the_same_parts_and_reads_them_once(gate: Gate) -> None:
    scan_id = gate.scan(*BOTH)
    parts = [view.id for view in gate.parts(scan_id)]
    with gate.store.database.write() as session:
        row = session.get(ScanRow, scan_id)
        assert row is not None
        row.state = "received"
    assert gate.read_all() == 1
    assert gate.view(scan_id).revision == 2
    assert [view.id for view in gate.parts(scan_id)] == parts
    assert [view.revision for view in gate.parts(scan_id)] == [1, 1]
    assert gate.scan(*BOTH) == scan_id  # the same delivery
    with gate.store.database.read() as session:
        assert sum(queries.count_by_state(session).values()) == 3


def test_parts_share_the_bytes_and_are_no_copies_of_each_other(gate: Gate) -> None:
    scan_id = gate.scan(*BOTH)
    again = gate.scan(*BOTH, image=two_container_tiff(seed=1))
    for view in (*gate.parts(scan_id), *gate.parts(again), gate.view(again)):
        outcomes = {check["check"]: check["outcome"] for check in reading(view)["integrity"]}
        assert (outcomes["reused_image"], outcomes["copied_image"]) == ("agrees", "agrees")
        assert view.reused_from is None
    with gate.store.database.read() as session:
        assert set(session.execute(select(ScanFile.scan_id)).scalars()) == {scan_id, again}
        assert set(session.execute(select(FingerprintRow.scan_id)).scalars()) == {scan_id, again}


def test_an_image_used_again_is_told_in_the_record_of_every_unit(gate: Gate) -> None:
    first = gate.scan(*BOTH)
    gate.declare("C-3", "MSKU9070323")
    second = gate.scan({"container_number": "MSKU9070323"}, {"container_number": "TOLU4734787"})
    assert gate.view(second).reused_from == first
    assert "XR-REUSED-IMAGE" in {indicator.code for indicator in gate.record("C-3").risk.indicators}
    for view in gate.parts(second):
        assert "XR-REUSED-IMAGE" in {indicator["code"] for indicator in reading(view)["risk"]["indicators"]}


def test_units_of_one_consignment_keep_the_whole_in_it(gate: Gate) -> None:
    gate.declare("C-1", CONTAINER, OTHER_CONTAINER)
    scan_id = gate.scan(*BOTH)
    assert gate.joins(scan_id) == [
        ("joined", "C-1", "container_number"),
        ("joined", "C-1", "container_number"),
        ("joined", "C-1", "container_number"),
    ]
    assert {scan for _, scan in gate.events("C-1")} == {scan_id, *(view.id for view in gate.parts(scan_id))}
    assert gate.record("C-1").pending is None


def test_what_the_sender_says_of_the_whole_holds_for_its_units_unless_their_numbers_say_otherwise(
    gate: Gate,
) -> None:
    gate.declare("C-2", OTHER_CONTAINER)
    scan_id = gate.scan({"container_number": "CSQU305438?"}, BOTH[1], consignment="C-9")
    assert gate.joins(scan_id) == [
        ("split", None, None),
        ("joined", "C-9", "sender"),
        ("joined", "C-2", "container_number"),
    ]
    first, second = gate.parts(scan_id)
    assert gate.events("C-9") == [("scan_read", first.id)]
    assert gate.events("C-2") == [("scan_read", second.id)]


def test_a_declaration_beside_that_names_both_is_that_of_both(gate: Gate) -> None:
    document = json.loads(declaration_json())
    document["transportEquipment"] = [
        {"containerIdentificationNumber": n} for n in (CONTAINER, OTHER_CONTAINER)
    ]
    scan_id = gate.scan(*BOTH, declaration=json.dumps(document).encode())
    consignment = document["MRN"]
    assert [join[1] for join in gate.joins(scan_id)] == [consignment] * 3
    assert gate.view(scan_id).revision == 1
    assert gate.record(consignment).pending is None


def test_a_late_declaration_joins_its_unit_alone(gate: Gate) -> None:
    scan_id = gate.scan(*BOTH)
    assert [join[0] for join in gate.joins(scan_id)] == ["split", "open", "open"]
    gate.declare("C-2", OTHER_CONTAINER)
    assert gate.joins(scan_id)[1:] == [("open", None, None), ("joined", "C-2", "container_number")]
    assert gate.read_all() == 1
    gate.declare("C-1", CONTAINER)
    assert gate.read_all() == 1
    assert [view.revision for view in (gate.view(scan_id), *gate.parts(scan_id))] == [1, 2, 2]


def test_a_misread_number_is_proposed_for_its_own_unit(gate: Gate) -> None:
    gate.declare("C-1", CONTAINER)
    gate.declare("C-2", OTHER_CONTAINER)
    scan_id = gate.scan(BOTH[0], {"container_number": "TGHU75993E0"})
    first, second = gate.parts(scan_id)
    assert (first.join.state, second.join.state) == ("joined", "proposed")
    assert [candidate.consignment for candidate in second.join.candidates] == ["C-2", "C-1"]
    assert [evidence.code for evidence in second.join.candidates[1].evidence] == ["unit_beside"]


@pytest.mark.parametrize("units", [(BOTH[0],), (*BOTH, {"plate": "EX1234AB"})])
def test_marks_that_are_not_known_to_be_of_a_unit_are_only_proposed(
    gate: Gate, units: tuple[dict[str, Any], ...]
) -> None:
    gate.declare("C-1", CONTAINER)
    scan_id = gate.scan(*units)
    for view in gate.parts(scan_id):
        assert view.join.state == "proposed"
        assert [candidate.consignment for candidate in view.join.candidates] == ["C-1"]
        assert reading(view)["containers"][0]["number"] is None


def test_a_person_joins_one_unit_or_all_of_them(gate: Gate) -> None:
    gate.declare("C-1", CONTAINER)
    gate.declare("C-7", "MSKU9070323")
    scan_id = gate.scan(BOTH[0], {})
    second = gate.parts(scan_id)[1].id
    decide(gate, second, "C-7")
    assert gate.joins(scan_id) == [
        ("split", None, None),
        ("joined", "C-1", "container_number"),
        ("joined", "C-7", "person"),
    ]
    decide(gate, scan_id, "C-1")
    assert [join[1:] for join in gate.joins(scan_id)] == [
        ("C-1", "units"),
        ("C-1", "person"),
        ("C-1", "person"),
    ]
    gate.read_all()
    assert gate.record("C-1").pending is None
    assert gate.events("C-7")[-1] == ("scan_moved_away", second)


def decide(gate: Gate, scan_id: str, consignment: str) -> None:
    with gate.store.database.write() as session:
        gate.store.joins.decide(session, scan_id, consignment, by="A", reason="B", now=datetime.now(UTC))


def test_what_a_person_decided_of_the_whole_before_it_was_read_holds_for_its_units(gate: Gate) -> None:
    gate.declare("C-1", CONTAINER)
    gate.declare("C-7", "MSKU9070323")
    files = scan_files(two_container_tiff(), sidecar_json(None, units=list(BOTH)))
    scan_id = gate.store.intake.accept_scan(files, origin="test").scan_id
    decide(gate, scan_id, "C-7")
    gate.read_all()
    assert [join[1:] for join in gate.joins(scan_id)] == [("C-7", "person")] * 3


def test_a_unit_that_cannot_be_read_still_tells_what_the_whole_showed(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_signal_in_unit_2(scan: Scan) -> Quality:
        lost = scan.unit is not None and scan.unit.number == 2
        return Quality(False, ("cut_scan: 60% of the scan hold no signal.",)) if lost else assess(scan)

    monkeypatch.setattr("tallyscan.pipeline.assess", without_signal_in_unit_2)
    gate.declare("C-2", OTHER_CONTAINER)
    scan_id = gate.scan(*BOTH, lump_in=("chassis",))
    assert [view.state for view in gate.parts(scan_id)] == ["read", "not_readable"]
    risk = gate.record("C-2").risk
    assert (risk.lane, risk.score) == ("not_assessed", None)
    assert [indicator.code for indicator in risk.indicators] == ["XR-NOT-READ", "XR-ANOMALY"]


def test_a_short_and_an_empty_unit_are_read_for_what_they_are(gate: Gate) -> None:
    """Alone, the one would be too short for a scan, and the other hardly anything in the beam."""
    transmission = np.ones((260, 1500))
    transmission[40:210, 60:660] = 0.88
    transmission[90:200, 160:560] = 0.45
    transmission[140:200, 670:750] = 0.6
    transmission[40:210, 820:1420] = 0.88
    scan_id = gate.scan(*BOTH, {"plate": "EX 1234 AB"}, image=tiff(transmission))
    assert [view.state for view in gate.parts(scan_id)] == ["read"] * 3
    empty = [reading(view)["containers"][0]["empty"]["probability"] for view in gate.parts(scan_id)]
    assert max(empty[:2]) < 0.5 < empty[2]


def test_what_an_officer_says_of_the_whole_stands_in_the_record_of_every_unit(gate: Gate) -> None:
    gate.declare("C-1", CONTAINER)
    scan_id = gate.scan(*BOTH)
    recorder = Recorder(gate.store.database, source="urn:here")
    said = {
        "decision": "suspicious",
        "reason": "hidden_space",
        "comment": "The floor is too high.",
        "by": "Officer 12",
        "revision": 1,
        "marks_shown": True,
    }
    recorder.decide(scan_id, DecisionSaid.model_validate(said))
    assert [event for event, _ in gate.events("C-1")] == ["scan_read", "decision_suspicious"]
    assert gate.record("C-1").risk.lane == "red"
    gate.declare("C-2", OTHER_CONTAINER)  # comes later: what was said before counts here too
    gate.read_all()
    assert [event for event, _ in gate.events("C-2")] == ["scan_read", "decision_suspicious"]
    assert gate.record("C-2").risk.lane == "red"
    first = gate.parts(scan_id)[0].id
    found = {"opened": "wholly", "found": True, "by": "Inspector 3", "items": [{"family": "cash_gold"}]}
    recorder.inspect(first, InspectionSaid.model_validate(found))
    assert gate.record("C-1").risk.score == 1.0
    assert [event for event, _ in gate.events("C-2")] == ["scan_read", "decision_suspicious"]


def test_a_train_of_wagons_is_split_into_each_of_them(gate: Gate) -> None:
    wagons = 6
    transmission = np.ones((260, 700 * wagons))
    for number in range(wagons):
        left = 700 * number + 50
        transmission[40:210, left : left + 600] = 0.88
        transmission[90:200, left + 100 : left + 500] = 0.45
    marks = [f"3184279512{number}{number}" for number in range(wagons)]
    means = [{"identificationNumber": mark, "typeOfIdentification": "20"} for mark in marks]
    for number in (1, 4):
        document = json.loads(declaration_json()) | {
            "transportEquipment": [],
            "transportMeans": [means[number]],
        }
        data = json.dumps(document).encode()
        gate.store.intake.accept_declaration(data, origin="test", consignment=f"C-{number}")
    scan_id = gate.scan(*({"plate": mark} for mark in marks), image=tiff(transmission))
    assert gate.decoded == 1
    joined = {number: view.join.consignment for number, view in enumerate(gate.parts(scan_id))}
    assert joined == {0: None, 1: "C-1", 2: None, 3: None, 4: "C-4", 5: None}
    assert [reading(view)["containers"][0]["plate"] for view in gate.parts(scan_id)] == marks


def test_one_container_is_not_split(gate: Gate) -> None:
    gate.declare("C-1", CONTAINER)
    scan_id = gate.scan(BOTH[0], image=container_tiff())
    assert gate.view(scan_id).parts == ()
    assert gate.joins(scan_id) == [("joined", "C-1", "container_number")]


def test_parts_wait_for_the_whole_and_a_crash_between_them_loses_and_doubles_nothing(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    gate.declare("C-1", CONTAINER)
    files = scan_files(two_container_tiff(), sidecar_json(None, units=list(BOTH)))
    scan_id = gate.store.intake.accept_scan(files, origin="test").scan_id
    with monkeypatch.context() as patch:
        patch.setattr("tallyscan.worker.save_reading", cut)  # the power fails when the parts are made
        with pytest.raises(KeyboardInterrupt):
            gate.worker.read_next()
    assert len(gate.view(scan_id).parts) == 2
    assert gate.store.queue.claim() is None  # nobody reads a part before the whole
    with gate.store.database.write() as session:
        row = session.get(ScanRow, scan_id)
        assert row is not None
        row.state, row.claim = "received", None
    assert gate.read_all() == 3
    assert len(gate.view(scan_id).parts) == 2
    assert [event for event, _ in gate.events("C-1")] == ["scan_read"]


def test_a_unit_that_is_no_longer_found_is_told_and_never_clear(gate: Gate) -> None:
    """Read again under another profile, the image may be something else: what was said of its units is void."""
    gate.declare("C-2", OTHER_CONTAINER)
    scan_id = gate.scan(*BOTH)
    assert gate.record("C-2").risk.score is not None
    files = scan_files(two_container_tiff(), sidecar_json(None, units=list(BOTH)))
    gate.store.intake.accept_scan(files, origin="test", profile="raw_im_portrait")
    gate.read_all()
    assert gate.view(scan_id).state == "not_readable"
    for view in gate.parts(scan_id):
        assert view.state == "not_readable"
        assert "The whole scan was not read" in (view.reason or "")
    assert gate.record("C-2").risk.lane == "not_assessed"


def test_the_command_line_reads_the_units_too(
    settings: Settings, tmp_path: Path, tiny_models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLYSCAN_MODELS_DIR", str(tiny_models_dir))
    (tmp_path / "truck.tif").write_bytes(two_container_tiff())
    (tmp_path / "truck.json").write_bytes(sidecar_json(None, units=list(BOTH)))
    data = tmp_path / "data"
    arguments = ["read", str(tmp_path / "truck.tif"), "--record", "--data", str(data)]
    assert main(arguments) == 0
    with (
        open_store(settings.model_copy(update={"data_dir": data})) as store,
        store.database.read() as session,
    ):
        assert queries.count_by_state(session) == {"read": 3}


def test_a_simulated_truck_of_two_containers_by_the_model_that_is_shipped(tmp_path: Path) -> None:
    rng = np.random.default_rng([4, 3])
    scene = build_scene(rng, Wish(vehicle="truck_two_20", load="full", families=()))
    machine = draw_scanner(rng, energies_mv=(6.0, 4.0), conveyance=scene.vehicle.conveyance)
    scanner = at_pitch(machine, 5.0, 5.0)
    drawn = render(rng, scene, scanner, "transmission", framing=draw_framing(rng, scene, scanner))
    write_case(tmp_path / "truck", drawn)
    (found,) = find_scans([tmp_path / "truck"])
    settings = Settings(data_dir=tmp_path / "data", inference_threads=2)
    with open_store(settings) as store:
        gate = Gate(settings, store, load_reader(settings))
        numbers = [unit["mark"] for unit in drawn.truth["units"]]
        for consignment, number in zip(("C-1", "C-2"), numbers, strict=True):
            gate.declare(consignment, number)
        files = replace(load(found, Limits()), declaration=None)
        scan_id = store.intake.accept_scan(files, origin="test").scan_id
        gate.read_all()
        views = gate.parts(scan_id)
        assert gate.decoded == 1
        assert [view.join.consignment for view in views] == ["C-1", "C-2"]
        for view, unit in zip(views, drawn.truth["units"], strict=True):
            (read,) = reading(view)["containers"]
            assert iou(read["box"], unit["box"]) > 0.8
            mass = read["mass_kg"]
            among = reading(gate.view(scan_id))["containers"][read["unit"] - 1]["mass_kg"]
            assert mass["estimate"] == pytest.approx(among["estimate"], rel=0.02)
            assert mass["low"] < unit["mass_kg"] * 1.1
            assert mass["high"] > unit["mass_kg"] * 0.9
            outcomes = {verdict["rule"]: verdict["outcome"] for verdict in reading(view)["verdicts"]}
            assert outcomes["container_number"] == outcomes["empty"] == "agrees"
