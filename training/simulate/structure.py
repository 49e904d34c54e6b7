"""Containers, trailers and what carries them, seen from the side.

Sizes from ISO 668 and common trailer drawings; wall thicknesses so that two container walls come to
2.5 to 3 g/cm2. The perspective of a low source shows as the line where rays begin to leave through the roof.
"""

from dataclasses import dataclass

import numpy as np

from tallyscan.physics.materials import ALUMINIUM, NYLON, POLYETHYLENE, STEEL, TYRE, WOOD
from training.simulate.canvas import CARGO_SPACE, STRUCTURE, UNIT_END, Canvas, px

Rng = np.random.Generator
END_BAND_MM = 120.0


@dataclass(frozen=True)
class UnitShape:
    """A cargo space on the canvas in pixels: outer box, inner box (where goods can be) and inner depth in mm."""

    kind: str
    x0: int
    x1: int
    y0: int
    y1: int
    inner_x0: int
    inner_x1: int
    inner_y0: int
    inner_y1: int
    depth_mm: float
    door_left: bool


def container(
    rng: Rng, canvas: Canvas, x0: int, y0: int, length_mm: float, height_mm: float, reefer: bool
) -> UnitShape:
    """Draw an ISO container with its upper left corner at (x0, y0)."""
    width, height = px(length_mm), px(height_mm)
    x1, y1 = x0 + width, y0 + height
    wall = rng.uniform(1.1, 1.7)  # g/cm2 a wall
    column = np.arange(width, dtype=np.float32)
    for _ in range(2):  # near and far wall: corrugations of slightly different pitch
        if reefer:
            canvas.add(ALUMINIUM, rng.uniform(0.5, 1.0), y0, x0, height, width)
            canvas.add(POLYETHYLENE, rng.uniform(0.3, 0.5), y0, x0, height, width)
            continue
        pitch = px(rng.uniform(250, 300)) * rng.uniform(0.9, 1.1)
        phase = (column / pitch + rng.random()) % 1.0
        slope = np.where((phase % 0.5) > 0.38, rng.uniform(0.15, 0.6), 0.0).astype(np.float32)
        canvas.add(STEEL, np.broadcast_to(wall * (1 + slope), (height, width)), y0, x0)
    if reefer:
        for _ in range(2):
            step, offset = px(rng.uniform(550, 1300)), px(rng.uniform(0, 400))
            for x in range(x0 + offset, x1, step):
                canvas.add(STEEL, rng.uniform(0.8, 2.5), y0, x, height, px(rng.uniform(25, 60)))
    roof_line(rng, canvas, x0, y0, width, height, wall)
    rail = px(rng.uniform(50, 90))
    canvas.add(STEEL, rng.uniform(2.5, 5.0), y0, x0, rail, width)
    floor = px(rng.uniform(110, 190))
    floor_beams(rng, canvas, x0, y1 - floor, floor, width)
    blocks_on_floor(rng, canvas, x0, x1, y1 - floor)
    door_left = bool(rng.random() < 0.5)
    for left in (True, False):
        end_frame(rng, canvas, x0 if left else x1, y0, height, left=left, door=left == door_left)
    if reefer:
        unit = px(rng.uniform(350, 450))
        machine = rng.gamma(1.2, 12.0, (8, 3)).astype(np.float32)
        machine = machine.repeat(-(-height // 8), 0)[:height].repeat(-(-unit // 3), 1)[:, :unit]
        canvas.add(STEEL, machine, y0, x1 - unit if door_left else x0)
    inner_x0 = x0 + px(120) + (px(420) if reefer and not door_left else 0)
    inner_x1 = x1 - px(120) - (px(420) if reefer and door_left else 0)
    mark_unit(canvas, x0, y0, x1, y1)
    inner_y0 = y0 + px(130 if not reefer else 180)
    kind = "reefer_container" if reefer else "container"
    return UnitShape(kind, x0, x1, y0, y1, inner_x0, inner_x1, inner_y0, y1 - floor, 2330.0, door_left)


def trailer(
    rng: Rng, canvas: Canvas, x0: int, y0: int, length_mm: float, height_mm: float, curtain: bool
) -> UnitShape:
    """Draw a curtain-sider or a box trailer with its upper left corner at (x0, y0)."""
    width, height = px(length_mm), px(height_mm)
    x1, y1 = x0 + width, y0 + height
    wall = rng.uniform(0.08, 0.2) if curtain else rng.uniform(0.5, 1.6)
    canvas.add(NYLON if curtain else ALUMINIUM, 2 * wall, y0, x0, height, width)
    for _ in range(2):
        step, offset = (
            px(rng.uniform(1800, 3600) if curtain else rng.uniform(500, 1300)),
            px(rng.uniform(0, 900)),
        )
        for x in range(x0 + offset, x1, step):
            canvas.add(STEEL, rng.uniform(0.8, 3.5), y0, x, height, px(rng.uniform(40, 110)))
    if curtain:
        for y in rng.integers(y0 + height // 5, y1 - px(250), 4):
            canvas.add(WOOD, rng.uniform(0.8, 2.0), int(y), x0, px(rng.uniform(80, 130)), width)
    roof_line(rng, canvas, x0, y0, width, height, wall)
    canvas.add(ALUMINIUM, rng.uniform(2.0, 6.0), y0, x0, px(rng.uniform(60, 130)), width)
    floor = px(rng.uniform(110, 200))
    floor_beams(rng, canvas, x0, y1 - floor, floor, width)
    blocks_on_floor(rng, canvas, x0, x1, y1 - floor)
    door_left = bool(rng.random() < 0.5)
    for left in (True, False):
        band = px(rng.uniform(35, 110))
        canvas.add(STEEL, rng.uniform(5, 60), y0, x0 if left else x1 - band, height, band)
    mark_unit(canvas, x0, y0, x1, y1)
    return UnitShape(
        "trailer", x0, x1, y0, y1, x0 + px(100), x1 - px(100), y0 + px(140), y1 - floor, 2450.0, door_left
    )


def mark_unit(canvas: Canvas, x0: int, y0: int, x1: int, y1: int) -> None:
    """Label the unit, and a band at either end that parts two units standing close."""
    band = px(END_BAND_MM)
    canvas.label(CARGO_SPACE, y0, x0, y1, x1)
    canvas.label(UNIT_END, y0, x0, y1, x0 + band)
    canvas.label(UNIT_END, y0, x1 - band, y1, x1)


def roof_line(rng: Rng, canvas: Canvas, x0: int, y0: int, width: int, height: int, wall: float) -> None:
    """Above this line the rays leave through the roof instead of the far wall."""
    if rng.random() < 0.25:
        return
    line = int(height * rng.uniform(0.08, 0.42))
    canvas.add(STEEL, wall * rng.uniform(0.0, 1.2), y0, x0, line, width)
    canvas.add(STEEL, rng.uniform(0.5, 3.0), y0 + line, x0, px(rng.uniform(20, 70)), width)
    if rng.random() < 0.5:  # lashing rings along the far rail
        for x in range(x0 + px(rng.uniform(200, 900)), x0 + width, px(rng.uniform(900, 1800))):
            canvas.add(STEEL, rng.uniform(1, 4), y0 + line, x, px(60), px(45))


def floor_beams(rng: Rng, canvas: Canvas, x0: int, y0: int, height: int, width: int) -> None:
    """Plywood on cross members, seen edge-on and smeared by the fan."""
    canvas.add(WOOD, rng.uniform(6, 22), y0, x0, max(height // 3, 1), width)
    canvas.add(STEEL, rng.uniform(2.5, 9), y0, x0, height, width)
    step = px(rng.uniform(250, 420))
    for x in range(x0 + px(rng.uniform(0, 300)), x0 + width, step):
        canvas.add(
            STEEL, rng.uniform(5, 40), y0 + height // 4, x, height - height // 4, px(rng.uniform(12, 50))
        )


def blocks_on_floor(rng: Rng, canvas: Canvas, unit_x0: int, unit_x1: int, floor_y: int) -> None:
    """Twist-lock beams, wheel arches and tool boxes of the far side that the fan lifts above the floor line."""
    if rng.random() < 0.6:
        return
    width, height = px(rng.uniform(250, 1100)), px(rng.uniform(120, 480))
    areal = rng.uniform(2.0, 14.0)
    for x in np.linspace(unit_x0, unit_x1 - width, int(rng.integers(2, 6))):
        left = int(x) + px(rng.uniform(-150, 150))
        canvas.add(STEEL, areal, floor_y - height, left, height, width)
        for bar in range(left, left + width, px(rng.uniform(90, 220))):
            canvas.add(STEEL, areal * rng.uniform(0.2, 0.9), floor_y - height, bar, height, px(20))


def end_frame(rng: Rng, canvas: Canvas, x: int, y0: int, height: int, *, left: bool, door: bool) -> None:
    """Corner posts (near and far) and the end wall or the doors, edge-on."""
    sign = 1 if left else -1
    post = px(rng.uniform(90, 170))
    canvas.add(STEEL, rng.uniform(6, 16), y0, x if left else x - post, height, post)
    wall, inset = px(rng.uniform(20, 50)), px(rng.uniform(0, 40))
    at = x + sign * inset
    canvas.add(STEEL, rng.uniform(15, 90), y0, at if left else at - wall, height, wall)
    for y in (y0, y0 + height - px(120)):  # corner castings
        casting = px(178)
        canvas.add(STEEL, rng.uniform(15, 40), y, x if left else x - casting, px(118), casting)
    if door:
        for _ in range(4):  # locking bars with their cams
            bar = x + sign * px(rng.uniform(0, 90))
            canvas.add(STEEL, rng.uniform(4, 14), y0, bar, height, px(34))
        for y in rng.integers(y0, y0 + height - px(150), 6):
            canvas.add(STEEL, rng.uniform(10, 40), int(y), x if left else x - px(80), px(110), px(80))


def chassis(rng: Rng, canvas: Canvas, x0: int, x1: int, y0: int) -> None:
    """Frame rails, cross members, landing legs, tank and wheels below a unit whose bottom is row y0."""
    length = x1 - x0
    # A short container often rides in the middle of a long chassis: open air above the frame on both sides.
    reach = 4500.0 if rng.random() < 0.5 else 800.0
    left, right = x0 - px(rng.uniform(-300, reach)), x1 + px(rng.uniform(-300, reach))
    rail = px(rng.uniform(140, 330))
    canvas.add(STEEL, rng.uniform(7, 22), y0, left, rail, right - left)
    for y in (y0, y0 + rail - px(25)):
        canvas.add(STEEL, rng.uniform(15, 60), y, left, px(25), right - left)
    for x in rng.integers(left, max(right - px(200), left + 1), rng.integers(6, 22)):
        canvas.add(STEEL, rng.uniform(5, 60), y0, int(x), rail, px(rng.uniform(30, 160)))
    canvas.label(STRUCTURE, y0, left, y0 + rail, right)
    for _ in range(int(rng.integers(0, 4))):  # bolsters, racks and bumpers that stand above the frame
        width, height = px(rng.uniform(40, 700)), px(rng.uniform(80, 700))
        x = int(rng.integers(left, x0)) if left < x0 and rng.random() < 0.5 else right - width
        canvas.add(STEEL, rng.uniform(1, 20), y0 - height, x, height, width)
        canvas.label(STRUCTURE, y0 - height, x, y0, x + width)
    cab_left = rng.random() < 0.5
    groups = [0.08, 0.8] if cab_left else [0.92, 0.2]
    for place in groups:
        centre = x0 + length * place + px(rng.uniform(-400, 400))
        count = int(rng.integers(1, 4))
        for index in range(count):
            radius = px(rng.uniform(460, 540))
            wheel(rng, canvas, round(centre + (index - count / 2) * px(1310)), y0 + rail + px(520), radius)
    for _ in range(int(rng.integers(0, 4))):
        x, w, h = int(rng.integers(left, right)), px(rng.uniform(300, 1300)), px(rng.uniform(200, 600))
        canvas.add(STEEL, rng.uniform(1, 30), y0 + rail, x, h, w)
        canvas.label(STRUCTURE, y0 + rail, x, y0 + rail + h, x + w)
    if rng.random() < 0.6:
        cab(rng, canvas, left - px(2600) if cab_left else right + px(200), y0)


def cab(rng: Rng, canvas: Canvas, x0: int, y0: int) -> None:
    """A tractor cab: thin shell, engine block, battery and tanks."""
    width, height = px(rng.uniform(2000, 2500)), px(rng.uniform(2300, 3000))
    top = y0 + px(500) - height
    canvas.add(STEEL, rng.uniform(0.8, 2.0), top, x0, height, width)
    for _ in range(14):
        w, h = px(rng.uniform(60, 900)), px(rng.uniform(60, 700))
        canvas.add(
            STEEL,
            float(rng.gamma(1.3, 8.0)),
            top + int(rng.integers(0, height)),
            x0 + int(rng.integers(0, width)),
            h,
            w,
        )
    canvas.add(STEEL, rng.uniform(60, 160), y0 - px(200), x0 + px(300), px(800), px(1000))
    canvas.label(STRUCTURE, top, x0, top + height, x0 + width)


def wheel(rng: Rng, canvas: Canvas, cx: int, cy: int, radius: int) -> None:
    """Tyre ring, rim and hub; often twin."""
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    r = np.sqrt(x * x + y * y).astype(np.float32) / radius
    twin = rng.uniform(1.0, 2.2)
    tyre = np.where((r < 1) & (r > 0.55), np.sqrt(np.maximum(1 - ((r - 0.78) / 0.24) ** 2, 0)) * 12 * twin, 0)
    rim = np.where(r < 0.55, 8.0 * twin, 0) + np.where((r < 0.57) & (r > 0.5), 25.0 * twin, 0)
    hub = np.where(r < 0.28, 70.0, 0)
    canvas.add(TYRE, tyre.astype(np.float32), cy - radius, cx - radius)
    canvas.add(STEEL, (rim + hub).astype(np.float32), cy - radius, cx - radius)
    canvas.label(STRUCTURE, cy - radius, cx - radius, cy + radius, cx + radius)
