"""A sink that is another Tallyscan: the centre of an administration, to which a crossing point reports.

Many events go in one request, so that it catches up soon after the line was down. What keeps the centre from taking any
of them, a wrong key too, can be mended there: they wait, and go on by themselves.
"""

import json
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from tallyscan import __version__
from tallyscan.errors import TallyscanError, Unavailable, Undeliverable
from tallyscan.report.outbox import Busy
from tallyscan.report.sink_webhook import seconds_in

MOST_BYTES = 4_000_000
"""Of one request; a larger event goes alone."""
_CONNECT_SECONDS = 5.0
_BUSY = (429, 503)
_TOO_LARGE = 413
_SHOWN = 300


class CentreKey:
    """The key of this crossing point, in the settings or in a file that is read each time, so that it can be changed
    without a restart."""

    def __init__(self, given: SecretStr | None, file: Path | None) -> None:
        """Raises `TallyscanError` when there is none, or it cannot be used."""
        self._given = given
        self._file = file
        try:
            self.now()
        except Unavailable as error:
            raise TallyscanError(error.detail, remedy="Set centre_key or centre_key_file.") from error

    def now(self) -> str:
        """The one that counts. Raises `Unavailable` while the file cannot be used."""
        try:
            key = self._file.read_text(encoding="ascii").strip() if self._file else ""
        except (OSError, UnicodeDecodeError) as error:
            raise Unavailable(f"The file of the centre's key cannot be used: {error}.") from error
        if not key and self._given is not None and self._file is None:
            key = self._given.get_secret_value().strip()
        if not key or not key.isprintable() or " " in key:
            raise Unavailable("There is no key for the centre.")
        return key


@dataclass(frozen=True)
class Centre:
    """Where it is, and how long it may take to answer."""

    url: str
    key: CentreKey
    tls: ssl.SSLContext | None = None
    seconds: float = 30.0


class CentreSink:
    """Sends events until the centre says of each that it has it. No redirect is followed, and no proxy asked."""

    def __init__(self, centre: Centre, now: Callable[[], float] = time.time) -> None:
        self._centre = centre
        self._now = now

    def send(self, event: dict[str, Any], idempotency_key: str) -> None:
        """One event. Raises `Unavailable`, `Busy` or `Undeliverable`."""
        (answer,) = self._sent([_json({**event, "id": idempotency_key})])
        if answer is not None:
            raise answer

    def send_all(self, events: Sequence[dict[str, Any]]) -> Sequence[TallyscanError | None]:
        """As many as go into one request, for each of them why it is not taken. Raises `Unavailable` or `Busy`."""
        bodies: list[bytes] = []
        size = 0
        for each in events:
            body = _json(each)
            if bodies and size + len(body) > MOST_BYTES:
                break
            bodies.append(body)
            size += len(body)
        return self._sent(bodies)

    def hello(self, source: str, waiting: int, waiting_since: datetime | None) -> None:
        """That we are here, and what waits. Raises `Unavailable`."""
        since = waiting_since.isoformat() if waiting_since else None
        said = {"source": source, "waiting": waiting, "waiting_since": since}
        answer = self._posted("standing", _json(said))
        if not answer.is_success:
            raise Unavailable(_why(answer))

    def _sent(self, bodies: Sequence[bytes]) -> Sequence[TallyscanError | None]:
        answer = self._posted("events", b'{"events":[' + b",".join(bodies) + b"]}")
        if answer.status_code == _TOO_LARGE and len(bodies) == 1:
            return [Undeliverable(_why(answer))]
        if answer.status_code in _BUSY:
            raise Busy(_why(answer), seconds_in(answer.headers.get("Retry-After"), self._now()))
        if not answer.is_success:
            raise Unavailable(_why(answer))
        try:
            outcomes = answer.json()["outcomes"]
            return [_error_of(each["outcome"], each.get("reason")) for each in outcomes][: len(bodies)]
        except (ValueError, KeyError, TypeError) as error:
            raise Unavailable("What answers at centre_url is no centre.") from error

    def _posted(self, what: str, body: bytes) -> httpx.Response:
        centre = self._centre
        timeout = httpx.Timeout(centre.seconds, connect=min(_CONNECT_SECONDS, centre.seconds))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"tallyscan/{__version__}",
            "Authorization": f"Bearer {centre.key.now()}",
        }
        verify = centre.tls if centre.tls is not None else False  # plain http has nothing to verify
        url = f"{centre.url.rstrip('/')}/v1/crossing-points/{what}"
        try:
            with httpx.Client(
                verify=verify, timeout=timeout, trust_env=False, follow_redirects=False
            ) as client:
                return client.post(url, content=body, headers=headers)
        except httpx.HTTPError as error:
            said = f"{type(error).__name__} {error}".rstrip(" .")
            raise Unavailable(f"The centre does not answer: {said}.") from error


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()


def _why(answer: httpx.Response) -> str:
    said = " ".join(answer.text[:_SHOWN].split())
    return f"The centre answers with HTTP {answer.status_code}: {said or 'nothing more'}."


def _error_of(outcome: str, reason: str | None) -> TallyscanError | None:
    if outcome in ("taken", "repeat"):
        return None
    why = f"The centre says: {reason or outcome}"
    return Undeliverable(why) if outcome == "refused" else Unavailable(why)
