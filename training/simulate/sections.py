"""Steel sections and sheets as grids: tubes, cross members, corrugated plates, and the same thing on both sides.

Vehicles and containers are made of a few profiles repeated along the length, so one grid with many cells stands for
dozens of members.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tallyscan.physics.attenuation import FloatArray, Material
from tallyscan.physics.materials import STEEL
from training.simulate.solids import Box3, Grid, Loft, density_of

Axis = Literal["x", "y", "z"]
AXES: tuple[Axis, ...] = ("x", "y", "z")


def grid(
    material: Material, x_mm: ArrayLike, y_mm: ArrayLike, z_mm: ArrayLike, filled: ArrayLike,
    density_g_cm3: float | None = None,
) -> Grid:  # fmt: skip
    """A grid whose cells are filled to a share of the density; `filled` broadcasts to (nx, ny, nz)."""
    x, y, z = (np.asarray(edges, np.float64) for edges in (x_mm, y_mm, z_mm))
    shape = (len(x) - 1, len(y) - 1, len(z) - 1)
    share = np.broadcast_to(np.asarray(filled, np.float32), shape)
    return Grid(material, x, y, z, np.asarray(share * density_of(material, density_g_cm3), np.float32))


def span(a: float, b: float) -> tuple[float, float]:
    """Two bounds in order: what is given by side (-1 near, 1 far) comes out of order on the near side."""
    return (a, b) if a <= b else (b, a)


def along_x(*shares: float) -> NDArray[np.float32]:
    """The profile of a member that changes only along x, as `repeated` takes it: flange, web, flange."""
    return np.asarray(shares, np.float32)[:, None, None]


def hollow_box(
    material: Material, extent: Box3, wall_mm: float, open_along: str = "", density_g_cm3: float | None = None
) -> Grid:
    """A box of plate; without its two ends along the axes named in `open_along` (a tube, a channel's legs)."""
    edges, inside = [], []
    for axis, (low, high) in zip(AXES, (extent[0:2], extent[2:4], extent[4:6]), strict=True):
        walled = axis not in open_along and high - low > 2 * wall_mm
        edges.append([low, low + wall_mm, high - wall_mm, high] if walled else [low, high])
        inside.append(np.array([0, 1, 0]) if walled else np.array([1]))
    filled = 1 - np.einsum("i,j,k->ijk", *inside)
    return grid(material, edges[0], edges[1], edges[2], filled, density_g_cm3)


def paired(solid: Grid) -> Grid:
    """A grid on the far side (z > 0) together with its mirror image on the near side."""
    gap = np.zeros((*solid.density.shape[:2], 1), np.float32)
    density = np.concatenate([solid.density[:, :, ::-1], gap, solid.density], axis=2)
    return Grid(
        solid.material, solid.x_mm, solid.y_mm, np.concatenate([-solid.z_mm[::-1], solid.z_mm]), density
    )


def repeated(
    material: Material, starts_mm: ArrayLike, widths_mm: Sequence[float], y_mm: ArrayLike, z_mm: ArrayLike,
    profile: ArrayLike, density_g_cm3: float | None = None,
) -> Grid:  # fmt: skip
    """The same member at many places along x: cross members, ribs, bows, posts, rings.

    `profile` (len(widths), ny, nz) is filled shares of one member; a member that would overlap the one before it is
    left out.
    """
    shape = (len(widths_mm), len(np.asarray(y_mm)) - 1, len(np.asarray(z_mm)) - 1)
    member = np.broadcast_to(np.asarray(profile, np.float32), shape)
    offsets = np.concatenate([[0.0], np.cumsum(widths_mm)])
    edges: list[float] = []
    cells: list[NDArray[np.float32]] = []
    for start in np.sort(np.asarray(starts_mm, np.float64)):
        if edges and start < edges[-1] + 0.5:
            continue
        if edges:
            cells.append(np.zeros(shape[1:], np.float32))
        edges.extend(float(start + offset) for offset in offsets)
        cells.extend(member)
    return grid(material, edges, y_mm, z_mm, np.stack(cells), density_g_cm3)


def spaced(
    rng: np.random.Generator, low: float, high: float, pitch_mm: float, jitter_mm: float = 0.0
) -> FloatArray:
    """Places of members about `pitch_mm` apart from `low` to `high`, set as exactly as a welder does."""
    count = max(round((high - low) / pitch_mm), 1) + 1
    places = np.linspace(low, high, count)
    places[1:-1] += rng.normal(0, jitter_mm, count - 2) if jitter_mm else 0.0
    return np.asarray(places)


def corrugated(
    material: Material, extent: Box3, along: Axis, depth: Axis, thickness_mm: float, pitch_mm: float,
    phase: float = 0.0, slope_share: float = 0.25,
) -> Grid:  # fmt: skip
    """A sheet with trapezoid corrugation: flats in the two faces of `extent`, slopes between them.

    The wave runs along `along`, its depth along `depth`. A slope is thinner matter over the whole depth with the
    mass of the inclined sheet (1.6 mm, pitch 278 mm, depth 36 mm: common drawings of 1CC/1AA side panels).
    """
    lows, highs = dict(zip(AXES, extent[::2], strict=True)), dict(zip(AXES, extent[1::2], strict=True))
    deep = highs[depth] - lows[depth]
    slope, flat = slope_share * pitch_mm, (0.5 - slope_share) * pitch_mm
    pieces = np.array([flat, slope, flat, slope])
    first = lows[along] - phase * pitch_mm
    count = int(np.ceil((highs[along] - first) / pitch_mm)) + 1
    marks = first + np.concatenate([[0.0], np.cumsum(np.tile(pieces, count))])
    inner = marks[(marks > lows[along] + 1) & (marks < highs[along] - 1)]
    edges = np.concatenate([[lows[along]], inner, [highs[along]]])
    kind = (np.searchsorted(marks, (edges[1:] + edges[:-1]) / 2) - 1) % 4
    inclined = thickness_mm * np.hypot(1, deep / slope) / deep
    states = np.array([[1, 0, 0], [inclined] * 3, [0, 0, 1], [inclined] * 3], np.float32)
    bounds = np.array([0.0, thickness_mm, deep - thickness_mm, deep]) + lows[depth]
    sides: dict[Axis, FloatArray] = {axis: np.array([lows[axis], highs[axis]]) for axis in AXES}
    sides[along], sides[depth] = edges, bounds
    filled = np.expand_dims(states[kind], 2)  # (along, depth, rest)
    rest = next(axis for axis in AXES if axis not in (along, depth))
    order = [(along, depth, rest).index(axis) for axis in AXES]
    return grid(material, sides["x"], sides["y"], sides["z"], np.transpose(filled, order))


def lashing_rings(x_mm: FloatArray, y_mm: float, z_mm: float, up: bool, rod_mm: float = 9.0) -> Grid:
    """Rings of round bar on a rail, as every container has them along its floor and its roof rails, on both sides."""
    height, width = 42.0, 34.0
    legs = [[[1.0], [1.0]], [[0.0], [1.0]], [[1.0], [1.0]]]  # two legs and the bow between them
    low, high = (y_mm, y_mm + height) if up else (y_mm - height, y_mm)
    y = [low, high - rod_mm, high] if up else [low, low + rod_mm, high]
    profile = np.array(legs) if up else np.array(legs)[:, ::-1]
    from_steel = repeated(
        STEEL, x_mm, [rod_mm, width, rod_mm], y, [z_mm - rod_mm, z_mm], profile, 0.78 * density_of(STEEL, None)
    )  # fmt: skip
    return paired(from_steel)


def beam(
    material: Material, x_mm: ArrayLike, low_mm: ArrayLike, high_mm: ArrayLike, z_mm: float,
    flange_mm: tuple[float, float], web_mm: float,
) -> list[Loft]:  # fmt: skip
    """An I beam along x whose depth may change: web and two flanges of (width, thickness), centred on `z_mm`."""
    x, low, high = (np.asarray(v, np.float64) for v in (x_mm, low_mm, high_mm))
    one = np.ones_like(x)
    width, thick = flange_mm
    density = density_of(material, None)

    def part(y0: FloatArray, y1: FloatArray, half: float) -> Loft:
        return Loft(material, x, y0, y1, (z_mm - half) * one, (z_mm + half) * one, density)

    return [
        part(low + thick, high - thick, web_mm / 2),
        part(high - thick, high, width / 2),
        part(low, low + thick, width / 2),
    ]
