"""Pallets and the unit loads on them (sizes of ISO 6780; heights of common drawings)."""

import numpy as np

from tallyscan.physics import materials as m
from training.simulate.cargo.stowage import Pieces, Rng, Span, pick
from training.simulate.solids import Box3, Grid

LENGTHS_MM = (800.0, 1000.0, 1067.0, 1100.0, 1140.0, 1200.0, 1219.0)
PALLET_HEIGHT_MM = (100.0, 160.0)


def pallets(rng: Rng, spans: list[Span], y0: float, z0: float, z1: float, height: float) -> Grid:
    """Pallets in a row: boards above and below, blocks or stringers between, openings for the forks.

    Wood, with boards that differ, or plastic with many thin ribs.
    """
    plastic = rng.random() < 0.12
    board = rng.uniform(18, 24)
    block = rng.uniform(90, 145)
    edges, kind = [spans[0][0]], []  # kind of each x cell: 1 block, 2 boards only, 0 no pallet
    for a, b in spans:
        if a > edges[-1] + 1:
            edges.append(a)
            kind.append(0)
        width = min(block, (b - a) / 6)
        middle = (a + b) / 2
        for at, what in (
            (a + width, 1), (middle - width / 2, 2), (middle + width / 2, 1), (b - width, 2), (b, 1)
        ):  # fmt: skip
            edges.append(at)
            kind.append(what)
    what_x = np.array(kind)
    y = y0 + np.array([0.0, board, height - board, height])
    rib = min(rng.uniform(70, 145), (z1 - z0) / 6)
    z_mid = (z0 + z1) / 2
    z = np.array([z0, z0 + rib, z_mid - rib / 2, z_mid + rib / 2, z1 - rib, z1])
    is_rib = np.array([True, False, True, False, True])
    density = np.zeros((len(what_x), 3, 5), np.float32)
    own = rng.uniform(0.42, 0.68) if not plastic else rng.uniform(0.25, 0.4)
    jitter = 1 + 0.08 * rng.standard_normal(len(what_x))
    deck = rng.uniform(0.7, 1.0)  # boards with slits between them
    density[:, 2, :] = ((what_x > 0) * deck * jitter)[:, None]
    density[:, 0, :] = np.where(is_rib[None, :], (what_x > 0)[:, None], 0) * deck
    stringers = rng.random() < 0.35  # two-way pallets: full stringers along the forks
    reach = what_x > 0 if stringers else what_x == 1
    density[:, 1, :] = np.where(is_rib[None, :], reach[:, None], 0) * jitter[:, None]
    material = m.POLYETHYLENE if plastic else m.WOOD
    return Grid(material, np.array(edges), y, z, density * np.float32(own))


def pallet_height(rng: Rng, room: Box3) -> float:
    """Height of pallets that a room has place for."""
    return min(rng.uniform(*PALLET_HEIGHT_MM), 0.3 * (room.y1 - room.y0))


def pallet_length(rng: Rng) -> float:
    """One of the lengths along the travel that pallets have."""
    return pick(rng, LENGTHS_MM)


def under(rng: Rng, xs: Pieces, room: Box3, height: float, overhang: float = 0.0) -> Grid:
    """Pallets under the units of a row."""
    spans = [(max(a - overhang, room.x0), min(b + overhang, room.x1)) for a, b in xs.unit_spans()]
    spans = [s for i, s in enumerate(spans) if i == 0 or s[0] >= spans[i - 1][1]]
    return pallets(rng, spans, room.y0, room.z0, room.z1, height)
