"""A sink that is a DICOMweb service: threat detection reports by STOW-RS (PS3.18 10.5)."""

import ssl
from dataclasses import dataclass, field
from typing import Any

import httpx

from tallyscan.errors import Unavailable
from tallyscan.report.dicos_report import dicos_report
from tallyscan.report.report_of_event import report_of_event
from tallyscan.report.store_status import is_stored

_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_STORED, _CONFLICT = (200, 202), 409
_FAILED, _OTHER_FAILED, _REASON = "00081198", "0008119A", "00081197"
_SHOWN = 200


@dataclass(frozen=True)
class StowService:
    """Where it is: `url` is that of the DICOMweb service, to which `/studies` is added. `token` is a bearer token."""

    url: str
    tls: ssl.SSLContext | None = None
    token: str | None = field(default=None, repr=False)


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
        answer = self._posted(body, {"Content-Type": kind, "Accept": "application/dicom+json"})
        failures = _failures(answer)
        if answer.status_code in _STORED and all(map(is_stored, failures)):
            return
        if answer.status_code == _CONFLICT and failures and all(map(is_stored, failures)):
            return
        why = ", ".join(f"failure reason {reason:04X}" for reason in failures) or answer.text[:_SHOWN]
        raise Unavailable(f"{self._url} has not stored the report: HTTP {answer.status_code}, {why}.")

    def _posted(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        token, tls = self._service.token, self._service.tls
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        verify = tls if tls is not None else False  # plain http, which has nothing to verify
        try:
            with httpx.Client(verify=verify, timeout=_TIMEOUT, trust_env=False) as client:
                return client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise Unavailable(f"{self._url} does not answer: {error or type(error).__name__}.") from error


def _failures(answer: httpx.Response) -> list[int]:
    """The failure reasons in the answer, in the DICOM JSON model; none in an answer of another kind."""
    try:
        document = answer.json()
        items = [item for tag in (_FAILED, _OTHER_FAILED) for item in document.get(tag, {}).get("Value", [])]
        return [int(item[_REASON]["Value"][0]) for item in items]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return []
