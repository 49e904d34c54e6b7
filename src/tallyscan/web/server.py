"""The HTTP server, which lets go of those who watch live before it waits for its connections to end."""

import socket

import uvicorn

from tallyscan.web.watchers import Watchers


class Server(uvicorn.Server):
    """A stream has no end of its own; without this, every end of the service would wait for its patience."""

    def __init__(self, config: uvicorn.Config, watchers: Watchers) -> None:
        super().__init__(config)
        self._watchers = watchers

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As usual, once the watchers know."""
        self._watchers.end()
        await super().shutdown(sockets)
