"""What providers do differently: keys for secrets, groups in the userinfo, required ways, their name in answers."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from tallyscan.access.access import Access, access_at_provider
from tallyscan.errors import Unavailable
from tallyscan.settings import Settings
from tallyscan.store.database import Database
from tests.access.oidc_provider import CLIENT, SECRET, OidcProvider, oidc_provider
from tests.access.test_provider_sign_in import GROUPS, finish, gone_there, why_not


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    with oidc_provider() as opened:
        yield opened


@pytest.fixture
def opened(database: Database, provider: OidcProvider, tmp_path: Path) -> Iterator[Callable[..., Access]]:
    """A service at that provider, with these settings beside the usual ones."""
    groups, made = tmp_path / "groups.toml", []
    groups.write_text(GROUPS)

    def open_with(**more: Any) -> Access:
        usual = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT, "oidc_groups": groups}
        usual |= {"sign_in": "oidc", "console_url": "http://127.0.0.1:1", "oidc_client_secret": SECRET}
        said = {name: value for name, value in {**usual, **more}.items() if value is not None}
        made.append(access_at_provider(database, Settings(**said)))
        return made[-1]

    yield open_with
    for each in made:
        assert each.at_provider is not None
        each.at_provider.close()


@pytest.mark.parametrize("key", [RSAKey.generate_key(2048), ECKey.generate_key("P-256")], ids=["RSA", "EC"])
def test_the_service_proves_itself_by_its_key(
    opened: Callable[..., Access], provider: OidcProvider, tmp_path: Path, key: RSAKey | ECKey
) -> None:
    path = tmp_path / "client.pem"
    path.write_bytes(key.as_pem(private=True))
    access = opened(oidc_client_secret=None, oidc_client_key=path)
    provider.client_key = key
    assert finish(access, gone_there(access))[0].caller.name == "O. Kovalenko"
    provider.client_key = type(key).generate_key(2048 if isinstance(key, RSAKey) else "P-256")  # type: ignore[arg-type]
    assert why_not(access, gone_there(access)) == "denied"


@pytest.mark.parametrize(
    ("acr", "lets_in"), [("gold", True), ("silver", True), ("bronze", False), (None, False)]
)
def test_a_required_acr_is_asked_for_and_held_against_the_token(
    opened: Callable[..., Access], provider: OidcProvider, acr: str | None, *, lets_in: bool
) -> None:
    access = opened(oidc_required_acr=("gold", "silver"))
    provider.person.more["acr"] = acr
    came = gone_there(access)
    assert [asked["acr_values"] for asked in provider.codes.values()] == ["gold silver"]
    if lets_in:
        assert finish(access, came)[0].caller.name == "O. Kovalenko"
    else:
        assert why_not(access, came) == "strength"


def test_groups_come_from_the_userinfo_where_the_token_has_none(
    opened: Callable[..., Access], provider: OidcProvider
) -> None:
    access = opened()
    provider.person.more["groups"] = None
    assert why_not(access, gone_there(access)) == "groups"
    provider.userinfo = {"sub": "7", "groups": ["chiefs"], "name": "Somebody Else"}
    access = opened()
    caller = finish(access, gone_there(access))[0].caller
    assert (caller.name, caller.roles) == ("O. Kovalenko", {"administrator"}), "what is signed comes first"
    provider.userinfo["sub"] = "8"
    assert why_not(access, gone_there(access)) == "token"
    provider.person.more["groups"] = ["ops"]
    assert finish(access, gone_there(access))[0].caller.roles == {"operator"}, "then nobody asks for it"


def test_an_answer_names_the_provider_where_that_says_so(
    opened: Callable[..., Access], provider: OidcProvider
) -> None:
    access = opened()
    assert why_not(access, replace(gone_there(access), issuer="https://elsewhere.example")) == "token"
    assert finish(access, replace(gone_there(access), issuer=provider.issuer))
    provider.says_more["authorization_response_iss_parameter_supported"] = True
    access = opened()
    assert why_not(access, gone_there(access)) == "token"
    assert finish(access, replace(gone_there(access), issuer=provider.issuer))


def test_a_provider_that_refuses_connections_is_unavailable_and_who_is_in_goes_on(
    opened: Callable[..., Access],
) -> None:
    access = opened()
    token = finish(access, gone_there(access))[0].token
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        away = opened(oidc_issuer=f"http://127.0.0.1:{free.getsockname()[1]}")  # bound, and does not listen
        with pytest.raises(Unavailable):
            gone_there(away)
    assert access.sessions.caller_of(token)
