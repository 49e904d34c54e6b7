"""Routes that take a small JSON document: a body beyond a limit is refused while it arrives."""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message

from tallyscan.errors import TooLarge

MOST_BYTES = 1024 * 1024


class SmallBodyRoute(APIRoute):
    """Give it to a router as `route_class`."""

    most_bytes: ClassVar[int] = MOST_BYTES

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The usual handler, once the body is there."""
        handle, most_bytes = super().get_route_handler(), self.most_bytes

        async def limited(request: Request) -> Response:
            body = bytearray()
            async for chunk in request.stream():
                body += chunk
                if len(body) > most_bytes:
                    raise TooLarge(f"The document has more than {most_bytes // 1024} kB.")

            async def again() -> Message:
                return {"type": "http.request", "body": bytes(body), "more_body": False}

            return await handle(Request(request.scope, again))

        return limited
