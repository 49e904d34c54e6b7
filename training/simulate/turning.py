"""A vehicle that faces the other way: everything mirrored along the travel."""

from dataclasses import replace

import numpy as np

from training.simulate.parts import Cavity, End, Unit
from training.simulate.solids import Box3, Grid, Loft, Solid, Texture


def turned_box(extent: Box3, about_x_mm: float) -> Box3:
    """A box mirrored at a plane x = const."""
    return Box3(2 * about_x_mm - extent.x1, 2 * about_x_mm - extent.x0, *extent[2:])


def turned_solid(solid: Solid, about_x_mm: float) -> Solid:
    """A solid mirrored at a plane x = const. Its sway must not be set yet: structure has none."""
    x = 2 * about_x_mm - solid.x_mm[::-1]
    texture = Texture(np.ascontiguousarray(solid.texture.lattice[:, ::-1])) if solid.texture else None
    if isinstance(solid, Grid):
        return replace(solid, x_mm=x, density=np.ascontiguousarray(solid.density[::-1]), texture=texture)
    if isinstance(solid, Loft):
        return replace(
            solid, x_mm=x, y0_mm=solid.y0_mm[::-1], y1_mm=solid.y1_mm[::-1],
            z0_mm=solid.z0_mm[::-1], z1_mm=solid.z1_mm[::-1], texture=texture,
        )  # fmt: skip
    return replace(
        solid, x_mm=x, cy_mm=solid.cy_mm[::-1], cz_mm=solid.cz_mm[::-1],
        ay_mm=solid.ay_mm[::-1], az_mm=solid.az_mm[::-1], texture=texture,
    )  # fmt: skip


def turned_cavity(cavity: Cavity, about_x_mm: float) -> Cavity:
    """A cavity mirrored at a plane x = const."""
    return replace(cavity, room=turned_box(cavity.room, about_x_mm))


def turned_unit(unit: Unit, about_x_mm: float) -> Unit:
    """A unit mirrored at a plane x = const; its doors change ends."""
    other: dict[End | None, End | None] = {"x0": "x1", "x1": "x0", None: None}
    return replace(
        unit, outer=turned_box(unit.outer, about_x_mm), room=turned_box(unit.room, about_x_mm), door=other[unit.door],
        structure=tuple(turned_solid(solid, about_x_mm) for solid in unit.structure),
        cavities=tuple(turned_cavity(cavity, about_x_mm) for cavity in unit.cavities),
    )  # fmt: skip
