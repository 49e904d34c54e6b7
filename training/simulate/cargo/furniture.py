"""Furniture and household goods: carcasses, tables, sofas, mattresses, panels, bric-a-brac."""

from collections.abc import Callable

import numpy as np

from tallyscan.physics import materials as m
from training.simulate.cargo.machines import shell_box
from training.simulate.cargo.stowage import Rng, Stow, mottle, pick, row, rows_across, somewhere
from training.simulate.solids import Box3, Grid, Solid, bar, box, cylinder_across, cylinder_upright, ellipsoid


def _cupboard(rng: Rng, r: Box3) -> list[Solid]:
    """A carcass of boards with shelves and drawers."""
    shelves = int(rng.integers(1, 7))
    y = np.linspace(r.y0, r.y1, shelves + 2)
    y_edges = np.sort(np.concatenate([y[:-1], y[:-1] + 20, y[-1:]]))
    x = np.array([r.x0, r.x0 + 20, (r.x0 + r.x1) / 2, (r.x0 + r.x1) / 2 + 18, r.x1 - 20, r.x1])
    cells = np.zeros((5, len(y_edges) - 1, 3), np.float32)
    cells[[0, 4]] = 0.65
    cells[2] = 0.65 * (rng.random() < 0.4)
    cells[:, ::2] = 0.65
    cells[:, :, 0] = 0.65
    cells[:, :, 2] = 0.3
    z = np.array([r.z0, r.z0 + 18, r.z1 - 8, r.z1])
    return [Grid(m.WOOD, x, y_edges, z, cells)]


def _table(rng: Rng, r: Box3) -> list[Solid]:
    """A table or desk: top and legs, chairs put upside down on it."""
    top = r.y0 + min(740, 0.5 * (r.y1 - r.y0))
    legs = [
        box(m.WOOD, Box3(x, x + 60, r.y0, top, z, z + 60), 0.65)
        for x in (r.x0 + 30, r.x1 - 90) for z in (r.z0 + 30, r.z1 - 90)
    ]  # fmt: skip
    out: list[Solid] = [box(m.WOOD, r._replace(y0=top - 30, y1=top), 0.7), *legs]
    for x in np.arange(r.x0 + 50, r.x1 - 450, rng.uniform(460, 700)):
        seat = top + 10
        out.append(box(m.WOOD, Box3(float(x), float(x) + 420, seat, seat + 30, r.z0 + 50, r.z0 + 470), 0.5))
        for dx in (0, 390):
            out.append(
                bar(
                    m.WOOD,
                    (float(x) + dx, seat + 30),
                    (float(x) + dx, min(seat + 480, r.y1)),
                    32,
                    r.z0 + 60,
                    r.z0 + 450,
                    0.1,
                )
            )
    return out


def _sofa(rng: Rng, r: Box3) -> list[Solid]:
    """Foam over a frame of wood and springs."""
    tall = r.y1 - r.y0
    frame = box(m.WOOD, Box3(r.x0, r.x1, r.y0 + 0.1 * tall, r.y0 + 0.2 * tall, r.z0, r.z1), 0.25)
    seat = ellipsoid(m.POLYURETHANE, r._replace(y0=r.y0 + 0.15 * tall, y1=r.y0 + 0.55 * tall), 0.06, 6)
    back = ellipsoid(m.POLYURETHANE, r._replace(z1=r.z0 + 0.35 * (r.z1 - r.z0)), 0.05, 6)
    arms = [
        ellipsoid(
            m.POLYURETHANE, r._replace(x0=a, x1=a + 0.14 * (r.x1 - r.x0), y1=r.y0 + 0.75 * tall), 0.06, 4
        )
        for a in (r.x0, r.x1 - 0.14 * (r.x1 - r.x0))
    ]
    springs = box(
        m.STEEL, Box3(r.x0 + 60, r.x1 - 60, r.y0 + 0.2 * tall, r.y0 + 0.32 * tall, r.z0 + 60, r.z1 - 60), 0.03
    )
    out: list[Solid] = [frame, seat, back, springs, *arms]
    if tall > 1500:
        out += _cupboard(rng, r._replace(y0=r.y0 + 0.76 * tall))
    return out


def _mattresses(rng: Rng, r: Box3) -> list[Solid]:
    """Mattresses on edge or in a pile: foam faces, springs between."""
    thick = rng.uniform(160, 280)
    ys = row(rng, r.y0, r.y1, thick, 8, fill=True)
    zs = np.array([r.z0, r.z1])
    xs = np.linspace(r.x0, r.x1, max(int((r.x1 - r.x0) / 70), 2) + 1)
    cells = np.zeros((len(xs) - 1, len(ys.piece), 1), np.float32)
    cells[:, ys.piece >= 0] = 1
    comb = np.where(np.arange(len(xs) - 1) % 2 == 0, 0.04, 0.03)[:, None, None] * rng.uniform(0.5, 1.5)
    return [
        Grid(m.POLYURETHANE, xs, ys.edges, zs, cells * np.float32(0.05)),
        Grid(m.STEEL, xs, ys.edges, zs, (cells * comb).astype(np.float32)),
    ]


def _boxes(rng: Rng, r: Box3) -> list[Solid]:
    """Removal boxes: books here, cushions there."""
    xs, ys = row(rng, r.x0, r.x1, rng.uniform(330, 600), 10), row(rng, r.y0, r.y1, rng.uniform(280, 450), 4)
    cells = np.zeros((len(xs.piece), len(ys.piece), 1), np.float32)
    values = rng.gamma(1.5, 0.12, (xs.count, ys.count, 1))
    cells[np.ix_(xs.piece >= 0, ys.piece >= 0, np.array([0]))] = values
    return [
        Grid(
            m.PAPER,
            xs.edges,
            ys.edges,
            np.array([r.z0, r.z1]),
            cells,
            mottle(rng, r, rng.uniform(40, 150), 0.2),
        )
    ]


def _appliance(rng: Rng, r: Box3) -> list[Solid]:
    """A washing machine, a fridge, a cooker, a bicycle of pipes."""
    length = min(620.0, r.x1 - r.x0)
    top = min(r.y0 + rng.uniform(850, 1700), r.y1)
    part = r._replace(x1=r.x0 + length, y1=top)
    out: list[Solid] = [shell_box(m.STEEL, part, 12, 0.9)]
    if rng.random() < 0.5:
        out.append(
            cylinder_across(
                m.STEEL, r.x0 + length / 2, r.y0 + 450, min(240, length / 2 - 20), r.z0 + 60, r.z1 - 60, 0.25
            )
        )
        out.append(
            box(m.LIME, Box3(r.x0 + 60, r.x0 + length - 60, r.y0 + 60, r.y0 + 150, r.z0 + 80, r.z1 - 80), 1.6)
        )
    else:
        out.append(
            cylinder_upright(m.STEEL, r.x0 + length / 2, (r.z0 + r.z1) / 2, 110, r.y0 + 30, r.y0 + 270, 3.0)
        )
    return out


def _lamp(rng: Rng, r: Box3) -> list[Solid]:
    """Things that are neither boxes nor flat: lamps, vases, rugs rolled up, instruments."""
    out: list[Solid] = []
    for _ in range(int(rng.integers(2, 7))):
        d, h = rng.uniform(80, 450), rng.uniform(150, 900)
        d, h = min(d, r.x1 - r.x0), min(h, r.y1 - r.y0)
        x, y = somewhere(rng, r.x0, r.x1 - d), somewhere(rng, r.y0, r.y1 - h)
        z = somewhere(rng, r.z0, max(r.z1 - d, r.z0 + 1))
        material = pick(rng, (m.WOOD, m.CERAMIC, m.TEXTILE, m.POLYETHYLENE, m.GLASS))
        out.append(
            ellipsoid(
                material,
                Box3(x, x + d, y, y + h, z, min(z + d, r.z1)),
                rng.uniform(0.05, 0.5),
                rng.uniform(1.6, 5),
            )
        )
    return out


PIECES: tuple[Callable[[Rng, Box3], list[Solid]], ...] = (
    _cupboard, _cupboard, _table, _sofa, _mattresses, _boxes, _boxes, _appliance, _lamp,
)  # fmt: skip


def assembled(rng: Rng, room: Box3, _kg_m3: float) -> Stow:
    """A removal: pieces beside and upon one another, many voids, the odd heavy thing."""
    return _of(rng, room, PIECES)


def _of(rng: Rng, room: Box3, pieces: tuple[Callable[[Rng, Box3], list[Solid]], ...]) -> Stow:
    goods = list[Solid]()
    for part in rows_across(rng, room, rng.uniform(700, 1150), (10, 60), most=3):
        x, first = part.x0, True
        while x < part.x1 - 350:
            end = min(x + rng.uniform(500, 2100), part.x1)
            split = rng.uniform(0.35, 0.75) if rng.random() < 0.6 else 1.0
            top = (
                part.y1
                if first or rng.random() < 0.5
                else part.y0 + (part.y1 - part.y0) * rng.uniform(0.6, 1.0)
            )
            y = part.y0 + split * (top - part.y0)
            goods += pick(rng, pieces)(rng, part._replace(x0=x, x1=end, y1=y))
            if top - y > 200:
                goods += pick(rng, pieces)(rng, part._replace(x0=x, x1=end, y0=y + 5, y1=top))
            if first:
                goods.append(box(m.TEXTILE, part._replace(x0=x, x1=end, y0=top - 12), 0.15))
            first = False
            x = end + rng.uniform(5, 150)
    return Stow(goods, [], 3.0)


def upholstered(rng: Rng, room: Box3, _kg_m3: float) -> Stow:
    """Sofas, armchairs and mattresses in film: soft, light, rounded."""
    return _of(rng, room, (_sofa, _sofa, _mattresses))


def flat_packs(rng: Rng, room: Box3, _kg_m3: float) -> Stow:
    """Board furniture in flat cartons, lying or on edge: combs of boards with hardware bags as specks."""
    goods = list[Solid]()
    upright = rng.random() < 0.5
    for part in rows_across(rng, room, rng.uniform(600, 1150), (5, 50), most=3):
        long, thin = rng.uniform(900, 2200), rng.uniform(50, 160)
        xs = row(
            rng,
            part.x0,
            part.x1,
            thin if upright else long,
            5 if upright else 25,
            jitter=0.15 if upright else 0.03,
        )
        ys = row(
            rng,
            part.y0,
            part.y1,
            min(long, part.y1 - part.y0) if upright else thin,
            3,
            jitter=0.02 if upright else 0.15,
            fill=True,
        )
        cells = np.zeros((len(xs.piece), len(ys.piece), 1), np.float32)
        values = np.clip(rng.normal(1, 0.3, (xs.count, ys.count, 1)), 0.2, 2)
        if ys.count > 3:
            short = rng.integers(0, max(ys.count // 4, 1), xs.count)
            short[0] = 0
            values[np.arange(ys.count)[None, :] >= (ys.count - short)[:, None]] = 0
        cells[np.ix_(xs.piece >= 0, ys.piece >= 0, np.array([0]))] = values
        goods.append(Grid(m.WOOD, xs.edges, ys.edges, np.array([part.z0, part.z1]), cells))
        for _ in range(int(rng.integers(3, 25))):
            x, y = (
                somewhere(rng, part.x0, part.x1 - 120),
                somewhere(rng, part.y0, part.y0 + 0.7 * (part.y1 - part.y0)),
            )
            z = somewhere(rng, part.z0, part.z1 - 100)
            goods.append(box(m.STEEL, Box3(x, x + rng.uniform(40, 120), y, y + 30, z, z + 90), 3.0))
    return Stow(goods, [], 7.0)
