"""Is it an image that was shown before, in another file and under another number?"""

from collections.abc import Sequence

from tallyscan.integrity.evidence import Evidence, honest, suspect, unknown
from tallyscan.integrity.taken_print import ALIKE_BITS, OTHER_NOISE, SAME_NOISE, TakenPrint
from tallyscan.integrity_check import IntegrityCheck
from tallyscan.known_scan import LookAlike
from tallyscan.wording import said


def check_reused_image(evidence: Evidence) -> IntegrityCheck:
    """The same bytes under another unit, scanner or time, as the store compared them when the scan came."""
    memory = evidence.memory
    if memory is None:
        return unknown("reused_image", said("No earlier scans are at hand."))
    if (first := memory.reused_from) is not None:
        reason = said(
            "The same file came before for another unit, scanner or time: {scan}.", scan=first.in_words
        )
        return suspect("reused_image", reason, first)
    if (other := memory.same_bytes()) is not None:
        reason = said(
            "The same file came as {scan}, and too little is known to tell whether it is that scan.",
            scan=other.in_words,
        )
        return unknown("reused_image", reason, other)
    return honest("reused_image", said("No other scan has these bytes."))


def check_copied_image(evidence: Evidence) -> IntegrityCheck:
    """Another file with the same picture and the same noise, under another number.

    Pictures find the candidates, noise decides: a vehicle that is scanned again, and two empty containers of one type,
    look alike and have other noise. Where noise is lost, as in an export of low quality, it stays open.
    """
    taken, memory = evidence.taken, evidence.memory
    if memory is None:
        return unknown("copied_image", said("No earlier scans are at hand."))
    if taken is None:
        return unknown("copied_image", said("The scan was not read, or nothing stands out in it."))
    alike = memory.look_alikes(taken.fingerprint, ALIKE_BITS)
    likeness = {other.scan.scan_id: taken.likeness(other.fingerprint) for other in alike.scans}
    same = [other for other in alike.scans if (likeness[other.scan.scan_id] or 0.0) >= SAME_NOISE]
    for outcome in (True, None, False):
        for other in same:
            if memory.this.is_of_another_unit(other.scan) is outcome:
                return _of_same(outcome, other, likeness[other.scan.scan_id])
    display = evidence.scan is None or evidence.scan.grade == "display"
    if (left := _left_open(taken, alike.scans, likeness, display)) is not None:
        reason = said(
            "It looks like {scan}, and its noise does not tell whether it is that image.",
            scan=left.scan.in_words,
        )
        return unknown("copied_image", reason, left.scan)
    if not alike.complete:
        return unknown("copied_image", said("More scans look like it than were compared."))
    return honest("copied_image", said("No other scan shows this image."))


def _of_same(another_unit: bool | None, other: LookAlike, likeness: float | None) -> IntegrityCheck:
    scan = other.scan.in_words
    if another_unit:
        reason = said("The same image, down to its noise, came as {scan}.", scan=scan)
        return suspect("copied_image", reason, other.scan, noise_correlation=round(likeness or 0.0, 3))
    if another_unit is None:
        reason = said(
            "The same image, down to its noise, came as {scan}; whether that is another unit is not known.",
            scan=scan,
        )
        return unknown("copied_image", reason, other.scan)
    reason = said("The same image, down to its noise, came as {scan}, of the same unit.", scan=scan)
    return honest("copied_image", reason, other.scan)


def _left_open(
    taken: TakenPrint, alike: Sequence[LookAlike], likeness: dict[str, float | None], display: bool
) -> LookAlike | None:
    """The nearest look-alike that noise does not tell from this image; a picture may have lost the noise it had."""
    if display or taken.fingerprint.noise is None:
        return next(iter(alike), None)
    for other in alike:
        found = likeness[other.scan.scan_id]
        if found is None or found >= OTHER_NOISE:
            return other
    return None
