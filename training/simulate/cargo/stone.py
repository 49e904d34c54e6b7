"""Stone, ceramic and glass: low pallets of tiles, slabs upright on frames, blocks, sheets leaning on A-frames."""

from collections.abc import Sequence

import numpy as np

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import Material
from training.simulate.cargo.pallets import pallet_height, under
from training.simulate.cargo.stowage import (
    Pieces,
    Rng,
    Stow,
    grid_of,
    pick,
    piece_values,
    row,
    rows_across,
)  # fmt: skip
from training.simulate.solids import Box3, Loft, Solid, bar, box, density_of, prism


def tile_pallets(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Boxes of tiles standing on edge, two or three courses on each pallet, the pallets close together."""
    material, goods, fixed = pick(rng, materials), list[Solid](), list[Solid]()
    deck = pallet_height(rng, room)
    for part in rows_across(rng, room, 1150, (10, 150), most=2):
        box_length, unit = rng.uniform(30, 90), int(rng.integers(8, 16))
        xs = row(
            rng,
            part.x0,
            part.x1,
            box_length,
            rng.uniform(1, 4),
            jitter=0.02,
            unit=unit,
            unit_gap=rng.uniform(15, 80),
        )
        ys = row(
            rng, part.y0 + deck, part.y1, rng.uniform(200, 650), rng.uniform(2, 20), jitter=0.01, fill=True
        )
        zs = row(rng, part.z0, part.z1, rng.uniform(300, 640), rng.uniform(2, 30), fill=True)
        values = piece_values(rng, xs, ys.count, zs.count, spread=0.03, roughness=0.05)
        goods.append(grid_of(material, xs, ys, zs, values))
        fixed.append(under(rng, xs, part, deck))
    return Stow(goods, fixed, density_of(material, None))


def upright_slabs(rng: Rng, room: Box3, kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Slabs upright along the travel on frames, in bundles that differ in height: flat dark faces with edge lines."""
    material, goods, fixed = pick(rng, materials), list[Solid](), list[Solid]()
    share = kg_m3 / 1000 / density_of(material, None)
    x, depth = room.x0, room.z1 - room.z0
    first = True
    while x < room.x1 - 500:
        length = min(rng.uniform(1400, 3200), room.x1 - x)
        length = room.x1 - x if room.x1 - x - length < 600 else length
        slabs = int(rng.integers(3, 8))
        thick = share * depth / slabs * rng.uniform(1.25, 1.45)
        for k in range(slabs):
            top = room.y1 if first else room.y1 - rng.uniform(0, 0.3) * (room.y1 - room.y0 - 60)
            first = False
            lean = rng.uniform(-25, 25)
            z = np.clip(room.z0 + depth * (k + 0.5) / slabs + lean, room.z0 + thick / 2, room.z1 - thick / 2)
            a, b = x + rng.uniform(0, 120), x + length - rng.uniform(20, 250)
            goods.append(box(material, Box3(a, b, room.y0 + 55, top, z - thick / 2, z + thick / 2), 1))
        for at in (x + 0.2 * length, x + 0.8 * length):
            fixed.append(box(m.WOOD, Box3(at - 50, at + 50, room.y0, room.y0 + 55, room.z0, room.z1)))
            fixed.append(
                box(m.WOOD, Box3(at - 40, at + 40, room.y0 + 55, room.y1 - 40, room.z0, room.z0 + 50), 0.5)
            )
        x += length + rng.uniform(20, 150)
    return Stow(goods, fixed, density_of(material, None))


def blocks(rng: Rng, room: Box3, kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """A few rough blocks, wedged with timber: opaque, with floor to be seen between them."""
    material, goods, fixed = pick(rng, materials), list[Solid](), list[Solid]()
    share = kg_m3 / 1000 / density_of(material, None)
    depth, x, first = room.z1 - room.z0, room.x0, True
    while x < room.x1 - 500:
        length = min(rng.uniform(700, 2600), room.x1 - x)
        length = room.x1 - x if room.x1 - x - length < 500 else length
        wide = depth * np.clip(rng.uniform(0.6, 0.95), 0, 1)
        solid = float(np.clip(share * depth / wide * rng.uniform(1.15, 1.4), 0.3, 0.97))
        top = room.y1 if first else room.y0 + 80 + (room.y1 - room.y0 - 80) * rng.uniform(0.75, 1.0)
        first = False
        u = np.linspace(0, 1, 9)
        rough = np.abs(rng.normal(0, 18, (2, 9)))
        z = (room.z0 + room.z1) / 2 + rng.normal(0, 0.1) * (depth - wide)
        a = x + rng.uniform(0, 0.5) * (1 - solid) * length
        knots = a + u * length * solid
        goods.append(
            Loft(material, knots, np.full(9, room.y0 + 80.0), top - rough[0], np.full(9, max(z - wide / 2, room.z0)),
                 np.minimum(z + wide / 2 - rough[1], room.z1), 1.0)
        )  # fmt: skip
        for at in (a + 60, a + length * solid - 160):
            fixed.append(
                box(m.WOOD, Box3(at, at + 100, room.y0, room.y0 + 80, room.z0 + 100, room.z1 - 100), 0.6)
            )
        x += length + 20
    return Stow(goods, fixed, density_of(material, None))


def kerbs(rng: Rng, room: Box3, _kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Cubes of setts, kerbs or bricks on pallets: courses with open joints."""
    material, goods, fixed = pick(rng, materials), list[Solid](), list[Solid]()
    deck = pallet_height(rng, room)
    for part in rows_across(rng, room, 1100, (20, 100), most=2):
        long = rng.uniform(90, 300)
        unit = max(int(1000 / long), 1)
        xs = row(
            rng,
            part.x0,
            part.x1,
            long,
            rng.uniform(3, 15),
            jitter=0.03,
            unit=unit,
            unit_gap=rng.uniform(30, 150),
        )
        ys = row(
            rng, part.y0 + deck, part.y1, rng.uniform(60, 160), rng.uniform(1, 6), jitter=0.03, fill=True
        )
        zs = row(rng, part.z0, part.z1, rng.uniform(220, 500), rng.uniform(3, 25), fill=True)
        values = piece_values(rng, xs, ys.count, zs.count, spread=0.05, roughness=0.05)
        goods.append(grid_of(material, xs, ys, zs, values))
        fixed.append(under(rng, xs, part, deck))
    return Stow(goods, fixed, density_of(material, None))


def a_frames(rng: Rng, room: Box3, kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Sheets that lean along the travel against A-frames: slanting dark bands with fine edge lines."""
    material, goods, fixed = pick(rng, materials), list[Solid](), list[Solid]()
    share = kg_m3 / 1000 / density_of(material, None)
    tall, depth = room.y1 - room.y0 - 80, room.z1 - room.z0
    lean = np.tan(np.deg2rad(rng.uniform(3, 7))) * tall
    wide = depth * rng.uniform(0.75, 0.97)
    z = (room.z0 + room.z1) / 2
    pitch = min(max(rng.uniform(1500, 3200), 4 * lean + 200), room.x1 - room.x0)
    frames = max(int((room.x1 - room.x0) / pitch), 1)
    pitch = (room.x1 - room.x0) / frames
    thick = float(np.clip(share * pitch * (tall + 80) * depth / (2 * tall * wide), 15, pitch / 2 - lean - 45))
    panes = int(rng.integers(2, 6))
    for k in range(frames):
        x = room.x0 + pitch * (k + 0.5)
        for side in (-1, 1):
            for pane in range(panes):
                near = 30 + thick * (1 + 0.25 / panes) * pane / panes
                far = near + thick / panes * rng.uniform(0.85, 1.0)
                top = room.y1 - (0 if pane == 0 and k == 0 else rng.uniform(0, 0.25) * tall)
                up = (top - room.y0 - 80) / tall
                corners = [
                    (x + side * (near + lean), room.y0 + 80), (x + side * (far + lean), room.y0 + 80),
                    (x + side * (far + lean * (1 - up)), top), (x + side * (near + lean * (1 - up)), top),
                ]  # fmt: skip
                corners = [(min(max(cx, room.x0), room.x1), cy) for cx, cy in corners]
                if max(c[0] for c in corners) - min(c[0] for c in corners) > 1:
                    goods.append(prism(material, corners, z - wide / 2, z + wide / 2, 1))
            foot = min(max(x + side * (lean + thick + 60), room.x0), room.x1)
            for at in (room.z0 + 0.2 * depth, room.z1 - 0.2 * depth):
                fixed.append(
                    bar(
                        m.STEEL,
                        (x, room.y1 - 60),
                        (x + side * lean * 0.9, room.y0 + 70),
                        50,
                        at - 30,
                        at + 30,
                        2,
                    )
                )
                fixed.append(bar(m.STEEL, (x, room.y0 + 60), (foot, room.y0 + 60), 60, at - 30, at + 30, 2))
    return Stow(goods, fixed, density_of(material, None))


def sheet_crates(rng: Rng, room: Box3, kg_m3: float, *, materials: Sequence[Material]) -> Stow:
    """Wooden end-cap crates of sheets upright across the vehicle: combs of thin dark lines."""
    material = pick(rng, materials)
    share = kg_m3 / 1000 / density_of(material, None)
    goods, fixed, depth = list[Solid](), list[Solid](), room.z1 - room.z0
    deck = min(100.0, 0.15 * (room.y1 - room.y0))
    sheet = rng.uniform(8, 40)
    packed = rng.uniform(0.6, 0.92)
    unit = int(rng.integers(4, 14))
    unit_length = unit * sheet / packed
    gap = float(np.clip(unit_length * (packed * 0.8 / share - 1), 25, 900))
    xs = row(rng, room.x0, room.x1, sheet, sheet * (1 / packed - 1), unit=unit, unit_gap=gap)
    zs = row(rng, room.z0, room.z1, depth * pick(rng, (0.47, 0.97)), 60, fill=True)
    ys = Pieces(np.array([room.y0 + deck, room.y1]), np.array([0]), np.array([0]))
    values = np.ones((xs.count, 1, zs.count), np.float32)
    goods.append(grid_of(material, xs, ys, zs, values))
    for a, b in xs.unit_spans():
        for at in (max(a - 32, room.x0), min(b + 4, room.x1 - 28)):
            fixed.append(box(m.WOOD, Box3(at, at + 28, room.y0, room.y1, room.z0 + 40, room.z1 - 40), 0.5))
        for y in (room.y0, room.y0 + 0.55 * (room.y1 - room.y0)):
            fixed.append(box(m.WOOD, Box3(a, b, y, y + 80, room.z0, room.z0 + 30)))
    return Stow(goods, fixed, density_of(material, None))


def sheet_packs(
    rng: Rng, room: Box3, kg_m3: float, *, materials: Sequence[Material], layers: tuple[int, int] = (2, 6)
) -> Stow:
    """Packs along the travel, upright side by side: flat even faces, each pack of its own size, edges stepped."""
    material, goods, fixed = pick(rng, materials), list[Solid](), list[Solid]()
    share, depth = kg_m3 / 1000 / density_of(material, None), room.z1 - room.z0
    many = int(rng.integers(*layers))
    thick = share * depth / many * 1.12
    for k in range(many):
        z = room.z0 + depth * (k + 0.5) / many
        x = room.x0
        while x < room.x1 - 300:
            length = min(rng.uniform(900, 3300), room.x1 - x)
            top = room.y1 if k == 0 and x == room.x0 else room.y1 - rng.uniform(0, 0.22) * (room.y1 - room.y0)
            goods.append(
                box(material, Box3(x, x + length - 20, room.y0 + 40, top, z - thick / 2, z + thick / 2), 1)
            )
            edge = Box3(x + 5, min(x + length, room.x1), room.y0, room.y0 + 38, z - thick / 2, z + thick / 2)
            fixed.append(box(m.RUBBER, edge, 0.6))
            x += length + rng.uniform(0, 100)
    for at in np.linspace(room.x0 + 100, room.x1 - 160, max(int((room.x1 - room.x0) / 1500), 2)):
        fixed.append(box(m.STEEL, Box3(at, at + 60, room.y0, room.y1, room.z0, room.z0 + 40), 1.5))
    return Stow(goods, fixed, density_of(material, None))
