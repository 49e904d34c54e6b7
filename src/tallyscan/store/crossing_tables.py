"""What a centre hears from crossing points that run their own installation."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tallyscan.crossing_point import CrossingKind
from tallyscan.store.tables import ID, SHA256, Table


class CrossingEventRow(Table):
    """An event of a crossing point, never changed, in the order in which it was taken. `told` is what the risk rests on
    of it, `event` all of it, as it came.

    `missing` are the numbers of its subject that were not heard before it, `late`: a later one was. `told_by` is the
    key under which it came.
    """

    __tablename__ = "crossing_events"
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(String(200))
    event_id: Mapped[str] = mapped_column(String(64))
    type: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(160))
    sequence: Mapped[int] = mapped_column(BigInteger)
    missing: Mapped[int] = mapped_column(BigInteger)
    late: Mapped[bool]
    at: Mapped[datetime]
    heard_at: Mapped[datetime]
    told_by: Mapped[str | None] = mapped_column(String(120))
    kind: Mapped[CrossingKind] = mapped_column(String(16))
    consignment_id: Mapped[str | None] = mapped_column(ForeignKey("consignments.id"))
    scan: Mapped[str | None] = mapped_column(ID)
    part_of: Mapped[str | None] = mapped_column(ID)
    sha256: Mapped[str] = mapped_column(SHA256)
    told: Mapped[dict[str, Any]]
    event: Mapped[dict[str, Any]] = mapped_column(deferred=True)

    __table_args__ = (
        UniqueConstraint("source", "event_id", name="uq_crossing_events_source_event"),
        Index("ix_crossing_events_subject", "source", "subject", "sequence"),
        Index("ix_crossing_events_consignment", "consignment_id", "position"),
        Index("ix_crossing_events_scan", "source", "scan", "position"),
        Index("ix_crossing_events_part_of", "source", "part_of"),
        {"sqlite_autoincrement": True},
    )


class CrossingPointRow(Table):
    """How a crossing point stands, as far as it was heard: renewed with everything that comes from it.

    `taken` events were new, `repeats` known; `gaps` are those with steps missing before them, `late` those that came
    after a later one. `refused` were no events, or of sites that are not its own; `refusal` is why, of the last.
    `waiting` events stood in its outbox when it was last heard, the oldest since `waiting_since`.
    """

    __tablename__ = "crossing_points"
    source: Mapped[str] = mapped_column(String(200), primary_key=True)
    heard_at: Mapped[datetime]
    newest_at: Mapped[datetime | None]
    taken: Mapped[int] = mapped_column(BigInteger)
    repeats: Mapped[int] = mapped_column(BigInteger)
    gaps: Mapped[int] = mapped_column(BigInteger)
    late: Mapped[int] = mapped_column(BigInteger)
    refused: Mapped[int] = mapped_column(BigInteger)
    refusal: Mapped[str | None] = mapped_column(Text)
    waiting: Mapped[int | None] = mapped_column(BigInteger)
    waiting_since: Mapped[datetime | None]
