"""Whether a scan that was read again gives the reading on record, and where it does not."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Answer = Literal["same", "same_within_tolerance", "differs"]

SCORES, WEIGHTS_NATS, BOXES_PX, RELATIVE = 0.005, 0.05, 8.0, 0.01
"""What may differ where the runtime is another one: probabilities and scores; weights of indicators; places and sides
of boxes, a cell of the model; every other number, as a share of the larger one."""

_ANOTHER_TIME = ("seconds",)
_TOLERATE = ("provenance.software", "provenance.runtime", "provenance.tiling")
_CIRCUMSTANCES = (*_TOLERATE, "provenance.read_with.nomenclature_sha256")
_SCORES = ("score", "probability", "mismatch", "confidence", "p_value")
_WEIGHTS = ("weight", "before_cap")
_BOXES = ("box", "region")
_EXACT = ("threshold", "lifts_to", "declaration_version", "number", "unit", "hs", "class")
_SAID_AGAIN = ".said"
"""A reason sentence by sentence, which the reason says as well; older readings do not have it."""
_TEXTS = ("reason", "reasons", "explanation")
_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w])")
_MISSING = "(none)"


@dataclass(frozen=True)
class Difference:
    """One value of the reading: where it stands, what is on record and what it is now; `(none)` where there is none."""

    path: str
    recorded: Any
    now: Any
    within_tolerance: bool = False


@dataclass(frozen=True)
class Replayed:
    """Revision `revision` of the reading of a scan, made again.

    `circumstances` are what is another one now without being part of the result: software, runtime with its tiling,
    commodity codes. `not_replayed` says what was taken from the record, and why; `notes` what else there is to know.
    """

    scan: str
    revision: int
    answer: Answer
    differences: tuple[Difference, ...]
    circumstances: tuple[Difference, ...]
    not_replayed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """The same result, or the same decisions within the tolerance."""
        return self.answer != "differs"


def compare(
    scan: str,
    revision: int,
    recorded: Mapping[str, Any],
    now: Mapping[str, Any],
    *,
    not_replayed: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Replayed:
    """Two readings as JSON documents of the present version, all but the time that they took.

    Tolerances count only where software or runtime is another one; elsewhere every bit does. Decisions, outcomes,
    lanes, thresholds and names are never within a tolerance.
    """
    found = list(_differences("", recorded, now))
    circumstances = tuple(each for each in found if each.path.startswith(_CIRCUMSTANCES))
    tolerant = any(each.path.startswith(_TOLERATE) for each in circumstances)
    differences = tuple(
        Difference(each.path, each.recorded, each.now, tolerant and _is_near(each))
        for each in found
        if each not in circumstances
    )
    answer: Answer = "same"
    if differences:
        near = all(each.within_tolerance for each in differences)
        answer = "same_within_tolerance" if near else "differs"
    return Replayed(scan, revision, answer, differences, circumstances, not_replayed, notes)


def _differences(path: str, recorded: Any, now: Any) -> Iterator[Difference]:
    if path in _ANOTHER_TIME or path.endswith(_SAID_AGAIN):
        return
    if path == "provenance.read_with" and recorded is None:
        return  # of a version that did not keep it
    if isinstance(recorded, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys((*recorded, *now)):
            below = f"{path}.{key}" if path else str(key)
            yield from _differences(below, recorded.get(key, _MISSING), now.get(key, _MISSING))
    elif isinstance(recorded, list) and isinstance(now, list):
        for index in range(max(len(recorded), len(now))):
            pair = (each[index] if index < len(each) else _MISSING for each in (recorded, now))
            yield from _differences(f"{path}[{index}]", *pair)
    elif type(recorded) is not type(now) or recorded != now:
        yield Difference(path, recorded, now)


def _is_near(found: Difference) -> bool:
    names = re.sub(r"\[\d+\]", "", found.path).split(".")
    if isinstance(found.recorded, str) and isinstance(found.now, str):
        return names[-1] in _TEXTS and _says_the_same(found.recorded, found.now)
    numbers = (found.recorded, found.now)
    if names[-1] in _EXACT or not all(type(number) in (int, float) for number in numbers):
        return False
    if all(type(number) is int for number in numbers):  # a count
        return False
    apart, larger = abs(found.now - found.recorded), max(abs(found.now), abs(found.recorded))
    if any(name in _BOXES for name in names[-2:]):
        return bool(apart <= BOXES_PX)
    if names[-1] in _SCORES:
        return bool(apart <= SCORES)
    if names[-1] in _WEIGHTS:
        return bool(apart <= WEIGHTS_NATS)
    return bool(apart <= RELATIVE * larger)


def _says_the_same(recorded: str, now: str) -> bool:
    """The same words; numbers in them are rounded, so they may be one apart in the last digit as well."""
    if _NUMBER.sub("#", recorded) != _NUMBER.sub("#", now):
        return False
    return all(
        _rounded_alike(one, other)
        for one, other in zip(_NUMBER.findall(recorded), _NUMBER.findall(now), strict=True)
    )


def _rounded_alike(one: str, other: str) -> bool:
    decimals = min(len(number.partition(".")[2]) for number in (one, other))
    first, second = (float(number.replace(",", "")) for number in (one, other))
    last_digit = 1.001 * float(f"1e-{decimals}")
    return abs(first - second) <= max(RELATIVE * max(first, second), last_digit)
