"""How much matter a region holds, and how much more than its surroundings, with bounds that name their reasons."""

from dataclasses import dataclass

import numpy as np

from tallyscan.examine.image_facts import ImageFacts
from tallyscan.examine.materials import ORGANIC, material_seen, materials_of
from tallyscan.examine.measured import Added, Because, Mass, MaterialSeen, Undetermined
from tallyscan.examine.shapes import Region, sectors
from tallyscan.examine.signal import ATTENUATION, Signal
from tallyscan.finding import Interval
from tallyscan.physics.added_material import MIN_ADDED_G_CM2, added_material
from tallyscan.physics.inversion import SYSTEMATIC_ALPHA, areal_density_g_cm2
from tallyscan.scan import OPAQUE_TRANSMISSION

DEPTH_SHARE = 0.2
"""A fan beam shows what stands nearer to the source higher. The size of a pixel is that in the middle of the cargo; at
its sides, 1.2 m from there and some 6 m from the source, it is a fifth more or less."""

_KG_PER_G = 1e-3
_DEEPEST_ALPHA = -float(np.log(OPAQUE_TRANSMISSION))
_UNKNOWN_PITCH = Undetermined("unknown_pitch", "Nobody says how large a pixel of this image is.")
_NO_SURROUNDINGS = Undetermined("no_surroundings", "Around the region is nothing to compare it with.")
_ONE_ENERGY = Undetermined("one_energy", "One energy does not tell the material.")


@dataclass(frozen=True)
class _Areal:
    """Mean areal density of a region in g/cm2, with bounds; `high` None where it may be any amount more."""

    estimate: float
    low: float
    high: float | None


def length_mm(facts: ImageFacts, across_px: float, down_px: float) -> Interval | Undetermined:
    """Of a line that goes so far along the travel and so far down."""
    if facts.pitch_mm is None:
        return _UNKNOWN_PITCH
    x, y = across_px * facts.pitch_mm[0], down_px * facts.pitch_mm[1]
    low, high = facts.pitch_bounds or (1.0, 1.0)
    bounds = float(np.hypot(x * low, y * (1 - DEPTH_SHARE))), float(np.hypot(x * high, y * (1 + DEPTH_SHARE)))
    return Interval(round(float(np.hypot(x, y)), 1), round(bounds[0], 1), round(bounds[1], 1))


def area_mm2(facts: ImageFacts, region: Region) -> Interval | Undetermined:
    """Of all pixels of a region."""
    area = _area_cm2(facts, region)
    if area is None:
        return _UNKNOWN_PITCH
    low, high = _area_bounds(facts)
    return Interval(*(round(area * share * 100, 1) for share in (1, low, high)))


def mass_kg(region: Region, signal: Signal, seen: MaterialSeen | Undetermined) -> Mass | Undetermined:
    """Of all that the beam went through in a region."""
    if signal.undetermined is not None:
        return signal.undetermined
    # what row gains and scatter leave is the same all over a region, however large it is
    wrong = _per_alpha(signal) * SYSTEMATIC_ALPHA

    def areal(material: str) -> _Areal:
        mean = signal.mean_areal_density(material)
        return _Areal(mean, mean - wrong, None if signal.at_least else mean + wrong)

    return _mass(signal.facts, region, {name: areal(name) for name in materials_of(seen)}, ("air_level",))


def added_in(region: Region, signal: Signal) -> Added | Undetermined:
    """What a region has more than what stands around it."""
    if signal.undetermined is not None:
        return signal.undetermined
    facts, sides = signal.facts, sectors(region)
    if not sides:
        return _NO_SURROUNDINGS
    around = np.median(ATTENUATION[region.counts[region.around]], axis=0)
    if around[0] > _DEEPEST_ALPHA:
        return Undetermined("not_penetrated", "Nothing came through around the region.")
    of_sides = [float(np.median(ATTENUATION[region.counts[side][:, 0]])) for side in sides]

    def areal(material: str) -> _Areal:
        mean, least, most = (
            signal.mean_areal_density(material, alpha) for alpha in (around[0], max(of_sides), min(of_sides))
        )
        return _Areal(mean, least, None if signal.at_least else most)

    pixels = min(len(signal.counts), int(np.count_nonzero(region.around))) * signal.averaged
    seen = _added_material(signal, around, pixels)
    organic = areal(ORGANIC)
    noise = facts.noise[0].alpha_sigma(np.exp(-around[:1]).astype(np.float32))
    return Added(
        round(organic.estimate, 3),
        round(organic.low, 3),
        None if organic.high is None else round(organic.high, 3),
        round(float(signal.level[0] - around[0]) / max(float(noise[0]), 1e-6), 2),
        _mass(facts, region, {name: areal(name) for name in materials_of(seen)}, ("background",)),
        seen,
    )


def _added_material(signal: Signal, around: np.ndarray, pixels: int) -> MaterialSeen | Undetermined:
    if not signal.facts.dual:
        return _ONE_ENERGY
    facts = signal.facts
    found = added_material(signal.level, around, pixels, facts.energies_mv, facts.noise)
    if found is None:
        return Undetermined(
            "too_little_added", f"It has less than {MIN_ADDED_G_CM2} g/cm2 more than its surroundings."
        )
    return material_seen(found.coordinate, found.error, float(signal.level[0]), facts.energies_mv)


def _mass(
    facts: ImageFacts, region: Region, areal: dict[str, _Areal], because: tuple[Because, ...]
) -> Mass | Undetermined:
    """From the areal density in each material that it may be of, the likeliest first."""
    area = _area_cm2(facts, region)
    if area is None:
        return _UNKNOWN_PITCH
    first, *_ = areal
    smaller, larger = _area_bounds(facts)
    lows = [one.low for one in areal.values()]
    highs = [one.high for one in areal.values() if one.high is not None]
    low, kg = min(lows), area * _KG_PER_G
    reasons: tuple[Because, ...] = ("material", *because, "depth")
    if facts.pitch_bounds is not None:
        reasons += ("pitch",)
    if not highs:
        reasons += ("not_penetrated",)
    return Mass(
        estimate=round(areal[first].estimate * kg, 3),
        low=round(low * kg * (smaller if low > 0 else larger), 3),
        high=round(max(highs) * kg * (larger if max(highs) > 0 else smaller), 3) if highs else None,
        material=first,
        materials=tuple(areal),
        because=reasons,
    )


def _per_alpha(signal: Signal) -> float:
    """g/cm2 of organic matter for each unit of attenuation, at the level of a region."""
    beyond = areal_density_g_cm2(signal.level[0] + np.array([0.0, 0.05]), signal.beam)
    return float(beyond[1] - beyond[0]) / 0.05


def _area_cm2(facts: ImageFacts, region: Region) -> float | None:
    if facts.pitch_mm is None:
        return None
    x, y = facts.pitch_mm
    return float(region.pixels * 4**region.level * x * y / 100)


def _area_bounds(facts: ImageFacts) -> tuple[float, float]:
    low, high = facts.pitch_bounds or (1.0, 1.0)
    return low * (1 - DEPTH_SHARE), high * (1 + DEPTH_SHARE)
