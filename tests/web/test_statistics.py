"""Figures and the board of a site over HTTP. All names and numbers are invented."""

import json
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from tallyscan.store.board import BoardState
from tallyscan.web.routes_board import SiteList
from tallyscan.web.routes_profile_facts import ExpressionChecked, FactList
from tallyscan.web.routes_statistics import Statistics
from tallyscan.web.selection_examples import EXPRESSION_WRONG, FACTS
from tallyscan.web.statistics_examples import BOARD, SITES, STATISTICS
from tests.sample_images import container_tiff, sidecar_json
from tests.web.test_reviews import refused


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        (Statistics, STATISTICS),
        (SiteList, SITES),
        (BoardState, BOARD),
        (FactList, FACTS),
        (ExpressionChecked, EXPRESSION_WRONG),
    ],
)
def test_the_examples_are_what_the_interface_describes(kind: Any, example: dict[str, Any]) -> None:
    model = TypeAdapter(kind).validate_python(example)
    assert TypeAdapter(kind).dump_python(model, mode="json") == example


def send(client: httpx.Client, **more: Any) -> Any:
    sidecar = json.loads(sidecar_json()) | {"site": "Gate 1", **more}
    files = [("image", ("a.tif", container_tiff())), ("sidecar", ("a.json", json.dumps(sidecar).encode()))]
    answer = client.post("/v1/scans?wait=30", files=files, data={"consignment": "C-1"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_was_done_with_a_scan_is_in_the_figures_and_on_the_board(client: httpx.Client) -> None:
    scan = send(client)
    lane = scan["risk"]["lane"]
    board = client.get("/v1/sites/gate-1/board").json()
    (waiting,) = board["waiting"]
    assert (waiting["scan"], waiting["waits"], waiting["lane"]) == (scan["id"], "to_be_decided", lane)
    assert (board["to_be_decided"], board["shifts"], board["selected"]) == (1, [], None)
    said = {
        "by": "officer-3",
        "decision": "suspicious",
        "reason": "anomaly",
        "seconds": 40,
        "comment": "All of it.",
    }
    more = {"revision": scan["revision"], "marks_shown": False}
    assert client.post(f"/v1/scans/{scan['id']}/decisions", json=said | more).status_code == 201
    found = {"by": "i-1", "opened": "wholly", "found": True, "items": [{"description": "Cigarettes"}]}
    shifts = [{"name": "all day", "starts": "00:00", "budget": 3}]
    client.put("/v1/sites/Gate 1/alert-budget", json={"shifts": shifts, "by": "supervisor-1"})
    client.post(f"/v1/scans/{scan['id']}/inspections", json=found)
    board = client.get("/v1/sites/gate-1/board").json()
    assert (board["to_be_decided"], board["waiting"], board["of"]) == (0, [], "inspections")
    assert board["counts"]["lanes"][lane] == 1
    assert (board["counts"]["decided"], board["counts"]["opened"], board["counts"]["arrived"]) == (1, 1, 1)
    (shift,) = board["shifts"]
    assert (shift["name"], shift["budget"], shift["used"], shift["now"]) == ("all day", 3, 1, True)
    answer = client.get("/v1/statistics", params={"by": "site"}).json()
    (part,) = answer["parts"]["site"]
    assert (part["name"], part["figures"]) == ("GATE1", answer["whole"])
    assert answer["whole"]["hits"]["seen"] == 1
    assert answer["whole"]["officer"] == {"counted": 1, "median_s": 40.0, "p90_s": 40.0}
    assert answer["whole"]["blind"]["same"]["of"] == (lane != "not_assessed")
    assert client.get("/v1/sites").json() == {"sites": ["GATE1"]}


def test_a_scan_that_nobody_could_read_is_on_the_board_as_not_assessed(client: httpx.Client) -> None:
    sidecar = json.loads(sidecar_json()) | {"site": "Gate 1"}
    files = [("image", ("a.tif", b"no image")), ("sidecar", ("a.json", json.dumps(sidecar).encode()))]
    client.post("/v1/scans?wait=30", files=files)
    board = client.get("/v1/sites/gate-1/board").json()
    assert [each["lane"] for each in board["waiting"]] == ["not_assessed"]
    whole = client.get("/v1/statistics").json()["whole"]
    assert (whole["lanes"]["not_assessed"], whole["not_assessed"]["share"]) == (1, 1.0)


def test_of_a_site_that_nobody_knows_nothing_is_counted(client: httpx.Client) -> None:
    board = client.get("/v1/sites/nowhere/board").json()
    assert (board["to_be_read"], board["counts"]["arrived"], board["waiting"]) == (0, 0, [])
    whole = client.get("/v1/statistics?site=nowhere").json()["whole"]
    assert (whole["arrivals"], whole["hits"]["share"], whole["machine"]["median_s"]) == (0, None, None)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"first_day": "2026-02-02", "last_day": "2026-02-01"}, 409),
        ({"first_day": "2024-02-02", "last_day": "2026-02-01"}, 409),
        ({"time_zone": "Mars/Olympus"}, 422),
        ({"by": "officer"}, 422),
    ],
)
def test_what_cannot_be_counted_is_refused(client: httpx.Client, asked: dict[str, str], status: int) -> None:
    refused(client.get("/v1/statistics", params=asked), status)


def test_the_facts_are_offered_by_their_way_and_only_those_of_the_stage(client: httpx.Client) -> None:
    facts = {
        each["path"]: each for each in client.get("/v1/risk-profile-facts?stage=after_scan").json()["facts"]
    }
    assert facts["declaration.items[].hs_code"]["type"] == "string"
    assert facts["declaration.items"] | {"meaning": ""} == {
        "path": "declaration.items",
        "type": "list(item)",
        "values": [],
        "meaning": "",
        "has_more": True,
    }
    assert facts["scans[].findings.people"]["type"] == "double"
    assert facts["risk.lane"]["values"] == ["green", "yellow", "red", "not_assessed"]
    before = client.get("/v1/risk-profile-facts?stage=before_scan").json()["facts"]
    assert not [each["path"] for each in before if each["path"].startswith(("scans", "risk"))]


@pytest.mark.parametrize(
    ("expression", "place"),
    [
        ("declaration.gros_mass_kg > 5.0", (1, 13, 1, 25)),
        ("declaration.gross_mass_kg >\n  '5'", (1, 1, 2, 6)),
        ("declaration.gross_mass_kg >\n  )", (2, 3, None, None)),
        ("declaration.mrn == null", (1, 20, 1, 24)),
        ("", (1, 1, None, None)),
    ],
)
def test_what_is_typed_is_checked_with_the_place_and_not_saved(
    client: httpx.Client, expression: str, place: tuple[int | None, ...]
) -> None:
    typed = {"stage": "before_scan", "expression": expression}
    wrong = client.post("/v1/risk-profile-check", json=typed).json()["wrong"]
    assert tuple(wrong[name] for name in ("line", "column", "end_line", "end_column")) == place
    assert wrong["said"]
    right = typed | {"expression": "declaration.gross_mass_kg > 5.0"}
    assert client.post("/v1/risk-profile-check", json=right).json() == {"wrong": None}
    assert client.get("/v1/risk-profiles").json() == {"profiles": []}
