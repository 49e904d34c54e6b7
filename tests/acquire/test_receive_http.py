from pathlib import Path

import httpx
import pytest

from tallyscan.acquire.receive_http import Upload, UploadReceiver
from tallyscan.errors import InputError, TooLarge, Unavailable

FileField = tuple[str, tuple[str, bytes]]


def form(*files: FileField, **fields: str) -> tuple[bytes, str]:
    """Body and content type, as an ordinary client makes them."""
    request = httpx.Request("POST", "http://scanner/", files=list(files), data=fields)
    return request.read(), request.headers["content-type"]


def receive(body: bytes, content_type: str, folder: Path, *, chunk: int = 7, max_bytes: int = 1000) -> Upload:
    with UploadReceiver(content_type, folder, max_bytes=max_bytes) as receiver:
        for start in range(0, len(body), chunk):
            receiver.feed(body[start : start + chunk])
        return receiver.finish()


@pytest.mark.parametrize("chunk", [1, 7, 100_000])
def test_every_byte_of_the_form_arrives_in_order(tmp_path: Path, chunk: int) -> None:
    image = bytes(range(256)) + b"\r\n--"
    body, content_type = form(
        ("image", ("high.tif", image)),
        ("image", ("low.tif", b"low")),
        ("sidecar", ("s.json", b"{}")),
        ("declaration", ("d.json", b"[]")),
        consignment=" C-1 ",
        profile="gate_1",
    )
    upload = receive(body, content_type, tmp_path, chunk=chunk)
    assert [(part.name, part.data) for part in upload.files.images] == [
        ("high.tif", image),
        ("low.tif", b"low"),
    ]
    assert (upload.files.sidecar, upload.files.declaration, upload.consignment) == (b"{}", b"[]", "C-1")
    assert upload.files.profile == "gate_1"


def test_the_images_can_be_taken_as_the_files_they_were_written_to(tmp_path: Path) -> None:
    body, content_type = form(("image", ("a.tif", b"high")), ("image", ("b.tif", b"low")))
    with UploadReceiver(content_type, tmp_path / "incoming", max_bytes=1000) as receiver:
        receiver.feed(body)
        upload = receiver.finish()
        assert [path.read_bytes() for path in upload.spooled] == [b"high", b"low"]
        upload.spooled[0].rename(tmp_path / "taken")
    assert (tmp_path / "taken").read_bytes() == b"high"
    assert list((tmp_path / "incoming").iterdir()) == []


def test_headers_without_end_are_refused(tmp_path: Path) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="image"\r\nX-More: '
    with pytest.raises(InputError, match="header size"):
        receive(head + b"y" * 20_000, "multipart/form-data; boundary=x", tmp_path, chunk=1000)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_no_fault_of_the_form(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable, match="written to disk"):
        receive(*form(("image", ("a.tif", b"x"))), tmp_path / "file")


def test_nothing_stays_on_the_disk(tmp_path: Path) -> None:
    body, content_type = form(("image", ("a.tif", b"x")))
    receive(body, content_type, tmp_path)
    with pytest.raises(TooLarge):
        receive(*form(("image", ("a.tif", b"x" * 2000))), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_too_much_is_refused_before_it_has_arrived(tmp_path: Path) -> None:
    body, content_type = form(("image", ("a.tif", b"x" * 600)), ("image", ("b.tif", b"x" * 100_000)))
    with UploadReceiver(content_type, tmp_path, max_bytes=1000) as receiver:
        receiver.feed(body[:700])
        with pytest.raises(TooLarge, match=r"0\.001 MB or more"):
            receiver.feed(body[700:2000])


def test_a_name_is_never_a_path(tmp_path: Path) -> None:
    body, content_type = form(("image", ("../../etc/passwd", b"x")))
    assert receive(body, content_type, tmp_path).files.images[0].name == "passwd"


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"{}", "application/json", "The body is application/json"),
        (b"", "", "of no type"),
        (b"", "multipart/form-data", "The body is multipart"),
        (b"no boundary here", "multipart/form-data; boundary=x", "before its last boundary"),
        (
            b"--x\r\nContent-Disposition: form-data; name=image\r\n\r\nabc",
            "multipart/form-data; boundary=x",
            "cut off",
        ),
        (form(("sidecar", ("s.json", b"{}"))), None, "no image"),
        (form(("image", ("a", b"x")), comment="hello"), None, "a field 'comment'"),
        (form(("image", ("a", b"x")), ("sidecar", ("s", b"1")), ("sidecar", ("s", b"2"))), None, "too many"),
        (form(*[("image", ("a", b"x"))] * 17), None, "too many"),
    ],
)
def test_a_wrong_form_says_what_is_wrong(
    tmp_path: Path, body: bytes | tuple[bytes, str], content_type: str | None, reason: str
) -> None:
    if isinstance(body, tuple):
        body, content_type = body
    with pytest.raises(InputError, match=reason) as raised:
        receive(body, content_type or "", tmp_path)
    assert "multipart/form-data" in raised.value.remedy


@pytest.mark.parametrize("field", ["consignment", "profile"])
def test_a_consignment_and_a_profile_are_short_names(tmp_path: Path, field: str) -> None:
    body, content_type = form(("image", ("a", b"x")), **{field: "C" * 81})
    with pytest.raises(TooLarge, match=f"'{field}' is too long"):
        receive(body, content_type, tmp_path)
