"""What those who watch a site read of an event. Codes stand in it as they are, and are words in other languages."""

from typing import Any

from tallyscan.wording import Sentence, Wording, as_said, coded, said


def of_event(data: dict[str, Any]) -> Wording:
    """The line of an event, from its data."""
    if "in_words" in data:
        none = said("Not selected.")
        return none if data["in_words"] == none else as_said(str(data["in_words"]))
    if "reading" in data:
        return _of_reading(data["reading"])
    if "referral" in data:
        return _of_referral(data)
    if "entry" in data:
        return said("{by}: {effect}", by=data["entry"]["by"], effect=as_said(data["effect"]["in_words"]))
    return _of_decision(data) if "decision" in data else _of_inspection(data)


def _of_reading(reading: dict[str, Any]) -> Wording:
    if reading["reason"]:
        return coded(reading["reason"])
    return said("Read: lane {lane}.", lane=_code(reading["risk"]["lane"]))


def _of_decision(data: dict[str, Any]) -> Wording:
    decision, waits = data["decision"], data.get("waits_for")
    what = _code(decision["decision"])
    if not waits:
        return _by(what, decision["by"], data.get("undone_by"))
    # Who is to read it is not to know what the others said.
    return said(
        "{decided}; waits for the {reader} reader",
        decided=_by(said("decided"), decision["by"], data.get("undone_by")),
        reader=_code(waits["reader"]),
    )


def _of_inspection(data: dict[str, Any]) -> Wording:
    inspection = data["inspection"]
    what = said("opened: {how}", how=_code(inspection["opened"]))
    if inspection.get("found"):
        what = said("found")
    elif inspection.get("discrepancy"):
        what = said("discrepancy")
    return _by(what, inspection["by"], data.get("undone_by"))


def _by(what: Wording, by: str, undone_by: str | None) -> Wording:
    if undone_by:
        return said("{what}, {by}, taken back by {undone_by}", what=what, by=by, undone_by=undone_by)
    return said("{what}, {by}", what=what, by=by)


def _of_referral(data: dict[str, Any]) -> Wording:
    referral, step = data["referral"], data.get("step")
    reason, by = _code(referral["reason"]), referral["by"]
    office = data["to"]["office"] if data.get("to") else None
    if step is None and office:
        return said("{reason}, referred to {office} by {by}", reason=reason, office=office, by=by)
    if step is None:
        return said("{reason}, referred by {by}", reason=reason, by=by)
    what = _code(step["step"])
    if step["code"]:
        what = said("{step} {code}", step=what, code=_code(step["code"]))
    elif step["step"] == "forwarded" and office:
        what = said("{step} to {office}", step=what, office=office)
    return said(
        "{reason}, referred by {by}: {what} by {answered_by}",
        reason=reason,
        by=by,
        what=what,
        answered_by=step["by"],
    )


def _code(code: str) -> Wording:
    return Wording([Sentence(code)])
