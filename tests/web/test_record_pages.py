"""The first page and the page of a consignment say what its risk record says. All names and numbers are invented."""

import base64
from urllib.parse import quote

import httpx

from tests.sample_images import container_tiff, declaration_json, sidecar_json
from tests.web.test_selection import declare, declared, release, until


def scan_of(
    client: httpx.Client, consignment: str, *, goods_declared: bool = True, lump: bool = False
) -> str:
    files = [("image", ("a.tif", container_tiff(lump=lump))), ("sidecar", ("a.json", sidecar_json()))]
    if goods_declared:
        client.put(f"/v1/consignments/{quote(consignment, safe='')}/declaration", content=declaration_json())
    scan = client.post("/v1/scans?wait=30", files=files, data={"consignment": consignment}).json()
    assert scan["consignment"] == consignment
    return str(scan["id"])


def test_the_first_page_shows_the_lane_of_the_consignment_with_that_of_the_scan_beside_it(
    client: httpx.Client,
) -> None:
    scan = scan_of(client, "C-1", goods_declared=False)
    alone = client.get(f"/v1/scans/{scan}").json()["risk"]
    assert alone["lane"] == "yellow"
    control = {"by": "office", "code": "B1", "found_hs": ["240220"], "seals": "broken"}
    assert client.post("/v1/consignments/C-1/control-results", json=control).status_code == 201
    page = client.get("/").text
    assert 'class="tag lane-red"' in page
    assert 'lane-yellow"' not in page
    assert "risk 1.00" in page
    assert f"this scan alone: yellow, {alone['score']:.2f}" in page
    assert "Control result B1, something was found: HS 240220, seals broken" in page
    assert 'href="/consignments/C-1"' in page


def test_the_first_page_says_what_a_consignment_is_selected_for_and_what_was_weighed(
    client: httpx.Client,
) -> None:
    release(
        client, "always", stage="after_scan", action="open", expression="declaration.items.exists(i, true)"
    )
    scan_of(client, "C-1")
    weighing = {"by": "bridge-1", "kg": 9400, "covers": "unit_gross"}
    assert client.post("/v1/consignments/C-1/weighings", json=weighing).status_code == 201
    until(lambda: "Selected to be opened: Heavy goods (always v1)" in client.get("/").text)
    assert "Weighed 9,400 kg, the unit with its goods" in client.get("/").text


def test_the_page_of_a_consignment_shows_all_that_is_on_its_record(client: httpx.Client) -> None:
    question = "Who loaded the <b>goods</b>?"
    release(client, "heavy", interview=[question])
    declare(client, "A/1", declared())
    until(lambda: client.get("/v1/consignments/A%2F1/selections").json()["steps"])
    score = {"by": "engine-1", "score": 0.97, "lane": "red", "codes": ["X1"]}
    answers = {"by": "officer-1", "answers": [{"question": "Who?", "answer": None}]}
    assert client.post("/v1/consignments/A%2F1/risk-scores", json=score).status_code == 201
    assert client.post("/v1/consignments/A%2F1/interviews", json=answers).status_code == 201
    page = client.get("/consignments/A%2F1").text
    for said in (
        'class="tag lane-not_assessed"',
        "No scan yet.",
        "Selected to be scanned: Heavy goods (heavy v1)",
        "Who loaded the &lt;b&gt;goods&lt;/b&gt;?",
        "Risk engine engine-1: red, 0.97",
        "The risk that a risk engine gave to the consignment",
        "<b>no answer</b>",
        "risk score received",
        "/v1/consignments/A%2F1/risk-record",
    ):
        assert said in page
    assert "<script" not in page
    assert "<b>goods" not in page
    scan = scan_of(client, "A/1")
    page = client.get("/consignments/A%2F1").text
    assert f'href="/v1/scans/{scan}/report"' in page
    assert "scan read" in page
    assert client.get("/consignments/unknown").status_code == 404


def test_a_report_says_that_its_lane_is_that_of_the_scan_alone_and_where_the_record_is(
    client: httpx.Client,
) -> None:
    scan = scan_of(client, "A/1", goods_declared=False)
    report = client.get(f"/v1/scans/{scan}/report").text
    assert "those of this scan alone" in report
    assert '<a href="/consignments/A%2F1">record of consignment A/1</a>' in report


def test_what_was_expected_is_served_linked_and_named_by_the_rule(client: httpx.Client) -> None:
    scan = scan_of(client, "C-1", lump=True)
    document = client.get(f"/v1/scans/{scan}").json()
    link = document["links"]["expected"]
    assert link == f"/v1/scans/{scan}/expected"
    picture = client.get(link)
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert picture.content.startswith(b"\x89PNG")
    (rule,) = [verdict for verdict in document["verdicts"] if verdict["rule"] == "expectation"]
    assert rule["evidence"]["expected"].format(scan=scan) == link
    report = client.get(f"/v1/scans/{scan}/report").text
    assert base64.b64encode(picture.content).decode() in report
    assert "What the model expects to see of goods like the declared ones." in report


def test_of_a_scan_that_was_not_read_nothing_was_expected(client: httpx.Client) -> None:
    scan = client.post("/v1/scans?wait=30", files=[("image", ("a.tif", b"text"))]).json()
    assert scan["links"]["expected"] is None
    refused = client.get(f"/v1/scans/{scan['id']}/expected")
    assert refused.status_code == 404
    assert "rejected" in refused.json()["detail"]
