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


def test_what_is_not_there_or_does_not_fit_is_refused(client: httpx.Client, scan: str) -> None:
    refused(client.get(f"/v1/referrals/{uuid4()}"), 404)
    refused(client.post(f"/v1/referrals/{uuid4()}/steps", json=step_said()), 404)
    referral = refer(client, scan)
    wrong = refused(client.post(f"/v1/referrals/{referral}/steps", json=step_said(comment=None)), 422)
    assert "say in words" in str(wrong)
    refused(client.post(f"/v1/referrals/{referral}/steps", json=step_said("withdrawn")), 409)
