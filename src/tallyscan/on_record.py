"""What a scan that is read again takes from its reading on record, because it rests on what is not kept as it stood."""

from dataclasses import dataclass

from tallyscan.integrity_check import CheckName, IntegrityCheck
from tallyscan.reading import Reading
from tallyscan.scanner_watch import SCANNER_DRIFT
from tallyscan.verdict import Verdict

RESTS_ON_EARLIER_UNITS = ("lot", "vehicle")
"""Rules that ask for the cargo units of earlier scans."""

RESTS_ON_EARLIER_SCANS: tuple[CheckName, ...] = ("reused_image", "copied_image", "clock")
"""Checks that ask for earlier scans."""


@dataclass(frozen=True)
class OnRecord:
    """Verdicts and checks that rest on earlier scans, and cautions on what was usual for the scanner."""

    verdicts: tuple[Verdict, ...] = ()
    integrity: tuple[IntegrityCheck, ...] = ()
    drift: tuple[str, ...] = ()

    @classmethod
    def of(cls, reading: Reading) -> "OnRecord":
        """What is taken from this reading."""
        return cls(
            tuple(verdict for verdict in reading.verdicts if verdict.rule in RESTS_ON_EARLIER_UNITS),
            tuple(check for check in reading.integrity if check.check in RESTS_ON_EARLIER_SCANS),
            tuple(said for said in reading.quality.reasons if said.partition(":")[0] == SCANNER_DRIFT),
        )

    def verdicts_in(self, verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
        """These verdicts, with those on record in the place of their own."""
        known = {(verdict.unit, verdict.rule): verdict for verdict in self.verdicts}
        return tuple(known.get((verdict.unit, verdict.rule), verdict) for verdict in verdicts)

    def integrity_in(self, checks: tuple[IntegrityCheck, ...]) -> tuple[IntegrityCheck, ...]:
        """The same of checks."""
        known = {check.check: check for check in self.integrity}
        return tuple(known.get(check.check, check) for check in checks)
