"""How a vendor's 8-bit picture shows transmission, estimated from the steel of the container in it.

Assumed: grey = bright * T ** gamma. Two known thicknesses carry the estimate, in every dry steel container seen
from the side by a fan beam: rays through both side walls, and above the far top rail those that enter through the
near wall and leave through the roof. The border between the two is the far top rail, a step in the rows; its height
gives the distance of the source, as the far wall appears lower than the near one. Air gives `bright`. Three levels for
two parameters: what is left over, in grey levels, is the check. It says nothing of the dark end, where no thickness is
known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallyscan.physics.beam import beam_of
from tallyscan.physics.forward import forward_model, project
from tallyscan.physics.materials import STEEL
from tallyscan.scan import Float32Array
from training.simulate.container_frame import HALF_WIDTH_MM

Grey = NDArray[np.uint8]
WALL_G_CM2 = 1.35  # one side wall: 1.6 mm of steel, trapezoidal, so 7 % longer than flat
ROOF_G_CM2 = 1.62  # 2.0 mm of steel, flat but for shallow corrugations
BEAM = beam_of(
    6.0
)  # unknown; between 4 and 9 MV alpha of thin steel differs by a tenth, which gamma takes up
USUAL_FAR_RAIL = 0.4  # of the box's height, from its top
FAR_RAIL_REACH = (0.33, 0.48)
LEAST_STEP = 8.0  # grey levels from above to below the far rail
LEAST_WALL = 0.8  # of the bright level; darker is goods
USUAL_GAMMA = 0.66
# The source of a road portal is near the ground, the floor of a container on its chassis 1.2 to 1.5 m above it.
SOURCE_BELOW_MM = 1200.0
GAMMA_REACH = (0.3, 1.6)


@dataclass(frozen=True)
class DisplayCurve:
    """grey = bright * T ** gamma.

    `far_rail` is the height of the far top rail below the top of the box, as a share of the box. `misfit_grey` is the
    rms of what two known thicknesses are off the curve, None where gamma was not measured in this very picture.
    """

    bright: float
    gamma: float
    far_rail: float
    misfit_grey: float | None

    def transmission(self, grey: NDArray[np.floating] | Grey) -> Float32Array:
        """Transmission in (0, 1]; a grey of 0 counts as half a level."""
        share = np.clip(np.asarray(grey, np.float32), 0.5, self.bright) * np.float32(1 / self.bright)
        return np.asarray(share ** np.float32(1 / self.gamma), np.float32)


def source_distance_mm(far_rail: float, height_mm: float, below_mm: float = SOURCE_BELOW_MM) -> float:
    """From the source to the middle of a container of this height that stands `below_mm` above the source.

    Its box ends with the top of the near wall and, as what is farther appears closer to the height of the source, with
    the bottom of the far one. `far_rail` follows from the ratio k of the magnifications of the two walls.
    """
    top = height_mm + below_mm
    k = top * (1 - far_rail) / (top - far_rail * below_mm)
    return HALF_WIDTH_MM * (1 + k) / (1 - k)


def box_span_mm(distance_mm: float, height_mm: float, below_mm: float) -> tuple[float, float]:
    """Heights over the source, in the plane of the middle, at which a container's box begins (below) and ends."""
    near, far = (distance_mm / (distance_mm + z) for z in (-HALF_WIDTH_MM, HALF_WIDTH_MM))
    return below_mm * far, (height_mm + below_mm) * near


def structure_g_cm2(
    far_rail: float, height_mm: float, rows: NDArray[np.floating], below_mm: float = SOURCE_BELOW_MM
) -> Float32Array:
    """Steel in g/cm2 along the rays at `rows`, the share of the box's height below its top; without rails and floor."""
    distance = source_distance_mm(far_rail, height_mm, below_mm)
    low, high = box_span_mm(distance, height_mm, below_mm)
    slope = (high + (low - high) * np.asarray(rows, np.float64)) / distance
    along = np.sqrt(1 + slope**2)
    second = np.where(np.asarray(rows) < far_rail, ROOF_G_CM2 / np.maximum(slope, 0.1), WALL_G_CM2)
    return np.asarray((WALL_G_CM2 + second) * along, np.float32)


def steel_alpha(areal_g_cm2: NDArray[np.floating]) -> NDArray[np.float64]:
    """Attenuation of steel in the assumed beam."""
    return forward_model(BEAM).attenuation(
        project(STEEL, BEAM)[:, None] * np.asarray(areal_g_cm2, np.float64)
    )


def far_rail_step(grey: Grey, box: tuple[int, int, int, int]) -> tuple[float, float, float] | None:
    """(share of the height, grey above, grey below) of the far top rail in the box (x0, y0, x1, y1).

    None where no clear step is found: goods behind it, or no dry steel container. Each row counts by its bright part,
    the 85th percentile: ribs, goods and dunnage only make single columns darker.
    """
    x0, y0, x1, y1 = box
    height, inset = y1 - y0, (x1 - x0) // 10
    rows = np.percentile(grey[y0:y1, x0 + inset : x1 - inset], 85, axis=1)
    first, last = (round(share * height) for share in FAR_RAIL_REACH)
    if height < 100:
        return None
    steps = [
        float(np.median(rows[r + 3 : r + 15]) - np.median(rows[r - 15 : r - 3])) for r in range(first, last)
    ]
    best = int(np.argmax(steps))
    if steps[best] < LEAST_STEP:
        return None
    # A sharp step is as high from a few rows before to a few rows behind it.
    near = range(max(best - 12, 0), min(best + 13, len(steps)))
    at = first + round(float(np.mean([i for i in near if steps[i] > 0.85 * steps[best]])))
    band, wall = np.median(rows[at - 40 : at - 12]), np.median(rows[at + 12 : at + 40])
    return at / height, float(band), float(wall)


def fitted_curve(grey: Grey, box: tuple[int, int, int, int], height_mm: float) -> DisplayCurve | None:
    """The curve of a picture with a container of this height in its box; None where it shows too little of it."""
    x0, y0, x1, _ = box
    bright = bright_level(grey, box)
    found = far_rail_step(grey, (x0, y0, x1, box[3]))
    if found is None:
        return None
    far_rail, band, wall = found
    if not LEAST_WALL * bright <= wall < bright or band >= wall:
        return None
    at = np.array([far_rail - 0.04, far_rail + 0.04])
    alpha = steel_alpha(structure_g_cm2(far_rail, height_mm, at))
    shown = -np.log(np.array([band, wall]) / bright)
    gamma = float(np.clip((alpha * shown).sum() / (alpha**2).sum(), *GAMMA_REACH))
    misfit = bright * np.exp(-gamma * alpha) - np.array([band, wall])
    return DisplayCurve(bright, gamma, far_rail, float(np.sqrt((misfit**2).mean())))


def bright_level(grey: Grey, box: tuple[int, int, int, int]) -> float:
    """Grey of the open beam: the median above the box, or the bright end of the picture where nothing is above it."""
    x0, y0, x1, _ = box
    if y0 >= 12:
        return float(np.median(grey[: y0 - 6, x0:x1]))
    return float(np.percentile(grey, 99))


def pooled_curve(grey: Grey, box: tuple[int, int, int, int], known: Sequence[DisplayCurve]) -> DisplayCurve:
    """For a picture whose walls cannot be told: its own bright level, gamma and rail as in the others."""
    gamma = float(np.median([curve.gamma for curve in known])) if known else USUAL_GAMMA
    rail = float(np.median([curve.far_rail for curve in known])) if known else USUAL_FAR_RAIL
    return DisplayCurve(bright_level(grey, box), gamma, rail, None)
