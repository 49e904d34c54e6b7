"""Signing in with name and password, and how often a wrong one may be tried."""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from tallyscan.access.accounts import Accounts, now_utc
from tallyscan.access.caller import Caller
from tallyscan.access.names import account_key
from tallyscan.access.secrets import check_password, hash_of, hash_password, is_outdated, is_password
from tallyscan.access.sessions import Begun, Sessions
from tallyscan.errors import NotSignedIn, TooManyAttempts
from tallyscan.store.access_tables import AccountRow, PasswordAttemptRow
from tallyscan.store.audit import Subject, Told, record
from tallyscan.store.database import Database

WRONG_BEFORE_LOCK = 5
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(minutes=15)
"""Each further wrong password doubles the lock of a name, up to this."""
FORGOTTEN_AFTER = timedelta(hours=24)
WRONG_OF_ADDRESS = 50
ADDRESS_WINDOW = timedelta(minutes=15)
_log = structlog.get_logger(__name__)
_REMEDY = "Who has forgotten the password asks an administrator for a new link."


class SignIn:
    """Wrong passwords are counted by name, whether there is such an account or not, and by address: so neither the
    answer nor its time says who has an account. A try is counted before it is looked at, so that many at once are many.
    """

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        sessions: Sessions,
        clock: Callable[[], datetime] = now_utc,
        lets_in: Callable[[AccountRow], bool] = lambda _: True,
    ) -> None:
        self._database = database
        self._lets_in = lets_in
        self._accounts = accounts
        self._sessions = sessions
        self._clock = clock

    def sign_in(self, name: str, password: str, *, address: str, browser: str) -> Begun:
        """A session of that person. Raises `NotSignedIn`, and `TooManyAttempts` while name or address is locked."""
        account = self._proven(name, password, address)
        return self._sessions.begin(account, address=address, browser=browser)

    def change_password(self, caller: Caller, old: str, new: str, *, address: str, browser: str) -> Begun:
        """By the old one; every session of the person ends, and a new one begins. Raises as `sign_in`, and
        `InputError` for a new password that will not do."""
        assert caller.name is not None
        check_password(new, caller.name)
        account = self._proven(caller.name, old, address)
        kept = hash_password(new)
        with self._database.write() as session:
            self._accounts.put_password(session, session.get_one(AccountRow, account), kept)
        return self._sessions.begin(account, address=address, browser=browser)

    def _proven(self, name: str, password: str, address: str) -> str:
        """The key of the account whose password it is."""
        key = account_key(name)
        left = self._count_try(hash_of(key), address)
        with self._database.read() as session:
            row = session.get(AccountRow, key)
        may = row is not None and row.disabled_at is None and self._lets_in(row)
        kept = row.password_hash if row is not None and may else None
        if not is_password(password, kept):
            self._tell_failure(row, address)
            raise NotSignedIn(f"Name or password is wrong. {_in_words(left)}", remedy=_REMEDY)
        assert kept is not None
        better = hash_password(password) if is_outdated(kept) else kept
        with self._database.write() as session:
            session.execute(delete(PasswordAttemptRow).where(PasswordAttemptRow.name_sha256 == hash_of(key)))
            account = session.get_one(AccountRow, key)
            account.signed_in_at, account.password_hash = self._clock(), better
        return key

    def _tell_failure(self, row: AccountRow | None, address: str) -> None:
        """In the audit. A name that is none is not told: people type passwords there by mistake."""
        who = Subject("person", row.name) if row is not None else None
        with self._database.write() as session:
            record(session, Told("signin.failed", "account", who, details={"address": address}))

    def _count_try(self, name_sha256: str, address: str) -> int:
        """How many more wrong ones there may be before the name is locked. Raises `TooManyAttempts`."""
        now, tries = self._clock(), PasswordAttemptRow
        with self._database.write() as session:
            session.execute(delete(tries).where(tries.at <= now - FORGOTTEN_AFTER))
            wrong = _check_locks(session, name_sha256, address, now)
            session.add(tries(name_sha256=name_sha256, address=address, at=now))
        return max(0, WRONG_BEFORE_LOCK - wrong - 1)


def _check_locks(session: Session, name_sha256: str, address: str, now: datetime) -> int:
    """How often this name was tried already. Raises `TooManyAttempts`."""
    tries = PasswordAttemptRow
    wrong, last = session.execute(
        select(func.count(), func.max(tries.at)).where(tries.name_sha256 == name_sha256)
    ).one()
    if wrong >= WRONG_BEFORE_LOCK:
        lock = min(FIRST_LOCK * 2 ** min(wrong - WRONG_BEFORE_LOCK, 16), LONGEST_LOCK)
        _check_over(last + lock, now, "for this name", address)
    here = (tries.address == address) & (tries.what == "password") & (tries.at > now - ADDRESS_WINDOW)
    of_address, first = session.execute(select(func.count(), func.min(tries.at)).where(here)).one()
    if of_address >= WRONG_OF_ADDRESS:
        _check_over(first + ADDRESS_WINDOW, now, "from this address", address)
    return int(wrong)


def _check_over(until: datetime, now: datetime, what: str, address: str) -> None:
    seconds = ceil((until - now).total_seconds())
    if seconds > 0:
        _log.warning("too many wrong passwords", what=what, address=address, seconds=seconds)
        raise TooManyAttempts(
            f"Too many wrong passwords {what}: the next one is looked at in {_seconds(seconds)}.",
            remedy=f"Wait. {_REMEDY}",
            retry_after_seconds=seconds,
        )


def _in_words(left: int) -> str:
    if left == 0:
        return "The name is locked for a while now."
    return f"After {left} more wrong {'one' if left == 1 else 'ones'} the name is locked for a while."


def _seconds(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 120 else f"{ceil(seconds / 60)} minutes"
