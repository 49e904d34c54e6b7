"""Declarations in every format over HTTP."""

from collections.abc import Iterator

import httpx
import pytest

from tests.declare.documents import documents
from tests.sample_images import container_tiff, sidecar_json

MANIFEST = (
    "LRN;container;description;gross mass kg\nL-1;CSQU3054383;Сорочки;9000\nL-2;TOLU4734787;Плитка;20000"
)


@pytest.mark.parametrize("name", list(documents()))
def test_every_format_is_taken_whatever_the_content_type(client: httpx.Client, name: str) -> None:
    answer = client.post(
        "/v1/declarations", content=documents()[name], headers={"content-type": "text/plain"}
    )
    stored = {"consignment": "EXAMPLE-000123", "version": 1, "new": True, "remarks": []}
    assert (answer.status_code, answer.json()) == (201, {"declarations": [stored], "refused": []})
    again = client.post("/v1/declarations", content=documents()[name])
    assert (again.status_code, again.json()["declarations"][0]["new"]) == (200, False)
    put = client.put("/v1/consignments/C-1/declaration", content=documents()[name])
    assert put.json() == {"consignment": "C-1", "version": 1, "new": True, "remarks": []}


def test_the_charset_of_a_manifest_is_that_of_the_content_type(client: httpx.Client) -> None:
    data = MANIFEST.encode("cp1251")
    refused = client.post("/v1/declarations", content=data, headers={"content-type": "text/csv"})
    assert refused.status_code == 422
    assert "neither UTF-8 nor UTF-16" in refused.json()["detail"]
    told = client.post(
        "/v1/declarations", content=data, headers={"content-type": "text/csv; charset=windows-1251"}
    )
    assert [each["consignment"] for each in told.json()["declarations"]] == ["L-1", "L-2"]


def test_the_rest_of_a_manifest_is_kept_and_the_answer_says_what_is_not(client: httpx.Client) -> None:
    answer = client.post("/v1/declarations", content=(MANIFEST + "\nL-3;;Капелюхи;5").encode())
    assert answer.status_code == 201
    assert [each["consignment"] for each in answer.json()["declarations"]] == ["L-1", "L-2"]
    (reason,) = answer.json()["refused"]
    assert "L-3" in reason
    assert client.get("/v1/quarantine").json()[0]["kind"] == "declaration"


def test_what_is_of_no_format_is_answered_with_the_reason(client: httpx.Client) -> None:
    answer = client.post("/v1/declarations", content=b"<CC044C/>")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:tallyscan:error:invalid_declaration")
    assert "root 'CC044C'" in answer.json()["detail"]


def test_a_hundred_megabytes_are_read_to_their_end_and_refused(client: httpx.Client) -> None:
    def body() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 1_000_000

    answer = client.post("/v1/declarations", content=body())
    assert answer.status_code == 413
    assert "more than 16 MB" in answer.json()["detail"]
    (entry,) = client.get("/v1/quarantine").json()
    assert (entry["code"], entry["size_bytes"], entry["kept_at"]) == (
        "too_large",
        100_000_000,
        "the sender, who was told",
    )


@pytest.mark.parametrize("name", ["ncts", "csv"])
def test_a_scan_comes_with_a_declaration_of_any_format(client: httpx.Client, name: str) -> None:
    files = [
        ("image", ("a.tif", container_tiff())),
        ("sidecar", ("a.json", sidecar_json())),
        ("declaration", ("a.declaration", documents()[name])),
    ]
    scan = client.post("/v1/scans?wait=30", files=files).json()
    assert (scan["status"], scan["consignment"], scan["declaration_refused"]) == (
        "read",
        "EXAMPLE-000123",
        None,
    )
    verdicts = {verdict["rule"]: verdict["outcome"] for verdict in scan["verdicts"]}
    assert (verdicts["declaration"], verdicts["hs_code"]) == ("agrees", "agrees")


def test_what_contradicts_itself_is_on_the_risk_record(client: httpx.Client) -> None:
    document = documents()["ncts"].replace(b"<grossMass>12000.5<", b"<grossMass>12.0005<")
    client.post("/v1/declarations", content=document)
    files = [("image", ("a.tif", container_tiff())), ("sidecar", ("a.json", sidecar_json()))]
    scan = client.post("/v1/scans?wait=30", files=files).json()
    (verdict,) = [verdict for verdict in scan["verdicts"] if verdict["rule"] == "declaration"]
    assert verdict["outcome"] == "differs"
    assert [remark["code"] for remark in verdict["evidence"]["remarks"]] == ["mass_unit"]
    record = client.get("/v1/consignments/EXAMPLE-000123/risk-record").json()
    weights = {indicator["code"]: indicator["weight"] for indicator in record["risk"]["indicators"]}
    assert weights["XR-DECLARATION"] > 0
