import asyncio

import httpx
import pytest
from fastapi import FastAPI

from tallyscan import errors
from tallyscan.errors import CorruptScan, ModelContractError, TallyscanError, TooLarge, Unavailable
from tallyscan.web.errors import STATUS, add_error_handlers

PROBLEM = "application/problem+json"


async def _get(app: FastAPI) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.get("/")


def answer_to(error: Exception) -> tuple[int, dict[str, object]]:
    app = FastAPI()
    add_error_handlers(app)

    @app.get("/")
    def fail() -> None:
        raise error

    answer = asyncio.run(_get(app))
    assert answer.headers["content-type"] == PROBLEM
    document = answer.json()
    assert document["status"] == answer.status_code
    return answer.status_code, document


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (TooLarge("800 megapixels."), 413, "too_large"),
        (CorruptScan("It ends early."), 422, "corrupt_scan"),
        (Unavailable("Silence."), 503, "unavailable"),
        (ModelContractError("No card."), 500, "model_contract"),
        (TallyscanError("A defect."), 500, "internal"),
    ],
)
def test_every_error_has_its_status_code_and_reason(error: TallyscanError, status: int, code: str) -> None:
    got, document = answer_to(error)
    assert (got, document["type"], document["detail"]) == (
        status,
        f"urn:tallyscan:error:{code}",
        error.detail,
    )


def test_a_defect_says_nothing_of_the_inside() -> None:
    status, document = answer_to(ZeroDivisionError("secret path"))
    assert (status, document["type"]) == (500, "urn:tallyscan:error:internal")
    assert "secret" not in str(document)


def test_every_error_of_the_tree_has_a_status() -> None:
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, TallyscanError)
    ]
    without = {kind for kind in kinds if not any(base in STATUS for base in kind.__mro__)}
    assert without == {
        TallyscanError,
        ModelContractError,
        errors.Undeliverable,
    }  # the last never meets a client


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("DELETE", "/v1/scans", 405),
        ("GET", "/v1/scans?limit=0", 422),
        ("GET", "/v1/scans?status=green", 422),
        ("GET", "/v1/scans?before=nobody", 404),
        ("GET", "/v1/scans/nobody", 404),
        ("GET", "/v1/scans/nobody/picture", 404),
        ("GET", "/v1/scans/nobody/report", 404),
        ("GET", "/v1/consignments/nobody/risk-record", 404),
        ("POST", "/v1/scans?wait=61", 422),
    ],
)
def test_every_wrong_request_is_a_problem(client: httpx.Client, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["status"] == status
    assert answer.json()["detail"]
