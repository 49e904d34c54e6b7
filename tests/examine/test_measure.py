"""Measures of slabs whose areal density is known, and what cannot be said of an image."""

import numpy as np
import pytest

from tallyscan.examine.mass import DEPTH_SHARE
from tallyscan.examine.measure import measure
from tallyscan.examine.measured import Added, Mass, MaterialSeen, Measured, Profile, Spread, Undetermined
from tallyscan.finding import Interval
from tallyscan.physics.attenuation import Material
from tallyscan.physics.materials import ALUMINIUM, CELLULOSE, LEAD, POLYETHYLENE, STEEL, WATER
from tests.examine.builders import facts, opened, slab_image

MIDDLE = (slice(100, 200), slice(200, 300))  # 100 x 100 pixels of 5 x 4 mm: 2,000 cm2
BOX = ((200.0, 100.0), (300.0, 200.0))
SHAPE = (300, 500)
ALL = (slice(None), slice(None))


def areal(measured: Measured, material: str) -> float:
    assert not isinstance(measured.areal_density, Undetermined), measured.areal_density
    return next(one.g_cm2.mean for one in measured.areal_density if one.material == material)


@pytest.mark.parametrize("energies_mv", [(6.0,), (6.0, 4.0), (9.0, 6.0)])
@pytest.mark.parametrize("g_cm2", [1.0, 10.0, 40.0, 100.0])
@pytest.mark.parametrize(
    ("name", "material"),
    [
        ("organic", CELLULOSE),
        ("plastic", POLYETHYLENE),
        ("water", WATER),
        ("aluminium", ALUMINIUM),
        ("steel", STEEL),
    ],
)
def test_a_slab_has_its_areal_density(
    energies_mv: tuple[float, ...], g_cm2: float, name: str, material: Material
) -> None:
    image = slab_image([(material, g_cm2, MIDDLE)], of=facts(SHAPE, energies_mv))
    found = measure(image, "box", BOX)
    assert areal(found, name) == pytest.approx(g_cm2, rel=0.01, abs=0.02)


def test_quantiles_are_those_of_the_pixels() -> None:
    half = (slice(100, 200), slice(250, 300))
    found = measure(slab_image([(CELLULOSE, 10.0, MIDDLE), (CELLULOSE, 20.0, half)]), "box", BOX)
    organic = next(one for one in found.areal_density if one.material == "organic")  # type: ignore[union-attr]
    assert (organic.g_cm2.p10, organic.g_cm2.p90) == pytest.approx((10, 30), rel=0.03)
    assert organic.g_cm2.mean == pytest.approx(20, rel=0.01)
    assert isinstance(found.attenuation, Spread)
    assert found.attenuation.p10 < found.attenuation.mean < found.attenuation.p90


@pytest.mark.parametrize(
    ("material", "kind", "estimated_as"),
    [(CELLULOSE, "organic", "organic"), (WATER, "organic", "organic"), (STEEL, "metal", "steel"),
     (ALUMINIUM, "mineral or light metal", "aluminium")],
)  # fmt: skip
@pytest.mark.parametrize("g_cm2", [60.0, 100.0])
def test_the_mass_of_a_slab_lies_within_its_bounds(
    material: Material, kind: str, estimated_as: str, g_cm2: float
) -> None:
    found = measure(slab_image([(material, g_cm2, MIDDLE)]), "box", BOX)
    true_kg = g_cm2 * 2000 / 1000
    assert isinstance(found.material, MaterialSeen)
    assert isinstance(found.mass_kg, Mass)
    assert found.mass_kg.high is not None
    assert (found.material.kind, found.mass_kg.material) == (kind, estimated_as)
    assert found.mass_kg.estimate == pytest.approx(true_kg, rel=0.06)
    assert found.mass_kg.low < true_kg * (1 - 0.9 * DEPTH_SHARE)
    assert found.mass_kg.high > true_kg * (1 + 0.9 * DEPTH_SHARE)
    assert found.mass_kg.because == ("material", "air_level", "depth")


def test_with_one_energy_the_mass_is_that_of_anything_up_to_steel() -> None:
    image = slab_image([(STEEL, 60.0, MIDDLE)], of=facts(SHAPE, (6.0,)))
    found = measure(image, "box", BOX)
    assert isinstance(found.mass_kg, Mass)
    assert set(found.mass_kg.materials) == {"organic", "plastic", "water", "aluminium", "steel"}
    assert isinstance(found.material, Undetermined)
    assert found.material.undetermined == "one_energy"
    assert found.mass_kg.high is not None
    assert found.mass_kg.low < 120 * (1 - DEPTH_SHARE)
    assert found.mass_kg.high > 120 * (1 + DEPTH_SHARE)


def test_bounds_of_a_measured_pitch_widen_lengths_areas_and_masses() -> None:
    wide = facts(SHAPE, pitch_bounds=(0.9, 1.2))
    sharp, vague = (
        measure(slab_image([(CELLULOSE, 20.0, MIDDLE)], of=of), "box", BOX) for of in (facts(SHAPE), wide)
    )
    assert isinstance(sharp.mass_kg, Mass)
    assert isinstance(vague.mass_kg, Mass)
    assert sharp.mass_kg.high is not None
    assert vague.mass_kg.high == pytest.approx(1.2 * sharp.mass_kg.high, rel=1e-3)
    assert vague.mass_kg.low == pytest.approx(0.9 * sharp.mass_kg.low, rel=1e-3)
    assert vague.mass_kg.because[-1] == "pitch"
    line = measure(slab_image([], of=wide), "line", ((100.0, 50.5), (200.0, 50.5)))
    assert line.length_mm == Interval(500.0, 450.0, 600.0)


def test_what_is_added_is_told_from_what_stands_around_it() -> None:
    image = slab_image([(CELLULOSE, 30.0, ALL), (STEEL, 40.0, MIDDLE)])
    added = measure(image, "box", BOX).added
    assert isinstance(added, Added)
    assert isinstance(added.material, MaterialSeen)
    assert added.material.kind == "metal"
    assert isinstance(added.mass_kg, Mass)
    assert added.mass_kg.high is not None
    assert added.mass_kg.low < 80 * (1 - 0.9 * DEPTH_SHARE)
    assert added.mass_kg.high > 80 * (1 + 0.9 * DEPTH_SHARE)
    assert added.mass_kg.estimate == pytest.approx(80, rel=0.01)
    assert added.contrast_to_noise > 20


def test_less_than_around_is_negative() -> None:
    image = slab_image([(CELLULOSE, 30.0, ALL), (CELLULOSE, -30.0, MIDDLE)])
    added = measure(image, "box", BOX).added
    assert isinstance(added, Added)
    assert added.g_cm2 == pytest.approx(-30, rel=0.02)
    assert isinstance(added.mass_kg, Mass)
    assert added.mass_kg.high is not None
    assert added.mass_kg.low < -60 < added.mass_kg.high < 0
    assert added.contrast_to_noise < 0


def test_surroundings_that_differ_widen_what_is_added() -> None:
    even = measure(slab_image([(CELLULOSE, 30.0, ALL), (CELLULOSE, 15.0, MIDDLE)]), "box", BOX).added
    wall = (slice(None), slice(250, None))
    uneven = measure(
        slab_image([(CELLULOSE, 30.0, ALL), (CELLULOSE, 15.0, MIDDLE), (CELLULOSE, 10.0, wall)]), "box", BOX
    ).added
    assert isinstance(even, Added)
    assert isinstance(uneven, Added)
    assert even.g_cm2_high is not None
    assert uneven.g_cm2_high is not None
    assert even.g_cm2 == pytest.approx(15, rel=0.01)
    assert even.g_cm2_high - even.g_cm2_low < 1
    assert uneven.g_cm2_high - uneven.g_cm2_low == pytest.approx(10, rel=0.1)


@pytest.mark.parametrize(
    ("symbol", "number"), [("C", 6), ("O", 8), ("Al", 13), ("Si", 14), ("Ca", 20), ("Fe", 26)]
)
def test_the_effective_atomic_number_is_that_of_the_element(symbol: str, number: int) -> None:
    image = slab_image([(Material(symbol, {symbol: 1.0}), 60.0, MIDDLE)])
    seen = measure(image, "box", BOX).material
    assert isinstance(seen, MaterialSeen)
    assert seen.atomic_number == pytest.approx(number, abs=0.8)
    assert seen.atomic_number_high is None or seen.atomic_number_low <= number <= seen.atomic_number_high


def test_thick_lead_is_at_least_copper() -> None:
    seen = measure(slab_image([(LEAD, 60.0, MIDDLE)]), "box", BOX).material
    assert isinstance(seen, MaterialSeen)
    assert (seen.kind, seen.atomic_number_high) == ("metal", None)


def test_the_material_of_little_is_too_uncertain_to_tell() -> None:
    seen = measure(slab_image([(STEEL, 2.0, MIDDLE)]), "box", BOX).material
    assert isinstance(seen, Undetermined)
    assert seen.undetermined == "uncertain"


def test_what_is_partly_not_penetrated_is_at_least_so_much() -> None:
    opaque = (slice(100, 110), slice(200, 300))  # a tenth of the box
    found = measure(slab_image([(CELLULOSE, 30.0, MIDDLE), (STEEL, 300.0, opaque)]), "box", BOX)
    assert found.not_penetrated == pytest.approx(0.1, abs=0.01)
    assert not isinstance(found.areal_density, Undetermined)
    assert all(one.at_least for one in found.areal_density)
    assert isinstance(found.mass_kg, Mass)
    assert found.mass_kg.high is None
    assert found.mass_kg.because[-1] == "not_penetrated"
    assert isinstance(found.added, Added)
    assert found.added.g_cm2_high is None


@pytest.mark.parametrize(
    ("slabs", "of", "cause"),
    [
        ([(STEEL, 300.0, MIDDLE)], facts(SHAPE), "not_penetrated"),
        ([(STEEL, 30.0, MIDDLE)], facts(SHAPE, (), grade="display"), "display_grade"),
    ],
)
def test_what_cannot_be_said_says_why(slabs: list[tuple], of: object, cause: str) -> None:  # type: ignore[type-arg]
    found = measure(slab_image(slabs, of=of), "box", BOX)  # type: ignore[arg-type]
    for part in (found.attenuation, found.areal_density, found.mass_kg, found.material, found.added):
        assert isinstance(part, Undetermined)
        assert part.undetermined == cause
        assert part.reason.endswith(".")


def test_without_a_pitch_there_is_areal_density_but_no_length_area_or_mass() -> None:
    image = slab_image([(STEEL, 30.0, MIDDLE)], of=facts(SHAPE, pitch_mm=None))
    found = measure(image, "box", BOX)
    assert areal(found, "steel") == pytest.approx(30, rel=0.01)
    assert isinstance(found.added, Added)
    line = measure(image, "line", BOX)
    assert line.profile is not None
    assert line.profile.step_mm is None
    for part in (found.area_mm2, found.mass_kg, found.added.mass_kg, line.length_mm):
        assert isinstance(part, Undetermined)
        assert part.undetermined == "unknown_pitch"


def test_where_nothing_was_measured_nothing_is_said() -> None:
    pixels = np.full((2, *SHAPE), 30_000, np.uint16)
    pixels[:, 100:200, 200:250] = 0
    half = measure(opened(pixels, facts(SHAPE)), "box", BOX)
    assert half.not_measured == 0.5
    assert isinstance(half.attenuation, Spread)
    assert half.attenuation.mean == pytest.approx(-np.log(30_000 / 65_535), abs=1e-4)
    pixels[:, 100:200, 200:300] = 0
    none = measure(opened(pixels, facts(SHAPE)), "box", BOX)
    assert isinstance(none.areal_density, Undetermined)
    assert none.areal_density.undetermined == "not_measured"


@pytest.mark.parametrize("start", [10, 300])
def test_a_profile_runs_along_the_line(start: int) -> None:
    pixels = np.tile(np.linspace(60_000, 20_000, 500).astype(np.uint16), (2, 300, 1))
    pixels[:, :, 100] = 0
    image = opened(pixels, facts(SHAPE))
    found = measure(image, "line", ((start, 50.5), (start + 150, 50.5)))
    assert isinstance(found.profile, Profile)
    assert (found.length_px, found.profile.step_px, found.profile.step_mm) == (150.0, 1.0, 5.0)
    assert len(found.profile.transmission) == 150
    for offset, value in enumerate(found.profile.transmission):
        count = pixels[0, 50, start + offset]
        assert value is None if count == 0 else value == pytest.approx(count / 65_535, abs=1e-4)
    down = measure(image, "line", ((start, 50.0), (start, 150.0)))
    assert down.length_mm == Interval(400.0, 320.0, 480.0)


def test_a_shape_is_what_its_outline_covers() -> None:
    pixels = np.full((2, *SHAPE), 60_000, np.uint16)
    pixels[:, 100:200, 200:300] = 20_000
    image = opened(pixels, facts(SHAPE))
    triangle = measure(image, "polygon", ((200, 100), (300, 100), (200, 200)))
    assert triangle.pixels == pytest.approx(5000, abs=60)
    assert isinstance(triangle.attenuation, Spread)
    assert (
        triangle.attenuation.p10
        == triangle.attenuation.p90
        == pytest.approx(np.log(65_535 / 20_000), abs=1e-3)
    )
    bow_tie = measure(image, "polygon", ((200, 100), (300, 200), (300, 100), (200, 200)))
    assert bow_tie.pixels == pytest.approx(5000, abs=110)
    assert measure(image, "box", ((300, 200), (200, 100))) == measure(image, "box", BOX)
    assert measure(image, "box", ((-50, -50), (50, 50))).pixels == 2500


@pytest.mark.parametrize(
    ("shape", "points"),
    [
        ("box", ((600.0, 10.0), (700.0, 20.0))),
        ("box", ((10.1, 10.1), (10.2, 10.2))),
        ("box", ((5.0, 5.0), (5.0, 5.0))),
        ("polygon", ((-1e6, -1e6), (-1e6, -2e6), (-2e6, 1e6))),
        ("line", ((-10.0, -10.0), (-10.0, 400.0))),
    ],
)
def test_a_shape_beside_the_image_covers_nothing(shape: str, points: tuple[tuple[float, float], ...]) -> None:
    found = measure(opened(np.full((2, *SHAPE), 30_000, np.uint16), facts(SHAPE)), shape, points)  # type: ignore[arg-type]
    assert isinstance(found.attenuation, Undetermined)
    assert (found.pixels, found.attenuation.undetermined) == (0, "outside")


def test_a_huge_shape_is_measured_on_a_smaller_level() -> None:
    pixels = np.full((1, 3000, 4000), 30_000, np.uint16)
    image = opened(pixels, facts((3000, 4000), (6.0,)))
    found = measure(image, "box", ((-1e6, -1e6), (1e6, 1e6)))
    assert found.level == 1
    assert isinstance(found.area_mm2, Interval)
    assert found.area_mm2.estimate == 3000 * 4000 * 20
    line = measure(image, "line", ((-1e6, -1e6), (1e6, 1e6)))
    assert line.profile is not None
    assert len(line.profile.transmission) <= 2048
