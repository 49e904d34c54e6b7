"""Is the declared container number a possible one, and is it the one on the container?"""

from tallyscan import iso6346
from tallyscan.declaration import normal_mark
from tallyscan.reconcile.case import Case
from tallyscan.reconcile.outcome import FORMAL_FAULT_SCORE, agrees, differs, undetermined
from tallyscan.sidecar import MarkRead
from tallyscan.verdict import Verdict
from tallyscan.wording import Wording, said, together

RULE = "container_number"

SAME_NUMBER_SCORE = 0.02
"""The number read by the cameras is the declared one: what is left is a misread that hits the same number."""

OTHER_NUMBER_SCORE = 0.9
"""Another number, whose own check digit is right: one misread in eleven passes that check."""

LEAST_CONFIDENCE = 0.5
"""Below it the cameras themselves hold a misread to be likelier than what they read."""


def rule_container_number(case: Case) -> Verdict:
    """The declared number against ISO 6346 and against the number that the scanner's cameras read."""
    if case.declaration is None:
        return undetermined(case, RULE, case.obstacle)
    units = (case.declared,) if case.declared else case.declared_units
    numbers = tuple(unit.number for unit in units if unit.number)
    if not numbers:
        return _registration(case)
    seen = normal_mark(case.unit.number) if case.unit and case.unit.number else None
    faults = {number: fault for number in numbers if (fault := _fault(number))}
    read = case.unit.number_read if case.unit else None
    evidence = {
        "declared": list(numbers),
        "seen": seen,
        "faults": {number: str(fault) for number, fault in faults.items()},
        **_as_read(read, seen),
    }
    if seen in numbers:
        reason = said("The number read on the container, {seen}, is the declared one.", seen=seen or "")
        if seen in faults:
            remark = said("It is on the container as declared, although it fails ISO 6346.")
            reason = together(reason, remark)
        return agrees(case, RULE, SAME_NUMBER_SCORE, reason, evidence)
    readable = seen is not None and iso6346.is_valid(seen) and not _is_unsure(read)
    slip = any(iso6346.has_form(number) and iso6346.corrected(number) == seen for number in faults)
    if readable and not slip:
        reason = said(
            "The number read on the container, {seen}, is not the declared {numbers:or}.",
            seen=seen or "",
            numbers=numbers,
        )
        return differs(case, RULE, OTHER_NUMBER_SCORE, reason, evidence)
    if faults:
        named = faults.items()
        reason = together(
            *(
                said("The declared number {number} {fault}.", number=number, fault=fault)
                for number, fault in named
            )
        )
        return differs(case, RULE, FORMAL_FAULT_SCORE, reason, evidence)
    if seen or read is not None:
        return undetermined(case, RULE, _why_misread(seen, read), evidence)
    reason = said(
        "The declared {numbers:,} is well formed, but no number was read on the container.", numbers=numbers
    )
    return undetermined(case, RULE, reason, evidence)


def _fault(number: str) -> Wording | None:
    if not iso6346.has_form(number):
        return said("is not built like a container number: three letters, then U, J or Z, then seven digits")
    if not iso6346.is_valid(number):
        return said(
            "has the check digit {digit}; its other characters ask for {right}",
            digit=number[10],
            right=str(iso6346.check_digit(number)),
        )
    return None


def _is_unsure(read: MarkRead | None) -> bool:
    return read is not None and read.confidence is not None and read.confidence < LEAST_CONFIDENCE


def _as_read(read: MarkRead | None, seen: str | None) -> dict[str, str | float]:
    """What the cameras gave, where that says more than the text in it."""
    if read is None or (read.as_read == seen and read.confidence is None):
        return {}
    sure = {} if read.confidence is None else {"confidence": read.confidence}
    return {"as_read": read.as_read, **sure}


def _why_misread(seen: str | None, read: MarkRead | None) -> Wording:
    """Why what the cameras read does not count against the declared number."""
    if seen is None:
        what = read.as_read if read is not None else ""
        return said(
            "What the cameras read on the container, {what:quoted}, cannot be a container number.", what=what
        )
    if not iso6346.has_form(seen):
        return said(
            "The number read on the container, {seen}, is not built like one: probably misread.", seen=seen
        )
    if iso6346.is_valid(seen) and read is not None and read.confidence is not None:
        return said(
            "The number read on the container, {seen}, is unsure: the cameras give it {confidence:.0%}.",
            seen=seen,
            confidence=read.confidence,
        )
    return said(
        "The number read on the container, {seen}, fails its own check digit: probably misread.", seen=seen
    )


def _registration(case: Case) -> Verdict:
    """No container is declared: the plate, when the cameras read one. It may be the tractor's."""
    declared = case.declared_units[0].registrations
    seen = normal_mark(case.unit.plate) if case.unit and case.unit.plate else None
    read = case.unit.plate_read if case.unit else None
    evidence = {"declared": list(declared), "seen": seen, **_as_read(read, seen)}
    if seen in declared:
        reason = said("The plate read on the vehicle, {seen}, is declared.", seen=seen or "")
        return agrees(case, RULE, SAME_NUMBER_SCORE, reason, evidence)
    what = said("no plate was read on the vehicle")
    if seen:
        what = said("the plate read, {seen}, may be the tractor's", seen=seen)
    elif read is not None:
        what = said("what was read, {what:quoted}, cannot be a plate", what=read.as_read)
    reason = said(
        "No container number is declared, only {plates:and}; {what}.",
        plates=declared or (said("none"),),
        what=what,
    )
    return undetermined(case, RULE, reason, evidence)
