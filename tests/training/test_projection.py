"""Shadows of solids in a fan beam: exact in mass, magnified across and not along, the same in every window."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tallyscan.physics import materials
from tallyscan.physics.attenuation import Material
from tallyscan.physics.forward import exact_attenuation, forward_model
from tests.training.scenes import side_fan, top_fan
from training.simulate.fan_beam import FanBeam, even_rows
from training.simulate.projection import project, total
from training.simulate.scanner import beams_near
from training.simulate.scanner_models import MODELS
from training.simulate.scene import basis_shares
from training.simulate.solids import (
    Box3,
    Grid,
    Solid,
    Sway,
    Texture,
    bar,
    box,
    cylinder_across,
    cylinder_along,
    cylinder_upright,
    ellipsoid,
    moved,
    prism,
    taken_away,
)

WATER = materials.WATER
COLUMNS = np.arange(0.0, 4000.0, 10.0)


def crates(*, texture: bool = False, lean: float = 0.0, sag: float = 0.0) -> Grid:
    """Crates of 150 mm with gaps of 50 mm, in three layers, thin enough to lie in the centre plane."""
    x = np.sort(np.concatenate([np.arange(800, 3000, 200.0), np.arange(950, 3000, 200.0)]))
    density = np.zeros((len(x) - 1, 3, 1), np.float32)
    density[::2] = 0.5
    lattice = np.random.default_rng(0).normal(1, 0.2, (9, 40)).astype(np.float32)
    sway = Sway(np.array([800.0, 3000.0]), np.array([sag, sag / 2]), lean)
    return Grid(
        WATER, x, np.linspace(1500, 2400, 4), np.array([-20.0, 20.0]), density,
        Texture(lattice) if texture else None, sway if lean or sag else None,
    )  # fmt: skip


ON_CENTRE: dict[str, Solid] = {
    "box": box(WATER, Box3(1003, 2017, 1500, 2500, -20, 20), 1.0),
    "wheel": cylinder_across(WATER, 2000, 700, 500, -20, 20, 1.0),
    "rod": cylinder_upright(WATER, 2000, 0, 120, 500, 2500, 1.0),
    "pipe": cylinder_along(WATER, 1000, 3000, 3000, 0, 40, 1.0),
    "sack": ellipsoid(WATER, Box3(1000, 1900, 1500, 2100, -40, 40), 1.0, 2.6),
    "wedge": prism(WATER, [(500, 1000), (2500, 1000), (1500, 2500)], -20, 20, 1.0),
    "bar": bar(WATER, (500, 300), (3000, 3500), 40, -20, 20, 1.0),
    "crates": crates(),
}


def integral_kg(areal: np.ndarray, beam: FanBeam, columns: np.ndarray = COLUMNS) -> float:
    """Areal density times the pixel's area times the cosine of the ray's slope."""
    pixel_cm2 = beam.pitch_mm * (columns[1] - columns[0]) / 100
    cosine = 1 / np.sqrt(1 + beam.slopes**2)
    return float((areal * cosine[:, None]).sum() * pixel_cm2 / 1000)


@pytest.mark.parametrize("name", ON_CENTRE)
def test_the_integral_of_a_shadow_is_the_mass(name: str) -> None:
    solid, beam = ON_CENTRE[name], side_fan()
    assert integral_kg(total([solid], beam, COLUMNS), beam) == pytest.approx(solid.mass_kg, rel=0.015)


@pytest.mark.parametrize("name", ["slab", "drum", "pipe"])
def test_so_it_is_from_above(name: str) -> None:
    solid = {
        "slab": box(WATER, Box3(500, 1500, 2380, 2420, -900, 600), 1.0),
        "drum": cylinder_upright(WATER, 2000, 500, 300, 2380, 2420, 1.0),
        "pipe": cylinder_along(WATER, 1000, 3000, 2400, -700, 30, 1.0),
    }[name]
    beam = top_fan()
    assert integral_kg(total([solid], beam, COLUMNS), beam) == pytest.approx(solid.mass_kg, rel=0.015)


def test_a_level_ray_through_a_block_crosses_its_depth() -> None:
    block = box(WATER, Box3(1000, 2000, 500, 1500, -400, 400), 0.5)
    beam = side_fan()
    level, steep = (int(beam.row_of(y, beam.centre_mm)) for y in (1000, 1400))
    areal = total([block], beam, COLUMNS)[:, 150]
    assert areal[level] == pytest.approx(40.0, rel=1e-4)
    assert areal[steep] == pytest.approx(40.0 * np.sqrt(1 + beam.slopes[steep] ** 2), rel=1e-4)


@pytest.mark.parametrize("name", ["box", "wheel", "wedge", "crates"])
def test_what_is_taken_away_cancels_in_every_pixel(name: str) -> None:
    solid = ON_CENTRE[name]
    negative = taken_away(solid, solid.extent.inset(-1, -1, -1))
    assert negative is not None
    scale = total([solid], side_fan(), COLUMNS).max()
    assert np.abs(total([solid, negative], side_fan(), COLUMNS)).max() < 0.01 * scale


def test_a_part_taken_away_leaves_a_clean_hole() -> None:
    block = box(WATER, Box3(500, 3500, 500, 3500, -20, 20), 1.0)
    negative = taken_away(block, Box3(1000, 2000, 1000, 2000, -50, 50))
    assert negative is not None
    beam = side_fan()
    left = total([block, negative], beam, COLUMNS)
    row = int(beam.row_of(1500, beam.centre_mm))
    assert np.abs(left[row, 101:199]).max() < 1e-4
    assert left[row, 51:99].min() > 3.9


def rows_of(solid: Solid, beam: FanBeam) -> tuple[int, int]:
    shown = np.flatnonzero(total([solid], beam, COLUMNS).max(axis=1) > 0.5)
    return int(shown[0]), int(shown[-1])


def columns_of(solid: Solid, beam: FanBeam) -> int:
    return int((total([solid], beam, COLUMNS).max(axis=0) > 0.5).sum())


def test_what_is_near_is_larger_across_and_not_along() -> None:
    block = box(WATER, Box3(1000, 2000, 1500, 2500, -20, 20), 1.0)
    beam = side_fan()
    near, middle, far = (moved(block, dz=z) for z in (-1500, 0, 1500))
    heights = [bottom - top for top, bottom in (rows_of(s, beam) for s in (near, middle, far))]
    for height, distance in zip(heights, (4500, 6000, 7500), strict=True):
        assert height == pytest.approx(100 * 6000 / distance, abs=2.0)
    assert columns_of(near, beam) == columns_of(middle, beam) == columns_of(far, beam)
    mirrored = side_fan(mirrored=True)
    assert rows_of(near, mirrored) == rows_of(far, beam)


def test_the_near_edge_of_a_roof_lies_higher_than_the_far_one() -> None:
    beam = side_fan()
    near, far = (
        rows_of(box(WATER, Box3(500, 3500, 3780, 3800, z, z + 20), 1.0), beam)[0] for z in (-1200, 1180)
    )
    assert near < far - 50
    below = [rows_of(box(WATER, Box3(500, 3500, 0, 20, z, z + 20), 1.0), beam)[1] for z in (-1200, 1180)]
    assert below[0] > below[1] + 10  # under the source the near side lies lower


def test_from_above_what_stands_high_is_larger() -> None:
    beam = top_fan()
    low, high = (rows_of(box(WATER, Box3(1000, 2000, y, y + 20, -500, 500), 1.0), beam) for y in (400, 3400))
    assert high[1] - high[0] == pytest.approx(100 * 6000 / 5000, abs=2)
    assert low[1] - low[0] == pytest.approx(100 * 6000 / 8000, abs=2)


def test_from_above_a_mirrored_machine_shows_the_other_side_first() -> None:
    beam = top_fan()
    block = box(WATER, Box3(1000, 2000, 2380, 2420, 300, 900), 1.0)
    first, last = rows_of(block, beam)
    assert last < len(beam.rows_mm) / 2  # row 0 lies at high z
    height = len(beam.rows_mm) - 1
    assert rows_of(block, replace(beam, mirrored=True)) == pytest.approx(
        (height - last, height - first), abs=1
    )


@pytest.mark.parametrize("lean", [0.2, -0.2])
def test_from_above_what_leans_reaches_as_far_as_its_top(lean: float) -> None:
    """Crates 900 mm tall whose top lies 180 mm further on: as heavy, longer by that, and smeared in between."""
    beam = top_fan()
    upright, leaning = (total([crates(lean=value)], beam, COLUMNS) for value in (0.0, lean))
    assert leaning.sum() == pytest.approx(upright.sum(), rel=1e-3)
    row = int(beam.row_of(0, 6000.0))
    (left, right), (new_left, new_right) = (
        COLUMNS[np.flatnonzero(shadow[row] > 1e-3)[[0, -1]]] for shadow in (upright, leaning)
    )
    moved_by = (new_left - left, new_right - right)
    assert moved_by == pytest.approx((0, 180) if lean > 0 else (-180, 0), abs=11)
    inner = slice(100, 280)
    assert upright[row, inner].min() == 0  # gaps of 50 mm between the crates, over which tops now lie
    assert leaning[row, inner].min() > 0.3 * upright[row].max()


SHAPES = {
    **ON_CENTRE,
    "textured": crates(texture=True),
    "sagging": crates(sag=60.0),
    "leaning": crates(lean=0.2),
    "leaning back": crates(lean=-0.2),
}


@pytest.mark.parametrize("fan", [side_fan, top_fan])
@pytest.mark.parametrize("name", SHAPES)
def test_a_window_of_columns_shows_the_same_columns(name: str, fan: Callable[[], FanBeam]) -> None:
    whole = total([SHAPES[name]], fan(), COLUMNS)
    for start, stop in ((110, 190), (0, 150), (230, 400)):
        part = total([SHAPES[name]], fan(), COLUMNS[start:stop])
        np.testing.assert_allclose(part, whole[:, start:stop], atol=2e-3)


@pytest.mark.parametrize("name", SHAPES)
def test_a_window_of_rows_shows_the_same_rows(name: str) -> None:
    beam = side_fan()
    whole = total([SHAPES[name]], beam, COLUMNS)
    for start, stop in ((250, 420), (250, 365), (345, 420)):
        part = total([SHAPES[name]], replace(beam, rows_mm=beam.rows_mm[start:stop]), COLUMNS)
        np.testing.assert_allclose(part, whole[start:stop], atol=2e-3)


def test_a_plate_seen_edge_on_neither_vanishes_nor_doubles() -> None:
    """A roof 2 mm thick, in rows of 10 mm, at the height of the source: its mass must be there in the mean."""
    kg = []
    for shift in np.linspace(0, 10, 21):
        beam = FanBeam("side", 1000.0, 6000.0, even_rows(1400 + shift, 600 + shift, 10.0), 6000.0)
        plate = box(WATER, Box3(1000, 2000, 999, 1001, -20, 20), 1.0)
        kg.append(integral_kg(total([plate], beam, COLUMNS), beam))
    assert np.mean(kg) == pytest.approx(1000 * 2 * 40e-6, rel=0.1)


def test_beside_the_window_there_is_nothing_to_project() -> None:
    block = ON_CENTRE["box"]
    assert project(block, side_fan(), COLUMNS[300:]) is None
    above = FanBeam("side", 1000.0, 6000.0, even_rows(6000, 5000, 10.0), 6000.0)
    assert project(block, above, COLUMNS) is None


MOST_OFF = {"gold": 0.0035, "tungsten": 0.007, "uranium": 0.018}  # of alpha; 0.0015 for all other materials
AREAL_G_CM2 = np.array([2.0, 10.0, 30.0, 60.0, 100.0, 150.0, 250.0])


@pytest.mark.parametrize("energy_mv", sorted({mv for model in MODELS.values() for mv in model.energies_mv}))
def test_one_projection_on_the_basis_serves_every_beam_of_the_scanners(energy_mv: float) -> None:
    """Against the full spectrum, nominal and drawn; what is behind alpha of 12 is in the noise of any detector."""
    known = [item for item in vars(materials).values() if isinstance(item, Material)]
    assert {"lead", "gold", "tungsten", "uranium"} < {material.name for material in known}
    for factors in ((1.0, 1.0), (0.95, 0.6), (1.04, 1.6)):
        (beam,) = beams_near((energy_mv,), *factors)
        model = forward_model(beam)
        for material in known:
            exact = exact_attenuation(beam, material, AREAL_G_CM2)
            got = model.attenuation(basis_shares(material)[:, None] * AREAL_G_CM2)
            off = np.abs(got / exact - 1)[exact < 12].max()
            assert off < MOST_OFF.get(material.name, 0.0015), (material.name, beam)
