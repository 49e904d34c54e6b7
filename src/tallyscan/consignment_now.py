"""A consignment as it stands: what its place in the queue is made of, and what a disposition is held against."""

from dataclasses import dataclass
from datetime import datetime

from tallyscan.decision import Reader
from tallyscan.disposition import Disposition, DispositionHistory
from tallyscan.risk import Risk
from tallyscan.risk_profile import Action


@dataclass(frozen=True)
class ScanNow:
    """One of its scans. `waits`: it is still to be read, or read again. `usable`: it is read, or will be; `reason` says
    why not. `in_question`: it may be of another consignment. `whole`: it shows several units, and each of them is read
    as a scan of its own. `findings` are those of its newest reading, by id.
    """

    scan: str
    received_at: datetime
    waits: bool
    usable: bool
    in_question: bool
    reason: str | None
    whole: bool = False
    findings: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Heard:
    """Something that a person said of it or of one of its scans, and that stands; a `reader` said it at the desk."""

    by: str
    received_at: datetime
    scan: str | None = None
    reader: Reader | None = None
    looked_inside: bool = False


@dataclass(frozen=True)
class ConsignmentNow:
    """`record` is the newest step of its risk record, 0 without one. `urgent`: somebody must look at once. `selected`
    are the actions for which profiles or shares select it, done or not.
    """

    consignment: str
    record: int
    risk: Risk
    urgent: bool
    scans: tuple[ScanNow, ...]
    heard: tuple[Heard, ...]
    selected: frozenset[Action]
    dispositions: DispositionHistory

    @property
    def opened(self) -> bool:
        """Somebody looked inside, at least in part."""
        return any(each.looked_inside for each in self.heard)

    @property
    def released(self) -> bool:
        """A release stands."""
        return any(each.disposition == "release" for each in self.dispositions.standing)

    @property
    def to_do(self) -> frozenset[Action]:
        """What it is selected for and nobody has done yet. Of documents, asked for outside, nothing is known here."""
        done: set[Action] = set()
        if any(scan.usable for scan in self.scans):
            done.add("scan")
        if self.opened:
            done.add("open")
        if any(each.reader == "second" for each in self.heard):
            done.add("second_reading")
        return self.selected - done

    @property
    def awaited(self) -> Disposition | None:
        """The disposition that stands and is still to be carried out."""
        current = self.dispositions.current
        return current if current is not None and not self._is_done(current) else None

    def _is_done(self, said: Disposition) -> bool:
        since = [each for each in self.heard if each.received_at > said.received_at]
        match said.disposition:
            case "release":
                return True
            case "open":
                return any(each.looked_inside for each in since)
            case "second_reading":
                return self._is_read_again(said)
            case "rescan":
                return any(scan.received_at > said.received_at for scan in self.scans)
            case "refer":
                answered = self.dispositions.closing(said) is not None
                return answered or any(each.by != said.by for each in since)

    def _is_read_again(self, said: Disposition) -> bool:
        """Each of its scans had another reader since; after three there is nobody left to ask."""
        to_read = {scan.scan for scan in self.scans if not scan.whole}
        read = {
            each.scan
            for each in self.heard
            if each.reader == "third" or (each.reader == "second" and each.received_at > said.received_at)
        }
        return to_read <= read
