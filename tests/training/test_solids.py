"""Solids: masses by their formulas, shells, and what a box takes out of one."""

from dataclasses import replace

import numpy as np
import pytest

from tallyscan.physics import materials
from training.simulate.solids import (
    Box3,
    Grid,
    Loft,
    Round,
    Solid,
    bar,
    box,
    cylinder_across,
    cylinder_along,
    cylinder_upright,
    ellipsoid,
    filled_with,
    hole,
    mass_kg,
    moved,
    prism,
    taken_away,
)

STEEL, WATER = materials.STEEL, materials.WATER
PLACE = Box3(1000, 1400, 500, 800, -150, 150)


def bricks() -> Grid:
    """4 x 3 x 2 bricks with gaps of 10 mm between them along x."""
    x = np.array([0, 190, 200, 390, 400, 590, 600, 790.0])
    density = np.zeros((7, 3, 2), np.float32)
    density[::2] = 1.8
    return Grid(WATER, x, np.linspace(0, 300, 4), np.linspace(-200, 200, 3), density)


MASSES: dict[str, tuple[Solid, float]] = {
    "box": (box(WATER, PLACE, 1.0), 400 * 300 * 300 * 1e-6),
    "cylinder_across": (cylinder_across(WATER, 0, 500, 300, -100, 100, 1.0), np.pi * 300**2 * 200 * 1e-6),
    "cylinder_upright": (cylinder_upright(WATER, 0, 0, 300, 0, 900, 1.0), np.pi * 300**2 * 900 * 1e-6),
    "cylinder_along": (cylinder_along(WATER, 0, 2000, 500, 0, 300, 1.0), np.pi * 300**2 * 2000 * 1e-6),
    "ellipsoid": (ellipsoid(WATER, PLACE, 1.0), np.pi / 6 * 400 * 300 * 300 * 1e-6),
    "prism": (prism(WATER, [(0, 0), (300, 0), (0, 400)], -50, 50, 1.0), 0.5 * 300 * 400 * 100 * 1e-6),
    "bar": (bar(WATER, (0, 0), (300, 400), 20, -50, 50, 1.0), 500 * 20 * 100 * 1e-6),
    "grid": (bricks(), 4 * 190 * 300 * 400 * 1.8 * 1e-6),
}


@pytest.mark.parametrize("name", MASSES)
def test_a_solid_has_the_mass_of_its_formula(name: str) -> None:
    solid, kg = MASSES[name]
    assert solid.mass_kg == pytest.approx(kg, rel=0.01)


@pytest.mark.parametrize("name", MASSES)
def test_moving_changes_the_place_and_nothing_else(name: str) -> None:
    solid, _ = MASSES[name]
    there = moved(solid, 100, -20, 5)
    assert there.mass_kg == pytest.approx(solid.mass_kg)
    shift = np.subtract(there.extent, solid.extent)
    assert shift == pytest.approx([100, 100, -20, -20, 5, 5])


def test_a_hole_leaves_a_shell_of_the_wall() -> None:
    crate = box(STEEL, PLACE, 7.8)
    wall_cm3 = 40 * 30 * 30 - 39.6 * 29.6 * 29.6
    assert mass_kg([crate, hole(crate, 2.0)]) == pytest.approx(wall_cm3 * 7.8e-3)
    drum = cylinder_upright(STEEL, 0, 0, 300, 0, 900, 7.8)
    void = hole(drum, 2.0)
    # Across the beam the wall of a round thing has its thickness, aslant it is up to a half thicker.
    wall_cm3 = np.pi * (30**2 * 90 - 29.8**2 * 89.6)
    assert 1.0 < mass_kg([drum, void]) / (wall_cm3 * 7.8e-3) < 1.15
    assert filled_with(void, WATER, 1.0).mass_kg == pytest.approx(np.pi * 29.8**2 * 89.6e-3, rel=0.01)
    for part, whole in zip(void.extent[::2], drum.extent[::2], strict=True):
        assert part == pytest.approx(whole + 2.0)
    with pytest.raises(ValueError, match="wall"):
        hole(crate, 200.0)


@pytest.mark.parametrize("name", MASSES)
def test_taken_away_whole_there_is_nothing_left(name: str) -> None:
    solid, _ = MASSES[name]
    negative = taken_away(solid, solid.extent.inset(-10, -10, -10))
    assert negative is not None
    exact = not isinstance(solid, Round)
    assert mass_kg([solid, negative]) == pytest.approx(0, abs=(0.001 if exact else 0.01) * solid.mass_kg)


@pytest.mark.parametrize("share", [1.0, 0.4])
def test_taken_away_in_part_is_the_part_in_the_box(share: float) -> None:
    solid, room = box(WATER, PLACE, 1.0), Box3(1100, 5000, 650, 900, -1000, 0)
    negative = taken_away(solid, room, share)
    assert negative is not None
    assert negative.mass_kg == pytest.approx(-share * 300 * 150 * 150 * 1e-6)
    one_brick = taken_away(bricks(), Box3(200, 395, 0, 100, -200, 0), share)
    assert one_brick is not None
    assert one_brick.mass_kg == pytest.approx(-share * 190 * 100 * 200 * 1.8e-6)
    assert one_brick.extent == Box3(200, 395, 0, 100, -200, 0)


def test_a_round_part_is_that_of_a_rectangle_of_the_same_area() -> None:
    pipe = cylinder_along(WATER, 0, 1000, 500, 0, 200, 1.0)
    negative = taken_away(pipe, Box3(250, 500, 0, 1000, -500, 500))
    assert isinstance(negative, Loft)
    assert negative.mass_kg == pytest.approx(-pipe.mass_kg / 4, rel=1e-6)


def test_nothing_is_taken_where_a_box_does_not_reach() -> None:
    assert taken_away(box(WATER, PLACE, 1.0), PLACE._replace(x0=1400, x1=1500)) is None
    assert taken_away(bricks(), Box3(0, 100, 301, 400, 0, 100)) is None


def test_boxes_grow_shrink_and_meet() -> None:
    assert PLACE.size == (400, 300, 300)
    assert PLACE.inset(-10, 0, 5) == Box3(990, 1410, 500, 800, -145, 145)
    assert PLACE.overlap(PLACE._replace(x0=1200, x1=2000)) == PLACE._replace(x0=1200)
    assert PLACE.overlap(PLACE._replace(y0=800, y1=900)) is None


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="length along x"):
        prism(WATER, [(0, 0), (0, 100), (0, 50)], 0, 10)
    with pytest.raises(ValueError, match="no density"):
        box(replace(WATER, density_g_cm3=None), PLACE)
