"""The desk over HTTP: what is hidden from whoever reads blind, or second, is in no answer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import TypeAdapter

from tallyscan.bootstrap import open_store, running
from tallyscan.decision import NEED_WORDS, REASONS
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.web.desk_documents import DeskChoices, DeskList, DeskScan
from tallyscan.web.desk_examples import DESK_LIST, DESK_SCAN
from tests.e2e.serving import wait_until
from tests.sample_images import container_tiff, declaration_json, sidecar_json
from tests.web.conftest import serving

HIDDEN = {"findings", "score", "lane", "verdicts", "risk", "anomaly", "commodities", "mass_kg", "integrity"}


@contextmanager
def served(settings: Settings, reader: Reader, **shares: object) -> Iterator[httpx.Client]:
    settings = settings.model_copy(update=shares)
    with (
        open_store(settings) as store,
        running(settings, store, reader) as service,
        serving(service, settings) as opened,
    ):
        yield opened


@pytest.fixture
def blind(settings: Settings, reader: Reader) -> Iterator[httpx.Client]:
    """A service at which every scan is read blind, by two people."""
    offices = {"CP1": "Border guard"}
    with served(
        settings, reader, blind_first_share=1.0, second_reader_share=1.0, contact_points=offices
    ) as opened:
        yield opened


def sent(client: httpx.Client, number: str = "CSQU3054383") -> str:
    files = [("image", ("a.tif", container_tiff())), ("sidecar", ("a.json", sidecar_json(number)))]
    files.append(("declaration", ("d.json", declaration_json())))
    scan: str = client.post("/v1/scans?wait=30", files=files).json()["id"]
    return scan


def said_in(document: Any) -> set[str]:
    """Every name in it that has a value."""
    if isinstance(document, dict):
        named = {name for name, value in document.items() if value not in (None, [], {})}
        return named.union(*(said_in(value) for value in document.values()))
    if isinstance(document, list):
        return set().union(*map(said_in, document))
    return set()


def decide(client: httpx.Client, scan: str, by: str, **more: Any) -> dict[str, Any]:
    said = {"id": str(uuid4()), "by": by, "decision": "clear", "reason": "nothing_found", "revision": 1}
    answer = client.post(f"/v1/scans/{scan}/decisions", json={**said, "marks_shown": False, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def at_desk(client: httpx.Client, scan: str, person: str) -> dict[str, Any]:
    document: dict[str, Any] = client.get(f"/v1/desk/scans/{scan}", params={"person": person}).json()
    return document


def every_answer(client: httpx.Client, scan: str, person: str) -> list[dict[str, Any]]:
    """All that the desk tells a person who comes to a scan, by every way."""
    claimed = client.post(f"/v1/desk/scans/{scan}/claim", json={"by": person})
    assert claimed.status_code == 200, claimed.text
    taken = client.post("/v1/sites/unnamed/desk/next", json={"by": person})
    assert taken.json()["scan"] == scan
    listed = client.get("/v1/sites/unnamed/desk", params={"person": person})
    return [claimed.json(), taken.json(), listed.json(), at_desk(client, scan, person)]


def test_the_examples_are_what_the_interface_describes() -> None:
    TypeAdapter(DeskScan).validate_python(DESK_SCAN)
    TypeAdapter(DeskList).validate_python(DESK_LIST)


def test_no_answer_to_a_blind_reader_has_anything_of_the_reading_until_they_have_decided(
    blind: httpx.Client,
) -> None:
    scan = sent(blind)
    for answer in every_answer(blind, scan, "officer-7"):
        assert said_in(answer) & HIDDEN == set(), json.dumps(answer)[:500]
        assert answer.get("blind", True)
    for lane in ("green", "yellow", "red", "not_assessed"):
        filtered = blind.get("/v1/sites/unnamed/desk", params={"person": "officer-7", "lane": lane})
        assert filtered.json()["scans"] == []
    first = decide(blind, scan, "officer-7")
    assert first["blind"]
    shown = at_desk(blind, scan, "officer-7")
    assert not shown["blind"]
    assert {"verdicts", "score", "lane"} <= said_in(shown["reading"])
    confirmed = decide(blind, scan, "officer-7", marks_shown=True, corrects=first["id"])
    assert not confirmed["blind"]
    TypeAdapter(DeskScan).validate_python(shown)


def test_a_second_reader_sees_nothing_of_the_first_until_both_have_decided(blind: httpx.Client) -> None:
    scan = sent(blind)
    first = decide(blind, scan, "officer-7", comment="The invented words of the first reader.")
    again = blind.post(f"/v1/desk/scans/{scan}/claim", json={"by": "officer-7"})
    assert again.status_code == 409
    assert "another person" in again.json()["detail"]
    for answer in every_answer(blind, scan, "officer-8"):
        for secret in ("officer-7", first["id"], "words of the first", "OP-", "share", "disagreement"):
            assert secret not in json.dumps(answer)
        assert said_in(answer) & HIDDEN == set()
    decide(blind, scan, "officer-8", reader="second")
    shown = at_desk(blind, scan, "officer-8")
    assert [each["by"] for each in shown["said"]["decisions"]] == ["officer-7", "officer-8"]
    assert shown["record"] is not None


def beside(client: httpx.Client, scan: str, person: str | None) -> dict[str, Any]:
    asked = {"person": person} if person else {}
    (line,) = client.get(f"/v1/scans/{scan}/related", params=asked).json()["of_consignment"]
    assert isinstance(line, dict)
    return line


def test_scans_beside_a_blind_one_tell_its_reader_nothing_that_was_read_of_the_load(
    blind: httpx.Client,
) -> None:
    one, other = sent(blind), sent(blind, "TGHU7599330")
    assert blind.put(f"/v1/scans/{other}/consignment", json=same_consignment(blind, one)).is_success
    decide(blind, other, "officer-7")
    for person in ("officer-7", "officer-8", None):  # of the one scan that they decided the other still tells
        line = beside(blind, one, person)
        assert (line["scan"], line["hidden"], line["thumbnail"]) == (other, True, None)
        assert said_in(line) & {"lane", "risk_score", "search", "officer", "outcome"} == set()
    decide(blind, one, "officer-7")
    shown = beside(blind, one, "officer-7")
    assert (shown["hidden"], shown["officer"]) == (False, None), "a second reader is waited for"
    assert shown["lane"]
    assert beside(blind, one, "officer-8")["hidden"]
    for scan in (one, other):
        decide(blind, scan, "officer-8", reader="second")
    assert beside(blind, one, None)["officer"] == "clear"


def watched(client: httpx.Client, scan: str, lines: int) -> list[Any]:
    """The last lines of which those are told who watch the site."""
    with client.stream("GET", "/v1/sites/unnamed/live", params={"recent": lines}) as answer:
        told = (json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: "))
        found = [next(told) for _ in range(lines)]
    return [each for each in found if each["scan"] == scan]


def test_neither_the_board_nor_the_live_lines_tell_what_others_still_have_to_read(
    blind: httpx.Client,
) -> None:
    scan = sent(blind)
    (line,) = blind.get("/v1/sites/unnamed/board").json()["waiting"]
    assert (line["scan"], line["hidden"], line["lane"], line["risk_score"]) == (scan, True, None, None)
    decide(blind, scan, "officer-7")
    read, decided = watched(blind, scan, 2)
    assert (read["lane"], read["in_words"], decided["lane"]) == (None, "Read.", None)
    assert decided["in_words"] == "decided, officer-7; waits for the second reader"
    decide(blind, scan, "officer-8", reader="second")
    read, first, second = watched(blind, scan, 3)
    assert read["lane"] is not None
    assert (first["in_words"], second["in_words"]) == (decided["in_words"], "clear, officer-8")


def same_consignment(client: httpx.Client, scan: str) -> dict[str, Any]:
    consignment = client.get(f"/v1/scans/{scan}").json()["consignment"]
    return {"consignment": consignment, "by": "officer-1", "reason": "An invented reason."}


def test_without_shares_a_scan_is_shown_openly_with_its_goods_and_reasons(client: httpx.Client) -> None:
    scan = sent(client)
    (line,) = client.get("/v1/sites/unnamed/desk", params={"person": "officer-7"}).json()["scans"]
    assert (line["scan"], line["reader"], line["blind"]) == (scan, "first", False)
    assert line["lane"] is not None
    assert line["goods"]
    shown = client.post("/v1/sites/unnamed/desk/next", json={"by": "officer-7"}).json()
    assert shown["claim"]["by"] == "officer-7"
    assert shown["items"][0]["outcome"] in ("agrees", "differs", "undetermined")
    assert shown["reading"]["table"]["rows"][0]["step"] == "prior"
    undetermined = [each for each in shown["reading"]["verdicts"] if each["outcome"] == "undetermined"]
    told = {each["code"] for each in shown["reading"]["not_assessed"]}
    assert {each["rule"] for each in undetermined} <= told
    assert client.post("/v1/sites/unnamed/desk/next", json={"by": "officer-8"}).status_code == 404
    assert client.post(f"/v1/desk/scans/{scan}/release", json={"by": "officer-7"}).status_code == 204
    assert client.post("/v1/sites/unnamed/desk/next", json={"by": "officer-8"}).status_code == 200


def test_pages_follow_one_another(client: httpx.Client) -> None:
    scans = {sent(client, number) for number in ("CSQU3054383", "TGHU7599330", "MSKU0000007")}
    url: str | None = "/v1/sites/unnamed/desk?person=officer-7&limit=2"
    seen: list[str] = []
    while url:
        page = client.get(url).json()
        assert page["waiting"] == 3
        seen += [line["scan"] for line in page["scans"]]
        url = page["next"]
    assert len(seen) == 3
    assert set(seen) == scans


def test_a_new_reading_asks_again_who_is_to_read(settings: Settings, reader: Reader) -> None:
    waiting = "/v1/sites/unnamed/desk?person=officer-8"
    with served(settings, reader) as client:
        scan = sent(client)
        decide(client, scan, "officer-7", decision="not_readable", reason="image_cut")
        assert client.get(waiting).json()["scans"] == []
        consignment = client.get(f"/v1/scans/{scan}").json()["consignment"]
    with served(settings, reader, second_reader_share=1.0) as client:
        assert client.get(waiting).json()["scans"] == []
        corrected = declaration_json(mass_kg=7777.0)
        assert client.put(f"/v1/consignments/{consignment}/declaration", content=corrected).is_success
        wait_until(lambda: client.get(f"/v1/scans/{scan}").json()["revision"] == 2)
        (line,) = client.get(waiting).json()["scans"]
        assert (line["scan"], line["reader"]) == (scan, "second")


def test_what_can_be_chosen_is_what_a_decision_may_have(blind: httpx.Client) -> None:
    choices = TypeAdapter(DeskChoices).validate_python(blind.get("/v1/desk/choices").json())
    offered = {answer: tuple(each.code for each in reasons) for answer, reasons in choices.reasons.items()}
    assert offered == REASONS
    needing = {each.code for reasons in choices.reasons.values() for each in reasons if each.needs_comment}
    assert needing == set(NEED_WORDS)
    assert [each.name for each in choices.contact_points] == ["Border guard"]
    scan = sent(blind)
    regions = [
        {"polygon": [[1, 1], [40, 1], [40, 30]], "commodity": each.code} for each in choices.commodities
    ]
    decide(blind, scan, "officer-7", regions=regions, app="console 1")
    suspected = [{"box": [1, 1, 9, 9], "family": each, "finding": "F1"} for each in choices.families]
    decide(
        blind, scan, "officer-8", reader="second", decision="suspicious", reason="anomaly", regions=suspected
    )


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"regions": [{"box": [0, 0, 1, 1], "family": "void", "commodity": "cigarettes"}]}, "no family"),
        ({"regions": [{"commodity": "cigarettes"}]}, "either a box or a polygon"),
        ({"regions": [{"polygon": [[0, 0], [1, 1], [2, 2]], "commodity": "cigarettes"}]}, "area above 0"),
        ({"regions": [{"box": [0, 0, 1, 1], "commodity": "gold dust"}]}, "no class of goods"),
        ({"refer_to": {"office": "CP1"}}, "only a decision that is refer"),
    ],
)
def test_labels_that_say_nothing_are_refused_with_the_reason(
    client: httpx.Client, wrong: dict[str, Any], why: str
) -> None:
    said = {"by": "a", "decision": "clear", "reason": "nothing_found", "revision": 1, "marks_shown": True}
    answer = client.post("/v1/scans/none/decisions", json=said | wrong)
    assert answer.status_code == 422
    assert why in answer.text


def test_an_unknown_scan_is_not_found(client: httpx.Client) -> None:
    assert client.get("/v1/desk/scans/none?person=a").status_code == 404
    for action in ("claim", "release"):
        assert client.post(f"/v1/desk/scans/none/{action}", json={"by": "a"}).status_code == 404
