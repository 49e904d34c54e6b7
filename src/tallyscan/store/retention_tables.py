"""The tables of what is deleted when: what must stay (holds), what was deleted, and bytes that still are to be."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tallyscan.store.tables import CONSIGNMENT_ID, ID, SHA256, Table

DeletedWhat = Literal["images", "declaration_file", "marks", "declaration", "parties", "quarantine"]
"""Of a scan its files and pictures, the declaration that came beside it, the plates read on it; of a consignment the
bytes of its declarations, and the parties, plates and answers on record; the bytes of what is in quarantine."""

DeletedBy = Literal["retention", "erasure"]


class HoldRow(Table):
    """That nothing of a consignment, or of a scan, may be deleted, and why; `lifted_at` ends it before `until` does."""

    __tablename__ = "holds"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    consignment_id: Mapped[str | None] = mapped_column(ForeignKey("consignments.id"))
    scan_id: Mapped[str | None] = mapped_column(ForeignKey("scans.id"))
    set_by: Mapped[str] = mapped_column(String(120))
    set_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    until: Mapped[datetime | None]
    lifted_by: Mapped[str | None] = mapped_column(String(120))
    lifted_at: Mapped[datetime | None]
    lifted_why: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_holds_consignment", "consignment_id", "lifted_at"),
        Index("ix_holds_scan", "scan_id", "lifted_at"),
    )


class DeletionRow(Table):
    """That something of an object was deleted, when and by what. The rows that named its bytes stay as they were: their
    hashes stand in the audit, and what was there is known by them. `version` is that of a declaration up to which.
    """

    __tablename__ = "deletions"
    what: Mapped[DeletedWhat] = mapped_column(String(24), primary_key=True)
    of: Mapped[str] = mapped_column(CONSIGNMENT_ID, primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    by: Mapped[DeletedBy] = mapped_column(String(16))


class CondemnedBlobRow(Table):
    """Bytes that no row names any more, since when: they are deleted a while later, whoever is asked meanwhile."""

    __tablename__ = "condemned_blobs"
    key: Mapped[str] = mapped_column(SHA256, primary_key=True)
    since: Mapped[datetime]

    __table_args__ = (Index("ix_condemned_blobs_since", "since"),)
