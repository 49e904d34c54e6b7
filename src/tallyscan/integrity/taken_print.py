"""Takes the fingerprint of a scan, and says whether another one is of the same image."""

from dataclasses import dataclass

import numpy as np

from tallyscan.fingerprint import Fingerprint
from tallyscan.integrity.load_box import load_box
from tallyscan.integrity.noise_print import NoiseMap, likeness, mirrored, noise_map, noise_print
from tallyscan.integrity.picture_hash import picture_hash
from tallyscan.scan import Scan

ALIKE_BITS = 72
"""Bits of 256 in which two pictures may differ to be looked at closer; of unlike loads 128 differ, 8 one sigma."""

SAME_NOISE = 0.18
"""Correlation of the noise from which two images are one. docs/explanation/integrity.md has what was measured."""

OTHER_NOISE = 0.09
"""Correlation below which they are two: what edges that lie alike leave of it. Between the two it stays open."""


@dataclass(frozen=True, eq=False)
class TakenPrint:
    """The fingerprint of a scan, to be kept, and its noise in full, to be compared."""

    fingerprint: Fingerprint
    noise: NoiseMap

    def likeness(self, other: Fingerprint) -> float | None:
        """Correlation with the noise of another image, as it is or mirrored; None where it cannot be told."""
        if other.noise is None:
            return None
        straight = bits_apart(self.fingerprint.picture, other.picture)
        turned = bits_apart(self.fingerprint.mirrored, other.picture)
        return likeness(self.noise if straight <= turned else mirrored(self.noise), other.noise)


def take_print(scan: Scan) -> TakenPrint | None:
    """The fingerprint of the high energy; None of an image in which no load stands out."""
    box = load_box(scan.attenuation)
    if box is None:
        return None
    noise = noise_map(scan.attenuation, box)
    return TakenPrint(Fingerprint(*picture_hash(scan.attenuation, box), noise_print(noise)), noise)


def bits_apart(one: bytes, other: bytes) -> int:
    """How many bits differ."""
    return int(np.bitwise_count(np.frombuffer(one, np.uint8) ^ np.frombuffer(other, np.uint8)).sum())
