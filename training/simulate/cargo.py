"""Goods as they are packed, seen from the side, in two or three layers across the depth.

Every packing returns areal densities in g/cm2 over the cargo space (rows down, columns along the travel);
stow densities are those of docs/reference/commodities.md.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import Material
from training.simulate.canvas import Float32Array, px

Rng = np.random.Generator
Shape = tuple[int, int]


@dataclass(frozen=True)
class Layer:
    """One layer of goods: what it is made of and its areal density (height, width) in g/cm2."""

    material: Material
    areal_g_cm2: Float32Array


def cells(
    rng: Rng, shape: Shape, width: float, height: float, stagger: bool = False
) -> tuple[NDArray[np.intp], ...]:
    """Cell indices (row, column) counted from the floor, and the place inside the cell in [0, 1)."""
    rows = (shape[0] - 1 - np.arange(shape[0], dtype=np.float32))[:, None] / np.float32(height)
    columns = (np.arange(shape[1], dtype=np.float32)[None, :] + rng.uniform(0, width)) / np.float32(width)
    rows, columns = np.broadcast_arrays(rows, columns)
    if stagger:
        columns = columns + 0.5 * (np.floor(rows) % 2)
    iy, ix = np.floor(rows), np.floor(columns)
    return iy.astype(np.intp), ix.astype(np.intp), rows - iy, columns - ix


def per_cell(rng: Rng, iy: NDArray[np.intp], ix: NDArray[np.intp], spread: float) -> Float32Array:
    """A factor around 1, the same inside each cell."""
    table = rng.normal(1.0, spread, (int(iy.max()) + 1, int(ix.max()) + 1)).astype(np.float32)
    return np.maximum(table[iy, ix], 0.0)


def top_profile(rng: Rng, shape: Shape, step: float, fill: float, roughness: float) -> NDArray[np.bool_]:
    """Where goods are: below a height that changes from stack to stack."""
    stacks = int(shape[1] / step) + 2
    drift = np.cumsum(rng.normal(0, roughness / 3, stacks))
    heights = np.clip(fill + drift - drift.mean() + rng.normal(0, roughness, stacks), 0.05, 1.0)
    column = (np.arange(shape[1]) / step + rng.random()).astype(int).clip(0, stacks - 1)
    rows = shape[0] - np.arange(shape[0])[:, None]
    return rows <= heights[column][None, :] * shape[0]


def smooth_field(rng: Rng, shape: Shape, scale: float, spread: float) -> Float32Array:
    """A slowly changing factor around 1."""
    coarse = rng.normal(0, spread, (int(shape[0] / scale) + 3, int(shape[1] / scale) + 3)).astype(np.float32)
    y = np.linspace(0, coarse.shape[0] - 1.001, shape[0])
    x = np.linspace(0, coarse.shape[1] - 1.001, shape[1])
    iy, ix = y.astype(int), x.astype(int)
    fy, fx = (y - iy).astype(np.float32)[:, None], (x - ix).astype(np.float32)[None, :]
    fy, fx = fy * fy * (3 - 2 * fy), fx * fx * (3 - 2 * fx)
    upper = coarse[iy][:, ix] * (1 - fx) + coarse[iy][:, ix + 1] * fx
    lower = coarse[iy + 1][:, ix] * (1 - fx) + coarse[iy + 1][:, ix + 1] * fx
    return np.maximum(1 + upper * (1 - fy) + lower * fy, 0.0).astype(np.float32)


def cartons(
    rng: Rng,
    shape: Shape,
    depth_g_cm2: float,
    size_mm: tuple[float, float],
    gap: float,
    spread: float,
    fill: float,
) -> Float32Array:
    """Stacked cartons on pallets or the floor, with gaps between stacks."""
    width, height = px(size_mm[0]) * rng.uniform(0.8, 1.25), px(size_mm[1]) * rng.uniform(0.8, 1.25)
    width, height = max(width, 6.0), max(height, 6.0)
    iy, ix, fy, fx = cells(rng, shape, width, height, stagger=bool(rng.random() < 0.25))
    areal = depth_g_cm2 * per_cell(rng, iy, ix, spread)
    areal *= np.where((fx < gap) | (fy < gap * width / height * 0.6), rng.uniform(0.4, 0.85), 1.0).astype(
        np.float32
    )
    if rng.random() < 0.6:  # pallets of a few cartons, a wider gap between them
        pallet = max(round(px(rng.choice([800, 1000, 1200])) / width), 2) * width
        place = (np.arange(shape[1]) + rng.uniform(0, pallet)) % pallet
        areal *= np.where(place < rng.uniform(1, 10), rng.uniform(0.05, 0.5), 1.0).astype(np.float32)[None, :]
        areal *= top_profile(rng, shape, pallet, fill, rng.uniform(0, 0.05))
    else:
        areal *= top_profile(rng, shape, width, fill, rng.uniform(0, 0.04))
    return areal


def sacks(rng: Rng, shape: Shape, depth_g_cm2: float, fill: float) -> Float32Array:
    """Bags in wavy courses."""
    width, height = px(rng.uniform(500, 850)), px(rng.uniform(120, 220))
    wave = (smooth_field(rng, (1, shape[1]), width * 0.7, 0.5)[0] - 1) * height * 0.5
    iy, ix, fy, fx = cells(rng, shape, width, height, stagger=True)
    lift = 0.75 + 0.25 * np.sqrt(np.maximum(1 - (2 * fx - 1) ** 2, 0)) * np.sqrt(
        np.maximum(1 - (2 * fy - 1) ** 4, 0)
    )
    areal = (depth_g_cm2 * per_cell(rng, iy, ix, 0.04) * lift).astype(np.float32)
    areal *= top_profile(rng, shape, width, fill, rng.uniform(0.01, 0.06))
    shift = wave.astype(int)
    rows = (np.arange(shape[0])[:, None] + shift[None, :]).clip(0, shape[0] - 1)
    return np.take_along_axis(areal, rows, axis=0)


def bulk(rng: Rng, shape: Shape, depth_g_cm2: float, fill: float) -> Float32Array:
    """Loose goods or a liner: one smooth body with a sloped or domed top."""
    x = np.linspace(-1, 1, shape[1], dtype=np.float32)
    tilt, dome = rng.uniform(-0.25, 0.25), rng.uniform(0.0, 0.35)
    height = np.clip(fill + tilt * x - dome * (x - rng.uniform(-0.5, 0.5)) ** 2, 0.03, 1.0) * shape[0]
    height = height * smooth_field(rng, (1, shape[1]), px(600), 0.02)[0]
    rows = (shape[0] - np.arange(shape[0], dtype=np.float32))[:, None]
    edge = px(rng.uniform(30, 500))  # the heap falls off across the depth as well
    body = np.clip((height[None, :] - rows) / edge, 0, 1)
    return (depth_g_cm2 * np.sqrt(body) * smooth_field(rng, shape, px(500), 0.03)).astype(np.float32)


def cylinders(
    rng: Rng, shape: Shape, depth_g_cm2: float, size_mm: tuple[float, float], fill: float, liquid: float
) -> Float32Array:
    """Upright round things in tiers: bottles, cans, drums, rolls; `liquid` is how full each one is."""
    width, height = (
        max(px(size_mm[0]) * rng.uniform(0.85, 1.2), 5),
        max(px(size_mm[1]) * rng.uniform(0.85, 1.2), 8),
    )
    iy, ix, fy, fx = cells(rng, shape, width, height)
    chord = np.sqrt(np.maximum(1 - (2 * fx - 1) ** 2, 0))
    many = (
        rng.uniform(0.3, 0.8) if size_mm[0] < 300 else rng.uniform(0.75, 1.0)
    )  # small ones blur over the depth
    areal = depth_g_cm2 * (chord * many + (1 - many) * 0.8) * per_cell(rng, iy, ix, 0.03)
    areal *= np.where(fy < liquid, 1.0, rng.uniform(0.12, 0.4))
    areal *= top_profile(rng, shape, max(width, px(400)), fill, rng.uniform(0, 0.04))
    return areal.astype(np.float32)


def rings(rng: Rng, shape: Shape, depth_g_cm2: float, fill: float) -> Float32Array:
    """Tyres, laced or stacked: rings over rings."""
    areal = np.zeros(shape, np.float32)
    radius = px(rng.uniform(280, 420))
    inner = rng.uniform(0.5, 0.62)
    tilt = rng.uniform(0.35, 1.0)
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    r = np.sqrt((x / 1.0) ** 2 + (y / tilt) ** 2).astype(np.float32) / radius
    middle, half = (1 + inner) / 2, (1 - inner) / 2
    ring = np.sqrt(np.maximum(1 - ((r - middle) / half) ** 2, 0)).astype(np.float32)
    ring += 0.5 * ((r < 1) & (r > inner))
    step_x, step_y = radius * rng.uniform(0.7, 1.3), radius * tilt * rng.uniform(0.35, 0.9)
    canvas = np.pad(areal, radius + 1)
    for row, cy in enumerate(np.arange(shape[0] - radius * tilt, shape[0] * (1 - fill), -step_y)):
        for cx in np.arange((row % 2) * step_x / 2, shape[1], step_x):
            jx, jy = int(cx + rng.normal(0, 3)), int(max(cy + rng.normal(0, 3), 0))
            jx = min(max(jx, 0), shape[1] - 1)
            canvas[jy + 1 : jy + 2 + 2 * radius, jx + 1 : jx + 2 + 2 * radius] += ring[: 2 * radius + 1]
    areal = canvas[radius + 1 : -radius - 1, radius + 1 : -radius - 1]
    # Scaled so that the mean over the filled part is that of the stow density, whatever the lacing.
    filled = areal > 0.02
    if not filled.any():
        return areal
    return np.asarray(areal * (depth_g_cm2 / areal[filled].mean()), np.float32)


def planks(rng: Rng, shape: Shape, depth_g_cm2: float, fill: float) -> Float32Array:
    """Timber bundles with stickers between the courses."""
    height, width = max(px(rng.uniform(25, 80)), 5), px(rng.uniform(1800, 5000))
    iy, ix, fy, fx = cells(rng, shape, width, height)
    areal = depth_g_cm2 * per_cell(rng, iy, ix, 0.05)
    areal *= np.where(fy < rng.uniform(0.05, 0.3), rng.uniform(0.2, 0.8), 1.0)
    bundle = px(rng.uniform(400, 1000))
    place = (shape[0] - np.arange(shape[0]))[:, None] % bundle
    areal *= np.where(place < px(rng.uniform(40, 90)), rng.uniform(0.15, 0.4), 1.0)
    areal *= np.where(fx < px(rng.uniform(20, 80)) / width, 0.1, 1.0)
    areal *= top_profile(rng, shape, width, fill, 0.04)
    return areal.astype(np.float32)


def coils(rng: Rng, shape: Shape, _depth_g_cm2: float, fill: float) -> Float32Array:
    """Steel: a few coils, or bars and plates low on the floor; their own thickness counts, not the stow density."""
    areal = np.zeros(shape, np.float32)
    if rng.random() < 0.6:
        radius = px(rng.uniform(300, 750))
        x = int(rng.uniform(0, 2 * radius))
        y, xx = np.ogrid[-radius : radius + 1, -radius : radius + 1]
        r = np.sqrt(xx * xx + y * y) / radius
        disc = np.where((r < 1) & (r > rng.uniform(0.3, 0.5)), 1.0, 0.0).astype(np.float32)
        lying = rng.random() < 0.5
        if lying:
            disc = np.sqrt(np.maximum(1 - (xx / radius) ** 2, 0)) * (np.abs(y) < radius * 0.7)
            disc = np.broadcast_to(disc, (2 * radius + 1, 2 * radius + 1)).astype(np.float32)
        while x + 2 * radius < shape[1]:
            top = max(shape[0] - 2 * radius - 1, 0)
            part = disc[-(shape[0] - top) :]
            areal[top : top + part.shape[0], x : x + part.shape[1]] += part * rng.uniform(250, 700)
            x += int(2 * radius * rng.uniform(1.05, 2.5))
        return areal
    bundle = px(rng.uniform(1500, 5800))
    iy, ix, _, fx = cells(rng, shape, bundle, px(rng.uniform(80, 250)))
    areal = rng.uniform(150, 500) * per_cell(rng, iy, ix, 0.15) * (fx > 0.03)
    return (areal * top_profile(rng, shape, bundle, min(fill, 0.35), 0.05)).astype(np.float32)


def machines(rng: Rng, shape: Shape, depth_g_cm2: float, fill: float) -> Float32Array:
    """Crates with housings, shafts, discs and voids."""
    areal = np.zeros(shape, np.float32)
    x = int(rng.uniform(0, px(400)))
    while x < shape[1] - px(500):
        width, height = (
            px(rng.uniform(700, 2600)),
            int(shape[0] * np.clip(fill * rng.uniform(0.5, 1.1), 0.15, 1)),
        )
        top = shape[0] - height
        areal[top:, x : x + width] += depth_g_cm2 * rng.uniform(0.05, 0.3)
        for _ in range(int(rng.integers(8, 30))):
            w, h = px(rng.uniform(40, 900)), px(rng.uniform(40, 700))
            y0, x0 = (
                top + int(rng.integers(0, max(height - h, 1))),
                x + int(rng.integers(0, max(width - w, 1))),
            )
            part = areal[max(y0, 0) : y0 + h, x0 : x0 + w]
            value = float(rng.gamma(1.2, depth_g_cm2 * 0.5))
            if rng.random() < 0.4 and part.size:
                yy, xx = np.ogrid[-1 : 1 : part.shape[0] * 1j, -1 : 1 : part.shape[1] * 1j]
                part += (value * ((yy**2 + xx**2) < 1)).astype(np.float32)
            else:
                part += value
        x += width + px(rng.uniform(50, 800))
    return areal


@dataclass(frozen=True)
class Packing:
    """One class of goods and the ways it is packed; `fill` is the usual range of the height it takes."""

    commodity: str
    materials: tuple[Material, ...]
    fill: tuple[float, float]
    pack: Callable[[Rng, Shape, float, float], Float32Array]


PACKINGS: tuple[Packing, ...] = (
    Packing("frozen_meat_fish", (m.MEAT, m.FAT), (0.6, 0.95),
            lambda r, s, d, f: cartons(r, s, d, (r.uniform(350, 1200), r.uniform(120, 240)), 0.05, 0.06, f)),
    Packing("fresh_produce", (m.FRUIT,), (0.7, 0.97),
            lambda r, s, d, f: cartons(r, s, d, (400, 200), 0.14, 0.05, f)),
    Packing("grain_flour", (m.CELLULOSE, m.COFFEE), (0.35, 0.9),
            lambda r, s, d, f: bulk(r, s, d, f) if r.random() < 0.5 else sacks(r, s, d, f)),
    Packing("bottled_drinks", (m.DRINKS, m.WATER), (0.4, 0.75),
            lambda r, s, d, f: cylinders(r, s, d, (r.uniform(60, 110), r.uniform(220, 350)), f, r.uniform(0.75, 0.92))),
    Packing("cigarettes", (m.TOBACCO,), (0.75, 1.0),
            lambda r, s, d, f: cartons(r, s, d, (r.uniform(90, 480), r.uniform(50, 300)), 0.06, 0.02, f)),
    Packing("tyres", (m.TYRE,), (0.6, 1.0), rings),
    Packing("timber_plywood", (m.WOOD,), (0.6, 0.95), planks),
    Packing("paper_rolls", (m.PAPER,), (0.5, 0.9),
            lambda r, s, d, f: cylinders(r, s, d, (r.uniform(900, 1300), r.uniform(800, 1500)), f, 1.0)),
    Packing("cotton_fibre_bales", (m.CELLULOSE, m.TEXTILE), (0.6, 0.95),
            lambda r, s, d, f: cartons(r, s, d, (r.uniform(550, 1100), r.uniform(500, 1400)), 0.03, 0.05, f)),
    Packing("textiles_garments", (m.TEXTILE,), (0.6, 1.0),
            lambda r, s, d, f: cartons(r, s, d, (600, 400), 0.05, 0.18, f) * smooth_field(r, s, 30, 0.12)),
    Packing("steel_products", (m.STEEL,), (0.1, 0.4), coils),
    Packing("machinery", (m.STEEL, m.ALUMINIUM), (0.4, 0.9), machines),
)  # fmt: skip


def pack_goods(rng: Rng, packing: Packing, shape: Shape, depth_mm: float, fill: float) -> list[Layer]:
    """Goods over a cargo space in two or three layers, each seen at its own scale and phase."""
    low, high = CLASS_BY_NAME[packing.commodity].stow_density_kg_m3
    density_g_cm3 = rng.uniform(low, high) / 1000
    count = int(rng.integers(1, 4))
    depth_g_cm2 = density_g_cm3 * depth_mm / 10 * rng.uniform(0.75, 0.98) / count
    material = packing.materials[int(rng.integers(len(packing.materials)))]
    same_top = rng.integers(2**32)
    layers = []
    for index in range(count):
        # Layers of one load have the same packing but never line up exactly: the fan magnifies the near one.
        child = np.random.default_rng([int(same_top), index if rng.random() < 0.8 else 0])
        layers.append(Layer(material, settled(child, packing.pack(child, shape, depth_g_cm2, fill))))
    return layers


def settled(rng: Rng, areal: Float32Array) -> Float32Array:
    """Goods as they stand after a journey: stacks lean, courses sag, edges are never ruled.

    A fan beam looks at most of them from above or below, so that their upper and lower edges are soft.
    """
    if rng.random() < 0.6:
        soft = cv2.blur(areal, (1, px(rng.uniform(10, 120))), borderType=cv2.BORDER_REFLECT)
        areal = np.asarray(soft, np.float32)
    height, width = areal.shape
    lean, sag = rng.normal(0, 0.012), rng.uniform(0, 5)
    up = (height - np.arange(height, dtype=np.float32))[:, None] / max(height, 1)
    across = (smooth_field(rng, (1, width), px(500), 1.0) - 1) * rng.uniform(0, 4)
    down = (smooth_field(rng, (1, width), px(700), 1.0) - 1) * sag
    map_x = np.arange(width, dtype=np.float32)[None, :] + up * (lean * height + across)
    map_y = np.arange(height, dtype=np.float32)[:, None] + up * down
    warped = cv2.remap(
        areal,
        map_x.astype(np.float32),
        map_y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
    )
    return np.asarray(warped, np.float32)
