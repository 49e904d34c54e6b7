"""What the report of a scan says beside its reading. All names and numbers are invented."""

import base64
from urllib.parse import quote

import httpx

from tests.sample_images import container_tiff, declaration_json, sidecar_json


def scan_of(
    client: httpx.Client, consignment: str, *, goods_declared: bool = True, lump: bool = False
) -> str:
    files = [("image", ("a.tif", container_tiff(lump=lump))), ("sidecar", ("a.json", sidecar_json()))]
    if goods_declared:
        client.put(f"/v1/consignments/{quote(consignment, safe='')}/declaration", content=declaration_json())
    scan = client.post("/v1/scans?wait=30", files=files, data={"consignment": consignment}).json()
    assert scan["consignment"] == consignment
    return str(scan["id"])


def test_a_report_says_that_its_lane_is_that_of_the_scan_alone_and_where_the_record_is(
    client: httpx.Client,
) -> None:
    scan = scan_of(client, "A/1", goods_declared=False)
    report = client.get(f"/v1/scans/{scan}/report").text
    assert "those of this scan alone" in report
    assert '<a href="/console/consignments/A%2F1">record of consignment A/1</a>' in report


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
