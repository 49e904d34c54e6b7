import threading

import pytest

from tallyscan.access import sign_in
from tallyscan.access.access import Access
from tallyscan.access.sign_in import WRONG_BEFORE_LOCK, WRONG_OF_ADDRESS
from tallyscan.errors import Conflict, InputError, NotFound, NotSignedIn, TallyscanError, TooManyAttempts
from tests.access.conftest import Clock
from tests.access.test_accounts import FROM, PASSWORD, token_of


@pytest.fixture(autouse=True)
def officer(access: Access) -> None:
    _, link = access.accounts.add("Officer 1", ["operator", "inspector"], ["*"], by="test")
    access.accounts.set_password_by_link(token_of(link.path), PASSWORD)


def wrong(access: Access, name: str, address: str = "192.0.2.7") -> TallyscanError:
    with pytest.raises(TallyscanError) as raised:
        access.sign_in.sign_in(name, "a wrong password", address=address, browser="")
    return raised.value


def test_wrong_passwords_lock_a_name_for_longer_and_longer_whether_there_is_such_an_account_or_not(
    access: Access, clock: Clock
) -> None:
    said: dict[str, list[str]] = {"Officer 1": [], "nobody at all": []}
    for name, answers in said.items():
        for _ in range(WRONG_BEFORE_LOCK):
            error = wrong(access, name)
            assert isinstance(error, NotSignedIn)
            answers.append(error.reason)
        for seconds in (30, 60, 120):
            locked = wrong(access, name)
            assert isinstance(locked, TooManyAttempts)
            assert locked.retry_after_seconds == seconds
            answers.append(locked.reason)
            clock.goes_on(seconds=seconds)
            assert isinstance(wrong(access, name), NotSignedIn)
    assert said["Officer 1"] == said["nobody at all"]


def test_while_a_name_is_locked_the_right_password_waits_too_and_then_counts(
    access: Access, clock: Clock
) -> None:
    for _ in range(WRONG_BEFORE_LOCK):
        wrong(access, "Officer 1")
    with pytest.raises(TooManyAttempts):
        access.sign_in.sign_in("OFFICER 1", PASSWORD, address="198.51.100.1", browser="")
    clock.goes_on(seconds=31)
    assert access.sign_in.sign_in("Officer 1", PASSWORD, **FROM).caller.name == "Officer 1"
    assert "After 4 more" in wrong(access, "Officer 1").reason


@pytest.mark.usefixtures("cheap")
def test_an_address_that_tries_many_names_is_locked_and_others_are_not(access: Access, clock: Clock) -> None:
    for number in range(WRONG_OF_ADDRESS):
        assert isinstance(wrong(access, f"name {number}"), NotSignedIn)
    locked = wrong(access, "one more")
    assert isinstance(locked, TooManyAttempts)
    assert "from this address" in locked.reason
    assert isinstance(wrong(access, "one more", address="198.51.100.1"), NotSignedIn)
    clock.goes_on(minutes=16)
    assert isinstance(wrong(access, "one more"), NotSignedIn)


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where passwords are tried by the dozen, what is tested is the counting."""
    monkeypatch.setattr(sign_in, "is_password", lambda *_: False)


@pytest.mark.usefixtures("cheap")
def test_many_guesses_at_once_are_counted_one_by_one(access: Access) -> None:
    kinds: list[type[TallyscanError]] = []
    threads = [
        threading.Thread(target=lambda: kinds.append(type(wrong(access, "Officer 1")))) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kinds.count(NotSignedIn) == WRONG_BEFORE_LOCK
    assert kinds.count(TooManyAttempts) == 12 - WRONG_BEFORE_LOCK


def test_the_work_for_a_name_that_nobody_has_is_the_same(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tallyscan.access import secrets

    verified: list[str] = []
    monkeypatch.setattr(
        secrets._hasher.__class__, "verify", lambda _, kept, __: verified.append(kept[:30]) or False
    )
    access.accounts.add("Officer 2", ["operator"], ["*"], by="test")  # without a password
    for name in ("Officer 1", "Officer 2", "nobody"):
        wrong(access, name)
    assert len(verified) == 3
    assert len(set(verified)) == 1, "the same parameters"


def test_a_session_ends_when_it_is_idle_and_after_its_longest_time(access: Access, clock: Clock) -> None:
    token = access.sign_in.sign_in("Officer 1", PASSWORD, **FROM).token
    for _ in range(15):
        clock.goes_on(minutes=29)
        assert access.sessions.caller_of(token) is not None
    clock.goes_on(minutes=29)
    assert access.sessions.caller_of(token) is not None, "eight hours are not over"
    clock.goes_on(minutes=29)
    assert access.sessions.caller_of(token) is None, "eight hours are over"
    second = access.sign_in.sign_in("Officer 1", PASSWORD, **FROM).token
    clock.goes_on(minutes=29)
    assert access.sessions.caller_of(second, works=False) is not None
    clock.goes_on(minutes=1)
    assert access.sessions.caller_of(second) is None, "to look whether it is there is no work"
    assert access.sessions.of("Officer 1") == ()


def test_sessions_are_listed_and_ended_one_by_one_by_whose_they_are(access: Access) -> None:
    first, second = (
        access.sign_in.sign_in("Officer 1", PASSWORD, address="192.0.2.7", browser=b) for b in "ab"
    )
    listed = access.sessions.of("officer 1", second.caller.session)
    assert {(each.browser, each.current) for each in listed} == {("a", False), ("b", True)}
    assert first.caller.session is not None
    with pytest.raises(NotFound):
        access.sessions.end(first.caller.session, of="Officer 2")
    access.sessions.end(first.caller.session, of="Officer 1")
    assert access.sessions.caller_of(first.token) is None
    assert access.sessions.caller_of(second.token) is not None


def test_roles_count_from_the_next_request_on_and_a_disabled_account_at_once(access: Access) -> None:
    access.accounts.add("Chief", ["administrator"], ["*"], by="test")
    begun = access.sign_in.sign_in("Officer 1", PASSWORD, **FROM)
    access.accounts.change("Officer 1", ["auditor"], ["NL 000510"])
    caller = access.sessions.caller_of(begun.token)
    assert caller is not None
    assert (caller.roles, caller.sites) == ({"auditor"}, {"NL000510"})
    access.accounts.disable("Officer 1")
    assert access.sessions.caller_of(begun.token) is None
    assert "Name or password is wrong" in wrong(access, "Officer 1").reason
    access.accounts.enable("Officer 1")
    assert access.sessions.caller_of(begun.token) is None, "what ended does not come back"
    assert access.sign_in.sign_in("Officer 1", PASSWORD, **FROM).caller.roles == {"auditor"}


def test_a_changed_password_ends_every_other_session(access: Access) -> None:
    first = access.sign_in.sign_in("Officer 1", PASSWORD, **FROM)
    second = access.sign_in.sign_in("Officer 1", PASSWORD, **FROM)
    with pytest.raises(InputError):
        access.sign_in.change_password(second.caller, PASSWORD, "officer 1 abc", **FROM)
    with pytest.raises(NotSignedIn):
        access.sign_in.change_password(second.caller, "not the old one", "another long one", **FROM)
    third = access.sign_in.change_password(second.caller, PASSWORD, "another long one", **FROM)
    assert [access.sessions.caller_of(each.token) is not None for each in (first, second, third)] == [
        False,
        False,
        True,
    ]
    assert access.sign_in.sign_in("Officer 1", "another long one", **FROM)


def test_no_device_has_the_name_of_a_person(access: Access) -> None:
    with pytest.raises(Conflict):
        access.device_keys.add("OFFICER 1", scanner=None, sites=["*"], may=["tell"], by="test")
    access.device_keys.add("gate-1", scanner=None, sites=["*"], may=["tell"], by="test")
    for add in (
        lambda: access.accounts.add("Gate-1", ["operator"], ["*"], by="test"),
        lambda: access.device_keys.add("Gate-1", scanner=None, sites=["*"], may=["tell"], by="test"),
    ):
        with pytest.raises(Conflict, match="key 'gate-1'"):
            add()


def test_a_key_of_a_device_is_known_until_it_is_removed(access: Access) -> None:
    _, token = access.device_keys.add(
        "gate-1", scanner="xr-9", sites=["nl 000510"], may=["deliver"], by="test"
    )
    caller = access.device_keys.caller_of(token)
    assert caller is not None
    assert (caller.kind, caller.name, caller.scanner) == ("device", "gate-1", "xr-9")
    assert (caller.sites, caller.tasks, caller.roles) == ({"NL000510"}, {"deliver"}, frozenset())
    assert access.device_keys.all()[0].used_at is not None
    access.device_keys.remove("GATE-1")
    assert access.device_keys.caller_of(token) is None
    assert access.sessions.caller_of(token) is None
