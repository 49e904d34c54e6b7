"""Whether a risk record can be made again from what it was made of."""

from collections.abc import Iterator, Sequence

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.errors import NotFound
from tallyscan.risk import Replay, ReplayedEntry, Risk, RiskInputs
from tallyscan.store.crossing_tables import CrossingEventRow
from tallyscan.store.deletions import deleted, deleted_of, in_words
from tallyscan.store.risk_inputs import NOT_READ_YET
from tallyscan.store.tables import Consignment, IncomingRow, ReadingRow, RiskRecordRow
from tallyscan.triage.consignment import consignment_risk

_RISK = TypeAdapter(Risk)
_INPUTS = TypeAdapter(RiskInputs)


def replay(session: Session, consignment: str) -> Replay:
    """Every step again: the inputs must give the number that was recorded, and what the step itself added must be what
    its reading or its entry says. Raises `NotFound`.
    """
    if session.get(Consignment, consignment) is None:
        raise NotFound(f"There is no consignment {consignment!r}.")
    of_it = select(RiskRecordRow).where(RiskRecordRow.consignment_id == consignment)
    rows = session.execute(of_it.order_by(RiskRecordRow.sequence)).scalars().all()
    entries = tuple(_replayed(session, row) for row in rows)
    same = all(entry.same is not False for entry in entries)
    return Replay(consignment, same, entries, tuple(_deleted(session, consignment, rows)))


def _deleted(session: Session, consignment: str, rows: Sequence[RiskRecordRow]) -> Iterator[str]:
    scans = {row.scan_id for row in rows if row.scan_id is not None}
    for scan, gone in sorted(deleted_of(session, "images", scans).items()):
        yield in_words(gone, f"The files and pictures of scan {scan}") + " Its reading cannot be made again."
    declared = deleted(session, "declaration", consignment)
    if declared is not None:
        what = (
            f"Parties and the documents as they came of versions 1 to {declared.version} of the declaration"
        )
        yield in_words(declared, what)


def _replayed(session: Session, row: RiskRecordRow) -> ReplayedEntry:
    recorded = _RISK.validate_python(row.risk)
    if row.inputs is None:
        return ReplayedEntry(row.sequence, row.event, recorded, None, None, "Its inputs were not kept.")
    inputs = _INPUTS.validate_python(row.inputs)
    again = consignment_risk(inputs)
    differs = "The inputs give another risk." if again != recorded else _other_share(session, row, inputs)
    return ReplayedEntry(row.sequence, row.event, recorded, again, differs is None, differs)


def _other_share(session: Session, row: RiskRecordRow, inputs: RiskInputs) -> str | None:
    """What a reading or an entry says of itself, against what was taken for its share; None where it is the same."""
    shares = {share.of: share.risk for share in inputs.shares}
    reading = session.get(ReadingRow, str(row.detail.get("reading", "")))
    if reading is not None:
        said = _RISK.validate_python(reading.document["risk"])
        if said != _RISK.validate_python(row.scan_risk):
            return f"Reading {reading.id} says another risk."
        if shares.get(f"scan/{row.scan_id}") not in (said, Risk(None, "not_assessed")):
            return f"Reading {reading.id} is not among the inputs."
    if row.event.startswith("crossing_"):
        return _other_risk_heard(session, row)
    if row.scan_id is None and "id" in row.detail and not row.event.startswith("disposition_"):
        entry = session.execute(select(IncomingRow).where(IncomingRow.id == row.detail["id"])).scalar()
        if entry is None:
            return f"Entry {row.detail['id']} is not on record."
        risk = entry.effect["risk"]
        if risk is not None and shares.get(f"{entry.kind}/{entry.id}") != _RISK.validate_python(risk):
            return f"Entry {entry.id} is not among the inputs."
    return None


def _other_risk_heard(session: Session, row: RiskRecordRow) -> str | None:
    told = select(CrossingEventRow.told).where(
        CrossingEventRow.source == row.detail["source"], CrossingEventRow.event_id == row.detail["event"]
    )
    heard = session.execute(told).scalar()
    if heard is None:
        return f"Event {row.detail['event']} is not on record."
    said = _RISK.validate_python(heard["risk"]) if heard["risk"] else NOT_READ_YET
    if said != _RISK.validate_python(row.scan_risk):
        return "What was heard says another risk."
    return None
