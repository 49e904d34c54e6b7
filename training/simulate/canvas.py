"""Where a scene is drawn: areal densities and labels on the canonical 5 mm grid."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tallyscan.physics.attenuation import Material
from tallyscan.physics.beam import beam_of
from tallyscan.physics.forward import BASIS, project
from tallyscan.scan import CANONICAL_PITCH_MM

Float32Array = NDArray[np.float32]
# One projection serves every beam: the difference in alpha is below 0.1 % from 4 to 9 MeV.
PROJECTION_BEAM = beam_of(6.0)

BACKGROUND, CARGO_SPACE, STRUCTURE, UNIT_END = range(4)


def px(millimetres: float) -> int:
    """Canonical pixels of a length."""
    return round(millimetres / CANONICAL_PITCH_MM)


@dataclass
class Canvas:
    """`basis` (3, height, width) and `goods` (height, width) in g/cm2, `layout` and `commodity` labels.

    `commodity` is 255 where there are no goods, else the index in `tallyscan.commodity.COMMODITY_CLASSES`;
    `anomaly` holds one mask for each hidden thing.
    """

    basis: Float32Array
    goods: Float32Array
    layout: NDArray[np.uint8]
    commodity: NDArray[np.uint8]
    anomalies: list["DrawnAnomaly"] = field(default_factory=list)

    @classmethod
    def empty(cls, height: int, width: int) -> "Canvas":
        """Nothing but air."""
        return cls(
            np.zeros((len(BASIS), height, width), np.float32),
            np.zeros((height, width), np.float32),
            np.full((height, width), BACKGROUND, np.uint8),
            np.full((height, width), 255, np.uint8),
        )

    @property
    def height(self) -> int:
        """Rows."""
        return self.goods.shape[0]

    @property
    def width(self) -> int:
        """Columns."""
        return self.goods.shape[1]

    def add(
        self,
        material: Material,
        areal_g_cm2: Float32Array | float,
        y0: int,
        x0: int,
        height: int | None = None,
        width: int | None = None,
        *,
        goods: bool = False,
    ) -> None:
        """Add matter to a rectangle; what lies outside the canvas is cut off."""
        if not isinstance(areal_g_cm2, np.ndarray):
            areal_g_cm2 = np.full((height or 0, width or 0), areal_g_cm2, np.float32)
        top, left = max(y0, 0), max(x0, 0)
        bottom = min(y0 + areal_g_cm2.shape[0], self.height)
        right = min(x0 + areal_g_cm2.shape[1], self.width)
        if bottom <= top or right <= left:
            return
        part = areal_g_cm2[top - y0 : bottom - y0, left - x0 : right - x0]
        for index, share in enumerate(project(material, PROJECTION_BEAM)):
            if abs(share) > 1e-4:
                self.basis[index, top:bottom, left:right] += np.float32(share) * part
        if goods:
            self.goods[top:bottom, left:right] += part

    def label(self, value: int, y0: int, x0: int, y1: int, x1: int) -> None:
        """Mark a rectangle of the layout."""
        self.layout[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = value


@dataclass
class DrawnAnomaly:
    """One hidden thing: its family, the pixels it covers, and what it added there in g/cm2 (void: removed)."""

    family: str
    y0: int
    x0: int
    mask: NDArray[np.bool_]
    added_g_cm2: Float32Array
