"""Whole vehicles and large parts of them: cars, motorcycles, engines, gearboxes, outboard motors.

Sizes and masses are those of common data sheets (typical values): a car 900 to 1900 kg, a motorcycle 120 to 250 kg,
an engine 90 to 300 kg, an outboard motor 40 to 250 kg.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from tallyscan.physics import materials as m
from training.simulate.concealment.place import Rng, Site, bounds, concealment, outline, put
from training.simulate.concealment.pose import Pose
from training.simulate.parts import Concealment
from training.simulate.solids import Box3, Solid, cylinder_across


def _wheel(rng: Rng, pose: Pose, u: float, v: float, radius: float, w0: float, w1: float) -> list[Solid]:
    """Tyre and rim: an annulus of rubber around a lighter disc of metal."""
    x, y = pose.at(u, v)
    rim = float(rng.uniform(0.55, 0.7)) * radius
    z0, z1 = pose.z + w0, pose.z + w1
    metal, density = (m.ALUMINIUM, 0.55) if rng.random() < 0.5 else (m.STEEL, 0.75)
    return [
        cylinder_across(m.TYRE, x, y, radius, z0, z1, 0.42),
        cylinder_across(m.TYRE, x, y, rim, z0, z1, -0.42),
        cylinder_across(metal, x, y, rim, z0, z1, density),
        cylinder_across(m.STEEL, x, y, 0.35 * rim, z0, z1, 1.5),
    ]


def engine(rng: Rng, pose: Pose, scale: float = 1.0) -> list[Solid]:
    """Block, head, sump, gearbox and a few dense things around them."""
    long, high, deep = (scale * float(rng.uniform(*r)) for r in ((380, 620), (330, 420), (330, 520)))
    cast = m.STEEL if rng.random() < 0.55 else m.ALUMINIUM
    block = float(rng.uniform(1.6, 2.4)) if cast is m.STEEL else float(rng.uniform(1.0, 1.5))
    parts = [
        pose.block(cast, -long / 2, long / 2, 0.2 * high, 0.75 * high, 0.75 * deep, block),
        pose.block(m.ALUMINIUM, -0.48 * long, 0.48 * long, 0.75 * high, high, 0.6 * deep, 1.1),
        pose.block(m.STEEL, -0.46 * long, 0.46 * long, 0, 0.2 * high, 0.5 * deep, 0.5),
        pose.block(
            m.STEEL, -0.45 * long, 0.45 * long, 0.25 * high, 0.37 * high, 90 * scale, 5.0
        ),  # crankshaft
    ]
    if not pose.end_on:
        for u in np.linspace(-0.33, 0.33, int(rng.choice([3, 4, 4, 6]))) * long:  # bores
            parts.append(
                pose.block(
                    cast, u - 0.06 * long, u + 0.06 * long, 0.4 * high, 0.74 * high, 0.3 * deep, -0.6 * block
                )
            )
    if rng.random() < 0.6:
        gear = scale * float(rng.uniform(300, 650))
        corners = [
            (long / 2, 0.1 * high),
            (long / 2, 0.8 * high),
            (long / 2 + gear, 0.55 * high),
            (long / 2 + gear, 0.25 * high),
        ]
        if not pose.end_on:
            parts.append(
                pose.polygon(m.ALUMINIUM, corners, -0.28 * deep, 0.28 * deep, float(rng.uniform(0.8, 1.4)))
            )
            parts.append(
                pose.bar(m.STEEL, (long / 2, 0.42 * high), (long / 2 + gear, 0.4 * high), 70, 70, 4.5)
            )
    return parts


def _profile(
    rng: Rng, length: float, height: float
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Lower body and cabin of a car, seen from its side."""
    sill, waist = 0.14 * height, float(rng.uniform(0.5, 0.6)) * height
    bonnet = float(rng.uniform(0.42, 0.5)) * height
    boot = float(rng.choice([0.5, 0.6])) * height
    lower = [
        (0.0, sill), (length, sill), (length, boot), (0.8 * length, waist), (0.3 * length, waist), (0.0, bonnet * 0.8),
    ]  # fmt: skip
    back = float(rng.uniform(0.75, 0.97)) * length
    cabin = [
        (0.25 * length, waist), (0.4 * length, height), (min(0.72 * length + 100, back - 60), height), (back, waist),
    ]  # fmt: skip
    return lower, cabin


def car(rng: Rng, pose: Pose) -> list[Solid]:
    """A body of sheet steel with its sides, floor, roof, engine, axles, seats, battery and wheels."""
    length, height, wide = (float(rng.uniform(*r)) for r in ((3500, 4900), (1380, 1720), (1580, 1850)))
    lower, cabin = _profile(rng, length, height)
    side = float(rng.uniform(3.5, 6.5))  # skins and frames of one flank, in mm of steel
    parts: list[Solid] = []
    for z in (-wide / 2, wide / 2 - 40):
        parts.append(pose.polygon(m.STEEL, lower, z, z + 40, 7.87 * side / 40))
        parts.append(pose.polygon(m.STEEL, cabin, z, z + 40, 7.87 * side / 90))
    sheets = [
        *pairwise(cabin),
        (lower[2], lower[3]),
        (lower[4], lower[5]),
        (lower[0], lower[1]),
    ]
    for start, end in sheets:  # roof, screens, bonnet, boot, floor
        floor = start is lower[0]
        parts.append(pose.bar(m.STEEL, start, end, 40 if floor else 25, wide - 80, 1.2 if floor else 0.45))
    for u in (0.4, 0.57, 0.75):  # pillars
        parts.append(
            pose.bar(m.STEEL, (u * length, lower[3][1]), ((u - 0.02) * length, 0.98 * height), 60, wide, 0.12)
        )
    radius = float(rng.uniform(280, 350))
    wheels = (0.18 * length, 0.8 * length)
    if rng.random() < 0.85:
        for u in wheels:
            parts += _wheel(rng, pose, u, radius, radius, -wide / 2 + 20, -wide / 2 + 215)
            parts += _wheel(rng, pose, u, radius, radius, wide / 2 - 215, wide / 2 - 20)
    for u in wheels:
        parts.append(pose.block(m.STEEL, u - 60, u + 60, radius - 60, radius + 60, 0.7 * wide, 0.9))
    if rng.random() < 0.9:
        x, y = pose.at(0.16 * length, 0.2 * height)
        parts += engine(rng, replace(pose, x=x, y=y), float(rng.uniform(0.85, 1.1)))
    parts.append(pose.bar(m.STEEL, (0.3 * length, 0.17 * height), (0.97 * length, 0.2 * height), 70, 70, 1.2))
    dash = (0.33 * length, 0.4 * length, 0.36 * height, 0.55 * height)
    parts.append(pose.block(m.NYLON, *dash, 0.85 * wide, float(rng.uniform(0.1, 0.25))))
    for u in (0.45, 0.66):  # seats
        parts.append(
            pose.block(m.NYLON, u * length, u * length + 480, 0.25 * height, 0.4 * height, 0.7 * wide, 0.08)
        )
        parts.append(
            pose.bar(
                m.NYLON,
                (u * length + 440, 0.35 * height),
                (u * length + 560, 0.75 * height),
                130,
                0.7 * wide,
                0.07,
            )
        )
    parts.append(
        pose.block(m.LEAD_ACID, 0.08 * length, 0.08 * length + 230, 0.38 * height, 0.5 * height, 170, 2.2)
    )
    return parts


def motorcycle(rng: Rng, pose: Pose) -> list[Solid]:
    """Two wheels, a frame of tube, engine, tank and seat; now and then without its front wheel."""
    base, radius = float(rng.uniform(1200, 1500)), float(rng.uniform(270, 340))
    parts = _wheel(rng, pose, 0, radius, radius, -60, 60)
    if rng.random() < 0.75:
        parts += _wheel(rng, pose, base, radius, radius, -50, 50)
    head = (base - 320, 950.0)
    for start, end in (
        ((0.0, radius), (300.0, 750.0)), ((300.0, 750.0), head), (head, (0.6 * base, 300.0)),
        ((0.0, radius), (0.6 * base, 300.0)), ((base, radius), head),
    ):  # fmt: skip
        parts.append(pose.bar(m.STEEL, start, end, 45, 90, 2.0))
    parts += [
        pose.block(m.ALUMINIUM, 0.33 * base, 0.66 * base, 280, 560, 300, float(rng.uniform(1.3, 2.2))),
        pose.block(m.STEEL, 0.38 * base, 0.6 * base, 330, 480, 120, float(rng.uniform(2.0, 4.0))),
        pose.block(m.STEEL, 0.4 * base, 0.75 * base, 740, 900, 260, 0.4),
        pose.block(m.NYLON, 40, 0.4 * base, 740, 830, 250, 0.12),
        pose.bar(m.STEEL, (-150.0, 330.0), (0.5 * base, 260.0), 90, 90, 0.7),
    ]
    return parts


def outboard(rng: Rng, pose: Pose) -> list[Solid]:
    """Power head, shaft and propeller of an outboard motor."""
    s = float(rng.uniform(0.7, 1.25))
    return [
        pose.block(m.ALUMINIUM, 0, 420 * s, 900 * s, 1350 * s, 330 * s, float(rng.uniform(0.7, 1.3))),
        pose.block(m.STEEL, 90 * s, 300 * s, 980 * s, 1150 * s, 180 * s, float(rng.uniform(1.5, 3.0))),
        pose.block(m.ALUMINIUM, 120 * s, 280 * s, 120 * s, 900 * s, 110 * s, float(rng.uniform(0.8, 1.4))),
        pose.block(m.ALUMINIUM, 20 * s, 430 * s, 100 * s, 200 * s, 90 * s, 1.8),
        pose.block(m.ALUMINIUM, 430 * s, 470 * s, 0, 300 * s, 290 * s, 0.5),
        pose.bar(m.STEEL, (200 * s, 150 * s), (200 * s, 1000 * s), 32, 32, 7.0),
    ]


# (drawing, from which amount on it is drawn): engines and gearboxes first, cars at the blatant end
KINDS: dict[str, tuple[Callable[[Rng, Pose], list[Solid]], float, float]] = {
    "engine": (engine, 0.0, 0.75), "outboard": (outboard, 0.1, 0.8), "motorcycle": (motorcycle, 0.15, 0.9),
    "car": (car, 0.45, 1.01),
}  # fmt: skip


def vehicles_engines(rng: Rng, site: Site, amount: float) -> Concealment | None:
    """An engine, a motorcycle or a car, or several of them, instead of goods or among them."""
    at = float(np.clip(amount + rng.normal(0, 0.1), 0, 1))
    kind = str(rng.choice([name for name, (_, low, high) in KINDS.items() if low <= at < high]))
    pieces = 1 + int(rng.binomial(3, 0.6 * at))
    if kind == "car":
        pieces = 1 + int(at > 0.75 and rng.random() < 0.4)
    added: list[Solid] = []
    boxes: list[Box3] = []
    gone: list[Box3] = []
    close = rng.random() < 0.7
    for _ in range(pieces):
        turned = float(rng.choice([0.0, 0.12, -0.12, np.pi / 2, -np.pi / 2], p=[0.55, 0.1, 0.1, 0.15, 0.1]))
        turned = turned if kind != "car" else float(rng.choice([0.0, 0.0, rng.uniform(-0.35, 0.35)]))
        pose = Pose(turned + 1e-4, bool(rng.random() < 0.5))
        parts = KINDS[kind][0](rng, pose)
        if kind == "engine":
            parts = parts if rng.random() < 0.5 + at else parts[:2]
        placed = put(rng, site, parts, "floor" if kind == "car" or rng.random() < 0.5 else "any")
        if placed is None or any(placed[1].overlap(other) for other in boxes):
            continue
        added += placed[0]
        boxes.append(placed[1])
        gone += outline(placed[0]) if close else [placed[1]]
    if not added:
        return None
    around = bounds(added)
    # Goods stay in and around a vehicle now and then: clothes in a car, cartons beside it.
    share = float(rng.choice([1.0, 1.0, rng.uniform(0.5, 1.0)]))
    return concealment(
        "vehicles_engines",
        site,
        added,
        gone,
        share,
        kind=kind,
        pieces=len(boxes),
        length_mm=round(around.size[0]),
    )
