"""What must be known of a kept image beside its pixels; it stands in the file, so that the file explains itself."""

import json
from dataclasses import dataclass, replace
from functools import cached_property

from pydantic import TypeAdapter

from tallyscan.examine.registration import columns_apart
from tallyscan.scan import CANONICAL_PITCH_MM, CanonicalGrid, Grade, NoiseModel, Scan


@dataclass(frozen=True)
class ImageFacts:
    """`noise` is that of a pixel, one an energy; `grid` says how the image lies over the original pixels.

    `pitch_mm` is the size of a pixel, x and y; None where nobody knows it. `pitch_bounds` are those of x, as shares of
    it, where it was measured on a container. `not_calibrated` says why the pixels are plain greys of a scan that was
    refused; None of one that was calibrated. `columns_apart`: see `registration.columns_apart`.
    """

    grade: Grade
    energies_mv: tuple[float, ...]
    noise: tuple[NoiseModel, ...]
    pitch_mm: tuple[float, float] | None
    pitch_bounds: tuple[float, float] | None
    grid: CanonicalGrid
    not_calibrated: str | None = None
    columns_apart: float = 0.0

    @cached_property
    def dual(self) -> bool:
        """Whether two energies tell a material."""
        return self.grade == "transmission" and len(self.energies_mv) > 1

    def to_json(self) -> str:
        """As it stands in the file, in ASCII, as TIFF wants it."""
        return json.dumps(_FACTS.dump_python(self, mode="json"))

    @classmethod
    def from_json(cls, document: str) -> "ImageFacts":
        """Back from the file. Raises `ValueError`."""
        return _FACTS.validate_json(document)


_FACTS = TypeAdapter(ImageFacts)


def facts_of(scan: Scan) -> ImageFacts:
    """Of a calibrated scan."""
    grid, native = scan.grid, scan.native
    dual = scan.grade == "transmission" and native is not None and len(native) > 1
    return ImageFacts(
        grade=scan.grade,
        energies_mv=scan.energies_mv,
        noise=tuple(_of_one_pixel(noise, grid) for noise in scan.noise),
        pitch_mm=(CANONICAL_PITCH_MM * grid.scale_x, CANONICAL_PITCH_MM * grid.scale_y)
        if scan.has_size
        else None,
        pitch_bounds=scan.pitch_bounds,
        grid=grid,
        columns_apart=columns_apart(native[0], native[1]) if dual and native is not None else 0.0,
    )


def _of_one_pixel(noise: NoiseModel, grid: CanonicalGrid) -> NoiseModel:
    """From that of a canonical pixel, which is a mean over several where it is the larger one."""
    share = min(grid.scale_x, 1.0) * min(grid.scale_y, 1.0)
    return replace(noise, electronic=noise.electronic / share**0.5, photon=noise.photon / share)
