"""Referrals over HTTP: what waits at an office with its case, and what the office does about it."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import TypeAdapter

from tallyscan.referral import ReferralStep, ReferralStepSaid
from tallyscan.web import referral_examples as examples
from tallyscan.web.routes_referrals import ReferralCase, ReferralList
from tests.review.builders import clear, step_said
from tests.sample_images import MRN
from tests.web.test_reviews import refused, send
from tests.web.test_selection import declare, declared


@pytest.fixture
def scan(client: httpx.Client) -> str:
    return str(send(client)["id"])


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        (ReferralStepSaid, examples.STEP_SAID),
        (ReferralStep, examples.STEP),
        (ReferralCase, examples.REFERRAL),
        (ReferralList, examples.REFERRAL_LIST),
    ],
)
def test_the_examples_are_what_the_interface_describes(kind: type[object], example: dict[str, Any]) -> None:
    TypeAdapter(kind).validate_python(example)


def refer(client: httpx.Client, scan: str, **to: Any) -> str:
    said = clear(decision="refer", reason="other_authority", comment="Is it yours?", refer_to=to or None)
    answer = client.post(f"/v1/scans/{scan}/decisions", json=said)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_case_waits_at_its_office_until_somebody_answers(client: httpx.Client, scan: str) -> None:
    referral = refer(client, scan, office="XX000900", purpose="Who is it?", answer_by="2026-01-01T00:00:00Z")
    assert client.get("/v1/referrals", params={"office": "XX1"}).json()["referrals"] == []
    (case,) = client.get("/v1/referrals", params={"office": "xx 000900"}).json()["referrals"]
    assert (case["id"], case["overdue"], case["consignment"]) == (referral, True, MRN)
    assert case["to"]["purpose"] == "Who is it?"
    assert case["declared"]
    assert all(client.get(path).status_code == 200 for path in case["links"].values())
    said = step_said(id=str(uuid4()), office="XX000900", reference="CASE-1")
    first, again = (client.post(f"/v1/referrals/{referral}/steps", json=said) for _ in range(2))
    assert (first.status_code, again.status_code, first.json()) == (201, 200, again.json())
    assert client.get("/v1/referrals").json()["referrals"] == []
    one = client.get(f"/v1/referrals/{referral}").json()
    assert (one["state"], one["overdue"], one["steps"][0]["code"]) == ("answered", False, "open_load")
    assert refused(client.post(f"/v1/referrals/{referral}/steps", json=step_said()), 409)["remedy"]
    trail = client.get(f"/v1/scans/{scan}/trail").json()["entries"]
    (told,) = (entry for entry in trail if entry["kind"] == "referral_answered")
    assert (told["by"], told["values"]["what"]) == ("contact-1", "open_load")


def test_what_is_forwarded_waits_at_the_other_office_and_is_told_live(
    client: httpx.Client, scan: str
) -> None:
    referral = refer(client, scan)
    to = {"office": "BG-7", "authority": "border_guard"}
    said = step_said("forwarded", to=to)
    assert client.post(f"/v1/referrals/{referral}/steps", json=said).status_code == 201
    assert client.get("/v1/referrals", params={"office": "XX1"}).json()["referrals"] == []
    (case,) = client.get("/v1/referrals", params={"office": "bg7"}).json()["referrals"]
    assert (case["to"]["authority"], case["steps"][0]["step"]) == ("border_guard", "forwarded")
    with client.stream("GET", "/v1/sites/ANY/live", params={"recent": 1}) as live:
        text = next(chunk for chunk in live.iter_text() if "referral" in chunk)
    assert "event: referral.forwarded" in text
    assert "forwarded to BG-7 by contact-1" in text


def test_a_consignment_that_is_referred_waits_at_its_contact_point_and_is_answered_there(
    client: httpx.Client, scan: str
) -> None:
    def dispose(consignment: str, **more: Any) -> Any:
        path = f"/v1/consignments/{consignment}"
        record = client.get(f"{path}/risk-record").json()["history"]
        said = {"by": "officer-1", "disposition": "refer", "ground": "documents", "record": len(record)}
        answer = client.post(f"{path}/dispositions", json=said | more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def listed(**asked: Any) -> list[Any]:
        found: list[Any] = client.get("/v1/referrals", params=asked).json()["referrals"]
        return found

    other = refer(client, scan, office="XX000900", answer_by="2027-01-01T00:00:00Z")
    asked = {
        "contact_point": "XX 000900",
        "purpose": "Is the licence valid?",
        "until": "2099-01-01T00:00:00Z",
    }
    made = dispose(MRN, **asked)
    assert listed(office="XX1") == []
    first, case = listed(office="xx000900")
    assert (first["id"], case["id"]) == (other, made["id"])
    assert (case["scan"], case["consignment"], case["referral"]["ground"]) == (scan, MRN, "documents")
    assert (case["to"]["purpose"], case["overdue"], bool(case["declared"])) == (asked["purpose"], False, True)
    assert all(client.get(path).status_code == 200 for path in case["links"].values())

    where = f"/v1/referrals/{made['id']}/steps"
    refused(client.post(where, json=step_said(by="officer-1")), 409)
    to = {"office": "Ministry", "answer_by": "2098-01-01T00:00:00Z"}
    assert client.post(where, json=step_said("forwarded", to=to)).status_code == 201
    assert [each["id"] for each in listed(office="ministry")] == [made["id"]]
    (waits,) = client.get("/v1/queue", params={"waits_for": "answer"}).json()["entries"]
    assert (waits["deadline_by"], waits["deadline_at"][:4]) == ("referral", "2098")
    said = step_said(id=str(uuid4()), code="no_objection")
    sent, again = (client.post(where, json=said) for _ in range(2))
    assert (sent.status_code, again.status_code, sent.json()) == (201, 200, again.json())
    assert [each["id"] for each in listed()] == [other]
    assert [each["id"] for each in listed(state="answered")] == [made["id"]]
    one = client.get(f"/v1/referrals/{made['id']}").json()
    assert (one["state"], [step["step"] for step in one["steps"]]) == ("answered", ["forwarded", "answered"])
    assert client.get("/v1/queue", params={"waits_for": "answer"}).json()["entries"] == []
    history = client.get(f"/v1/consignments/{MRN}/risk-record").json()["history"]
    assert [step["event"] for step in history[-2:]] == ["disposition_forwarded", "disposition_answered"]
    assert refused(client.post(where, json=step_said()), 409)["detail"].endswith("is answered.")
    with client.stream("GET", "/v1/sites/ANY/live", params={"recent": 1}) as live:
        text = next(chunk for chunk in live.iter_text() if "disposition" in chunk)
    assert "answered no_objection by contact-1: referred to XX 000900" in text
    trail = client.get(f"/v1/scans/{scan}/trail").json()["entries"]
    assert [each["by"] for each in trail if each["kind"] == "referral_answered"] == ["contact-1"]


def test_a_referral_of_a_consignment_that_is_taken_back_or_withdrawn_waits_no_more(
    client: httpx.Client,
) -> None:
    declare(client, "A-1", declared())
    asked = {"contact_point": "Laboratory", "purpose": "Which goods?", "ground": "specialist", "record": 0}
    said = {"by": "officer-1", "disposition": "refer", **asked}
    path = "/v1/consignments/A-1/dispositions"
    made = client.post(path, json=said | {"id": str(uuid4())}).json()
    (case,) = client.get("/v1/referrals").json()["referrals"]
    assert (case["scan"], case["links"]["sheet"], case["declared"] is not None) == (None, None, True)
    assert client.post(f"{path}/{made['id']}/undo", json={"by": "officer-1"}).status_code == 201
    assert client.get("/v1/referrals").json()["referrals"] == []
    assert client.get(f"/v1/referrals/{made['id']}").json()["state"] == "withdrawn"
    made = client.post(path, json=said | {"id": str(uuid4())}).json()
    where = f"/v1/referrals/{made['id']}"
    refused(client.post(f"{where}/steps", json=step_said("withdrawn", by="officer-2")), 409)
    assert client.post(f"{where}/steps", json=step_said("withdrawn", by="officer-1")).status_code == 201
    (case,) = client.get("/v1/referrals", params={"state": "withdrawn"}).json()["referrals"]
    assert (case["id"], client.get("/v1/referrals").json()["referrals"]) == (made["id"], [])


def test_what_is_not_there_or_does_not_fit_is_refused(client: httpx.Client, scan: str) -> None:
    refused(client.get(f"/v1/referrals/{uuid4()}"), 404)
    refused(client.post(f"/v1/referrals/{uuid4()}/steps", json=step_said()), 404)
    referral = refer(client, scan)
    wrong = refused(client.post(f"/v1/referrals/{referral}/steps", json=step_said(comment=None)), 422)
    assert "say in words" in str(wrong)
    refused(client.post(f"/v1/referrals/{referral}/steps", json=step_said("withdrawn")), 409)
