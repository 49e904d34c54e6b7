"""A scanner is watched by its scans: from what is sent to the event, the caution, the lane and the list."""

import io
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import tifffile
from pydantic import TypeAdapter
from sqlalchemy import select, update

from tallyscan.bootstrap import Store, deliver_events, open_store, running, worker_of
from tallyscan.pipeline import Reader
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.scanner_condition import OpenAir
from tallyscan.scanner_watch import IN_A_ROW, SILENT_SCANS
from tallyscan.settings import Settings
from tallyscan.store import queries, scanner_history
from tallyscan.store.learnt_airs import AGAIN_AFTER, FIRST_AFTER, KEPT, keep_open_air, learnt_views
from tallyscan.store.tables import OpenAirRow, ScanRow
from tallyscan.web import examples
from tallyscan.web.routes_scanners import ScannerList
from tests.report.sink_reading import assessments_in
from tests.sample_images import AIR, container_tiff, declaration_json, sidecar_json
from tests.web.conftest import serving

DEVICE = "gate-1"


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory, tiny_models_dir: Path, reader: Reader) -> Path:
    """A data folder in which what is usual for the machine is just known."""
    folder = tmp_path_factory.mktemp("taught") / "data"
    settings = Settings(data_dir=folder, models_dir=tiny_models_dir)
    with open_store(settings) as store:
        Gate(store, reader, settings).send(SILENT_SCANS)
        deliver_events(store, settings)
    return folder


@pytest.fixture
def store(settings: Settings, taught: Path) -> Iterator[Store]:
    shutil.copytree(taught, settings.data_dir)
    with open_store(settings) as opened:
        yield opened


def image(
    seed: int, *, level: float = 1.0, noise: float = 0.0, air: bool = True, striped: bool = False
) -> bytes:
    """A small scan at so much of the usual open beam, with so much more noise, with or without a pulse of open air."""
    pixels = tifffile.imread(io.BytesIO(container_tiff(seed=seed, width=400)))
    if striped:
        pixels = pixels * np.random.default_rng(0).normal(1, 0.01, (len(pixels), 1))
    shown = pixels[34:-24, 60:-60] if not air else pixels
    extra = np.random.default_rng(seed).normal(0, noise * AIR, shown.shape)
    target = io.BytesIO()
    tifffile.imwrite(target, np.clip(shown * level + extra, 1, 65_535).astype(np.uint16))
    return target.getvalue()


class Gate:
    """One machine that sends scans, each read at once."""

    def __init__(self, store: Store, reader: Reader, settings: Settings, device: str | None = DEVICE) -> None:
        self.store, self.settings, self.device = store, settings, device
        self.worker = worker_of(store, reader, settings)
        with store.database.read() as session:
            self.sent = sum(queries.count_by_state(session).values())

    def send(self, count: int = 1, *, consignment: str | None = None, **how: Any) -> str:
        """The id of the last one."""
        scan_id = ""
        for _ in range(count):
            self.sent += 1
            said = {"device": self.device} if self.device else {}
            level = float(how.pop("given", AIR))
            files = ScanFiles(
                (ScanPart(f"{self.sent}.tif", image(self.sent, **how)),),
                sidecar_json(None, air_level=[level], acquired_at=datetime.now(UTC).isoformat(), **said),
            )
            accepted = self.store.intake.accept_scan(files, origin="test", consignment=consignment)
            scan_id = accepted.scan_id
            assert self.worker.read_next() == scan_id
        return scan_id

    def reading(self, scan_id: str) -> dict[str, Any]:
        with self.store.database.read() as session:
            reading = queries.scan(session, scan_id).reading
        assert reading is not None
        return reading

    def events(self) -> list[dict[str, Any]]:
        """Those of the scanner, as a receiver gets them, held to the published schema."""
        deliver_events(self.store, self.settings)
        told = assessments_in(self.settings.data_dir / "events.jsonl")
        return [event for event in told if "scanner-watch" in event["type"]]


def drift_of(reading: dict[str, Any]) -> list[str]:
    return [reason for reason in reading["quality"]["reasons"] if reason.startswith("scanner_drift")]


def indicators_of(reading: dict[str, Any]) -> set[str]:
    return {indicator["code"] for indicator in reading["risk"]["indicators"]}


def test_a_scanner_that_leaves_its_band_is_told_once_and_again_when_it_is_back(
    settings: Settings, store: Store, reader: Reader
) -> None:
    gate = Gate(store, reader, settings)
    gate.send(IN_A_ROW - 1, level=0.9, given=0.9 * AIR)
    gate.send(given=AIR)
    assert gate.events() == [], "odd scans"
    first = gate.send(level=0.9, given=0.9 * AIR)
    last = gate.send(IN_A_ROW + 1, level=0.9, given=0.9 * AIR)
    (left,) = gate.events()
    assert left["type"] == "org.tallyscan.scanner-watch.left.v1"
    assert (left["subject"], left["sequence"]) == ("scanner/gate-1", "1")
    data = left["data"]
    assert (data["device"], data["quantity"], data["beam"]) == (DEVICE, "air_level", "6 MV")
    assert data["value"] == pytest.approx(0.9 * AIR, rel=0.003)
    assert data["band"]["usual"] == pytest.approx(AIR, rel=0.003)
    assert data["since"]["scan_id"] == first
    assert "10.0% below what is usual" in data["in_words"]
    assert drift_of(gate.reading(last)) == [], "the scan was calibrated with the level that it shows"
    gate.send(IN_A_ROW)
    assert [event["type"].split(".")[-2] for event in gate.events()] == ["left", "returned"]
    assert [event["sequence"] for event in gate.events()] == ["1", "2"]


def test_scans_of_a_scanner_that_became_noisy_say_so_and_are_not_green(
    settings: Settings, store: Store, reader: Reader
) -> None:
    gate = Gate(store, reader, settings)
    store.intake.accept_declaration(declaration_json(), origin="test", consignment="C-1")
    before = gate.send()
    noisy = gate.send(noise=0.01, consignment="C-1")
    assert drift_of(gate.reading(before)) == []
    (caution,) = drift_of(gate.reading(noisy))
    assert "noise in open air at 6 MV" in caution
    assert "XR-SCANNER-DRIFT" in indicators_of(gate.reading(noisy))
    assert gate.reading(noisy)["risk"]["lane"] != "green"
    assert gate.events() == [], "one scan is cautioned; the scanner has not left its band"


def test_a_scan_that_cannot_show_the_level_of_a_scanner_that_left_it_is_not_green(
    settings: Settings, store: Store, reader: Reader
) -> None:
    gate = Gate(store, reader, settings)
    assert drift_of(gate.reading(gate.send(air=False))) == []
    gate.send(IN_A_ROW, level=0.9)
    unknown = gate.reading(gate.send(air=False, level=0.9))
    (caution,) = drift_of(unknown)
    assert "this scan does not show it" in caution
    assert "XR-SCANNER-DRIFT" in indicators_of(unknown)


def test_a_stale_air_level_makes_the_units_a_guess(settings: Settings, store: Store, reader: Reader) -> None:
    gate = Gate(store, reader, settings)
    reasons = gate.reading(gate.send(level=0.9))["quality"]["reasons"]
    assert any(reason.startswith("air_level_off: 90.0%") for reason in reasons)


def test_reading_a_scan_again_judges_its_scanner_no_second_time(
    settings: Settings, store: Store, reader: Reader
) -> None:
    gate = Gate(store, reader, settings)
    odd = gate.send(level=0.9)
    for _ in range(IN_A_ROW):
        with store.database.write() as session:
            session.execute(update(ScanRow).where(ScanRow.id == odd).values(state="received"))
        gate.worker.read_next()
    assert gate.events() == []
    with store.database.read() as session:
        (view,) = scanner_history.scanners(session)
    assert view.scans == SILENT_SCANS + 1


def test_a_clock_that_was_set_back_is_told(settings: Settings, store: Store, reader: Reader) -> None:
    gate = Gate(store, reader, settings)
    for number in range(IN_A_ROW):
        late = datetime.now(UTC) - timedelta(hours=3)
        files = ScanFiles(
            (ScanPart("x.tif", image(900 + number)),),
            sidecar_json(None, device=DEVICE, acquired_at=late.isoformat()),
        )
        store.intake.accept_scan(files, origin="test")
        gate.worker.read_next()
    (left,) = gate.events()
    assert left["data"]["quantity"] == "clock"
    assert left["data"]["value"] == pytest.approx(3 * 3600, abs=60)
    assert "3 hours" in left["data"]["in_words"]


def test_scans_that_a_person_reads_by_hand_tell_nothing_of_the_clock(
    settings: Settings, store: Store, reader: Reader
) -> None:
    worker = worker_of(store, reader, settings)
    for number in range(IN_A_ROW):
        old = sidecar_json(None, device=DEVICE, acquired_at="2026-01-01T10:00:00Z")
        store.intake.accept_scan(
            ScanFiles((ScanPart("x.tif", image(900 + number)),), old), origin=scanner_history.BY_HAND
        )
        worker.read_next()
    assert Gate(store, reader, settings).events() == []


def test_scans_that_arrived_long_before_the_newest_one_are_kept_and_not_judged(
    settings: Settings, store: Store, reader: Reader
) -> None:
    gate = Gate(store, reader, settings)
    for number in range(IN_A_ROW):
        files = ScanFiles(
            (ScanPart("x.tif", image(900 + number, level=0.9)),), sidecar_json(None, device=DEVICE)
        )
        accepted = store.intake.accept_scan(files, origin="test")
        with store.database.write() as session:
            row = session.get(ScanRow, accepted.scan_id)
            assert row is not None
            row.received_at -= timedelta(hours=2)
        gate.worker.read_next()
    assert gate.events() == []
    with store.database.read() as session:
        (view,) = scanner_history.scanners(session)
    assert view.scans == SILENT_SCANS + IN_A_ROW


def test_machines_are_watched_apart_and_those_without_a_name_not_at_all(
    settings: Settings, store: Store, reader: Reader
) -> None:
    gate, other = Gate(store, reader, settings), Gate(store, reader, settings, "gate-2")
    nameless = Gate(store, reader, settings, None)
    other.sent, nameless.sent = 100, 200
    other.send(IN_A_ROW, level=0.8)
    nameless.send(2, level=0.5)
    assert gate.events() == []
    with store.database.read() as session:
        assert [view.device for view in scanner_history.scanners(session)] == ["gate-1", "gate-2"]
        assert scanner_history.scans_without_device(session) == 2


def test_the_list_of_scanners_says_how_they_stand(settings: Settings, store: Store, reader: Reader) -> None:
    gate = Gate(store, reader, settings)
    gate.send(IN_A_ROW, level=0.9, given=0.9 * AIR)  # while no other worker takes its scans
    with running(settings, store, reader) as service, serving(service, settings) as client:
        listed = listed_by(client)
    (scanner,) = listed["scanners"]
    assert (scanner["device"], scanner["standing"], scanner["scans"]) == (
        DEVICE,
        "left",
        SILENT_SCANS + IN_A_ROW,
    )
    stands = {quantity["quantity"]: quantity["standing"] for quantity in scanner["quantities"]}
    usual = dict.fromkeys(("clock", "dead_cells", "lost_pulses", "noise"), "usual")
    assert stands == usual | {"air_level": "left"}
    assert [change["kind"] for change in scanner["changes"]] == ["left"]
    assert set(scanner) == set(examples.SCANNER_LIST["scanners"][0])
    assert set(scanner["quantities"][0]) == set(examples.SCANNER_LIST["scanners"][0]["quantities"][0])


def listed_by(client: httpx.Client) -> dict[str, Any]:
    listed: dict[str, Any] = json.loads(client.get("/v1/scanners").text)
    TypeAdapter(ScannerList).validate_python(listed)
    return listed


def test_the_example_of_the_interface_is_one() -> None:
    TypeAdapter(ScannerList).validate_python(examples.SCANNER_LIST)


def learnt_by(reading: dict[str, Any]) -> dict[str, Any] | None:
    used: dict[str, Any] | None = reading["provenance"]["learnt_air"]
    return used


def test_a_machine_is_calibrated_with_what_its_earlier_scans_have_shown(
    settings: Settings, store: Store, reader: Reader
) -> None:
    gate = Gate(store, reader, settings, "gate-9")
    early = gate.send(FIRST_AFTER, striped=True)
    assert learnt_by(gate.reading(early)) is None
    late = gate.send(striped=True)
    used = learnt_by(gate.reading(late))
    assert used is not None
    assert (used["device"], used["version"], used["scans"]) == ("gate-9", 1, FIRST_AFTER)
    assert (used["gain"], used["level"]) == (True, False), "the sidecar gives the level"
    gate.send(AGAIN_AFTER, striped=True)
    newest = learnt_by(gate.reading(gate.send(striped=True)))
    assert newest is not None
    assert (newest["version"], newest["scans"]) == (2, FIRST_AFTER + AGAIN_AFTER)
    with store.database.write() as session:
        session.execute(update(ScanRow).where(ScanRow.id.in_([early, late])).values(state="received"))
    while gate.worker.read_next():
        pass
    assert learnt_by(gate.reading(early)) is None, "read again, it is calibrated alike"
    assert learnt_by(gate.reading(late)) == used
    with running(settings, store, reader) as service, serving(service, settings) as client:
        scanner = next(one for one in listed_by(client)["scanners"] if one["device"] == "gate-9")
    (version,) = scanner["learnt"]
    assert (version["version"], version["cells"], version["energies_mv"]) == (2, 240, [6.0])
    assert version["sha256"] == newest["sha256"]
    assert 0.005 < version["unevenness"] < 0.012
    assert set(version) == set(examples.SCANNER_LIST["scanners"][0]["learnt"][0])


def test_a_site_may_do_without_what_was_learnt(settings: Settings, store: Store, reader: Reader) -> None:
    gate = Gate(store, reader, settings.model_copy(update={"use_learnt_air": False}), "gate-9")
    assert learnt_by(gate.reading(gate.send(FIRST_AFTER + 1, striped=True))) is None
    with store.database.read() as session:
        (view,) = learnt_views(session, "gate-9")
    assert view.version == 1, "it is learnt all the same"


def test_only_the_newest_scans_of_a_machine_are_kept_to_learn_from(
    store: Store, settings: Settings, reader: Reader
) -> None:
    gate = Gate(store, reader, settings, "gate-9")
    first_id = gate.send()
    seen = OpenAir((6.0,), 40, (60_000.0,), np.ones((1, 240), np.float32), (0.01,))
    with store.database.write() as session:
        first = session.execute(select(ScanRow).where(ScanRow.device == "gate-9")).scalar_one()
        for number in range(KEPT + 5):
            values = {column.name: getattr(first, column.name) for column in ScanRow.__table__.columns}
            at = first.received_at + timedelta(minutes=number + 1)
            session.add(ScanRow(**values | {"id": f"x{number}", "identity": f"x{number}", "received_at": at}))
            session.flush()
            keep_open_air(session, f"x{number}", seen)
        kept = (
            session.execute(select(OpenAirRow.scan_id).where(OpenAirRow.device == "gate-9")).scalars().all()
        )
    assert len(kept) == KEPT
    assert f"x{KEPT + 4}" in kept
    assert first_id not in kept
