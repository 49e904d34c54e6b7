"""Every answer says how a browser must treat it: pages, pictures, documents, refusals and faults."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tallyscan.access.rules import RULES
from tallyscan.bootstrap import running
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store import queries
from tests.e2e.serving import wait_until
from tests.sample_images import MRN, container_tiff, declaration_json, sidecar_json
from tests.web.conftest import serving

PUBLIC = ("/console/assets/", "/console/words/", "/openapi.json")
EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, tiny_models_dir: object, reader: Reader
) -> Iterator[tuple[httpx.Client, str]]:
    """A service with one scan that was read, and its id."""
    from tallyscan.bootstrap import open_store

    folder = tmp_path_factory.mktemp("headers")
    settings = Settings(data_dir=folder, models_dir=tiny_models_dir, inference_threads=1)  # type: ignore[arg-type]
    with (
        open_store(settings) as store,
        running(settings, store, reader) as service,
        serving(service, settings) as client,
    ):
        client.post("/v1/declarations", content=declaration_json())
        files = [("image", ("a.tif", container_tiff())), ("sidecar", ("a.json", sidecar_json()))]
        scan = client.post("/v1/scans", files=files).json()["id"]
        wait_until(lambda: client.get(f"/v1/scans/{scan}").json()["revision"] > 0)
        yield client, scan


def check(answer: httpx.Response) -> None:
    for name, value in EVERYWHERE.items():
        assert answer.headers[name] == value, name
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy.get("script-src", "'self'") == "'self'"
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "server" not in answer.headers


@pytest.mark.parametrize("route", RULES)
def test_every_route_answers_with_them(served: tuple[httpx.Client, str], route: str) -> None:
    client, scan = served
    method, path = route.split(" ", 1)
    stands = {
        "scan_id": scan,
        "consignment:path": MRN,
        "site": "UA209060",
        "name:path": "a.js",
        "page:path": "",
    }
    path = re.sub(r"{([\w:]+)}", lambda found: stands.get(found[1], "1"), path)
    with client.stream(method, path) as answer:
        check(answer)
        kept = answer.headers["cache-control"]
    if answer.status_code < 300 and not path.startswith(PUBLIC):
        assert "no-store" in kept or ("private" in kept and "image" in path), (answer.status_code, kept)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("PATCH", "/v1/scans", 405),
        ("GET", "/v1/scans?limit=0", 422),
        ("OPTIONS", "/", 405),
    ],
)
def test_refusals_too(served: tuple[httpx.Client, str], method: str, path: str, status: int) -> None:
    answer = served[0].request(method, path)
    assert answer.status_code == status
    check(answer)


def test_the_answer_to_a_fault_of_the_service_too(
    served: tuple[httpx.Client, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(queries, "quarantine", broken)
    answer = served[0].get("/v1/quarantine")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text
    check(answer)


def test_no_answer_lets_another_site_read_it(served: tuple[httpx.Client, str]) -> None:
    answer = served[0].get("/v1/scans", headers={"Origin": "https://elsewhere.example"})
    assert not [name for name in answer.headers if name.startswith("access-control-")]
