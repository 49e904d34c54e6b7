"""A scanner with raw files and XML of its own, from its folder in the inbox to the reading and the risk record."""

import re
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import tifffile

from tallyscan.__main__ import main
from tallyscan.acquire.receive_folder import Inbox
from tallyscan.acquire.scan_files import kind_of, profile_by_folder
from tallyscan.bootstrap import Store, load_reader, open_store, running, worker_of
from tallyscan.errors import TallyscanError
from tallyscan.pipeline import Reader
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.risk_record import risk_record
from tests.acquire.raw_files import big_endian
from tests.sample_images import CONTAINER, MRN, OTHER_CONTAINER, container_tiff, declaration_json

QUIET = 10.0
PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "add-a-scanner.md"
# The worked example of the page, so that it is what it says.
PROFILE = next(
    block
    for block in re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    if "[raw]" in block
)


def xml(number: str = CONTAINER, sure: int = 93, plate: str = "-1", pitch: str = "1,0") -> bytes:
    text = (
        f'<?xml version="1.0" encoding="utf-16"?><Scan machine="gate-3"><Start>01.02.2026 11:00:00</Start>'
        f'<Pitch x="{pitch}" y="1,0"/><Number sure="{sure}">{number}</Number><Plate>{plate}</Plate></Scan>'
    )
    return text.encode("utf-16")


def files_of_a_scan(stem: str = "s1", sidecar: bytes | None = None) -> dict[str, bytes]:
    high = tifffile.imread(BytesIO(container_tiff()))[::-1]  # upside down
    material = (high >> 13).astype(np.uint8)
    return {
        f"{stem}.high.raw": big_endian(high),
        f"{stem}.low.raw": big_endian((high * 0.98).astype(np.uint16)),
        f"{stem}.mat.raw": big_endian(material),
        f"{stem}.xml": sidecar or xml(),
        f"{stem}.jpg": b"a preview that nobody reads",
    }


@pytest.fixture
def gate(settings: Settings, tmp_path: Path) -> Settings:
    """A site with a profile of its own and an inbox with a folder of its name."""
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "gate_3.toml").write_text(PROFILE, encoding="utf-8")
    (tmp_path / "inbox" / "gate_3").mkdir(parents=True)
    return settings.model_copy(
        update={"profiles_dir": tmp_path / "profiles", "inbox_dir": tmp_path / "inbox"}
    )


@pytest.fixture
def store(gate: Settings) -> Iterator[Store]:
    with open_store(gate) as opened:
        yield opened


def inbox_of(gate: Settings, store: Store, reader: Reader) -> Inbox:
    """As the service has it, with a clock of the test's own."""
    inbox = gate.inbox_dir
    assert inbox is not None

    def accept(files: ScanFiles, path: str) -> None:
        store.intake.accept_scan(files, origin="folder", name=path)

    def refuse(path: Path, name: str, kept_at: str, error: TallyscanError) -> None:
        store.intake.refusals.refuse_file(
            path, error, origin="folder", kind=kind_of(path), name=name, kept_at=kept_at
        )

    return Inbox(
        inbox, accept, lambda _data, _path: None, refuse, gate.data_dir / "moving.json", reader.limits, QUIET,
        profile_by_folder(inbox, reader.profiles, reader.deliveries),
    )  # fmt: skip


def put(gate: Settings, files: dict[str, bytes], folder: str = "gate_3") -> None:
    assert gate.inbox_dir is not None
    for name, data in files.items():
        (gate.inbox_dir / folder / name).write_bytes(data)


def lying(gate: Settings) -> set[str]:
    assert gate.inbox_dir is not None
    return {str(path.relative_to(gate.inbox_dir)) for path in gate.inbox_dir.rglob("*") if path.is_file()}


def views(store: Store) -> list[queries.ScanView]:
    with store.database.read() as session:
        return list(queries.scans(session))


def test_a_set_of_files_is_one_scan_read_in_physical_units(gate: Settings, store: Store) -> None:
    reader = load_reader(gate)
    store.intake.accept_declaration(declaration_json(), origin="http")
    inbox = inbox_of(gate, store, reader)
    put(gate, files_of_a_scan())
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + QUIET)
    assert lying(gate) == {f"taken/gate_3/{name}" for name in files_of_a_scan()}
    (view,) = views(store)
    assert (view.scanner, view.consignment) == ("gate_3", MRN)
    assert view.acquired_at is not None
    assert view.acquired_at.isoformat() == "2026-02-01T10:00:00+00:00"
    assert worker_of(store, reader, gate).read_next() == view.id
    (view,) = views(store)
    reading = view.reading
    assert reading is not None
    assert (reading["status"], reading["grade"], reading["provenance"]["profile"]) == (
        "read",
        "transmission",
        "gate_3",
    )
    (unit,) = reading["containers"]
    assert unit["number"] == CONTAINER
    assert unit["number_read"] == {"as_read": CONTAINER, "text": CONTAINER, "confidence": 0.93}
    assert (unit["plate"], unit["plate_read"]) == (None, {"as_read": "-1", "text": None, "confidence": None})
    verdict = next(verdict for verdict in reading["verdicts"] if verdict["rule"] == "container_number")
    assert (verdict["outcome"], verdict["evidence"]["confidence"]) == ("agrees", 0.93)
    assert not [r for r in reading["quality"]["reasons"] if r.startswith(("sidecar", "unit_count"))]


def test_a_set_waits_for_what_is_missing_and_is_then_a_scan_that_says_so(
    gate: Settings, store: Store
) -> None:
    reader = load_reader(gate)
    store.intake.accept_declaration(declaration_json(), origin="http")
    inbox = inbox_of(gate, store, reader)
    files = files_of_a_scan()
    late = {"s1.low.raw": files.pop("s1.low.raw")}
    put(gate, files)
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + 9 * QUIET)
    assert lying(gate) == {f"gate_3/{name}" for name in files}, "it waits"
    inbox.take_what_rests(100.0 + 10 * QUIET)
    assert lying(gate) == {f"taken/gate_3/{name}" for name in files}
    worker_of(store, reader, gate).read_next()
    (view,) = views(store)
    assert (view.state, view.consignment) == ("rejected", MRN)
    assert view.reading is not None
    assert "s1.low.raw is missing" in view.reading["reason"]
    with store.database.read() as session:
        risk = risk_record(session, MRN).risk
    assert risk.lane == "not_assessed"
    assert "XR-RAW-MISSING" in [indicator.code for indicator in risk.indicators]
    put(gate, files | late)
    inbox.take_what_rests(500.0)
    inbox.take_what_rests(500.0 + QUIET)
    assert len(views(store)) == 2


def test_the_last_file_completes_a_set(gate: Settings, store: Store) -> None:
    inbox = inbox_of(gate, store, load_reader(gate))
    for number, (name, data) in enumerate(files_of_a_scan().items()):
        put(gate, {name: data})
        inbox.take_what_rests(100.0 + 0.9 * QUIET * number)
        assert not views(store)
    inbox.take_what_rests(100.0 + 0.9 * QUIET * 4 + QUIET)
    assert len(views(store)) == 1


def test_a_sidecar_alone_does_not_wait_for_good(gate: Settings, store: Store) -> None:
    inbox = inbox_of(gate, store, load_reader(gate))
    put(gate, {"s1.xml": xml()})
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + 10 * QUIET)
    with store.database.read() as session:
        (refused,) = queries.quarantine(session)
    assert "s1.high.raw and s1.low.raw and s1.mat.raw are missing" in refused.reason


def test_a_picture_alone_waits_for_its_raw_files_and_is_then_a_scan_that_says_so(
    gate: Settings, store: Store
) -> None:
    reader = load_reader(gate)
    inbox = inbox_of(gate, store, reader)
    put(gate, {"s2.jpg": b"a preview"})
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + 9 * QUIET)
    assert not views(store)
    inbox.take_what_rests(100.0 + 10 * QUIET)
    worker_of(store, reader, gate).read_next()
    (view,) = views(store)
    assert view.state == "rejected"
    assert view.reading is not None
    missing = {check["check"]: check["outcome"] for check in view.reading["integrity"]}["raw_missing"]
    assert missing == "differs"


def test_a_set_that_is_pushed_with_its_picture_is_read(gate: Settings, store: Store) -> None:
    reader = load_reader(gate)
    files = files_of_a_scan()
    parts = tuple(ScanPart(name, data) for name, data in files.items() if not name.endswith(".xml"))
    assert any(part.name.endswith(".jpg") for part in parts)
    store.intake.accept_scan(ScanFiles(parts, files["s1.xml"]), origin="http", profile="gate_3")
    worker_of(store, reader, gate).read_next()
    assert [view.state for view in views(store)] == ["read"]


def test_a_picture_whose_raw_files_were_left_out_is_a_scan_that_says_so(gate: Settings, store: Store) -> None:
    reader = load_reader(gate)
    store.intake.accept_declaration(declaration_json(), origin="http")
    inbox = inbox_of(gate, store, reader)
    put(gate, {name: data for name, data in files_of_a_scan().items() if not name.endswith(".raw")})
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + 9 * QUIET)
    assert not views(store), "the raw files may be late"
    inbox.take_what_rests(100.0 + 10 * QUIET)
    assert lying(gate) == {"taken/gate_3/s1.jpg", "taken/gate_3/s1.xml"}
    worker_of(store, reader, gate).read_next()
    (view,) = views(store)
    assert (view.state, view.consignment) == ("rejected", MRN)
    with store.database.read() as session:
        risk = risk_record(session, MRN).risk
    assert risk.lane == "not_assessed"
    assert "XR-RAW-MISSING" in [indicator.code for indicator in risk.indicators]


def test_the_files_mean_nothing_outside_the_folder_of_their_scanner(gate: Settings, store: Store) -> None:
    reader = load_reader(gate)
    inbox = inbox_of(gate, store, reader)
    put(gate, files_of_a_scan(), folder=".")
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + QUIET)
    worker = worker_of(store, reader, gate)
    while worker.read_next():
        pass
    assert {view.state for view in views(store)} == {"rejected"}


def test_a_corrected_number_and_a_missing_pitch(gate: Settings, store: Store) -> None:
    reader = load_reader(gate)
    inbox = inbox_of(gate, store, reader)
    put(gate, files_of_a_scan("dirty", xml("SIMU3+2269", 31)))
    put(gate, files_of_a_scan("wide", xml(OTHER_CONTAINER, 97, pitch="wide")))
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + QUIET)
    worker = worker_of(store, reader, gate)
    while worker.read_next():
        pass
    by_name = {view.name: view for view in views(store)}
    wide = by_name["gate_3/wide.high.raw"]
    assert wide.state == "rejected"
    assert "lacks pitch_mm.x, without which the scan cannot be read: 'wide'" in (wide.reason or "")
    dirty = by_name["gate_3/dirty.high.raw"].reading
    assert dirty is not None
    assert dirty["containers"][0]["number"] is None
    assert dirty["containers"][0]["number_read"] == {
        "as_read": "SIMU3+2269",
        "text": None,
        "confidence": 0.31,
    }


def test_a_scan_that_comes_again_under_its_profile_is_the_same_and_joins(gate: Settings) -> None:
    """Without the root element in its profile nothing but a name tells the scanner."""
    assert gate.profiles_dir is not None
    unnamed = re.sub('root = "Scan".*', "", PROFILE)
    (gate.profiles_dir / "gate_3.toml").write_text(unnamed, encoding="utf-8")
    files = files_of_a_scan()
    parts = tuple(ScanPart(name, data) for name, data in files.items() if name.endswith(".raw"))
    sent = ScanFiles(parts, files["s1.xml"])
    reader = load_reader(gate)
    with open_store(gate) as store:
        store.intake.accept_declaration(declaration_json(), origin="http")
        first = store.intake.accept_scan(sent, origin="http")
        worker = worker_of(store, reader, gate)
        worker.read_next()
        (view,) = views(store)
        assert (view.state, view.consignment) == ("rejected", None)
        again = store.intake.accept_scan(sent, origin="http", profile="gate_3")
        assert (again.new, again.scan_id) == (False, first.scan_id)
        worker.read_next()
        (view,) = views(store)
        assert (view.state, view.consignment, view.scanner) == ("read", MRN, "gate_3")


def test_the_command_reads_a_set_under_its_profile(
    gate: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TALLYSCAN_MODELS_DIR", str(gate.models_dir))
    monkeypatch.setenv("TALLYSCAN_PROFILES_DIR", str(gate.profiles_dir))
    monkeypatch.setenv("TALLYSCAN_INFERENCE_THREADS", "1")
    folder = tmp_path / "scans"
    folder.mkdir()
    for name, data in files_of_a_scan().items():
        (folder / name).write_bytes(data)
    assert main(["read", str(folder), "--profile", "gate_3", "--json"]) == 0
    assert capsys.readouterr().out.count(CONTAINER) > 0
    (folder / "s1.mat.raw").unlink()
    assert main(["read", str(folder), "--profile", "gate_3", "--json"]) == 1
    assert "incomplete_scan: The scan is not complete: s1.mat.raw is missing." in capsys.readouterr().out


def test_the_service_takes_a_set_from_its_inbox(gate: Settings, store: Store) -> None:
    put(gate, files_of_a_scan())
    pause = threading.Event()
    with running(gate, store, load_reader(gate)) as service:
        for _ in range(600):
            found = views(store)
            if found and found[0].state == "read":
                break
            pause.wait(0.1)
        assert service.stopped_parts() == ()
    (view,) = views(store)
    assert (view.state, view.scanner, view.name) == ("read", "gate_3", "gate_3/s1.high.raw")
