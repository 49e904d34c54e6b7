from io import BytesIO

import httpx
import pydicom
import pytest
from dicomweb_client import DICOMwebClient
from pydicom.dataset import Dataset, FileDataset
from requests import HTTPError

from tallyscan.bootstrap import Store, load_reader, running
from tallyscan.settings import Settings
from tests.acquire.dicom_network import (
    DX,
    TDR,
    data_set,
    dx,
    energy,
    image,
    quarantine,
    report,
    scans,
)
from tests.acquire.dicos_files import COMPRESSED, DEFLATED, EXPLICIT, MADE_UP_UID, NATIVE, deflated, dicos
from tests.web.conftest import serving

STUDIES = "/v1/dicomweb/studies"
BOUNDARY = "a-boundary"
CONTENT_TYPE = f'multipart/related; type="application/dicom"; boundary={BOUNDARY}'
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"


def body(*files: bytes, part_type: str = "application/dicom") -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Type: {part_type}\r\n\r\n".encode()
    return b"".join(head + file + b"\r\n" for file in files) + f"--{BOUNDARY}--\r\n".encode()


def post(
    client: httpx.Client, content: bytes, path: str = STUDIES, content_type: str = CONTENT_TYPE
) -> httpx.Response:
    return client.post(path, content=content, headers={"Content-Type": content_type})


def said(answer: httpx.Response) -> Dataset:
    """The answer as pydicom reads the DICOM JSON model."""
    assert answer.headers["content-type"] == "application/dicom+json"
    return Dataset.from_json(answer.text)


def failed(answer: Dataset) -> list[tuple[str, int]]:
    return [
        (each.ReferencedSOPInstanceUID, each.FailureReason) for each in answer.get("FailedSOPSequence", [])
    ]


def stored(answer: Dataset) -> list[tuple[str, str]]:
    return [
        (each.ReferencedSOPClassUID, each.ReferencedSOPInstanceUID)
        for each in answer.get("ReferencedSOPSequence", [])
    ]


@pytest.fixture
def sender(client: httpx.Client) -> DICOMwebClient:
    return DICOMwebClient(f"{client.base_url}/v1/dicomweb", chunk_size=5_000)


def parsed(*files: bytes) -> list[FileDataset]:
    """For a client that writes them itself, with file meta information that names each object."""
    objects = []
    for file in files:
        each = pydicom.dcmread(BytesIO(file))
        each.file_meta.MediaStorageSOPClassUID = each.SOPClassUID
        each.file_meta.MediaStorageSOPInstanceUID = each.SOPInstanceUID
        objects.append(each)
    return objects


def test_dicomweb_client_stores_an_image_and_a_report(
    sender: DICOMwebClient, client: httpx.Client, store: Store
) -> None:
    answer = sender.store_instances(parsed(dx(1), report()))
    assert stored(answer) == [(DX, "2.25.2"), (TDR, "2.25.99")]
    assert "FailedSOPSequence" not in answer
    ((kept,),) = scans(store)
    assert pydicom.dcmread(BytesIO(kept)).pixel_array.tolist() == image(1).tolist()
    assert [(each.kind, each.origin) for each in quarantine(store)] == [("report", "stow")]
    (listed,) = client.get("/v1/scans").json()["scans"]
    assert listed["state"] in ("received", "reading", "read", "not_readable")


@pytest.mark.parametrize("syntax", (NATIVE | COMPRESSED).values(), ids=NATIVE | COMPRESSED)
def test_dicomweb_client_stores_every_transfer_syntax(
    sender: DICOMwebClient, client: httpx.Client, store: Store, syntax: str
) -> None:
    large = dicos(image(1, 100, 200) >> 2, syntax, SOPInstanceUID="2.25.50")
    assert len(large) > 20_000
    assert stored(sender.store_instances(parsed(large))) == [(DX, "2.25.50")]
    answer = post(client, body(dx(1), large, dx(2)))
    assert (answer.status_code, len(stored(said(answer)))) == (200, 3)
    kept = [pydicom.dcmread(BytesIO(part)) for (part,) in scans(store)]
    assert sorted(each.SOPInstanceUID for each in kept) == ["2.25.2", "2.25.3", "2.25.50", "2.25.50"]
    assert [each.file_meta.TransferSyntaxUID for each in kept if each.SOPInstanceUID == "2.25.50"] == [
        syntax
    ] * 2


def test_what_begins_like_a_deflated_object_and_is_none_is_an_answer(
    client: httpx.Client, store: Store
) -> None:
    whole = deflated(data_set(dx()))
    broken = whole[: whole.index(DEFLATED.encode()) + len(DEFLATED)] + b"\xff" * 5000
    answer = post(client, body(dx(1), broken, dx(2)))
    assert answer.status_code == 202
    assert stored(said(answer)) == [(DX, "2.25.2"), (DX, "2.25.3")]
    assert [each.code for each in quarantine(store)] == ["corrupt_scan"]


def test_dicomweb_client_hears_which_failed_and_why(sender: DICOMwebClient, store: Store) -> None:
    answer = sender.store_instances(parsed(dx(1), dx(2, SOPClassUID=CT_IMAGE), report()))
    assert stored(answer) == [(DX, "2.25.2"), (TDR, "2.25.99")]
    assert failed(answer) == [("2.25.3", 0x0122)]
    assert len(scans(store)) == 1


def test_dicomweb_client_stores_into_a_study_and_not_into_another(
    sender: DICOMwebClient, store: Store
) -> None:
    assert stored(sender.store_instances(parsed(dx(1)), study_instance_uid="2.25.7")) == [(DX, "2.25.2")]
    with pytest.raises(HTTPError, match="409"):
        sender.store_instances(parsed(dx(2)), study_instance_uid="2.25.8")
    assert len(scans(store)) == 1
    assert [each.code for each in quarantine(store)] == ["corrupt_scan"]


def test_bytes_are_kept_as_they_were_sent_and_once(client: httpx.Client, store: Store) -> None:
    file = dx(SOPInstanceUID=MADE_UP_UID)
    for _ in range(2):
        answer = post(client, body(file, file))
        assert answer.status_code == 200
        assert stored(said(answer)) == [(DX, MADE_UP_UID)] * 2
    assert scans(store) == [[file]]


def test_what_fails_is_named_with_its_reason_and_the_rest_is_stored(
    client: httpx.Client, store: Store
) -> None:
    tomogram, cut_off = dx(2, SOPClassUID=CT_IMAGE), dx(3)[:-50]
    answer = post(client, body(dx(1), tomogram, cut_off, b"text", report()))
    assert answer.status_code == 202
    told = said(answer)
    assert stored(told) == [(DX, "2.25.2"), (TDR, "2.25.99")]
    assert [item.FailureReason for item in told.OtherFailuresSequence] == [0x0122, 0xC000, 0xC000]
    assert scans(store) == [[dx(1)]]
    bytes_kept = {store.blobs.get(each.sha256 or "") for each in quarantine(store)}
    assert bytes_kept == {tomogram, cut_off, b"text", report()}


def test_two_energies_are_one_scan(client: httpx.Client, store: Store) -> None:
    assert post(client, body(energy("LOW"), energy("HIGH"))).status_code == 200
    assert scans(store) == [[energy("HIGH"), energy("LOW")]]


def test_when_nothing_is_stored_the_status_is_no_success(
    client: httpx.Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert post(client, body(b"text")).status_code == 409

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        answer = post(client, body(dx()))
    assert answer.status_code == 503
    assert [item.FailureReason for item in said(answer).OtherFailuresSequence] == [0xA700]
    assert scans(store) == []
    assert post(client, body(dx())).status_code == 200


@pytest.mark.parametrize("syntax", [EXPLICIT, DEFLATED])
def test_one_that_is_too_large_is_named_and_the_next_one_stored(
    settings: Settings, store: Store, syntax: str
) -> None:
    small = settings.model_copy(update={"max_megabytes": 0.01})
    large = BytesIO()
    pydicom.dcmwrite(large, *parsed(dicos(image(1, 200, 200), syntax, SOPInstanceUID="2.25.50")))
    with running(small, store, load_reader(small)) as service, serving(service, small) as client:
        answer = post(client, body(large.getvalue(), dx(2)))
        (told,) = client.get("/v1/quarantine").json()
    assert answer.status_code == 202
    assert failed(said(answer)) == [("2.25.50", 0xA701)]
    assert stored(said(answer)) == [(DX, "2.25.3")]
    assert scans(store) == [[dx(2)]]
    assert (told["name"], told["code"], told["origin"]) == ("2.25.50.dcm", "too_large", "stow")
    assert (told["sha256"], told["kept_at"]) == (None, None)


def test_what_came_whole_before_a_body_was_cut_off_is_kept(
    client: httpx.Client, store: Store, settings: Settings
) -> None:
    whole = body(dx(1), dx(2))
    answer = post(client, whole[:-1000])
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:tallyscan:error:input")
    assert "cut off" in answer.json()["detail"]
    assert scans(store) == [[dx(1)]]
    assert list((settings.data_dir / "incoming").iterdir()) == []
    assert post(client, whole).status_code == 200
    assert scans(store) == [[dx(1)], [dx(2)]]


def test_what_came_whole_before_a_part_that_is_wrong_is_kept(client: httpx.Client, store: Store) -> None:
    content = (
        body(dx(1)).removesuffix(b"--\r\n")
        + b"\r\nContent-Type: text/plain\r\n\r\ntext\r\n--a-boundary--\r\n"
    )
    assert post(client, content).status_code == 415
    assert scans(store) == [[dx(1)]]


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (body(dx()), "application/dicom", 415),
        (body(dx()), 'multipart/related; type="application/dicom+json"; boundary=a-boundary', 415),
        (body(dx()), 'multipart/related; type="application/dicom"', 400),
        (body(dx(), part_type="application/dicom+xml"), CONTENT_TYPE, 415),
        (body(), CONTENT_TYPE, 400),
        (b"", CONTENT_TYPE, 400),
        (b"no boundary anywhere", CONTENT_TYPE, 400),
    ],
    ids=["one file", "json", "no boundary", "part of xml", "no part", "empty", "text"],
)
def test_what_is_no_such_body_is_a_problem(
    client: httpx.Client, store: Store, content: bytes, content_type: str, status: int
) -> None:
    answer = post(client, content, content_type=content_type)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["remedy"]
    assert scans(store) == []
