"""What the audit tells of a row that was added, changed or deleted: one place for every write of the store.

Each table is either in `TELLS` or in `NOT_TOLD` with the reason; a test holds both against all tables that there are.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from tallyscan.audit_record import utc_text
from tallyscan.declaration import normal_mark
from tallyscan.store.access_tables import AccountLinkRow, AccountRow, DeviceKeyRow, SessionRow
from tallyscan.store.audit import Subject, Told
from tallyscan.store.crossing_tables import CrossingEventRow
from tallyscan.store.referral_tables import ReferralStepRow
from tallyscan.store.reread_tables import RereadRow
from tallyscan.store.retention_tables import HoldRow
from tallyscan.store.selection_tables import RiskProfileRow, SelectionRow
from tallyscan.store.tables import (
    AlertBudgetRow,
    DeadLetterActionRow,
    DecisionRow,
    DeclarationVersion,
    IncomingRow,
    InspectionRow,
    JoinRow,
    LearntAirRow,
    OutboxActionRow,
    OutboxRow,
    QuarantineRow,
    ReadingRow,
    ScanRow,
    SharedKeyRow,
    Table,
)
from tallyscan.store.targeting_tables import DispositionRow, QueueRow

Change = Literal["added", "changed", "deleted"]
Tells = Callable[[Session, Any, Change], Told | None]

NOT_TOLD: dict[str, str] = {
    "consignments": "made and counted on with the declaration, scan or entry that is told",
    "unit_marks": "made of the declaration",
    "scan_files": "come with the scan; its hashes stand for them",
    "parts": "made of the reading of the whole",
    "scan_marks": "made of what the scanner said",
    "fingerprints": "made of the reading",
    "known_units": "made of the reading",
    "findings": "in the reading",
    "verdicts": "in the reading",
    "risk_record_entries": "follow from what is told, and can be made again from it",
    "scan_scores": "follow from the reading and what came in",
    "desk": "who has a scan open now; that it was opened is told as a view",
    "outbox": "follow from what is told",
    "scanner_conditions": "made of the reading",
    "scanner_watches": "made of readings",
    "scanner_changes": "made of readings",
    "open_airs": "made of readings",
    "taken_objects": "which objects of a bucket were taken; the scans are told",
    "password_attempts": "wrong passwords are told when they are wrong",
    "provider_sign_ins": "begun, and forgotten after minutes; that somebody signed in is told",
    "logout_tokens": "so that none counts twice; the session that ends is told",
    "crossing_points": "how each stands; what it reported is told",
    "reread_scans": "what another model says of an archive, beside what is on record; the run is told",
    "queue": "made anew of what is on record",
    "queue_words": "made anew of what is on record",
    "queue_renewals": "what is still to be made anew",
    "selection_reasons": "in the selection",
    "selection_sites": "in the selection",
    "declared_parties": "made of the declaration",
    "declared_offices": "made of the declaration",
    "live_lines": "made of events, and thrown away",
    "referrals": "follow from decisions and steps",
    "deletions": "told with counts as what was deleted",
    "condemned_blobs": "bytes that are still to be deleted; that they are is told",
    "audit": "is the audit",
    "audit_subjects": "the names in it",
}
"""Tables of which nothing is told, and why."""


def told_of(session: Session, row: Table, change: Change) -> Told | None:
    """None where there is nothing to tell."""
    tells = TELLS.get(type(row))
    return tells(session, row, change) if tells is not None else None


def sha256_of(row: Table) -> str:
    """Of all that the row holds as it is written: whether it is still so can be seen later."""
    columns = {each.key: _plain(getattr(row, each.key)) for each in inspect(type(row)).column_attrs}
    said = json.dumps(columns, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def _kept(told: Told, change: Change) -> Told:
    """Of rows that are only ever added: another change of one must be seen."""
    return told if change == "added" else replace(told, details={**told.details, "change": change})


def _was(row: Table, column: str) -> list[Any] | None:
    """What stood there before, in a list; None where it is as it was."""
    history = inspect(row).attrs[column].history
    return (list(history.deleted) or [None]) if history.added or history.deleted else None


def _of_scan(session: Session, action: str, scan_id: str, said: Mapping[str, Any], by: str) -> Told:
    return Told(action, "scan", scan_id, _at_scan(session, scan_id), said, by)


def _of_consignment(
    session: Session, action: str, consignment: str, said: Mapping[str, Any], by: str | None = None
) -> Told:
    return Told(action, "consignment", consignment, _at_consignment(session, consignment), said, by)


def _at_scan(session: Session, scan_id: str) -> frozenset[str]:
    site = session.execute(select(ScanRow.site).where(ScanRow.id == scan_id)).scalar()
    return frozenset({site} if site else ())


def _at_consignment(session: Session, consignment: str) -> frozenset[str]:
    """Where its scans were taken and where its line in the queue is listed."""
    scanned = session.execute(select(ScanRow.site).where(ScanRow.consignment_id == consignment)).scalars()
    listed = session.execute(select(QueueRow.sites).where(QueueRow.consignment_id == consignment)).scalar()
    return frozenset(site for site in (*scanned, *(listed or "").split("|")) if site)


def _declared(session: Session, consignment: str | None, version: int) -> str | None:
    row = DeclarationVersion
    at = (row.consignment_id == consignment) & (row.version == version)
    return session.execute(select(row.content_sha256).where(at)).scalar()


def _parties(document: Mapping[str, Any]) -> list[Subject]:
    """Consignor and consignee: their number, or their name where they have none."""
    parties = (document.get(role) or {} for role in ("consignor", "consignee"))
    said = (party.get("identificationNumber") or party.get("name") for party in parties)
    return [Subject("party", each) for each in said if each]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _scan(_session: Session, row: ScanRow, change: Change) -> Told | None:
    if change != "added":
        return None
    site = frozenset({row.site} if row.site else ())
    said = {"sha256": row.sha256, "sidecar_sha256": row.sidecar_sha256, "origin": row.origin}
    return Told("scan.received", "scan", row.id, site, said)


def _reading(session: Session, row: ReadingRow, change: Change) -> Told | None:
    scan = session.get_one(ScanRow, row.scan_id)
    risk, model = row.document.get("risk") or {}, row.document.get("model") or {}
    said = {
        "reading": row.id,
        "revision": row.revision,
        "status": row.status,
        "lane": risk.get("lane"),
        "scan_sha256": scan.sha256,
        "sidecar_sha256": scan.sidecar_sha256,
        "consignment": row.consignment_id,
        "declaration_version": row.declaration_version,
        "declaration_sha256": _declared(session, row.consignment_id, row.declaration_version),
        "model": {name: model.get(name) for name in ("name", "version", "sha256")},
        "row_sha256": sha256_of(row),
    }
    return _kept(Told("scan.read", "scan", row.scan_id, _at_scan(session, row.scan_id), said), change)


def _join(session: Session, row: JoinRow, change: Change) -> Told | None:
    if row.decided_by is None:
        return None
    said = {
        "sequence": row.sequence,
        "state": row.state,
        "consignment": row.consignment_id,
        "row_sha256": sha256_of(row),
    }
    return _kept(_of_scan(session, "scan.joined", row.scan_id, said, row.decided_by), change)


def _decision(session: Session, row: DecisionRow, change: Change) -> Told | None:
    undone = row.answer == "undone"
    said = {
        "decision": row.id,
        "answer": row.answer,
        "reason": row.reason,
        "reader": row.reader,
        "replaces": row.replaces,
        "revision": row.document.get("revision"),
        "row_sha256": sha256_of(row),
    }
    action = "scan.decision_undone" if undone else "scan.decided"
    return _kept(_of_scan(session, action, row.scan_id, said, row.person), change)


def _inspection(session: Session, row: InspectionRow, change: Change) -> Told | None:
    said = {
        "inspection": row.id,
        "result": row.result,
        "replaces": row.replaces,
        "row_sha256": sha256_of(row),
    }
    return _kept(_of_scan(session, "scan.inspected", row.scan_id, said, row.person), change)


def _referral_step(session: Session, row: ReferralStepRow, change: Change) -> Told | None:
    scan = session.execute(select(DecisionRow.scan_id).where(DecisionRow.id == row.referral_id)).scalar()
    said = {"step": row.step, "id": row.id, "scan": scan, "row_sha256": sha256_of(row)}
    sites = _at_scan(session, scan) if scan else frozenset()
    return _kept(Told("referral.step", "referral", row.referral_id, sites, said, by=row.person), change)


def _declaration(session: Session, row: DeclarationVersion, change: Change) -> Told | None:
    said_offices = (str(each["referenceNumber"]) for each in row.document.get("customsOffices") or ())
    offices = frozenset(normal_mark(office)[:80] for office in said_offices) - {""}
    said = {
        "version": row.version,
        "origin": row.origin,
        "sha256": row.content_sha256,
        "parties": _parties(row.document),
        "row_sha256": sha256_of(row),
    }
    at = offices | _at_consignment(session, row.consignment_id)
    return _kept(Told("declaration.received", "consignment", row.consignment_id, at, said), change)


def _incoming(session: Session, row: IncomingRow, change: Change) -> Told | None:
    said = {"kind": row.kind, "id": row.id, "replaces": row.replaces, "row_sha256": sha256_of(row)}
    return _kept(_of_consignment(session, "consignment.told", row.consignment_id, said, row.sender), change)


def _reread(_session: Session, row: RereadRow, change: Change) -> Told | None:
    said = {
        "state": row.state,
        "model": f"{row.model_name} {row.model_version}",
        "model_sha256": row.model_sha256,
    }
    at = frozenset({row.site}) if row.site else frozenset()
    return Told("archive.reread", "reread", row.id, at, {**said, "change": change}, row.changed_by)


def _crossing_event(session: Session, row: CrossingEventRow, change: Change) -> Told | None:
    said = {"source": row.source, "event": row.event_id, "type": row.type, "row_sha256": sha256_of(row)}
    if row.consignment_id is None:
        return _kept(Told("event.taken", "crossing_point", row.source, details=said), change)
    return _kept(_of_consignment(session, "event.taken", row.consignment_id, said), change)


def _selection(session: Session, row: SelectionRow, change: Change) -> Told | None:
    if change == "changed":  # a later step supersedes it
        return None
    said = {"stage": row.stage, "sequence": row.sequence, "selected": row.selected}
    return _kept(_of_consignment(session, "consignment.selected", row.consignment_id, said), change)


def _disposition(session: Session, row: DispositionRow, change: Change) -> Told | None:
    undone = row.disposition == "undone"
    said = {
        "disposition": row.disposition,
        "id": row.id,
        "ground": row.ground,
        "replaces": row.replaces,
        "row_sha256": sha256_of(row),
    }
    action = "consignment.decision_undone" if undone else "consignment.decided"
    return _kept(_of_consignment(session, action, row.consignment_id, said, row.person), change)


def _profile(_session: Session, row: RiskProfileRow, change: Change) -> Told | None:
    if change == "deleted":
        return Told("profile.dropped", "profile", row.profile_id, details={"version": row.version})
    actions = {"draft": "profile.saved", "released": "profile.released", "retired": "profile.retired"}
    by = {"draft": "by", "released": "released_by", "retired": "retired_by"}[row.status]
    document = hashlib.sha256(json.dumps(_plain(row.document), sort_keys=True).encode()).hexdigest()
    said = {"version": row.version, "stage": row.stage, "document_sha256": document}
    return Told(actions[row.status], "profile", row.profile_id, details=said, by=row.document.get(by))


def _budget(_session: Session, row: AlertBudgetRow, change: Change) -> Told | None:
    said = {"version": row.version, "row_sha256": sha256_of(row)}
    return _kept(Told("budget.set", "site", row.site, frozenset({row.site}), said, by=row.set_by), change)


def _shared_key(_session: Session, row: SharedKeyRow, change: Change) -> Told:
    return Told("key.shared", "key", row.name, details={"change": change, "sha256": row.sha256})


def _air(_session: Session, row: LearntAirRow, change: Change) -> Told | None:
    said = {"energies": row.energies, "cells": row.cells, "version": row.version, "sha256": row.sha256}
    return _kept(Told("air.learnt", "scanner", row.device, details=said), change)


def _quarantine(session: Session, row: QuarantineRow, change: Change) -> Told | None:
    said = {
        "origin": row.origin,
        "kind": row.kind,
        "code": row.code,
        "sha256": row.sha256,
        "scan": row.scan_id,
    }
    sites = _at_scan(session, row.scan_id) if row.scan_id else frozenset()
    return _kept(Told("quarantine.added", "quarantine", row.id, sites, said), change)


def _outbox_action(session: Session, row: OutboxActionRow, change: Change) -> Told | None:
    event = session.get_one(OutboxRow, row.outbox_position)
    said = {
        "sink": event.sink,
        "event": event.event_id,
        "state_before": row.state_before,
        "row_sha256": sha256_of(row),
    }
    action = "event.replayed" if row.action == "replay" else "event.skipped"
    return _kept(Told(action, "event", str(row.outbox_position), details=said, by=row.person), change)


def _dead_letter_action(session: Session, row: DeadLetterActionRow, change: Change) -> Told | None:
    said = {
        "reason_before": row.reason_before,
        "attempts_before": row.attempts_before,
        "row_sha256": sha256_of(row),
    }
    return _kept(_of_scan(session, "scan.replayed", row.scan_id, said, row.person), change)


def _account(_session: Session, row: AccountRow, change: Change) -> Told | None:
    who, has = Subject("person", row.name), {"roles": list(row.roles), "sites": list(row.sites)}
    if change == "added":
        return Told("account.added", "account", who, details=has)
    if _was(row, "disabled_at") is not None:
        return Told("account.disabled" if row.disabled_at else "account.enabled", "account", who)
    roles, sites = _was(row, "roles"), _was(row, "sites")
    if roles is not None or sites is not None:
        before = {"roles": roles[0] if roles else row.roles, "sites": sites[0] if sites else row.sites}
        return Told("account.changed", "account", who, details={**has, "before": before})
    # A hash that is made anew at sign-in, with today's costs, is of the same password.
    return Told("account.password_set", "account", who) if _was(row, "password_set_at") else None


def _link(session: Session, row: AccountLinkRow, change: Change) -> Told | None:
    of = session.get_one(AccountRow, row.account)
    return Told("account.link_made", "account", Subject("person", of.name)) if change == "added" else None


def _session(session: Session, row: SessionRow, change: Change) -> Told | None:
    if change == "changed":
        return None
    of = session.get_one(AccountRow, row.account)
    action = "signin.succeeded" if change == "added" else "session.ended"
    return Told(action, "account", Subject("person", of.name), details={"session": row.id}, by=of.name)


def _device_key(_session: Session, row: DeviceKeyRow, change: Change) -> Told | None:
    rotated = change == "changed" and _was(row, "token_sha256") is not None
    if change == "changed" and not rotated:
        return None  # it was used
    said: dict[str, Any] = {"scanner": row.scanner, "sites": list(row.sites), "may": list(row.may)}
    said |= {"expires_at": row.expires_at and utc_text(row.expires_at), "certificate": row.certificate}
    if rotated:
        said |= {"old_until": row.old_until and utc_text(row.old_until)}
    action = "rotated" if rotated else "added" if change == "added" else "removed"
    return Told(f"device_key.{action}", "device_key", row.name, details=said)


def _hold(session: Session, row: HoldRow, change: Change) -> Told | None:
    said = {"hold": row.id, "until": _plain(row.until), "change": change}
    action = "hold.set" if change == "added" else "hold.lifted"
    by = row.set_by if change == "added" else row.lifted_by
    if row.consignment_id is not None:
        return _of_consignment(session, action, row.consignment_id, said, by)
    return _of_scan(session, action, row.scan_id or "", said, by or "")


TELLS: dict[type[Table], Tells] = {
    ScanRow: _scan,
    ReadingRow: _reading,
    JoinRow: _join,
    DecisionRow: _decision,
    InspectionRow: _inspection,
    ReferralStepRow: _referral_step,
    DeclarationVersion: _declaration,
    IncomingRow: _incoming,
    CrossingEventRow: _crossing_event,
    RereadRow: _reread,
    SelectionRow: _selection,
    DispositionRow: _disposition,
    RiskProfileRow: _profile,
    AlertBudgetRow: _budget,
    SharedKeyRow: _shared_key,
    LearntAirRow: _air,
    QuarantineRow: _quarantine,
    OutboxActionRow: _outbox_action,
    DeadLetterActionRow: _dead_letter_action,
    AccountRow: _account,
    AccountLinkRow: _link,
    SessionRow: _session,
    DeviceKeyRow: _device_key,
    HoldRow: _hold,
}
"""What is told of the rows of each table."""
