"""`tallyscan replay` on a real store: the same again after all that came later, and what differs where it does."""

import hashlib
import io
import json
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import onnxruntime
import pytest
import tifffile
from sqlalchemy import select, update

from tallyscan import bootstrap
from tallyscan.__main__ import main
from tallyscan.acquire.decode_pool import DecodePool
from tallyscan.acquire.pool_process import Allowance
from tallyscan.bootstrap import Store, load_reader, open_store, worker_of
from tallyscan.detect.card import CARD_FILE, read_card, write_card
from tallyscan.errors import Conflict, NotFound, Unavailable
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, Nomenclature
from tallyscan.recorder import Recorder
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.settings import Settings
from tallyscan.store import learnt_airs, queries
from tallyscan.store.database import open_to_read
from tallyscan.store.learnt_airs import FIRST_AFTER
from tallyscan.store.tables import ReadingRow, ScanFile, ScannerWatchRow, ScanRow
from tallyscan.weighing import WeighingSaid
from tests.hs_table import hs_csv
from tests.sample_images import (
    AIR,
    CONTAINER,
    MRN,
    OTHER_CONTAINER,
    container_tiff,
    declaration_json,
    scan_files,
    sidecar_json,
    two_container_tiff,
)
from tests.tiny_model import write_tiny_models_dir

Capture = pytest.CaptureFixture[str]
ACTIVE = Path("tiny") / "1"


class Office:
    """A service with a model of its own, and the command that reads its scans again."""

    def __init__(self, settings: Settings, store: Store, capsys: Capture) -> None:
        self.settings, self.store, self.capsys = settings, store, capsys
        self.worker = worker_of(store, load_reader(settings), settings)
        self.recorder = Recorder(store.database, settings.event_source, ())

    def scan(self, files: ScanFiles | None = None, **delivery: Any) -> str:
        scan_id = self.store.intake.accept_scan(files or scan_files(), origin="test", **delivery).scan_id
        self.read_all()
        return scan_id

    def read_all(self) -> None:
        while self.worker.read_next() is not None:
            pass

    def declare(self, **said: Any) -> None:
        self.store.intake.accept_declaration(declaration_json(**said), origin="test")
        self.read_all()

    def replay(self, scan_id: str, *arguments: str) -> tuple[int, dict[str, Any]]:
        before = self.content()
        self.capsys.readouterr()  # the log of the service
        code = main(["replay", scan_id, "--json", "--data", str(self.settings.data_dir), *arguments])
        assert self.content() == before, "nothing is written into the store"
        printed = self.capsys.readouterr()
        assert code in (0, 1), printed.err
        return code, json.loads(printed.out)

    def same(self, scan_id: str, *arguments: str) -> dict[str, Any]:
        code, replayed = self.replay(scan_id, *arguments)
        assert (code, replayed["answer"], replayed["differences"]) == (0, "same", [])
        assert replayed["circumstances"] == []
        return replayed

    def content(self) -> dict[str, str]:
        """Every row and blob."""
        with self.store.database.read() as session:
            database = session.connection().connection.driver_connection
            assert database is not None
            dump = hashlib.sha256("\n".join(database.iterdump()).encode()).hexdigest()
        blobs = (path for path in (self.settings.data_dir / "blobs").rglob("*") if path.is_file())
        return {"database": dump} | {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in blobs
        }

    def reading(self, scan_id: str) -> dict[str, Any]:
        with self.store.database.read() as session:
            reading = queries.scan(session, scan_id).reading
        assert reading is not None
        return reading


@pytest.fixture(scope="module")
def warm_pool() -> Iterator[DecodePool]:
    """One pool for all tests of this file: to start one takes seconds."""
    with DecodePool(1, Allowance(2_000_000_000, 30, 1)) as pool:
        pool.wait_until_warm()
        yield pool


@pytest.fixture
def office(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, warm_pool: DecodePool
) -> Iterator[Office]:
    monkeypatch.setattr(bootstrap, "_pool", lambda _: nullcontext(warm_pool))
    models = write_tiny_models_dir(tmp_path / "models")
    monkeypatch.setenv("TALLYSCAN_MODELS_DIR", str(models))
    settings = Settings(data_dir=tmp_path / "data", models_dir=models, inference_threads=1)
    with open_store(settings) as store:
        yield Office(settings, store, capsys)


def test_a_reading_comes_out_the_same_after_all_that_came_later(office: Office) -> None:
    first = office.scan(scan_files(declaration=declaration_json()))
    assert office.reading(first)["provenance"]["declaration_version"] == 1
    replayed = office.same(first)
    assert (replayed["scan"], replayed["revision"], replayed["notes"]) == (first, 1, [])
    assert any(said.startswith("verdicts of lot and vehicle") for said in replayed["not_replayed"])

    office.scan(scan_files(container_tiff(seed=3), sidecar_json(OTHER_CONTAINER)))  # it looks much alike
    office.scan(scan_files(sidecar=sidecar_json(OTHER_CONTAINER)))  # the same image again
    office.declare(mass_kg=2000)
    said = WeighingSaid(
        by="bridge-1", kg=26_000, covers="vehicle_gross", tare_kg=15_000, at=datetime.now(UTC)
    )
    office.recorder.receive(MRN, said)
    office.read_all()
    assert len(office.reading(first)["provenance"]["weighed"]) == 1
    newest = office.same(first)
    assert newest["revision"] == 3
    superseded = office.same(first, "--revision", "1")
    assert "superseded" in superseded["notes"][0]
    office.same(first, "--revision", "2")


def test_a_profile_that_was_asked_for_later_and_a_declaration_that_is_not_its_own_change_nothing(
    office: Office,
) -> None:
    files = scan_files(declaration=declaration_json())
    scan_id = office.scan(files)
    office.scan(files, profile="display")
    with office.store.database.write() as session:
        said = "The doors name another one."
        office.store.joins.decide(session, scan_id, None, by="officer-7", reason=said, now=datetime.now(UTC))
    office.read_all()
    assert [office.same(scan_id, "--revision", str(number))["revision"] for number in (1, 2, 3)] == [1, 2, 3]
    assert office.reading(scan_id)["provenance"]["profile"] == "display"
    assert office.reading(scan_id)["provenance"]["declaration_version"] == 0


def test_a_copied_image_keeps_what_was_found_of_it(office: Office) -> None:
    office.scan()
    copy = office.scan(scan_files(sidecar=sidecar_json(OTHER_CONTAINER)))
    codes = {indicator["code"] for indicator in office.reading(copy)["risk"]["indicators"]}
    assert "XR-REUSED-IMAGE" in codes
    replayed = office.same(copy)
    assert any(said.startswith("checks reused_image") for said in replayed["not_replayed"])


def _from_machine(seed: int, *, air: bool = True) -> ScanFiles:
    """A small scan of one machine whose cells differ; without open air in view its level is given 10 % too low."""
    pixels = tifffile.imread(io.BytesIO(container_tiff(seed=seed, width=400)))
    striped = pixels * np.random.default_rng(0).normal(1, 0.01, (len(pixels), 1))
    shown = striped if air else striped[:, 60:-60]
    target = io.BytesIO()
    tifffile.imwrite(target, np.clip(shown, 1, 65_535).astype(np.uint16))
    level = AIR if air else 0.9 * AIR
    at = datetime.now(UTC).isoformat()
    said = sidecar_json(None, device="gate-9", air_level=[level], acquired_at=at)
    return ScanFiles((ScanPart(f"{seed}.tif", target.getvalue()),), said, None)


def _leave_band(store: Store, scan_id: str | None) -> None:
    """As five odd scans would; None: it is back."""
    seen = {"scan_id": scan_id, "at": "2026-01-01T00:00:00Z"} if scan_id else None
    with store.database.write() as session:
        for row in session.execute(select(ScannerWatchRow)).scalars():
            row.watch = row.watch | {"left_since": seen}
            row.left_since = datetime(2026, 1, 1, tzinfo=UTC) if scan_id else None


def test_later_learnt_air_and_later_watches_change_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learnt_airs, "AGAIN_AFTER", 2)
    scans = [office.scan(_from_machine(seed)) for seed in range(FIRST_AFTER + 1)]
    assert office.reading(scans[0])["provenance"]["learnt_air"] is None
    assert office.reading(scans[-1])["provenance"]["learnt_air"]["version"] == 1
    cropped = office.scan(_from_machine(99, air=False))
    last = [office.scan(_from_machine(100 + seed)) for seed in range(3)][-1]
    assert office.reading(last)["provenance"]["learnt_air"]["version"] == 2
    _leave_band(office.store, last)
    drifting = office.scan(_from_machine(201, air=False))
    for scan_id in (scans[0], scans[-1], cropped):
        office.same(scan_id)
    _leave_band(office.store, None)
    reading = office.reading(drifting)
    assert reading["provenance"]["read_with"]["learnt_air"] == "without_level"
    codes = [
        {said.partition(":")[0] for said in office.reading(one)["quality"]["reasons"]}
        for one in (cropped, drifting)
    ]
    assert [code & {"air_level_off", "scanner_drift"} for code in codes] == [
        {"air_level_off"},
        {"scanner_drift"},
    ]
    replayed = office.same(drifting)
    assert replayed["not_replayed"][-1].startswith("cautions scanner_drift")


def test_a_site_without_learnt_air_replays_without_it(office: Office) -> None:
    office.worker = worker_of(
        office.store,
        load_reader(office.settings),
        office.settings.model_copy(update={"use_learnt_air": False}),
    )
    scans = [office.scan(_from_machine(seed)) for seed in range(FIRST_AFTER + 1)]
    assert office.reading(scans[-1])["provenance"]["read_with"]["learnt_air"] == "none"
    office.same(scans[-1])


def test_each_cargo_unit_of_one_image_is_replayed_from_the_whole_that_counted_then(office: Office) -> None:
    units = [{"container_number": CONTAINER}, {"container_number": OTHER_CONTAINER}]
    files = scan_files(two_container_tiff(lump_in=("1",)), sidecar_json(None, units=units))
    whole = office.scan(files)
    with office.store.database.read() as session:
        parts = [part.scan for part in queries.scan(session, whole).parts]
    assert len(parts) == 2
    office.declare()
    office.scan(
        replace(files, sidecar=sidecar_json(None))
    )  # of units that nobody named: is it the same scan?
    with office.store.database.write() as session:
        session.execute(update(ScanRow).where(ScanRow.id == whole).values(state="received"))
    office.read_all()
    assert office.reading(parts[0])["integrity"][0]["outcome"] == "undetermined"
    for scan_id in (whole, *parts):
        office.same(scan_id)
        office.same(scan_id, "--revision", "1")


def test_goods_in_several_containers_are_held_against_the_others_as_they_were_known(office: Office) -> None:
    document = json.loads(declaration_json())
    document["transportEquipment"].append({"containerIdentificationNumber": OTHER_CONTAINER})
    office.store.intake.accept_declaration(json.dumps(document).encode(), origin="test")
    first = office.scan()
    office.scan(scan_files(container_tiff(seed=1), sidecar_json(OTHER_CONTAINER)))
    assert len(office.reading(first)["provenance"]["others"]) == 1
    assert office.same(first)["revision"] == 2
    office.same(first, "--revision", "1")


def test_pictures_and_what_was_not_read_are_replayed_as_well(office: Office) -> None:
    grey = (tifffile.imread(io.BytesIO(container_tiff())) >> 8).astype(np.uint8)
    picture = ScanFiles((ScanPart("scan.png", imagecodecs.png_encode(grey)),), None, declaration_json())
    shown = office.scan(picture)
    assert office.reading(shown)["grade"] == "display"
    office.same(shown)
    rejected = office.scan(scan_files(b"text"), consignment="C-1")
    assert office.reading(rejected)["status"] == "rejected"
    office.same(rejected)
    target = io.BytesIO()
    tifffile.imwrite(target, np.full((240, 800), 60_000, np.uint16))
    blank = office.scan(scan_files(target.getvalue()))
    assert office.reading(blank)["status"] == "not_readable"
    office.same(blank)
    broken = office.scan(scan_files(container_tiff(seed=9), declaration=b"{"))
    assert office.reading(broken)["status"] == "read"
    office.same(broken)


def test_a_dead_letter_says_that_it_is_one_and_what_is_read_now(office: Office) -> None:
    detector = office.worker._reader.detector

    class Fails:
        identity, thresholds, runtime = detector.identity, detector.thresholds, detector.runtime

        def detect(self, *_: object) -> None:
            raise MemoryError("no room")

    office.worker._reader = replace(office.worker._reader, detector=Fails())  # type: ignore[arg-type]
    dead = office.scan()
    assert office.reading(dead)["reason"] == "internal: MemoryError: no room."
    code, replayed = office.replay(dead)
    assert (code, replayed["answer"]) == (1, "differs")
    assert "dead letter" in replayed["notes"][0]
    assert {
        "path": "status",
        "recorded": "not_readable",
        "now": "read",
        "within_tolerance": False,
    } in replayed["differences"]


def test_a_changed_threshold_in_the_card_differs_and_is_named(office: Office) -> None:
    scan_id = office.scan()
    folder = office.settings.models_dir / ACTIVE
    card = read_card(folder)
    lower = {
        group: each.model_copy(update={"threshold": 0.8, "by_rate": {**each.by_rate, "0.01": 0.8}})
        for group, each in card.thresholds.items()
    }
    write_card(folder, card.model_copy(update={"thresholds": lower, "thresholds_id": "tiny-2"}))
    code, replayed = office.replay(scan_id)
    assert (code, replayed["answer"]) == (1, "differs")
    found = {each["path"]: (each["recorded"], each["now"]) for each in replayed["differences"]}
    assert found["anomaly.threshold"] == (0.9, 0.8)
    assert found["provenance.thresholds"] == ("tiny", "tiny-2")
    assert main(["replay", scan_id, "--data", str(office.settings.data_dir)]) == 1
    told = office.capsys.readouterr().out
    assert "DIFFERS" in told
    assert "anomaly.threshold" in told


def test_the_model_on_record_is_found_by_its_bytes_whichever_is_active_now(office: Office) -> None:
    scan_id = office.scan()
    models = office.settings.models_dir
    shutil.move(models / ACTIVE, models / "tiny" / "as-it-was")
    office.same(scan_id)
    (models / "tiny" / "as-it-was" / CARD_FILE).unlink()
    assert main(["replay", scan_id, "--data", str(office.settings.data_dir)]) == 2
    told = office.capsys.readouterr().err
    assert (
        f"The model tiny 1 (SHA-256 {office.reading(scan_id)['model']['sha256']}) is not in {models}" in told
    )
    assert str(models / ACTIVE) in told


def test_a_missing_file_is_named(office: Office) -> None:
    scan_id = office.scan()
    with office.store.database.read() as session:
        key = session.execute(select(ScanFile.blob_key).where(ScanFile.kind == "image")).scalar_one()
    (office.settings.data_dir / "blobs" / key[:2] / key[2:]).unlink()
    assert main(["replay", scan_id, "--data", str(office.settings.data_dir)]) == 2
    told = office.capsys.readouterr().err
    assert f"Scan {scan_id} cannot be read again. The bytes {key} are not in the blob store." in told


def test_another_runtime_is_told_and_near_enough_is_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan_id = office.scan(scan_files(declaration=declaration_json()))
    monkeypatch.setattr(onnxruntime, "__version__", "99.0")
    code, replayed = office.replay(scan_id)
    assert (code, replayed["answer"], replayed["differences"]) == (0, "same", [])
    (told,) = replayed["circumstances"]
    assert (told["path"], told["now"]) == ("provenance.runtime.onnxruntime", "99.0")
    with office.store.database.write() as session:  # as another runtime would have had it
        row = session.execute(select(ReadingRow)).scalar_one()
        document = json.loads(json.dumps(row.document))
        document["anomaly"]["score"] += 0.002
        document["mass_kg"]["estimate"] *= 1.002
        session.execute(update(ReadingRow).values(document=document))
    code, replayed = office.replay(scan_id)
    assert (code, replayed["answer"]) == (0, "same_within_tolerance")
    assert {each["path"] for each in replayed["differences"]} == {"anomaly.score", "mass_kg.estimate"}
    monkeypatch.undo()
    monkeypatch.setenv("TALLYSCAN_MODELS_DIR", str(office.settings.models_dir))
    assert office.replay(scan_id)[0] == 1, "in the recorded runtime every bit counts"


def test_a_reading_uses_the_threads_and_the_tiling_that_it_was_made_with(office: Office) -> None:
    settings = office.settings.model_copy(update={"whole_image_megapixels": 0.01, "inference_threads": 2})
    office.worker = worker_of(office.store, load_reader(settings), settings)
    scan_id = office.scan()
    assert office.reading(scan_id)["provenance"]["tiling"] == "strips"
    assert office.reading(scan_id)["provenance"]["runtime"]["threads"] == 2
    office.same(scan_id)


def test_other_commodity_codes_are_told(office: Office) -> None:
    scan_id = office.scan(scan_files(declaration=declaration_json()))
    assert office.reading(scan_id)["provenance"]["read_with"]["nomenclature_sha256"] == CHAPTERS_ONLY.sha256
    office.settings.nomenclature_file.write_text(hs_csv(), encoding="utf-8")
    _, replayed = office.replay(scan_id)
    (told,) = replayed["circumstances"]
    assert told["path"] == "provenance.read_with.nomenclature_sha256"
    assert Nomenclature({"0101": "Horses"}).sha256 != CHAPTERS_ONLY.sha256


def test_a_reading_of_an_earlier_version_says_what_it_did_not_keep(office: Office) -> None:
    scan_id = office.scan()
    with office.store.database.write() as session:
        row = session.execute(select(ReadingRow)).scalar_one()
        document = json.loads(json.dumps(row.document))
        del document["provenance"]["read_with"]
        del document["provenance"]["runtime"]["cpu"]
        session.execute(update(ReadingRow).values(document=document))
    code, replayed = office.replay(scan_id)
    assert (code, replayed["answer"]) == (0, "same")
    assert "does not say which profile" in replayed["notes"][0]
    (told,) = replayed["circumstances"]
    assert (told["path"], told["recorded"]) == ("provenance.runtime.cpu", "(none)")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "There is no scan 'nothing'"),
        (["{scan}", "--revision", "9"], "has no revision 9; it has 1 to 1"),
    ],
)
def test_what_is_not_there_is_told(office: Office, arguments: list[str], said: str) -> None:
    scan_id = office.scan()
    typed = [argument.format(scan=scan_id) for argument in arguments]
    assert main(["replay", *typed, "--data", str(office.settings.data_dir)]) == 2
    assert said in office.capsys.readouterr().err


def test_a_scan_that_waits_and_a_folder_without_a_store_are_told(office: Office, tmp_path: Path) -> None:
    waiting = office.store.intake.accept_scan(scan_files(), origin="test").scan_id
    assert main(["replay", waiting, "--data", str(office.settings.data_dir)]) == 2
    assert "has no reading: it is received" in office.capsys.readouterr().err
    assert main(["replay", waiting, "--data", str(tmp_path)]) == 2
    assert "There is no database" in office.capsys.readouterr().err


def test_a_store_opened_to_be_read_refuses_writes_and_other_schemas(office: Office) -> None:
    database = open_to_read(office.settings.database_address)
    with pytest.raises(Unavailable, match="readonly"), database.write() as session:
        session.execute(update(ScanRow).values(name="x"))
    database.close()
    with office.store.database.write() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(Conflict, match="of another version"):
        open_to_read(office.settings.database_address)
    with pytest.raises(NotFound):
        open_to_read(office.settings.database_address.set(database="/nowhere/tallyscan.db"))
