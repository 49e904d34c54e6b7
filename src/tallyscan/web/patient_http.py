"""HTTP that waits for nobody for ever: a connection whose request does not come is closed.

uvicorn bounds how long a connection may rest between two requests, and nothing else. Somebody who sends a sign of a
header now and then, or a body by drips, would hold a connection, a file and a place for as long as they like.

Over TLS the certificate that the client has shown is in the state of each of its requests.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from tallyscan.tls import peer_certificate

HEAD_SECONDS = 15.0
"""From the beginning of a connection, or from the first byte of a further request, to the end of its headers."""

BODY_SECONDS = 60.0
"""A body begins to be slow after so long..."""

BODY_BYTES_PER_SECOND = 2_000.0
"""...when it comes slower than this, counted from the end of the headers: a slow radio link sends ten times as much."""

MOST_UNREAD_BYTES = 32_000_000
"""Whoever was refused may send so much more, so that they come to read the answer: two scans of the usual size."""

LOOK_SECONDS = 1.0

PEER_CERTIFICATE = "peer_certificate"
"""Where it is in the state of a request; nothing is there without one."""


class PatientProtocol(H11Protocol):
    """One connection."""

    head_seconds, body_seconds, body_bytes_per_second = HEAD_SECONDS, BODY_SECONDS, BODY_BYTES_PER_SECOND
    look_seconds = LOOK_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._watched: asyncio.TimerHandle | None = None
        self._head_since: float | None = None
        self._body_since = 0.0
        self._body_bytes = self._body_at_answer = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The clock of the first request runs from here on."""
        super().connection_made(transport)
        if (shown := peer_certificate(transport.get_extra_info("ssl_object"))) is not None:
            self.app_state = {**self.app_state, PEER_CERTIFICATE: shown}
        self._head_since = self.loop.time()
        self._watched = self.loop.call_later(self.look_seconds, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is left to be watched."""
        if self._watched is not None:
            self._watched.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a head, or of a body."""
        before = self.cycle
        if not self._is_answering() and self._head_since is None:
            self._head_since = self.loop.time()
        super().data_received(data)
        if self.cycle is not before:  # a head is whole
            self._head_since, self._body_since, self._body_bytes = None, self.loop.time(), 0
            self._body_at_answer = 0
        else:
            self._body_bytes += len(data)
            if self._is_answered_early() and self._body_bytes > self._body_at_answer + MOST_UNREAD_BYTES:
                self.transport.abort()

    def _is_answered_early(self) -> bool:
        """Whether the answer has gone, to somebody who still sends."""
        early = self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY
        if not early:
            self._body_at_answer = self._body_bytes
        return early

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _look(self) -> None:
        self._watched = self.loop.call_later(self.look_seconds, self._look)
        now = self.loop.time()
        if self._head_since is not None:
            if now - self._head_since > self.head_seconds:
                self.transport.abort()
        elif self._is_answering() and self.cycle.more_body:
            if self.flow.read_paused:  # the service is slow, not the sender
                self._body_since += self.look_seconds
            waited = now - self._body_since
            if waited > self.body_seconds + self._body_bytes / self.body_bytes_per_second:
                self.transport.abort()
