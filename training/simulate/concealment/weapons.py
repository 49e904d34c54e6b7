"""Weapons and ammunition: pistols and long guns, whole or taken apart, launchers, mortars, grenades, rounds.

Lengths, bores and masses follow common data sheets of service weapons (typical values).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tallyscan.physics import materials as m
from training.simulate.concealment.packages import packed_block, shell
from training.simulate.concealment.place import Rng, Site, bounds, concealment, count, put
from training.simulate.concealment.pose import Pose, any_pose
from training.simulate.parts import Concealment
from training.simulate.solids import Box3, Solid, ellipsoid, mass_kg


def long_gun(rng: Rng, pose: Pose) -> list[Solid]:
    """A rifle or shotgun of 3 to 5 kg: barrel, receiver, magazine, stock, grip; stock of wood, plastic or tube."""
    length = float(rng.uniform(650, 1150))
    bore = float(rng.uniform(15, 24))
    receiver = float(rng.uniform(180, 300))
    stock = float(rng.uniform(0.2, 0.3)) * length
    at = -length / 2
    u1 = at + stock
    u2 = u1 + receiver
    parts = [
        pose.block(m.STEEL, u2, length / 2, -bore / 2, bore / 2, bore, 5.2),  # round and bored, drawn square
        pose.block(m.STEEL, u1, u2, -38, 24, float(rng.uniform(30, 42)), float(rng.uniform(2.4, 3.4))),
        pose.bar(m.STEEL, (u1 + 25, -35), (u1 - 5, -125), 40, 28, float(rng.uniform(0.6, 1.4))),
    ]
    fore = u2 + float(rng.uniform(0.3, 0.6)) * (length / 2 - u2)
    furniture = m.WOOD if rng.random() < 0.5 else m.NYLON
    parts.append(pose.block(furniture, u2, fore, -34, 10, 38, 0.75))
    if rng.random() < 0.7:
        parts.append(pose.bar(furniture, (at, -60), (u1, -8), float(rng.uniform(50, 95)), 38, 0.7))
    else:
        parts.append(pose.bar(m.STEEL, (at, -10), (u1, 0), 24, 24, 2.2))
    if rng.random() < 0.75:
        reach = float(rng.uniform(90, 210))
        parts.append(
            pose.bar(m.STEEL, (u2 - 55, -30), (u2 - 30 + reach / 5, -30 - reach), 58, 26, rng.uniform(1.2, 3))
        )
    if rng.random() < 0.5:  # gas tube or second barrel, and sight
        parts.append(pose.block(m.STEEL, u2, fore + 40, 18, 30, 12, 4.0))
    return parts


def pistol(rng: Rng, pose: Pose) -> list[Solid]:
    """A pistol of about a kilogram."""
    length, grip = float(rng.uniform(150, 230)), float(rng.uniform(85, 120))
    return [
        pose.block(m.STEEL, 0, length, 0, 27, float(rng.uniform(22, 28)), float(rng.uniform(3.5, 5.5))),
        pose.block(m.STEEL, 10, 0.75 * length, -18, 0, 24, float(rng.uniform(1.5, 3.5))),
        pose.bar(m.STEEL, (28, -12), (10, -grip), 44, 28, float(rng.uniform(1.2, 2.4))),
    ]


def launcher(rng: Rng, pose: Pose) -> list[Solid]:
    """A rocket launcher's tube of 6 to 8 kg, or a mortar's barrel; now and then with a round."""
    mortar = rng.random() < 0.4
    length = float(rng.uniform(650, 1450) if mortar else rng.uniform(900, 1000))
    outer, wall = (float(rng.uniform(66, 130)), float(rng.uniform(4, 7))) if mortar else (46.0, 3.2)
    mean = 7.87 * (1 - (1 - 2 * wall / outer) ** 2) * np.pi / 4
    parts = [
        pose.block(m.STEEL, 0, length, outer / 2 - wall, outer / 2, outer * 0.5),
        pose.block(m.STEEL, 0, length, -outer / 2, -outer / 2 + wall, outer * 0.5),
        pose.block(m.STEEL, 0, length, -outer / 2, outer / 2, outer * 0.78, mean * 0.75),
    ]
    if not mortar:
        parts.append(pose.bar(m.STEEL, (0.55 * length, -20), (0.52 * length, -130), 40, 28, 1.2))
    if rng.random() < 0.6 and not pose.end_on:
        wide, nose = float(rng.uniform(30, 45)), length + 260
        cone = [(length + 40, wide), (length + 40, -wide), (nose, -8.0), (nose, 8.0)]
        parts.append(pose.polygon(m.HEXOGEN, cone, -0.78 * wide, 0.78 * wide, 1.5))
        parts.append(pose.block(m.STEEL, length - 300, length + 40, -18, 18, 30, 1.6))
    return parts


def grenades(rng: Rng, amount: float) -> list[Solid]:
    """Hand grenades or mortar bombs of 0.3 to 1 kg, side by side in a case or loose in a heap."""
    pieces = count(rng, amount, 1, 40)
    wide, high = float(rng.uniform(50, 80)), float(rng.uniform(75, 120))
    columns = max(int(np.sqrt(pieces)), 1)
    solids: list[Solid] = []
    for i in range(pieces):
        x, y, z = i % columns * (wide + 8), i // columns % 3 * (high + 5), i // columns // 3 * (wide + 10)
        x, y, z = (v + rng.normal(0, 2) for v in (x, y, z))
        solids.append(
            ellipsoid(m.STEEL, Box3(x, x + wide, y, y + high, z, z + wide), rng.uniform(1.6, 2.4), 2.4)
        )
    return solids


def ammunition(rng: Rng, amount: float) -> list[Solid]:
    """Boxes of rounds, 2 to 6 g/cm3 each, one or a stack; loose rounds in a bag are the low end."""
    boxes = count(rng, amount, 1, 36)
    cell = np.array([rng.uniform(120, 360), rng.uniform(70, 190), rng.uniform(90, 200)])
    if boxes == 1 and rng.random() < 0.5:
        cell *= 0.5
    nx = max(round(boxes ** rng.uniform(0.2, 0.6)), 1)
    ny = max(round((boxes / nx) ** 0.6), 1)
    nz = max(round(boxes / nx / ny), 1)
    size = cell * [nx, ny, nz]
    density = float(rng.uniform(2.0, 5.5))
    stack = packed_block(
        rng, m.AMMUNITION, density, Box3(0, size[0], 0, size[1], 0, size[2]), tuple(cell), float(rng.uniform(2, 14)),
        float(rng.choice([0.0, 0.2])), float(rng.uniform(0.02, 0.12)),
    )  # fmt: skip
    return [stack]


def _several(rng: Rng, amount: float, kind: str) -> tuple[list[Solid], int]:
    """Guns together: parallel in layers, or each its own way."""
    pieces = count(rng, amount, 1, 30 if kind == "pistols" else 22)
    draw = pistol if kind == "pistols" else long_gun
    first = any_pose(rng)
    parallel = rng.random() < 0.7
    step = 55.0 if kind == "pistols" else 75.0
    rows = max(round(np.sqrt(pieces * rng.uniform(0.3, 1.5))), 1)
    guns: list[Solid] = []
    for i in range(pieces):
        off = (i % rows) * step * rng.uniform(0.8, 1.3)
        lift, deep = (0.0, off) if rng.random() < 0.5 and parallel else (off, 0.0)
        pose = replace(first, z=deep + i // rows * 60.0, y=lift, x=float(rng.normal(0, 25)))
        if not parallel:
            pose = replace(pose, angle=float(rng.uniform(-np.pi, np.pi)), x=float(rng.normal(0, 250)))
        elif rng.random() < 0.5:  # head to tail
            pose = replace(pose, mirrored=not pose.mirrored)
        gun = draw(rng, pose)
        keep = 1.0 if rng.random() < 0.7 else 0.6  # taken apart
        guns += [part for part in gun if rng.random() < keep] or gun[:1]
    return guns, pieces


def _crated(rng: Rng, parts: Sequence[Solid]) -> tuple[list[Solid], Box3]:
    """In a wooden or steel case of their size."""
    around = bounds(parts).inset(-25, -25, -25)
    steel = rng.random() < 0.3
    wall = float(rng.uniform(0.8, 1.5) if steel else rng.uniform(8, 18))
    return [*parts, shell(m.STEEL if steel else m.WOOD, around, wall, 7.87 if steel else 0.5)], around


def weapons_ammunition(rng: Rng, site: Site, amount: float) -> Concealment | None:
    """From one pistol or a barrel to crates of guns and rounds."""
    kind = str(
        rng.choice(["pistols", "long guns", "launchers", "grenades", "rounds"], p=[0.2, 0.4, 0.1, 0.1, 0.2])
    )
    pieces = 1
    if kind in ("pistols", "long guns"):
        parts, pieces = _several(rng, amount, kind)
    elif kind == "launchers":
        pose = any_pose(rng)
        pieces = count(rng, amount, 1, 8)
        parts = [
            part
            for i in range(pieces)
            for part in launcher(rng, replace(pose, z=i // 2 * 140.0, y=i % 2 * 150.0))
        ]
    else:
        parts = grenades(rng, amount) if kind == "grenades" else ammunition(rng, amount)
    crated = kind != "rounds" and rng.random() < 0.4
    if crated:
        parts, _ = _crated(rng, parts)
    placed = put(rng, site, parts)
    if placed is None:
        return None
    added, place = placed
    solid = mass_kg(added) * 1e6 / 5.0 / float(np.prod(place.size))
    share = 1.0 if crated or kind == "rounds" else min(solid * float(rng.uniform(1, 4)), 1.0)
    return concealment("weapons_ammunition", site, added, [place], share, kind=kind, pieces=pieces)
