"""Anomaly map -> regions: what hangs together, how high it scores, and which family it looks like.

One map says where something does not belong, whatever it is; a second one says what it then looks like. So a
thing of a kind that was never trained on can be found and still be put into the nearest words.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.detect.session import FloatMap
from tallyscan.finding import Family, FamilyCandidate
from tallyscan.scan import Box

BoolMap = NDArray[np.bool_]

EDGE_SHARE = 0.5  # a region ends where the map falls to half of its peak
LEVEL_STEP = 0.9  # of one level at which regions may end to the next lower one
JOIN_CELLS = 3  # parts of one family that come closer than twice this (12 cm at 20 mm a cell) are one region
SKIRT_CELLS = 3  # around a region the map falls off; that belongs to it
# What is left around higher regions is a region too where it is no mere skirt: 0.2 m x 0.2 m, and much larger.
BROAD_CELLS, BROAD_SHARE = 100, 4
MAX_REGIONS = 50  # of a map that is lit everywhere
MAX_FINDINGS = 12
TOP_FAMILIES = 3


@dataclass(frozen=True)
class Region:
    """A candidate: its score (the peak of the smoothed map), its mask within a window, what it looks like."""

    score: float
    y0: int
    x0: int
    mask: BoolMap
    families: tuple[FamilyCandidate, ...]

    @property
    def family(self) -> Family:
        """The likeliest."""
        return self.families[0].kind

    def box(self, stride: int) -> Box:
        """In canonical pixels."""
        height, width = self.mask.shape
        return Box(self.x0 * stride, self.y0 * stride, width * stride, height * stride)


def smoothed(anomaly: FloatMap) -> FloatMap:
    """The map (1, rows, columns) as (rows, columns), mean over 3 x 3 cells: one hot cell is not enough."""
    return np.asarray(cv2.blur(anomaly[0], (3, 3), borderType=cv2.BORDER_REPLICATE), np.float32)


def candidate_regions(
    smooth: FloatMap, family_map: FloatMap, families: tuple[Family, ...], floor: float
) -> list[Region]:
    """Regions whose score, the peak of the smoothed map, reaches the floor, the highest first.

    Two peaks are one region where the map between them stays above half of the lower one. Regions that nearly
    touch and look like the same family are one too: a wall of which the map lost a stretch.
    """
    parts = [region_of(mask, smooth, family_map, families) for mask in peak_masks(smooth, floor)]
    regions: list[Region] = []
    for family in dict.fromkeys(part.family for part in parts):
        masks = joined([part for part in parts if part.family == family], smooth.shape)
        regions += [region_of(mask, smooth, family_map, families) for mask in masks]
    return sorted(regions, key=lambda region: -region.score)


@dataclass(frozen=True)
class Placed:
    """A mask within its window of the map."""

    y0: int
    x0: int
    mask: BoolMap

    def window(self) -> tuple[slice, slice]:
        """Of the map."""
        height, width = self.mask.shape
        return slice(self.y0, self.y0 + height), slice(self.x0, self.x0 + width)


def peak_masks(smooth: FloatMap, floor: float) -> list[Placed]:
    """For each peak at or above the floor, what hangs together above half of it and holds no higher peak.

    Where it holds one, its lower and much larger rest is a region of its own: a wall on which one spot is hot.
    """
    found: list[Placed] = []
    peaks: list[tuple[int, int]] = []
    taken = np.zeros(smooth.shape, np.bool_)
    labels_at: dict[int, NDArray[Any]] = {}
    seen: set[tuple[int, int]] = set()
    for y, x in peaks_of(smooth, floor):
        step = level_of(float(smooth[y, x]))
        if step not in labels_at:
            labels_at[step] = cv2.connectedComponents((smooth >= LEVEL_STEP**step).astype(np.uint8))[1]
        labels = labels_at[step]
        label = int(labels[y, x])
        if taken[y, x] or (step, label) in seen:
            continue
        seen.add((step, label))
        mask = labels == label
        if any(labels[higher] == label for higher in peaks):
            mask = rest_around(mask, taken)
        if not mask.any():
            continue
        found.append(trimmed(mask))
        peaks.append((y, x))
        taken |= mask
        if len(found) == MAX_REGIONS:
            break
    return found


def peaks_of(smooth: FloatMap, floor: float) -> list[tuple[int, int]]:
    """(row, column) of the local maxima at or above the floor, one for each plateau, the highest first."""
    highest = (smooth >= cv2.dilate(smooth, np.ones((3, 3), np.uint8))) & (smooth >= floor) & (smooth > 0)
    labels = cv2.connectedComponents(highest.astype(np.uint8))[1]
    _, first = np.unique(labels, return_index=True)
    rows, columns = np.unravel_index(first[labels.flat[first] > 0], smooth.shape)
    order = np.argsort(-smooth[rows, columns], kind="stable")
    return [(int(rows[i]), int(columns[i])) for i in order]


def level_of(peak: float) -> int:
    """The level at which the region of a peak ends, as a power of `LEVEL_STEP`: at half of it or little above."""
    return int(np.floor(np.log(EDGE_SHARE * peak) / np.log(LEVEL_STEP)))


def rest_around(mask: BoolMap, taken: BoolMap) -> BoolMap:
    """What a mask has besides the regions in it and their skirts; nothing where that is not much larger."""
    inside = (mask & taken).astype(np.uint8)
    skirts = cv2.dilate(inside, np.ones((2 * SKIRT_CELLS + 1,) * 2, np.uint8)) > 0
    rest = mask & ~skirts
    broad = int(rest.sum()) >= max(BROAD_CELLS, BROAD_SHARE * int(inside.sum()))
    return rest if broad else np.zeros_like(mask)


def trimmed(mask: BoolMap) -> Placed:
    """A mask without the empty rows and columns around it."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    y0, x0 = int(rows[0]), int(columns[0])
    return Placed(y0, x0, mask[y0 : rows[-1] + 1, x0 : columns[-1] + 1])


def joined(parts: list[Region], shape: tuple[int, ...]) -> list[Placed]:
    """Masks of regions of one family, those that nearly touch as one."""
    canvas = np.zeros(shape, np.bool_)
    for part in parts:
        canvas[Placed(part.y0, part.x0, part.mask).window()] |= part.mask
    wide = cv2.dilate(canvas.astype(np.uint8), np.ones((2 * JOIN_CELLS + 1,) * 2, np.uint8))
    _, labels = cv2.connectedComponents(wide)
    groups: list[set[int]] = []
    for part in parts:  # one part can lie in several pieces: a wall around a hot spot
        own = set(np.unique(labels[Placed(part.y0, part.x0, part.mask).window()][part.mask]).tolist())
        groups = [
            *(group for group in groups if not group & own),
            own.union(*(group for group in groups if group & own)),
        ]
    return [trimmed(np.isin(labels, list(group)) & canvas) for group in groups]


def region_of(placed: Placed, smooth: FloatMap, family_map: FloatMap, families: tuple[Family, ...]) -> Region:
    """Score and families of a mask: the family map's mean, each cell by how much it is an anomaly."""
    window, mask = placed.window(), placed.mask
    weight = np.where(mask, smooth[window], 0.0)
    votes = (family_map[:, window[0], window[1]] * weight).sum(axis=(1, 2), dtype=np.float64)
    shares = votes / max(float(votes.sum()), 1e-12)
    likeliest = np.argsort(-shares, kind="stable")[:TOP_FAMILIES]
    return Region(
        float(smooth[window][mask].max()),
        placed.y0,
        placed.x0,
        mask,
        tuple(FamilyCandidate(families[index], round(float(shares[index]), 4)) for index in likeliest),
    )


def overlap(a: Box, b: Box) -> float:
    """Shared area over the smaller of the two."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / min(a.width * a.height, b.width * b.height)
