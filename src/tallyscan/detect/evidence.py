"""A region in physical units and in words: what it has more than its surroundings and more than is expected."""

from dataclasses import dataclass

import cv2
import numpy as np

from tallyscan.detect.regions import BoolMap, Region
from tallyscan.finding import ExpectedPicture, Family, FamilyCandidate, Finding
from tallyscan.physics.added_material import AddedMaterial, added_material
from tallyscan.physics.beam import beams_of
from tallyscan.physics.inversion import areal_density_g_cm2
from tallyscan.scan import CANONICAL_PITCH_MM, Scan
from tallyscan.wording import Wording, said

RING_CELLS = 4
SURE_OF_FAMILY = 0.5  # below it the second likeliest family is named too
FAMILY_WORDS: dict[Family, Wording] = {
    "rip_off_bags": said("bags near the doors"),
    "bricks_in_load": said("bricks in the load"),
    "false_wall": said("a false wall, floor or roof"),
    "reefer_insulation": said("matter in the refrigeration unit or insulation"),
    "cigarettes_behind_cover": said("cigarettes behind a cover load"),
    "inside_goods": said("something inside the goods"),
    "weapons_ammunition": said("weapons or ammunition"),
    "cash_gold": said("cash or gold"),
    "people": said("people"),
    "alcohol_liquids": said("alcohol or other liquids"),
    "shielded_nuclear": said("a shielded dense object"),
    "vehicles_engines": said("vehicles or engines"),
    "ivory_wildlife": said("ivory or wildlife"),
    "electronics_medicine": said("electronics or medicine"),
    "vehicle_cavity": said("matter in a cavity of the vehicle"),
    "void": said("missing goods"),
}


def measured_finding(
    scan: Scan,
    region: Region,
    score: float,
    stride: int,
    number: int,
    unit: int | None,
    expected: ExpectedPicture,
) -> Finding:
    """The finding of a region, with the score that is published for it; physical units only of transmission."""
    has_units = scan.grade == "transmission"
    added = added_matter(scan, region, stride) if has_units else None
    excess = expected_excess_g_cm2(scan, region, stride, expected) if has_units else None
    explanation = in_words(region.families, added, excess, display=not has_units)
    return Finding(
        id=f"F{number}",
        unit=unit,
        kind=region.family,
        score=round(score, 5),  # as the threshold: the two must compare alike
        box=scan.grid.to_original(region.box(stride)),
        areal_density_g_cm2=round(added.areal_g_cm2, 2) if added else None,
        contrast_to_noise=round(added.contrast_to_noise, 1) if added else None,
        mass_kg=round(added.mass_kg, 1) if added and scan.pitch_known else None,
        explanation=str(explanation),
        families=region.families,
        expected_excess_g_cm2=None if excess is None else round(excess, 2),
        said=explanation.sentences,
    )


def looks_like(families: tuple[FamilyCandidate, ...]) -> Wording:
    """The likeliest family, and the second one where the first has less than half."""
    first, *others = families
    family = FAMILY_WORDS[first.kind]
    if first.probability >= SURE_OF_FAMILY or not others:
        return said("Looks like {family}", family=family)
    return said("Looks like {family}, or {other}", family=family, other=FAMILY_WORDS[others[0].kind])


@dataclass(frozen=True)
class AddedMatter:
    """What a region has more than its surroundings; negative where something is missing."""

    areal_g_cm2: float
    contrast_to_noise: float
    mass_kg: float
    material: AddedMaterial | None


def in_words(
    families: tuple[FamilyCandidate, ...], added: AddedMatter | None, excess: float | None, *, display: bool
) -> Wording:
    """What an officer reads of a finding."""
    looks = looks_like(families)
    if display:
        return said("{looks}; the display grade gives no physical units.", looks=looks)
    parts = []
    if added is not None:
        parts += [
            said("{amount} than its surroundings", amount=more_or_less(added.areal_g_cm2)),
            said("{times:.0f} times the noise of a pixel", times=added.contrast_to_noise),
        ]
    if excess is not None:
        parts.append(said("{amount} than the model expects there", amount=more_or_less(excess)))
    if not parts:
        return said("{looks}; nothing was measured there, so no physical units.", looks=looks)
    if added is None or added.material is None:
        return said("{looks}: {parts:,}.", looks=looks, parts=parts)
    return said(
        "{looks}: {parts:,}; what is added {material}.",
        looks=looks,
        parts=parts,
        material=added.material.words,
    )


def more_or_less(areal_g_cm2: float) -> Wording:
    """An areal density with its sign in words."""
    if areal_g_cm2 >= 0:
        return said("{amount:.1f} g/cm2 more", amount=areal_g_cm2)
    return said("{amount:.1f} g/cm2 less", amount=-areal_g_cm2)


def pixels_of(
    scan: Scan, region: Region, stride: int, margin_cells: int = 0
) -> tuple[tuple[slice, slice], BoolMap] | None:
    """A window of the canonical image around a region and the region's pixels in it; None where it has none."""
    mask = cv2.resize(
        np.pad(region.mask, margin_cells).astype(np.uint8),
        None,
        fx=stride,
        fy=stride,
        interpolation=cv2.INTER_NEAREST,
    )
    y0, x0 = (region.y0 - margin_cells) * stride, (region.x0 - margin_cells) * stride
    top, left = max(y0, 0), max(x0, 0)
    bottom, right = min(y0 + mask.shape[0], scan.height), min(x0 + mask.shape[1], scan.width)
    if bottom <= top or right <= left:
        return None
    inside = mask[top - y0 : bottom - y0, left - x0 : right - x0] > 0
    return (slice(top, bottom), slice(left, right)), inside


def added_matter(scan: Scan, region: Region, stride: int) -> AddedMatter | None:
    """Compare a region with a ring around it; None where no valid pixel is left of either."""
    seen = pixels_of(scan, region, stride, RING_CELLS)
    if seen is None:
        return None
    window, inside = seen
    valid = scan.valid[window]
    within, around = inside & valid, ~inside & valid
    if not within.any() or not around.any():
        return None
    alpha = -np.log(scan.transmission[:, window[0], window[1]])
    # The median over the ring stands for what would be there; over the region the mean keeps the mass right.
    background = np.median(alpha[:, around], axis=1).astype(np.float64)
    level = alpha[:, within].mean(axis=1, dtype=np.float64)
    beam = beams_of(scan.energies_mv)[0]
    areal = float(areal_density_g_cm2(level[0], beam) - areal_density_g_cm2(background[0], beam))
    sigma = float(scan.noise[0].alpha_sigma(np.exp(-background[:1]).astype(np.float32))[0])
    area_cm2 = float(within.sum()) * (CANONICAL_PITCH_MM / 10) ** 2
    pixels = int(min(within.sum(), around.sum()))
    return AddedMatter(
        areal,
        float(abs(level[0] - background[0])) / max(sigma, 1e-6),
        areal * area_cm2 / 1000,
        added_material(level, background, pixels, scan.energies_mv, scan.noise),
    )


def expected_excess_g_cm2(scan: Scan, region: Region, stride: int, expected: ExpectedPicture) -> float | None:
    """Areal density of a region over what the model expects there without knowing the declaration.

    Both are means over the valid pixels of the region, of attenuation and of its expected median, each turned
    into g/cm2 of organic matter. None where no pixel is valid.
    """
    seen = pixels_of(scan, region, stride)
    if seen is None:
        return None
    (rows, columns), inside = seen
    within = inside & scan.valid[rows, columns]
    if not within.any():
        return None
    y, x = np.arange(rows.start, rows.stop) // expected.stride, np.arange(columns.start, columns.stop)
    median = expected.without_declaration[1][np.ix_(y, x // expected.stride)]
    beam = beams_of(scan.energies_mv)[0]
    level = float(scan.attenuation[rows, columns][within].mean(dtype=np.float64))
    usual = float(median[within].mean(dtype=np.float64))
    return float(areal_density_g_cm2(level, beam) - areal_density_g_cm2(usual, beam))
