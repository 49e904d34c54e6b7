"""What is known of a consignment beside one scan and its declaration: its other units, and what was weighed."""

from dataclasses import dataclass, field

from tallyscan.finding import NOT_PENETRATED, Interval
from tallyscan.weighed_mass import WeighedMass


@dataclass(frozen=True)
class UnitEstimate:
    """Another cargo unit of the same consignment, by the newest reading of its scan.

    `number` is the container number read on it. `mass_kg` is None where it was not estimated; `read` is False while
    its scan waits to be read. `same_image`: it is in the image of which the unit in question is a part. `cautions` are
    what its reading warned of, each with its code.
    """

    scan_id: str
    number: str | None
    mass_kg: Interval | None
    read: bool = True
    same_image: bool = False
    cautions: tuple[str, ...] = ()

    @property
    def is_lower_bound(self) -> bool:
        """Part of its goods let nothing through: their mass is at least the estimate."""
        return any(caution.partition(":")[0] == NOT_PENETRATED for caution in self.cautions)


@dataclass(frozen=True)
class KnownConsignment:
    """Its other units, the newest scans first, and what was weighed, of the unit in question too."""

    others: tuple[UnitEstimate, ...] = field(default=())
    weighed: tuple[WeighedMass, ...] = field(default=())


UNKNOWN_CONSIGNMENT = KnownConsignment()
