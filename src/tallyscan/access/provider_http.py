"""Asking the provider: over TLS or on this machine, never led elsewhere, and with bounds of bytes and time."""

import ipaddress
import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import httpx
import structlog

from tallyscan.errors import TallyscanError, Unavailable
from tallyscan.outbound import CheckedTransport, Outbound

MOST_BYTES = 512 * 1024
ANSWER_SECONDS = 10.0
_CONNECT_SECONDS = 5.0
_log = structlog.get_logger(__name__)


class SignsRequests(Protocol):
    """How the client proves itself; Authlib's `ClientAuth`."""

    def prepare(self, method: str, uri: str, headers: Any, body: Any) -> tuple[str, Any, Any]:
        """Address, headers and body with the proof in them."""


class ProviderHttp:
    """What Authlib takes for a session. Redirects are not followed, proxies of the environment are not used, and no
    address is asked that nothing is sent to (`outbound`)."""

    def __init__(self, authorities: Path | None, outbound: Outbound) -> None:
        """Raises `TallyscanError` for a file of authorities that cannot be used."""
        try:
            context = ssl.create_default_context(cafile=str(authorities) if authorities else None)
        except OSError as error:
            raise TallyscanError(
                f"{authorities} cannot be used: {error}.", remedy="oidc_authorities is a PEM file."
            ) from error
        self._client = httpx.Client(
            transport=CheckedTransport(outbound, verify=context),
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=_CONNECT_SECONDS),
            follow_redirects=False,
        )

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Raises `Unavailable` where nothing is answered, or too much, or too slowly."""
        return self._asked("GET", url, dict(headers or {}), None)

    def post(
        self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: SignsRequests
    ) -> httpx.Response:
        """A form, with the proof of who we are. Raises as `get`."""
        url, signed, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return self._asked("POST", url, signed, body)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _asked(self, method: str, url: str, headers: dict[str, str], body: str | None) -> httpx.Response:
        check_address(url)
        until, content = time.monotonic() + ANSWER_SECONDS, bytearray()
        headers |= {"Accept": "application/json, application/jwt", "Accept-Encoding": "identity"}
        try:
            with self._client.stream(method, url, headers=headers, content=body) as answer:
                for chunk in answer.iter_raw():
                    content += chunk
                    if len(content) > MOST_BYTES or time.monotonic() > until:
                        raise _away(url, "it answers with too much, or too slowly")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _away(url, repr(error)) from error
        return httpx.Response(
            answer.status_code,
            headers={"Content-Type": answer.headers.get("content-type", "")},
            content=bytes(content),
            request=answer.request,
        )


def check_address(url: str) -> None:
    """Raises `Unavailable` for an address that is neither HTTPS nor on this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise _away(url, "it names an address that is none") from error
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))):
        raise _away(url, "it names an address without TLS")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _away(url: str, why: str) -> Unavailable:
    _log.warning("the provider of sign-in cannot be asked", url=url[:300], why=why[:300])
    return Unavailable(
        "The provider of sign-in does not answer as it should.",
        remedy="Try again in a while. The log of the service says more.",
    )
