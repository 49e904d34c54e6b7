"""The tables of targeting: what is decided of consignments, and the queue that officers work."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from tallyscan.risk import Lane
from tallyscan.store.tables import CONSIGNMENT_ID, ID, SHA256, Table
from tallyscan.triage.queue_place import WaitsFor

WORD_CHARACTERS = 40
# Ranges of words are those of their code points, whatever the language of the database.
_WORD = String(WORD_CHARACTERS).with_variant(String(WORD_CHARACTERS, collation="C"), "postgresql")


class DispositionRow(Table):
    """What an officer decided of a consignment, or took back: never changed, `replaces` names the earlier one.

    Of what was taken back, `disposition` is `undone`, and there is no `said_sha256`.
    """

    __tablename__ = "dispositions"
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(ID, unique=True)
    consignment_id: Mapped[str] = mapped_column(ForeignKey("consignments.id"))
    replaces: Mapped[str | None] = mapped_column(ForeignKey("dispositions.id"))
    disposition: Mapped[str] = mapped_column(String(16))
    ground: Mapped[str | None] = mapped_column(String(32))
    person: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    said_sha256: Mapped[str | None] = mapped_column(SHA256)
    document: Mapped[dict[str, Any]]

    __table_args__ = (
        Index("ix_dispositions_consignment", "consignment_id", "position"),
        Index("ix_dispositions_person", "person", "received_at"),
        {"sqlite_autoincrement": True},
    )


class QueueRow(Table):
    """The line of a consignment in the queue, written anew in each transaction that changes what it rests on.

    `place` is its number in `queue_place.PLACES`. `deadline_at` is `NO_DEADLINE` where nothing says when. `score_key`
    is 10,000 times one minus the score, 0 without a score. `sites` are those where it is listed, as they are compared,
    each between bars: `|XXOFF001|`, and `|` where nobody says where it is. `shown` is what an officer reads of it.
    """

    __tablename__ = "queue"
    consignment_id: Mapped[str] = mapped_column(ForeignKey("consignments.id"), primary_key=True)
    released: Mapped[bool]
    place: Mapped[int]
    deadline_at: Mapped[datetime]
    score_key: Mapped[int]
    lane: Mapped[Lane] = mapped_column(String(16))
    waits_for: Mapped[WaitsFor] = mapped_column(String(16))
    scanned: Mapped[bool]
    for_scan: Mapped[bool]
    for_opening: Mapped[bool]
    sites: Mapped[str] = mapped_column(String(800))
    changed_at: Mapped[datetime]
    shown: Mapped[dict[str, Any]]

    # They hold all that is filtered by, so that a page looks up no line that is not on it.
    __table_args__ = (
        Index(
            "ix_queue_risk",
            *("released", "place", "deadline_at", "score_key", "consignment_id"),
            *("lane", "waits_for", "scanned", "for_scan", "for_opening", "sites"),
        ),
        Index(
            "ix_queue_deadline",
            *("released", "deadline_at", "place", "score_key", "consignment_id"),
            *("lane", "waits_for", "scanned", "for_scan", "for_opening", "sites"),
        ),
        Index(
            "ix_queue_counts",
            *("released", "lane", "waits_for", "consignment_id", "deadline_at"),
            *("scanned", "for_scan", "for_opening", "sites"),
        ),
    )


class QueueWordRow(Table):
    """A word by which a consignment is found: of its marks, its traders or its goods, as words are compared."""

    __tablename__ = "queue_words"
    word: Mapped[str] = mapped_column(_WORD, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    consignment_id: Mapped[str] = mapped_column(ForeignKey("consignments.id"), primary_key=True, index=True)


class QueueRenewalRow(Table):
    """A consignment of which the line in the queue is still to be written, or written anew."""

    __tablename__ = "queue_renewals"
    consignment_id: Mapped[str] = mapped_column(CONSIGNMENT_ID, primary_key=True)
