"""A consignment as it stands, from all that is on record of it."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from tallyscan.consignment_now import ConsignmentNow, Heard, ScanNow
from tallyscan.control_result import ControlResult
from tallyscan.crossing_history import CrossingHistory, with_local
from tallyscan.decision import Decision
from tallyscan.errors import NotFound
from tallyscan.inspection import Inspection
from tallyscan.risk import RiskInputs
from tallyscan.store.dispositions import disposition_history
from tallyscan.store.risk_inputs import ConsignmentScans, last_entries, scans_of
from tallyscan.store.selection_tables import SelectionRow
from tallyscan.store.tables import (
    WAITING,
    Consignment,
    FindingRow,
    PartRow,
    ReadingRow,
    RiskRecordRow,
    ScanRow,
    ScanState,
)
from tallyscan.triage.consignment import consignment_risk, with_incoming
from tallyscan.triage.odds import URGENT_SCORE

_USABLE: tuple[ScanState, ...] = (*WAITING, "read")
_LOOKED_INSIDE = ("found", "nothing", "discrepancy")


def consignment_now(session: Session, consignment: str) -> ConsignmentNow:
    """As it stands in this transaction. Raises `NotFound`."""
    return consignment_with_scans(session, consignment)[0]


def consignment_with_scans(session: Session, consignment: str) -> tuple[ConsignmentNow, ConsignmentScans]:
    """The same, with what its scans and all that was said and came in add to its risk. Raises `NotFound`."""
    row = session.get(Consignment, consignment)
    if row is None:
        raise NotFound(
            f"There is no consignment {consignment!r}.", remedy="Send its declaration or a scan first."
        )
    scans = scans_of(session, consignment, row.declaration_version, last_entries(session, consignment))
    heard = _heard(scans)
    newest = select(func.max(RiskRecordRow.sequence)).where(RiskRecordRow.consignment_id == consignment)
    now = ConsignmentNow(
        consignment=consignment,
        record=session.execute(newest).scalar() or 0,
        risk=consignment_risk(scans.inputs),
        urgent=_is_urgent(scans.inputs) and not any(each.looked_inside for each in heard),
        scans=tuple(
            sorted(
                (*_scans(session, consignment), *_scans_elsewhere(scans.elsewhere)),
                key=lambda each: each.received_at,
            )
        ),
        heard=heard,
        selected=frozenset(
            action for selection in _selected(session, consignment) for action in selection["actions"]
        ),
        dispositions=with_local(disposition_history(session, consignment), scans.elsewhere.dispositions),
    )
    return now, scans


def with_findings(session: Session, now: ConsignmentNow) -> ConsignmentNow:
    """The same, with the findings of the newest reading of each scan."""
    found: dict[str, set[str]] = defaultdict(set)
    of_newest = (
        select(ScanRow.id, FindingRow.finding)
        .join(ReadingRow, ReadingRow.id == FindingRow.reading_id)
        .join(ScanRow, (ScanRow.id == ReadingRow.scan_id) & (ScanRow.revision == ReadingRow.revision))
        .where(ScanRow.id.in_([scan.scan for scan in now.scans]))
    )
    for scan, finding in session.execute(of_newest):
        found[scan].add(finding)
    return replace(
        now, scans=tuple(replace(scan, findings=frozenset(found[scan.scan])) for scan in now.scans)
    )


def _scans(session: Session, consignment: str) -> tuple[ScanNow, ...]:
    whole = exists().where(PartRow.part_of == ScanRow.id).label("whole")
    rows = select(ScanRow.id, ScanRow.received_at, ScanRow.state, ScanRow.join_state, ScanRow.reason, whole)
    of_it = rows.where(ScanRow.consignment_id == consignment).order_by(ScanRow.received_at, ScanRow.id)
    return tuple(
        ScanNow(
            scan=row.id,
            received_at=row.received_at,
            waits=row.state in WAITING,
            usable=row.state in _USABLE,
            in_question=row.join_state == "proposed",
            reason=row.reason,
            whole=row.whole,
        )
        for row in session.execute(of_it)
    )


def _scans_elsewhere(history: CrossingHistory) -> tuple[ScanNow, ...]:
    """They wait for nothing here."""
    return tuple(
        ScanNow(
            scan=each.scan,
            received_at=each.first.at,
            waits=False,
            usable=each.reading is None or each.reading.told.status == "read",
            in_question=each.in_question,
            reason=each.reading.told.reason if each.reading else "It is read again at its crossing point.",
        )
        for each in history.scans
    )


def _heard(scans: ConsignmentScans) -> tuple[Heard, ...]:
    """What stands of what people said of its scans, and of the controls of its load."""
    heard = []
    for review in scans.reviews:
        said = review.said
        if isinstance(said, Decision):
            heard.append(Heard(said.by, said.received_at, said.scan_id, said.reader))
        elif isinstance(said, Inspection):
            heard.append(Heard(said.by, said.received_at, looked_inside=said.result in _LOOKED_INSIDE))
    heard += [
        Heard(control.by, control.received_at, looked_inside=control.outcome in _LOOKED_INSIDE)
        for control in scans.incoming.of(ControlResult)
    ]
    heard += [
        Heard(
            each.told.by or each.source,
            each.heard_at,
            each.told.scan,
            each.told.reader,
            each.told.looked_inside,
        )
        for each in scans.elsewhere.reviews
    ]
    return tuple(heard)


def _is_urgent(inputs: RiskInputs) -> bool:
    """Of any share, not of the worst alone."""
    shares = (with_incoming(share, inputs).risk for share in inputs.shares)
    return any(each.lifts_to == URGENT_SCORE for risk in shares for each in risk.indicators)


def _selected(session: Session, consignment: str) -> list[dict[str, Any]]:
    steps = select(SelectionRow.document).where(
        SelectionRow.consignment_id == consignment,
        SelectionRow.superseded.is_(False),
        SelectionRow.selected.is_(True),
    )
    return list(session.execute(steps).scalars())
