"""Is the scan whole, or does the image end inside the cargo unit?"""

import numpy as np

from tallyscan.finding import CargoUnit
from tallyscan.integrity.evidence import Evidence, honest, suspect, unknown
from tallyscan.integrity_check import IntegrityCheck
from tallyscan.scan import CANONICAL_PITCH_MM, Scan
from tallyscan.wording import said

EDGE_MM = 20.0
"""At the end of the image; thinner than the end wall or the doors of any container."""

TOUCHES_MM = 200.0
"""So near to the end of the image a unit ends at it, as far as its box can tell."""

INSIDE_MM = 400.0
"""Of the unit, behind its end: what the edge is compared with."""

AS_DENSE = 0.5
"""Of what is behind it: an edge that is so dense is no air beside the unit."""

LEAST_ATTENUATION = 0.05
"""Two thin walls have 0.1."""


def check_cut_short(evidence: Evidence) -> IntegrityCheck:
    """Fewer rows or columns than the scanner counted, or a unit that goes on beyond the end of the image.

    Of a display image only the count is held against it: exports are cropped as people like.
    """
    scan = evidence.scan
    if scan is None:
        return unknown("cut_short", said("The scan was not read."))
    sidecar, grid = scan.sidecar, scan.grid
    for name, counted, there in (
        (said("columns"), sidecar.width_px, grid.original_width),
        (said("rows"), sidecar.height_px, grid.original_height),
    ):
        if counted is not None and there < counted:
            reason = said(
                "The scanner counted {counted} {what}, and the image has {there}.",
                counted=counted,
                what=name,
                there=there,
            )
            return suspect("cut_short", reason, counted=counted, there=there)
    if evidence.detection is None or not evidence.detection.units:
        return unknown("cut_short", said("No cargo unit was found whose end could be looked for."))
    if scan.grade == "display":
        return unknown("cut_short", said("A display image may have been cropped when it was exported."))
    for unit in evidence.detection.units:
        for end in _open_ends(scan, unit):
            reason = said("The image ends inside unit {unit}, at its left end.", unit=unit.unit)
            if end == "right":
                reason = said("The image ends inside unit {unit}, at its right end.", unit=unit.unit)
            return suspect("cut_short", reason, unit=unit.unit, end=end)
    return honest("cut_short", said("Every cargo unit ends within the image."))


def _open_ends(scan: Scan, unit: CargoUnit) -> list[str]:
    """`left`, `right`: where the unit reaches the end of the image and the edge is as dense as what is behind it."""
    box = scan.grid.to_canonical(unit.box)
    rows = slice(max(int(box.y), 0), min(int(box.y + box.height) + 1, scan.height))
    edge, touches, inside = (
        max(round(mm / CANONICAL_PITCH_MM), 1) for mm in (EDGE_MM, TOUCHES_MM, INSIDE_MM)
    )
    seen = scan.attenuation[rows]
    columns = np.flatnonzero(scan.valid.any(axis=0))
    if not seen.size or not len(columns):
        return []
    first, last = int(columns[0]), int(columns[-1]) + 1
    ends = []
    if box.x < first + touches and _goes_on(seen[:, first : first + edge], seen[:, first : first + inside]):
        ends.append("left")
    if box.x + box.width > last - touches and _goes_on(
        seen[:, last - edge : last], seen[:, last - inside : last]
    ):
        ends.append("right")
    return ends


def _goes_on(edge: np.ndarray, behind: np.ndarray) -> bool:
    level = float(np.median(behind))
    return level > LEAST_ATTENUATION and float(np.median(edge)) >= AS_DENSE * level
