"""HTTPS by the service itself, with keys of devices that are bound to a client certificate: a real server, real
handshakes."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import trustme

from tallyscan.access.device_keys import DeviceKeys
from tallyscan.bootstrap import Store
from tallyscan.errors import TallyscanError
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.tls import fingerprint_of
from tallyscan.web.server import https_context
from tests.web.with_accounts import WithAccounts, serving_accounts

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@dataclass(frozen=True)
class Shop:
    """An authority, and what it and a stranger issued."""

    folder: Path

    def __post_init__(self) -> None:
        ours, others = trustme.CA(), trustme.CA()
        ours.cert_pem.write_to_path(self.file("authority"))
        for name, issued in {
            "server": ours.issue_cert("localhost", "127.0.0.1"),
            "gate-1": ours.issue_cert("gate-1.scanners.example"),
            "gate-2": ours.issue_cert("gate-2.scanners.example"),
            "common": ours.issue_cert(common_name="gate-3"),
            "expired": ours.issue_cert("gate-1.scanners.example", not_after=YESTERDAY),
            "stranger": others.issue_cert("gate-1.scanners.example"),
        }.items():
            issued.cert_chain_pems[0].write_to_path(self.file(name))
            issued.private_key_pem.write_to_path(self.file(name, "key"))

    def file(self, name: str, kind: str = "crt") -> Path:
        return self.folder / f"{name}.{kind}"

    def context(self, name: str | None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.file("authority"))
        if name is not None:
            context.load_cert_chain(self.file(name), self.file(name, "key"))
        return context


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("certificates"))


def over_tls(settings: Settings, shop: Shop, clients: str) -> Settings:
    more = {"tls_certificate": shop.file("server"), "tls_key": shop.file("server", "key")}
    if clients != "none":
        more["tls_client_authorities"] = shop.file("authority")
    return settings.model_copy(update={**more, "tls_clients": clients})


@pytest.fixture
def house(settings: Settings, store: Store, reader: Reader, shop: Shop) -> Iterator[WithAccounts]:
    with serving_accounts(over_tls(settings, shop, "may"), store, reader) as served:
        yield served


def asked(house: WithAccounts, shop: Shop, shows: str | None, **headers: str) -> httpx.Response:
    """An empty delivery: 400 to whoever may deliver."""
    with httpx.Client(base_url=house.client.base_url, verify=shop.context(shows)) as client:
        return client.post("/v1/scans", headers=headers)


def bound(keys: DeviceKeys, name: str, certificate: str) -> dict[str, str]:
    _, token = keys.add(name, scanner=None, sites=["*"], may=["deliver"], by="test", certificate=certificate)
    return {"Authorization": f"Bearer {token}"}


def test_a_key_is_good_with_the_certificate_of_its_machine_alone(house: WithAccounts, shop: Shop) -> None:
    keys = house.access.device_keys
    by_name = bound(keys, "gate 1", "gate-1.scanners.example")
    by_print = bound(keys, "gate 2", fingerprint_of(shop.file("gate-2")))
    by_common = bound(keys, "gate 3", "GATE-3")
    free = house.key_of("gate 4", ["*"])
    assert asked(house, shop, "gate-1", **by_name).status_code == 400
    assert asked(house, shop, "gate-2", **by_print).status_code == 400
    assert asked(house, shop, "common", **by_common).status_code == 400
    assert asked(house, shop, None, **free).status_code == 400
    assert asked(house, shop, "gate-1", **free).status_code == 400
    for shows, headers in ((None, by_name), ("gate-2", by_name), ("gate-1", by_print), ("gate-1", by_common)):
        answer = asked(house, shop, shows, **headers)
        assert answer.status_code == 401
        assert "needs the certificate of its machine" in answer.json()["detail"]
    alone = asked(house, shop, "gate-1")
    assert alone.status_code == 401, "a certificate is no key"


@pytest.mark.parametrize("shows", ["stranger", "expired"])
def test_a_certificate_of_nobody_s_or_of_yesterday_ends_the_handshake(
    house: WithAccounts, shop: Shop, shows: str
) -> None:
    key = bound(house.access.device_keys, "gate 1", "gate-1.scanners.example")
    with pytest.raises(httpx.TransportError):
        asked(house, shop, shows, **key)
    assert asked(house, shop, "gate-1", **key).status_code == 400, "the service goes on"


def test_two_connections_do_not_share_what_was_shown(house: WithAccounts, shop: Shop) -> None:
    key = bound(house.access.device_keys, "gate 1", "gate-1.scanners.example")
    base = house.client.base_url
    with (
        httpx.Client(base_url=base, verify=shop.context("gate-1")) as with_it,
        httpx.Client(base_url=base, verify=shop.context(None)) as without,
    ):
        for _ in range(3):
            assert with_it.post("/v1/scans", headers=key).status_code == 400
            assert without.post("/v1/scans", headers=key).status_code == 401


def test_people_sign_in_over_tls_with_cookies_for_it_and_are_told_to_stay(
    house: WithAccounts, shop: Shop
) -> None:
    _, link = house.access.accounts.add("Officer 1", ["auditor"], ["*"], by="test")
    house.access.accounts.set_password_by_link(link.path.partition("#")[2], "four words of nobody")
    with httpx.Client(base_url=house.client.base_url, verify=shop.context(None)) as client:
        said = {"name": "Officer 1", "password": "four words of nobody"}
        answer = client.post("/v1/session", json=said)
        assert answer.status_code == 200
        assert answer.headers["Set-Cookie"].startswith("__Host-tallyscan_session=")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert client.get("/v1/sessions").status_code == 200


def test_where_clients_must_show_one_nobody_comes_in_without(
    settings: Settings, store: Store, reader: Reader, shop: Shop
) -> None:
    with serving_accounts(over_tls(settings, shop, "must"), store, reader) as house:
        key = bound(house.access.device_keys, "gate 1", "gate-1.scanners.example")
        with pytest.raises(httpx.TransportError):
            asked(house, shop, None, **key)
        assert asked(house, shop, "gate-1", **key).status_code == 400


def test_where_clients_are_not_asked_a_bound_key_is_refused(
    settings: Settings, store: Store, reader: Reader, shop: Shop
) -> None:
    with serving_accounts(over_tls(settings, shop, "none"), store, reader) as house:
        key = bound(house.access.device_keys, "gate 1", "gate-1.scanners.example")
        assert asked(house, shop, "gate-1", **key).status_code == 401
    with serving_accounts(settings, store, reader) as plain:
        bare = plain.client.post("/v1/scans", headers=key)
        assert bare.status_code == 401
        assert "Strict-Transport-Security" not in bare.headers


def test_an_old_version_of_tls_is_refused(house: WithAccounts, shop: Shop) -> None:
    old = shop.context(None)
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        pytest.raises(httpx.TransportError),
        httpx.Client(base_url=house.client.base_url, verify=old) as client,
    ):
        client.get("/healthz")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"tls_certificate": "server.crt"}, "one is set and one is not"),
        ({"tls_clients": "must"}, "tls_client_authorities is not set"),
        ({"tls_client_authorities": "authority.crt"}, "tls_clients is 'none'"),
        ({"tls_client_authorities": "authority.crt", "tls_clients": "may"}, "speaks HTTP"),
        ({"tls_certificate": "server.crt", "tls_key": "gate-1.key"}, "cannot be loaded"),
        ({"tls_certificate": "none.crt", "tls_key": "server.key"}, "cannot be loaded"),
    ],
)
def test_settings_that_do_not_go_together_are_told(
    settings: Settings, shop: Shop, said: dict[str, str], told: str
) -> None:
    update = {name: shop.folder / value if "." in value else value for name, value in said.items()}
    with pytest.raises(TallyscanError, match=told):
        https_context(settings.model_copy(update=update))
