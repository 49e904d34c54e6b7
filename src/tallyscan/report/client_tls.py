"""Who receives what we send, and over what: certificates are checked, and plain text stays on this machine."""

import ipaddress
import ssl
from pathlib import Path

from tallyscan.errors import TallyscanError


def client_context(
    authorities: Path | None, certificate: Path | None, key: Path | None, *, named: str
) -> ssl.SSLContext:
    """TLS 1.2 or later, the receiver's name and certificate checked; with our own certificate where there is one.

    `authorities` is a PEM file with those that sign receivers' certificates, None for the machine's own list; `named`
    are the settings with these files. Raises `TallyscanError` when a file cannot be loaded.
    """
    try:
        context = ssl.create_default_context(cafile=authorities)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if certificate is not None:
            context.load_cert_chain(certificate, key)
    except OSError as error:  # and so ssl.SSLError
        raise TallyscanError(
            f"The certificates for sending cannot be loaded: {error}.",
            remedy=f"Check {named}: PEM, readable, the key without a password.",
        ) from error
    return context


def check_plain(host: str, *, allowed: bool, what: str, remedy: str) -> None:
    """Raises `TallyscanError` where `what` would cross a network that anybody may read."""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not (loopback or allowed):
        raise TallyscanError(
            f"{what} would go to {host} without TLS, to be read and altered on the way.", remedy=remedy
        )
