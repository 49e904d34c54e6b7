import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tallyscan.store import queries
from tallyscan.store.database import open_database
from tests.broken_inputs import BrokenInput, broken_inputs
from tests.e2e.serving import ServiceProcess, wait_until
from tests.report.sink_reading import assessments_in, joins_in
from tests.sample_images import (
    CONTAINER,
    MRN,
    OTHER_CONTAINER,
    container_tiff,
    declaration_json,
    sidecar_json,
    two_container_tiff,
)

Start = Callable[..., ServiceProcess]
Form = list[tuple[str, tuple[str, bytes]]]


@pytest.fixture
def start(tiny_models_dir: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts the service on the test's data folder, as often as a test wants."""
    started: list[ServiceProcess] = []

    def begin(*arguments: str) -> ServiceProcess:
        started.append(ServiceProcess(tiny_models_dir, tmp_path / "data", *arguments))
        return started[-1]

    yield begin
    for service in started:
        if service.process.poll() is None:
            service.kill()


def form(image: bytes, sidecar: bytes | None = None, declaration: bytes | None = None) -> Form:
    files = [("image", ("scan.tif", image))]
    if sidecar is not None:
        files.append(("sidecar", ("scan.json", sidecar)))
    if declaration is not None:
        files.append(("declaration", ("scan.declaration.json", declaration)))
    return files


def form_of(broken: BrokenInput) -> Form:
    first, *others = broken.files.images
    more = [("image", (part.name, part.data)) for part in others]
    return form(first.data, broken.files.sidecar, broken.files.declaration) + more


def events(tmp_path: Path) -> list[dict[str, Any]]:
    path = tmp_path / "data" / "events.jsonl"
    return assessments_in(path) if path.exists() else []


def state_on_disk(tmp_path: Path, scan_id: str) -> str:
    database = open_database(f"sqlite:///{tmp_path / 'data' / 'tallyscan.db'}")
    with database.read() as session:
        state = queries.scan(session, scan_id).state
    database.close()
    return state


def test_every_broken_input_ends_as_a_reason_and_the_next_good_one_is_read(start: Start) -> None:
    service = start()
    for name, broken in broken_inputs().items():
        answer = service.client.post("/v1/scans?wait=60", files=form_of(broken))
        assert answer.status_code == 200, name
        document = answer.json()
        assert document["status"] == broken.status, name
        assert document["reason"] or document["declaration_refused"], name
        if broken.status != "read":
            assert document["risk"]["lane"] == "not_assessed", name
    good = service.client.post("/v1/scans?wait=60", files=form(container_tiff(), sidecar_json()))
    assert good.json()["status"] == "read"
    assert service.client.get("/healthz").json()["status"] == "ok"
    assert service.end() == 0


def test_a_kill_during_a_reading_loses_nothing_and_reads_nothing_twice(start: Start, tmp_path: Path) -> None:
    service = start()
    large = container_tiff(width=5_000, height=500)  # a second to read, so that the kill falls into it
    sent = service.client.post("/v1/scans", files=form(large, sidecar_json(), declaration_json())).json()
    small = service.client.post(
        "/v1/scans", files=form(container_tiff(), sidecar_json(OTHER_CONTAINER))
    ).json()
    url = f"/v1/scans/{sent['id']}"
    wait_until(lambda: service.client.get(url).json()["state"] == "reading")
    service.kill()
    assert state_on_disk(tmp_path, sent["id"]) == "reading"  # killed in the middle, else this shows nothing
    assert events(tmp_path) == []

    again = start()
    wait_until(lambda: again.client.get(f"/v1/scans/{small['id']}").json()["state"] == "read")
    document = again.client.get(url).json()
    assert (document["state"], document["status"], document["revision"]) == ("read", "read", 1)
    history = again.client.get(f"/v1/consignments/{MRN}/risk-record").json()["history"]
    assert [entry["scan_id"] for entry in history] == [sent["id"]]
    wait_until(lambda: len(events(tmp_path)) == 2)
    assert again.end() == 0
    assert [event["subject"] for event in events(tmp_path)] == [MRN, f"scan/{small['id']}"]
    assert len({event["id"] for event in events(tmp_path)}) == 2


def test_the_watched_folder(start: Start, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    service = start("--inbox", str(inbox))
    (inbox / "a.json").write_bytes(sidecar_json())
    (inbox / "a.tif").write_bytes(container_tiff())
    (inbox / "broken.tif").write_bytes(b"text")

    def states() -> dict[str, str]:
        return {scan["name"]: scan["state"] for scan in service.client.get("/v1/scans").json()["scans"]}

    wait_until(lambda: states() == {"a.tif": "read", "broken.tif": "rejected"})
    (inbox / "late.declaration.json").write_bytes(declaration_json())
    (inbox / "wrong.declaration.json").write_bytes(b"{}")

    def joined() -> bool:
        answer = service.client.get(f"/v1/consignments/{MRN}/risk-record")
        return answer.status_code == 200 and len(answer.json()["history"]) == 1

    wait_until(joined)
    wait_until(lambda: len(service.client.get("/v1/quarantine").json()) == 1)
    assert sorted(path.name for path in inbox.iterdir() if path.is_file()) == []
    assert service.end() == 0


def test_declaration_first_then_corrected_and_an_image_used_again(start: Start) -> None:
    service = start()
    put = service.client.put("/v1/consignments/C-1/declaration", content=declaration_json())
    assert put.status_code == 201
    scan = service.client.post("/v1/scans?wait=60", files=form(container_tiff(), sidecar_json())).json()
    assert (scan["consignment"], scan["provenance"]["declaration_version"]) == ("C-1", 1)
    service.client.put("/v1/consignments/C-1/declaration", content=declaration_json(mass_kg=1))

    def read_again() -> bool:
        return bool(service.client.get(f"/v1/scans/{scan['id']}").json()["revision"] == 2)

    wait_until(read_again)
    history = service.client.get("/v1/consignments/C-1/risk-record").json()["history"]
    assert [(entry["sequence"], entry["supersedes"]) for entry in history] == [(1, None), (2, 1)]
    reused = service.client.post(
        "/v1/scans?wait=60", files=form(container_tiff(), sidecar_json(OTHER_CONTAINER))
    ).json()
    assert reused["reused_from"] == scan["id"]
    assert service.end() == 0


def test_a_misread_number_is_put_right_by_a_person_and_a_correction_moves_the_next_one(
    start: Start, tmp_path: Path
) -> None:
    service = start()

    def declare(consignment: str, container: str) -> None:
        answer = service.client.put(
            f"/v1/consignments/{consignment}/declaration", content=declaration_json(container)
        )
        assert answer.status_code in (200, 201)

    def record(consignment: str) -> dict[str, Any]:
        document: dict[str, Any] = service.client.get(f"/v1/consignments/{consignment}/risk-record").json()
        return document

    declare("C-1", "CSQU3054383")
    misread = service.client.post(
        "/v1/scans?wait=60", files=form(container_tiff(), sidecar_json("CSQU3O54383"))
    ).json()
    assert (misread["consignment"], misread["join"]["state"]) == (None, "proposed")
    assert record("C-1")["risk"]["lane"] == "not_assessed"
    (waiting,) = service.client.get("/v1/joins?state=proposed").json()["joins"]
    assert [candidate["consignment"] for candidate in waiting["join"]["candidates"]] == ["C-1"]
    decision = {"consignment": "C-1", "by": "Officer 12", "reason": "The picture of the doors shows a zero."}
    assert service.client.put(f"/v1/scans/{misread['id']}/consignment", json=decision).status_code == 200
    wait_until(lambda: [entry["event"] for entry in record("C-1")["history"]] == ["scan_read"])

    declare("C-2", OTHER_CONTAINER)
    other = service.client.post(
        "/v1/scans?wait=60", files=form(container_tiff(seed=1), sidecar_json(OTHER_CONTAINER))
    ).json()
    assert other["consignment"] == "C-2"
    declare("C-3", OTHER_CONTAINER)
    declare("C-2", "MSKU9070323")
    wait_until(
        lambda: [entry["event"] for entry in record("C-3")["history"]] == ["scan_moved_here", "scan_read"]
    )
    assert [entry["event"] for entry in record("C-2")["history"]] == ["scan_read", "scan_moved_away"]
    assert service.client.get("/v1/joins").json()["joins"] == []
    wait_until(lambda: len(joins_in(tmp_path / "data" / "events.jsonl")) == 2)
    assert service.end() == 0


def test_one_image_of_two_containers_ends_in_two_risk_records(start: Start, tmp_path: Path) -> None:
    service = start()
    for consignment, container in (("C-1", CONTAINER), ("C-2", OTHER_CONTAINER)):
        service.client.put(f"/v1/consignments/{consignment}/declaration", content=declaration_json(container))
    marks = [{"container_number": CONTAINER}, {"container_number": OTHER_CONTAINER}]
    sent = form(two_container_tiff(lump_in=("2", "chassis")), sidecar_json(None, units=marks))
    whole = service.client.post("/v1/scans?wait=60", files=sent).json()
    assert (whole["join"]["state"], whole["consignment"]) == ("split", None)

    def records() -> list[dict[str, Any]]:
        return [service.client.get(f"/v1/consignments/{name}/risk-record").json() for name in ("C-1", "C-2")]

    wait_until(lambda: all(record["history"] and not record.get("pending") for record in records()))
    parts = [service.client.get(f"/v1/scans/{part['scan']}").json() for part in whole["parts"]]
    assert [(part["part_of"], part["unit"], part["consignment"]) for part in parts] == [
        (whole["id"], 1, "C-1"),
        (whole["id"], 2, "C-2"),
    ]
    found = [[finding["unit"] for finding in part["findings"]] for part in parts]
    assert (found[0], sorted(found[1], key=str)) == ([None], [2, None])  # the chassis is everybody's
    assert [record["risk"]["lane"] for record in records()] == ["red", "red"]
    assert [record["history"][0]["scan_id"] for record in records()] == [part["id"] for part in parts]
    for part in parts:
        assert service.client.get(part["links"]["picture"]).content.startswith(b"\x89PNG")
        assert service.client.get(part["links"]["report"]).status_code == 200
    wait_until(lambda: len(events(tmp_path)) == 3)
    subjects = [(event["subject"], event["data"]["part_of"]) for event in events(tmp_path)]
    assert subjects == [(f"scan/{whole['id']}", None), ("C-2", whole["id"]), ("C-1", whole["id"])]
    assert service.end() == 0


def test_who_watches_a_site_live_does_not_hold_up_the_end_of_the_service(start: Start) -> None:
    service = start()
    with service.client.stream("GET", "/v1/sites/XXOFF001/live?recent=10") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        declaration = {**json.loads(declaration_json()), "customsOffices": [{"referenceNumber": "XXOFF001"}]}
        service.client.put("/v1/consignments/C-1/declaration", content=json.dumps(declaration).encode())
        lines = stream.iter_lines()
        assert next(lines) == "event: declaration.arrived"
        service.process.send_signal(signal.SIGTERM)
        rest = list(lines)  # ends in good order, else it raises
        assert [line for line in rest if line.startswith("event: ")] == []
    assert service.end() == 0
