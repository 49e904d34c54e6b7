"""Electrical goods: white goods, cable drums, devices in cartons, open racks."""

import numpy as np

from tallyscan.physics import materials as m
from training.simulate.cargo.pallets import pallet_height, under
from training.simulate.cargo.stowage import Rng, Stow, pick, row, rows_across
from training.simulate.solids import Box3, Grid, Solid, box, cylinder_across, cylinder_along, cylinder_upright


def white_goods(rng: Rng, room: Box3, _kg_m3: float) -> Stow:
    """Washing machines, fridges or cookers in rows: thin shells, drum and counterweight, or compressor below."""
    goods = list[Solid]()
    kind = pick(rng, ("washer", "fridge", "cooker"))
    tall = room.y1 - room.y0
    each = {"washer": 850.0, "cooker": 880.0, "fridge": rng.uniform(1400, 1950)}[kind]
    tiers = max(int((tall + 0.15 * each) / each), 1)
    each = tall / tiers
    side = rng.uniform(560, 700)
    for part in rows_across(rng, room, side, (5, 40), most=4):
        xs = row(rng, part.x0, part.x1, max(side, (part.x1 - part.x0) / 16), rng.uniform(8, 40), jitter=0.002)
        edges = np.concatenate([[a, a + 14, b - 14, b] for a, b in xs.unit_spans()])
        for tier in range(tiers):
            y0, y1 = part.y0 + tier * each, part.y0 + (tier + 1) * each - 8
            y = np.array([y0, y0 + 30, y1 - 40, y1])
            z = np.array([part.z0, part.z0 + 14, part.z1 - 14, part.z1])
            cells = np.full((len(edges) - 1, 3, 3), 0.5, np.float32)
            cells[1::4, 1, 1] = 0.02
            cells[3::4] = 0
            goods.append(Grid(m.APPLIANCE, edges, y, z, cells))
            for a, b in xs.unit_spans():
                goods += _inside(rng, kind, Box3(a, b, y0, y1, part.z0, part.z1))
    return Stow(goods, [], 7.0)


def _inside(rng: Rng, kind: str, r: Box3) -> list[Solid]:
    x, tall, z = (r.x0 + r.x1) / 2, r.y1 - r.y0, (r.z0 + r.z1) / 2
    if kind == "washer":
        radius = min(0.38 * (r.x1 - r.x0), 0.32 * tall)
        y = r.y0 + 0.5 * tall
        return [
            cylinder_across(m.STEEL, x, y, radius, r.z0 + 90, r.z1 - 120, 0.35),
            cylinder_across(m.STEEL, x, y, radius - 14, r.z0 + 110, r.z1 - 130, -0.35),
            box(m.LIME, Box3(r.x0 + 90, r.x1 - 90, r.y1 - 190, r.y1 - 100, z - 130, z + 130), 2.2),
            cylinder_along(m.COPPER, x - 70, x + 70, r.y0 + 130, z, 70, 3.0),
        ]
    if kind == "fridge":
        return [
            cylinder_upright(m.STEEL, x, r.z1 - 200, 90, r.y0 + 40, r.y0 + 0.14 * tall, 4.0),
            box(m.POLYURETHANE, r.inset(20, 40, 20)._replace(y0=r.y0 + 0.17 * tall), 0.035),
            box(m.GLASS, r.inset(60, 0, 80)._replace(y0=r.y0 + 0.5 * tall, y1=r.y0 + 0.5 * tall + 6), 2.0),
            box(
                m.COPPER,
                Box3(r.x0 + 40, r.x1 - 40, r.y0 + 0.2 * tall, r.y0 + 0.9 * tall, r.z1 - 24, r.z1 - 18),
                0.6,
            ),
        ]
    return [
        box(m.STEEL, Box3(r.x0 + 50, r.x1 - 50, r.y1 - 120, r.y1 - 60, r.z0 + 50, r.z1 - 60), 0.9),
        box(
            m.GLASS,
            Box3(r.x0 + 60, r.x1 - 60, r.y0 + 0.3 * tall, r.y0 + 0.8 * tall, r.z0 + 20, r.z0 + 34),
            2.5,
        ),
        box(
            m.STEEL,
            Box3(
                r.x0 + 60,
                r.x1 - 60,
                r.y0 + 0.5 * tall,
                r.y0 + 0.5 * tall + rng.uniform(8, 20),
                r.z0 + 60,
                r.z1 - 60,
            ),
            1.5,
        ),
    ]


def cable_drums(rng: Rng, room: Box3, _kg_m3: float) -> Stow:
    """Drums of cable: flanges, a bore, windings of copper or aluminium in plastic; on their sides or on edge."""
    goods, fixed = list[Solid](), list[Solid]()
    tall = room.y1 - room.y0
    metal, dense = pick(rng, ((m.COPPER, 2.2), (m.ALUMINIUM, 1.2)))
    d = min(rng.uniform(700, 1900), tall, room.x1 - room.x0)
    tiers = max(int(tall / d), 1)
    d = min(tall / tiers, d * 1.25, room.x1 - room.x0)
    d = max(d, tall / tiers if tall / tiers < room.x1 - room.x0 else d)
    for part in rows_across(rng, room, rng.uniform(600, 1150), (20, 120), most=3):
        for tier in range(tiers):
            for x in np.arange(part.x0 + d / 2, part.x1 - d / 2 + 1, d * 1.015):
                y = room.y0 + tier * tall / tiers + d / 2
                full, core = rng.uniform(0.6, 0.95), rng.uniform(0.25, 0.45)
                a, b = part.z0 + 60, part.z1 - 60
                for material, weight in ((metal, dense * 0.7), (m.PVC, 0.45)):
                    goods.append(cylinder_across(material, float(x), y, d / 2 * full, a, b, weight))
                    goods.append(cylinder_across(material, float(x), y, d / 2 * core, a, b, -weight))
                for z in (part.z0 + 5, part.z1 - 55):
                    goods.append(cylinder_across(m.WOOD, float(x), y, d / 2, z, z + 50, 0.55))
                fixed.append(cylinder_across(m.STEEL, float(x), y, 40, part.z0, part.z1, 1.0))
    return Stow(goods, fixed, 6.0)


def devices(rng: Rng, room: Box3, _kg_m3: float) -> Stow:
    """Televisions, computers, panels upright in cartons: thin boards and screens with foam between, on pallets."""
    goods, fixed = list[Solid](), list[Solid]()
    deck = pallet_height(rng, room)
    for part in rows_across(rng, room, 1150, (10, 100), most=2):
        thin = rng.uniform(60, 220)
        unit = max(int(1150 / thin), 2)
        xs = row(rng, part.x0, part.x1, thin, 4, jitter=0.01, unit=unit, unit_gap=rng.uniform(20, 110))
        ys = row(rng, part.y0 + deck, part.y1, rng.uniform(350, 900), 6, jitter=0.01, fill=True)
        fixed.append(under(rng, xs, part, deck))
        board = rng.uniform(0.15, 0.35)
        edges, kind = [xs.edges[0]], list[int]()
        for index, owner in enumerate(xs.piece):
            a, b = xs.edges[index], xs.edges[index + 1]
            if owner < 0:
                edges.append(b)
                kind.append(0)
                continue
            mid, half = (a + b) / 2, (b - a) * board / 2
            edges += [mid - half, mid + half, b]
            kind += [1, 2, 1]
        y_edges, y_kind = [ys.edges[0]], list[int]()
        for index, owner in enumerate(ys.piece):
            a, b = ys.edges[index], ys.edges[index + 1]
            if owner < 0:
                y_edges.append(b)
                y_kind.append(0)
                continue
            y_edges += [a + 0.12 * (b - a), b - 0.12 * (b - a), b]
            y_kind += [1, 2, 1]
        kx, ky = np.array(kind), np.array(y_kind)
        both = np.minimum(kx[:, None], ky[None, :])
        own = np.clip(1 + 0.1 * rng.standard_normal((len(kx), 1)), 0.6, 1.5)
        foam = np.where(both >= 1, 0.05, 0.0)[:, :, None]
        inner = np.where(both == 2, own, 0.0)[:, :, None]
        z = np.array([part.z0, part.z1])
        goods.append(Grid(m.POLYSTYRENE, np.array(edges), np.array(y_edges), z, foam.astype(np.float32)))
        goods.append(Grid(m.ELECTRONICS, np.array(edges), np.array(y_edges), z, inner.astype(np.float32)))
    return Stow(goods, fixed, 4.0)
