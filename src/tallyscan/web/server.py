"""The HTTP server: what it bounds, and that it lets go of those who watch live before it waits for its connections."""

import socket
import ssl
from typing import Any

import uvicorn
from fastapi import FastAPI

from tallyscan.errors import TallyscanError
from tallyscan.settings import Settings
from tallyscan.tls import server_context
from tallyscan.web.patient_http import PatientProtocol
from tallyscan.web.watchers import Watchers

MOST_CONNECTIONS = 1000
"""At one time; whoever comes then is answered with 503. Half of the files that a process may usually open."""

MOST_HEAD_BYTES = 32 * 1024
"""Address and headers of a request."""

IDLE_SECONDS = 10
"""A connection may rest so long between two requests."""


def https_context(settings: Settings) -> ssl.SSLContext | None:
    """None where HTTP is served. Raises `TallyscanError` where the settings do not go together."""
    certificate, key, authorities = (
        settings.tls_certificate,
        settings.tls_key,
        settings.tls_client_authorities,
    )
    if (certificate is None) != (key is None):
        raise TallyscanError(
            "Of tls_certificate and tls_key one is set and one is not.",
            remedy="Set both for HTTPS, or neither.",
        )
    if (authorities is None) != (settings.tls_clients == "none"):
        raise TallyscanError(
            f"tls_clients is {settings.tls_clients!r}, and tls_client_authorities is "
            f"{'not set' if authorities is None else 'set'}.",
            remedy="Set both for client certificates: tls_clients to may or must. Or neither.",
        )
    if certificate is None or key is None:
        if authorities is not None:
            raise TallyscanError(
                "Clients show certificates over TLS alone, and this service speaks HTTP.",
                remedy="Set tls_certificate and tls_key.",
            )
        return None
    which = "tls_certificate, tls_key and tls_client_authorities"
    return server_context(certificate, key, authorities, settings.tls_clients, settings=which)


def server_config(app: FastAPI, tls: ssl.SSLContext | None = None, **more: Any) -> uvicorn.Config:
    """How every server of Tallyscan is set up; with `tls` it speaks HTTPS."""
    settings: dict[str, Any] = {
        "http": PatientProtocol,
        "h11_max_incomplete_event_size": MOST_HEAD_BYTES,
        "limit_concurrency": MOST_CONNECTIONS,
        "timeout_keep_alive": IDLE_SECONDS,
        "timeout_graceful_shutdown": 5,
        "lifespan": "off",
        "ws": "none",
        "server_header": False,
        "access_log": False,
        "ssl_context_factory": None if tls is None else lambda _config, _default: tls,
    }
    return uvicorn.Config(app, **settings | more)


class Server(uvicorn.Server):
    """A stream has no end of its own; without this, every end of the service would wait for its patience."""

    def __init__(self, config: uvicorn.Config, watchers: Watchers) -> None:
        super().__init__(config)
        self._watchers = watchers

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As usual, once the watchers know."""
        self._watchers.end()
        await super().shutdown(sockets)
