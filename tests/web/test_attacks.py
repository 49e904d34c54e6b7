"""Attacks by HTTP that have no other test: docs/reference/security.md lists them all."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest

from tallyscan.bootstrap import open_store, running
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tests.sample_images import container_tiff, sidecar_json
from tests.web.conftest import serving
from tests.web.with_accounts import declared


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, tiny_models_dir: Path, reader: Reader
) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("attacks")
    settings = Settings(data_dir=folder, models_dir=tiny_models_dir, inference_threads=1)
    with (
        open_store(settings) as store,
        running(settings, store, reader) as service,
        serving(service, settings) as opened,
    ):
        yield opened


TRAVERSALS = ("../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "/etc/passwd",
              "....//....//etc/passwd", "..\\..\\etc\\passwd", "%252e%252e%252fetc%252fpasswd", "a%00.js")  # fmt: skip


@pytest.mark.parametrize("path", TRAVERSALS)
@pytest.mark.parametrize("under", ["/console/assets/", "/console/words/", "/v1/scans/", "/v1/consignments/"])
def test_no_path_leads_to_a_file_of_the_machine(client: httpx.Client, under: str, path: str) -> None:
    answer = client.send(client.build_request("GET", f"{under}{path}"))
    assert answer.status_code in (200, 307, 400, 404, 405, 422, 503)
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/consignments///evil.example", "/consignments/https://evil.example/", 
             "/consignments/%5Cevil.example",
             "/consignments/%0d%0aLocation:%20https://evil.example"],
)  # fmt: skip
def test_no_redirect_leads_to_another_site(client: httpx.Client, path: str) -> None:
    where = client.base_url
    answer = client.send(client.build_request("GET", f"http://{where.host}:{where.port}{path}"))
    location = answer.headers.get("location", "")
    assert urlsplit(location).netloc in ("", f"{where.host}:{where.port}")
    assert not location.startswith(("//", "/\\"))
    assert len(answer.headers.get_list("location")) <= 1


def test_the_host_that_somebody_claims_is_in_no_answer(client: httpx.Client) -> None:
    for path in ("/", "/v1/scans/", "/consignments/a", "/v1/session", "/nothing"):
        answer = client.get(path, headers={"Host": "evil.example"})
        assert "evil.example" not in answer.text
        assert urlsplit(answer.headers.get("location", "")).netloc in ("", "evil.example")


def test_a_body_that_says_it_is_compressed_is_not_unpacked(client: httpx.Client) -> None:
    bomb = gzip.compress(b'{"LRN":"' + b" " * 200_000_000 + b'"}', 9)
    assert len(bomb) < 250_000
    for path in ("/v1/declarations", "/v1/events"):
        answer = client.post(path, content=bomb, headers={"Content-Encoding": "gzip"})
        assert answer.status_code in (400, 415, 422)


# fmt: off
NAMES = (
    'a"; filename="evil.exe',
    "a\r\nSet-Cookie: x=1",
    "<script>alert(1)</script>.tif",
    "../../a.tif",
    "a\x00.tif",
    "=cmd|'/C calc'!A0.tif",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_a_file_is_text_and_nothing_else(client: httpx.Client, name: str) -> None:
    """It comes back as JSON, never as a header, a path or markup."""
    files = [("image", (name, container_tiff())), ("sidecar", ("a.json", sidecar_json()))]
    answer = client.post("/v1/scans", files=files)
    assert answer.status_code in (200, 202, 400)
    if answer.status_code == 400:
        return
    scan = client.get(f"/v1/scans/{answer.json()['id']}")
    assert scan.headers["content-type"] == "application/json"
    assert "set-cookie" not in scan.headers
    for part in ("report", "sheet.pdf", "picture"):
        made = client.get(f"/v1/scans/{answer.json()['id']}/{part}")
        assert "set-cookie" not in made.headers
        assert "<script>alert" not in (made.text if "text/html" in made.headers["content-type"] else "")


@pytest.mark.parametrize("wildcard", ["%", "_", "%25", "' OR '1'='1", "a'; DROP TABLE scans; --", '"', "\\"])
def test_a_sign_that_means_something_to_the_database_is_only_a_sign(
    client: httpx.Client, wildcard: str
) -> None:
    assert client.post("/v1/declarations", json=declared("W/1", "XXOFF001")).status_code in (200, 201)
    for address in (
        f"/v1/consignments/{quote(wildcard, safe='')}/scans",
        f"/v1/sites/{quote(wildcard, safe='')}/worklist",
        f"/v1/queue?site={quote(wildcard, safe='')}",
    ):
        answer = client.get(address)
        assert answer.status_code in (200, 404, 422), (address, answer.status_code)
        assert "W/1" not in answer.text
