"""Requests that are made up from the description of the interface, and what every answer to them must be.

The whole application at work, without a socket between.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis import Case, SerializationContext
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tallyscan.access.access import Access, access_to
from tallyscan.access.caller import ROLES, TASKS
from tallyscan.access.names import account_key
from tallyscan.access.rules import RULES
from tallyscan.access.secrets import csrf_token
from tallyscan.bootstrap import Store, open_store, running
from tallyscan.pipeline import Reader
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.web.app import create_app
from tallyscan.web.rates import Rates
from tests.e2e.serving import wait_until
from tests.sample_images import MRN, container_tiff, declaration_json, sidecar_json

DESCRIPTION = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"
ENDLESS = {"GET /v1/sites/{site}/live"}
"""A stream of events without an end, which a trial would wait for: tests/web/test_sites.py reads it."""

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
SITE = "UA209060"
FOR_DEVICES = {key.replace(":path}", "}") for key, rule in RULES.items() if rule.task and not rule.roles}
WHO = "Trial 1"
SEED = 20260101


@schemathesis.serializer('multipart/related; type="application/dicom"')
def _as_dicom_part(_: SerializationContext, value: Any) -> bytes:
    """Whatever was made up, as a part of a body of which the boundary is not named."""
    data = value if isinstance(value, bytes) else json.dumps(value, default=str).encode()
    return b"--b\r\nContent-Type: application/dicom\r\n\r\n" + data + b"\r\n--b--\r\n"


def described_routes() -> list[str]:
    """Method and address of every route that the description has and that comes to an end."""
    paths = json.loads(DESCRIPTION.read_text(encoding="utf-8"))["paths"]
    routes = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    return sorted(routes - ENDLESS)


@dataclass
class Trial:
    """The application, and somebody who may do everything at every site, with a session that ends with nothing."""

    app: FastAPI
    access: Access
    schema: Any
    known: dict[str, str]
    device: dict[str, str]

    def headers(self, route: str) -> dict[str, str]:
        """Of a session begun just now, as a request may have ended the one before; of a device, for devices alone."""
        if route in FOR_DEVICES:
            return self.device
        token = self.access.sessions.begin(account_key(WHO), address="127.0.0.1", browser="trial").token
        return {"Cookie": f"tallyscan_session={token}", "X-CSRF-Token": csrf_token(token)}

    def try_route(self, route: str, examples: int, *, signed_in: bool) -> list[int]:
        """So many requests; the status of each answer. Raises for one that is not as described."""
        method, path = route.split(" ", 1)
        answered: list[int] = []

        @seed(SEED)
        @hypothesis_settings(
            max_examples=examples,
            database=None,
            deadline=None,
            derandomize=False,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=self.schema[path][method].as_strategy(), known=st.booleans())
        def one(case: Case, known: bool) -> None:
            _say_in_the_name_of_who_asks(case)
            if known:
                self._ask_for_what_is_there(case)
            answer = case.call(headers=self.headers(route) if signed_in else {})
            answered.append(answer.status_code)
            case.validate_response(answer, checks=CHECKS)

        one()
        return answered

    def _ask_for_what_is_there(self, case: Case) -> None:
        """Made-up ids are of nothing."""
        for name in self.known.keys() & (case.path_parameters or {}).keys():
            case.path_parameters[name] = self.known[name]


def _say_in_the_name_of_who_asks(case: Case) -> None:
    """What is said in another name is refused before anything else of it is looked at."""
    for part, name in ((case.body, "by"), (case.query, "person")):
        if isinstance(part, dict) and name in part:
            part[name] = WHO


@contextmanager
def trial(settings: Settings, reader: Reader) -> Iterator[Trial]:
    """The application on a store with one scan that was read, and the declaration of its consignment."""
    settings = settings.model_copy(update={"sign_in": "accounts"})
    with open_store(settings) as store, running(settings, store, reader) as service:
        access = access_to(store.database, settings)
        access.accounts.add(WHO, ROLES, ["*"], by="test")
        _, key = access.device_keys.add("trial", scanner=None, sites=["*"], may=TASKS, by="test")
        known = _one_scan(store)
        # Faster than any caller may be: tests/web/test_rates.py is about that.
        app = create_app(replace(service, access=access, rates=Rates(1e6, 1e6)))
        service.wake()
        wait_until(lambda: _is_read(store, known["scan_id"]))
        schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        yield Trial(app, access, schema, known, {"Authorization": f"Bearer {key}"})


def _one_scan(store: Store) -> dict[str, str]:
    store.intake.accept_declaration(declaration_json(), origin="test")
    files = ScanFiles((ScanPart("a.tif", container_tiff()),), sidecar_json(site=SITE))
    scan = store.intake.accept_scan(files, origin="test")
    return {"scan_id": scan.scan_id, "consignment": MRN, "site": SITE, "account": "nobody"}


def _is_read(store: Store, scan_id: str) -> bool:
    with store.database.read() as session:
        return queries.scan(session, scan_id).revision > 0
