"""What is kept of a cargo unit, so that later ones can be held against it: its load in numbers, and its vehicle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from tallyscan.scan import Float32Array
from tallyscan.wording import NOTHING, Wording, said

FEATURES_VERSION = 1
"""Features of another version are not compared: raise it with any change to `reconcile/load_features.py`."""

FEATURES: dict[str, tuple[Wording, Wording]] = {
    "mass_per_metre": (said("mass per metre"), said("t/m")),
    "areal_density_10": (said("areal density of the thinnest tenth"), said("g/cm2")),
    "areal_density_25": (said("areal density of the thinner quarter"), said("g/cm2")),
    "areal_density_50": (said("areal density"), said("g/cm2")),
    "areal_density_75": (said("areal density of the thicker quarter"), said("g/cm2")),
    "areal_density_90": (said("areal density of the thickest tenth"), said("g/cm2")),
    "share_top": (said("density of the top quarter over the mean"), NOTHING),
    "share_upper": (said("density of the upper quarter over the mean"), NOTHING),
    "share_lower": (said("density of the lower quarter over the mean"), NOTHING),
    "share_bottom": (said("density of the bottom quarter over the mean"), NOTHING),
    "height_10": (said("height of the lowest goods"), said("mm")),
    "height_50": (said("height of the goods"), said("mm")),
    "height_90": (said("height of the highest goods"), said("mm")),
    "without_goods": (said("share of the length without goods"), NOTHING),
    "change_along": (said("change of density along the unit"), NOTHING),
    "largest_step": (said("largest step of density along the unit"), NOTHING),
    "ends_differ": (said("difference of density between the ends"), NOTHING),
    "texture_20": (said("pattern of 20 mm"), NOTHING),
    "texture_40": (said("pattern of 40 mm"), NOTHING),
    "texture_80": (said("pattern of 80 mm"), NOTHING),
    "texture_160": (said("pattern of 160 mm"), NOTHING),
    "texture_320": (said("pattern of 320 mm"), NOTHING),
    "upright_20": (said("direction of the pattern of 20 mm"), NOTHING),
    "upright_40": (said("direction of the pattern of 40 mm"), NOTHING),
    "upright_80": (said("direction of the pattern of 80 mm"), NOTHING),
    "upright_160": (said("direction of the pattern of 160 mm"), NOTHING),
    "upright_320": (said("direction of the pattern of 320 mm"), NOTHING),
    "regular_along": (said("regularity along the unit"), NOTHING),
    "spacing_along": (said("spacing along the unit"), said("mm")),
    "regular_upward": (said("regularity of layers"), NOTHING),
    "spacing_upward": (said("spacing of layers"), said("mm")),
    "material_mean": (said("ratio of the two energies"), NOTHING),
    "material_10": (said("ratio of the two energies, heaviest tenth"), NOTHING),
    "material_90": (said("ratio of the two energies, lightest tenth"), NOTHING),
    "not_penetrated": (said("share that let nothing through"), NOTHING),
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
