"""The HTTP server: what it bounds, and that it lets go of those who watch live before it waits for its connections."""

import socket
from typing import Any

import uvicorn
from fastapi import FastAPI

from tallyscan.web.patient_http import PatientProtocol
from tallyscan.web.watchers import Watchers

MOST_CONNECTIONS = 1000
"""At one time; whoever comes then is answered with 503. Half of the files that a process may usually open."""

MOST_HEAD_BYTES = 32 * 1024
"""Address and headers of a request."""

IDLE_SECONDS = 10
"""A connection may rest so long between two requests."""


def server_config(app: FastAPI, **more: Any) -> uvicorn.Config:
    """How every server of Tallyscan is set up."""
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
