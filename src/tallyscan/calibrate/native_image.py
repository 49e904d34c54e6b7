"""The scan on the scanner's own pixels, as people look at it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tallyscan.scan import FULL_TRANSMISSION, BoolArray, Float32Array


def native_image(energies: Sequence[Float32Array], valid: BoolArray) -> NDArray[np.uint16]:
    """`Scan.native` of the transmission of each energy, upright and not clipped, in the order of the scan."""
    image = np.empty((len(energies), *valid.shape), np.uint16)
    for counts, transmission in zip(image, energies, strict=True):
        scaled = transmission * np.float32(FULL_TRANSMISSION)
        np.rint(np.clip(scaled, 1, FULL_TRANSMISSION, out=scaled), out=scaled)
        counts[...] = scaled
    if not valid.all():
        image[:, ~valid] = 0
    return image
