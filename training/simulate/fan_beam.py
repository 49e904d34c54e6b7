"""The fan beam: one source, one line of detectors, the vehicle passing between them.

Every column of the image is one plane across the vehicle, so nothing is magnified along the travel; within the plane
rays spread from the source, so what is near is larger than what is far, and a ray can enter through a wall and leave
through the roof. In the plane, `w` is the distance from the source towards the detectors and `v` the direction across
the fan: a side view has v = y (up) and w along z, a top view v = z and w downwards along y.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tallyscan.physics.attenuation import FloatArray
from training.simulate.solids import Box3

View = Literal["side", "top"]
_FLATTEST = 1e-9  # slope: a level ray would divide by zero


@dataclass(frozen=True, eq=False)
class FanBeam:
    """One view.

    `source_mm` is the source's place in the direction v, `centre_mm` its distance along w from the vehicle's centre
    line (side view) or from the ground (top view: the source's height). `rows_mm` (rows,) is where each ray, row 0
    first, meets the reference plane: that through the centre line, or for a top view the one at `plane_mm` from
    the source. In side views row 0 is the top. `mirrored` is seen from the vehicle's other side; from above, by a
    machine that is built the other way round.
    """

    view: View
    source_mm: float
    centre_mm: float
    rows_mm: FloatArray
    plane_mm: float
    mirrored: bool = False

    @property
    def slopes(self) -> FloatArray:
        """dv/dw of each row's ray."""
        return np.asarray((self.rows_mm - self.source_mm) / self.plane_mm, np.float64)

    @property
    def pitch_mm(self) -> float:
        """Mean distance of rows in the reference plane."""
        return float(abs(self.rows_mm[-1] - self.rows_mm[0]) / (len(self.rows_mm) - 1))

    def v_bounds(
        self, y0: FloatArray, y1: FloatArray, z0: FloatArray, z1: FloatArray
    ) -> tuple[FloatArray, ...]:
        """World bounds -> (v0, v1, w0, w1) in the plane of the fan."""
        if self.mirrored:
            z0, z1 = -z1, -z0
        if self.view == "side":
            return y0, y1, z0 + self.centre_mm, z1 + self.centre_mm
        return z0, z1, self.centre_mm - y1, self.centre_mm - y0

    def row_of(self, v: FloatArray | float, w: FloatArray | float) -> FloatArray:
        """Row (fractional, may lie outside) in which a point of the fan's plane appears."""
        at_plane = self.source_mm + (np.asarray(v, np.float64) - self.source_mm) * self.plane_mm / np.asarray(
            w
        )
        index = np.arange(len(self.rows_mm), dtype=np.float64)
        step = (self.rows_mm[-1] - self.rows_mm[0]) / (len(self.rows_mm) - 1)
        order = slice(None) if step > 0 else slice(None, None, -1)
        inside = np.interp(at_plane, self.rows_mm[order], index[order])
        first, last = self.rows_mm[0], self.rows_mm[-1]
        before, after = (at_plane - first) / step, (at_plane - last) / step
        row = np.where(before < 0, before, np.where(after > 0, len(index) - 1 + after, inside))
        return np.asarray(row, np.float64)

    def rows_spanned(self, extent: Box3) -> tuple[float, float]:
        """First and last row (fractional, may lie outside) of the shadow of a box."""
        y0, y1, z0, z1 = (np.array([value]) for value in extent[2:])
        v0, v1, w0, w1 = (float(value[0]) for value in self.v_bounds(y0, y1, z0, z1))
        rows = self.row_of(np.array([v0, v0, v1, v1]), np.maximum(np.array([w0, w1, w0, w1]), 1.0))
        return float(rows.min()), float(rows.max())

    def depths(self, extent: Box3, rows: slice) -> FloatArray:
        """Mean of w over the reference plane's along each row's ray inside a box, (rows,).

        So much taller is a pixel where the box's matter is than in the reference plane: matter that is near fills
        more pixels, each of which has to weigh less.
        """
        v0, v1, w0, w1 = self.v_bounds(*(np.array([value]) for value in extent[2:]))
        t = self.slopes[rows]
        t = np.where(np.abs(t) < _FLATTEST, _FLATTEST, t)
        a, b = (v0 - self.source_mm) / t, (v1 - self.source_mm) / t
        near, far = np.minimum(a, b).clip(w0, w1), np.maximum(a, b).clip(w0, w1)
        return np.asarray((near + far) / (2 * self.plane_mm), np.float64)


def even_rows(high_mm: float, low_mm: float, pitch_mm: float) -> FloatArray:
    """Rows at even distances in the reference plane, from high to low: what a scanner's software rectifies to."""
    count = max(round((high_mm - low_mm) / pitch_mm), 2)
    return np.asarray(high_mm - (np.arange(count) + 0.5) * pitch_mm, np.float64)
