import httpx

from tests.sample_images import container_tiff, declaration_json, sidecar_json


def test_a_declaration_is_kept_in_versions(client: httpx.Client) -> None:
    url = "/v1/consignments/C-1/declaration"
    first = client.put(url, content=declaration_json())
    assert (first.status_code, first.json()) == (
        201,
        {"consignment": "C-1", "version": 1, "new": True, "remarks": []},
    )
    same = client.put(url, content=declaration_json())
    assert (same.status_code, same.json()) == (
        200,
        {"consignment": "C-1", "version": 1, "new": False, "remarks": []},
    )
    corrected = client.put(url, content=declaration_json(mass_kg=5))
    assert (corrected.status_code, corrected.json()["version"]) == (200, 2)


def test_what_cannot_be_right_is_told_to_the_sender_and_on_record_before_any_scan(
    client: httpx.Client,
) -> None:
    url = "/v1/consignments/C-1/declaration"
    for _ in range(2):
        answer = client.put(url, content=declaration_json(mass_kg=-9000))
        (remark,) = answer.json()["remarks"]
        assert (remark["code"], remark["goodsItemNumber"]) == ("negative_mass", 1)
        record = client.get("/v1/consignments/C-1/risk-record").json()
        assert (record["remarks"], record["history"]) == ([remark], [])
    posted = client.post("/v1/declarations", content=declaration_json(mass_kg=-9000)).json()
    assert posted["declarations"][0]["remarks"] == [remark]
    client.put(url, content=declaration_json())
    assert client.get("/v1/consignments/C-1/risk-record").json()["remarks"] == []


def test_a_wrong_declaration_names_every_wrong_field(client: httpx.Client) -> None:
    wrong = b'{"LRN": 7, "transportMeans": [{}], "goodsItems": [{"grossMass": "much"}], "colour": "red"}'
    answer = client.put("/v1/consignments/C-1/declaration", content=wrong)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "urn:tallyscan:error:invalid_declaration"
    assert {error["field"] for error in problem["errors"]} == {
        "LRN",
        "transportMeans.0.identificationNumber",
        "goodsItems.0.goodsItemNumber",
        "goodsItems.0.grossMass",
        "colour",
    }
    assert client.get("/v1/consignments/C-1/risk-record").status_code == 404
    assert len(client.get("/v1/quarantine").json()) == 1


def test_the_risk_record_has_the_whole_history(client: httpx.Client) -> None:
    client.put("/v1/consignments/C-1/declaration", content=declaration_json())
    empty = client.get("/v1/consignments/C-1/risk-record").json()
    assert (empty["risk"]["lane"], empty["history"]) == ("not_assessed", [])
    files = [("image", ("a.tif", container_tiff())), ("sidecar", ("a.json", sidecar_json()))]
    scan = client.post("/v1/scans?wait=30", files=files).json()
    assert scan["consignment"] == "C-1"
    client.put("/v1/consignments/C-1/declaration", content=declaration_json(mass_kg=5))
    client.post("/v1/scans?wait=30", files=files)
    record = client.get("/v1/consignments/C-1/risk-record").json()
    assert [(e["sequence"], e["supersedes"], e["declaration_version"]) for e in record["history"]] == [
        (1, None, 1),
        (2, 1, 2),
    ]
    assert record["declaration_version"] == 2
    assert record["risk"] == record["history"][-1]["risk"]


def test_a_declaration_that_is_too_long_is_refused(client: httpx.Client) -> None:
    answer = client.put("/v1/consignments/C-1/declaration", content=b" " * 16_000_001)
    assert (answer.status_code, answer.json()["title"]) == (
        413,
        "There are more pixels or bytes than are accepted",
    )
    (entry,) = client.get("/v1/quarantine").json()
    assert (entry["kept_at"], entry["size_bytes"]) == ("the sender, who was told", 16_000_001)


def test_an_id_that_is_too_long_is_refused(client: httpx.Client) -> None:
    answer = client.put(f"/v1/consignments/{'x' * 81}/declaration", content=declaration_json())
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "path.consignment")
