"""Joins over HTTP, with the whole service at work."""

from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from tallyscan.settings import Settings
from tallyscan.web.routes_joins import JoinHistory, JoinList
from tests.e2e.serving import wait_until
from tests.report.sink_reading import assessments_in, events_in, joins_in
from tests.sample_images import CONTAINER, container_tiff, declaration_json, sidecar_json

MISREAD = "CSQU3O54383"
BY = {"by": "Officer 12", "reason": "The number on the doors."}


def send(client: httpx.Client, number: str = CONTAINER, seed: int = 0) -> Any:
    image, sidecar = container_tiff(seed=seed), sidecar_json(number, site="XXAAA", device="gate-1")
    files = [("image", ("scan.tif", image)), ("sidecar", ("scan.json", sidecar))]
    return client.post("/v1/scans?wait=30", files=files).json()


def declare(client: httpx.Client, consignment: str, number: str = CONTAINER) -> None:
    client.put(
        f"/v1/consignments/{consignment}/declaration", content=declaration_json(number)
    ).raise_for_status()


def decide(client: httpx.Client, scan: str, consignment: str | None, **said: str) -> httpx.Response:
    return client.put(f"/v1/scans/{scan}/consignment", json={"consignment": consignment, **BY, **said})


def test_what_waits_for_a_join_is_listed_with_what_it_may_be(client: httpx.Client) -> None:
    declare(client, "C-1")
    scan = send(client, MISREAD)
    assert (scan["consignment"], scan["join"]["state"], scan["risk"]["lane"]) == (None, "proposed", "yellow")
    listed = client.get("/v1/joins").json()
    TypeAdapter(JoinList).validate_python(listed)
    (waiting,) = listed["joins"]
    assert (waiting["scan"], waiting["site"], waiting["device"]) == (scan["id"], "XXAAA", "gate-1")
    assert waiting["units"][0]["container_number"]["as_read"] == MISREAD
    (candidate,) = waiting["join"]["candidates"]
    assert (candidate["consignment"], candidate["sure"]) == ("C-1", False)
    assert candidate["confidence"] == round(candidate["evidence"][0]["odds"] / 201, 4)
    assert client.get("/v1/joins?state=open").json()["joins"] == []
    assert client.get("/v1/joins?state=joined").status_code == 422


def test_waiting_joins_come_in_pages(client: httpx.Client) -> None:
    scans = [send(client, seed=seed)["id"] for seed in range(3)]
    first = client.get("/v1/joins?state=open&limit=2").json()
    second = client.get(first["next"]).json()
    assert [each["scan"] for each in first["joins"] + second["joins"]] == scans[::-1]
    assert second["next"] is None
    assert client.get("/v1/joins?before=nobody").status_code == 404


def test_a_person_joins_a_scan_and_it_is_read_with_that_declaration(client: httpx.Client) -> None:
    declare(client, "C-1")
    scan = send(client, MISREAD)
    answer = decide(client, scan["id"], "C-1")
    assert answer.status_code == 200
    assert (answer.json()["consignment"], answer.json()["join"]["decided_by"]) == ("C-1", "Officer 12")
    again = send(client, MISREAD)  # the same scan: waits until it is read again
    assert (again["id"], again["revision"], again["provenance"]["declaration_version"]) == (scan["id"], 2, 1)
    assert client.get("/v1/joins").json()["joins"] == []
    history = client.get(again["links"]["joins"]).json()
    TypeAdapter(JoinHistory).validate_python(history)
    assert [step["state"] for step in history["steps"]] == ["proposed", "joined"]
    assert history["steps"][0]["candidates"][0]["consignment"] == "C-1"


def test_a_move_is_in_both_risk_records_and_told_to_both(client: httpx.Client, settings: Settings) -> None:
    declare(client, "C-1")
    declare(client, "C-2", "TGHU7599330")
    scan = send(client)
    assert scan["consignment"] == "C-1"
    decide(client, scan["id"], "C-2")
    send(client)
    records = {name: client.get(f"/v1/consignments/{name}/risk-record").json() for name in ("C-1", "C-2")}
    assert [entry["event"] for entry in records["C-1"]["history"]] == ["scan_read", "scan_moved_away"]
    assert [entry["event"] for entry in records["C-2"]["history"]] == ["scan_moved_here", "scan_read"]
    assert records["C-1"]["risk"] == {"score": None, "lane": "not_assessed", "indicators": []}
    away = records["C-1"]["history"][1]
    assert away["supersedes"] == 1
    assert away["detail"]["join"]["other_consignment"] == "C-2"
    assert away["detail"]["join"]["decided_by"] == "Officer 12"
    file = settings.data_dir / "events.jsonl"
    wait_until(lambda: file.exists() and len(events_in(file)) == 4)
    told = joins_in(file)
    assert [(event["subject"], event["data"]["change"]) for event in told] == [
        ("C-1", "moved_away"),
        ("C-2", "moved_here"),
    ]
    readings = assessments_in(file)
    assert [(event["subject"], event["sequence"]) for event in readings] == [("C-1", "1"), ("C-2", "2")]
    assert readings[1]["data"]["supersedes"] == readings[0]["id"]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"consignment": "C-1"}, 422),
        ({"consignment": "C-1", "by": " ", "reason": "x"}, 422),
        ({"by": "A", "reason": "x"}, 422),
        ({"consignment": "", "by": "A", "reason": "x"}, 422),
        ({"consignment": "C-1", "by": "A", "reason": "x", "why": "y"}, 422),
        ({"consignment": "C-9", "by": "A", "reason": "x"}, 404),
    ],
)
def test_a_decision_says_who_and_why(client: httpx.Client, said: dict[str, str], status: int) -> None:
    declare(client, "C-1")
    scan = send(client, MISREAD)
    answer = client.put(f"/v1/scans/{scan['id']}/consignment", json=said)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get(f"/v1/scans/{scan['id']}").json()["consignment"] is None


def test_there_is_no_join_of_a_scan_that_is_not_there(client: httpx.Client) -> None:
    declare(client, "C-1")
    assert decide(client, "nobody", "C-1").status_code == 404
    assert client.get("/v1/scans/nobody/joins").status_code == 404
