"""All that the risk of a consignment is made of as it stands: its scans, what people said, what came in."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.crossing_history import CrossingHistory
from tallyscan.incoming import IncomingHistory
from tallyscan.risk import Effect, Risk, RiskInputs, RiskShare
from tallyscan.store.crossing_events import crossing_history
from tallyscan.store.incoming import effects_standing, incoming_history
from tallyscan.store.join_steps import wholes_of
from tallyscan.store.reviews import Review, is_review, reviews_standing
from tallyscan.store.tables import WAITING, RiskRecordRow, ScanRow
from tallyscan.triage.consignment import UNSCANNED

NOT_READ_YET = Risk(score=None, lane="not_assessed")
_RISK = TypeAdapter(Risk)


@dataclass(frozen=True)
class ConsignmentScans:
    """The scans of a consignment: what each adds to its risk, what is still open of them, what people say of them, and
    what came in about the consignment. `elsewhere` is what crossing points tell of it; the counts are of scans here."""

    inputs: RiskInputs
    count: int
    unread: int
    in_question: int
    reviews: tuple[Review, ...]
    incoming: IncomingHistory
    elsewhere: CrossingHistory

    def pending(self, version: int) -> str | None:
        """What is still open, in words; None where nothing is."""
        of = f"of {self.count} scan{'' if self.count == 1 else 's'}."
        against = f" against version {version} of the declaration" if version else ""
        unread = f"Not yet read{against}: {self.unread} {of}" if self.unread else ""
        question = (
            f"In question whether of this consignment: {self.in_question} {of}" if self.in_question else ""
        )
        return " ".join(filter(None, (unread, question))) or None


def record_rows(session: Session, consignment: str) -> Iterable[RiskRecordRow]:
    """Every step of its risk record, oldest first."""
    of_consignment = select(RiskRecordRow).where(RiskRecordRow.consignment_id == consignment)
    return session.execute(of_consignment.order_by(RiskRecordRow.sequence)).scalars()


def last_entries(session: Session, consignment: str) -> dict[str, RiskRecordRow]:
    """What each scan was last read to be, or became of its join."""
    return {
        row.scan_id: row
        for row in record_rows(session, consignment)
        if row.scan_id is not None and not is_review(row.event)
    }


def scans_of(
    session: Session, consignment: str, declaration_version: int, last: dict[str, RiskRecordRow]
) -> ConsignmentScans:
    """Those that are in the consignment now. One that is not read yet, or not as the consignment stands now, counts as
    not assessed; so does one in question, beside what it was read to be: it may be none of this consignment's. What
    people say comes first, of a whole scan for each of its cargo units too: of two shares that are alike, what was
    found outranks what was read.
    """
    of_consignment = select(ScanRow.id, ScanRow.state, ScanRow.join_state).where(
        ScanRow.consignment_id == consignment
    )
    scans = session.execute(of_consignment).all()
    ids = {scan for scan, _, _ in scans}
    reviews = reviews_standing(session, ids | wholes_of(session, ids))
    incoming = incoming_history(session, consignment)
    effects = effects_standing(session, incoming)
    said: list[tuple[str, Effect]] = [
        *((f"{kind}/{entry}", effect) for kind, entry, effect in effects),
        *((f"{review.kind}/{review.id}", review.effect) for review in reviews),
    ]
    shares = [RiskShare(of, effect.risk) for of, effect in said if effect.risk is not None]
    unread = in_question = 0
    for scan, state, join_state in scans:
        entry = last.get(scan)
        if state in WAITING or entry is None or entry.declaration_version != declaration_version:
            unread += 1
            shares.append(RiskShare(f"scan/{scan}", NOT_READ_YET))
        else:
            shares.append(RiskShare(f"scan/{scan}", _RISK.validate_python(entry.scan_risk)))
        if join_state == "proposed":
            in_question += 1
            shares.append(RiskShare(f"join/{scan}", NOT_READ_YET))
    elsewhere = crossing_history(session, consignment)
    shares += elsewhere.shares
    if not scans and not elsewhere.scans:
        shares.append(RiskShare(UNSCANNED, NOT_READ_YET))
    indicators = tuple(indicator for _, _, effect in effects for indicator in effect.indicators)
    inputs = RiskInputs(tuple(shares), indicators)
    return ConsignmentScans(inputs, len(scans), unread, in_question, reviews, incoming, elsewhere)
