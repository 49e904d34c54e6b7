"""The signed head of the audit: how long the chain is, and its last hash. It leaves the house, so that what is
changed behind it later is found.

A compact JWS (RFC 7515) with EdDSA on Ed25519 (RFC 8037), so that any library for such tokens checks it.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tallyscan.audit_record import canonical, utc_text
from tallyscan.errors import InputError
from tallyscan.signature import key_id

_TYPE = "tallyscan-audit-head+jws"


@dataclass(frozen=True)
class AuditHead:
    """The chain of that first hash has so many records, and the last one that hash."""

    chain: str
    sequence: int
    hash: str
    at: datetime


def sign(head: AuditHead, key: Ed25519PrivateKey) -> str:
    """The head as it leaves."""
    protected = {"alg": "EdDSA", "kid": key_id(key.public_key()), "typ": _TYPE}
    said = {"chain": head.chain, "sequence": head.sequence, "hash": head.hash, "at": utc_text(head.at)}
    signed = f"{_encoded(canonical(protected))}.{_encoded(canonical(said))}"
    return f"{signed}.{_encoded(key.sign(signed.encode()))}"


def signed_head(token: str, key: Ed25519PublicKey) -> AuditHead:
    """What it says. Raises `InputError` for one that another key signed, and for what is no head."""
    try:
        protected, said, signature = token.strip().split(".")
        header, document = json.loads(_decoded(protected)), json.loads(_decoded(said))
        if (header["alg"], header["typ"]) != ("EdDSA", _TYPE):
            raise ValueError("another kind of token")
        key.verify(_decoded(signature), f"{protected}.{said}".encode())
        return AuditHead(
            str(document["chain"]),
            int(document["sequence"]),
            str(document["hash"]),
            datetime.fromisoformat(document["at"]),
        )
    except InvalidSignature as error:
        raise InputError(
            f"The head {token[:24]}... was not signed with the key {key_id(key)}.",
            remedy="Give the public key of that time (--public-key), and ask who else signs.",
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"{token[:40]!r} is no head of an audit.", remedy="It is one line of text."
        ) from error


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
