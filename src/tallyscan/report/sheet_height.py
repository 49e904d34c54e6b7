"""How high above the floor something can be that a side view shows at some height: by every fan beam that fits.

The source stands low and near. What is nearer to it looks larger, so that a thing at the near wall and one at the far
wall, at the same height, are shown at different ones. The image does not say how near a thing is, nor the reading how
far off the source stood: both are bounded by what portals and mobile machines are built like (docs/explanation/
inspection-sheet.md has the figures).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

NEAR_WALL_M = (1.9, 7.8)  # from the source
WIDTH_M = (2.44, 2.6)
SOURCE_M = (0.2, 2.8)  # above the ground, as the floor
FLOOR_M = (0.9, 1.5)
HEIGHT_M = (2.44, 2.9)
STRETCH_ERROR = 0.07
"""Of the height of a unit's box against its true one: the pitch of the rows, and the edges of the box."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Beams:
    """Fan beams, one an entry: distance of the near and the far wall, source above the floor (less is below), height of
    the cargo space, and how high its image is at the scale of its middle, as a multiple."""

    near: Floats
    far: Floats
    source: Floats
    height: Floats
    stretch: Floats
    lowest: Floats


def heights(share: float, stretch: float | None) -> tuple[float, float, float]:
    """Least, likely and most height above the floor, as shares of the true height, of what looks to be at `share` of
    the height of the unit's box. `stretch`: how much higher the box is than the unit, where that is known.
    """
    beams = _beams()
    fits = np.ones(len(beams.near), np.bool_)
    if stretch is not None:
        fits = np.abs(beams.stretch / stretch - 1) <= STRETCH_ERROR
        if not fits.any():
            fits[:] = True
    middle = (beams.near + beams.far) / 2
    looks = beams.lowest + share * beams.stretch * beams.height
    by_depth = [
        np.clip((beams.source + (looks - beams.source) * at / middle) / beams.height, 0, 1)[fits]
        for at in (beams.near, middle, beams.far)
    ]
    least, most = min(float(each.min()) for each in by_depth), max(float(each.max()) for each in by_depth)
    return least, float(np.median(by_depth[1])), most


@cache
def _beams() -> _Beams:
    near, width, source, floor, height = (
        axis.ravel()
        for axis in np.meshgrid(
            np.linspace(*NEAR_WALL_M, 12),
            np.array(WIDTH_M),
            np.linspace(*SOURCE_M, 14),
            np.linspace(*FLOOR_M, 4),
            np.array(HEIGHT_M),
            indexing="ij",
        )
    )
    far, above = near + width, source - floor
    middle = (near + far) / 2
    edges = np.stack(
        [
            above + (edge - above) * middle / wall
            for edge in (np.zeros_like(near), height)
            for wall in (near, far)
        ]
    )
    lowest, highest = edges.min(axis=0), edges.max(axis=0)
    return _Beams(near, far, above, height, (highest - lowest) / height, lowest)
