"""The body of a request that brings declarations: in any format, up to the size that is read."""

import hashlib

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from python_multipart.multipart import parse_options_header

from tallyscan.declaration import Declaration
from tallyscan.errors import TooLarge
from tallyscan.web.examples import DECLARATION
from tallyscan.web.service import Service

_SENT = "#/components/schemas/{model}Sent"
_DECLARATION = Declaration.model_json_schema(by_alias=True, ref_template=_SENT)

SENT_SCHEMAS = {f"{model}Sent": schema for model, schema in _DECLARATION.pop("$defs").items()}
"""What the schema of a sent declaration refers to, to stand among the components of the interface's description."""

DECLARATION_BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": _DECLARATION, "example": DECLARATION},
        "application/xml": {
            "schema": {"type": "string", "description": "NCTS CC015C, ICS2 ENS or ASYCUDA SAD"}
        },
        "text/csv": {"schema": {"type": "string", "description": "a manifest; charset names its characters"}},
    },
}
"""What `PUT` and `POST` take: the bytes say which format it is, whatever the content type."""


async def declaration_body(request: Request, service: Service) -> tuple[bytes, str | None]:
    """The bytes, and the character set where the content type names one.

    Raises `TooLarge`: what came is in the quarantine by its size and hash, and its bytes stay with the sender. They are
    read to their end, within what a scan may have, so that the sender gets the answer.
    """
    data, size_bytes, digest = bytearray(), 0, hashlib.sha256()
    async for chunk in request.stream():
        size_bytes += len(chunk)
        digest.update(chunk)
        if size_bytes <= service.max_declaration_bytes:
            data += chunk
        elif size_bytes > service.max_bytes:
            break
    if size_bytes > service.max_declaration_bytes:
        error = TooLarge(
            f"The document has more than {service.max_declaration_bytes / 1e6:g} MB.",
            remedy="Send it in parts, or raise max_declaration_megabytes.",
        )
        await run_in_threadpool(_record, service, error, size_bytes, digest.hexdigest())
        raise error
    _, options = parse_options_header(request.headers.get("content-type", ""))
    charset = options.get(b"charset", b"").decode("ascii", errors="replace").strip()
    return bytes(data), charset or None


def _record(service: Service, error: TooLarge, size_bytes: int, sha256: str) -> None:
    service.intake.refusals.refuse_elsewhere(
        error,
        origin="http",
        kind="declaration",
        name="declaration",
        kept_at="the sender, who was told",
        size_bytes=size_bytes,
        sha256=sha256,
    )
