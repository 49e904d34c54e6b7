"""One record of the audit and its hash: what docs/reference/audit.md describes, so that others can check it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

VERSION = 1
NOTHING_BEFORE = "0" * 64
"""What stands for the record before the first one."""

ACTIONS: dict[str, str] = {
    "audit.begun": "the audit begins here",
    "audit.read": "records of the audit were read",
    "audit.exported": "records of the audit were exported",
    "subject.erased": "the name behind a pseudonym was erased",
    "service.configured": "a process started with these settings",
    "model.loaded": "a process started to read with this model",
    "signin.succeeded": "a person signed in",
    "signin.failed": "a wrong password",
    "session.ended": "a person signed out, or was signed out",
    "account.added": "an account was made",
    "account.changed": "an account got other roles or sites",
    "account.disabled": "nobody signs in by the account any more",
    "account.enabled": "the account may sign in again",
    "account.link_made": "a link to set a password was made",
    "account.password_set": "the account got a password",
    "device_key.added": "a key of a device was made",
    "device_key.rotated": "a device got a new key",
    "device_key.removed": "a key of a device counts no more",
    "scan.received": "a scan came, or was cut from a whole one",
    "scan.read": "a reading of a scan was kept",
    "scan.joined": "a person said to which consignment a scan belongs",
    "scan.decided": "an officer's decision on a scan",
    "scan.decision_undone": "a decision was taken back",
    "scan.inspected": "what a control of the load came to",
    "referral.step": "a referral was answered, forwarded or withdrawn",
    "declaration.received": "a version of a declaration came",
    "consignment.told": "something came in about a consignment",
    "consignment.selected": "a consignment is to be scanned or opened, or no longer",
    "consignment.decided": "an officer's decision on a consignment",
    "consignment.decision_undone": "it was taken back",
    "profile.saved": "a draft of a risk profile was saved",
    "profile.dropped": "a draft was thrown away",
    "profile.released": "a version of a risk profile is in force",
    "profile.retired": "a version is in force no more",
    "budget.set": "an alert budget of a site",
    "key.shared": "what every machine on the database has alike: a key, or the imported codes",
    "air.learnt": "a version of the open beam of a scanner was learnt",
    "quarantine.added": "something came and could not be used",
    "scan.replayed": "a scan that was given up is to be read again",
    "archive.reread": "an archive is read again with another model, or no longer",
    "event.taken": "a centre took what a crossing point reported",
    "event.replayed": "an event that was held back is sent again",
    "event.skipped": "an event that was held back is never sent",
    "scan.viewed": "a scan was opened",
    "consignment.viewed": "a consignment was opened",
    "declaration.viewed": "a declaration was opened",
    "parties.viewed": "the parties of a consignment were opened",
    "referral.viewed": "a referral was opened",
    "report.made": "the report of a scan was made",
    "sheet.made": "the inspection sheet of a scan was made",
    "trail.exported": "the trail of a scan was given out",
    "hold.set": "from now on nothing of a consignment or a scan may be deleted",
    "hold.lifted": "a hold is over before its end",
    "data.deleted": "retention deleted what was due",
    "data.erased": "a person or a party was erased from what is on record",
    "access.refused": "somebody asked for what is not theirs",
}
"""Every action, and what it means."""


@dataclass(frozen=True)
class AuditRecord:
    """`actor_name` of a person, `object_id` of an account and names in `details` are pseudonyms: hashes with a salt.

    `sites` are those of the object, as they are compared; empty where it is of none.
    """

    sequence: int
    at: datetime
    actor_kind: str
    actor_name: str | None
    role: str | None
    action: str
    object_kind: str
    object_id: str | None
    sites: tuple[str, ...]
    purpose: str
    details: Mapping[str, Any]
    previous: str
    version: int = VERSION

    @property
    def document(self) -> dict[str, Any]:
        """What is hashed, as it is exported."""
        return {
            "version": self.version,
            "sequence": self.sequence,
            "at": utc_text(self.at),
            "actor": {"kind": self.actor_kind, "name": self.actor_name, "role": self.role},
            "action": self.action,
            "object": {"kind": self.object_kind, "id": self.object_id},
            "sites": list(self.sites),
            "purpose": self.purpose,
            "details": self.details,
            "previous": self.previous,
        }

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON."""
        return hashlib.sha256(canonical(self.document)).hexdigest()


def canonical(document: Any) -> bytes:
    """The one way to write it (RFC 8785, of which it uses no floating-point numbers). Raises `ValueError`."""
    return json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def utc_text(at: datetime) -> str:
    """Microseconds and Z, always."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def pseudonym(salt: str, value: str) -> str:
    """What stands for a name: without its salt, which is erased with it, nobody can try names."""
    return hashlib.sha256(bytes.fromhex(salt) + value.encode()).hexdigest()
