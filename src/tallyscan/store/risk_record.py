"""The risk record of a consignment: a history that only grows, and what it comes to now."""

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tallyscan.control_result import ControlResult
from tallyscan.crossing_history import with_local
from tallyscan.crossing_point import CrossingEntry
from tallyscan.decision import Decision
from tallyscan.declaration import Declaration
from tallyscan.declaration_remarks import remarks
from tallyscan.errors import NotFound
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, Nomenclature
from tallyscan.inspection import Inspection
from tallyscan.interview import Interview
from tallyscan.risk import Risk, RiskInputs, RiskRecord, RiskRecordEntry
from tallyscan.risk_score import RiskScore
from tallyscan.store.dispositions import DispositionStep, disposition_history
from tallyscan.store.incoming import ReceivedEntry
from tallyscan.store.join_steps import wholes_of
from tallyscan.store.queue_rows import touch
from tallyscan.store.reviews import Review, is_review, reviews_standing
from tallyscan.store.risk_inputs import NOT_READ_YET, last_entries, record_rows, scans_of
from tallyscan.store.selections import standing_selections
from tallyscan.store.tables import Consignment, DeclarationVersion, RiskRecordRow
from tallyscan.triage.combine import table
from tallyscan.triage.consignment import consignment_risk
from tallyscan.weighing import Weighing

_RISK = TypeAdapter(Risk)
_INPUTS = TypeAdapter(RiskInputs)


def append_entry(
    session: Session,
    *,
    consignment: str,
    declaration_version: int,
    scan_id: str,
    event: str,
    scan_risk: Risk,
    detail: dict[str, Any],
    at: datetime,
) -> RiskRecordEntry:
    """Add what a reading found. The entry's risk is the consignment's, over the last reading of each scan and what
    people said of it; a scan that is still to be read counts as not assessed."""
    session.flush()
    last = last_entries(session, consignment)
    before = last.get(scan_id)
    row = RiskRecordRow(
        consignment_id=consignment,
        sequence=_next_sequence(session, consignment),
        at=at,
        event=event,
        scan_id=scan_id,
        declaration_version=declaration_version,
        scan_risk=_RISK.dump_python(scan_risk, mode="json"),
        supersedes=before.sequence if before else None,
        detail=detail,
    )
    return _added(session, row, last | {scan_id: row}, declaration_version)


def append_join_entry(
    session: Session, *, consignment: str, scan_id: str, change: str, detail: dict[str, Any], at: datetime
) -> RiskRecordEntry:
    """Add that a scan came from another consignment, left for one, or is in question here; the consignment is judged
    again with it or without it. What a scan that stays was read to be, it still is.
    """
    session.flush()
    last = last_entries(session, consignment)
    before = last.get(scan_id)
    stays = change in ("questioned", "confirmed")
    row = RiskRecordRow(
        consignment_id=consignment,
        sequence=_next_sequence(session, consignment),
        at=at,
        event=f"{'join' if stays else 'scan'}_{change}",
        scan_id=scan_id,
        declaration_version=before.declaration_version
        if before and stays
        else _version(session, consignment),
        scan_risk=before.scan_risk if before and stays else _RISK.dump_python(NOT_READ_YET, mode="json"),
        supersedes=before.sequence if before else None,
        detail=detail,
    )
    return _added(session, row, last | {scan_id: row}, _version(session, consignment))


def _added(
    session: Session, row: RiskRecordRow, last: dict[str, RiskRecordRow], declaration_version: int
) -> RiskRecordEntry:
    """The step in the record, with what all its scans come to after it, and the inputs of that."""
    inputs = scans_of(session, row.consignment_id, declaration_version, last).inputs
    risk = consignment_risk(inputs)
    row.lane, row.risk = risk.lane, _RISK.dump_python(risk, mode="json")
    row.inputs = _INPUTS.dump_python(inputs, mode="json")
    session.add(row)
    session.flush()
    touch(session, row.consignment_id)
    return _entry(row)


def append_review(session: Session, *, consignment: str, review: Review, at: datetime) -> RiskRecordEntry:
    """Add what a person said of a scan, which is on record already; what the scan was read to be stays."""
    session.flush()
    before = (
        entry.sequence
        for entry in record_rows(session, consignment)
        if is_review(entry.event) and entry.detail["id"] == review.replaces
    )
    row = RiskRecordRow(
        consignment_id=consignment,
        sequence=_next_sequence(session, consignment),
        at=at,
        event=review.event,
        scan_id=review.scan_id,
        declaration_version=_version(session, consignment),
        scan_risk=_RISK.dump_python(review.effect.risk or NOT_READ_YET, mode="json"),
        supersedes=next(before, None),
        detail=review.detail,
    )
    return _added(session, row, last_entries(session, consignment), row.declaration_version)


def append_incoming(session: Session, received: ReceivedEntry, at: datetime) -> RiskRecordEntry:
    """Add what came in about the consignment from elsewhere, which is on record already."""
    entry = received.entry
    replaces = None if entry.corrects is None else str(entry.corrects)
    risk = received.effect.risk or NOT_READ_YET
    return _append_of_consignment(
        session, entry.consignment, received.event, received.detail, replaces, risk, at
    )


def append_disposition(session: Session, step: DispositionStep, at: datetime) -> RiskRecordEntry:
    """Add what was decided of the consignment, which is on record already. It changes no risk."""
    return _append_of_consignment(
        session, step.consignment, step.event, step.detail, step.replaces, NOT_READ_YET, at
    )


def append_crossing(
    session: Session, consignment: str, entry: CrossingEntry, at: datetime
) -> RiskRecordEntry:
    """Add what a crossing point told of the consignment, or of a scan of it, which is on record already."""
    told, undone = entry.told, entry.told.change == "undone"
    said = {
        "id": entry.event_id if undone else told.entry,
        "source": entry.source,
        "event": entry.event_id,
        "sites": ", ".join(told.sites) or None,
        "scan": told.scan,
        "change": told.change,
        "what": told.what,
        "by": told.by,
        "told_at": entry.at.isoformat(),
        "effect": told.in_words,
    }
    detail = {name: value for name, value in said.items() if value is not None}
    replaces = told.entry if undone else told.replaces
    risk = told.risk or NOT_READ_YET
    return _append_of_consignment(session, consignment, f"crossing_{told.kind}", detail, replaces, risk, at)


def _append_of_consignment(
    session: Session,
    consignment: str,
    event: str,
    detail: dict[str, Any],
    replaces: str | None,
    risk: Risk,
    at: datetime,
) -> RiskRecordEntry:
    session.flush()
    replaced = (
        step.sequence
        for step in record_rows(session, consignment)
        if replaces is not None and step.detail.get("id") == replaces
    )
    row = RiskRecordRow(
        consignment_id=consignment,
        sequence=_next_sequence(session, consignment),
        at=at,
        event=event,
        scan_id=None,
        declaration_version=_version(session, consignment),
        scan_risk=_RISK.dump_python(risk, mode="json"),
        supersedes=next(replaced, None),
        detail=detail,
    )
    return _added(session, row, last_entries(session, consignment), row.declaration_version)


def carry_reviews(session: Session, *, consignment: str, scan_id: str, at: datetime) -> None:
    """Add what people said of a scan before it was of this consignment: what counts here stands here."""
    told = {entry.detail["id"] for entry in record_rows(session, consignment) if is_review(entry.event)}
    for review in reviews_standing(session, {scan_id} | wholes_of(session, {scan_id})):
        if review.id not in told:
            append_review(session, consignment=consignment, review=review, at=at)


def risk_then(session: Session, consignment: str, at: datetime) -> Risk | None:
    """What the consignment came to in its last step by that time; None where there was none."""
    steps = select(RiskRecordRow.risk).where(
        RiskRecordRow.consignment_id == consignment, RiskRecordRow.at <= at
    )
    risk = session.execute(steps.order_by(RiskRecordRow.sequence.desc()).limit(1)).scalar()
    return _RISK.validate_python(risk) if risk else None


def risk_record(session: Session, consignment: str, nomenclature: Nomenclature = CHAPTERS_ONLY) -> RiskRecord:
    """The current risk and the whole history, oldest first. Raises `NotFound`.

    A reading counts only while it rests on what is so now: of a scan that waits, or that was read against
    another version of the declaration, nothing is known. A scan that moved to another consignment counts there.
    """
    row = session.get(Consignment, consignment)
    if row is None:
        raise NotFound(
            f"There is no consignment {consignment!r}.", remedy="Send its declaration or a scan first."
        )
    scans = scans_of(session, consignment, row.declaration_version, last_entries(session, consignment))
    risk = consignment_risk(scans.inputs)
    version = session.get(DeclarationVersion, (consignment, row.declaration_version))
    declaration = Declaration.model_validate(version.document) if version else None
    return RiskRecord(
        consignment=consignment,
        risk=risk,
        table=table(risk),
        inputs=scans.inputs,
        declaration_version=row.declaration_version,
        history=tuple(_entry(entry) for entry in record_rows(session, consignment)),
        pending=scans.pending(row.declaration_version),
        decisions=tuple(review.said for review in scans.reviews if isinstance(review.said, Decision)),
        inspections=tuple(review.said for review in scans.reviews if isinstance(review.said, Inspection)),
        risk_scores=scans.incoming.of(RiskScore),
        control_results=scans.incoming.of(ControlResult),
        weighings=scans.incoming.of(Weighing),
        interviews=scans.incoming.of(Interview),
        selections=standing_selections(session, consignment),
        dispositions=with_local(
            disposition_history(session, consignment), scans.elsewhere.dispositions
        ).standing,
        remarks=remarks(declaration, nomenclature) if declaration else (),
    )


def _next_sequence(session: Session, consignment: str) -> int:
    newest = select(func.max(RiskRecordRow.sequence)).where(RiskRecordRow.consignment_id == consignment)
    return (session.execute(newest).scalar() or 0) + 1


def _version(session: Session, consignment: str) -> int:
    row = session.get(Consignment, consignment)
    return row.declaration_version if row else 0


def _entry(row: RiskRecordRow) -> RiskRecordEntry:
    return RiskRecordEntry(
        sequence=row.sequence,
        at=row.at,
        event=row.event,
        scan_id=row.scan_id,
        declaration_version=row.declaration_version,
        risk=_RISK.validate_python(row.risk),
        supersedes=row.supersedes,
        detail=row.detail,
    )
