"""A file that holds several views is a scan for each of them, from its arrival to the risk record."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from tallyscan.__main__ import main
from tallyscan.bootstrap import Store, load_reader, open_store, running, worker_of
from tallyscan.errors import Conflict
from tallyscan.replayer import replay_reading
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.intake import Accepted
from tallyscan.store.queries import ScanView
from tallyscan.store.recorded_readings import recorded_reading
from tallyscan.store.risk_record import risk_record
from tallyscan.store.tables import ScanRow
from tests.acquire.dicos_files import dicos
from tests.sample_images import AIR, CONTAINER, MRN, OTHER_CONTAINER, container_tiff, declaration_json
from tests.web.conftest import serving
from tests.web.test_stow import body, post, said, stored

Capture = pytest.CaptureFixture[str]
PROFILE = f"""
title = "A gate that looks from above and from the side (made up)"
grade = "transmission"
energies_mv = [6.0]

[air]
level = {AIR}
lowest = 50000
highest = 65000

[dicos]
model = "Gate 6"
"""
VIEWS = 'frames = ["top", "side"]\n'


def counts(seed: int, *, lump: bool = False) -> Any:
    return tifffile.imread(io.BytesIO(container_tiff(seed=seed, lump=lump)))


def two_views(**more: Any) -> bytes:
    """Above, then the side, where something lets nothing through."""
    frames = np.stack([counts(1), counts(2, lump=True)])
    return dicos(frames, PixelSpacing=[10, 10], SOPInstanceUID="2.25.12", StudyInstanceUID="2.25.7", **more)


def scan_files(data: bytes | None = None, declaration: bytes | None = None) -> ScanFiles:
    return ScanFiles((ScanPart("gate.dcm", data or two_views()),), declaration=declaration)


def put_profile(settings: Settings, frames: str = VIEWS) -> None:
    assert settings.profiles_dir is not None
    settings.profiles_dir.mkdir(exist_ok=True)
    (settings.profiles_dir / "gate_6.toml").write_text(PROFILE + frames, encoding="utf-8")


@pytest.fixture
def gate(settings: Settings, tmp_path: Path) -> Settings:
    site = settings.model_copy(update={"profiles_dir": tmp_path / "profiles"})
    put_profile(site)
    return site


@pytest.fixture
def store(gate: Settings) -> Iterator[Store]:
    with open_store(gate) as opened:
        yield opened


def read_all(gate: Settings, store: Store) -> None:
    worker = worker_of(store, load_reader(gate), gate)
    while worker.read_next() is not None:
        pass


def views_with(store: Store, accepted: Accepted) -> list[ScanView]:
    with store.database.read() as session:
        first = queries.scan(session, accepted.scan_id)
        return [queries.scan(session, side.scan) for side in first.views]


def rows(store: Store) -> list[ScanRow]:
    with store.database.read() as session:
        return list(session.query(ScanRow).order_by(ScanRow.received_at.desc()))


def test_each_view_is_read_and_joined_and_in_the_risk_record(gate: Settings, store: Store) -> None:
    accepted = store.intake.accept_scan(scan_files(), origin="test", name="gate.dcm")
    store.intake.accept_declaration(declaration_json(), origin="test")
    read_all(gate, store)
    top, side = views_with(store, accepted)
    assert (top.id, top.view, side.view) == (accepted.scan_id, "top", "side")
    assert (top.name, side.name) == ("gate.dcm, view top", "gate.dcm, view side")
    assert top.sha256 == side.sha256
    assert [view.consignment for view in (top, side)] == [MRN, MRN]
    assert top.reading is not None
    assert side.reading is not None
    for view in (top, side):
        assert view.reading is not None
        assert view.reading["status"] == "read"
        assert view.reading["provenance"]["view"] == view.view
        reused, copied = view.reading["integrity"][:2]
        assert (reused["check"], reused["outcome"]) == ("reused_image", "agrees")
        assert (copied["check"], copied["outcome"]) == ("copied_image", "agrees")
    decisions = [view.reading["anomaly"]["decision"] for view in (top, side) if view.reading]
    assert decisions == ["clear", "alarm"], "each sees its own frame"
    with store.database.read() as session:
        record = risk_record(session, MRN)
    assert {entry.scan_id for entry in record.history if entry.event == "scan_read"} == {top.id, side.id}
    assert [row.device for row in rows(store)] == ["gate-1 top", "gate-1 side"]
    with store.database.read() as session:
        recorded = recorded_reading(session, store.blobs, side.id)
    assert replay_reading(recorded, load_reader(gate)).same


def test_the_same_file_again_is_the_same_scans(store: Store) -> None:
    first = store.intake.accept_scan(scan_files(), origin="test")
    again = store.intake.accept_scan(scan_files(), origin="folder", consignment="C-1")
    assert (first.new, again.new, again.scan_id) == (True, False, first.scan_id)
    assert [(row.view, row.consignment_id, row.reused_from) for row in rows(store)] == [
        ("top", "C-1", None),
        ("side", "C-1", None),
    ]
    with pytest.raises(Conflict, match="belongs to consignment 'C-1'"):
        store.intake.accept_scan(scan_files(), origin="test", consignment="C-2")
    assert len(rows(store)) == 2


def test_the_same_file_for_another_unit_is_a_reused_image_in_each_view(store: Store) -> None:
    own = ScanFiles(scan_files().images, json.dumps({"units": [{"container_number": CONTAINER}]}).encode())
    others = ScanFiles(own.images, json.dumps({"units": [{"container_number": OTHER_CONTAINER}]}).encode())
    first = store.intake.accept_scan(own, origin="test")
    store.intake.accept_scan(others, origin="test")
    known = {row.view: row.id for row in rows(store) if row.reused_from is None}
    assert known["top"] == first.scan_id
    assert [(row.view, row.reused_from) for row in rows(store) if row.reused_from] == [
        (view, known[view]) for view in ("top", "side")
    ]


def test_a_file_that_came_before_its_views_were_named_becomes_the_first_of_them(
    gate: Settings,
) -> None:
    put_profile(gate, "")
    with open_store(gate) as store:
        early = store.intake.accept_scan(scan_files(), origin="test", name="gate.dcm")
        read_all(gate, store)
        (row,) = rows(store)
        assert (row.state, row.view) == ("rejected", None)
        assert "2 frames, and nothing says" in (row.reason or "")
    put_profile(gate)
    with open_store(gate) as store:
        again = store.intake.accept_scan(scan_files(), origin="test", name="gate.dcm")
        assert (again.scan_id, again.new) == (early.scan_id, False)
        read_all(gate, store)
        top, side = views_with(store, again)
        assert [(view.view, view.state, view.revision) for view in (top, side)] == [
            ("top", "read", 2),
            ("side", "read", 1),
        ]
        for view in (top, side):
            assert view.reading is not None
            assert view.reading["integrity"][0]["outcome"] == "agrees"
    put_profile(gate, "")
    with open_store(
        gate
    ) as store:  # nothing names them any more: what was here is not taken for another scan
        later = store.intake.accept_scan(scan_files(), origin="test", consignment="C-1")
        assert (later.scan_id, later.new) == (early.scan_id, False)
        assert [(row.view, row.consignment_id) for row in rows(store)] == [("top", "C-1"), ("side", "C-1")]
        read_all(gate, store)
        assert {row.state for row in rows(store)} == {"rejected"}


def test_a_file_with_another_number_of_frames_is_refused_as_one_scan(gate: Settings, store: Store) -> None:
    three = dicos(np.stack([counts(seed) for seed in range(3)]))
    store.intake.accept_scan(scan_files(three), origin="test")
    read_all(gate, store)
    (row,) = rows(store)
    assert (row.state, row.view) == ("rejected", None)
    assert "3 frames, and its scanner's profile names 2" in (row.reason or "")


def test_a_file_of_one_view_is_a_scan_as_before(gate: Settings, store: Store) -> None:
    accepted = store.intake.accept_scan(
        scan_files(dicos(counts(1), PixelSpacing=[10, 10])), origin="test", name="one.dcm"
    )
    read_all(gate, store)
    assert [(row.state, row.view, row.name, row.device) for row in rows(store)] == [
        ("read", None, "one.dcm", "gate-1")
    ]
    assert views_with(store, accepted) == []


def test_two_energies_of_two_views_are_two_scans_of_two_energies(gate: Settings) -> None:
    put_profile(gate, 'frames = ["top/high", "top/low", "side/high", "side/low"]\n')
    assert gate.profiles_dir is not None
    profile = gate.profiles_dir / "gate_6.toml"
    both = profile.read_text().replace("[6.0]", "[6.0, 4.0]")
    profile.write_text(both, encoding="utf-8")
    frames = np.stack([counts(1), counts(1) // 10 * 9, counts(2), counts(2) // 10 * 9])
    with open_store(gate) as again:
        accepted = again.intake.accept_scan(
            scan_files(dicos(frames, PixelSpacing=[10, 10])), origin="test", consignment="C-1"
        )
        read_all(gate, again)
        views = views_with(again, accepted)
    assert [(view.view, view.state, view.consignment) for view in views] == [
        ("top", "read", "C-1"),
        ("side", "read", "C-1"),
    ]


def test_over_the_web_the_first_view_is_answered_and_names_the_others(gate: Settings, store: Store) -> None:
    with running(gate, store, load_reader(gate)) as service, serving(service, gate) as client:
        answer = client.post("/v1/scans?wait=30", files={"image": ("gate.dcm", two_views())}).json()
        assert (answer["view"], [side["view"] for side in answer["views"]]) == ("top", ["top", "side"])
        assert answer["views"][0]["scan"] == answer["id"]
        side = client.get(f"/v1/scans/{answer['views'][1]['scan']}").json()
        assert (side["view"], side["views"]) == ("side", answer["views"])
        told = post(client, body(two_views(InstitutionName="another"), two_views()))
        assert told.status_code == 200
        assert len(client.get("/v1/scans").json()["scans"]) == 4
        assert {scan["view"] for scan in client.get("/v1/scans").json()["scans"]} == {"top", "side"}
    assert len(stored(said(told))) == 2


@pytest.mark.parametrize("record", [[], ["--record"]], ids=["read", "recorded"])
def test_the_command_reads_each_view(
    gate: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, record: list[str]
) -> None:
    monkeypatch.setenv("TALLYSCAN_MODELS_DIR", str(gate.models_dir))
    monkeypatch.setenv("TALLYSCAN_PROFILES_DIR", str(gate.profiles_dir))
    monkeypatch.setenv("TALLYSCAN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TALLYSCAN_INFERENCE_THREADS", "1")
    (tmp_path / "gate.dcm").write_bytes(two_views())
    command = ["read", str(tmp_path / "gate.dcm"), "--json", "--out", str(tmp_path / "out"), *record]
    assert main(command) == 0
    top, side = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert [reading["provenance"]["view"] for reading in (top, side)] == ["top", "side"]
    assert [reading["anomaly"]["decision"] for reading in (top, side)] == ["clear", "alarm"]
    assert {path.name for path in (tmp_path / "out").glob("*.json")} == {
        "gate.top.reading.json",
        "gate.side.reading.json",
    }


def test_convert_writes_each_view(gate: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSCAN_PROFILES_DIR", str(gate.profiles_dir))
    (tmp_path / "gate.dcm").write_bytes(two_views())
    out = tmp_path / "out"
    assert main(["convert", str(tmp_path / "gate.dcm"), "--out", str(out)]) == 0
    names = ("gate.top.tif", "gate.top.json", "gate.side.tif", "gate.side.json")
    assert {path.name for path in out.iterdir()} == set(names)
    assert (out / names[0]).read_bytes() != (out / names[2]).read_bytes()
