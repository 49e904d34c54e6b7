"""Inspection sheets over HTTP: of a scan as it stands, with what officers marked, and its pictures."""

from datetime import UTC, datetime
from io import BytesIO

import cv2
import httpx
import numpy as np
import pypdf
import pytest
from pydantic import TypeAdapter
from sqlalchemy import update

from tallyscan.bootstrap import Store
from tallyscan.report.inspection_sheet import InspectionSheet
from tallyscan.store.tables import ReadingRow, ScanRow
from tallyscan.web.sheet_examples import SHEET
from tests.e2e.serving import wait_until
from tests.review.builders import suspicious
from tests.sample_images import MRN, container_tiff, sidecar_json, two_container_tiff
from tests.web.test_reviews import PROBLEM, refused, send


@pytest.fixture
def scan(client: httpx.Client) -> str:
    return str(send(client)["id"])


def test_the_example_is_what_the_interface_describes() -> None:
    TypeAdapter(InspectionSheet).validate_python(SHEET)


def test_the_sheet_has_what_an_officer_marked_and_its_pictures(client: httpx.Client, scan: str) -> None:
    unit = client.get(f"/v1/scans/{scan}").json()["containers"][0]
    x, y, width, height = unit["box"]
    box = [x + width / 2, y + height / 2, width / 8, height / 4]
    said = suspicious(regions=[{"box": box, "family": "false_wall"}], comment="Behind <b>it</b>.")
    assert client.post(f"/v1/scans/{scan}/decisions", json=said).status_code == 201
    sheet = client.get(f"/v1/scans/{scan}/sheet").json()
    assert sheet["consignment"] == MRN
    region = next(each for each in sheet["groups"][0]["regions"] if each["source"] == "officer")
    assert region["id"] == "M1"
    assert region["place"]["along"] == pytest.approx([0.5, 0.625], abs=0.01)
    assert region["in_words"]["evidence"] == ["officer-7: Behind <b>it</b>."]
    assert (
        client.get(f"/v1/scans/{scan}/sheet", params={"language": "uk"}).json()["labels"]["title"]
        != (sheet["labels"]["title"])
    )
    for path in ("overview", "close-ups/M1"):
        answer = client.get(f"/v1/scans/{scan}/sheet/{path}")
        assert answer.headers["content-type"] == "image/jpeg"
        picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert min(picture.shape[:2]) > 50
    refused(client.get(f"/v1/scans/{scan}/sheet/close-ups/M9"), 404)
    refused(client.get(f"/v1/scans/{scan}/sheet/close-ups/m-9"), 422)


def test_the_pdf_is_served_for_the_browser_with_the_address_of_the_phone_page(
    client: httpx.Client, scan: str
) -> None:
    answer = client.get(f"/v1/scans/{scan}/sheet.pdf", params={"language": "uk"})
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'inline; filename="sheet-{scan}-1.pdf"'
    text = pypdf.PdfReader(BytesIO(answer.content)).pages[0].extract_text()
    assert "Аркуш митного огляду" in text
    assert MRN in text
    code = client.get(f"/v1/scans/{scan}/sheet/phone.svg")
    assert code.headers["content-type"].startswith("image/svg+xml")


def test_a_scan_that_is_not_here_and_a_language_that_is_not_spoken_are_refused(client: httpx.Client) -> None:
    for path in ("sheet", "sheet.pdf", "sheet/overview", "sheet/phone.svg"):
        refused(client.get(f"/v1/scans/none/{path}"), 404)
    answer = client.get("/v1/scans/none/sheet", params={"language": "tlh"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)


def test_scans_can_be_listed_by_their_consignment(client: httpx.Client, scan: str) -> None:
    listed = client.get("/v1/scans", params={"consignment": MRN}).json()["scans"]
    assert [each["id"] for each in listed] == [scan]
    assert client.get("/v1/scans", params={"consignment": "another"}).json()["scans"] == []


def test_the_codes_of_control_results_say_what_they_mean_here(client: httpx.Client) -> None:
    codes = client.get("/v1/control-result-codes").json()["codes"]
    assert (codes["A1"], codes["A4"], codes["B1"]) == ("nothing", "discrepancy", "found")


def test_the_doors_are_where_the_sidecar_says(client: httpx.Client) -> None:
    files = [("image", ("a.tif", container_tiff())), ("sidecar", ("a.json", sidecar_json(doors="left")))]
    scan = client.post("/v1/scans?wait=30", files=files).json()
    unit = scan["containers"][0]["box"]
    box = [unit[0] + 2, unit[1] + 2, unit[2] / 10, unit[3] / 10]
    said = suspicious(regions=[{"box": box}])
    assert client.post(f"/v1/scans/{scan['id']}/decisions", json=said).status_code == 201
    sheet = client.get(f"/v1/scans/{scan['id']}/sheet").json()
    assert sheet["image"]["doors"] == {"end": "left", "by": "sidecar"}
    region = sheet["groups"][0]["regions"][0]
    assert "from the doors" in region["in_words"]["where"][0]
    assert region["place"]["from_left"]["start"] == pytest.approx(0.0, abs=0.1)


def test_a_scan_from_before_pictures_were_kept_has_a_sheet_without_them(
    client: httpx.Client, scan: str, store: Store
) -> None:
    with store.database.write() as session:
        session.execute(update(ReadingRow).where(ReadingRow.scan_id == scan).values(upright_image=None))
    assert client.get(f"/v1/scans/{scan}/sheet").json()["image"] is None
    assert client.get(f"/v1/scans/{scan}/sheet.pdf").content.startswith(b"%PDF")
    assert "send the scan again" in refused(client.get(f"/v1/scans/{scan}/sheet/overview"), 404)["remedy"]


def test_while_a_scan_is_read_again_its_sheet_says_that_nothing_counts(
    client: httpx.Client, scan: str, store: Store
) -> None:
    with store.database.write() as session:
        values = {
            "state": "received",
            "reason": "It was weighed.",
            "not_before": datetime(2999, 1, 1, tzinfo=UTC),
        }
        session.execute(update(ScanRow).where(ScanRow.id == scan).values(**values))
    sheet = client.get(f"/v1/scans/{scan}/sheet").json()
    assert (sheet["assessed"], sheet["lane"]) == (False, None)
    assert "What was read before no longer counts." in sheet["not_assessed"][0]


def test_the_sheet_of_a_unit_has_what_was_marked_there_in_the_whole_scan_and_not_what_lies_in_another(
    client: httpx.Client,
) -> None:
    whole = send(client, two_container_tiff())
    first, second = (part["box"] for part in whole["parts"])
    places = [
        {"box": [box[0] + 30, box[1] + 30, 40, 40], "family": family}
        for box, family in ((first, "false_wall"), (second, "people"))
    ]
    below = {"box": [first[0] + 20, first[1] + first[3] + 5, 40, 8], "family": "vehicle_cavity"}
    said = suspicious(regions=[*places, below])
    assert client.post(f"/v1/scans/{whole['id']}/decisions", json=said).status_code == 201
    for part, family in zip(whole["parts"], ("false_wall", "people"), strict=True):
        wait_until(lambda scan=part["scan"]: client.get(f"/v1/scans/{scan}").json()["state"] == "read")
        groups = client.get(f"/v1/scans/{part['scan']}/sheet").json()["groups"]
        kinds = {each["kind"] for group in groups for each in group["regions"] if each["source"] == "officer"}
        assert kinds == {family, "vehicle_cavity"}
