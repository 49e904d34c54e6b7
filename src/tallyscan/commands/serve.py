"""`tallyscan serve`: the HTTP interface, the first page, the worker and the watched folder."""

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from types import FrameType
from typing import NoReturn

from rich.console import Console

from tallyscan.acquire.dicom_tls import is_loopback
from tallyscan.bootstrap import Store, load_reader, open_reader, open_store, running, watched
from tallyscan.errors import Conflict
from tallyscan.observe.meters import Meters
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.web.app import build_routes, create_app
from tallyscan.web.server import Server, https_context, server_config
from tallyscan.web.service import Service

_KEYS_END_SOON = timedelta(days=14)
_METRICS_OPEN = "Whoever reaches the address of the metrics sees how much is read, and how it stands."


def serve(settings: Settings, console: Console) -> int:
    """Serve until Ctrl-C or a request to end; scans that are being read come to their end first."""
    meters = Meters()
    https_context(settings)  # what is wrong with it is told before anything slow is done
    with (
        bound_socket(settings) as listening,
        open_reader(settings, meters=meters)
        if settings.read_here
        else nullcontext(load_reader(settings)) as reader,
        open_store(settings, meters) as store,
    ):
        serve_store(settings, store, reader, listening, console)
    return 0


def serve_store(
    settings: Settings, store: Store, reader: Reader, listening: socket.socket, console: Console
) -> None:
    """Serve a store that is open already, with a model that is loaded already."""
    host, port = listening.getsockname()[:2]
    tls = https_context(settings)
    before = signal.signal(signal.SIGTERM, _end)
    try:
        with (
            running(settings, store, reader) as service,
            watched(settings, service.meters, service.ready) as metrics_at,
        ):
            app = create_app(service)
            build_routes(app)
            config = server_config(app, tls, log_config=None)
            at = f"{'http' if tls is None else 'https'}://{_in_url(host)}:{port}/"
            console.print(f"Tallyscan serves at {at} (Ctrl-C ends it)", soft_wrap=True)
            for warning in (
                *model_warnings(reader),
                *warnings_at_the_start(service, host, encrypted=tls is not None),
            ):
                console.print(warning, style="yellow", soft_wrap=True)
            if not settings.read_here:
                console.print("and reads nothing itself: tallyscan worker does", soft_wrap=True)
            if metrics_at is not None:
                say_metrics(metrics_at, console)
            if settings.inbox_dir is not None:
                console.print(f"and watches {settings.inbox_dir}", soft_wrap=True)
            if settings.inbox_s3_url is not None:
                console.print(f"and fetches from {settings.inbox_s3_url}", soft_wrap=True)
            if service.dicom_port is not None:
                console.print(
                    f"and takes DICOM at {_in_url(settings.dicom_host)}:{service.dicom_port}, "
                    f"AE title {settings.dicom_ae_title}",
                    soft_wrap=True,
                )
            Server(config, service.watchers).run(sockets=[listening])
    except (KeyboardInterrupt, SystemExit):
        console.print("Ended; what waits is read at the next start.")
    finally:
        signal.signal(signal.SIGTERM, before)


def bound_socket(settings: Settings) -> socket.socket:
    """The socket, before anything slow is done. Raises `Conflict` when the address is taken, or open to strangers."""
    check_open(settings)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise Conflict(
            f"Cannot serve at {settings.host}:{settings.port}: {error.strerror}.",
            remedy="Choose another --port, or 0 for any free one.",
        ) from error


def check_open(settings: Settings) -> None:
    """Raises `Conflict` where others would reach a service without sign-in, and nobody said that this is wanted."""
    if settings.sign_in == "none" and not settings.sign_in_allow_none and not is_loopback(settings.host):
        raise Conflict(
            f"Cannot serve at {settings.host}: whoever reaches it could send scans, see them and decide.",
            remedy="Let people sign in (TALLYSCAN_SIGN_IN=accounts), or, where something else keeps strangers out, set "
            "TALLYSCAN_SIGN_IN_ALLOW_NONE=true.",
        )


def say_metrics(metrics_at: tuple[str, int], console: Console) -> None:
    """Where they are, and who may read them."""
    host, port = metrics_at
    console.print(f"and metrics and health in words at http://{_in_url(host)}:{port}/metrics", soft_wrap=True)
    if not is_loopback(host):
        console.print(_METRICS_OPEN, style="yellow", soft_wrap=True)


def model_warnings(reader: Reader) -> Iterator[str]:
    """Whether anybody vouches for the model."""
    if reader.detector.signed_by is None:
        yield "Models are not signed: anybody who can write to the models folder can change what is read (model_keys)."


def warnings_at_the_start(service: Service, host: str, *, encrypted: bool = False) -> Iterator[str]:
    """What an administrator should hear."""
    if service.access is None:
        if (warning := open_to_others(host)) is not None:
            yield warning
        return
    if service.access.at_provider is None and not service.access.accounts.all():
        yield "Nobody has an account yet: tallyscan accounts add NAME --role administrator --site '*'"
    for key in service.access.device_keys.ending(_KEYS_END_SOON):
        yield f"The key {key.name} ends at {key.expires_at:%Y-%m-%d %H:%M UTC}: tallyscan accounts rotate-device"
    if not (encrypted or is_loopback(host)):
        yield (
            "Passwords, keys and scans go to this address unencrypted. Set tls_certificate and tls_key, or put a proxy "
            "with TLS on this machine before it, and serve at 127.0.0.1."
        )


def open_to_others(host: str) -> str | None:
    """What to say where more than this machine can reach the address; None where not."""
    if is_loopback(host):
        return None
    return (
        "Anybody who reaches this address may send scans, see them and decide: there is no sign-in. "
        "Put a proxy with TLS and sign-in before it, or set sign_in."
    )


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
