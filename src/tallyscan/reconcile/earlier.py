"""What rules ask of earlier scans, and the units of this one that they ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tallyscan.known_unit import KnownLoads, KnownVehicle, SeenUnit


class RemembersUnits(Protocol):
    """Cargo units of earlier scans. Never those of the scan that is read, of its image, or of the same container in the
    same consignment; and none of a scan in which an inspection found something.
    """

    def of_declaration(self, seen: SeenUnit) -> KnownLoads:
        """Those of the same consignment with the same main goods."""
        ...

    def of_trade(self, seen: SeenUnit) -> KnownLoads:
        """Those of the same trader, main goods and route, in whatever consignment."""
        ...

    def of_plate(self, seen: SeenUnit) -> Sequence[KnownVehicle]:
        """The newest scans of the vehicle with that plate, newest first, by whatever scanner."""
        ...


@dataclass(frozen=True)
class Earlier:
    """The units of the scan that is read, as they are compared, and the memory; None where no store is at hand."""

    seen: tuple[SeenUnit, ...] = ()
    memory: RemembersUnits | None = None

    def seen_as(self, unit: int) -> SeenUnit | None:
        """A unit by its number."""
        return next((seen for seen in self.seen if seen.unit == unit), None)


NO_EARLIER = Earlier()
