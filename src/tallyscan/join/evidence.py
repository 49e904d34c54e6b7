"""What speaks for a consignment and against it, as odds: how many times likelier that makes it.

The figures are judgements, kept in one table (docs/reference/joins.md), not yet fitted to what people decided.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from tallyscan.container_size import container_size
from tallyscan.declaration import normal_mark
from tallyscan.iso6346 import has_form, is_valid
from tallyscan.join.answer import Candidate, Evidence, ReadOn, Seen
from tallyscan.join.marks import SHORTEST, pattern, with_country, without_country
from tallyscan.join.misread import Slip, slip_between
from tallyscan.sidecar import MarkRead, UnitMark
from tallyscan.wording import Wording, said

ODDS: dict[str, float] = {
    "number_same": 10_000,
    "number_same_unchecked": 400,
    "number_unread_sign": 500,
    "number_look_alike": 200,
    "number_swapped": 100,
    "number_other_sign": 50,
    "number_two_containers": 0.5,
    "plate_same": 400,
    "plate_look_alike": 10,
    "plate_unread_sign": 5,
    "mark_unsure": 0.01,
    "mark_short": 0.01,
    "other_number": 0.01,
    "unit_beside": 20,
    "size_fits": 2,
    "size_differs": 0.1,
    "site_fits": 5,
    "site_differs": 0.01,
    "time_fits": 5,
    "time_differs": 0.01,
    "declared_after": 0.05,
    "declared_long_before": 0.2,
    "earlier_journey": 0.01,
}
"""By the code of the evidence."""

LEAST_CONFIDENCE = 0.5
"""Below it the cameras themselves hold a misread to be likelier than what they read."""

SAME_LENGTH = 0.08
"""Share by which a length in the image may be off: speed and pitch are never quite known, nor where a unit ends."""

EARLY = timedelta(days=1)
LATE = timedelta(days=3)
"""A scan is made from so long before the declared time of arrival to so long after it."""

LONG_BEFORE = timedelta(days=3)
"""A declaration that is older than this when the scan comes may be of a journey that is over."""

ONE_JOURNEY = timedelta(hours=12)
"""Declarations of one unit that are further apart are of two journeys."""


def of_marks(unit: UnitMark, candidate: Candidate) -> tuple[ReadOn, bool, list[Evidence]] | None:
    """What the marks on a unit say: by which one it joins, whether that was read as declared, and the evidence.

    None when nothing that was read on the unit is like anything that is declared.
    """
    number = _of_number(unit.number_read, candidate) if unit.number_read else []
    plate = _of_plate(unit.plate_read, candidate) if unit.plate_read else []
    number_is_same = _codes(number) & {"number_same", "number_same_unchecked"}
    if number_is_same or (number and not plate):
        return "container_number", bool(number_is_same), [*number, *plate]
    if not plate:
        return None
    other = _other_number(unit.number_read, number)
    found = [*plate, *number, *([other] if other else [])]
    return "plate", "plate_same" in _codes(plate) and other is None, found


def of_beside(seen: Seen, candidate: Candidate) -> tuple[ReadOn, bool, list[Evidence]] | None:
    """What the marks on other units of the same image say, where those on this one say nothing. It is never sure."""
    for unit in seen.beside:
        if (marks := of_marks(unit, candidate)) is not None:
            read_on, _, (first, *_) = marks
            beside = _evidence(
                "unit_beside", said("Another unit of the same scan: {reason}", reason=first.reason)
            )
            others = [_other_number(own.number_read, []) for own in seen.units]
            return read_on, False, [beside, *(other for other in others if other)]
    return None


def of_size(seen: Seen, candidate: Candidate) -> Iterator[Evidence]:
    """The length of the unit against those of the declared containers: that of its own number, where it was read."""
    read = {pattern(unit.number_read) for unit in seen.units if unit.number_read is not None}
    containers = candidate.declaration.transport_equipment
    own = [part for part in containers if normal_mark(part.container_identification_number or "") in read]
    sizes = [container_size(part.container_size_and_type) for part in own or containers]
    lengths = sorted({size.length_mm for size in sizes if size is not None})
    if seen.length_mm is None or not lengths or None in sizes:
        return
    length_m = seen.length_mm / 1000
    if any(abs(seen.length_mm / length - 1) <= SAME_LENGTH for length in lengths):
        reason = said(
            "The unit is {length_m:.1f} m long in the image, the declared container as well.",
            length_m=length_m,
        )
        yield _evidence("size_fits", reason)
    else:
        reason = said(
            "The unit is {length_m:.1f} m long in the image, the declared container {lengths:or}.",
            length_m=length_m,
            lengths=[said("{length_m:.1f} m", length_m=length / 1000) for length in lengths],
        )
        yield _evidence("size_differs", reason)


def of_site(seen: Seen, candidate: Candidate) -> Iterator[Evidence]:
    """Where the scan was made against the declared offices; nothing where one of them is not known."""
    offices = [office.reference_number for office in candidate.declaration.customs_offices]
    site = normal_mark(seen.site or "")
    if not site or not offices:
        return
    if site in map(normal_mark, offices):
        reason = said("It was scanned at {site}, where it is declared to come.", site=seen.site or "")
        yield _evidence("site_fits", reason)
    elif all(len(normal_mark(office)) == len(site) for office in offices):  # one kind of code, so comparable
        reason = said(
            "It was scanned at {site}, declared for {offices:and}.", site=seen.site or "", offices=offices
        )
        yield _evidence("site_differs", reason)


def of_time(seen: Seen, candidate: Candidate, rivals: Sequence[Candidate]) -> Iterator[Evidence]:
    """When the scan was made against the declared arrival, else against when its rivals were declared."""
    fits = arrival_fits(seen, candidate)
    if fits is not None:
        at = _moment(seen).strftime("%Y-%m-%d %H:%M UTC")
        if fits:
            yield _evidence("time_fits", said("It was scanned on {at}, within its declared time.", at=at))
        else:
            yield _evidence("time_differs", said("It was scanned on {at}, outside its declared time.", at=at))
        return
    if candidate.declared_at > seen.received_at:
        yield _evidence("declared_after", said("It was declared after the scan had come."))
    elif candidate.declared_at < seen.received_at - LONG_BEFORE:
        days = (seen.received_at - candidate.declared_at).days
        reason = said("It was declared {count} days before the scan.", count=days)
        yield _evidence("declared_long_before", reason)
    for journey in range(_journeys_between(seen, candidate, rivals)):
        later = candidate.declared_at <= seen.received_at
        yield _evidence("earlier_journey", _LATER[bool(journey)] if later else _EARLIER[bool(journey)])


def arrival_fits(seen: Seen, candidate: Candidate) -> bool | None:
    """Whether the scan was made about when the consignment is expected; None when no time is declared."""
    offices = candidate.declaration.customs_offices
    here = [
        office for office in offices if normal_mark(office.reference_number) == normal_mark(seen.site or "")
    ]
    arrivals = [
        office.arrival_date_and_time_estimated
        for office in (here or offices)
        if office.arrival_date_and_time_estimated is not None
    ]
    if not arrivals:
        return None
    return min(arrivals) - EARLY <= _moment(seen) <= max(arrivals) + LATE


def _journeys_between(seen: Seen, candidate: Candidate, rivals: Sequence[Candidate]) -> int:
    """How many journeys of the unit lie between the candidate's and the one that the scan is likeliest of: the last
    that was declared before the scan, or the first after it.
    """
    times = sorted({each.declared_at for each in rivals if arrival_fits(seen, each) is not False})
    came, mine = seen.received_at, candidate.declared_at
    path = [at for at in times if (mine <= at <= came if mine <= came else came < at <= mine)]
    return sum(later - earlier > ONE_JOURNEY for earlier, later in pairwise(path))


def _of_number(read: MarkRead, candidate: Candidate) -> list[Evidence]:
    text, legible = pattern(read), read.text is not None
    numbers = [normal_mark(number) for number in _numbers(candidate)]
    if legible and text in (*numbers, *(plate for plate, _ in _plates(candidate))):
        return [_same_number(text), *_doubts(read, text)]
    found = [evidence for number in numbers if (evidence := _misread_number(read, text, number)) is not None]
    return [max(found, key=lambda evidence: evidence.odds)] if found else []


def _same_number(text: str) -> Evidence:
    if is_valid(text):
        same = said("The container number {number} was read as it is declared.", number=text)
        return _evidence("number_same", same)
    reason = said("{mark} was read as it is declared; it fails its check digit.", mark=text)
    if not has_form(text):
        reason = said("{mark} was read as it is declared; it has no check digit.", mark=text)
    return _evidence("number_same_unchecked", reason)


def _misread_number(read: MarkRead, text: str, number: str) -> Evidence | None:
    if text == number:  # the cameras themselves call it illegible
        reason = said("{read:quoted} was read, and {number} is declared.", read=read.as_read, number=number)
        return _evidence("number_unread_sign", reason)
    slip = slip_between(text, number) if len(number) >= SHORTEST else None
    if slip is None:
        return None
    if is_valid(text) and is_valid(number):
        reason = said(
            "{read} was read and {number} is declared, one sign apart, and the check digits of both are right.",
            read=text,
            number=number,
        )
        return _evidence("number_two_containers", reason)
    words = {"read": read.as_read, "number": number, "slip": _SLIPS[slip]}
    reason = said("{read:quoted} was read, and {number} is declared: {slip}.", **words)
    if has_form(number) and not is_valid(number):
        reason = said(
            "{read:quoted} was read, and {number} is declared: {slip}, and what is declared fails its check digit.",
            **words,
        )
    elif has_form(text) and not is_valid(text):
        reason = said(
            "{read:quoted} was read, and {number} is declared: {slip}, and what was read fails its check digit.",
            **words,
        )
    return _evidence(f"number_{slip}", reason)


def _of_plate(read: MarkRead, candidate: Candidate) -> list[Evidence]:
    text, legible = pattern(read), read.text is not None
    alone = without_country(read)
    found: list[Evidence] = []
    for plate, nationality in _plates(candidate):
        forms = with_country(plate, nationality)
        if legible and (text in forms or alone == plate):
            same = _evidence("plate_same", said("The plate {plate} was read as it is declared.", plate=plate))
            return [same, *_doubts(read, plate)]
        slip = slip_between(text, plate) if len(plate) >= SHORTEST else None
        if text in forms or slip == "unread_sign":
            reason = said(
                "{read:quoted} was read on the plate, {plate} is declared.", read=read.as_read, plate=plate
            )
            found.append(_evidence("plate_unread_sign", reason))
        elif slip == "look_alike":
            reason = said(
                "{read:quoted} was read on the plate, {plate} is declared: {slip}.",
                read=read.as_read,
                plate=plate,
                slip=_SLIPS[slip],
            )
            found.append(_evidence("plate_look_alike", reason))
    if legible and text in map(normal_mark, _numbers(candidate)):
        return [_same_number(text), *_doubts(read, text)]
    return [max(found, key=lambda evidence: evidence.odds)] if found else []


def _doubts(read: MarkRead, text: str) -> Iterator[Evidence]:
    """Why a mark that was read as declared may be another's all the same."""
    if read.confidence is not None and read.confidence < LEAST_CONFIDENCE:
        reason = said("The cameras give {mark} only {confidence:.0%}.", mark=text, confidence=read.confidence)
        yield _evidence("mark_unsure", reason)
    if len(text) < SHORTEST:
        yield _evidence("mark_short", said("{mark} is too short to be no one else's.", mark=text))


def _other_number(read: MarkRead | None, alike: list[Evidence]) -> Evidence | None:
    """Another container than the declared one stands on the vehicle: its plate says less then."""
    text = pattern(read) if read is not None else ""
    if not is_valid(text) or (alike and "number_two_containers" not in _codes(alike)):
        return None
    reason = said("The container number {number}, which is not declared, was read with it.", number=text)
    return _evidence("other_number", reason)


def _numbers(candidate: Candidate) -> list[str]:
    equipment = candidate.declaration.transport_equipment
    return [
        part.container_identification_number for part in equipment if part.container_identification_number
    ]


def _plates(candidate: Candidate) -> list[tuple[str, str | None]]:
    return [
        (normal_mark(means.identification_number), means.nationality)
        for means in candidate.declaration.transport_means
        if normal_mark(means.identification_number)
    ]


def _moment(seen: Seen) -> datetime:
    return seen.acquired_at or seen.received_at


def _codes(found: list[Evidence]) -> set[str]:
    return {evidence.code for evidence in found}


def _evidence(code: str, reason: Wording) -> Evidence:
    return Evidence(code, ODDS[code], reason)


_SLIPS: dict[Slip, Wording] = {
    "unread_sign": said("the rest of it is the same"),
    "look_alike": said("one sign was taken for one that looks like it"),
    "swapped": said("two neighbours are exchanged"),
    "other_sign": said("one sign is another, missing or too many"),
}
_LATER = (
    said("Another consignment of this unit was declared later, nearer to the scan."),
    said("A further one of this unit was declared later, nearer to the scan."),
)
_EARLIER = (
    said("Another consignment of this unit was declared earlier, nearer to the scan."),
    said("A further one of this unit was declared earlier, nearer to the scan."),
)
