"""The key that signs the heads of the audit: that of the setting, or one in the data folder, made once."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tallyscan.errors import Unavailable
from tallyscan.secret_file import keep_once
from tallyscan.settings import Settings
from tallyscan.signature import read_private_key

_NAME = "audit.key"


def audit_key(settings: Settings) -> Ed25519PrivateKey:
    """Raises `Unavailable` where it cannot be made, `TallyscanError` where it is no such key, or cannot be read."""
    path = settings.audit_key_file or settings.data_dir / _NAME
    try:
        if settings.audit_key_file is None and not path.exists():
            _make(path)
    except OSError as error:
        raise Unavailable(
            f"The key that signs the audit, {path}, cannot be made: {error.strerror}.",
            remedy="Give the service its data folder.",
        ) from error
    return read_private_key(path)


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = Ed25519PrivateKey.generate()
    keep_once(path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
