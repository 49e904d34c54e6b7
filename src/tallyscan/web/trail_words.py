"""What each row of a trail says in words, and of which kind of entry it is; what nothing is said of stays a record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tallyscan.store.trail_rows import TrailRow

Columns = Mapping[str, Any]
_REFERRAL_STEPS = ("forwarded", "answered", "withdrawn")


@dataclass(frozen=True)
class Told:
    """One thing that happened. `values` is what its words are made of, for those who say it in another language."""

    kind: str
    in_words: str
    by: str | None = None
    values: dict[str, Any] = field(default_factory=dict)


def told(row: TrailRow, scan_id: str) -> Told | None:
    """What a row says; None of one that belongs to another entry and says nothing by itself."""
    words = _WORDS.get(row.table)
    if words is None:
        return Told("record", f"A record in {row.table}.", values={"table": row.table})
    return words(row.columns, scan_id)


def _scan(columns: Columns, scan_id: str) -> Told:
    values = {"scan": columns["id"], "name": columns["name"], "origin": columns["origin"]}
    if columns["id"] == scan_id:
        return Told("arrived", f"{columns['name']} arrived by {columns['origin']}.", values=values)
    if columns["reused_from"] == scan_id:
        return Told("image_again", f"The same image came again as scan {columns['id']}.", values=values)
    return Told("other_view", f"Another view of the same file is scan {columns['id']}.", values=values)


def _part(columns: Columns, scan_id: str) -> Told:
    values = {"unit": columns["unit"], "whole": columns["part_of"], "scan": columns["scan_id"]}
    if columns["scan_id"] == scan_id:
        return Told("cut", f"It is cargo unit {columns['unit']} of scan {columns['part_of']}.", values=values)
    return Told("unit", f"Its cargo unit {columns['unit']} is scan {columns['scan_id']}.", values=values)


def _join(columns: Columns, _: str) -> Told:
    state, consignment = columns["state"], columns["consignment_id"]
    where = f" {consignment}" if consignment else ""
    words = f"Join {state}{where}: {columns['why']}"
    return Told(
        f"join_{state}", words, columns["decided_by"], {"consignment": consignment, "why": columns["why"]}
    )


def _reading(columns: Columns, _: str) -> Told:
    document: Columns = columns["document"]
    model, provenance, risk = document["model"], document["provenance"], document["risk"]
    anomaly = document["anomaly"]
    values = {
        "revision": columns["revision"],
        "supersedes": columns["supersedes"],
        "model": f"{model['name']} {model['version']}",
        "thresholds": provenance.get("thresholds"),
        "calibration": (anomaly.get("calibration") or {}).get("group"),
        "declaration_version": columns["declaration_version"],
        "software": provenance.get("software"),
        "lane": risk["lane"],
        "score": risk["score"],
        "decision": anomaly["decision"],
        "reason": document.get("reason"),
    }
    supersedes = f" It supersedes revision {columns['supersedes']}." if columns["supersedes"] else ""
    on = (
        f"declaration version {columns['declaration_version']}"
        if columns["declaration_version"]
        else "no declaration"
    )
    outcome = f"{risk['lane']}, search {anomaly['decision']}"
    if columns["status"] != "read":
        outcome = f"{columns['status']}: {document.get('reason')}"
    words = f"Reading {columns['revision']} with {values['model']}, on {on}: {outcome}.{supersedes}"
    return Told("read" if columns["status"] == "read" else "not_read", words, values=values)


def _risk_step(columns: Columns, _: str) -> Told:
    values = {
        "sequence": columns["sequence"],
        "event": columns["event"],
        "lane": columns["lane"],
        "consignment": columns["consignment_id"],
    }
    words = (
        f"Step {columns['sequence']} in the risk record of {columns['consignment_id']}: {columns['event']}; "
        f"the consignment is {columns['lane']}."
    )
    return Told("risk_step", words, values=values)


def _decision(columns: Columns, _: str) -> Told:
    answer, document = columns["answer"], columns["document"]
    if answer == "undone":
        values = {"id": columns["id"], "replaces": columns["replaces"]}
        return Told("undone", f"Decision {columns['replaces']} was taken back.", columns["person"], values)
    values = {
        "id": columns["id"],
        "answer": answer,
        "reason": columns["reason"],
        "reader": columns["reader"],
        "comment": document.get("comment"),
        "replaces": columns["replaces"],
        "regions": len(document.get("regions") or ()),
        "revision": document.get("revision"),
    }
    kind = "corrected" if columns["replaces"] else "referred" if answer == "refer" else "decided"
    corrects = f" It corrects {columns['replaces']}." if columns["replaces"] else ""
    words = f"{columns['reader']} reader: {answer}, {columns['reason']}.{corrects}"
    return Told(kind, words.capitalize(), columns["person"], values)


def _disposition(columns: Columns, scan_id: str) -> Told:
    step, values = columns["disposition"], {"id": columns["id"], "replaces": columns["replaces"]}
    if step == "undone":
        return Told("undone", f"Disposition {columns['replaces']} was taken back.", columns["person"], values)
    if step in _REFERRAL_STEPS:
        return _referral_step({**columns, "step": step, "referral_id": columns["replaces"]}, scan_id)
    values |= {
        "disposition": step,
        "ground": columns["ground"],
        "comment": columns["document"].get("comment"),
    }
    corrects = f" It corrects {columns['replaces']}." if columns["replaces"] else ""
    words = f"Disposition {step.replace('_', ' ')}: {columns['ground'].replace('_', ' ')}.{corrects}"
    return Told("disposed", words, columns["person"], values)


def _inspection(columns: Columns, _: str) -> Told:
    document = columns["document"]
    values = {
        "id": columns["id"],
        "result": columns["result"],
        "opened": document.get("opened"),
        "items": len(document.get("items") or ()),
        "replaces": columns["replaces"],
    }
    corrects = f" It corrects {columns['replaces']}." if columns["replaces"] else ""
    return Told("inspected", f"Inspection: {columns['result']}.{corrects}", columns["person"], values)


def _incoming(columns: Columns, _: str) -> Told:
    values = {"what": columns["kind"], "id": columns["id"], "outcome": columns["document"].get("outcome")}
    outcome = f": {values['outcome']}" if values["outcome"] else ""
    words = f"{columns['kind'].replace('_', ' ')} came in{outcome}."
    return Told("came_in", words.capitalize(), columns["sender"], values)


def _declaration(columns: Columns, _: str) -> Told:
    values = {
        "version": columns["version"],
        "origin": columns["origin"],
        "consignment": columns["consignment_id"],
    }
    words = f"Declaration version {columns['version']} of {columns['consignment_id']} came by {columns['origin']}."
    return Told("declared", words, values=values)


def _selection(columns: Columns, _: str) -> Told:
    why = columns["document"].get("in_words", "")
    values = {"stage": columns["stage"], "why": why, "sequence": columns["sequence"]}
    kind = "selected" if columns["selected"] else "not_selected"
    chosen = "Selected" if columns["selected"] else "Not selected"
    return Told(kind, f"{chosen} {columns['stage'].replace('_', ' ')}: {why}", values=values)


def _event(columns: Columns, _: str) -> Told:
    sent = columns["delivered_at"]
    state = f"delivered {_time(sent)}" if sent else columns["state"]
    values = {
        "type": columns["event"].get("type"),
        "event_id": columns["event_id"],
        "sinks": [{"sink": columns["sink"], "state": columns["state"], "delivered_at": _time(sent)}],
    }
    return Told("event", f"Event {values['type']} to {columns['sink']} ({state})", values=values)


def _event_action(columns: Columns, _: str) -> Told:
    values = {"reason": columns["reason"], "event": columns["outbox_position"]}
    done = "sent again" if columns["action"] == "replay" else "skipped"
    words = f"Event {columns['outbox_position']} of the outbox was {done}: {columns['reason']}"
    return Told(f"event_{columns['action']}", words, columns["person"], values)


def _live(columns: Columns, _: str) -> Told:
    return Told(
        "shown_live", columns["in_words"], values={"what": columns["kind"], "words": columns["in_words"]}
    )


def _quarantined(columns: Columns, _: str) -> Told:
    values = {"name": columns["name"], "code": columns["code"], "reason": columns["reason"]}
    return Told("quarantined", f"{columns['name']} went into quarantine: {columns['reason']}", values=values)


def _fingerprint(columns: Columns, scan_id: str) -> Told | None:
    if columns["scan_id"] == scan_id:
        return None
    other = columns["scan_id"]
    return Told("copied_by", f"Scan {other} was found to copy its image.", values={"scan": other})


def _beside(_columns: Columns, _scan_id: str) -> None:
    """It belongs to the entry of the arrival, the reading, the selection."""


def _referral_step(columns: Columns, _: str) -> Told:
    document: Columns = columns["document"]
    to = (document.get("to") or {}).get("office")
    what = document.get("code") or to or ""
    values = {
        "id": columns["id"],
        "referral": columns["referral_id"],
        "what": what,
        "office": document.get("office"),
        "comment": document["comment"],
    }
    words = f"Referral {columns['referral_id']} {columns['step']} {what}".rstrip()
    return Told(f"referral_{columns['step']}", f"{words}: {document['comment']}", columns["person"], values)


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


_WORDS: dict[str, Callable[[Columns, str], Told | None]] = {
    "scans": _scan,
    "scan_files": _beside,
    "scan_marks": _beside,
    "parts": _part,
    "joins": _join,
    "readings": _reading,
    "findings": _beside,
    "verdicts": _beside,
    "fingerprints": _fingerprint,
    "known_units": _beside,
    "scan_scores": _beside,
    "scanner_conditions": _beside,
    "open_airs": _beside,
    "risk_record_entries": _risk_step,
    "decisions": _decision,
    "referrals": _beside,
    "referral_steps": _referral_step,
    "desk": _beside,
    "dispositions": _disposition,
    "inspections": _inspection,
    "incoming": _incoming,
    "declarations": _declaration,
    "selections": _selection,
    "selection_reasons": _beside,
    "selection_sites": _beside,
    "outbox": _event,
    "outbox_actions": _event_action,
    "live_lines": _live,
    "quarantine": _quarantined,
}
