"""What a scan looks like in numbers that need no truth: the same for real and for simulated files."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray

from tallyscan.physics.attenuation import FloatArray
from tallyscan.scan import Float32Array

SUFFIXES = (".tif", ".tiff", ".jpg", ".jpeg", ".png")
GREY_BINS = 32
NOISE_LEVELS = np.array([0.003, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.92])
_LEVEL_WIDTH = 0.35  # relative half width of a bin of brightness
_FEWEST = 300  # pairs of pixels in it
_QUARTILE = 0.45063  # 25 % point of |difference of two normal deviates|
_SPECTRUM_PX, SPECTRUM_BINS = 256, 24
_EDGE_PX = 10  # half a profile across an edge


@dataclass(frozen=True, eq=False)
class Statistics:
    """Of one image, on a scale on which its bright level (99th percentile) is 1.

    `greys` is the histogram, `noise` the one-pixel noise at `NOISE_LEVELS` (nan where the image has no such level),
    `spectrum` log10 of the radial power of local contrast at `SPECTRUM_BINS` frequencies up to 0.5 per pixel.
    `numbers` are single figures by name.
    """

    name: str
    greys: FloatArray
    noise: FloatArray
    spectrum: FloatArray
    numbers: dict[str, float]


def grey_image(path: Path) -> Float32Array:
    """First page or luma of a file, (height, width) in shares of its bright level.

    JPEG, PNG and TIFF; counts of any depth. Raises `ValueError` for what has no brightness at all.
    """
    if path.suffix.lower() in (".tif", ".tiff"):
        with tifffile.TiffFile(path) as file:
            pixels = np.asarray(file.pages[0].asarray(), np.float32)
    else:
        pixels = np.asarray(imagecodecs.imread(path), np.float32)
    if pixels.ndim == 3:
        pixels = pixels[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32)
    bright = float(np.percentile(pixels, 99))
    if bright <= 0:
        raise ValueError(f"{path.name} is black")
    return np.asarray(pixels / np.float32(bright), np.float32)


def statistics(name: str, image: Float32Array) -> Statistics:
    """All figures of one image."""
    inside = image[_measured(image, 1)][:, _measured(image, 0)]  # without black margins
    greys, _ = np.histogram(np.clip(inside, 0, 1.0), bins=GREY_BINS, range=(0, 1))
    noise = noise_by_level(inside)
    spectrum = radial_spectrum(inside)
    rise_x, rise_y = edge_rise(inside), edge_rise(np.ascontiguousarray(inside.T))
    numbers = {
        "grey, lower quartile": float(np.percentile(inside, 25)),
        "grey, median": float(np.percentile(inside, 50)),
        "share at the bright level": float((inside > 0.97).mean()),
        "share nearly black": float((inside < 0.03).mean()),
        "noise in light, %": _percent(noise[NOISE_LEVELS >= 0.65]),
        "noise in mid-grey, %": _percent(noise[(NOISE_LEVELS >= 0.2) & (NOISE_LEVELS < 0.65)]),
        "noise in dark, %": _percent(noise[NOISE_LEVELS <= 0.1]),
        "column banding, %": 100 * banding(inside),
        "row banding, %": 100 * banding(np.ascontiguousarray(inside.T)),
        "air unevenness, %": 100 * air_unevenness(inside),
        "edge 10-90 % along, px": rise_x,
        "edge 10-90 % across, px": rise_y,
        "slope of spectrum": float(np.polyfit(np.log10(np.arange(2, SPECTRUM_BINS)), spectrum[2:], 1)[0]),
    }
    return Statistics(name, greys / greys.sum(), noise, spectrum, numbers)


def noise_by_level(image: Float32Array) -> FloatArray:
    """One sigma of a pixel at each of `NOISE_LEVELS`, from the quieter of both directions.

    The lower quartile of differences of neighbours: structure makes some of them larger, never smaller. Levels at
    which most neighbours are equal (cut off, or rounded to eight bits) come out as 0.
    """
    around = cv2.blur(image, (7, 7))
    found = np.full(len(NOISE_LEVELS), np.nan)
    across, along = np.abs(np.diff(image, axis=0)), np.abs(np.diff(image, axis=1))
    for index, level in enumerate(NOISE_LEVELS):
        like = np.abs(around - level) < _LEVEL_WIDTH * min(level, 1 - level + 0.03)
        sides = [across[like[:-1]], along[like[:, :-1]]]
        if all(len(side) >= _FEWEST for side in sides):
            found[index] = min(float(np.percentile(side, 25)) for side in sides) / _QUARTILE
    return found


def banding(image: Float32Array) -> float:
    """Robust spread of columns against their neighbours, as a share of the brightness.

    Medians over all bright pixels of a column less those of eight columns around; structure is most of its tail.
    """
    flat = image / np.maximum(cv2.blur(image, (9, 1)), 0.02) - 1
    bright = (image > 0.15) & (image < 0.99)
    columns = np.flatnonzero(bright.sum(axis=0) > 40)
    if len(columns) < 20:
        return float("nan")
    medians = np.array([np.median(flat[bright[:, x], x]) for x in columns[:: max(len(columns) // 400, 1)]])
    return float(1.4826 * np.median(np.abs(medians - np.median(medians))))


def air_unevenness(image: Float32Array) -> float:
    """Spread of the means of blocks of open beam; 0 where all of it is cut off at white."""
    size = (max(image.shape[1] // 16, 1), max(image.shape[0] // 16, 1))
    means = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    spread = cv2.resize(np.abs(image - cv2.blur(image, (9, 9))), size, interpolation=cv2.INTER_AREA)
    air = means[(means > 0.9) & (spread < 0.02)]
    return float(air.std()) if len(air) > 20 else float("nan")


def edge_rise(image: Float32Array, count: int = 400) -> float:
    """Median width in pixels of the strongest edges along the rows, from 10 to 90 % of their step."""
    soft = cv2.GaussianBlur(image, (0, 0), 1.0)
    gradient = np.abs(np.diff(soft, axis=1))
    gradient[:, : _EDGE_PX + 1] = 0
    gradient[:, -_EDGE_PX - 1 :] = 0
    peak = gradient >= cv2.dilate(gradient, np.ones((1, 7), np.uint8))
    strength = np.where(peak, gradient, 0)
    steady = np.minimum(cv2.erode(gradient, np.ones((5, 1), np.uint8)), strength)  # an edge, not a speck
    ys, xs = np.unravel_index(np.argsort(steady, axis=None)[-count:], steady.shape)
    rises = []
    for y, x in zip(ys, xs, strict=True):
        if steady[y, x] <= 0:
            continue
        profile = image[max(y - 1, 0) : y + 2, x - _EDGE_PX : x + _EDGE_PX + 2].mean(axis=0)
        if profile[-1] < profile[0]:
            profile = profile[::-1]
        low, high = profile[: _EDGE_PX - 3].mean(), profile[_EDGE_PX + 4 :].mean()
        if high - low < 0.08:
            continue
        share = np.maximum.accumulate((profile - low) / (high - low))
        ten, ninety = (float(np.interp(part, share, np.arange(len(share)))) for part in (0.1, 0.9))
        rises.append(ninety - ten)
    return float(np.median(rises)) if len(rises) > 20 else float("nan")


def radial_spectrum(image: Float32Array) -> FloatArray:
    """log10 of the mean power at each frequency, of tiles of contrast against their own mean."""
    size = _SPECTRUM_PX
    window = np.outer(np.hanning(size), np.hanning(size))
    padded = cv2.copyMakeBorder(
        image, 0, max(size - image.shape[0], 0), 0, max(size - image.shape[1], 0), cv2.BORDER_REFLECT
    )
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)[None, :])
    index = np.minimum((frequency * 2 * SPECTRUM_BINS).astype(int), SPECTRUM_BINS).ravel()
    total, tiles = np.zeros(SPECTRUM_BINS + 1), 0
    for y in range(0, padded.shape[0] - size + 1, size // 2):
        for x in range(0, padded.shape[1] - size + 1, size):
            tile = padded[y : y + size, x : x + size]
            power = np.abs(np.fft.fft2((tile - tile.mean()) * window)) ** 2 / size**2
            total += np.bincount(index, power.ravel(), SPECTRUM_BINS + 1)
            tiles += 1
    mean = total / np.maximum(np.bincount(index, minlength=SPECTRUM_BINS + 1), 1) / max(tiles, 1)
    return np.log10(np.maximum(mean[:SPECTRUM_BINS], 1e-12))


def _measured(image: Float32Array, axis: int) -> NDArray[np.intp]:
    return np.flatnonzero((image > 0.02).mean(axis=axis) > 0.05)


def _percent(noise: FloatArray) -> float:
    known = noise[np.isfinite(noise)]
    return 100 * float(known.mean()) if len(known) else float("nan")
