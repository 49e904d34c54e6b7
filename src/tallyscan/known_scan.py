"""What the store knows of a scan without its image: which unit, from which machine, when."""

from dataclasses import dataclass
from datetime import datetime

from tallyscan import iso6346
from tallyscan.fingerprint import Fingerprint
from tallyscan.wording import Wording, said


@dataclass(frozen=True)
class KnownScan:
    """`unit` are the container numbers and plates, as they are compared, with blanks between; `origin` the way by
    which it arrived, `device` the single machine. None: not known."""

    scan_id: str
    unit: str | None
    consignment: str | None
    device: str | None
    acquired_at: datetime | None
    received_at: datetime
    origin: str

    def is_of_another_unit(self, other: "KnownScan") -> bool | None:
        """Whether the two were said to be of different units; None where that cannot be known.

        Where container numbers are known of both, they decide: one tractor carries many containers. Else one mark in
        common is the same unit: a camera reads the plate on one day and the container on another. Where a unit is not
        known, the consignments stand for the units.
        """
        if self.unit and other.unit:
            mine, others = set(self.unit.split()), set(other.unit.split())
            containers = [set(filter(iso6346.is_valid, marks)) for marks in (mine, others)]
            return containers[0].isdisjoint(containers[1]) if all(containers) else mine.isdisjoint(others)
        if self.consignment and other.consignment:
            return self.consignment != other.consignment
        return None

    @property
    def in_words(self) -> Wording:
        """The scan and its number, for people."""
        number = self.unit or said("its number is not known")
        return said("scan {scan} ({number})", scan=self.scan_id, number=number)


@dataclass(frozen=True)
class LookAlike:
    """A scan whose picture is much like another one."""

    scan: KnownScan
    fingerprint: Fingerprint


@dataclass(frozen=True)
class LookAlikes:
    """The scans that look alike, nearest first; `complete` is False when there are more than were taken."""

    scans: tuple[LookAlike, ...]
    complete: bool
