"""TLS for the DICOM network: who sends is told by a client certificate, never by an AE title alone."""

import ipaddress
import ssl
from pathlib import Path
from typing import NamedTuple

from tallyscan import tls
from tallyscan.errors import TallyscanError


class TlsFiles(NamedTuple):
    """Our certificate chain and key, and the authorities whose client certificates are let in, all PEM."""

    certificate: Path
    key: Path
    client_authorities: Path


def tls_files(certificate: Path | None, key: Path | None, client_authorities: Path | None) -> TlsFiles | None:
    """All three or none. Raises `TallyscanError` for some of them."""
    if certificate is not None and key is not None and client_authorities is not None:
        return TlsFiles(certificate, key, client_authorities)
    if certificate is None and key is None and client_authorities is None:
        return None
    raise TallyscanError(
        "Of dicom_certificate, dicom_key and dicom_client_authorities some are set and some are not.",
        remedy="Set all three for TLS, or none.",
    )


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """A client without a certificate of the authorities is not let in. Raises `TallyscanError`."""
    return tls.server_context(
        *files, "must", settings="dicom_certificate, dicom_key and dicom_client_authorities"
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what is served there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_plain(host: str, *, allowed: bool) -> None:
    """Without TLS anybody who reaches the port can send. Raises `TallyscanError` where others may reach it."""
    if not (is_loopback(host) or allowed):
        raise TallyscanError(
            f"DICOM without TLS would be served at {host}, where anybody may send: an AE title is no proof.",
            remedy="Set dicom_certificate, dicom_key and dicom_client_authorities, or dicom_allow_plain.",
        )
