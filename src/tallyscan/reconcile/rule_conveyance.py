"""Is what stands in the scanner the transport equipment that is declared: how many units, and of what length?

The type (refrigerated, tank, open top) is not judged: the model does not name it.
"""

import math
from collections.abc import Sequence
from typing import Any

from tallyscan import iso6346
from tallyscan.container_size import LENGTHS_MM, ContainerSize, container_size
from tallyscan.declaration import normal_mark
from tallyscan.finding import CargoUnit, Interval
from tallyscan.reconcile.case import Case
from tallyscan.reconcile.outcome import DIFFERS_FROM, PRIOR_WRONG, agrees, differs, outcome_of, undetermined
from tallyscan.verdict import Verdict
from tallyscan.wording import Wording, said, together

RULE = "conveyance"

LENGTH_ERROR = 0.04
"""One standard deviation of the length of a unit that was found, as a share of it. Boxes around simulated dry
containers are right to 1 % in nine of ten; the rest is room for a site's scanners."""

MISTAKEN_UNIT = 0.03
"""How often a unit is found with a length that has nothing to do with it: one taken for two, two for one. Those whose
number is in doubt are left out before. A judgement."""

OTHER_CODE_SCORE = 0.85
"""The cameras read the code of another length on the container: they misread one now and then, and codes have no check
digit. A judgement."""

UNSEEN_SHARE = 0.13
"""Of the length of a container that is no plain box, what may not look like cargo space: machinery, frame."""

_SIGMAS = 1.645  # of the central 90 % interval of a length


def rule_conveyance(case: Case) -> Verdict:
    """The cargo units that were found, against the declared containers with their size and type."""
    if case.declaration is None or case.unit is None or case.detection is None:
        return undetermined(case, RULE, case.obstacle)
    declared = [unit for unit in case.declared_units if unit.number is not None]
    evidence: dict[str, Any] = {
        "declared_containers": len(declared),
        "seen_units": _shown(case),
        "seen_kind": case.unit.kind,
        "seen_length_mm": case.unit.length_mm.estimate if case.unit.length_mm else None,
        "region": list(case.unit.box),
    }
    if not declared and case.declared_units[0].number is None and len(case.declared_units) == 1:
        return _vehicle_alone(case, case.unit, evidence)
    counted = _is_counted(case)
    if _shown(case) > len(declared):
        reason = said(
            "Declared: {declared} {declared:plural|container|containers}; the image shows {shown} cargo units.",
            declared=len(declared),
            shown=_shown(case),
        )
        if counted and case.scan is not None and case.scan.unit is None:
            return differs(case, RULE, DIFFERS_FROM, reason, evidence)
        why = said("The scanner names none of them: one may have been taken for two, or belong to others.")
        return undetermined(case, RULE, together(reason, why), evidence)
    if not counted:
        reason = said(
            "The scanner names another number of cargo units than was found: their lengths are in doubt."
        )
        return undetermined(case, RULE, reason, evidence)
    return _length(case, case.unit, evidence)


def length_score(declared: ContainerSize, seen: Interval) -> float:
    """Probability that a unit has not the declared length, in (0, 1).

    By Bayes' rule: the declared length, that of another size of container, or a unit that was mistaken. A container
    that is no plain box may seem shorter by up to `UNSEEN_SHARE`.
    """
    unseen = 0.0 if declared.kind == "G" else UNSEEN_SHARE * declared.length_mm
    declared_mm = min(max(seen.estimate, declared.length_mm - unseen), declared.length_mm)
    sigma = math.hypot(LENGTH_ERROR, (seen.high - seen.low) / 2 / _SIGMAS / max(seen.estimate, 1.0))
    others = sorted({length for length in LENGTHS_MM.values() if abs(length / declared.length_mm - 1) > 0.01})
    mistaken = 0.5  # density of a length that says nothing, by its logarithm: 2 to 15 m

    def density(length_mm: float) -> float:
        sigmas = math.log(seen.estimate / length_mm) / sigma
        return math.exp(-min(sigmas**2 / 2, 600.0)) / (sigma * math.sqrt(2 * math.pi))

    honest = (1 - MISTAKEN_UNIT) * density(declared_mm) + MISTAKEN_UNIT * mistaken
    wrong = (1 - MISTAKEN_UNIT) * sum(map(density, others)) / len(others) + MISTAKEN_UNIT * mistaken
    return PRIOR_WRONG * wrong / (PRIOR_WRONG * wrong + (1 - PRIOR_WRONG) * honest)


def _length(case: Case, unit: CargoUnit, evidence: dict[str, Any]) -> Verdict:
    codes = _declared_codes(case)
    sizes = [size for code in codes if (size := container_size(code)) is not None]
    evidence["declared_size_and_type"] = codes
    if not codes or len(sizes) < len(codes):
        reason = said("No size and type by ISO 6346 is declared for the container.")
        return undetermined(case, RULE, reason, evidence)
    read = container_size(_code_read(case))
    if read is not None:
        evidence["read_size_and_type"] = read.code
        if all(size.length_mm != read.length_mm for size in sizes):
            reason = said(
                "Declared: {sizes:or}; the cameras read {read}.", sizes=_lengths(sizes), read=_length_of(read)
            )
            return differs(case, RULE, OTHER_CODE_SCORE, reason, evidence)
    if unit.length_mm is None or case.scan is None or not case.scan.pitch_known:
        reason = said(
            "The size of a pixel is not known but from the container itself: its length cannot be compared."
        )
        return undetermined(case, RULE, reason, evidence)
    scores = [length_score(size, unit.length_mm) for size in sizes]
    score = min(scores)
    evidence["declared_length_mm"] = [size.length_mm for size in sizes]
    words = said(
        "Declared: {sizes:or}; seen: {length_m:.1f} m long.",
        sizes=_lengths(sizes),
        length_m=unit.length_mm.estimate / 1000,
    )
    outcome = outcome_of(score)
    if outcome == "undetermined" or (outcome == "agrees" and max(scores) > score + DIFFERS_FROM):
        why = said("It cannot be told whether that is the declared size.")
        if outcome == "agrees":
            why = said("Which of the declared sizes this unit should have is not known.")
        return undetermined(case, RULE, together(words, why), evidence)
    return (agrees if outcome == "agrees" else differs)(case, RULE, score, words, evidence)


def _vehicle_alone(case: Case, unit: CargoUnit, evidence: dict[str, Any]) -> Verdict:
    """Only a vehicle is declared: a container on it would have been declared as one."""
    number = normal_mark(unit.number) if unit.number else ""
    if iso6346.is_valid(number):
        evidence["seen_number"] = number
        reason = said("Only a vehicle is declared; the container {number} stands on it.", number=number)
        return differs(case, RULE, DIFFERS_FROM, reason, evidence)
    reason = said("Only a vehicle is declared, and no kind of body to compare.")
    if unit.kind == "container":
        seen = said("What is seen has the size of a container, as some bodies have.")
        reason = together(reason, seen)
    return undetermined(case, RULE, reason, evidence)


def _declared_codes(case: Case) -> list[str]:
    """Size and type of the declared container that this unit is, or of all that it may be."""
    containers = case.declaration.transport_equipment if case.declaration else ()
    number = case.declared.number if case.declared else None
    mine = [
        container
        for container in containers
        if number is None or normal_mark(container.container_identification_number or "") == number
    ]
    codes = {container.container_size_and_type for container in mine}
    return [] if None in codes else sorted(code for code in codes if code)


def _code_read(case: Case) -> str | None:
    """The size and type that the cameras read on this unit; None where it is not known which of them is its own."""
    if case.scan is None or case.unit is None or not case.scan.sidecar.units:
        return None
    marks = case.scan.sidecar.units
    place = 0 if case.scan.unit is not None else case.unit.unit - 1
    return marks[place].size_and_type if place < len(marks) else None


def _shown(case: Case) -> int:
    return max(case.shown, 1)


def _is_counted(case: Case) -> bool:
    """The scanner names as many units as were found, or says nothing and there is one."""
    if case.scan is None or case.detection is None:
        return False
    named = len(case.scan.sidecar.units)
    if case.scan.unit is not None:
        return named == 1
    return named == len(case.detection.units) or (named == 0 and len(case.detection.units) == 1)


def _lengths(sizes: Sequence[ContainerSize]) -> list[Wording]:
    return [_length_of(size) for size in sizes]


def _length_of(size: ContainerSize) -> Wording:
    return said("{code}, {length_m:.1f} m long", code=size.code, length_m=size.length_mm / 1000)
