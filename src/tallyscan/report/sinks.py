"""Every kind of sink by its name, and those that the settings choose. The file is always one.

To add one: a file `sink_x.py` with `send`, a line in `SINKS`, and how it is chosen and opened.
"""

import ssl
from urllib.parse import urlsplit

from tallyscan.errors import TallyscanError
from tallyscan.outbound import Outbound
from tallyscan.report.client_tls import check_plain, client_context
from tallyscan.report.outbox import Sink
from tallyscan.report.sink_amqp import AmqpBroker, AmqpSink
from tallyscan.report.sink_centre import Centre, CentreKey, CentreSink
from tallyscan.report.sink_cstore import CStoreSink, DicomNode
from tallyscan.report.sink_file import FileSink
from tallyscan.report.sink_report_folder import ReportFolderSink
from tallyscan.report.sink_stow import StowService, StowSink
from tallyscan.report.sink_webhook import Webhook, WebhookSink
from tallyscan.report.webhook_signature import Secrets
from tallyscan.settings import Settings

SINKS: dict[str, type[Sink]] = {
    "file": FileSink,
    "webhook": WebhookSink,
    "amqp": AmqpSink,
    "centre": CentreSink,
    "report_folder": ReportFolderSink,
    "stow": StowSink,
    "cstore": CStoreSink,
}


TAKE_EVENTS = ("file", "webhook", "amqp", "centre")
"""Those that take every event as it is: to them goes on what crossing points tell."""


def sinks_named(settings: Settings) -> tuple[str, ...]:
    """The names of the sinks for which an event waits in the outbox."""
    chosen = {
        "webhook": settings.events_webhook_url,
        "amqp": settings.events_amqp_url,
        "centre": settings.centre_url,
        "report_folder": settings.threat_report_dir,
        "stow": settings.threat_report_stow_url,
        "cstore": settings.threat_report_dicom_host,
    }
    return ("file", *(name for name, where in chosen.items() if where is not None))


def open_sinks(settings: Settings) -> dict[str, Sink]:
    """The same, ready to send. Raises `TallyscanError` for what cannot be set up, or would be sent in the open."""
    sinks: dict[str, Sink] = {"file": FileSink(settings.data_dir / "events.jsonl")}
    if settings.events_webhook_url is not None:
        sinks["webhook"] = WebhookSink(_webhook(settings, settings.events_webhook_url))
    if settings.events_amqp_url is not None:
        sinks["amqp"] = AmqpSink(_broker(settings, settings.events_amqp_url.get_secret_value()))
    if (centre := open_centre(settings)) is not None:
        sinks["centre"] = centre
    if settings.threat_report_dir is not None:
        sinks["report_folder"] = ReportFolderSink(settings.threat_report_dir)
    if settings.threat_report_stow_url is not None:
        sinks["stow"] = StowSink(_stow(settings, settings.threat_report_stow_url))
    if settings.threat_report_dicom_host is not None:
        sinks["cstore"] = CStoreSink(_node(settings, settings.threat_report_dicom_host))
    return sinks


def open_centre(settings: Settings) -> CentreSink | None:
    """The way to the centre; None where there is none. Raises `TallyscanError`."""
    if settings.centre_url is None:
        return None
    tls = _tls_of_events(settings, settings.centre_url, "centre_url", "https")
    key = CentreKey(settings.centre_key, settings.centre_key_file)
    return CentreSink(Centre(settings.centre_url, key, tls, settings.centre_seconds))


def _webhook(settings: Settings, url: str) -> Webhook:
    secrets = Secrets(settings.events_webhook_secrets, settings.events_webhook_secrets_file)
    tls = _tls_of_events(settings, url, "events_webhook_url", "https")
    return Webhook(url, secrets, tls, settings.events_webhook_seconds, _outbound(settings))


def _broker(settings: Settings, url: str) -> AmqpBroker:
    tls = _tls_of_events(settings, url, "events_amqp_url", "amqps")
    return AmqpBroker(url, settings.events_amqp_exchange, tls, _outbound(settings))


def _outbound(settings: Settings) -> Outbound:
    return Outbound(settings.outbound_networks)


def _tls_of_events(settings: Settings, url: str, name: str, secure: str) -> ssl.SSLContext | None:
    scheme, host = _place(url, name)
    if scheme not in (secure, secure.removesuffix("s")):
        raise TallyscanError(f"{name} is no address that begins with {secure}://.")
    if scheme == secure:
        return client_context(
            settings.events_authorities,
            settings.events_certificate,
            settings.events_key,
            named="events_authorities, events_certificate and events_key",
        )
    remedy = f"Use {secure}, or set events_allow_plain."
    check_plain(host, allowed=settings.events_allow_plain, what="Events", remedy=remedy)
    return None


def _stow(settings: Settings, url: str) -> StowService:
    scheme, host = _place(url, "threat_report_stow_url")
    token = settings.threat_report_stow_token
    return StowService(
        url,
        _tls_of_reports(settings, host, secure=scheme == "https"),
        token.get_secret_value() if token is not None else None,
        _outbound(settings),
    )


def _node(settings: Settings, host: str) -> DicomNode:
    return DicomNode(
        host,
        settings.threat_report_dicom_port,
        settings.threat_report_dicom_ae_title,
        settings.dicom_ae_title,
        _tls_of_reports(settings, host, secure=settings.threat_report_dicom_tls),
        _outbound(settings),
    )


def _tls_of_reports(settings: Settings, host: str, *, secure: bool) -> ssl.SSLContext | None:
    if secure:
        return client_context(
            settings.threat_report_authorities,
            settings.dicom_certificate,
            settings.dicom_key,
            named="threat_report_authorities, dicom_certificate and dicom_key",
        )
    check_plain(
        host,
        allowed=settings.threat_report_allow_plain,
        what="Threat detection reports",
        remedy="Send them over TLS (https, threat_report_dicom_tls), or set threat_report_allow_plain.",
    )
    return None


def _place(url: str, name: str) -> tuple[str, str]:
    """Scheme and host of the address in the setting of that name."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # both may turn out to be none
    except ValueError:
        host = None
    if not host:
        raise TallyscanError(f"{name} is no address.", remedy="Give it with scheme and host.")
    return parts.scheme, host
