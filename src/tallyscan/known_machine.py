"""What earlier scans have shown of the single machine that made a scan."""

from dataclasses import dataclass, replace

from tallyscan.learnt_air import LearntAir, LearntAirOffered
from tallyscan.scanner_watch import Watch


@dataclass(frozen=True)
class KnownMachine:
    """What is usual for it, and its open beam, for each kind of scan that it makes."""

    watches: tuple[Watch, ...] = ()
    learnt: tuple[LearntAir, ...] = ()

    @property
    def learnt_now(self) -> tuple[LearntAir, ...]:
        """The same; while a level has left its band, none that was learnt holds."""
        left = any(watch.quantity == "air_level" and watch.left_since is not None for watch in self.watches)
        return tuple(replace(one, level_holds=one.level_holds and not left) for one in self.learnt)

    @property
    def learnt_air_offered(self) -> LearntAirOffered:
        """What of it a scan may be calibrated with."""
        if not self.learnt:
            return "none"
        return "whole" if all(one.level_holds for one in self.learnt_now) else "without_level"


UNKNOWN_MACHINE = KnownMachine()
