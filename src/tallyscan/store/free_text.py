"""Texts that people or other systems wrote, in which a name may stand: a person has to look."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from tallyscan.store.crossing_tables import CrossingEventRow
from tallyscan.store.redaction import holds_text
from tallyscan.store.referral_tables import ReferralStepRow
from tallyscan.store.reread_tables import RereadRow
from tallyscan.store.retention_tables import HoldRow
from tallyscan.store.selection_tables import RiskProfileRow, SelectionRow
from tallyscan.store.tables import (
    DeadLetterActionRow,
    DecisionRow,
    DeclarationVersion,
    IncomingRow,
    InspectionRow,
    JoinRow,
    OutboxActionRow,
    OutboxRow,
    QuarantineRow,
    ReadingRow,
    RiskRecordRow,
    ScanFile,
    ScanRow,
    Table,
)
from tallyscan.store.targeting_tables import DispositionRow

_TEXTS: tuple[tuple[type[Table], tuple[str, ...]], ...] = (
    (DecisionRow, ("document",)),
    (InspectionRow, ("document",)),
    (DispositionRow, ("document",)),
    (ReferralStepRow, ("document",)),
    (IncomingRow, ("document",)),
    (JoinRow, ("why", "candidates")),
    (DeadLetterActionRow, ("reason",)),
    (OutboxActionRow, ("reason",)),
    (RereadRow, ("why",)),
    (HoldRow, ("reason", "lifted_why")),
    (RiskProfileRow, ("document",)),
    (SelectionRow, ("document",)),
    (DeclarationVersion, ("document",)),
    (ReadingRow, ("document",)),
    (RiskRecordRow, ("detail",)),
    (OutboxRow, ("event",)),
    (CrossingEventRow, ("event",)),
    (QuarantineRow, ("name", "reason")),
    (ScanRow, ("name", "reason")),
    (ScanFile, ("name",)),
)


@dataclass(frozen=True)
class Candidate:
    """A row with the words in one of its texts."""

    table: str
    id: str


def candidates(session: Session, text: str) -> Iterator[Candidate]:
    """Rows in whose texts it stands, in whatever letters. Every row is read: this takes as long as that does."""
    for table, names in _TEXTS:
        keys = inspect(table).primary_key
        columns = [*keys, *(getattr(table, each) for each in names)]
        for row in session.execute(select(*columns).execution_options(yield_per=500)):
            if holds_text(list(row[len(keys) :]), text):
                yield Candidate(table.__tablename__, "/".join(str(each) for each in row[: len(keys)]))
