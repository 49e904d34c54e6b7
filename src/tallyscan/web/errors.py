"""Every error as problem+json (RFC 9457), by one table."""

from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from structlog.contextvars import get_contextvars

from tallyscan.errors import (
    Conflict,
    CorruptScan,
    Deleted,
    Forbidden,
    IncompleteScan,
    InputError,
    InvalidDeclaration,
    InvalidEvent,
    InvalidRiskProfile,
    InvalidSidecar,
    NoRoom,
    NotCalibrated,
    NotFound,
    NotSignedIn,
    TallyscanError,
    TooLarge,
    TooManyRequests,
    Unavailable,
    UnsupportedFormat,
)
from tallyscan.observe.request_id import REQUEST_ID

STATUS: dict[type[TallyscanError], int] = {
    InputError: 400,
    UnsupportedFormat: 415,
    CorruptScan: 422,
    IncompleteScan: 422,
    TooLarge: 413,
    NotCalibrated: 422,
    InvalidSidecar: 422,
    InvalidDeclaration: 422,
    InvalidRiskProfile: 422,
    InvalidEvent: 422,
    NotFound: 404,
    Deleted: 410,
    Conflict: 409,
    NotSignedIn: 401,
    Forbidden: 403,
    TooManyRequests: 429,
    Unavailable: 503,
}

_log = structlog.get_logger(__name__)


class WrongField(BaseModel):
    """One field that is wrong: where it is, and how."""

    field: str
    detail: str


class Problem(BaseModel):
    """What went wrong (application/problem+json)."""

    type: str = Field(description="the kind of error: a heading in docs/reference/errors.md")
    title: str
    status: int
    detail: str
    remedy: str | None = None
    errors: list[WrongField] | None = None
    request: str | None = Field(None, description="the id of the request, as the log of the service names it")


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route: the errors it answers with."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"model": Problem, "description": "Problem", "content": {"application/problem+json": schema}}
        for status in statuses
    }


def add_error_handlers(app: FastAPI) -> None:
    """Let every error of the application leave as a problem."""
    app.add_exception_handler(TallyscanError, _on_tallyscan_error)
    app.add_exception_handler(RequestValidationError, _on_wrong_request)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)
    app.add_exception_handler(Exception, _on_anything_else)


def _answer(
    code: str,
    title: str,
    status: int,
    detail: str,
    remedy: str | None = None,
    errors: list[WrongField] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    problem = Problem(
        type=f"urn:tallyscan:error:{code}",
        title=title,
        status=status,
        detail=detail,
        remedy=remedy,
        errors=errors,
        request=get_contextvars().get("request"),
    )
    if problem.request is not None:
        headers = {REQUEST_ID: problem.request} | (headers or {})
    return JSONResponse(
        problem.model_dump(exclude_none=True), status, headers, media_type="application/problem+json"
    )


def problem_of(error: TallyscanError) -> Problem:
    """An error that is one answer among others."""
    return Problem(
        type=f"urn:tallyscan:error:{error.code}",
        title=error.title,
        status=_status_of(error),
        detail=error.detail,
        remedy=error.remedy or None,
    )


def _status_of(error: TallyscanError) -> int:
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def _on_tallyscan_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TallyscanError)
    return problem_answer(error)


def problem_answer(error: TallyscanError) -> JSONResponse:
    """The answer that an error on purpose is."""
    status = _status_of(error)
    cause = error.__cause__
    wrong = _wrong_fields(cause.errors()) if isinstance(cause, ValidationError) else None
    headers = None
    if isinstance(error, NotSignedIn):
        headers = {"WWW-Authenticate": "Bearer"}
    elif isinstance(error, (TooManyRequests, NoRoom)):
        headers = {"Retry-After": str(error.retry_after_seconds)}
    return _answer(error.code, error.title, status, error.detail, error.remedy or None, wrong, headers)


def _on_wrong_request(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return _answer(
        "request",
        "The request is not what the interface describes",
        422,
        "Some of what was sent is wrong; `errors` names each field.",
        "See /openapi.json.",
        _wrong_fields(error.errors()),
    )


def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "request")
    detail = f"{request.method} {request.url.path}: {error.detail}."
    headers = dict(error.headers) if error.headers else None
    return _answer(code, error.detail, error.status_code, detail, "See /openapi.json.", headers=headers)


def _on_disconnect(_: Request, __: Exception) -> JSONResponse:
    return _answer("request", "The sender hung up", 400, "The connection ended before the body did.")


def _on_anything_else(request: Request, error: Exception) -> JSONResponse:
    _log.error("request failed", method=request.method, exc_info=error)
    return _answer(
        "internal",
        TallyscanError.title,
        500,
        "The request could not be answered; the log of the service says why.",
        "Nothing was lost that was answered with 200, 201 or 202.",
    )


def _wrong_fields(errors: Sequence[Any]) -> list[WrongField]:
    return [
        WrongField(field=".".join(str(part) for part in error["loc"]) or "document", detail=error["msg"])
        for error in errors
    ]
