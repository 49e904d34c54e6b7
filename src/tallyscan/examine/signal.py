"""The pixels of a shape as attenuation and areal density, or why that cannot be said."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tallyscan.examine.image_facts import ImageFacts
from tallyscan.examine.materials import REFERENCE_MATERIALS, material_seen
from tallyscan.examine.measured import ArealDensityAs, MaterialSeen, Spread, Undetermined
from tallyscan.examine.pyramid import Pixels
from tallyscan.finding import LOWER_BOUND_FROM, MAX_UNPENETRATED_SHARE
from tallyscan.physics.added_material import mix_of
from tallyscan.physics.attenuation import FloatArray
from tallyscan.physics.beam import Beam, beams_of
from tallyscan.physics.inversion import MAX_AREAL_DENSITY_G_CM2, added_attenuation, areal_density_g_cm2
from tallyscan.scan import FULL_TRANSMISSION, OPAQUE_TRANSMISSION

ATTENUATION: FloatArray = -np.log(np.maximum(np.arange(FULL_TRANSMISSION + 1), 1) / FULL_TRANSMISSION)
"""Of each count."""

_MORE_G_CM2 = np.geomspace(0.01, MAX_AREAL_DENSITY_G_CM2, 400)
ADDED_G_CM2 = np.concatenate([-_MORE_G_CM2[::-1], [0.0], _MORE_G_CM2])

_OPAQUE_COUNT = OPAQUE_TRANSMISSION * FULL_TRANSMISSION

OUTSIDE = Undetermined("outside", "The shape covers no pixel of the image.")
_NOT_MEASURED = Undetermined("not_measured", "The detector gave no signal there.")
_DISPLAY = Undetermined(
    "display_grade", "The greys of this image are not proportional to the signal: it has no physical units."
)
_NOT_PENETRATED = Undetermined(
    "not_penetrated", f"More than {MAX_UNPENETRATED_SHARE:.0%} of the shape let nothing through."
)
_ONE_ENERGY = Undetermined("one_energy", "One energy does not tell the material.")
_NO_MIX = Undetermined("uncertain", "No mix of carbon and iron attenuates like this.")


@dataclass(frozen=True, eq=False)
class Signal:
    """`counts` (pixel, energy) of what was measured of a shape, each the mean over `averaged` pixels of level 0."""

    facts: ImageFacts
    counts: Pixels
    averaged: int

    @cached_property
    def undetermined(self) -> Undetermined | None:
        """Why nothing can be said in physical units; None where it can."""
        if not len(self.counts):
            return _NOT_MEASURED
        if self.facts.grade != "transmission":
            return _DISPLAY
        return _NOT_PENETRATED if self.not_penetrated > MAX_UNPENETRATED_SHARE else None

    @cached_property
    def not_penetrated(self) -> float:
        """Share of the pixels that let nothing through."""
        return float(np.mean(self.counts[:, 0] < _OPAQUE_COUNT)) if len(self.counts) else 0.0

    @property
    def shown_not_penetrated(self) -> float | None:
        """The same, rounded; None where the greys do not tell."""
        return round(self.not_penetrated, 4) if self.facts.grade == "transmission" else None

    @property
    def at_least(self) -> bool:
        """Whether so much of it is not penetrated that it may be more."""
        return self.not_penetrated > LOWER_BOUND_FROM

    @cached_property
    def beam(self) -> Beam:
        """Of the high energy."""
        return beams_of(self.facts.energies_mv)[0]

    @cached_property
    def level(self) -> FloatArray:
        """Mean attenuation (energy,) of what was penetrated."""
        through = self.counts[(self.counts >= _OPAQUE_COUNT).all(axis=1)]
        return np.asarray(
            ATTENUATION[through].mean(axis=0) if len(through) else ATTENUATION[[0] * self.counts.shape[1]]
        )

    def attenuation(self) -> Spread | Undetermined:
        """Of the high energy."""
        return self.undetermined or self._spread(ATTENUATION)

    def areal_densities(self) -> tuple[ArealDensityAs, ...] | Undetermined:
        """In each reference material."""
        return self.undetermined or tuple(
            ArealDensityAs(name, self._spread(self._areal_of_count(name)), self.at_least)
            for name in REFERENCE_MATERIALS
        )

    def mean_areal_density(self, material: str, behind_alpha: float = 0.0) -> float:
        """Mean over the pixels, in g/cm2 of a reference material, of what is added to organic matter that attenuates
        by `behind_alpha`: a hardened beam goes through more of it. Less than that is negative.
        """
        behind = float(areal_density_g_cm2(behind_alpha, self.beam))
        curve = added_attenuation(self.beam, REFERENCE_MATERIALS[material], ADDED_G_CM2, behind)
        return float(self._histogram @ np.interp(ATTENUATION, curve, ADDED_G_CM2)) / len(self.counts)

    def material(self) -> MaterialSeen | Undetermined:
        """Of what all is that the beam went through."""
        if self.undetermined is not None:
            return self.undetermined
        if not self.facts.dual:
            return _ONE_ENERGY
        pixels = len(self.counts) * self.averaged
        mix = mix_of(self.level, pixels, self.facts.energies_mv, self.facts.noise)
        if mix is None:
            return _NO_MIX
        return material_seen(mix.material, mix.material_error, float(self.level[0]), self.facts.energies_mv)

    @cached_property
    def _histogram(self) -> FloatArray:
        return np.bincount(self.counts[:, 0], minlength=FULL_TRANSMISSION + 1).astype(np.float64)

    def _areal_of_count(self, material: str) -> FloatArray:
        return areal_density_g_cm2(ATTENUATION, self.beam, REFERENCE_MATERIALS[material])

    def _spread(self, of_count: FloatArray) -> Spread:
        """Of a quantity that falls with the count."""
        darkest_first = np.cumsum(self._histogram)
        mean = float(self._histogram @ of_count) / len(self.counts)
        places = np.searchsorted(darkest_first, np.array([0.9, 0.5, 0.1]) * len(self.counts))
        p10, p50, p90 = (round(float(of_count[place]), 4) for place in places)
        return Spread(round(mean, 4), p10, p50, p90)
