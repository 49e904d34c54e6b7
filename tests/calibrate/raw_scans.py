"""Raw scans for the tests of this room: counts made by hand, sidecars as dictionaries."""

import json
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tallyscan.calibrate.profile import load_profiles, profile_for
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.scan import RawScan, Scan
from tallyscan.sidecar import parse_sidecar

PROFILES = load_profiles()
AIR = 50_000
CALIBRATED: dict[str, Any] = {
    "energies_mv": [6.0],
    "air_level": [float(AIR)],
    "pitch_mm": {"x": 5.0, "y": 5.0},
}


def raw(
    pixels: NDArray[Any],
    sidecar: dict[str, Any] | None = None,
    *,
    photometric: Literal["grey", "inverted", "rgb"] = "grey",
    file_format: str = "tiff",
) -> RawScan:
    """Of (channel, height, width) or (height, width) pixels."""
    channels = pixels if pixels.ndim == 3 else pixels[np.newaxis]
    return RawScan(
        channels, photometric, file_format, "0" * 64, parse_sidecar(json.dumps(sidecar or {}).encode())
    )


def calibrated(transmission: NDArray[Any], **sidecar: Any) -> Scan:
    """The scan of these transmissions, (height, width), written as counts of one known energy."""
    counts = np.clip(np.rint(transmission * AIR), 0, 65_535).astype(np.uint16)
    return to_physical(raw(counts, CALIBRATED | sidecar), PROFILES["generic_transmission"])


def displayed(grey: NDArray[Any], **sidecar: Any) -> Scan:
    """The scan of a picture."""
    return to_physical(raw(grey, sidecar, file_format="png"), PROFILES["display"])


def cargo(height: int = 200, width: int = 500, seed: int = 3) -> NDArray[np.float64]:
    """Transmission of open air over a loaded box on a dense floor, with a little noise."""
    image = np.ones((height, width))
    image[height // 5 :, width // 10 : -width // 10] = 0.88
    image[height // 2 :, width // 4 : -width // 4] = 0.3
    image[-height // 12 :] = 0.02
    return image * np.random.default_rng(seed).normal(1, 0.004, image.shape)


WALLS, BLOCK, DARK = 0.88, 0.05, 100.0


def matter(height: int = 240, width: int = 480) -> NDArray[np.float64]:
    """Transmission without noise (height, width): air, walls, and a block standing on their floor."""
    transmission = np.ones((height, width))
    transmission[height // 6 : height * 5 // 6, width // 8 : width * 7 // 8] = WALLS
    transmission[height // 2 : height * 5 // 6, width // 4 : width * 5 // 8] = BLOCK
    return transmission


def counts(transmission: NDArray[Any], air: float = AIR, dark: float = 0.0) -> NDArray[np.uint16]:
    """Counts of the detector, rounded and cut off at full scale."""
    return np.clip(np.rint(transmission * (air - dark) + dark), 0, 65_535).astype(np.uint16)


def physical(pixels: NDArray[Any], sidecar: dict[str, Any] | None = None, **how: Any) -> Scan:
    """The scan as the service calibrates it: with the profile that is chosen for it."""
    scan = raw(pixels, sidecar, **how)
    return to_physical(scan, profile_for(scan, PROFILES))


def codes(sentences: tuple[str, ...]) -> list[str]:
    """What stands before the colon of cautions and reasons."""
    return [sentence.partition(":")[0] for sentence in sentences]


LOW_ALPHA = 1.15  # times the attenuation of the high energy: organic goods at 6 and 4 MeV


def two_energies(transmission: NDArray[Any], air: float = AIR) -> NDArray[np.uint16]:
    """Counts (2, height, width) of matter that attenuates the lower energy more."""
    return np.stack([counts(transmission, air), counts(transmission**LOW_ALPHA, air)])
