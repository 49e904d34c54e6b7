"""What the viewer must know of an image before it asks for tiles."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from tallyscan.examine.expected_image import EXPECTED_BANDS
from tallyscan.examine.image_facts import ImageFacts
from tallyscan.examine.kept_image import KeptImage
from tallyscan.examine.material_band import RANGE
from tallyscan.examine.materials import REFERENCE_MATERIALS
from tallyscan.examine.pyramid import TILE
from tallyscan.examine.tiles import GUTTER, SURROUND_MM, SURROUND_STEP, Band, bands_of
from tallyscan.physics.beam import beams_of
from tallyscan.physics.inversion import MATERIAL_KINDS, areal_density_curve
from tallyscan.scan import Grade
from tallyscan.store.queries import SideView
from tallyscan.store.scan_images import ImageKeys

_POINTS = 65

Affine = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class ImageLevel:
    """A size of the image; one of its pixels is `scale` pixels of level 0 wide and high."""

    level: int
    width: int
    height: int
    scale: int


@dataclass(frozen=True)
class PixelSize:
    """Of a pixel of level 0, in mm. `x_low` and `x_high`: within which bounds x lies, where it was measured on a
    container and not given."""

    x: float
    y: float
    x_low: float | None
    x_high: float | None


@dataclass(frozen=True)
class OriginalPixels:
    """The image file as it came; the boxes of a reading are in its pixels. `to_image` is a, b, c, d, e, f: x of the
    upright image is a x + b y + c, y is d x + e y + f."""

    width: int
    height: int
    quarter_turns: int
    mirrored: bool
    to_image: Affine


@dataclass(frozen=True)
class ArealDensity:
    """Areal density in g/cm2 of a material for each attenuation (of the high energy), to be interpolated."""

    material: str
    alpha: tuple[float, ...]
    g_cm2: tuple[float, ...]


@dataclass(frozen=True)
class MaterialEdge:
    """A kind of material, below this code of the band and this material coordinate; None: all above."""

    kind: str
    below_code: float | None
    below: float | None


@dataclass(frozen=True)
class MaterialBand:
    """How the band `material` is coded: 0 where no material can be told (air, too thin, not penetrated), else the
    material coordinate is `offset` + code * `per_code`: the iron share of a carbon-iron mix, 0 organic, 1 steel."""

    offset: float
    per_code: float
    edges: tuple[MaterialEdge, ...]


@dataclass(frozen=True)
class SurroundBand:
    """How the band `surround` is coded: the mean attenuation of some `about_mm` around is code * `per_code`."""

    per_code: float
    about_mm: float


@dataclass(frozen=True)
class ExpectedTiles:
    """Tiles of the expected image: transmission * 65535 of the 50, 10 and 90 % quantiles of attenuation."""

    bands: tuple[str, ...]
    tiles: str


@dataclass(frozen=True)
class ImageDocument:
    """The image of a scan. `tiles` and `expected.tiles` are addresses with `{level}`, `{column}` and `{row}` in them.

    A tile is `tile` + 2 * `gutter` pixels wide and high, little-endian uint16, `bands` interleaved. `high` and `low`
    are transmission * 65535, 0 where nothing was measured. `not_calibrated` says why these are plain greys.
    """

    scan: str
    revision: int
    width: int
    height: int
    tile: int
    gutter: int
    levels: tuple[ImageLevel, ...]
    bands: tuple[Band, ...]
    grade: Grade
    energies_mv: tuple[float, ...]
    not_calibrated: str | None
    pitch_mm: PixelSize | None
    original: OriginalPixels
    areal_density: tuple[ArealDensity, ...]
    material_bands: MaterialBand | None
    surround_band: SurroundBand
    views: tuple[SideView, ...]
    tiles: str
    expected: Annotated[ExpectedTiles | None, Field(description="None where the model did not speak")]


def image_document(
    scan_id: str, keys: ImageKeys, image: KeptImage, views: tuple[SideView, ...]
) -> ImageDocument:
    """Of an opened image."""
    facts, (height, width) = image.facts, image.sizes[0]
    address = f"/v1/scans/{scan_id}/image/{keys.revision}"
    place = "{level}/{column}/{row}"
    return ImageDocument(
        scan=scan_id,
        revision=keys.revision,
        width=width,
        height=height,
        tile=TILE,
        gutter=GUTTER,
        levels=tuple(ImageLevel(n, size[1], size[0], 2**n) for n, size in enumerate(image.sizes)),
        bands=bands_of(facts),
        grade=facts.grade,
        energies_mv=facts.energies_mv,
        not_calibrated=facts.not_calibrated,
        pitch_mm=_pixel_size(facts),
        original=OriginalPixels(
            facts.grid.original_width,
            facts.grid.original_height,
            facts.grid.quarter_turns,
            facts.grid.mirrored,
            facts.grid.to_native,
        ),
        areal_density=_areal_densities(facts),
        material_bands=_material_band() if facts.dual else None,
        surround_band=SurroundBand(SURROUND_STEP, SURROUND_MM),
        views=views,
        tiles=f"{address}/{place}",
        expected=ExpectedTiles(EXPECTED_BANDS, f"{address}/expected/{place}") if keys.expected else None,
    )


def _pixel_size(facts: ImageFacts) -> PixelSize | None:
    if facts.pitch_mm is None:
        return None
    x, y = facts.pitch_mm
    low, high = (x * share for share in facts.pitch_bounds) if facts.pitch_bounds else (None, None)
    return PixelSize(x, y, low, high)


def _areal_densities(facts: ImageFacts) -> tuple[ArealDensity, ...]:
    if facts.grade != "transmission":
        return ()
    beam = beams_of(facts.energies_mv)[0]
    tables = []
    for name, material in REFERENCE_MATERIALS.items():
        alpha, areal = areal_density_curve(beam, material)
        chosen = np.linspace(0, len(areal) - 1, _POINTS).astype(int)
        tables.append(
            ArealDensity(
                name,
                tuple(round(float(value), 5) for value in alpha[chosen]),
                tuple(round(float(value), 4) for value in areal[chosen]),
            )
        )
    return tuple(tables)


def _material_band() -> MaterialBand:
    """See `tiles.code_of_material`."""
    low, high = RANGE
    step = (high - low) / 65_534
    kinds = (*((kind, limit) for limit, kind in MATERIAL_KINDS), ("metal", None))
    edges = (
        MaterialEdge(kind, None if limit is None else round(1 + (limit - low) / step, 1), limit)
        for kind, limit in kinds
    )
    return MaterialBand(low - step, step, tuple(edges))
