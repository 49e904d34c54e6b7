"""Images of slabs whose areal density is known, kept and opened as the service does it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tallyscan.examine.image_facts import ImageFacts
from tallyscan.examine.kept_image import KeptImage, KeptImages
from tallyscan.examine.pyramid import pyramid_tiff
from tallyscan.physics.attenuation import Material
from tallyscan.physics.beam import beams_of
from tallyscan.physics.forward import forward_model, project
from tallyscan.scan import CanonicalGrid, Grade, NoiseModel

NOISE = NoiseModel(electronic=2e-4, photon=1e-5)


class Held:
    """Bytes in memory; `parts` counts what was fetched in places."""

    def __init__(self) -> None:
        self.data: dict[str, bytes] = {}
        self.parts: list[int] = []

    def get(self, key: str) -> bytes:
        return self.data[key]

    def part(self, key: str, start: int, count: int) -> bytes:
        self.parts.append(count)
        return self.data[key][start : start + count]


def facts(
    shape: tuple[int, int],
    energies_mv: tuple[float, ...] = (6.0, 4.0),
    *,
    grade: Grade = "transmission",
    pitch_mm: tuple[float, float] | None = (5.0, 4.0),
    pitch_bounds: tuple[float, float] | None = None,
    noise: NoiseModel = NOISE,
) -> ImageFacts:
    grid = CanonicalGrid(shape[0], shape[1], 0, False, 1.0, 1.0)
    return ImageFacts(grade, energies_mv, (noise,) * max(len(energies_mv), 1), pitch_mm, pitch_bounds, grid)


def opened(pixels: NDArray[np.uint16], of: ImageFacts, held: Held | None = None) -> KeptImage:
    """The image of uint16 (energy, rows, columns)."""
    held = held or Held()
    held.data["image"] = pyramid_tiff(pixels, of)
    return KeptImages(held).open("image")


def slab_image(
    slabs: Sequence[tuple[Material, float, tuple[slice, slice]]],
    *,
    shape: tuple[int, int] = (300, 500),
    of: ImageFacts | None = None,
    seed: int = 1,
) -> KeptImage:
    """Slabs in front of each other, each (material, g/cm2, where), with the noise that the facts tell of."""
    of = of or facts(shape)
    images = []
    for beam in beams_of(of.energies_mv or (6.0,)):
        basis = np.zeros((3, *shape))
        for material, g_cm2, where in slabs:  # areal densities add, attenuations do not: the beam hardens
            basis[:, *where] += project(material, beam)[:, np.newaxis, np.newaxis] * g_cm2
        images.append(forward_model(beam).transmission(basis))
    transmission, noise = np.array(images), of.noise[0]
    sigma = np.sqrt(noise.electronic**2 + noise.photon * transmission)
    seen = transmission + sigma * np.random.default_rng(seed).standard_normal(transmission.shape)
    return opened(np.rint(np.clip(seen * 65_535, 1, 65_535)).astype(np.uint16), of)
