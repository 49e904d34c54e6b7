"""At which end of the upright image the doors of a cargo unit are."""

from dataclasses import dataclass
from typing import Literal

End = Literal["left", "right"]
DoorsSaidBy = Literal["sidecar", "profile", "cab"]


@dataclass(frozen=True)
class Doors:
    """The end, and by what it is known; both None where it is not.

    `sidecar` and `profile`: it was said; `cab`: the cab of the vehicle is seen at the other end.
    """

    end: End | None = None
    by: DoorsSaidBy | None = None


UNKNOWN = Doors()
