"""An archive that is read again with another model: which scans, how far it is, and what that model says of each."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tallyscan.risk import Lane
from tallyscan.store.tables import ID, SHA256, Table

RereadState = Literal["running", "stopped", "done"]
RereadScanState = Literal["waits", "reading", "read", "failed"]


class RereadRow(Table):
    """One run over the scans that arrived from `since` to `until`, at `site` or at all; `person` and `why` of whoever
    began it. `said` is why it stands where it does.
    """

    __tablename__ = "rereads"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    model_name: Mapped[str] = mapped_column(String(80))
    model_version: Mapped[str] = mapped_column(String(80))
    model_sha256: Mapped[str] = mapped_column(SHA256)
    since: Mapped[datetime]
    until: Mapped[datetime]
    site: Mapped[str | None] = mapped_column(String(80))
    person: Mapped[str] = mapped_column(String(120))
    why: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime]
    state: Mapped[RereadState] = mapped_column(String(16))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(120))
    said: Mapped[str | None] = mapped_column(Text)


class RereadScanRow(Table):
    """A scan of a run, the oldest first. `revision`, `status`, `lane` and `score` of before are those of the reading on
    record that it was held against; `document` is the new reading. Nothing else is changed by it.
    """

    __tablename__ = "reread_scans"
    reread_id: Mapped[str] = mapped_column(ForeignKey("rereads.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), index=True)
    state: Mapped[RereadScanState] = mapped_column(String(16))
    claim: Mapped[str | None] = mapped_column(ID)
    claimed_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    read_at: Mapped[datetime | None]
    seconds: Mapped[float | None] = mapped_column(Float)
    reason: Mapped[str | None] = mapped_column(Text)
    revision: Mapped[int | None]
    status_before: Mapped[str | None] = mapped_column(String(16))
    status: Mapped[str | None] = mapped_column(String(16))
    lane_before: Mapped[Lane | None] = mapped_column(String(16))
    lane: Mapped[Lane | None] = mapped_column(String(16))
    score_before: Mapped[float | None] = mapped_column(Float)
    score: Mapped[float | None] = mapped_column(Float)
    document: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    __table_args__ = (Index("ix_reread_scans_state", "reread_id", "state", "position"),)
