"""Which consignment a scan is of: one formula over the odds of the evidence."""

import math
from collections.abc import Sequence

from tallyscan.iso6346 import has_form, is_valid
from tallyscan.join.answer import Answer, Candidate, Evidence, Joined, Open, Proposed, ReadOn, Seen, Weighed
from tallyscan.join.evidence import of_beside, of_marks, of_site, of_size, of_time
from tallyscan.join.marks import UNREAD, pattern
from tallyscan.wording import NOTHING, Wording, said, together

JOIN_FROM = 0.9
"""From nine to one a scan joins without a person, if a mark was read as it is declared."""

MOST_PROPOSED = 10
LEAST_PROPOSED = 0.01
"""Less likely candidates are no help to the person who must choose."""


def join(seen: Seen, candidates: Sequence[Candidate]) -> Answer:
    """Weigh every candidate: odds are the product of its evidence, and confidence = odds / (1 + the odds of all).

    The 1 stands for a consignment that is not declared here. Pure: the same evidence gives the same answer, in
    whatever order the candidates come.
    """
    alike = [(candidate, found) for candidate in candidates if (found := _best_unit(seen, candidate))]
    rivals = [candidate for candidate, _ in alike]
    weighed = []
    for candidate, (read_on, sure, marks) in alike:
        evidence = (
            *marks,
            *of_size(seen, candidate),
            *of_site(seen, candidate),
            *of_time(seen, candidate, rivals),
        )
        weighed.append((candidate.consignment, read_on, sure, evidence))
    total = 1 + math.fsum(_odds(evidence) for *_, evidence in weighed)
    ranked = sorted(
        (
            Weighed(consignment, read_on, round(_odds(evidence) / total, 4), sure, evidence)
            for consignment, read_on, sure, evidence in weighed
        ),
        key=lambda each: (-each.confidence, each.consignment),
    )
    if ranked and ranked[0].sure and ranked[0].confidence >= JOIN_FROM:
        return Joined(ranked[0], tuple(_worth_showing(ranked[1:])))
    if proposed := _worth_showing(ranked):
        return Proposed(tuple(proposed), _why_proposed(proposed))
    return Open(_why_open(seen))


def is_alike(seen: Seen, candidate: Candidate) -> bool:
    """Whether anything that was read is like anything that the consignment declares."""
    return _best_unit(seen, candidate) is not None


def _best_unit(seen: Seen, candidate: Candidate) -> tuple[ReadOn, bool, list[Evidence]] | None:
    found = [marks for unit in seen.units if (marks := of_marks(unit, candidate)) is not None]
    if not found:
        return of_beside(seen, candidate)
    return max(found, key=lambda marks: (_odds(marks[2]), marks[1]))


def _odds(evidence: Sequence[Evidence]) -> float:
    return math.prod(each.odds for each in evidence)


def _worth_showing(ranked: Sequence[Weighed]) -> list[Weighed]:
    return [each for each in ranked if each.confidence >= LEAST_PROPOSED][:MOST_PROPOSED]


def _why_proposed(proposed: list[Weighed]) -> Wording:
    best = proposed[0]
    if len([each for each in proposed if each.sure]) > 1 and best.sure:
        return said(
            "What was read is declared in {consignments:and}; site and time do not tell them apart.",
            consignments=[each.consignment for each in proposed if each.sure],
        )
    return best.why


def _why_open(seen: Seen) -> Wording:
    marks = [mark for unit in seen.units for mark in (unit.number_read, unit.plate_read) if mark is not None]
    if not marks:
        return said("No container number and no plate was read.")
    read = [mark.text or said("{mark:quoted} (not legible)", mark=mark.as_read) for mark in marks]
    hints = [hint for unit in seen.units if unit.number_read and (hint := _hint(pattern(unit.number_read)))]
    return together(said("No consignment that fits declares {marks:and}.", marks=read), *hints)


def _hint(text: str) -> Wording:
    """What the check digit tells of a number that is not declared."""
    if has_form(text) and not is_valid(text):
        return said("{mark} fails its check digit: one sign of it is probably misread.", mark=text)
    if text.count(UNREAD) == 1:
        whole = [number for digit in "0123456789" if is_valid(number := text.replace(UNREAD, digit))]
        if whole:
            return said("By its check digit it may be {numbers:or}.", numbers=whole)
    return NOTHING
