"""A sink that is a DICOMweb service: threat detection reports by STOW-RS (PS3.18 10.5)."""

import ssl
from dataclasses import dataclass, field
from typing import Any

import httpx

from tallyscan.errors import Unavailable
from tallyscan.outbound import CheckedTransport, Outbound, bounded_body
from tallyscan.report.dicos_report import dicos_report
from tallyscan.report.report_of_event import report_of_event
from tallyscan.report.store_status import is_stored

_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_ANSWER_SECONDS, _MOST_ANSWER_BYTES = 30.0, 1_000_000
_ANSWERED = (200, 202, 409)  # those that come with a list of what was stored and what was not
_STORED, _FAILED, _OTHER_FAILED = "00081199", "00081198", "0008119A"
_INSTANCE, _REASON = "00081155", "00081197"
_SHOWN = 200


@dataclass(frozen=True)
class StowService:
    """Where it is: `url` is that of the DICOMweb service, to which `/studies` is added. `token` is a bearer token."""

    url: str
    tls: ssl.SSLContext | None = None
    token: str | None = field(default=None, repr=False)
    outbound: Outbound = field(default_factory=Outbound)


class StowSink:
    """Sends each report once it is due. A service keeps one object a SOP instance UID, so a repeat is one report."""

    def __init__(self, service: StowService) -> None:
        self._url = f"{service.url.rstrip('/')}/studies"
        self._service = service

    def send(self, event: dict[str, Any], idempotency_key: str) -> None:
        """Raises `Unavailable` unless the service says that the report is stored, now or before."""
        report = report_of_event(event, idempotency_key)
        if report is None:
            return
        boundary = f"tallyscan-{report.uid}"
        head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n"
        body = head.encode() + dicos_report(report) + f"\r\n--{boundary}--\r\n".encode()
        kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
        answer = self._posted(
            body, {"Content-Type": kind, "Accept": "application/dicom+json", "Accept-Encoding": "identity"}
        )
        listed = _listed(answer)
        reasons = [_value(item, _REASON) for item in listed[_FAILED] + listed[_OTHER_FAILED]]
        named = any(_value(item, _INSTANCE) == report.uid for item in listed[_STORED])
        known = bool(reasons) and all(isinstance(reason, int) and is_stored(reason) for reason in reasons)
        if answer.status_code in _ANSWERED and (known or (named and not reasons)):
            return
        codes = [f"{reason:04X}" if isinstance(reason, int) else "not given" for reason in reasons]
        why = (
            f"failure reason {', '.join(codes)}"
            if codes
            else f"it does not name it: {answer.text[:_SHOWN]!r}"
        )
        raise Unavailable(f"{self._url} has not stored the report: HTTP {answer.status_code}, {why}.")

    def _posted(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        token, tls = self._service.token, self._service.tls
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        verify = tls if tls is not None else False  # plain http, which has nothing to verify
        try:
            with (
                httpx.Client(
                    transport=CheckedTransport(self._service.outbound, verify=verify),
                    timeout=_TIMEOUT,
                    trust_env=False,
                    follow_redirects=False,
                ) as client,
                client.stream("POST", self._url, content=body, headers=headers) as answer,
            ):
                said = bounded_body(answer, _MOST_ANSWER_BYTES, _ANSWER_SECONDS)
                return httpx.Response(answer.status_code, content=said)
        except httpx.HTTPError as error:
            raise Unavailable(f"{self._url} does not answer: {error or type(error).__name__}.") from error


def _listed(answer: httpx.Response) -> dict[str, list[Any]]:
    """What was stored and what was not, in the DICOM JSON model; nothing in an answer of another kind."""
    try:
        document = answer.json()
        return {
            tag: list(document.get(tag, {}).get("Value", [])) for tag in (_STORED, _FAILED, _OTHER_FAILED)
        }
    except (ValueError, TypeError, AttributeError):
        return {_STORED: [], _FAILED: [], _OTHER_FAILED: []}


def _value(item: Any, tag: str) -> str | int | None:
    """The first value of an attribute; None where there is none."""
    try:
        value: str | int = item[tag]["Value"][0]
    except (KeyError, TypeError, IndexError):
        return None
    return value
