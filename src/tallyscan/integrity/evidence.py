"""What the checks look at, gathered while a scan is read."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from tallyscan.delivery import Delivery
from tallyscan.finding import Detection
from tallyscan.fingerprint import Fingerprint
from tallyscan.integrity.taken_print import TakenPrint
from tallyscan.integrity_check import CheckName, IntegrityCheck
from tallyscan.known_scan import KnownScan, LookAlikes
from tallyscan.scan import Scan
from tallyscan.verdict import Outcome
from tallyscan.wording import Wording


class RemembersScans(Protocol):
    """The earlier scans, as seen from the one that is read."""

    @property
    def this(self) -> KnownScan:
        """The scan that is read."""
        ...

    @property
    def reused_from(self) -> KnownScan | None:
        """The scan that showed the same bytes first, for another unit, scanner or time."""
        ...

    def same_bytes(self) -> KnownScan | None:
        """Another scan of the same bytes that was not named on account of this one."""
        ...

    def look_alikes(self, fingerprint: Fingerprint, within_bits: int) -> LookAlikes:
        """Scans of other bytes whose picture, or whose mirror image, differs in at most so many bits."""
        ...

    def before(self, by: timedelta) -> KnownScan | None:
        """The last scan with a time that the same machine delivered so long before this one, by the same way."""
        ...


@dataclass(frozen=True, eq=False)
class Evidence:
    """`files` are the names of the image files, `delivery` what the scanner's profile says of them; `scan`, `detection`
    and `taken` are None as far as the scan was not read, `memory` where no store is at hand.
    """

    files: tuple[str, ...] = ()
    delivery: Delivery | None = None
    scan: Scan | None = None
    detection: Detection | None = None
    taken: TakenPrint | None = None
    memory: RemembersScans | None = None


def unknown(check: CheckName, reason: Wording, other: KnownScan | None = None) -> IntegrityCheck:
    """It cannot be known, and why."""
    return _about(check, "undetermined", reason, other)


def honest(check: CheckName, reason: Wording, other: KnownScan | None = None) -> IntegrityCheck:
    """The image is what it is said to be, in this respect."""
    return _about(check, "agrees", reason, other)


def suspect(
    check: CheckName, reason: Wording, other: KnownScan | None = None, **evidence: object
) -> IntegrityCheck:
    """It is not."""
    return _about(check, "differs", reason, other, **evidence)


def _about(
    check: CheckName, outcome: Outcome, reason: Wording, other: KnownScan | None, **evidence: object
) -> IntegrityCheck:
    scan, number = (other.scan_id, other.unit) if other else (None, None)
    return IntegrityCheck(check, outcome, str(reason), scan, number, evidence, reason.sentences)
