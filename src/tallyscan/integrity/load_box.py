"""Where the load lies in the image: the frame in which pictures are compared, whatever was cut off around it."""

from typing import NamedTuple

import cv2
import numpy as np

from tallyscan.scan import Float32Array

_CELL_PX = 4  # canonical, 20 mm
_OPEN_PERCENTILE, _THICK_PERCENTILE = 10.0, 90.0
_IN_THE_BEAM = (
    0.08  # of the way from the one to the other: more than drift, noise and scatter of the open beam
)
_LEAST_ATTENUATION = 0.02
_AIR = 0.2  # of the median of what stands in the beam: thin walls, which exports wash out
_DENSE_SHARE = 0.6  # of the load counts as dense; its order is the same under every grey scale
_REACH = 1.75  # standard deviations to either side: what is evenly spread lies within 1.73


class LoadBox(NamedTuple):
    """A rectangle in canonical pixels with fractions: left, top, right, bottom. It may reach beyond the image."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Along the travel."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """From the top down."""
        return self.y1 - self.y0

    def mirrored(self, image_width: int) -> "LoadBox":
        """The same in the image with left and right exchanged."""
        return LoadBox(image_width - self.x1, self.y0, image_width - self.x0, self.y1)


def load_box(attenuation: Float32Array) -> LoadBox | None:
    """The box of the dense part of what stands in the beam; None where nothing does.

    `attenuation` (height, width) is -ln T, or that of a display image. Dense is what exceeds all but `_DENSE_SHARE`
    of what is clearly not air: a rising grey scale keeps that order, and air that is cut off or added plays no part.
    Mean and spread of its places make the box: they move a little where a little changes, as no outermost line does.
    """
    height, width = attenuation.shape
    size = (max(width // _CELL_PX, 1), max(height // _CELL_PX, 1))
    coarse = np.asarray(cv2.resize(attenuation, size, interpolation=cv2.INTER_AREA), np.float32)
    coarse -= np.float32(np.percentile(coarse, _OPEN_PERCENTILE))  # another gain moves the open beam
    least = max(_IN_THE_BEAM * float(np.percentile(coarse, _THICK_PERCENTILE)), _LEAST_ATTENUATION)
    stands = coarse[coarse > least]
    if not stands.size:
        return None
    load = coarse[coarse > max(least, _AIR * float(np.median(stands)))]
    dense = coarse >= np.quantile(load, 1 - _DENSE_SHARE)
    columns, rows = _reach(dense.sum(axis=0)), _reach(dense.sum(axis=1))
    if columns is None or rows is None:
        return None
    across, down = width / size[0], height / size[1]
    return LoadBox(columns[0] * across, rows[0] * down, columns[1] * across, rows[1] * down)


def _reach(counts: np.ndarray) -> tuple[float, float] | None:
    """Where cells counted by line are: mean and `_REACH` deviations to either side; None when on a single line."""
    places = np.arange(len(counts)) + 0.5
    mean = float(np.average(places, weights=counts))
    spread = float(np.average((places - mean) ** 2, weights=counts)) ** 0.5
    return (mean - _REACH * spread, mean + _REACH * spread) if spread > 1 else None
