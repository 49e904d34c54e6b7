"""What a scene is made of: solids in millimetres, each of one material.

World axes: x along the travel, y up from the ground, z across the vehicle with 0 on its centre line. At every x a
solid is a rectangle, a set of rectangles, or an ellipse in the (y, z) plane, which is the plane of the fan beam. So a
column of the image is exact for whatever shape a solid has along x. Densities are those of the solid in g/cm3; a
negative one takes away (a hole, displaced goods).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tallyscan.physics.attenuation import FloatArray, Material

MM3_G_CM3_TO_KG = 1e-6
ROUND_KNOTS = 33


class Box3(NamedTuple):
    """An upright box in mm."""

    x0: float
    x1: float
    y0: float
    y1: float
    z0: float
    z1: float

    @property
    def size(self) -> tuple[float, float, float]:
        """Length, height and depth in mm."""
        return self.x1 - self.x0, self.y1 - self.y0, self.z1 - self.z0

    def inset(self, dx: float = 0.0, dy: float = 0.0, dz: float = 0.0) -> "Box3":
        """Smaller by so much at either side; negative values make it larger."""
        return Box3(self.x0 + dx, self.x1 - dx, self.y0 + dy, self.y1 - dy, self.z0 + dz, self.z1 - dz)

    def overlap(self, other: "Box3") -> "Box3 | None":
        """What both cover; None when that is nothing."""
        low = [max(a, b) for a, b in zip(self[::2], other[::2], strict=True)]
        high = [min(a, b) for a, b in zip(self[1::2], other[1::2], strict=True)]
        if any(a >= b for a, b in zip(low, high, strict=True)):
            return None
        return Box3(low[0], high[0], low[1], high[1], low[2], high[2])


@dataclass(frozen=True, eq=False)
class Texture:
    """A factor around 1 over a solid's extent, (rows, columns) from its top left: matter that is not even."""

    lattice: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Sway:
    """How goods have moved: sag in mm at knots along x, full at the top and none at the floor; lean in mm per mm."""

    x_mm: FloatArray
    sag_mm: FloatArray
    lean: float = 0.0


@dataclass(frozen=True, eq=False)
class Grid:
    """Rectangular cells between edges along x, y and z; `density` (nx, ny, nz) in g/cm3.

    Cartons, pallets, planks, bales, bricks, corrugated walls; gaps are cells of density 0.
    """

    material: Material
    x_mm: FloatArray
    y_mm: FloatArray
    z_mm: FloatArray
    density: NDArray[np.float32]
    texture: Texture | None = None
    sway: Sway | None = None

    @property
    def extent(self) -> Box3:
        """The box around it."""
        return Box3(*(float(edges[end]) for edges in (self.x_mm, self.y_mm, self.z_mm) for end in (0, -1)))

    @property
    def mass_kg(self) -> float:
        """Mass of all cells."""
        volumes = np.einsum("i,j,k->ijk", np.diff(self.x_mm), np.diff(self.y_mm), np.diff(self.z_mm))
        return float((volumes * self.density).sum()) * MM3_G_CM3_TO_KG


@dataclass(frozen=True, eq=False)
class Loft:
    """At each x a rectangle [y0, y1] x [z0, z1], given at knots and straight in between.

    Plates, beams, posts, wedges, heaps; discs whose axis lies across (y bounds follow a circle) and upright
    cylinders (z bounds do).
    """

    material: Material
    x_mm: FloatArray
    y0_mm: FloatArray
    y1_mm: FloatArray
    z0_mm: FloatArray
    z1_mm: FloatArray
    density: float
    texture: Texture | None = None

    @property
    def extent(self) -> Box3:
        """The box around it."""
        return Box3(
            float(self.x_mm[0]), float(self.x_mm[-1]), float(self.y0_mm.min()), float(self.y1_mm.max()),
            float(self.z0_mm.min()), float(self.z1_mm.max()),
        )  # fmt: skip

    @property
    def mass_kg(self) -> float:
        """Mass, by the trapezoidal rule over the knots."""
        area = np.maximum(self.y1_mm - self.y0_mm, 0) * np.maximum(self.z1_mm - self.z0_mm, 0)
        return float(np.trapezoid(area, self.x_mm)) * self.density * MM3_G_CM3_TO_KG


@dataclass(frozen=True, eq=False)
class Round:
    """At each x an ellipse around (cy, cz) with half axes ay and az, given at knots: bags, tanks, pipes along x."""

    material: Material
    x_mm: FloatArray
    cy_mm: FloatArray
    cz_mm: FloatArray
    ay_mm: FloatArray
    az_mm: FloatArray
    density: float
    texture: Texture | None = None

    @property
    def extent(self) -> Box3:
        """The box around it."""
        return Box3(
            float(self.x_mm[0]), float(self.x_mm[-1]),
            float((self.cy_mm - self.ay_mm).min()), float((self.cy_mm + self.ay_mm).max()),
            float((self.cz_mm - self.az_mm).min()), float((self.cz_mm + self.az_mm).max()),
        )  # fmt: skip

    @property
    def mass_kg(self) -> float:
        """Mass, by the trapezoidal rule over the knots."""
        area = np.pi * self.ay_mm * self.az_mm
        return float(np.trapezoid(area, self.x_mm)) * self.density * MM3_G_CM3_TO_KG


Solid = Grid | Loft | Round


def density_of(material: Material, density_g_cm3: float | None) -> float:
    """The given density, else the material's own. Raises `ValueError` when neither is known."""
    density = material.density_g_cm3 if density_g_cm3 is None else density_g_cm3
    if density is None:
        raise ValueError(f"{material.name} has no density of its own: give one")
    return density


def box(material: Material, extent: Box3, density_g_cm3: float | None = None) -> Loft:
    """A block of matter."""
    x0, x1, y0, y1, z0, z1 = (float(v) for v in extent)
    two = np.ones(2)
    return Loft(
        material, np.array([x0, x1]), y0 * two, y1 * two, z0 * two, z1 * two, density_of(material, density_g_cm3)
    )  # fmt: skip


def _circle(radius: float) -> tuple[FloatArray, FloatArray]:
    """Knots along a diameter, close where the chord changes fast, and the half chord there."""
    angle = np.linspace(0, np.pi, ROUND_KNOTS)
    return -radius * np.cos(angle), radius * np.sin(angle)


def cylinder_across(
    material: Material,
    x: float,
    y: float,
    radius: float,
    z0: float,
    z1: float,
    density_g_cm3: float | None = None,
) -> Loft:
    """A cylinder whose axis lies across the vehicle (along z): wheels, rolls on their side, shafts."""
    dx, half = _circle(radius)
    one = np.ones_like(dx)
    return Loft(material, x + dx, y - half, y + half, z0 * one, z1 * one, density_of(material, density_g_cm3))


def cylinder_upright(
    material: Material,
    x: float,
    z: float,
    radius: float,
    y0: float,
    y1: float,
    density_g_cm3: float | None = None,
) -> Loft:
    """A cylinder whose axis stands upright (along y): drums, bottles, paper rolls, gas bottles."""
    dx, half = _circle(radius)
    one = np.ones_like(dx)
    return Loft(material, x + dx, y0 * one, y1 * one, z - half, z + half, density_of(material, density_g_cm3))


def cylinder_along(
    material: Material,
    x0: float,
    x1: float,
    y: float,
    z: float,
    radius: float,
    density_g_cm3: float | None = None,
) -> Round:
    """A cylinder whose axis lies along the travel (along x): pipes, tanks, axles seen from the end."""
    two = np.ones(2)
    return Round(
        material, np.array([x0, x1]), y * two, z * two, radius * two, radius * two, density_of(material, density_g_cm3)
    )  # fmt: skip


def ellipsoid(
    material: Material, extent: Box3, density_g_cm3: float | None = None, power: float = 2.0
) -> Round:
    """The (super)ellipsoid in a box; a power above 2 is fuller: holdalls, sacks, bodies."""
    length, height, depth = extent.size
    angle = np.linspace(0, np.pi, ROUND_KNOTS)
    along = -np.cos(angle)
    half = np.maximum(1 - np.abs(along) ** power, 0) ** (1 / power)
    one = np.ones_like(along)
    x, y, z = (0.5 * (extent[i] + extent[i + 1]) for i in (0, 2, 4))
    return Round(
        material, x + along * length / 2, y * one, z * one, half * height / 2, half * depth / 2,
        density_of(material, density_g_cm3),
    )  # fmt: skip


def prism(
    material: Material,
    corners: Sequence[tuple[float, float]],
    z0: float,
    z1: float,
    density_g_cm3: float | None = None,
) -> Loft:
    """A convex polygon of (x, y) corners, extruded across the vehicle: tilted boxes, wedges, barrels aslant."""
    points = np.asarray(corners, np.float64)
    if np.ptp(points[:, 0]) <= 0:
        raise ValueError("a prism needs a length along x")
    knots = np.unique(points[:, 0])
    following = np.roll(points, -1, axis=0)
    low, high = np.full(len(knots), np.inf), np.full(len(knots), -np.inf)
    for (ax, ay), (bx, by) in zip(points, following, strict=True):
        if ax == bx:  # its ends are ends of the edges beside it as well
            continue
        on = (knots >= min(ax, bx)) & (knots <= max(ax, bx))
        y = ay + (knots[on] - ax) / (bx - ax) * (by - ay)
        low[on], high[on] = np.minimum(low[on], y), np.maximum(high[on], y)
    one = np.ones_like(knots)
    return Loft(material, knots, low, high, z0 * one, z1 * one, density_of(material, density_g_cm3))


def bar(
    material: Material,
    start: tuple[float, float],
    end: tuple[float, float],
    thickness: float,
    z0: float,
    z1: float,
    density_g_cm3: float | None = None,
) -> Loft:
    """A straight bar between two (x, y) points, `thickness` wide in that plane, from z0 to z1."""
    (ax, ay), (bx, by) = start, end
    length = max(float(np.hypot(bx - ax, by - ay)), 1e-6)
    nx, ny = -(by - ay) / length * thickness / 2, (bx - ax) / length * thickness / 2
    corners = [(ax + nx, ay + ny), (bx + nx, by + ny), (bx - nx, by - ny), (ax - nx, ay - ny)]
    return prism(material, corners, z0, z1, density_g_cm3)


def hole(solid: Loft | Round, shrink_mm: float) -> Loft | Round:
    """The negative of a solid, smaller by a wall thickness on every side: added to it, it leaves a shell."""
    x0, x1 = solid.x_mm[0], solid.x_mm[-1]
    length = x1 - x0
    if length <= 2 * shrink_mm:
        raise ValueError("the wall is thicker than the solid")
    x = x0 + shrink_mm + (solid.x_mm - x0) * (1 - 2 * shrink_mm / length)
    if isinstance(solid, Loft):
        y_mid, z_mid = (solid.y0_mm + solid.y1_mm) / 2, (solid.z0_mm + solid.z1_mm) / 2
        return replace(
            solid, x_mm=x, density=-solid.density,
            y0_mm=np.minimum(solid.y0_mm + shrink_mm, y_mid), y1_mm=np.maximum(solid.y1_mm - shrink_mm, y_mid),
            z0_mm=np.minimum(solid.z0_mm + shrink_mm, z_mid), z1_mm=np.maximum(solid.z1_mm - shrink_mm, z_mid),
        )  # fmt: skip
    return replace(
        solid, x_mm=x, density=-solid.density,
        ay_mm=np.maximum(solid.ay_mm - shrink_mm, 0), az_mm=np.maximum(solid.az_mm - shrink_mm, 0),
    )  # fmt: skip


def filled_with(void: Loft | Round, material: Material, density_g_cm3: float | None = None) -> Loft | Round:
    """The same shape full of something: what is inside a shell."""
    return replace(void, material=material, density=density_of(material, density_g_cm3), texture=None)


def moved(solid: Solid, dx: float = 0.0, dy: float = 0.0, dz: float = 0.0) -> Solid:
    """The same solid elsewhere."""
    if isinstance(solid, Grid):
        sway = replace(solid.sway, x_mm=solid.sway.x_mm + dx) if solid.sway else None
        return replace(
            solid, x_mm=solid.x_mm + dx, y_mm=solid.y_mm + dy, z_mm=solid.z_mm + dz, sway=sway
        )  # fmt: skip
    if isinstance(solid, Loft):
        return replace(
            solid, x_mm=solid.x_mm + dx, y0_mm=solid.y0_mm + dy, y1_mm=solid.y1_mm + dy,
            z0_mm=solid.z0_mm + dz, z1_mm=solid.z1_mm + dz,
        )  # fmt: skip
    return replace(solid, x_mm=solid.x_mm + dx, cy_mm=solid.cy_mm + dy, cz_mm=solid.cz_mm + dz)


def _clipped_edges(edges: FloatArray, low: float, high: float) -> tuple[FloatArray, NDArray[np.intp]]:
    """Edges inside [low, high] with those bounds, and which cell each new interval came from."""
    new = np.concatenate([[low], edges[(edges > low) & (edges < high)], [high]])
    middle = (new[1:] + new[:-1]) / 2
    return new, np.searchsorted(edges, middle) - 1


def taken_away(solid: Solid, room: Box3, share: float = 1.0) -> Solid | None:
    """What a box takes out of a solid, as a negative solid; None where they do not meet.

    Exact for grids and lofts (to their knots); a round solid is taken for the rectangle of the same area.
    """
    common = solid.extent.overlap(room)
    if common is None:
        return None
    if isinstance(solid, Grid):
        x, in_x = _clipped_edges(solid.x_mm, common.x0, common.x1)
        y, in_y = _clipped_edges(solid.y_mm, common.y0, common.y1)
        z, in_z = _clipped_edges(solid.z_mm, common.z0, common.z1)
        density = -share * solid.density[np.ix_(in_x, in_y, in_z)]
        return Grid(solid.material, x, y, z, density.astype(np.float32), None, solid.sway)
    inner = solid.x_mm[(solid.x_mm > common.x0) & (solid.x_mm < common.x1)]
    x = np.unique(np.concatenate([np.linspace(common.x0, common.x1, 9), inner]))

    def at(values: ArrayLike) -> FloatArray:
        return np.asarray(np.interp(x, solid.x_mm, np.asarray(values)))

    if isinstance(solid, Loft):
        bounds = [at(solid.y0_mm), at(solid.y1_mm), at(solid.z0_mm), at(solid.z1_mm)]
    else:
        full = np.sqrt(np.pi) / 2
        cy, cz, ay, az = (at(v) for v in (solid.cy_mm, solid.cz_mm, solid.ay_mm, solid.az_mm))
        bounds = [cy - full * ay, cy + full * ay, cz - full * az, cz + full * az]
    y0, y1 = np.maximum(bounds[0], common.y0), np.minimum(bounds[1], common.y1)
    z0, z1 = np.maximum(bounds[2], common.z0), np.minimum(bounds[3], common.z1)
    return Loft(solid.material, x, y0, np.maximum(y1, y0), z0, np.maximum(z1, z0), -share * solid.density)


def mass_kg(solids: Sequence[Solid]) -> float:
    """Mass of them together."""
    return float(sum(solid.mass_kg for solid in solids))
