"""What was measured on an image, in physical units; what cannot be said carries its reason instead."""

from dataclasses import dataclass
from typing import Literal

from tallyscan.finding import Interval

Shape = Literal["line", "box", "polygon"]
Cause = Literal[
    "outside",
    "not_measured",
    "display_grade",
    "unknown_pitch",
    "not_penetrated",
    "one_energy",
    "uncertain",
    "no_surroundings",
    "too_little_added",
]

Because = Literal["material", "air_level", "background", "depth", "pitch", "not_penetrated"]


@dataclass(frozen=True)
class Undetermined:
    """Nothing is said, and why."""

    undetermined: Cause
    reason: str


@dataclass(frozen=True)
class Spread:
    """Mean and 10, 50 and 90 % quantiles over the pixels of a shape."""

    mean: float
    p10: float
    p50: float
    p90: float


@dataclass(frozen=True)
class ArealDensityAs:
    """Areal density in g/cm2, if all that the beam went through were of this material. `at_least`: part of the shape
    let nothing through."""

    material: str
    g_cm2: Spread
    at_least: bool


@dataclass(frozen=True)
class Mass:
    """Of what the beam went through in a region, in kg; `high` is None where part of it let nothing through.

    The estimate is as if it were all of `material`; the bounds are the lightest and the heaviest of `materials`, which
    it may be, with what else is not known: `because` names it.
    """

    estimate: float
    low: float
    high: float | None
    material: str
    materials: tuple[str, ...]
    because: tuple[Because, ...]


@dataclass(frozen=True)
class MaterialSeen:
    """Of what it is, from two energies. `coordinate`: iron share of a carbon-iron mix, with its standard error;
    `atomic_number`: effective, `high` None where it may be anything heavier; `kind` as officers say it.
    """

    coordinate: float
    error: float
    kind: str
    atomic_number: float
    atomic_number_low: float
    atomic_number_high: float | None


@dataclass(frozen=True)
class Added:
    """What a region has more than its surroundings; less is negative.

    `g_cm2` as if of organic matter, between `g_cm2_low` and `g_cm2_high` by what the surroundings are on its sides;
    `contrast_to_noise`: the difference over the noise of one pixel.
    """

    g_cm2: float
    g_cm2_low: float
    g_cm2_high: float | None
    contrast_to_noise: float
    mass_kg: Mass | Undetermined
    material: MaterialSeen | Undetermined


@dataclass(frozen=True)
class Profile:
    """Along a line, one value every `step_px` pixels of the image; None where nothing was measured.

    `transmission` of a display image is its grey; then there is no attenuation and no areal density. `areal_density` is
    in g/cm2 of organic matter. Where nothing came through, both are at least so much.
    """

    step_px: float
    step_mm: float | None
    transmission: tuple[float | None, ...]
    attenuation: tuple[float | None, ...] | None
    areal_density: tuple[float | None, ...] | None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Of one shape on one image. What does not apply to its kind is None.

    `level` is the one that was measured on: a large region on a smaller image. `not_measured` and `not_penetrated` are
    shares of its pixels, the latter None for a display image. `length_mm` is that of a line, `area_mm2` of a region.
    """

    shape: Shape
    level: int
    pixels: int
    not_measured: float
    not_penetrated: float | None
    attenuation: Spread | Undetermined
    areal_density: tuple[ArealDensityAs, ...] | Undetermined
    material: MaterialSeen | Undetermined
    length_px: float | None = None
    length_mm: Interval | Undetermined | None = None
    area_mm2: Interval | Undetermined | None = None
    mass_kg: Mass | Undetermined | None = None
    added: Added | Undetermined | None = None
    profile: Profile | None = None
