"""What comes in from elsewhere, over HTTP and as CloudEvents, through the whole service."""

import json
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from tallyscan.control_result import ControlResult, ControlResultSaid
from tallyscan.interview import Interview, InterviewSaid
from tallyscan.risk_score import RiskScore, RiskScoreSaid
from tallyscan.web import incoming_examples as examples
from tallyscan.web.inbound_event import InboundEvent
from tallyscan.web.routes_incoming import IncomingList
from tallyscan.weighing import Weighing, WeighingSaid
from tests.sample_images import MRN, declaration_json
from tests.web.test_reviews import PROBLEM, refused, send

SAID = {
    "risk-scores": examples.RISK_SCORE_SAID,
    "weighings": examples.WEIGHING_SAID,
    "control-results": examples.CONTROL_RESULT_SAID,
    "interviews": examples.INTERVIEW_SAID | {"profile": None},  # there is none here
}
EVENT_TYPES = {what: f"org.tallyscan.{what.removesuffix('s')}.recorded.v1" for what in SAID}


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        (RiskScoreSaid, examples.RISK_SCORE_SAID),
        (RiskScore, examples.RISK_SCORE),
        (WeighingSaid, examples.WEIGHING_SAID),
        (Weighing, examples.WEIGHING),
        (ControlResultSaid, examples.CONTROL_RESULT_SAID),
        (ControlResult, examples.CONTROL_RESULT),
        (InterviewSaid, examples.INTERVIEW_SAID),
        (Interview, examples.INTERVIEW),
        (IncomingList, examples.INCOMING_LIST),
        (InboundEvent, examples.EVENT),
    ],
)
def test_the_examples_are_what_the_interface_describes(kind: Any, example: dict[str, Any]) -> None:
    model = TypeAdapter(kind).validate_python(example)
    told = TypeAdapter(kind).dump_python(model, exclude_none=True)
    assert set(told) == {name for name, value in example.items() if value is not None}


def test_an_interview_by_a_profile_that_never_was_is_refused_with_what_to_do(client: httpx.Client) -> None:
    answer = client.post("/v1/consignments/C-1/interviews", json=examples.INTERVIEW_SAID)
    assert (answer.status_code, "leave `profile` out" in answer.json()["remedy"]) == (409, True)


@pytest.mark.parametrize("what", SAID)
def test_the_same_twice_is_one_entry_and_another_body_under_its_id_is_refused(
    client: httpx.Client, what: str
) -> None:
    where = f"/v1/consignments/C-1/{what}"
    first, again = (client.post(where, json=SAID[what]) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.headers["location"] == "/v1/consignments/C-1/incoming"
    problem = refused(client.post(where, json=SAID[what] | {"by": "another"}), 409)
    assert problem["type"] == "urn:tallyscan:error:conflict"
    listed = client.get("/v1/consignments/C-1/incoming").json()
    assert listed[what.replace("-", "_")] == [first.json()]
    assert listed["standing"] == [first.json()["id"]]
    TypeAdapter(IncomingList).validate_python(listed)


@pytest.mark.parametrize("what", SAID)
def test_an_event_makes_the_same_entry_and_the_same_event_twice_makes_one(
    client: httpx.Client, what: str
) -> None:
    data = {name: value for name, value in SAID[what].items() if name not in ("id", "at")}
    event = examples.EVENT | {
        "type": EVENT_TYPES[what],
        "subject": "C-1",
        "data": data,
        "traceparent": "00-1",
    }
    headers = {"Content-Type": "application/cloudevents+json"}
    first, again = (client.post("/v1/events", content=json.dumps(event), headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["at"] == "2026-02-01T04:50:00Z"
    other_body = event | {"data": data | {"by": "another"}}
    refused(client.post("/v1/events", content=json.dumps(other_body), headers=headers), 409)
    other_source = event | {"source": "urn:example:another-system"}
    assert client.post("/v1/events", content=json.dumps(other_source), headers=headers).status_code == 201


def test_an_event_of_our_own_is_not_taken_back(client: httpx.Client) -> None:
    problem = refused(client.post("/v1/events", json=examples.EVENT | {"source": "urn:tallyscan:local"}), 409)
    assert "told it itself" in problem["detail"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "org.tallyscan.scan-assessment.completed.v1"},
        {"specversion": "0.3"},
        {"subject": ""},
        {"data": None},
        {"data": {"code": "B1"}},
        {"data": {"by": "x", "code": "satisfactory"}},
        {"datacontenttype": "text/xml"},
    ],
)
def test_an_event_that_is_none_of_ours_says_what_is_wrong(
    client: httpx.Client, wrong: dict[str, Any]
) -> None:
    problem = refused(client.post("/v1/events", json=examples.EVENT | wrong), 422)
    assert problem["errors"]


@pytest.mark.parametrize(
    ("what", "wrong", "field"),
    [
        ("risk-scores", {"score": 1.2}, "body.score"),
        ("risk-scores", {"score": None, "lane": None}, "body"),
        ("weighings", {"kg": -1}, "body.kg"),
        ("weighings", {"tare_kg": 24360}, "body"),
        ("weighings", {"covers": "axle"}, "body.covers"),
        ("control-results", {"code": "A 1"}, "body.code"),
        ("control-results", {"quantity_of": None}, "body"),
        ("control-results", {"found_hs": ["24022"]}, "body.found_hs.0"),
        ("interviews", {"answers": []}, "body.answers"),
        ("interviews", {"by": ""}, "body.by"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    client: httpx.Client, what: str, wrong: dict[str, Any], field: str
) -> None:
    problem = refused(client.post(f"/v1/consignments/C-1/{what}", json=SAID[what] | wrong), 422)
    assert field in {error["field"] for error in problem["errors"]}
    assert client.get("/v1/consignments/C-1/incoming").status_code == 404


@pytest.mark.parametrize("what", SAID)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"by": NaN}', b"[" * 100_000])
def test_what_is_no_document_is_a_problem(client: httpx.Client, what: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    for where in (f"/v1/consignments/C-1/{what}", "/v1/events"):
        answer = client.post(where, content=body, headers=headers)
        assert answer.status_code in (400, 422)
        assert answer.headers["content-type"] == PROBLEM


def test_a_weighed_consignment_is_read_again_with_the_weighed_mass(client: httpx.Client) -> None:
    scan = send(client)
    assert scan["provenance"]["weighed"] == []
    weighing = client.post(f"/v1/consignments/{MRN}/weighings", json=examples.WEIGHING_SAID).json()
    again = send(client)
    assert (again["id"], again["revision"]) == (scan["id"], 2)
    (mass,) = again["provenance"]["weighed"]
    assert (mass["kg"], mass["tare_kg"], mass["covers"]) == (24360.0, 14900.0, "vehicle_gross")
    assert mass["at"] == weighing["at"]
    history = client.get(f"/v1/consignments/{MRN}/risk-record").json()["history"]
    assert [(step["event"], step["supersedes"]) for step in history] == [
        ("scan_read", None),
        ("weighing_received", None),
        ("scan_read", 1),
    ]


def test_what_was_weighed_of_a_container_that_is_not_declared_is_told(client: httpx.Client) -> None:
    send(client)
    said = {"by": "gate-2", "kg": 24360, "covers": "unit_gross", "container": "NOPE1"}
    assert client.post(f"/v1/consignments/{MRN}/weighings", json=said).status_code == 201
    (other,) = next(
        verdict["evidence"]["weighed_of_others"]
        for verdict in send(client)["verdicts"]
        if verdict["rule"] == "mass"
    )
    assert (other["kg"], other["why"]) == (24360.0, "NOPE1 is not declared.")
    history = client.get(f"/v1/consignments/{MRN}/risk-record").json()["history"]
    (step,) = [step for step in history if step["event"] == "weighing_received"]
    assert "NOPE1 is not declared in this consignment" in step["detail"]["effect"]


def test_the_record_shows_what_each_indicator_added_and_gives_its_numbers_again(client: httpx.Client) -> None:
    send(client, lump=True)
    for what, said in SAID.items():
        if what != "weighings":
            client.post(f"/v1/consignments/{MRN}/{what}", json=said)
    record = client.get(f"/v1/consignments/{MRN}/risk-record").json()
    assert record["risk"]["score"] == 1.0
    assert [result["outcome"] for result in record["control_results"]] == ["found"]
    assert [share["of"].split("/")[0] for share in record["inputs"]["shares"]] == ["control_result", "scan"]
    assert [each["code"] for each in record["inputs"]["incoming"]] == ["IN-RISK", "IN-INTERVIEW"]
    rows = record["table"]["rows"]
    assert rows[0]["step"] == "prior"
    assert sum(row["added_nats"] for row in rows) == pytest.approx(9.21, abs=0.01)
    assert record["table"]["calibrated"] is False
    check = client.get(f"/v1/consignments/{MRN}/risk-record/check").json()
    assert check["same"] is True
    assert [entry["same"] for entry in check["entries"]] == [True] * 4
    assert check["entries"][-1]["replayed"] == record["risk"]
    assert client.get("/v1/consignments/nobody/risk-record/check").status_code == 404


def test_ids_of_consignments_may_have_slashes(client: httpx.Client) -> None:
    assert client.post("/v1/consignments/A/B 1/weighings", json=SAID["weighings"]).status_code == 201
    assert client.get("/v1/consignments/A%2FB%201/incoming").json()["consignment"] == "A/B 1"
    assert client.get("/v1/consignments/A/B 1/risk-record").json()["consignment"] == "A/B 1"


@pytest.mark.parametrize("what", SAID)
def test_blanks_around_a_consignment_name_no_other_one(client: httpx.Client, what: str) -> None:
    data = {name: value for name, value in SAID[what].items() if name not in ("id", "at")}
    event = examples.EVENT | {"type": EVENT_TYPES[what], "subject": " SPACE ", "data": data}
    answers = [client.post("/v1/events", json=event) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["consignment"] == "SPACE"
    assert client.post(f"/v1/consignments/C-1%20/{what}", json=SAID[what]).status_code == 201
    assert client.post(f"/v1/consignments/C-1/{what}", json=SAID[what]).status_code == 200
    listed = client.get("/v1/consignments/C-1%20/incoming").json()
    assert (listed["consignment"], len(listed["standing"])) == ("C-1", 1)
    refused(client.post("/v1/events", json=event | {"subject": "  "}), 422)
    refused(client.post(f"/v1/consignments/%20/{what}", json=SAID[what]), 422)


def test_a_declaration_with_blanks_in_its_reference_is_the_one_that_is_weighed(client: httpx.Client) -> None:
    declared = declaration_json(mrn="MRN-7 ")
    assert client.post("/v1/declarations", content=declared).status_code == 201
    assert client.post("/v1/consignments/MRN-7/weighings", json=SAID["weighings"]).status_code == 201
    assert client.get("/v1/consignments/MRN-7/risk-record").json()["declaration_version"] == 1
