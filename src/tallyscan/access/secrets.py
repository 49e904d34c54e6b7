"""Passwords and tokens: how they are made, checked, and kept as hashes alone."""

import hashlib
import hmac
import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tallyscan.errors import InputError

SHORTEST, LONGEST = 12, 256
_SHORTEST_NAME = 4  # a shorter one is in too many words
_BESIDE_NAME = 8  # signs that a password with the name in it has beside it

_hasher = PasswordHasher()  # argon2id as RFC 9106 recommends where memory is short: 64 MiB, three passes


def check_password(password: str, name: str) -> None:
    """Length counts, and that it is not the name; which signs it has does not. Raises `InputError`."""
    if not SHORTEST <= len(_plain(password)) <= LONGEST:
        raise InputError(
            f"A password has {SHORTEST} to {LONGEST} signs.",
            remedy="A few words that do not belong together do well.",
        )
    folded, named = _plain(password).casefold(), _plain(name).casefold()
    left = folded.replace(named, "")
    if (len(named) >= _SHORTEST_NAME and len(left) < _BESIDE_NAME and left != folded) or not left.strip():
        raise InputError(
            "The password is little more than the name.", remedy="Choose one that nobody guesses from it."
        )


def hash_password(password: str) -> str:
    """Takes 64 MiB and some tens of milliseconds, on purpose."""
    return _hasher.hash(_plain(password))


def is_password(password: str, kept: str | None) -> bool:
    """Whether it is the one whose hash is kept. Without one it takes as long, and is not."""
    nobodys = _nobodys()  # made at the first password of all, whosever that is
    try:
        return _hasher.verify(kept or nobodys, _plain(password)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether today's hashes cost more than this one."""
    return _hasher.check_needs_rehash(kept)


def new_token() -> str:
    """For a session, a link or a key: 256 bits, in signs that an address may have."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What is kept of it; a token is too long to be guessed, so a plain hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_token(session_token: str) -> str:
    """What a page of ours sends beside the cookie, and no page of others can know."""
    return hmac.new(session_token.encode(), b"csrf", hashlib.sha256).hexdigest()


def is_csrf_token(said: str, session_token: str) -> bool:
    """Whether it is that of the session."""
    return hmac.compare_digest(said.encode(), csrf_token(session_token).encode())


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def _plain(text: str) -> str:
    """The same signs however a keyboard makes them."""
    return unicodedata.normalize("NFKC", text)
