"""The findings of a scan at every threshold, as serving would give them.

Serving joins parts of one family that nearly touch, of those parts that reach the threshold: at a lower threshold more
of them do, and a finding can grow. What is found at one threshold says nothing of another, so each candidate here has
the thresholds at which it is a finding.
"""

from dataclasses import dataclass

from tallyscan.detect.regions import MAX_FINDINGS, Region, joined, peak_masks, region_of
from tallyscan.detect.session import FloatMap
from tallyscan.finding import Family
from tallyscan.scan import Box

Place = tuple[Family, Box]


@dataclass(frozen=True)
class Candidate:
    """A finding at thresholds above `low`, up to `high`; `low` None: however low. `box` in cells of the map."""

    family: Family
    box: Box
    high: float
    low: float | None = None


def candidates(
    smooth: FloatMap, family_map: FloatMap, families: tuple[Family, ...], floor: float
) -> list[Candidate]:
    """Every finding that some threshold from the floor on gives, in the order in which they come as it falls.

    The peaks that reach a higher threshold are the first ones of those that reach a lower one, with the same masks:
    `peak_masks` takes them from the highest on and none looks at a later one. So the peaks are added one by one.
    """
    parts: list[Region] = []
    by_family: dict[Family, list[tuple[float, Place]]] = {}
    there: dict[Place, float] = {}
    ended: list[Candidate] = []
    for placed in peak_masks(smooth, floor):
        part = region_of(placed, smooth, family_map, families)
        parts.append(part)
        alike = [other for other in parts if other.family == part.family]
        by_family[part.family] = [
            (float(smooth[mask.window()][mask.mask].max()), (part.family, box_of(mask.y0, mask.x0, mask.mask.shape)))
            for mask in joined(alike, smooth.shape)
        ]  # fmt: skip
        ranked = sorted((found for some in by_family.values() for found in some), key=lambda found: -found[0])
        now = {place for _, place in ranked[:MAX_FINDINGS]}
        for place in [place for place in there if place not in now]:
            ended.append(Candidate(*place, high=there.pop(place), low=part.score))
        for place in now - there.keys():
            there[place] = part.score
    left = [Candidate(*place, high=high) for place, high in there.items()]
    # Peaks of one height come together: what is there only between two of them never is.
    real = [found for found in (*ended, *left) if found.low is None or found.low < found.high]
    return sorted(real, key=lambda found: (-found.high, found.box))


def box_of(y0: int, x0: int, shape: tuple[int, ...]) -> Box:
    """In cells."""
    return Box(x0, y0, shape[1], shape[0])
