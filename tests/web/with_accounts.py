"""A service with accounts, and callers of every kind, signed in without the long work of a password."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from tallyscan.access.access import Access, access_to
from tallyscan.access.caller import Role, Task
from tallyscan.access.names import account_key
from tallyscan.access.secrets import csrf_token
from tallyscan.bootstrap import Store, running
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tests.sample_images import declaration_json
from tests.web.conftest import serving


@dataclass
class WithAccounts:
    """`client` is of a stranger; `headers_of` and `key_of` make it somebody's."""

    client: httpx.Client
    access: Access
    store: Store

    def headers_of(self, name: str, roles: Sequence[Role], sites: Sequence[str]) -> dict[str, str]:
        """Of a person who signed in just now; the account is made where there is none."""
        known = {account_key(each.name) for each in self.access.accounts.all()}
        if account_key(name) not in known:
            self.access.accounts.add(name, roles, sites, by="test")
        token = self.access.sessions.begin(account_key(name), address="127.0.0.1", browser="test").token
        return {"Cookie": f"tallyscan_session={token}", "X-CSRF-Token": csrf_token(token)}

    def key_of(
        self, name: str, sites: Sequence[str], may: Sequence[Task] = ("deliver",), scanner: str | None = None
    ) -> dict[str, str]:
        """Of a device with a new key."""
        _, token = self.access.device_keys.add(name, scanner=scanner, sites=sites, may=may, by="test")
        return {"Authorization": f"Bearer {token}"}


@contextmanager
def serving_accounts(
    settings: Settings, store: Store, reader: Reader, **clock: object
) -> Iterator[WithAccounts]:
    """The whole service at work in this process, behind a real socket."""
    settings = settings.model_copy(update={"sign_in": "accounts"})
    with running(settings, store, reader) as service:
        access = access_to(store.database, settings, **clock)  # type: ignore[arg-type]
        with serving(replace(service, access=access), settings) as client:
            yield WithAccounts(client, access, store)


def declared(name: str, office: str | None = None) -> dict[str, Any]:
    """A declaration of a consignment that comes to that office."""
    document: dict[str, Any] = json.loads(declaration_json(mrn=""))
    document = {**document, "LRN": name, "MRN": None}
    return document | ({"customsOffices": [{"referenceNumber": office}]} if office else {})
