from collections.abc import Callable

import pytest
from sqlalchemy import text

from tallyscan.access.access import Access
from tallyscan.access.secrets import check_password
from tallyscan.errors import Conflict, InputError, NotFound, NotSignedIn
from tallyscan.store.database import Database
from tests.access.conftest import Clock

PASSWORD = "four words of nobody"
FROM = {"address": "192.0.2.7", "browser": "test"}


def token_of(path: str) -> str:
    return path.partition("#")[2]


def test_an_account_is_made_without_a_password_and_its_link_sets_one_once(access: Access) -> None:
    account, link = access.accounts.add("O. Kovalenko", ["operator"], ["UA209060"], by="test")
    assert not account.ready
    with pytest.raises(NotSignedIn):
        access.sign_in.sign_in("O. Kovalenko", PASSWORD, **FROM)
    access.accounts.set_password_by_link(token_of(link.path), PASSWORD)
    caller = access.sign_in.sign_in("o. kovalenko", PASSWORD, **FROM).caller
    assert (caller.name, caller.roles, caller.sites) == ("O. Kovalenko", {"operator"}, {"UA209060"})
    with pytest.raises(NotFound, match="used already"):
        access.accounts.set_password_by_link(token_of(link.path), "another one of nobody")


def test_a_link_ends_with_its_time_and_with_the_next_one(access: Access, clock: Clock) -> None:
    _, first = access.accounts.add("Officer 1", ["operator"], ["*"], by="test")
    second = access.accounts.new_link("officer 1")
    clock.goes_on(hours=24)
    for link in (first, second):
        with pytest.raises(NotFound, match="too old"):
            access.accounts.set_password_by_link(token_of(link.path), PASSWORD)


@pytest.mark.parametrize("other", ["officer 1", " Officer  1 ", "OFFICER 1", "\uff2ffficer 1"])
def test_names_that_look_the_same_are_one(access: Access, other: str) -> None:
    access.accounts.add("Officer 1", ["operator"], ["*"], by="test")
    with pytest.raises(Conflict):
        access.accounts.add(other, ["auditor"], ["*"], by="test")


@pytest.mark.parametrize("name", ["", " ", "a/b", "a\u202eb", "a\nb/", "<b>", "x" * 81])
def test_a_name_that_breaks_an_address_or_misleads_is_refused(access: Access, name: str) -> None:
    with pytest.raises(InputError, match="no name"):
        access.accounts.add(name, ["operator"], ["*"], by="test")


@pytest.mark.parametrize(
    ("roles", "sites", "said"),
    [
        (["king"], ["*"], "no role 'king'"),
        ([], ["*"], "has a role"),
        (["operator"], [], "for a site"),
        (["operator"], ["  "], "for a site"),
        (["operator", "administrator"], ["UA209060"], "administrator"),
    ],
)
def test_what_no_account_can_be_says_why(
    access: Access, roles: list[str], sites: list[str], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        access.accounts.add("Officer 1", roles, sites, by="test")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        lambda access: access.accounts.disable("Chief"),
        lambda access: access.accounts.change("Chief", ["operator"], ["*"]),
    ],
)
def test_the_last_administrator_stays(access: Access, change: Callable[[Access], object]) -> None:
    access.accounts.add("Chief", ["administrator"], ["*"], by="test")
    access.accounts.add("Officer 1", ["operator"], ["*"], by="test")
    with pytest.raises(Conflict, match="Nobody would be left"):
        change(access)
    access.accounts.add("Deputy", ["administrator"], ["*"], by="test")
    change(access)


@pytest.mark.parametrize(
    "password", ["short", "eleven sign", "officer one1", "Officer One", "officer oneofficer one", " " * 12]
)
def test_a_password_that_is_short_or_the_name_will_not_do(password: str) -> None:
    with pytest.raises(InputError):
        check_password(password, "Officer One")


@pytest.mark.parametrize(
    "password", ["lowercaseonly", "twelve signs", "officer one has a cat", "пароль без цифр"]
)
def test_any_other_password_of_twelve_signs_will_do(password: str) -> None:
    check_password(password, "Officer One")


def test_the_database_holds_no_secret(access: Access, database: Database) -> None:
    _, link = access.accounts.add("Officer 1", ["operator"], ["*"], by="test")
    _, key = access.device_keys.add("gate-1", scanner=None, sites=["*"], may=["deliver"], by="test")
    access.accounts.set_password_by_link(token_of(link.path), PASSWORD)
    _, unused = access.accounts.add("Officer 2", ["operator"], ["*"], by="test")
    begun = access.sign_in.sign_in("Officer 1", PASSWORD, **FROM)
    with pytest.raises(NotSignedIn):
        access.sign_in.sign_in(PASSWORD, PASSWORD, **FROM)
    kept = []
    with database.read() as session:
        for table in ("accounts", "account_links", "sessions", "password_attempts", "device_keys"):
            kept += [str(row) for row in session.execute(text(f"SELECT * FROM {table}"))]
    assert len(kept) == 6
    for secret in (PASSWORD, begun.token, key, token_of(link.path), token_of(unused.path)):
        assert not any(secret in row for row in kept)
    assert any("$argon2id$" in row for row in kept)
