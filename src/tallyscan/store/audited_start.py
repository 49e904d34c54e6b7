"""What the audit holds of the service itself: with which settings and which model it started, and its signed head."""

import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from tallyscan import __version__
from tallyscan.audit_head import sign
from tallyscan.audit_key import audit_key
from tallyscan.audit_record import canonical
from tallyscan.finding import ModelIdentity
from tallyscan.settings import Settings
from tallyscan.signature import key_id
from tallyscan.store.audit import Told, head, record
from tallyscan.store.database import Database

_SECRET = "set, not told"


def tell_start(database: Database, settings: Settings, model: ModelIdentity) -> None:
    """Two records: the settings that are not as they come, without what is secret, and the model."""
    said = said_of(settings)
    configured = {
        "version": __version__,
        "settings": said,
        "settings_sha256": hashlib.sha256(canonical(said)).hexdigest(),
        "audit_key": key_id(audit_key(settings).public_key()),
    }
    loaded = {"version": model.version, "sha256": model.sha256}
    with database.write() as session:
        record(
            session,
            Told("service.configured", "service", details=configured),
            Told("model.loaded", "model", model.name, details=loaded),
        )


def signed_head_of(database: Database, key: Ed25519PrivateKey) -> str | None:
    """As it leaves with events; None before there is a record."""
    with database.read() as session:
        end = head(session)
    return sign(end, key) if end is not None else None


def said_of(settings: Settings) -> dict[str, str]:
    """What was set, by name. Of a secret, that it is set; of an address, not who signs in there."""
    return {
        name: _said(getattr(settings, name))
        for name in sorted(settings.model_fields_set)
        if getattr(settings, name) is not None
    }


def _said(value: Any) -> str:
    if isinstance(value, SecretStr):
        return _SECRET
    text = str(value)
    if "://" in text and "@" in text:
        try:
            return make_url(text).render_as_string(hide_password=True)
        except (ArgumentError, ValueError):
            return _SECRET
    return text
