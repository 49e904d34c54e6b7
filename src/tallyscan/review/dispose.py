"""Whether a disposition fits the consignment as it stands now. Nothing that is not assessed is released silently."""

from datetime import datetime

from tallyscan.consignment_now import ConsignmentNow
from tallyscan.disposition import STEPS_IN_WORDS, Disposition, DispositionHistory, DispositionSaid
from tallyscan.errors import Conflict
from tallyscan.review.clock import check_time
from tallyscan.review.undo import undoable


def check_disposition(said: DispositionSaid, now: ConsignmentNow, at: datetime) -> None:
    """Raises `Conflict` with the reason when it does not fit."""
    check_time(said.at, at)
    _check_place_in_history(said, now)
    match said.disposition:
        case "release":
            _check_release(said, now)
        case "second_reading":
            _check_second_reading(now)
        case "open":
            _check_places(said, now)
        case "refer" if said.until is not None and said.until <= at:
            raise Conflict(f"{said.until.isoformat()} is past: no answer can come by then.")
        case _:
            pass


def check_disposition_undo(
    disposition_id: str, by: str, history: DispositionHistory, now: datetime
) -> Disposition:
    """The disposition that can be undone. Raises `NotFound`, or `Conflict` with the reason."""
    entries, standing = history.dispositions, history.standing
    return undoable(disposition_id, by, entries, standing, now, kind="disposition", of="of this consignment")


def _check_place_in_history(said: DispositionSaid, now: ConsignmentNow) -> None:
    """What it corrects stands; what is released, or waits for the same, is only corrected."""
    standing = {each.id: each for each in now.dispositions.standing}
    if said.corrects is not None:
        if said.corrects not in standing:
            raise Conflict(
                f"No disposition {said.corrects} of consignment {now.consignment!r} stands.",
                remedy="Name in `corrects` the one that is to be replaced; leave it out for the next step.",
            )
        return
    correct = "Name it in `corrects`, if this one is to replace it."
    release = next((each for each in standing.values() if each.disposition == "release"), None)
    if release is not None:
        raise Conflict(
            f"Consignment {now.consignment!r} is released already ({release.id}, by {release.by}).",
            remedy=correct,
        )
    awaited = now.awaited
    if awaited is not None and awaited.disposition == said.disposition:
        raise Conflict(
            f"Consignment {now.consignment!r} is {STEPS_IN_WORDS[said.disposition]} already ({awaited.id}, by "
            f"{awaited.by}).",
            remedy=correct,
        )


def _check_release(said: DispositionSaid, now: ConsignmentNow) -> None:
    """On the grounds that are so, and on what the record says now."""
    if said.record != now.record:
        raise Conflict(
            f"The risk record of consignment {now.consignment!r} has {now.record} steps; {said.record} were looked at.",
            remedy="Look at what was added, and decide again.",
        )
    if said.ground == "opened" and not now.opened:
        raise Conflict(f"Nobody has looked into the load of consignment {now.consignment!r}.")
    if said.ground == "not_selected":
        _check_not_selected(now)
        return
    if now.opened:
        return
    if now.risk.lane == "not_assessed" and said.ground != "not_assessed":
        raise Conflict(
            f"Consignment {now.consignment!r} is not assessed: that nothing was found says nothing.",
            remedy="Rescan or open it; or release it with the ground not_assessed and say on what that rests.",
        )
    if now.risk.lane == "red" and said.ground != "red_unopened":
        raise Conflict(
            f"Consignment {now.consignment!r} is red, and nobody has looked inside.",
            remedy="Open it; or release it with the ground red_unopened and say on what that rests.",
        )


def _check_not_selected(now: ConsignmentNow) -> None:
    if now.scans or now.to_do or now.risk.lane != "not_assessed" or now.risk.indicators:
        raise Conflict(
            f"Consignment {now.consignment!r} is scanned, selected, or has a risk of its own.",
            remedy="Release it on the ground that fits, such as nothing_against.",
        )


def _check_second_reading(now: ConsignmentNow) -> None:
    if not now.scans:
        raise Conflict(
            f"Consignment {now.consignment!r} has no scan to be read.", remedy="Let it be scanned."
        )
    if all(scan.waits for scan in now.scans):
        raise Conflict(f"No scan of consignment {now.consignment!r} has a first reading yet.")


def _check_places(said: DispositionSaid, now: ConsignmentNow) -> None:
    """Each is in a scan of this consignment, and its finding in the newest reading of that."""
    scans = {scan.scan: scan for scan in now.scans}
    for place in said.look:
        scan = scans.get(place.scan)
        if scan is None:
            raise Conflict(f"Scan {place.scan} is none of consignment {now.consignment!r}.")
        if place.finding is not None and place.finding not in scan.findings:
            known = ", ".join(sorted(scan.findings)) or "none"
            raise Conflict(
                f"The newest reading of scan {place.scan} has no finding {place.finding}: it has {known}.",
                remedy="Name a box in pixels instead, or look at the newest reading.",
            )
