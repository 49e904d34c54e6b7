"""Signatures of what is sent to a webhook, by Standard Webhooks 1.0 (standardwebhooks.com), symmetric scheme `v1`."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from pathlib import Path

from pydantic import SecretStr

from tallyscan.errors import TallyscanError, Unavailable

_PREFIX = "whsec_"
_FEWEST_BYTES, _MOST_BYTES = 24, 64  # as the specification has it


def signature(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """One signature a secret, the first secret's first: a receiver takes any that it knows, so secrets can rotate."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    macs = (hmac.new(secret, signed, hashlib.sha256).digest() for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs)


def secrets_in(text: str) -> tuple[bytes, ...]:
    """The secrets in a text, between white space: `whsec_` and base64. Raises `TallyscanError`, not telling them."""
    words = text.split()
    try:
        found = tuple(base64.b64decode(word.removeprefix(_PREFIX), validate=True) for word in words)
    except ValueError:
        raise _unusable() from None  # not with what was decoded
    named = all(word.startswith(_PREFIX) for word in words)
    if not (found and named and all(_FEWEST_BYTES <= len(secret) <= _MOST_BYTES for secret in found)):
        raise _unusable()
    return found


class Secrets:
    """Where the secrets are: in the settings, or in a file that is read for each event, so that they can be rotated
    without a restart."""

    def __init__(self, given: SecretStr | None, file: Path | None) -> None:
        """Raises `TallyscanError` when there are none, or they cannot be used."""
        self._given = secrets_in(given.get_secret_value()) if given is not None else ()
        self._file = file
        if file is None and not self._given:
            raise _unusable()
        if file is not None:
            try:
                self.now()
            except Unavailable as error:
                raise TallyscanError(error.detail) from error

    def now(self) -> tuple[bytes, ...]:
        """Those that count now, the file's first. Raises `Unavailable` while the file cannot be used."""
        if self._file is None:
            return self._given
        try:
            return secrets_in(self._file.read_text(encoding="ascii")) + self._given
        except (OSError, UnicodeDecodeError, TallyscanError) as error:
            raise Unavailable(
                f"The file of the webhook's secrets, {self._file.name}, cannot be used: {_said(error)}"
            ) from error


def _said(error: Exception) -> str:
    if isinstance(error, TallyscanError):
        return error.reason
    return f"{error.strerror}." if isinstance(error, OSError) and error.strerror else "it is no ASCII text."


def _unusable() -> TallyscanError:
    return TallyscanError(
        "A webhook needs secrets to sign with: each `whsec_` and 24 to 64 bytes in base64.",
        remedy="Set events_webhook_secrets or events_webhook_secrets_file; "
        "`openssl rand -base64 32` makes what follows whsec_.",
    )
