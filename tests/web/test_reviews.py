"""Decisions and inspections over HTTP."""

import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import TypeAdapter

from tallyscan.decision import Decision, DecisionSaid
from tallyscan.inspection import Inspection, InspectionSaid
from tallyscan.web import review_examples
from tallyscan.web.routes_reviews import DecisionList, InspectionList
from tests.review.builders import clear, found, nothing, suspicious
from tests.sample_images import MRN, container_tiff, declaration_json, sidecar_json

PROBLEM = "application/problem+json"


def send(client: httpx.Client, image: bytes | None = None, **more: Any) -> Any:
    files = [("image", ("a.tif", image or container_tiff(**more))), ("sidecar", ("a.json", sidecar_json()))]
    files.append(("declaration", ("d.json", declaration_json())))
    return client.post("/v1/scans?wait=30", files=files).json()


@pytest.fixture
def scan(client: httpx.Client) -> str:
    return str(send(client)["id"])


def refused(answer: httpx.Response, status: int) -> Any:
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    return answer.json()


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        (DecisionSaid, review_examples.DECISION_SAID),
        (Decision, review_examples.DECISION),
        (DecisionList, review_examples.DECISION_LIST),
        (InspectionSaid, review_examples.INSPECTION_SAID),
        (Inspection, review_examples.INSPECTION),
        (InspectionList, review_examples.INSPECTION_LIST),
    ],
)
def test_the_examples_are_what_the_interface_describes(kind: Any, example: dict[str, Any]) -> None:
    model = TypeAdapter(kind).validate_python(example)
    told = TypeAdapter(kind).dump_python(model, exclude_none=True)
    assert set(told) == {name for name, value in example.items() if value is not None}


def test_a_decision_is_put_on_record_and_listed(client: httpx.Client, scan: str) -> None:
    answer = client.post(f"/v1/scans/{scan}/decisions", json=suspicious(seconds=41.5))
    decision = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"/v1/scans/{scan}/decisions")
    assert (decision["scan_id"], decision["reader"], decision["seconds"]) == (scan, "first", 41.5)
    listed = client.get(answer.headers["location"]).json()
    assert listed == {
        "scan": scan,
        "revision": 1,
        "decisions": [decision],
        "undos": [],
        "standing": [decision["id"]],
    }
    Decision.model_validate(decision)


def test_an_inspection_is_put_on_record_and_listed(client: httpx.Client, scan: str) -> None:
    answer = client.post(f"/v1/scans/{scan}/inspections", json=found())
    inspection = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"/v1/scans/{scan}/inspections")
    listed = client.get(answer.headers["location"]).json()
    assert listed == {"scan": scan, "inspections": [inspection], "standing": [inspection["id"]]}
    Inspection.model_validate(inspection)


@pytest.mark.parametrize("own_id", [True, False])
@pytest.mark.parametrize(("what", "said"), [("decisions", clear()), ("inspections", nothing())])
def test_the_same_again_is_answered_with_what_is_on_record(
    client: httpx.Client, scan: str, what: str, said: dict[str, Any], own_id: bool
) -> None:
    said = said | ({"id": str(uuid4())} if own_id else {})
    first, again = (client.post(f"/v1/scans/{scan}/{what}", json=said) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert len(client.get(f"/v1/scans/{scan}/{what}").json()[what]) == 1
    history = client.get(f"/v1/consignments/{MRN}/risk-record").json()["history"]
    assert len(history) == 2
    if own_id:
        problem = refused(client.post(f"/v1/scans/{scan}/{what}", json=said | {"by": "somebody"}), 409)
        assert "stands for something else" in problem["detail"]


def test_a_scan_that_could_not_be_read_is_cleared_only_by_saying_so(client: httpx.Client) -> None:
    scan = send(client, b"no image")
    assert scan["status"] == "rejected"
    decisions = f"/v1/scans/{scan['id']}/decisions"
    problem = refused(client.post(decisions, json=clear()), 409)
    assert problem["type"] == "urn:tallyscan:error:conflict"
    assert "was not read, so it cannot be clear by its image" in problem["detail"]
    assert "unsupported_format" in problem["detail"]
    assert "cleared_unread" in problem["remedy"]
    wordless = refused(client.post(decisions, json=clear(reason="cleared_unread")), 422)
    assert "needs a comment" in wordless["errors"][0]["detail"]
    said = clear(reason="cleared_unread", comment="Opened and seen at the gate.")
    assert client.post(decisions, json=said).status_code == 201
    record = client.get(f"/v1/consignments/{MRN}/risk-record").json()
    assert record["risk"]["lane"] == "not_assessed"
    assert [decision["reason"] for decision in record["decisions"]] == ["cleared_unread"]


def test_a_wrong_body_names_every_wrong_field(client: httpx.Client, scan: str) -> None:
    wrong = suspicious(by="", revision=-1, colour="red", regions=[{"box": [0, 0, 0, 5], "family": "x"}])
    problem = refused(client.post(f"/v1/scans/{scan}/decisions", json=wrong), 422)
    assert problem["type"] == "urn:tallyscan:error:request"
    assert {error["field"] for error in problem["errors"]} == {
        "body.by",
        "body.revision",
        "body.colour",
        "body.regions.0.box",
        "body.regions.0.family",
    }
    item = {"mass_kg": -2}
    problem = refused(client.post(f"/v1/scans/{scan}/inspections", json=found(items=[item])), 422)
    assert {error["field"] for error in problem["errors"]} == {"body.items.0.mass_kg"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"by": NaN}', b"[" * 100_000])
def test_what_is_no_document_is_a_problem(client: httpx.Client, scan: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    for what in ("decisions", "inspections"):
        answer = client.post(f"/v1/scans/{scan}/{what}", content=body, headers=headers)
        assert answer.status_code in (400, 422)
        assert answer.headers["content-type"] == PROBLEM


def test_a_body_that_is_too_long_is_refused_while_it_arrives(client: httpx.Client, scan: str) -> None:
    body = json.dumps(clear()).encode() + b" " * (1024 * 1024)
    headers = {"Content-Type": "application/json"}
    problem = refused(client.post(f"/v1/scans/{scan}/decisions", content=body, headers=headers), 413)
    assert problem["type"] == "urn:tallyscan:error:too_large"


def test_a_decision_is_undone_by_its_maker_and_both_stay_on_record(client: httpx.Client, scan: str) -> None:
    decision = client.post(f"/v1/scans/{scan}/decisions", json=clear()).json()
    where = f"/v1/scans/{scan}/decisions/{decision['id']}/undo"
    assert "somebody else" in refused(client.post(where, json={"by": "officer-8"}), 409)["detail"]
    undone, again = (client.post(where, json={"by": "officer-7"}) for _ in range(2))
    assert (undone.status_code, again.status_code) == (201, 200)
    assert undone.json() == again.json()
    listed = client.get(f"/v1/scans/{scan}/decisions").json()
    assert (listed["decisions"], listed["undos"], listed["standing"]) == ([decision], [undone.json()], [])


def test_the_risk_record_shows_what_people_said_beside_the_risk(client: httpx.Client) -> None:
    scan = send(client, lump=True)
    before = client.get(f"/v1/consignments/{MRN}/risk-record").json()
    assert before["risk"]["lane"] == "red"
    decision = client.post(f"/v1/scans/{scan['id']}/decisions", json=clear(reason="marks_explained")).json()
    record = client.get(f"/v1/consignments/{MRN}/risk-record").json()
    assert record["risk"] == before["risk"]
    assert record["decisions"] == [decision]
    step = record["history"][-1]
    assert (step["event"], step["scan_id"]) == ("decision_clear", scan["id"])
    assert step["detail"]["effect"].startswith("Cleared.")
    inspection = client.post(f"/v1/scans/{scan['id']}/inspections", json=found()).json()
    record = client.get(f"/v1/consignments/{MRN}/risk-record").json()
    assert (record["risk"]["lane"], record["risk"]["score"]) == ("red", 1.0)
    assert (record["decisions"], record["inspections"]) == ([decision], [inspection])
    assert len(record["history"]) == 3


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "decisions"),
        ("GET", "inspections"),
        ("POST", "decisions"),
        ("POST", "inspections"),
        ("POST", f"decisions/{UUID(int=0)}/undo"),
    ],
)
def test_of_a_scan_that_is_not_there_nothing_can_be_said(
    client: httpx.Client, method: str, path: str
) -> None:
    said = {"decisions": clear(), "inspections": nothing()}.get(path, {"by": "officer-7"})
    answer = client.request(method, f"/v1/scans/nobody/{path}", json=said if method == "POST" else None)
    assert "no scan 'nobody'" in refused(answer, 404)["detail"]
