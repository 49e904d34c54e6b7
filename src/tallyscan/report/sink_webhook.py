"""A sink that is a webhook: each event as a signed CloudEvent in structured JSON, by HTTP POST."""

import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from tallyscan import __version__
from tallyscan.errors import Unavailable, Undeliverable
from tallyscan.outbound import CheckedTransport, Outbound, bounded_body
from tallyscan.report.outbox import Busy
from tallyscan.report.webhook_signature import Secrets, signature

_CONNECT_SECONDS = 5.0
_TRY_AGAIN = (408, 409, 425)  # of the 4xx, beside 429
_BUSY = (429, 503)
_SHOWN_BYTES = 200


@dataclass(frozen=True)
class Webhook:
    """Where it is: one fixed address, to which everything is sent. `seconds` is how long it may take to answer."""

    url: str
    secrets: Secrets
    tls: ssl.SSLContext | None = None
    seconds: float = 20.0
    outbound: Outbound = field(default_factory=Outbound)


class WebhookSink:
    """Sends each event until it is answered with 2xx. Its key goes as `webhook-id` and as `Idempotency-Key`: receivers
    know a repeat by it. No redirect is followed, and no proxy of the environment asked."""

    def __init__(self, webhook: Webhook, now: Callable[[], float] = time.time) -> None:
        self._webhook = webhook
        self._now = now

    def send(self, event: dict[str, Any], idempotency_key: str) -> None:
        """Raises `Unavailable` when there is no answer or one of a passing fault, `Busy` for 429 and 503, and
        `Undeliverable` for what the receiver refuses for good."""
        body = json.dumps(event, ensure_ascii=False, allow_nan=False).encode()
        timestamp = int(self._now())
        status, retry_after, said = self._posted(
            body,
            {
                "Content-Type": "application/cloudevents+json; charset=utf-8",
                "User-Agent": f"tallyscan/{__version__}",
                "Idempotency-Key": idempotency_key,
                "webhook-id": idempotency_key,
                "webhook-timestamp": str(timestamp),
                "webhook-signature": signature(self._webhook.secrets.now(), idempotency_key, timestamp, body),
            },
        )
        if 200 <= status < 300:
            return
        why = f"The webhook answers with HTTP {status}: {said or 'nothing more'}."
        if status in _BUSY:
            raise Busy(why, seconds_in(retry_after, self._now()))
        if 400 <= status < 500 and status not in _TRY_AGAIN:
            raise Undeliverable(why)
        raise Unavailable(why)

    def _posted(self, body: bytes, headers: dict[str, str]) -> tuple[int, str | None, str]:
        """Status, Retry-After, and the beginning of what else it says."""
        verify = (
            self._webhook.tls if self._webhook.tls is not None else False
        )  # plain http has nothing to verify
        timeout = httpx.Timeout(self._webhook.seconds, connect=min(_CONNECT_SECONDS, self._webhook.seconds))
        try:
            with (
                httpx.Client(
                    transport=CheckedTransport(self._webhook.outbound, verify=verify),
                    timeout=timeout,
                    trust_env=False,
                    follow_redirects=False,
                ) as client,
                client.stream("POST", self._webhook.url, content=body, headers=headers) as answer,
            ):
                said = b"" if answer.is_success else bounded_body(answer, _SHOWN_BYTES, self._webhook.seconds)
                text = " ".join(said.decode("utf-8", "replace").split())
                return answer.status_code, answer.headers.get("Retry-After"), text
        except httpx.HTTPError as error:
            what = f"{type(error).__name__} {error}".rstrip(" .")
            raise Unavailable(f"The webhook does not answer: {what}.") from error


def seconds_in(retry_after: str | None, now: float) -> float | None:
    """Of a header Retry-After, in seconds or as a date (RFC 9110); None where it says nothing that is understood."""
    if retry_after is None:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now)
