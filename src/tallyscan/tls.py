"""TLS as we serve it, and what the certificate of a client says of whoever calls."""

import hashlib
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tallyscan.errors import InputError, TallyscanError

Clients = Literal["none", "may", "must"]
"""Whether clients show a certificate: they are not asked for one; they may, and then it is a good one; they must."""

_ASKED = {"none": ssl.CERT_NONE, "may": ssl.CERT_OPTIONAL, "must": ssl.CERT_REQUIRED}
_FINGERPRINT = re.compile(r"sha256:([0-9a-f]{64})")
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Certificate:
    """Of a client, as the authorities signed it: its SHA-256 fingerprint in hex, and the names that it bears: those
    beside the subject (DNS, e-mail, address, IP), or the common name of the subject where there are none."""

    fingerprint: str
    names: frozenset[str]

    def is_that(self, expected: str) -> bool:
        """Whether it is the one that is meant by `sha256:` and its fingerprint, or by a name. A name is compared whole:
        no asterisk stands for others."""
        found = _FINGERPRINT.fullmatch(expected)
        return found[1] == self.fingerprint if found else expected.casefold() in self.names


def certificate_of(der: bytes) -> Certificate:
    """What a certificate says; without names where they cannot be read."""
    try:
        names = _names_in(x509.load_der_x509_certificate(der))
    except ValueError:
        names = frozenset()
    return Certificate(hashlib.sha256(der).hexdigest(), names)


def peer_certificate(connection: ssl.SSLSocket | ssl.SSLObject | None) -> Certificate | None:
    """That of whoever calls, which the handshake has held against the authorities; None without one."""
    der = connection.getpeercert(binary_form=True) if connection is not None else None
    return certificate_of(der) if der else None


def expected_certificate(said: str) -> str:
    """As it is kept: `sha256:` and 64 hexadecimal digits, also between colons, or a name. Raises `InputError`."""
    plain = said.strip()
    if plain.lower().startswith("sha256:"):
        plain = "sha256:" + plain[7:].replace(":", "").lower()
        if _FINGERPRINT.fullmatch(plain):
            return plain
    elif 0 < len(plain) <= _LONGEST_NAME and plain.isprintable() and "*" not in plain:
        return plain
    raise InputError(
        f"{said[:80]!r} says no certificate.",
        remedy="Say sha256: and its fingerprint, or a name that it bears, without an asterisk.",
    )


def fingerprint_of(file: Path) -> str:
    """Of the first certificate in a PEM file, as `sha256:...`. Raises `InputError`."""
    try:
        first = x509.load_pem_x509_certificates(file.read_bytes())[0]
    except (OSError, ValueError, IndexError) as error:
        raise InputError(
            f"{file} is no certificate: {error}.", remedy="Give the certificate of the device, PEM."
        ) from error
    return "sha256:" + hashlib.sha256(first.public_bytes(Encoding.DER)).hexdigest()


def server_context(
    certificate: Path, key: Path, client_authorities: Path | None, clients: Clients, *, settings: str
) -> ssl.SSLContext:
    """TLS 1.2 or later. `settings`: which ones an administrator should look at. Raises `TallyscanError`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = _ASKED[clients]
    try:
        context.load_cert_chain(certificate, key)
        if client_authorities is not None:
            context.load_verify_locations(client_authorities)
    except OSError as error:  # and so ssl.SSLError
        raise TallyscanError(
            f"The certificates cannot be loaded: {error}.",
            remedy=f"Check {settings}: PEM, readable, the key without a password and of that certificate.",
        ) from error
    return context


def _names_in(certificate: x509.Certificate) -> frozenset[str]:
    kinds = (x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier, x509.IPAddress)
    try:
        beside = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        beside = x509.SubjectAlternativeName([])
    common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    named = [str(each.value) for each in beside if isinstance(each, kinds)]
    return frozenset(name.casefold() for name in named or [str(each.value) for each in common])
