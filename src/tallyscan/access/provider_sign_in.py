"""Signing in at a provider: there, back once, and as the account of that subject, with what its groups give.

What a sign-in needs to know between there and back is one random token, in a cookie of the browser; state, nonce and
the verifier of PKCE are made from it. The database knows its hash, so that any process finishes it, and once only.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import delete, select

from tallyscan.access.accounts import now_utc
from tallyscan.access.groups import Gives, Granted, granted, groups_in
from tallyscan.access.provider import Provider, refused
from tallyscan.access.provider_account import account_of
from tallyscan.access.provider_tokens import is_strong, sealed, unsealed
from tallyscan.access.secrets import hash_of, new_token
from tallyscan.access.sessions import Begun, Sessions
from tallyscan.access.tries import Tries
from tallyscan.errors import InputError, SignInFailed
from tallyscan.store.access_tables import AccountRow, LogoutTokenRow, ProviderSignInRow, SessionRow
from tallyscan.store.database import Database

LASTS = timedelta(minutes=10)
"""So long somebody may take to sign in at the provider."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Returned:
    """What the browser brings back from the provider: `token` from its cookie, the rest from the address."""

    token: str
    state: str
    code: str | None
    error: str | None
    issuer: str | None


@dataclass(frozen=True)
class Strength:
    """How the person must have proven themselves there: one of each, where any is named."""

    acr: tuple[str, ...]
    amr: tuple[str, ...]


class ProviderSignIn:
    """No session comes of anything that is not whole: whatever is wrong raises `SignInFailed`, and is logged."""

    def __init__(
        self,
        database: Database,
        provider: Provider,
        sessions: Sessions,
        tries: Tries,
        groups: Mapping[str, Gives],
        groups_claim: str,
        strength: Strength,
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        self._database, self._provider, self._sessions, self._tries = database, provider, sessions, tries
        self._groups, self._groups_claim, self._strength = groups, groups_claim, strength
        self._clock = clock

    def begin(self, page: str, *, address: str) -> tuple[str, str]:
        """The token for the browser, and where it goes now. Raises `Unavailable`, and `TooManyAttempts`."""
        self._tries.count("sign-in", address)
        token, now = new_token(), self._clock()
        url = self._provider.address(
            state=_made("state", token), nonce=_made("nonce", token), verifier=_made("verifier", token)
        )
        with self._database.write() as session:
            session.execute(delete(ProviderSignInRow).where(ProviderSignInRow.expires_at <= now))
            session.execute(delete(LogoutTokenRow).where(LogoutTokenRow.expires_at <= now))
            session.add(ProviderSignInRow(token_sha256=hash_of(token), expires_at=now + LASTS, page=page))
        return token, url

    def finish(self, came: Returned, *, address: str, browser: str) -> tuple[Begun, str]:
        """A new session, and the page where they wanted to be. Raises as said, and `Unavailable`."""
        page = self._page_of(came, address)
        if came.error is not None or came.code is None:
            raise refused("denied", f"the provider says {str(came.error)[:100]!r}")
        if came.issuer != self._provider.issuer and (
            came.issuer is not None or self._provider.names_itself_in_answers()
        ):
            raise refused("token", f"the answer is of {str(came.issuer)[:200]!r}")
        now = self._clock()
        tokens = self._provider.tokens(
            came.code, nonce=_made("nonce", came.token), verifier=_made("verifier", came.token), now=now
        )
        claims = tokens.claims
        if not is_strong(claims, self._strength.acr, self._strength.amr):
            raise _not_in(
                "strength", claims, "Sign in at the provider with what it asks for beside a password."
            )
        with self._database.write() as session:
            account = account_of(session, self._provider.issuer, claims, self._granted(claims), now)
            disabled = account is not None and account.disabled_at is not None
            key = account.key if account is not None else None
        if key is None:
            raise _not_in("groups", claims, "Ask an administrator which groups let people in here.")
        if disabled:
            raise _not_in("disabled", claims, "Ask an administrator to enable the account.")
        begun = self._sessions.begin(
            key,
            address=address,
            browser=browser,
            provider_session=_text(claims.get("sid")),
            seal=partial(sealed, tokens.id_token),
        )
        return begun, page

    def leave_address(self, session_id: str, session_token: str) -> str | None:
        """Where a browser whose session ends is sent to sign out of the provider too; None where nowhere."""
        with self._database.read() as session:
            row = session.get(SessionRow, session_id)
            kept = row.sealed_id_token if row is not None else None
        if kept is None:
            return None
        return self._provider.leave_address(unsealed(kept, session_token))

    def end_by(self, logout_token: str, *, address: str) -> int:
        """The provider says that somebody left: their sessions end. How many those were. Raises `SignInFailed`."""
        now = self._clock()
        try:
            claims = self._provider.logout_claims(logout_token, now)
        except SignInFailed:
            self._tries.count("logout", address)
            raise
        subject, sid = _text(claims.get("sub")), _text(claims.get("sid"))
        with self._database.write() as session:
            if session.get(LogoutTokenRow, hash_of(claims["jti"])) is not None:
                raise refused("token", "the logout token was used already")
            until = datetime.fromtimestamp(claims["exp"], now.tzinfo) + LASTS
            session.add(LogoutTokenRow(id_sha256=hash_of(claims["jti"]), expires_at=until))
            theirs = select(AccountRow.key).where(AccountRow.issuer == self._provider.issuer)
            if subject is not None:
                theirs = theirs.where(AccountRow.subject == subject)
            ended = delete(SessionRow).where(SessionRow.account.in_(theirs))
            if sid is not None:
                ended = ended.where(SessionRow.provider_session == sid)
            gone = session.execute(ended).rowcount  # type: ignore[attr-defined]
        _log.info("the provider ended sessions", sessions=gone)
        return int(gone)

    def close(self) -> None:
        """Give back the connections to the provider."""
        self._provider.close()

    def _page_of(self, came: Returned, address: str) -> str:
        """Of this sign-in, which is over with that."""
        if came.token and hmac.compare_digest(came.state.encode(), _made("state", came.token).encode()):
            with self._database.write() as session:
                row = session.get(ProviderSignInRow, hash_of(came.token))
                if row is not None:
                    session.delete(row)
                    if row.expires_at > self._clock():
                        return row.page
        self._tries.count("callback", address)
        _log.warning("nobody is signed in by the provider", why="expired", address=address)
        raise SignInFailed(
            "expired",
            "This sign-in was not begun in this browser, took too long, or is over.",
            remedy="Sign in again.",
        )

    def _granted(self, claims: Mapping[str, Any]) -> Granted:
        try:
            return granted(self._groups, groups_in(claims, self._groups_claim) or ())
        except InputError as error:
            _log.error("groups of the provider contradict", detail=error.reason)
            return Granted((), ())


def _made(what: str, token: str) -> str:
    """43 signs, from which the token is not to be guessed, nor the other ones."""
    return urlsafe_b64encode(hmac.digest(token.encode(), what.encode(), hashlib.sha256)).rstrip(b"=").decode()


def _text(said: object) -> str | None:
    return said if isinstance(said, str) and 0 < len(said) <= 255 else None


def _not_in(why: Any, claims: Mapping[str, Any], remedy: str) -> SignInFailed:
    _log.warning("nobody is signed in by the provider", why=why, subject=hash_of(str(claims.get("sub")))[:12])
    told = {
        "strength": "The provider let you in by less than this service asks for.",
        "groups": "You are in no group that gives access here.",
        "disabled": "Your account here is disabled.",
    }
    return SignInFailed(why, told[why], remedy=remedy)
