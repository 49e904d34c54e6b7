"""The queue and dispositions over HTTP, in the whole service. All names, offices and numbers are invented."""

from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid5

import httpx
import pytest
from pydantic import TypeAdapter

from tallyscan.disposition import Disposition, DispositionSaid
from tallyscan.web import queue_examples as examples
from tallyscan.web.queue_documents import Queue
from tallyscan.web.routes_consignments import Parties
from tallyscan.web.routes_dispositions import BulkAnswer, BulkSaid, DispositionList
from tests.sample_images import container_tiff, sidecar_json
from tests.web.test_selection import declare, declared, release, until, waiting

BULK = "8e9b4c10-52d3-4a1e-8f55-3c1a7d9f0b42"


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        (DispositionSaid, examples.DISPOSITION_SAID),
        (Disposition, examples.DISPOSITION),
        (DispositionList, examples.DISPOSITION_LIST),
        (BulkSaid, examples.BULK_SAID),
        (BulkAnswer, examples.BULK_ANSWER),
        (Queue, examples.QUEUE),
        (Parties, examples.PARTIES),
    ],
)
def test_the_examples_are_what_the_interface_describes(kind: Any, example: dict[str, Any]) -> None:
    TypeAdapter(kind).validate_python(example)


def send(client: httpx.Client, consignment: str, *, lump: bool = True, seed: int = 0, **more: object) -> str:
    container = more.pop("container", "CSQU3054383")
    sidecar = sidecar_json(str(container), site="XXOFF001")
    files = [("image", ("a.tif", container_tiff(lump=lump, seed=seed))), ("sidecar", ("a.json", sidecar))]
    scan = client.post("/v1/scans?wait=30", files=files, data={"consignment": consignment}).json()
    return str(scan["id"])


def queue(client: httpx.Client, **asked: Any) -> dict[str, Any]:
    answer = client.get("/v1/queue", params=asked)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    TypeAdapter(Queue).validate_python(document)
    return document


def dispose(client: httpx.Client, consignment: str, **said: Any) -> httpx.Response:
    url = f"/v1/consignments/{quote(consignment, safe='')}/dispositions"
    return client.post(
        url, json={"by": "officer-7", "disposition": "open", "ground": "anomaly", "record": 1} | said
    )


def test_a_consignment_goes_through_the_queue_from_its_declaration_to_its_release(
    client: httpx.Client,
) -> None:
    declare(client, "A/1", declared())
    (entry,) = queue(client)["entries"]
    assert (entry["place"], entry["waits_for"], entry["deadline_by"]) == (
        "not_selected",
        "nothing",
        "expected",
    )
    assert entry["reason"] == "Not scanned, and nothing selects it."
    release(client, "heavy")
    until(lambda: queue(client)["entries"][0]["place"] == "to_be_scanned")
    assert queue(client)["entries"][0]["reason"] == "Heavy goods (heavy v1)"
    scan = send(client, "A/1")
    (entry,) = queue(client, site="XXOFF001", trader="example", goods="paper", text="csqu305")["entries"]
    assert (entry["place"], entry["lane"], entry["waits_for"]) == ("urgent", "red", "disposition")
    assert "Something in the image does not belong in such a load" in entry["reason"]
    assert (entry["deadline_by"], entry["scans"], entry["sites"]) == ("arrival", 1, ["XXOFF001"])
    refused = dispose(client, "A/1", disposition="release", ground="nothing_against", record=entry["record"])
    assert refused.status_code == 409
    assert "is red, and nobody has looked inside" in refused.json()["detail"]
    opened = dispose(client, "A/1", look=[{"scan": scan, "finding": "F1"}], record=entry["record"])
    assert (opened.status_code, opened.headers["location"]) == (201, "/v1/consignments/A%2F1/dispositions")
    again = dispose(client, "A/1", look=[{"scan": scan, "finding": "F1"}], record=entry["record"])
    assert (again.status_code, again.json()) == (200, opened.json())
    assert queue(client, waits_for="opening")["entries"][0]["disposition"]["look"][0]["finding"] == "F1"
    said = {"by": "inspector-3", "opened": "wholly", "found": False}
    assert client.post(f"/v1/scans/{scan}/inspections", json=said).status_code == 201
    (entry,) = queue(client, waits_for="disposition")["entries"]
    assert entry["opened"] is True
    done = dispose(client, "A/1", disposition="release", ground="opened", record=entry["record"])
    assert done.status_code == 201
    assert queue(client)["entries"] == []
    assert queue(client, state="released")["counts"] == {
        "lanes": {"red": 1}, "waits_for": {"nothing": 1}, "total": 1,
    }  # fmt: skip
    listed = client.get("/v1/consignments/A%2F1/dispositions").json()
    assert [each["disposition"] for each in listed["dispositions"]] == ["open", "release"]


def test_what_an_officer_orders_is_on_the_lists_and_the_sheet_of_its_site_until_it_is_done_or_taken_back(
    client: httpx.Client,
) -> None:
    scan = send(client, "A/1")
    rescan = dispose(client, "A/1", disposition="rescan", ground="image_poor").json()
    (listed,) = waiting(client)
    assert (listed["consignment"], listed["priority"], listed["actions"]) == ("A/1", 1, ["scan"])
    assert listed["reasons"] == "to be scanned again, officer-7: The image is dark, cut off or faulty"
    assert (listed["disposition"]["id"], waiting(client, site="XXOFF002")) == (rescan["id"], [])
    with_undo = f"/v1/consignments/A%2F1/dispositions/{rescan['id']}/undo"
    assert client.post(with_undo, json={"by": "officer-7"}).status_code == 201
    assert (waiting(client), waiting(client, "after_scan")) == ([], [])

    unit = client.get(f"/v1/scans/{scan}").json()["containers"][0]
    box = [unit["box"][0] + unit["box"][2] / 2, unit["box"][1], unit["box"][2] / 8, unit["box"][3] / 2]
    look = [{"scan": scan, "box": box, "in_words": "Over the goods"}, {"scan": scan, "in_words": "The floor"}]
    record = queue(client)["entries"][0]["record"]
    assert dispose(client, "A/1", ground="goods_differ", look=look, record=record).status_code == 201
    assert waiting(client) == []
    (listed,) = waiting(client, "after_scan")
    assert [each["in_words"] for each in listed["disposition"]["look"]] == ["Over the goods", "The floor"]
    sheet = client.get(f"/v1/scans/{scan}/sheet").json()
    assert sheet["reasons"][:2] == ["officer-7: open it. The goods are not those declared.", "The floor"]
    (marked,) = [each for each in sheet["groups"][0]["regions"] if each["source"] == "officer"]
    assert marked["box"] == box
    assert marked["in_words"]["evidence"] == ["officer-7: Over the goods"]
    said = {"by": "inspector-3", "opened": "wholly", "found": False}
    assert client.post(f"/v1/scans/{scan}/inspections", json=said).status_code == 201
    assert waiting(client, "after_scan") == []


def test_a_rescan_is_listed_until_the_consignment_is_scanned_again_and_with_what_selects_it(
    client: httpx.Client,
) -> None:
    declare(client, "A/1", declared())
    declare(client, "A/2", declared("TGHU7599330"))
    release(client, "heavy")
    until(lambda: len(waiting(client)) == 2)
    assert dispose(client, "A/2", disposition="rescan", ground="first_scan", record=0).status_code == 201
    ordered, selected = waiting(client)
    assert (ordered["consignment"], selected["consignment"]) == ("A/2", "A/1")
    assert ordered["reasons"].endswith("It was not scanned yet; Heavy goods (heavy v1)")
    assert (ordered["actions"], selected["disposition"]) == (["scan"], None)
    send(client, "A/2", container="TGHU7599330")
    assert [each["consignment"] for each in waiting(client)] == ["A/1"]


def test_a_list_is_answered_one_by_one_and_may_be_sent_again_or_taken_back(client: httpx.Client) -> None:
    for number, lump in (("C-1", True), ("C-2", False)):
        send(client, number, lump=lump, seed=int(lump), container="TGHU7599330" if lump else "CSQU3054383")
    chosen = [{"consignment": each, "record": 1} for each in ("C-1", "C-2", "nobody")]
    said = {"id": BULK, "by": "officer-7", "disposition": "second_reading", "ground": "sample"}
    answer = client.post("/v1/dispositions", json=said | {"consignments": chosen})
    assert answer.status_code == 200, answer.text
    answers = answer.json()["answers"]
    assert [each["outcome"] for each in answers] == ["recorded", "recorded", "refused"]
    assert answers[2]["problem"]["status"] == 404
    assert answers[0]["disposition"]["id"] == str(uuid5(UUID(BULK), "C-1"))
    again = client.post("/v1/dispositions", json=said | {"consignments": chosen}).json()
    assert (again["recorded"], [each["outcome"] for each in again["answers"]]) == (
        0,
        ["known", "known", "refused"],
    )
    ids = [each["disposition"]["id"] for each in answers[:2]]
    for by, outcomes in (
        ("officer-8", ["refused"] * 2),
        ("officer-7", ["undone"] * 2),
        ("officer-7", ["known"] * 2),
    ):
        taken = client.post("/v1/dispositions/undo", json={"by": by, "dispositions": ids}).json()
        assert [each["outcome"] for each in taken["answers"]] == outcomes
    assert queue(client, waits_for="second_reading")["entries"] == []


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"ground": "doubt"}, "doubt is no ground for open"),
        ({"disposition": "refer", "ground": "specialist"}, "says to whom"),
        ({"contact_point": "Laboratory"}, "of a referral alone"),
        ({"disposition": "rescan", "ground": "image_poor", "look": [{"scan": "s", "finding": "F"}]}, "that opens"),
        ({"look": [{"scan": "s"}]}, "a finding, a box or words"),
        ({"ground": "other"}, "needs a comment"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(client: httpx.Client, said: dict[str, Any], why: str) -> None:
    refused = dispose(client, "C-1", **said)
    assert refused.status_code == 422
    assert why in refused.text


def test_the_budget_of_the_shift_stands_beside_the_queue_of_its_site(client: httpx.Client) -> None:
    assert queue(client, site="XXOFF001")["budget"] is None
    scan = send(client, "C-1")
    whole_day = {"shifts": [{"name": "all day", "starts": "00:00", "budget": 3}], "by": "supervisor-1"}
    client.put("/v1/sites/XXOFF001/alert-budget", json=whole_day)
    until(lambda: queue(client)["entries"][0]["deadline_by"] == "shift")
    dispose(client, "C-1")
    budget = queue(client, site="XXOFF001")["budget"]
    assert (budget["shift"], budget["budget"], budget["done"], budget["waiting"]) == ("all day", 3, 0, 1)
    said = {"by": "inspector-3", "opened": "wholly", "found": False}
    client.post(f"/v1/scans/{scan}/inspections", json=said)
    budget = queue(client, site="xxoff 001")["budget"]
    assert (budget["done"], budget["waiting"]) == (1, 0)
    assert client.get("/v1/queue/sites").json() == {"XXOFF001": 1}


def test_a_page_leads_to_the_next_and_what_is_no_place_is_refused(client: httpx.Client) -> None:
    for number in range(3):
        declare(client, f"C-{number}", declared(f"TGHU{number}599330"))
    first = queue(client, limit=2)
    rest = queue(client, limit=2, after=first["next"])
    seen = [each["consignment"] for each in (*first["entries"], *rest["entries"])]
    assert (sorted(seen), rest["next"]) == (["C-0", "C-1", "C-2"], None)
    assert client.get("/v1/queue?after=nowhere").status_code == 400
    assert client.get("/v1/queue?lane=blue").status_code == 422


def test_what_is_released_is_no_longer_on_the_list_of_its_crossing_point(client: httpx.Client) -> None:
    release(client, "heavy")
    declare(client, "C-1", declared())
    until(lambda: waiting(client))
    said = {
        "disposition": "release",
        "ground": "not_assessed",
        "comment": "Scanned at the port.",
        "record": 0,
    }
    assert dispose(client, "C-1", **said).status_code == 201
    assert waiting(client) == []


def test_the_parties_of_a_consignment_come_with_what_became_of_their_others(client: httpx.Client) -> None:
    declare(client, "C-0", declared("TGHU7599330"))
    client.post("/v1/consignments/C-0/control-results", json={"by": "office", "code": "B1"})
    declare(client, "C-1", declared())
    (party,) = client.get("/v1/consignments/C-1/parties").json()["parties"]
    assert (party["role"], party["name"], party["history"]["finds"]) == ("consignee", "Example trader", 1)
    (earlier,) = party["earlier"]
    assert (earlier["consignment"], earlier["lane"], earlier["found"]) == ("C-0", "red", True)
    assert client.get("/v1/consignments/nobody/parties").status_code == 404


def test_the_scans_of_a_consignment_come_with_their_readings(client: httpx.Client) -> None:
    scan = send(client, "A/1")
    (found,) = client.get("/v1/consignments/A%2F1/scans").json()
    assert (found["id"], found["status"], found["findings"][0]["id"]) == (scan, "read", "F1")
    assert client.get("/v1/consignments/nobody/scans").status_code == 404


def test_people_are_led_to_the_console(client: httpx.Client) -> None:
    for path, to in (("/", "/console/"), ("/consignments/A%2F1", "/console/consignments/A%2F1")):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (307, to)
