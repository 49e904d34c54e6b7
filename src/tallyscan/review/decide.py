"""Whether an officer's decision fits the scan as it stands now. A failure never looks like a clear scan."""

from datetime import datetime

from tallyscan.decision import READERS, UNREAD, Claim, Decision, DecisionHistory, DecisionSaid, Reader
from tallyscan.errors import Claimed, Conflict
from tallyscan.review.clock import check_time
from tallyscan.review.undo import undoable
from tallyscan.reviewed_scan import ReviewedScan


def check_decision(
    said: DecisionSaid,
    scan: ReviewedScan,
    history: DecisionHistory,
    now: datetime,
    *,
    waits: Reader | None = None,
    claim: Claim | None = None,
) -> None:
    """Raises `Conflict` with the reason when it does not fit, and `Claimed` where somebody else reads the scan now.
    `waits` is the reader that the scan waits for, None where all has been said, `claim` who reads it now.
    """
    check_time(said.at, now)
    if said.revision > scan.revision:
        raise Conflict(
            f"Scan {scan.scan_id} has no reading {said.revision}: its newest is {scan.revision}.",
            remedy="Name the reading that was looked at in `revision`; 0 where there was none.",
        )
    if said.decision == "clear":
        _check_clearing(said, scan)
    _check_reader(said, history, waits)
    if said.corrects is None and claim is not None and claim.by != said.by:
        raise Claimed(
            f"{claim.by} reads scan {scan.scan_id} now, until {claim.until:%H:%M:%S} UTC at least.",
            remedy="Wait until they have decided or left it, or read another one meanwhile.",
        )


def check_undo(decision_id: str, by: str, history: DecisionHistory, now: datetime) -> Decision:
    """The decision that can be undone. Raises `NotFound`, or `Conflict` with the reason."""
    return undoable(
        decision_id, by, history.decisions, history.standing, now, kind="decision", of="on this scan"
    )


def _check_clearing(said: DecisionSaid, scan: ReviewedScan) -> None:
    """What is cleared was read, as it stands now; else it is said that it was not, and on what grounds."""
    read = scan.status == "read"
    if said.reason == UNREAD:
        if read:
            raise Conflict(
                f"Scan {scan.scan_id} was read, so it cannot be cleared as unread.",
                remedy=f"Look at reading {scan.revision} and clear by what it shows.",
            )
        return
    if not read:
        why = f" {scan.reason}" if scan.reason else ""
        stands = "is not read yet" if scan.status is None else "was not read"
        raise Conflict(
            f"Scan {scan.scan_id} {stands}, so it cannot be clear by its image.{why}",
            remedy=f"Decide not_readable or refer; or clear with the reason {UNREAD} and say on what grounds.",
        )
    if said.revision != scan.revision:
        raise Conflict(
            f"Scan {scan.scan_id} was read again: reading {said.revision} no longer counts.",
            remedy=f"Look at reading {scan.revision} and decide again.",
        )


def _check_reader(said: DecisionSaid, history: DecisionHistory, waits: Reader | None) -> None:
    """One decision stands for each reader, and each is another person; nobody is second to nobody, and a scan that
    waits for a reader waits for that one. Where it waits for nobody, whoever was asked may still say what they see.
    What another reader said is not told to whoever is still to read it.
    """
    stands = history.standing_of(said.reader)
    if said.corrects != (stands.id if stands else None):
        what = f"decision {stands.id}, by {stands.by}, stands" if stands else "none stands"
        again = f"It waits for its {waits} reader: open it again to decide as that one. " if waits else ""
        raise Conflict(
            f"Of the {said.reader} reader {what}.",
            remedy=f"{again}Name in `corrects` the decision that stands, if this one replaces it; else leave it out.",
        )
    before = READERS[: READERS.index(said.reader)]
    missing = next((each for each in before if history.standing_of(each) is None), None)
    if said.corrects is None and missing is not None:
        raise Conflict(
            f"Nobody has read this scan as its {missing} reader, so it has no {said.reader} one yet.",
            remedy=f"Decide as the {missing} reader.",
        )
    if said.corrects is None and waits is not None and waits != said.reader:
        raise Conflict(
            f"This scan waits for its {waits} reader, and not for a {said.reader} one.",
            remedy=f"Open it again, and decide as the {waits} reader if you have not read it yet.",
        )
    for other in history.standing:
        if other.reader != said.reader and other.by == said.by:
            raise Conflict(
                f"{said.by} is the {other.reader} reader of this scan already.",
                remedy=f"The {said.reader} reader is another person.",
            )
