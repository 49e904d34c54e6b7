"""What of a scan is kept for people to look at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallyscan.examine.image_facts import ImageFacts, facts_of
from tallyscan.scan import CanonicalGrid, NoiseModel, Scan


@dataclass(frozen=True, eq=False)
class ScanImage:
    """`pixels` is uint16 (energy, rows, columns), see `Scan.native`."""

    pixels: NDArray[np.uint16]
    facts: ImageFacts


def image_of(scan: Scan) -> ScanImage | None:
    """Of a calibrated scan; None of one without native pixels."""
    return ScanImage(scan.native, facts_of(scan)) if scan.native is not None else None


def image_of_greys(greys: NDArray[np.uint16], grid: CanonicalGrid, reason: str) -> ScanImage:
    """Of a scan that was decoded and then refused for `reason`: its greys, (rows, columns), without any unit."""
    facts = ImageFacts("display", (), (NoiseModel(0.0, 0.0),), None, None, grid, reason)
    return ScanImage(greys[np.newaxis], facts)
