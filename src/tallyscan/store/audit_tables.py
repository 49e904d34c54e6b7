"""The tables of the audit: records that are only ever added, and the names behind the pseudonyms in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tallyscan.store.tables import SHA256, Table

NAME = String(160)


class AuditRow(Table):
    """One record (`audit_record.AuditRecord`); `sites` stand between bars: `|XXOFF001|`, and `|` for none.

    Triggers refuse to change or delete it.
    """

    __tablename__ = "audit"
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_name: Mapped[str | None] = mapped_column(NAME)
    role: Mapped[str | None] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(48))
    object_kind: Mapped[str] = mapped_column(String(24))
    object_id: Mapped[str | None] = mapped_column(NAME)
    sites: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(String(32))
    details: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(SHA256, unique=True)
    hash: Mapped[str] = mapped_column(SHA256, unique=True)

    __table_args__ = (
        Index("ix_audit_at", "at"),
        Index("ix_audit_actor", "actor_name", "sequence"),
        Index("ix_audit_object", "object_kind", "object_id", "sequence"),
        Index("ix_audit_action", "action", "sequence"),
    )


class AuditSubjectRow(Table):
    """The name of a person or a party behind a pseudonym, with its salt: both go when it is erased."""

    __tablename__ = "audit_subjects"
    pseudonym: Mapped[str] = mapped_column(SHA256, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[str] = mapped_column(String(255))
    salt: Mapped[str] = mapped_column(String(32))
    since: Mapped[datetime]

    __table_args__ = (UniqueConstraint("kind", "value", name="uq_audit_subjects_value"),)
