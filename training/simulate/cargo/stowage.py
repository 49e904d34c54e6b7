"""How goods of any kind are put in rows, stacked, left uneven by a journey, and brought to their stow density.

Generators of packings draw a geometry with relative densities (1 is usual) and hand it back as a `Stow`;
`at_stow_density` then makes it as heavy as the goods of the class really are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.physics.attenuation import FloatArray, Material
from training.simulate.solids import Box3, Grid, Loft, Solid, Sway, Texture, mass_kg

Rng = np.random.Generator
Span = tuple[float, float]
T = TypeVar("T")
FARTHEST_LEAN_MM = 45.0  # of a stack's top: walls and neighbours hold it
MOST_CELLS = 3000  # along one axis of a grid: a bound on time, never met by usual goods


class Stow(NamedTuple):
    """Goods with relative densities, and what has its own: pallets, drums' steel, frames.

    Goods are never made denser than `densest_g_cm3`. Loose matter brings its own volume: its stow density is that of
    the heap, not of the room that the heap lies in.
    """

    goods: list[Solid]
    fixed: list[Solid]
    densest_g_cm3: float = 3.0
    own_volume_m3: float | None = None


Generator = Callable[[Rng, Box3, float], Stow]
"""(rng, room, wanted stow density in kg/m3) -> Stow."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """Things in a row along one axis: edges of cells, the piece each cell belongs to (-1 in a gap), units of pieces."""

    edges: FloatArray
    piece: NDArray[np.intp]
    unit: NDArray[np.intp]  # of each piece: the pallet or stack it stands on

    @property
    def count(self) -> int:
        """How many pieces."""
        return len(self.unit)

    @property
    def middles(self) -> FloatArray:
        """Middle of each cell in mm."""
        return (self.edges[1:] + self.edges[:-1]) / 2

    def unit_spans(self) -> list[Span]:
        """Start and end of each unit in mm."""
        spans = []
        for unit in range(int(self.unit.max()) + 1):
            cells = np.flatnonzero(np.isin(self.piece, np.flatnonzero(self.unit == unit)))
            spans.append((float(self.edges[cells[0]]), float(self.edges[cells[-1] + 1])))
        return spans


def pick(rng: Rng, options: Sequence[T]) -> T:
    """One of several."""
    return options[int(rng.integers(len(options)))]


def somewhere(rng: Rng, low: float, high: float) -> float:
    """A place between two; the first where there is no room between them."""
    return float(rng.uniform(low, max(high, low)))


def row(
    rng: Rng, low: float, high: float, size: float, gap: float = 0.0, *, jitter: float = 0.01,
    unit: int = 1, unit_gap: float | None = None, fill: bool = False,
) -> Pieces:  # fmt: skip
    """As many pieces of about `size` mm as fit between two places, `unit` of them at a time with a wider gap after.

    They are squeezed to fit when there is too little room; what is left over is at one end, or at both. With `fill`
    their number is rounded and they are stretched until nothing is left over.
    """
    size = max(size, (high - low) / MOST_CELLS * 2)
    wide = gap if unit_gap is None else unit_gap
    pitch = unit * (size + gap) - gap + wide
    fitting = (high - low + wide) / pitch
    units = max(round(fitting) if fill else int(fitting), 1)
    rest = int((high - low - units * pitch + gap) / (size + gap)) if unit > 1 and not fill else 0
    count = max(units * unit + max(rest, 0), 1)
    sizes = size * np.clip(1 + jitter * rng.standard_normal(count), 0.6, 1.5)
    gaps = gap * rng.gamma(2.0, 0.5, count)
    ends = np.arange(1, count + 1) % unit == 0
    gaps[ends] = wide * rng.gamma(3.0, 1 / 3, int(ends.sum()))
    widths = np.stack([sizes, np.maximum(gaps, 0.01)], axis=1).ravel()[:-1]
    total = float(widths.sum())
    left = high - low - total
    if left < 0 or fill:
        widths *= (high - low) / total
        left = 0.0
    elif left < 0.5 * size:  # pushed apart, as loaders do
        spread = rng.uniform(0, 1)
        widths *= 1 + spread * left / total
        left *= 1 - spread
    start = low + left * float(rng.choice([0.0, 0.0, 1.0, rng.random()]))
    edges = np.minimum(start + np.concatenate([[0.0], np.cumsum(widths)]), high)
    edges = np.maximum.accumulate(edges)
    piece = np.where(np.arange(len(widths)) % 2 == 0, np.arange(len(widths)) // 2, -1)
    return Pieces(edges, piece, np.arange(count) // unit)


def refined(pieces: Pieces, cells: int) -> Pieces:
    """The same pieces, each of `cells` cells: room for what is inside a carton."""
    parts, owners = [], []
    for index, owner in enumerate(pieces.piece):
        n = cells if owner >= 0 else 1
        a, b = pieces.edges[index], pieces.edges[index + 1]
        parts.append(a + (b - a) * np.arange(n) / n)
        owners.append(np.full(n, owner))
    edges = np.concatenate([*parts, pieces.edges[-1:]])
    return Pieces(edges, np.concatenate(owners).astype(np.intp), pieces.unit)


def stack_tops(rng: Rng, units: int, layers: int, roughness: float) -> NDArray[np.intp]:
    """How many layers each stack has: level, stepped down at one end, or drifting; with some missing on top."""
    tops = np.full(units, layers, float)
    if roughness <= 0:
        return tops.astype(np.intp)
    kind = rng.random()
    if kind < 0.25 and units > 2:
        at = int(rng.integers(1, units))
        lower = tops[at:] if rng.random() < 0.7 else tops[:at]
        lower -= rng.integers(1, max(int(layers * 0.4), 1) + 1)
    elif kind < 0.4:
        tops -= np.abs(np.cumsum(rng.normal(0, roughness * layers / 3, units)))
    elif kind < 0.5:
        tops *= np.clip(
            1.3 - rng.uniform(0.3, 1.0) * np.linspace(0, 1, units)[:: pick(rng, (1, -1))] ** 2, 0, 1
        )
    tops -= (rng.random(units) < roughness) * rng.integers(1, max(layers // 3, 1) + 1, units)
    tops = np.clip(np.round(tops), 1, layers)
    tops[int(rng.integers(units))] = layers  # so that the load is as high as it was meant to be
    return tops.astype(np.intp)


def piece_values(
    rng: Rng,
    xs: Pieces,
    layers: int,
    across: int,
    *,
    spread: float,
    roughness: float = 0.1,
    ragged: float = 0.02,
) -> NDArray[np.float32]:
    """Relative density of each piece (x, y, z): uneven goods, odd heavier pieces, and nothing above a stack's top.

    `ragged` is the share of pieces missing from the top layers.
    """
    shape = (xs.count, layers, across)
    values = 1 + spread * rng.standard_normal(shape)
    units = int(xs.unit.max()) + 1
    values *= (1 + 0.5 * spread * rng.standard_normal(units))[xs.unit][:, None, None]
    if rng.random() < 0.15:  # wet, or another filling: still honest goods
        odd = rng.random(shape) < rng.uniform(0.005, 0.05)
        values[odd] *= rng.uniform(1.1, 1.3)
    tops = np.stack([stack_tops(rng, units, layers, roughness) for _ in range(across)], axis=1)[xs.unit]
    level = np.arange(layers)[None, :, None]
    values[level >= tops[:, None, :]] = 0
    missing = (level == tops[:, None, :] - 1) & (tops[:, None, :] > 1) & (rng.random(shape) < ragged)
    values[missing] = 0
    return np.clip(values, 0, 2.5).astype(np.float32)


def grid_of(
    material: Material, xs: Pieces, ys: Pieces, zs: Pieces, values: NDArray[np.float32],
    *, profile_x: FloatArray | None = None, texture: Texture | None = None, sway: Sway | None = None,
) -> Grid:  # fmt: skip
    """One grid of all pieces; `profile_x` is a factor for each cell along x."""
    density = np.zeros((len(xs.piece), len(ys.piece), len(zs.piece)), np.float32)
    fx, fy, fz = (np.flatnonzero(p.piece >= 0) for p in (xs, ys, zs))
    density[np.ix_(fx, fy, fz)] = values[np.ix_(xs.piece[fx], ys.piece[fy], zs.piece[fz])]
    if profile_x is not None:
        density *= profile_x.astype(np.float32)[:, None, None]
    return Grid(material, xs.edges, ys.edges, zs.edges, density, texture, sway)


def settled(rng: Rng, room: Box3, strength: float = 1.0) -> Sway | None:
    """Goods after a journey: sagging courses and leaning stacks; None for those that stand as they were put."""
    if rng.random() < 0.2:
        return None
    length = room.x1 - room.x0
    knots = np.linspace(room.x0, room.x1, max(int(length / rng.uniform(250, 900)), 2))
    sag = -np.abs(rng.normal(0, rng.uniform(0, 7) * strength, len(knots)))
    lean = rng.normal(0, 0.005 * strength) * (3 if rng.random() < 0.15 else 1)
    most = FARTHEST_LEAN_MM / max(room.y1 - room.y0, 1.0)
    return Sway(knots, sag, float(np.clip(lean, -most, most)))


def smooth_noise(rng: Rng, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Standard normal noise on a coarse lattice, made smooth; (rows, columns)."""
    coarse = rng.standard_normal((max(shape[0] // 4, 2), max(shape[1] // 4, 2))).astype(np.float32)
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def mottle(rng: Rng, room: Box3, scale_mm: float, spread: float) -> Texture:
    """Uneven matter: spots of about `scale_mm`, with `spread` as their standard deviation."""
    rows = int(np.clip((room.y1 - room.y0) / scale_mm * 2, 4, 200))
    columns = int(np.clip((room.x1 - room.x0) / scale_mm * 2, 4, 800))
    noise = rng.standard_normal((rows, columns)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 0.8) * 2.2 + 0.5 * smooth_noise(rng, (rows, columns))
    lattice = np.clip(1 + spread * noise, 0.3, 1.9)
    return Texture(np.asarray(lattice / lattice.mean(), np.float32))


def rows_across(rng: Rng, room: Box3, depth_mm: float, gap: Span = (5, 60), most: int = 4) -> list[Box3]:
    """Rows of stacks beside one another across the vehicle."""
    count = int(np.clip(round((room.z1 - room.z0) / depth_mm), 1, most))
    between = rng.uniform(*gap, count)
    depth = (room.z1 - room.z0 - float(between[1:].sum())) / count
    starts = room.z0 + np.arange(count) * depth + np.concatenate([[0.0], np.cumsum(between[1:])])
    return [room._replace(z0=float(z), z1=float(z) + depth) for z in starts]


def clipped(solid: Solid, room: Box3) -> Solid | None:
    """What of a solid lies in a room (to its knots); None when that is nothing."""
    extent = solid.extent
    if extent.overlap(room) is None:
        return None
    if extent.overlap(room) == extent:
        return solid
    x = np.clip(solid.x_mm, room.x0, room.x1)
    if isinstance(solid, Grid):
        y, z = np.clip(solid.y_mm, room.y0, room.y1), np.clip(solid.z_mm, room.z0, room.z1)
        return replace(solid, x_mm=x, y_mm=y, z_mm=z)
    if isinstance(solid, Loft):
        bounds = [np.clip(v, room.y0, room.y1) for v in (solid.y0_mm, solid.y1_mm)]
        bounds += [np.clip(v, room.z0, room.z1) for v in (solid.z0_mm, solid.z1_mm)]
        return replace(solid, x_mm=x, y0_mm=bounds[0], y1_mm=bounds[1], z0_mm=bounds[2], z1_mm=bounds[3])
    low_y, high_y = (np.clip(solid.cy_mm + s * solid.ay_mm, room.y0, room.y1) for s in (-1, 1))
    low_z, high_z = (np.clip(solid.cz_mm + s * solid.az_mm, room.z0, room.z1) for s in (-1, 1))
    return replace(
        solid, x_mm=x, cy_mm=(low_y + high_y) / 2, ay_mm=(high_y - low_y) / 2, cz_mm=(low_z + high_z) / 2,
        az_mm=(high_z - low_z) / 2,
    )  # fmt: skip


def all_clipped(solids: Sequence[Solid], room: Box3) -> list[Solid]:
    """What of all solids lies in a room."""
    return [kept for solid in solids if (kept := clipped(solid, room)) is not None]


def scaled(solid: Solid, factor: float, densest_g_cm3: float = np.inf) -> Solid:
    """The same solid, so many times as dense, within what its matter allows; holes are scaled alike."""
    density = np.clip(solid.density * np.float32(factor), -densest_g_cm3, densest_g_cm3)
    if isinstance(solid, Grid):
        return replace(solid, density=np.asarray(density, np.float32))
    return replace(solid, density=float(density))


def used_volume_m3(solids: Sequence[Solid], room: Box3) -> float:
    """The stretch of the cargo space that goods take: their length, up to their top, over the whole depth."""
    x0, x1 = min(s.extent.x0 for s in solids), max(s.extent.x1 for s in solids)
    top = max(s.extent.y1 for s in solids)
    return (x1 - x0) * (top - room.y0) * (room.z1 - room.z0) * 1e-9


def at_stow_density(stow: Stow, room: Box3, kg_m3: float) -> Stow:
    """The goods as heavy as a stow density asks, with what carries them; within what matter allows."""
    if not stow.goods:
        return stow
    if stow.own_volume_m3 is not None:
        wanted = kg_m3 * stow.own_volume_m3
    else:
        wanted = kg_m3 * used_volume_m3([*stow.goods, *stow.fixed], room) - mass_kg(stow.fixed)
    own = mass_kg(stow.goods)
    if own <= 0:
        return stow
    wanted = max(wanted, 0.1 * own)
    factor, goods = wanted / own, list(stow.goods)
    for _ in range(4):  # what is as dense as can be leaves the rest of the mass to the other parts
        goods = [scaled(solid, factor, stow.densest_g_cm3) for solid in stow.goods]
        reached = mass_kg(goods)
        if reached > 0.98 * wanted:
            break
        factor *= wanted / max(reached, 1e-6)
    return stow._replace(goods=goods)
