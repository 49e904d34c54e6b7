"""The frame that all ISO 1496 containers share: corner castings, posts, rails, cross members, gooseneck tunnel.

Sections and thicknesses are typical values of common drawings; nothing is one maker's.
"""

import numpy as np

from tallyscan.physics.attenuation import FloatArray
from tallyscan.physics.materials import STEEL
from training.simulate.sections import grid, hollow_box, paired, repeated, spaced
from training.simulate.solids import Box3, Grid, Solid

LENGTHS_MM = {"2": 6058.0, "4": 12192.0, "L": 13716.0, "M": 14630.0}  # ISO 668 and ISO 6346, first character
HEIGHTS_MM = {"0": 2438.0, "2": 2591.0, "5": 2896.0}  # second character
HALF_WIDTH_MM = 1219.0
CASTING_MM = (178.0, 118.0, 162.0)  # ISO 1161: along, up, across


def outer_of(equipment: str, x0_mm: float, base_y_mm: float) -> Box3:
    """The outside of a container of an ISO 6346 size and type code that stands on `base_y_mm`."""
    length, height = LENGTHS_MM[equipment[0]], HEIGHTS_MM[equipment[1]]
    return Box3(x0_mm, x0_mm + length, base_y_mm, base_y_mm + height, -HALF_WIDTH_MM, HALF_WIDTH_MM)


def castings(outer: Box3) -> list[Solid]:
    """Eight corner castings with the holes that twist locks go into; about 12 kg each."""
    long, high, deep = CASTING_MM
    y_low, y_high = np.array([0, 13, 34, 84, 105, high]), np.array([0, 13, 34, 84, 105, high])
    filled = np.ones((5, 5, 3))
    filled[1:4, 1:4, 1] = 0  # hollow
    filled[2, 2, :] = 0  # holes in the side faces
    filled[1:4, 2, 1] = 0
    y = np.concatenate([outer.y0 + y_low, outer.y1 - high + y_high])
    both = np.concatenate([filled, np.zeros((5, 1, 3)), filled], axis=1)
    z = outer.z1 - deep + np.array([0, 14, deep - 14, deep])
    x = np.array([0, 13, 58, 120, 165, long])
    return [paired(grid(STEEL, start + x, y, z, both)) for start in (outer.x0, outer.x1 - long)]


def end_frame(rng: np.random.Generator, outer: Box3, end: str, header_mm: float = 60.0) -> list[Solid]:
    """Two corner posts, header and sill at one end (`x0` or `x1`)."""
    long, wide, wall = rng.uniform(90, 140), rng.uniform(90, 150), rng.uniform(5, 8)
    low, high = outer.y0 + CASTING_MM[1], outer.y1 - CASTING_MM[1]
    x0 = outer.x0 + 4 if end == "x0" else outer.x1 - long - 4
    post = hollow_box(STEEL, Box3(x0, x0 + long, low, high, outer.z1 - wide, outer.z1), wall, "y")
    z0, z1 = outer.z0 + CASTING_MM[2], outer.z1 - CASTING_MM[2]
    header = Box3(x0, x0 + 90, outer.y1 - header_mm - 8, outer.y1 - 8, z0, z1)
    sill = Box3(x0, x0 + 80, outer.y0 + 12, outer.y0 + 150, z0, z1)
    plates = [hollow_box(STEEL, room, rng.uniform(3.5, 4.5), "z") for room in (header, sill)]
    return [paired(post), *plates, _gussets(rng, outer, end)]


def _gussets(rng: np.random.Generator, outer: Box3, end: str) -> Grid:
    """Plates that stiffen the corners below the top castings: darker squares there."""
    long, high = rng.uniform(150, 380), rng.uniform(150, 320)
    x0 = outer.x0 + 60 if end == "x0" else outer.x1 - 60 - long
    z = outer.z1 - 50.0
    return paired(grid(STEEL, [x0, x0 + long], [outer.y1 - high, outer.y1 - 20], [z - 3, z], 1))


def bottom_rails(rng: np.random.Generator, outer: Box3) -> list[Solid]:
    """Channels along both lower edges, about 162 x 48 x 30 x 4.5 mm."""
    t, high = rng.uniform(4.0, 5.0), rng.uniform(150, 165)
    y0 = outer.y0 + rng.uniform(10, 16)
    z = outer.z1 - 6.0 - np.array([48.0, 30.0, t, 0.0])
    y = y0 + np.array([0, t, high - t, high])
    filled = np.array([[1, 1, 1], [0, 0, 1], [0, 1, 1]])
    x = [outer.x0 + CASTING_MM[0], outer.x1 - CASTING_MM[0]]
    return [paired(grid(STEEL, x, y, z, filled[None]))]


def top_rails(rng: np.random.Generator, outer: Box3, size_mm: float = 60.0) -> list[Solid]:
    """Square tubes along both upper edges, about 60 x 60 x 3 mm."""
    x0, x1 = outer.x0 + CASTING_MM[0], outer.x1 - CASTING_MM[0]
    room = Box3(x0, x1, outer.y1 - size_mm - 8, outer.y1 - 8, outer.z1 - size_mm - 4, outer.z1 - 4)
    return [paired(hollow_box(STEEL, room, rng.uniform(2.8, 4.0), "x"))]


def cross_members(rng: np.random.Generator, outer: Box3, high_mm: float, pitch_mm: float) -> list[Solid]:
    """Channels across under the floor, with the tunnel of 40 ft or the forklift pockets of 20 ft containers.

    `high_mm` is their depth below the floor's underside, which lies `high_mm` above the rails' lower edge.
    """
    t, flange = rng.uniform(3.5, 4.5), rng.uniform(40, 50)
    top = outer.y0 + 12 + high_mm
    z0, z1 = outer.z0 + 14, outer.z1 - 14
    long = outer.x1 - outer.x0 > 8000
    tunnel_x1 = outer.x0 + rng.uniform(3150, 3500) if long and rng.random() < 0.9 else outer.x0
    first = max(tunnel_x1, outer.x0 + 200)
    y = [top - high_mm, top - high_mm + t, top - t, top]
    channel = np.array([[1, 1, 1], [1, 0, 1]])[:, :, None]
    places = spaced(rng, first, outer.x1 - 250, pitch_mm, rng.uniform(0, 6))
    solids: list[Solid] = [repeated(STEEL, places, [t, flange], y, [z0, z1], channel)]
    if tunnel_x1 > outer.x0:
        solids += _tunnel(rng, outer, tunnel_x1, top, high_mm, pitch_mm)
    elif not long and rng.random() < 0.85:
        solids += _fork_pockets(rng, outer, top, high_mm)
    return solids


def _tunnel(
    rng: np.random.Generator, outer: Box3, x1: float, top: float, high_mm: float, pitch_mm: float
) -> list[Solid]:
    """The tunnel that a chassis's gooseneck goes into (ISO 1496-1: 1029 mm wide at most, 120 mm deep)."""
    half = rng.uniform(505, 530)
    plate = rng.uniform(3.5, 5)
    roof = grid(STEEL, [outer.x0 + 150, x1], [top - plate, top], [-half, half], 1)
    cheeks = paired(grid(STEEL, [outer.x0 + 150, x1], [top - high_mm, top], [half, half + 4], 1))
    t, flange = rng.uniform(3.5, 4.5), rng.uniform(40, 50)
    y = [top - high_mm, top - high_mm + t, top - t, top]
    channel = np.array([[1, 1, 1], [1, 0, 1]])[:, :, None]
    stubs = spaced(rng, outer.x0 + 260, x1 - 180, pitch_mm, 4)
    sides = paired(repeated(STEEL, stubs, [t, flange], y, [half + 4, outer.z1 - 14], channel))
    ribs = repeated(STEEL, stubs + 120, [60.0], [top - plate - 18, top - plate], [-half, half], [[[0.4]]])
    return [roof, cheeks, sides, ribs]


def _fork_pockets(rng: np.random.Generator, outer: Box3, top: float, high_mm: float) -> list[Solid]:
    """Two pockets across, 360 x 115 mm, their centres 2050 mm apart (ISO 1496-1)."""
    middle, t = (outer.x0 + outer.x1) / 2, rng.uniform(3, 6)
    y = [top - high_mm, top - high_mm + t, top - t, top]
    starts = middle + np.array([-1, 1]) * rng.choice([1025.0, 450.0]) - 180
    return [repeated(STEEL, starts, [t, 354.0, t], y, [outer.z0 + 8, outer.z1 - 8], _POCKET[:, :, None])]


_POCKET = np.array([[1, 1, 1], [0.35, 0, 1], [1, 1, 1]])  # its bottom is strapped at both sides only


def door_end(rng: np.random.Generator, outer: Box3, panels: list[Solid], depth_mm: float) -> list[Solid]:
    """What hangs on two door leaves: frames, locking bars with cams and keepers, handles, hinges, gaskets."""
    low, high = outer.y0 + 150, outer.y1 - 70
    half = outer.z1 - 60
    bars = rng.choice([4, 4, 4, 2])
    z = np.linspace(-0.62, 0.62, bars) * half + (rng.normal(0, 12, bars))
    radius = rng.uniform(13.5, 19)
    x = outer.x1 - radius - 2
    z_edges, mask = _strips(z, 24.0)
    rods = grid(
        STEEL, [x - 0.8 * radius, x + 0.8 * radius], [outer.y0 + 60, outer.y1 - 30], *_rods(z, radius)
    )
    span = high - low
    knobs = np.array([0, 55, 110, 160]) + outer.y0 + 40
    y = np.concatenate(
        [knobs, low + span * np.array([0.33, 0.35, 0.62, 0.64]), knobs[::-1] * -1 + outer.y0 + outer.y1]
    )
    y = np.sort(y)
    wanted = np.zeros(len(y) - 1)
    wanted[[0, 2, 4, 6, len(wanted) - 3, len(wanted) - 1]] = rng.uniform(0.25, 0.6)
    gear = grid(STEEL, [outer.x1 - 45, outer.x1 - 2], y, z_edges, wanted[None, :, None] * mask[None, None, :])
    frame_y = [low, low + rng.uniform(80, 130), high - rng.uniform(80, 120), high]
    stile = rng.uniform(60, 100)
    frame_z = [-half, -half + stile, -stile, stile, half - stile, half]
    tube = rng.uniform(0.14, 0.22)  # share of steel in a tube of about 100 x 50 x 3.2 mm
    frame = np.full((3, 5), tube)
    frame[1, [1, 3]] = 0
    leaf = grid(STEEL, [outer.x1 - depth_mm, outer.x1 - 40], frame_y, frame_z, frame[None])
    hinges_y = low + span * np.sort(rng.normal([0.1, 0.37, 0.63, 0.9], 0.01))
    y_edges, on = _strips(hinges_y, 60.0)
    hinges = paired(
        grid(STEEL, [outer.x1 - 70, outer.x1], y_edges, [outer.z1 - 60, outer.z1], 0.4 * on[None, :, None])
    )
    return [rods, gear, leaf, hinges, *panels]


def _strips(middles: FloatArray, half_mm: float) -> tuple[FloatArray, FloatArray]:
    """Edges around places on an axis, and 1 for the cells on them."""
    edges = np.stack([np.asarray(middles) - half_mm, np.asarray(middles) + half_mm], axis=1).ravel()
    return edges, (np.arange(len(edges) - 1) % 2 == 0).astype(float)


def _rods(z: FloatArray, radius: float) -> tuple[FloatArray, FloatArray]:
    """Tubes that stand upright: edges along z and filled shares (a tube 3 mm thick)."""
    edges, mask = _strips(z, 0.8 * radius)
    share = 1 - (1 - 3.2 / radius) ** 2
    return edges, (share * mask)[None, None, :]
