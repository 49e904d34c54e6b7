"""Signing in at a provider, over real HTTP on loopback: who comes in, and everything that lets nobody in."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from tallyscan.access import provider as provider_module
from tallyscan.access.access import Access, access_at_provider
from tallyscan.access.groups import granted, load_groups
from tallyscan.access.provider_sign_in import Returned
from tallyscan.errors import (
    InputError,
    NotSignedIn,
    SignInFailed,
    TallyscanError,
    TooManyAttempts,
    Unavailable,
)
from tallyscan.settings import Settings
from tallyscan.store.database import Database
from tests.access.oidc_provider import CLIENT, SECRET, OidcProvider, oidc_provider

GROUPS = """
[ops]
roles = ["operator"]
sites = ["UA209060"]
[chiefs]
roles = ["administrator"]
sites = ["*"]
[inspectors-of-nl]
roles = ["inspector"]
sites = ["NL000510"]
"""
OTHER_KEY = RSAKey.generate_key(2048, auto_kid=True)
FROM = {"address": "192.0.2.7", "browser": "test"}


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    with oidc_provider() as opened:
        yield opened


@pytest.fixture
def settings(provider: OidcProvider, tmp_path: Path) -> Settings:
    groups = tmp_path / "groups.toml"
    groups.write_text(GROUPS)
    return Settings(
        sign_in="oidc",
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,  # type: ignore[arg-type]
        oidc_groups=groups,
        console_url="http://127.0.0.1:1",
    )


@pytest.fixture
def access(database: Database, settings: Settings) -> Iterator[Access]:
    opened = access_at_provider(database, settings, lambda: datetime.now(UTC))
    yield opened
    assert opened.at_provider is not None
    opened.at_provider.close()


def gone_there(access: Access, page: str = "/console/") -> Returned:
    assert access.at_provider is not None
    token, url = access.at_provider.begin(page, address="192.0.2.7")
    back = parse_qs(urlsplit(httpx.get(url).headers["location"]).query)
    return Returned(token, back["state"][0], back["code"][0], None, None)


def finish(access: Access, came: Returned) -> Any:
    assert access.at_provider is not None
    return access.at_provider.finish(came, **FROM)


def why_not(access: Access, came: Returned) -> str:
    with pytest.raises(SignInFailed) as raised:
        finish(access, came)
    return raised.value.why


def test_who_signed_in_there_is_here_with_what_their_groups_give(
    access: Access, provider: OidcProvider
) -> None:
    begun, page = finish(access, gone_there(access, "/console/queue"))
    caller = begun.caller
    assert (caller.name, caller.roles, caller.sites, page) == (
        "O. Kovalenko",
        {"operator"},
        {"UA209060"},
        "/console/queue",
    )
    assert access.sessions.caller_of(begun.token) == caller
    provider.person.claims |= {"name": "Somebody Else", "groups": ["chiefs", "no group of ours"]}
    again, _ = finish(access, gone_there(access))
    assert (again.caller.name, again.caller.roles) == ("O. Kovalenko", {"administrator"}), (
        "the subject is the same"
    )
    now = access.sessions.caller_of(begun.token)
    assert now is not None
    assert now.roles == {"administrator"}, "also in the session from before"


def test_a_name_that_somebody_has_is_not_taken_over(access: Access, provider: OidcProvider) -> None:
    access.accounts.add("o. kovalenko", ["auditor"], ["*"], by="test")
    assert finish(access, gone_there(access))[0].caller.name == "O. Kovalenko 2"
    provider.person.claims["sub"] = "8"
    assert finish(access, gone_there(access))[0].caller.name == "O. Kovalenko 3"


def test_a_sign_in_comes_back_once_in_its_own_browser_only(access: Access) -> None:
    came = gone_there(access)
    other = gone_there(access)
    assert why_not(access, Returned(other.token, came.state, came.code, None, None)) == "expired"
    assert why_not(access, Returned("", came.state, came.code, None, None)) == "expired"
    finish(access, came)
    assert why_not(access, came) == "expired"
    assert why_not(access, Returned(other.token, other.state, came.code, None, None)) == "denied", (
        "a used code"
    )


def test_a_code_of_another_sign_in_is_not_taken(access: Access) -> None:
    mine, anothers = gone_there(access), gone_there(access)
    stolen = Returned(mine.token, mine.state, anothers.code, None, None)
    assert why_not(access, stolen) == "denied", "the verifier is not that of the code"


@pytest.mark.parametrize(
    "more",
    [
        {"aud": "another client"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"aud": [CLIENT, "another"]},
        {"iss": "https://elsewhere.example"},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"sub": "x" * 256},
        {"exp": int(time.time()) - 120},
        {"exp": None},
        {"iat": int(time.time()) + 900},
    ],
)
def test_a_token_that_is_not_for_this_sign_in_lets_nobody_in(
    access: Access, provider: OidcProvider, more: dict[str, Any]
) -> None:
    came = gone_there(access)
    provider.person.more = more
    assert why_not(access, came) == "token"
    assert access.accounts.all() == ()


@pytest.mark.parametrize("how", ["none", "HS256", "another key"])
def test_a_token_that_another_signed_lets_nobody_in(access: Access, provider: OidcProvider, how: str) -> None:
    came = gone_there(access)
    if how == "another key":
        provider.signs_with = OTHER_KEY
    else:
        provider.algorithm, provider.signs_with = how, OctKey.import_key(SECRET.ljust(32, "x"))
    assert why_not(access, came) == "token"


def test_a_clock_that_is_half_a_minute_off_keeps_nobody_out(access: Access, provider: OidcProvider) -> None:
    provider.person.more = {"iat": int(time.time()) + 30, "exp": int(time.time()) - 30}
    finish(access, gone_there(access))


def test_a_new_key_of_the_provider_is_asked_for(
    access: Access, provider: OidcProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(access, gone_there(access))
    provider.keys.append(OTHER_KEY)
    assert why_not(access, gone_there(access)) == "token", "not more than twice a minute"
    monkeypatch.setattr(provider_module, "_KEYS_AGAIN_SECONDS", 0.0)
    finish(access, gone_there(access))


def test_who_is_in_no_group_or_disabled_or_only_has_a_password_is_not_in(
    access: Access, provider: OidcProvider
) -> None:
    begun, _ = finish(access, gone_there(access))
    provider.person.claims["groups"] = ["no group of ours"]
    assert why_not(access, gone_there(access)) == "groups"
    assert access.sessions.caller_of(begun.token) is None, "nor where they were in"
    provider.person.claims["groups"] = ["ops", "inspectors-of-nl"]
    assert why_not(access, gone_there(access)) == "groups", "an operator there too that no group made"
    provider.person.claims["groups"] = ["ops"]
    access.accounts.disable("O. Kovalenko")
    assert why_not(access, gone_there(access)) == "disabled"


def test_a_provider_that_is_away_or_says_too_much_is_unavailable(
    access: Access, provider: OidcProvider
) -> None:
    assert access.at_provider is not None
    provider.answers_with_bytes = b" " * 600_000
    with pytest.raises(Unavailable):
        access.at_provider.begin("/console/", address="192.0.2.7")
    provider.answers_with_bytes = b"no json"
    with pytest.raises(SignInFailed):
        access.at_provider.begin("/console/", address="192.0.2.7")


def test_nothing_is_asked_of_an_address_of_the_link(database: Database, settings: Settings) -> None:
    led_away = settings.model_copy(update={"oidc_issuer": "https://169.254.169.254/provider"})
    access = access_at_provider(database, led_away, lambda: datetime.now(UTC))
    assert access.at_provider is not None
    with pytest.raises(Unavailable, match="Nothing is sent there"):
        access.at_provider.begin("/console/", address="192.0.2.7")
    access.at_provider.close()


def test_the_provider_ends_sessions(access: Access, provider: OidcProvider) -> None:
    at_provider = access.at_provider
    assert at_provider is not None
    begun, _ = finish(access, gone_there(access))
    for more in ({"aud": "x"}, {"nonce": "n"}, {"events": {}}, {"sub": None}, {"jti": None}, {"iss": "x"}):
        with pytest.raises(SignInFailed):
            at_provider.end_by(provider.logout_token(**more), address="192.0.2.7")
    assert access.sessions.caller_of(begun.token) is not None
    assert at_provider.end_by(provider.logout_token(sid="of another session"), address="192.0.2.7") == 0
    token = provider.logout_token(sub=None, sid="s-1")
    assert at_provider.end_by(token, address="192.0.2.7") == 1
    assert access.sessions.caller_of(begun.token) is None
    with pytest.raises(SignInFailed):
        at_provider.end_by(token, address="192.0.2.7")


def test_who_leaves_leaves_the_provider_with_the_token_that_it_gave(
    access: Access, provider: OidcProvider
) -> None:
    begun, _ = finish(access, gone_there(access))
    assert access.at_provider is not None
    assert begun.caller.session is not None
    url = access.at_provider.leave_address(begun.caller.session, begun.token)
    assert url is not None
    httpx.get(url)
    (left,) = provider.left
    assert left["id_token_hint"].count(".") == 2
    assert left["post_logout_redirect_uri"] == "http://127.0.0.1:1/console/"


@pytest.mark.parametrize(("asked", "let_in"), [(("mfa",), True), (("hwk",), False)])
def test_how_somebody_proved_themselves_counts(
    database: Database, settings: Settings, provider: OidcProvider, asked: tuple[str, ...], let_in: bool
) -> None:
    provider.person.claims["amr"] = ["pwd", "mfa"]
    strict = access_at_provider(database, settings.model_copy(update={"oidc_required_amr": asked}))
    assert strict.at_provider is not None
    if let_in:
        finish(strict, gone_there(strict))
    else:
        assert why_not(strict, gone_there(strict)) == "strength"
    strict.at_provider.close()


def test_a_password_lets_administrators_in_where_that_is_set(database: Database, settings: Settings) -> None:
    for allowed in (False, True):
        access = access_at_provider(database, settings.model_copy(update={"oidc_allow_passwords": allowed}))
        for name, role in (("Chief", "administrator"), ("Officer", "operator")):
            if not allowed:
                _, link = access.accounts.add(name, [role], ["*"], by="test")  # type: ignore[list-item]
                access.accounts.set_password_by_link(link.path.partition("#")[2], "four words of nobody")
            if allowed and role == "administrator":
                access.sign_in.sign_in(name, "four words of nobody", **FROM)
            else:
                with pytest.raises(NotSignedIn):
                    access.sign_in.sign_in(name, "four words of nobody", **FROM)
        assert access.at_provider is not None
        access.at_provider.close()


def test_what_is_tried_wrongly_too_often_is_no_longer_looked_at(access: Access) -> None:
    for _ in range(50):
        access.tries.count("key", "192.0.2.7")
    with pytest.raises(TooManyAttempts):
        access.tries.count("key", "192.0.2.7")
    access.tries.count("key", "192.0.2.8")
    access.tries.count("link", "192.0.2.7")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no group gives the role administrator"),
        ('[a]\nroles = ["king"]\nsites = ["*"]', "a.roles.0"),
        ('[a]\nroles = ["administrator"]\nsites = ["UA209060"]', "for every site"),
        ("[a", "cannot be used"),
    ],
)
def test_a_file_of_groups_that_will_not_do_says_why(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "g.toml").write_text(text)
    with pytest.raises(TallyscanError, match=said):
        load_groups(tmp_path / "g.toml")


def test_groups_together_give_no_more_than_each(tmp_path: Path) -> None:
    (tmp_path / "g.toml").write_text(GROUPS)
    groups = load_groups(tmp_path / "g.toml")
    assert granted(groups, ["ops", "ops", "none"]).sites == ("UA209060",)
    with pytest.raises(InputError, match="operator would hold"):
        granted(groups, ["ops", "inspectors-of-nl"])


@pytest.mark.parametrize("issuer", ["http://idp.example", "http://192.0.2.1"])
def test_a_provider_elsewhere_without_tls_is_refused(
    database: Database, settings: Settings, issuer: str
) -> None:
    with pytest.raises(TallyscanError, match="neither https"):
        access_at_provider(database, settings.model_copy(update={"oidc_issuer": issuer}))
