"""Every kind of sink by its name, and those that the settings choose. The file is always one.

To add one: a file `sink_x.py` with `send`, a line in `SINKS`, and how it is chosen and opened.
"""

import ssl
from urllib.parse import urlsplit

from tallyscan.errors import TallyscanError
from tallyscan.report.client_tls import check_plain, client_context
from tallyscan.report.outbox import Sink
from tallyscan.report.sink_cstore import CStoreSink, DicomNode
from tallyscan.report.sink_file import FileSink
from tallyscan.report.sink_report_folder import ReportFolderSink
from tallyscan.report.sink_stow import StowService, StowSink
from tallyscan.settings import Settings

SINKS: dict[str, type[Sink]] = {
    "file": FileSink,
    "report_folder": ReportFolderSink,
    "stow": StowSink,
    "cstore": CStoreSink,
}


def sinks_named(settings: Settings) -> tuple[str, ...]:
    """The names of the sinks for which an event waits in the outbox."""
    chosen = {
        "report_folder": settings.threat_report_dir,
        "stow": settings.threat_report_stow_url,
        "cstore": settings.threat_report_dicom_host,
    }
    return ("file", *(name for name, where in chosen.items() if where is not None))


def open_sinks(settings: Settings) -> dict[str, Sink]:
    """The same, ready to send. Raises `TallyscanError` for what cannot be set up, or would be sent in the open."""
    sinks: dict[str, Sink] = {"file": FileSink(settings.data_dir / "events.jsonl")}
    if settings.threat_report_dir is not None:
        sinks["report_folder"] = ReportFolderSink(settings.threat_report_dir)
    if settings.threat_report_stow_url is not None:
        sinks["stow"] = StowSink(_stow(settings, settings.threat_report_stow_url))
    if settings.threat_report_dicom_host is not None:
        sinks["cstore"] = CStoreSink(_node(settings, settings.threat_report_dicom_host))
    return sinks


def _stow(settings: Settings, url: str) -> StowService:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # both may turn out to be none
    except ValueError as error:
        raise TallyscanError(f"threat_report_stow_url is no address: {error}.") from error
    tls = None
    if parts.scheme == "https":
        tls = _tls(settings)
    else:
        check_plain(host or "", allowed=settings.threat_report_allow_plain)
    token = settings.threat_report_stow_token
    return StowService(url, tls, token.get_secret_value() if token is not None else None)


def _node(settings: Settings, host: str) -> DicomNode:
    tls = None
    if settings.threat_report_dicom_tls:
        tls = _tls(settings)
    else:
        check_plain(host, allowed=settings.threat_report_allow_plain)
    return DicomNode(
        host,
        settings.threat_report_dicom_port,
        settings.threat_report_dicom_ae_title,
        settings.dicom_ae_title,
        tls,
    )


def _tls(settings: Settings) -> ssl.SSLContext:
    return client_context(settings.threat_report_authorities, settings.dicom_certificate, settings.dicom_key)
