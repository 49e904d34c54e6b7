"""Signatures with Ed25519 (RFC 8032): what is signed with a private key is known to be whole by the public one.

Keys are PEM files: `openssl genpkey -algorithm ed25519 -out key.pem`, and of it
`openssl pkey -in key.pem -pubout -out name.pub.pem`.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from tallyscan.errors import TallyscanError


def key_id(key: Ed25519PublicKey) -> str:
    """What a key is called: the first 16 hexadecimal digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def sign(key: Ed25519PrivateKey, data: bytes) -> bytes:
    """The 64 bytes of the signature."""
    return key.sign(data)


def verify(keys: Iterable[Ed25519PublicKey], data: bytes, signature: bytes) -> str | None:
    """The id of the key with which it was signed; None where it was none of these, or something else was signed."""
    for key in keys:
        try:
            key.verify(signature, data)
        except InvalidSignature:
            continue
        return key_id(key)
    return None


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Of a PEM file without a password. Raises `TallyscanError`."""
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise TallyscanError(
            f"{path} holds no private key that can be read: {error}.", remedy="PEM, without a password."
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise TallyscanError(f"The key in {path} is not one of Ed25519.", remedy=_HOW)
    return key


def read_public_keys(path: Path) -> tuple[Ed25519PublicKey, ...]:
    """Of a PEM file, or of every `*.pem` in a folder. Raises `TallyscanError`, also where there is none."""
    paths = sorted(path.glob("*.pem")) if path.is_dir() else [path]
    if not paths:
        raise TallyscanError(f"There is no public key (*.pem) in {path}.", remedy=_HOW)
    return tuple(_public_key(each) for each in paths)


def public_pem(key: Ed25519PublicKey) -> str:
    """As others take it."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _public_key(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise TallyscanError(f"{path} holds no public key that can be read: {error}.", remedy=_HOW) from error
    if not isinstance(key, Ed25519PublicKey):
        raise TallyscanError(f"The key in {path} is not one of Ed25519.", remedy=_HOW)
    return key


_HOW = "Make one with openssl genpkey -algorithm ed25519, and its public part with openssl pkey -pubout."
