"""The key that signs the heads of the audit: that of the setting, or one in the data folder, made once."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tallyscan.errors import TallyscanError, Unavailable
from tallyscan.secret_file import keep_once
from tallyscan.settings import Settings

_NAME = "audit.key"


def audit_key(settings: Settings) -> Ed25519PrivateKey:
    """Raises `Unavailable` where it cannot be read or made, `TallyscanError` where it is no such key."""
    path = settings.audit_key_file or settings.data_dir / _NAME
    try:
        if settings.audit_key_file is None and not path.exists():
            _make(path)
        pem = path.read_bytes()
    except OSError as error:
        raise Unavailable(
            f"The key that signs the audit, {path}, cannot be read or made: {error.strerror}.",
            remedy="Give the service the file, or its data folder.",
        ) from error
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise _wrong(path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _wrong(path)
    return key


def _wrong(path: Path) -> TallyscanError:
    return TallyscanError(
        f"{path} is no Ed25519 key in PEM without a password.",
        remedy="Bring it back from a copy. A new one (openssl genpkey -algorithm ed25519) signs from then on.",
    )


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = Ed25519PrivateKey.generate()
    keep_once(path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
