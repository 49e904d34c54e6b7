"""Can this scan be read? Every reason is a sentence with a leading code; what cannot be read is never clear.

Real scans often fill the frame with cargo, lack open air and carry stripes: all of that can be read.
"""

import cv2
import numpy as np

from tallyscan.calibrate.display import LEAST_BRIGHT
from tallyscan.scan import CANONICAL_PITCH_MM, Float32Array, Quality, Scan

MIN_SIDE = 64  # canonical pixels, 32 cm: less is a strip, and less than the network looks at as one thing
MAX_WIDE = 40.0  # width over height: a train of 100 m at 2.5 m
MAX_TALL = 3.0  # height over width: lorries and containers lie, nothing cargo stands like a tower
MIN_LENGTH_MM = 1500.0  # the shortest van body; a shorter scan was cut while the vehicle passed
MAX_INVALID_SHARE = 0.5  # real exports pad up to a quarter of the picture; beyond half, the cargo is lost
BLACK_LEVEL = 0.02  # relative to open air or full scale: the brightest percent of a scan is never so dark
BLANK_LEVEL = 0.85  # transmission: two empty container walls leave 0.90, every post, floor or axle less
MIN_CARGO_SHARE = 0.002  # of the pixels below BLANK_LEVEL: a single bottle is more
MIN_RANGE = 0.01  # between the first and the last percent: an image of one grey
# Of the pixels at the largest value. Wide open air of real exports reaches 0.65; an empty curtain-sider is mostly air.
MAX_SATURATED_SHARE = 0.85
# Beyond that it is read when what is left is an empty vehicle in much air: in the box around it thin walls, poles and
# tarpaulins are so much or more, and most of all matter. A scan that was made too bright has lost them first.
MIN_THIN_SHARE, MIN_THIN_OF_MATTER = 0.08, 0.55
MIN_VEHICLE = (
    0.2  # height over length: lower is a chassis, and of a scan that was made too bright it is what remains
)
THIN = (0.5, 0.97)  # transmission, or grey over the bright level
MAX_AIR_NOISE = 0.15  # sigma of transmission in open air: 3 g/cm2 in one pixel, thin goods are lost in it
STRUCTURE_PX = 8  # canonical, 40 mm: two pixels so far apart see the same carton, beam or wall ...
MIN_STRUCTURE = 0.2  # ... so they are alike; every real scan has a correlation above 0.8, pure noise has none

CARGO_ALPHA = (0.3, 3.0)  # enough matter to tell energies apart, and little enough noise
MIN_CARGO_PIXELS = 500
MIN_ENERGY_RATIO = 0.97
BLANK_IMAGE = "blank_image"


def assess(scan: Scan) -> Quality:
    """Readable, or every reason why not. Of a scan that was cut to one cargo unit, the whole was readable, and
    only a signal is asked for.
    """
    checks = CHECKS if scan.unit is None else CHECKS_OF_A_UNIT
    reasons = tuple(reason for check in checks for reason in [check(scan)] if reason is not None)
    return Quality(readable=not reasons, reasons=reasons)


def _wrong_aspect(scan: Scan) -> str | None:
    height, width = scan.height, scan.width
    if min(height, width) < MIN_SIDE:
        return (
            f"wrong_aspect: the scan is {width} x {height} pixels at {CANONICAL_PITCH_MM:g} mm, "
            f"a side has to have {MIN_SIDE} or more."
        )
    if width > MAX_WIDE * height or height > MAX_TALL * width:
        return (
            f"wrong_aspect: {width} x {height} pixels are not the shape of a vehicle; check the pixel pitch."
        )
    return None


def _cut_scan(scan: Scan) -> str | None:
    margins = float(scan.measured.get("margin_share", 0.0)) if scan.unit is None else 0.0
    invalid = 1 - (1 - margins) * float(scan.valid.mean())
    if invalid > MAX_INVALID_SHARE:
        return f"cut_scan: {invalid:.0%} of the scan hold no signal."
    length_mm = scan.width * CANONICAL_PITCH_MM
    if scan.unit is None and scan.pitch_known and length_mm < MIN_LENGTH_MM:
        return f"cut_scan: the scan is only {length_mm / 1000:.1f} m long."
    return None


def _black_image(scan: Scan) -> str | None:
    sample = _sample(scan)
    if scan.measured.get("bright_level", 1.0) <= BLACK_LEVEL or np.percentile(sample, 99) <= BLACK_LEVEL:
        return "black_image: nothing came through anywhere, or the beam was off."
    return None


def _no_air(scan: Scan) -> str | None:
    """Only where the level of the open beam had to be found in the image."""
    if scan.grade == "display":
        bright = float(scan.measured.get("bright_level", 1.0))
    elif scan.measured.get("air_known", True):
        return None
    else:
        bright = float(np.percentile(_sample(scan), 99))
    if BLACK_LEVEL < bright < LEAST_BRIGHT:
        return f"no_air: the brightest part of the image has only {bright:.0%} of full scale."
    return None


def _blank_image(scan: Scan) -> str | None:
    sample = _sample(scan)
    low, high = np.percentile(sample, [1, 99])
    if high - low < MIN_RANGE and high > BLACK_LEVEL:
        return f"{BLANK_IMAGE}: the whole image has one grey."
    if float(np.mean(sample < BLANK_LEVEL)) < MIN_CARGO_SHARE:
        return f"{BLANK_IMAGE}: nothing stands in the beam."
    return None


def _saturated(scan: Scan) -> str | None:
    share = float(scan.measured.get("saturated_share", 0.0))
    if MAX_SATURATED_SHARE < share < 1 and not _is_empty_vehicle(scan.transmission[0]):
        return f"saturated: {share:.0%} of the pixels are at the end of the scale, and what is thin is lost in them."
    return None


def _is_empty_vehicle(image: Float32Array) -> bool:
    """Whether what is no air is thin, by and large."""
    matter = cv2.morphologyEx((image < THIN[1]).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    rows, columns = np.flatnonzero(matter.mean(axis=1) > 0.005), np.flatnonzero(matter.mean(axis=0) > 0.01)
    if not len(rows) or not len(columns):
        return False
    box = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if box.shape[0] < MIN_VEHICLE * box.shape[1]:
        return False
    thin = float(((box > THIN[0]) & (box < THIN[1])).mean())
    return thin >= MIN_THIN_SHARE and thin >= MIN_THIN_OF_MATTER * float((box < THIN[1]).mean())


def _energies(scan: Scan) -> str | None:
    """Cargo attenuates the lower energy more: 1.05 times in steel, 1.2 times in organic matter.

    Only thick lead comes near 1, and no scan is full of it. Where the air levels had to be found in the image
    their ratio is not known well enough to tell.
    """
    if len(scan.transmission) < 2 or not scan.measured.get("air_known", True):
        return None
    high, low = (-np.log(image[::3, ::3]) for image in scan.transmission[:2])
    cargo = (high > 0) & (high + low > 2 * CARGO_ALPHA[0]) & (high + low < 2 * CARGO_ALPHA[1])
    if cargo.sum() < MIN_CARGO_PIXELS:
        return None
    if np.array_equal(high, low):
        return "same_energies: both energies hold the same image."
    if float(np.median(low[cargo] / high[cargo])) < MIN_ENERGY_RATIO:
        return (
            "swapped_energies: the lower energy comes through better than the higher one; "
            "give energies_mv in the order of the channels."
        )
    return None


def _too_noisy(scan: Scan) -> str | None:
    worst = max((model.electronic**2 + model.photon) ** 0.5 for model in scan.noise)
    if worst > MAX_AIR_NOISE:
        return f"too_noisy: noise of {worst:.0%} of the open beam in a single pixel."
    low, high = np.percentile(_sample(scan), [1, 99])
    if high - low > MIN_RANGE and _structure(scan.transmission[0]) < MIN_STRUCTURE:
        return "too_noisy: the image holds noise and nothing else."
    return None


def _structure(image: Float32Array) -> float:
    """Correlation of pixels STRUCTURE_PX apart, along or across, whichever is larger."""
    half = STRUCTURE_PX // 2
    coarse = image[::half, ::half] - image[::half, ::half].mean()
    variance = float(np.square(coarse).mean())
    if variance == 0 or min(coarse.shape) < 3:
        return 1.0
    across, along = (coarse[:-2] * coarse[2:]).mean(), (coarse[:, :-2] * coarse[:, 2:]).mean()
    return max(float(across), float(along)) / variance


def _sample(scan: Scan) -> Float32Array:
    """Valid pixels of the highest energy, every third in each direction; all pixels when none is valid."""
    image, valid = scan.transmission[0, ::3, ::3], scan.valid[::3, ::3]
    return image[valid] if valid.any() else image.ravel()


CHECKS = (_wrong_aspect, _cut_scan, _black_image, _no_air, _blank_image, _saturated, _too_noisy, _energies)
CHECKS_OF_A_UNIT = (_cut_scan, _black_image, _too_noisy)
