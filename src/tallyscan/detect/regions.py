"""Anomaly maps -> findings: connected regions, scored, measured in physical units, and put into words."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.detect.inputs import beams_of
from tallyscan.detect.material import AddedMaterial, added_material
from tallyscan.detect.session import FloatMap
from tallyscan.finding import Family, Finding
from tallyscan.physics.inversion import areal_density_g_cm2
from tallyscan.scan import CANONICAL_PITCH_MM, Box, Scan

EDGE_SHARE = 0.5  # a region ends where its map falls to half of its peak
RING_CELLS = 4
MAX_FINDINGS = 12
FAMILY_WORDS: dict[Family, str] = {
    "rip_off_bags": "bags near the doors",
    "bricks_in_load": "bricks in the load",
    "false_wall": "a false wall, floor or roof",
    "reefer_insulation": "matter in the refrigeration unit or insulation",
    "cigarettes_behind_cover": "cigarettes behind a cover load",
    "inside_goods": "something inside the goods",
    "weapons_ammunition": "weapons or ammunition",
    "cash_gold": "cash or gold",
    "people": "people",
    "alcohol_liquids": "alcohol or other liquids",
    "shielded_nuclear": "a shielded dense object",
    "vehicles_engines": "vehicles or engines",
    "ivory_wildlife": "ivory or wildlife",
    "electronics_medicine": "electronics or medicine",
    "vehicle_cavity": "matter in a cavity of the vehicle",
    "void": "missing goods",
}


@dataclass(frozen=True)
class Region:
    """A candidate: its family, its score, its mask within a window of the map."""

    family: Family
    score: float
    y0: int
    x0: int
    mask: NDArray[np.bool_]

    def box(self, stride: int) -> Box:
        """In canonical pixels."""
        height, width = self.mask.shape
        return Box(self.x0 * stride, self.y0 * stride, width * stride, height * stride)


def smoothed(anomaly: FloatMap) -> FloatMap:
    """Mean over 3 x 3 cells of each family's map: one hot cell is not enough for a score."""
    return np.stack([cv2.blur(plane, (3, 3), borderType=cv2.BORDER_REPLICATE) for plane in anomaly])


def candidate_regions(smooth: FloatMap, families: tuple[Family, ...], floor: float) -> list[Region]:
    """Regions of every family whose score, the peak of the smoothed map, reaches the floor, the highest first.

    Where families overlap, the one with the highest score keeps the place.
    """
    regions: list[Region] = []
    for family, plane in zip(families, smooth, strict=True):
        if float(plane.max()) < floor:
            continue
        count, labels, stats, _ = cv2.connectedComponentsWithStats(
            (plane >= floor * EDGE_SHARE).astype(np.uint8)
        )
        for label in range(1, count):
            x, y, width, height = (int(v) for v in stats[label][:4])
            window = (slice(y, y + height), slice(x, x + width))
            mask = labels[window] == label
            score = float(plane[window][mask].max())
            if score < floor:
                continue
            mask &= plane[window] >= EDGE_SHARE * score
            rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            inner = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            regions.append(Region(family, score, y + int(rows[0]), x + int(columns[0]), inner))
    regions.sort(key=lambda region: -region.score)
    kept: list[Region] = []
    for region in regions:
        if all(overlap(region.box(1), other.box(1)) < 0.5 for other in kept):
            kept.append(region)
    return kept


def overlap(a: Box, b: Box) -> float:
    """Shared area over the smaller of the two."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / min(a.width * a.height, b.width * b.height)


def measured_finding(scan: Scan, region: Region, stride: int, number: int, unit: int | None) -> Finding:
    """The finding of a region: what it adds to its surroundings, in g/cm2, in sigmas and in kg."""
    looks = f"Looks like {FAMILY_WORDS[region.family]}"
    added = added_matter(scan, region, stride) if scan.grade == "transmission" else None
    if added is None:
        why = (
            "the display grade gives"
            if scan.grade == "display"
            else "there is nothing around it to compare, so"
        )
        explanation = f"{looks}; {why} no physical units."
    else:
        more = "more" if added.areal_g_cm2 >= 0 else "less"
        material = f"; what is added {added.material.words}" if added.material else ""
        explanation = (
            f"{looks}: {abs(added.areal_g_cm2):.1f} g/cm2 {more} than its surroundings, "
            f"{added.contrast_to_noise:.0f} times the noise of a pixel{material}."
        )
    return Finding(
        id=f"F{number}",
        unit=unit,
        kind=region.family,
        score=round(region.score, 4),
        box=scan.grid.to_original(region.box(stride)),
        areal_density_g_cm2=round(added.areal_g_cm2, 2) if added else None,
        contrast_to_noise=round(added.contrast_to_noise, 1) if added else None,
        mass_kg=round(added.mass_kg, 1) if added and scan.pitch_known else None,
        explanation=explanation,
    )


@dataclass(frozen=True)
class AddedMatter:
    """What a region has more than its surroundings; negative where something is missing."""

    areal_g_cm2: float
    contrast_to_noise: float
    mass_kg: float
    material: AddedMaterial | None


def added_matter(scan: Scan, region: Region, stride: int) -> AddedMatter | None:
    """Compare a region with a ring around it; None where no valid pixel is left of either."""
    mask = cv2.resize(
        np.pad(region.mask, RING_CELLS).astype(np.uint8),
        None,
        fx=stride,
        fy=stride,
        interpolation=cv2.INTER_NEAREST,
    )
    y0, x0 = (region.y0 - RING_CELLS) * stride, (region.x0 - RING_CELLS) * stride
    top, left = max(y0, 0), max(x0, 0)
    bottom, right = min(y0 + mask.shape[0], scan.height), min(x0 + mask.shape[1], scan.width)
    if bottom <= top or right <= left:
        return None
    inside = mask[top - y0 : bottom - y0, left - x0 : right - x0] > 0
    valid = scan.valid[top:bottom, left:right]
    within, around = inside & valid, ~inside & valid
    if not within.any() or not around.any():
        return None
    alpha = -np.log(scan.transmission[:, top:bottom, left:right])
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
