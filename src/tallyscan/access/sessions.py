"""Sessions of people who are signed in: begun, seen, ended. The service keeps them; a browser has only a token."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, or_, select

from tallyscan.access.accounts import now_utc
from tallyscan.access.caller import ROLES, Caller, sites_from
from tallyscan.access.names import account_key
from tallyscan.access.secrets import hash_of, new_token
from tallyscan.errors import NotFound
from tallyscan.store.access_tables import AccountRow, SessionRow
from tallyscan.store.database import Database

_SEEN_EVERY = timedelta(minutes=1)  # a write for each request would hold up the others
_SEEN_SHARE = 10  # of the idle time, where that is short


@dataclass(frozen=True)
class Begun:
    """A new session; `token` goes to the browser, and is kept nowhere else."""

    token: str
    caller: Caller


@dataclass(frozen=True)
class OpenSession:
    """One browser in which somebody is signed in; it ends at `expires_at` at the latest."""

    id: str
    name: str
    begun_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    browser: str
    current: bool


class Sessions:
    """A session ends when it asks for nothing for the idle time, and after the longest time in any case."""

    def __init__(
        self,
        database: Database,
        idle: timedelta,
        longest: timedelta,
        clock: Callable[[], datetime] = now_utc,
        lets_in: Callable[[AccountRow], bool] = lambda _: True,
    ) -> None:
        """`lets_in`: whether an account is of a kind that this service takes now."""
        self._database = database
        self._lets_in = lets_in
        self._idle = idle
        self._longest = longest
        self._clock = clock

    def begin(
        self,
        account: str,
        *,
        address: str,
        browser: str,
        provider_session: str | None = None,
        seal: Callable[[str], str] | None = None,
    ) -> Begun:
        """For the account of that key, which has proven itself. What has ended is thrown away. Of who comes from a
        provider, `provider_session` is what that calls the session, and `seal` seals its ID token by our token."""
        token, now = new_token(), self._clock()
        row = SessionRow(
            id=str(uuid4()),
            token_sha256=hash_of(token),
            account=account,
            begun_at=now,
            seen_at=now,
            expires_at=now + self._longest,
            address=address[:64],
            browser=browser[:255],
            provider_session=provider_session,
            sealed_id_token=seal(token) if seal is not None else None,
        )
        with self._database.write() as session:
            session.execute(
                delete(SessionRow).where(
                    or_(SessionRow.expires_at <= now, SessionRow.seen_at <= now - self._idle)
                )
            )
            session.add(row)
            return Begun(token, _caller(session.get_one(AccountRow, account), row))

    def caller_of(self, token: str, *, works: bool = True) -> Caller | None:
        """Who is signed in by that token, as their account stands now; None where nobody is. `works`: it asks for
        something, so is not idle."""
        now = self._clock()
        with self._database.read() as session:
            found = session.execute(
                select(SessionRow, AccountRow)
                .join(AccountRow, AccountRow.key == SessionRow.account)
                .where(SessionRow.token_sha256 == hash_of(token), AccountRow.disabled_at.is_(None))
            ).first()
        if found is None or not self._is_open(found[0], now) or not self._lets_in(found[1]):
            return None
        if works and now - found[0].seen_at > min(_SEEN_EVERY, self._idle / _SEEN_SHARE):
            with self._database.write() as session:
                if (row := session.get(SessionRow, found[0].id)) is not None:
                    row.seen_at = now
        return _caller(found[1], found[0])

    def of(self, name: str, current: str | None = None) -> tuple[OpenSession, ...]:
        """Those of a person, newest first."""
        now = self._clock()
        with self._database.read() as session:
            rows = session.execute(
                select(SessionRow, AccountRow.name)
                .join(AccountRow, AccountRow.key == SessionRow.account)
                .where(SessionRow.account == account_key(name))
                .order_by(SessionRow.begun_at.desc())
            ).all()
        return tuple(_open(row, of, current) for row, of in rows if self._is_open(row, now))

    def end(self, session_id: str, *, of: str | None = None) -> None:
        """Sign out that browser; `of`: only if it is that person's. Raises `NotFound`."""
        with self._database.write() as session:
            row = session.get(SessionRow, session_id)
            if row is None or (of is not None and row.account != account_key(of)):
                raise NotFound(f"There is no session {session_id!r}.", remedy="It may have ended by itself.")
            session.delete(row)

    def end_if_open(self, session_id: str) -> None:
        """The same, where it may have ended by itself."""
        with self._database.write() as session:
            session.execute(delete(SessionRow).where(SessionRow.id == session_id))

    def end_all(self, name: str, *, but: str | None = None) -> int:
        """Sign out every browser of a person, but for one. How many those were."""
        theirs = delete(SessionRow).where(SessionRow.account == account_key(name))
        with self._database.write() as session:
            ended = session.execute(theirs.where(SessionRow.id != but) if but else theirs)
            return int(ended.rowcount)  # type: ignore[attr-defined]

    def _is_open(self, row: SessionRow, now: datetime) -> bool:
        return row.expires_at > now and row.seen_at > now - self._idle


def _caller(account: AccountRow, row: SessionRow) -> Caller:
    roles = frozenset(role for role in ROLES if role in account.roles)
    return Caller(
        "person",
        account.name,
        roles,
        sites=sites_from(account.sites),
        session=row.id,
        from_provider=account.issuer is not None,
    )


def _open(row: SessionRow, name: str, current: str | None) -> OpenSession:
    return OpenSession(
        id=row.id,
        name=name,
        begun_at=row.begun_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        address=row.address,
        browser=row.browser,
        current=row.id == current,
    )
