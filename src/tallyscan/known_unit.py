"""What is kept of a cargo unit, so that later ones can be held against it: its load in numbers, and its vehicle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from tallyscan.scan import Float32Array

FEATURES_VERSION = 1
"""Features of another version are not compared: raise it with any change to `reconcile/load_features.py`."""

FEATURES: dict[str, tuple[str, str]] = {
    "mass_per_metre": ("mass per metre", "t/m"),
    "areal_density_10": ("areal density of the thinnest tenth", "g/cm2"),
    "areal_density_25": ("areal density of the thinner quarter", "g/cm2"),
    "areal_density_50": ("areal density", "g/cm2"),
    "areal_density_75": ("areal density of the thicker quarter", "g/cm2"),
    "areal_density_90": ("areal density of the thickest tenth", "g/cm2"),
    "share_top": ("density of the top quarter over the mean", ""),
    "share_upper": ("density of the upper quarter over the mean", ""),
    "share_lower": ("density of the lower quarter over the mean", ""),
    "share_bottom": ("density of the bottom quarter over the mean", ""),
    "height_10": ("height of the lowest goods", "mm"),
    "height_50": ("height of the goods", "mm"),
    "height_90": ("height of the highest goods", "mm"),
    "without_goods": ("share of the length without goods", ""),
    "change_along": ("change of density along the unit", ""),
    "largest_step": ("largest step of density along the unit", ""),
    "ends_differ": ("difference of density between the ends", ""),
    "texture_20": ("pattern of 20 mm", ""),
    "texture_40": ("pattern of 40 mm", ""),
    "texture_80": ("pattern of 80 mm", ""),
    "texture_160": ("pattern of 160 mm", ""),
    "texture_320": ("pattern of 320 mm", ""),
    "upright_20": ("direction of the pattern of 20 mm", ""),
    "upright_40": ("direction of the pattern of 40 mm", ""),
    "upright_80": ("direction of the pattern of 80 mm", ""),
    "upright_160": ("direction of the pattern of 160 mm", ""),
    "upright_320": ("direction of the pattern of 320 mm", ""),
    "regular_along": ("regularity along the unit", ""),
    "spacing_along": ("spacing along the unit", "mm"),
    "regular_upward": ("regularity of layers", ""),
    "spacing_upward": ("spacing of layers", "mm"),
    "material_mean": ("ratio of the two energies", ""),
    "material_10": ("ratio of the two energies, heaviest tenth", ""),
    "material_90": ("ratio of the two energies, lightest tenth", ""),
    "not_penetrated": ("share that let nothing through", ""),
}
"""Name, words and unit of each feature, in the order of the vector."""

FEATURE_NAMES = tuple(FEATURES)
SHAPE_VERSION = 1
"""Shapes of another version are not compared: raise it with any change to `reconcile/vehicle_shape.py`."""

SHAPE_CELL_MM = 20.0
SHAPE_LEVELS = 32.0
NOT_SEEN = 255
"""Code of a cell that the image does not show, or in which nothing was measured."""


@dataclass(frozen=True, eq=False)
class VehicleShape:
    """The lower edge of a cargo unit and all below it, along the whole image, in cells of `SHAPE_CELL_MM`.

    `cells` is uint8 (rows, columns): attenuation times `SHAPE_LEVELS`. The box of the unit ends below row `floor_row`
    and reaches from column `left` to `right`.
    """

    cells: NDArray[np.uint8]
    floor_row: int
    left: float
    right: float


@dataclass(frozen=True, eq=False)
class SeenUnit:
    """One cargo unit of the scan that is read, as far as earlier ones are asked about it.

    `scanner` names the kind of scanner: images of another kind are not compared. `heading` are the first four digits of
    the commodity code of its main goods, `trader` who sends or gets them by identification number, `route` from where
    to where; None: not known. `plate` and `container` are as marks are compared. `features` and `shape` are None where
    the image does not give them; `loaded` is whether goods are declared in it.
    """

    unit: int
    scanner: str
    features: Float32Array | None = None
    shape: VehicleShape | None = None
    loaded: bool = False
    heading: str | None = None
    trader: str | None = None
    route: str | None = None
    plate: str | None = None
    container: str | None = None


@dataclass(frozen=True, eq=False)
class KnownLoads:
    """Earlier units of one kind of goods: `features` float32 (units, features), `scans` the ids of theirs, in order of
    time. `of_other_scanners` counts those that cannot be compared.
    """

    features: Float32Array
    scans: Sequence[str]
    of_other_scanners: int = 0


@dataclass(frozen=True, eq=False)
class KnownVehicle:
    """An earlier scan of a vehicle; `container` is that of the unit it carried then."""

    scan_id: str
    at: datetime
    scanner: str
    shape: VehicleShape
    container: str | None
