"""The accounts of people: who there is, in which roles and where, and how each comes to a password."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tallyscan.access.caller import EVERY_SITE, ROLES, Role, checked_sites
from tallyscan.access.names import account_key, check_name
from tallyscan.access.secrets import check_password, hash_of, hash_password, new_token
from tallyscan.errors import Conflict, InputError, NotFound
from tallyscan.store.access_tables import AccountLinkRow, AccountRow, DeviceKeyRow, SessionRow
from tallyscan.store.database import Database


def now_utc() -> datetime:
    """The clock, unless a test has another one."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Account:
    """A person who may come in. `sites` is `("*",)` for every site; `ready`: a password is set. Who is `from_provider`
    signs in there, and has the roles and sites that their groups give."""

    name: str
    roles: tuple[Role, ...]
    sites: tuple[str, ...]
    ready: bool
    disabled: bool
    created_at: datetime
    created_by: str
    signed_in_at: datetime | None
    from_provider: bool = False


@dataclass(frozen=True)
class PasswordLink:
    """By which a person sets their password, once; whoever has it can. `path` is where in the console."""

    path: str
    expires_at: datetime


class Accounts:
    """The book of accounts; a change of roles, sites or password holds from the next request on."""

    def __init__(
        self, database: Database, link_lasts: timedelta, clock: Callable[[], datetime] = now_utc
    ) -> None:
        self._database = database
        self._link_lasts = link_lasts
        self._clock = clock

    def all(self) -> tuple[Account, ...]:
        """By name."""
        with self._database.read() as session:
            rows = session.execute(select(AccountRow).order_by(AccountRow.key)).scalars()
            return tuple(map(_account, rows))

    def add(
        self, name: str, roles: Sequence[Role], sites: Sequence[str], *, by: str
    ) -> tuple[Account, PasswordLink]:
        """A new one without a password, and the link to set it. Raises `InputError`, and `Conflict` for a name that
        there is."""
        row = AccountRow(
            key=account_key(name), name=check_name(name), created_at=self._clock(), created_by=by
        )
        row.roles, row.sites = _checked(roles, sites)
        with self._database.write() as session:
            check_free(session, row.key)
            session.add(row)
            session.flush()
            return _account(row), self._link(session, row)

    def change(self, name: str, roles: Sequence[Role], sites: Sequence[str]) -> Account:
        """Other roles and sites. Raises `NotFound`, `InputError`, and `Conflict` if no administrator would be left, or
        where a provider's groups give them."""
        with self._database.write() as session, _administrated(session):
            row = _local(_row(session, name))
            row.roles, row.sites = _checked(roles, sites)
            return _account(row)

    def disable(self, name: str) -> Account:
        """Nobody signs in by it any more, and whoever is signed in by it is not. Raises as `change`."""
        with self._database.write() as session, _administrated(session):
            row = _row(session, name)
            row.disabled_at = row.disabled_at or self._clock()
            session.execute(delete(SessionRow).where(SessionRow.account == row.key))
            session.execute(delete(AccountLinkRow).where(AccountLinkRow.account == row.key))
            return _account(row)

    def enable(self, name: str) -> Account:
        """The opposite; its password is what it was. Raises `NotFound`."""
        with self._database.write() as session:
            row = _row(session, name)
            row.disabled_at = None
            return _account(row)

    def new_link(self, name: str) -> PasswordLink:
        """For somebody who forgot the password, which goes on until the link is used; earlier links do not. Raises
        `NotFound`, and `Conflict` for a disabled account, and for who signs in at a provider."""
        with self._database.write() as session:
            row = _local(_row(session, name))
            if row.disabled_at is not None:
                raise Conflict(f"The account {row.name!r} is disabled.", remedy="Enable it first.")
            return self._link(session, row)

    def set_password_by_link(self, token: str, password: str) -> Account:
        """Whose link it is has this password from now on, and every session of theirs ends. Raises `InputError`, and
        `NotFound` for a link that was used, is too old, or never was."""
        with self._database.read() as session:
            check_password(password, self._of_link(session, token).name)
        kept = hash_password(password)
        with self._database.write() as session:
            row = self._of_link(session, token)
            self.put_password(session, row, kept)
            return _account(row)

    def put_password(self, session: Session, row: AccountRow, kept: str) -> None:
        """In the caller's transaction: links and sessions from before end."""
        row.password_hash, row.password_set_at = kept, self._clock()
        session.execute(delete(AccountLinkRow).where(AccountLinkRow.account == row.key))
        session.execute(delete(SessionRow).where(SessionRow.account == row.key))

    def _link(self, session: Session, row: AccountRow) -> PasswordLink:
        token, expires_at = new_token(), self._clock() + self._link_lasts
        session.execute(delete(AccountLinkRow).where(AccountLinkRow.account == row.key))
        session.add(AccountLinkRow(token_sha256=hash_of(token), account=row.key, expires_at=expires_at))
        return PasswordLink(f"/console/set-password#{token}", expires_at)

    def _of_link(self, session: Session, token: str) -> AccountRow:
        link = session.get(AccountLinkRow, hash_of(token))
        if link is None or link.expires_at <= self._clock():
            raise NotFound(
                "This link was used already, or is too old.", remedy="Ask an administrator for a new one."
            )
        return session.get_one(AccountRow, link.account)


def check_free(session: Session, key: str) -> None:
    """Raises `Conflict` for a name that a person or a device has: whoever says something is known by it alone."""
    if (person := session.get(AccountRow, key)) is not None:
        raise Conflict(
            f"There is an account {person.name!r} already.",
            remedy="Choose another name, or change its roles.",
        )
    if (device := session.get(DeviceKeyRow, key)) is not None:
        raise Conflict(
            f"There is a key {device.name!r} already.",
            remedy="Choose another name, or remove that one first.",
        )


def _checked(roles: Sequence[Role], sites: Sequence[str]) -> tuple[list[str], list[str]]:
    if not roles or (unknown := [role for role in roles if role not in ROLES]):
        what = f"There is no role {unknown[0]!r}." if roles else "An account has a role."
        raise InputError(what, remedy=f"Roles: {', '.join(ROLES)}.")
    named = checked_sites(sites)
    if "administrator" in roles and named != [EVERY_SITE]:
        raise InputError(
            "An administrator gives access to every site, so is for every site.",
            remedy=f"Give the site {EVERY_SITE}.",
        )
    return [role for role in ROLES if role in roles], named


@contextmanager
def _administrated(session: Session) -> Iterator[None]:
    """Raises `Conflict` where somebody could give access before, and nobody could after."""
    before = _has_administrator(session)
    yield
    session.flush()
    if before and not _has_administrator(session):
        raise Conflict("Nobody would be left to give access.", remedy="Make another administrator first.")


def _has_administrator(session: Session) -> bool:
    people = session.execute(select(AccountRow).where(AccountRow.disabled_at.is_(None))).scalars()
    return any("administrator" in row.roles for row in people)


def _row(session: Session, name: str) -> AccountRow:
    row = session.get(AccountRow, account_key(name))
    if row is None:
        raise NotFound(f"There is no account {name!r}.")
    return row


def _local(row: AccountRow) -> AccountRow:
    if row.issuer is not None:
        raise Conflict(
            f"{row.name!r} signs in at the provider, and has the roles that their groups give.",
            remedy="Change the groups there, or what groups give: oidc_groups.",
        )
    return row


def _account(row: AccountRow) -> Account:
    roles = tuple(role for role in ROLES if role in row.roles)
    return Account(
        name=row.name,
        roles=roles,
        sites=tuple(row.sites),
        ready=row.password_hash is not None or row.issuer is not None,
        disabled=row.disabled_at is not None,
        created_at=row.created_at,
        created_by=row.created_by,
        signed_in_at=row.signed_in_at,
        from_provider=row.issuer is not None,
    )
