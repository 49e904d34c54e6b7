"""From areal densities to what the scanner writes: physics first, then every known fault.

Order: transmission, blur, sampling (interlacing, wobble), scatter, cross-talk, afterglow, counting and electronic
noise, gains, offsets, what was not measured at all, and the rounding and clipping of the file.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.physics.attenuation import FloatArray
from tallyscan.scan import Float32Array
from training.simulate.faults import Faults, Rng
from training.simulate.scanner import Scanner

BoolArray = NDArray[np.bool_]
Modules = NDArray[np.intp]  # of each row, rising downwards
_COARSE = 8  # scatter and long afterglow are computed on pixels so much larger
# Scatter leaves an object as primary times path: spr(alpha) = scale * alpha. 100 g/cm2 have alpha of about 3.3.
_ALPHA_OF_SCATTER = 3.3
_FEW_PHOTONS = 60.0  # below this the skewness of counting shows
_MOST_MASKED_ROWS = 24
_FLASH = 1.6  # transmission of a pixel or a pulse at full scale; clipped by every file


def noise_free(basis_g_cm2: Float32Array, scanner: Scanner, energies: int | None = None) -> Float32Array:
    """Primary transmission (energy, height, width), blurred by the focal spot and the detector cells.

    Of every energy, or of only the first so many.
    """
    rows, columns = scanner.blur_px
    return np.stack([
        cv2.GaussianBlur(model.transmission(basis_g_cm2), (0, 0), sigmaX=columns, sigmaY=rows)
        for model in scanner.models()[:energies]
    ])  # fmt: skip


def measured(
    rng: Rng, basis_g_cm2: Float32Array, scanner: Scanner, rows_mm: FloatArray
) -> tuple[Float32Array, BoolArray]:
    """Transmission as a normalised scanner gives it, with noise and faults, and where it gave anything.

    `rows_mm` (height,) is where the rows lie in the reference plane: detector modules err each in its own place.
    (energy, height, width) float32, which may exceed 1 in air and is 0 where nothing came through; `alive` (height,
    width) is False where pixels, rows or pulses were lost in a way that a service can tell (zero or full scale among
    sound neighbours). Bad rows that still vary, gain bands and a masked module are there to be seen.
    """
    return with_faults(rng, noise_free(basis_g_cm2, scanner), scanner, rows_mm)


def with_faults(
    rng: Rng, primary: Float32Array, scanner: Scanner, rows_mm: FloatArray
) -> tuple[Float32Array, BoolArray]:
    """`measured`, from the primary transmission of `noise_free`."""
    faults = scanner.faults
    _, height, width = primary.shape
    swing = wobble(rng, faults.wobble_px, faults.wobble_columns, width)
    modules = scanner.modules_of(rows_mm)
    row_gain = _row_gains(rng, faults, modules)
    drift = _drift(rng, faults, modules, width)
    row_offset = rng.normal(faults.dark_offset, faults.row_offset, (height, 1)).astype(np.float32)
    dose = rng.normal(0, 1, width)
    factors = scanner.variance_factors()
    result = np.empty(primary.shape, np.float32)
    for index, image in enumerate(primary):
        signal = sampled(image, scanner.interlace_px if index else 0.0, swing)
        signal = with_scatter(signal, scanner)
        signal = with_cross_talk(signal, faults.cross_talk)
        signal = with_afterglow(signal, faults)
        with_noise(rng, signal, factors[index] / scanner.photons[index], scanner.electronic)
        if faults.smoothing:
            signal = with_cross_talk(signal, faults.smoothing)
        # Interlaced pulses jitter on their own; the reference channel's error is common to both.
        pulses = np.asarray(1 + 0.7 * faults.pulse_dose * (dose + rng.normal(0, 1, width)), np.float32)
        signal *= pulses[None, :]
        signal *= row_gain
        if drift is not None:
            signal *= drift
        signal += row_offset
        result[index] = signal
    alive = _losses(rng, result, faults, modules)
    return _written(result, scanner), alive


def sampled(image: Float32Array, shift_px: float, swing_px: Float32Array | None) -> Float32Array:
    """A copy of the image, sampled `shift_px` columns later, its rows swung by less than a pixel."""
    out = image.copy()
    if shift_px:
        out[:, :-1] += np.float32(shift_px) * (image[:, 1:] - image[:, :-1])
    if swing_px is not None:
        still = out.copy()
        up, down = np.maximum(swing_px, 0)[None, :], np.maximum(-swing_px, 0)[None, :]
        step = still[1:] - still[:-1]
        out[:-1] += up * step
        out[1:] -= down * step
    return out


def wobble(rng: Rng, amplitude_px: float, period_columns: float, width: int) -> Float32Array | None:
    """Swing in pixels of every column: a dominant oscillation with a beat. None when it stands still."""
    if not amplitude_px:
        return None
    phase = 2 * np.pi * np.arange(width) / period_columns
    beat = 0.6 + 0.4 * np.sin(phase * rng.uniform(0.05, 0.3) + rng.uniform(0, 6.3))
    swing = np.asarray(np.sin(phase + rng.uniform(0, 6.3)) * beat)
    swing += 0.3 * np.sin(phase * rng.uniform(2, 4) + rng.uniform(0, 6.3))
    return np.clip(amplitude_px * swing, -1, 1).astype(np.float32)


def bounce(rng: Rng, faults: Faults, width: int) -> Float32Array | None:
    """Rows by which the vehicle rides higher in each column, on its springs and aslant: several pixels.

    It moves truth as well as matter, so whoever renders applies it with `bounced` to all planes of a scene.
    """
    if not faults.bounce_px:
        return None
    x = np.arange(width)
    rise = rng.normal(0, 0.6) * (x - width / 2) / faults.bounce_columns
    for waves in (1, 2, 5):
        phase = waves * x / faults.bounce_columns + rng.random()
        rise += rng.normal(0, 1 / waves) * np.sin(2 * np.pi * phase)
    return np.asarray(faults.bounce_px * rise, np.float32)


def bounced(plane: NDArray[np.float32], rise_px: Float32Array, *, nearest: bool = False) -> Float32Array:
    """A plane (height, width) with each column moved up by `rise_px`; maps of classes take the nearest value.

    What comes in at the border is what was there: under a wheel that is cut off there is no air.
    """
    height, width = plane.shape
    map_x = np.broadcast_to(np.arange(width, dtype=np.float32)[None, :], plane.shape)
    map_y = np.arange(height, dtype=np.float32)[:, None] + rise_px[None, :]
    how = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    out = cv2.remap(plane, np.ascontiguousarray(map_x), map_y, how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, np.float32)


def with_scatter(signal: Float32Array, scanner: Scanner) -> Float32Array:
    """Adds what is scattered around, and what lies evenly over a fan because its mean reaches every cell."""
    height, width = signal.shape
    size = (max(width // _COARSE, 1), max(height // _COARSE, 1))
    small = cv2.resize(signal, size, interpolation=cv2.INTER_AREA)
    source = small * -np.log(np.maximum(small, 1e-6)) * np.float32(scanner.scatter / _ALPHA_OF_SCATTER)
    halo = cv2.GaussianBlur(source, (0, 0), max(scanner.scatter_px / _COARSE, 0.5))
    halo += np.float32(scanner.background) * cv2.blur(small.mean(axis=0)[None, :], (5, 1))
    signal += cv2.resize(halo, (width, height), interpolation=cv2.INTER_LINEAR)
    return signal


def with_cross_talk(signal: Float32Array, share: float) -> Float32Array:
    """Gives a share of each row's signal to either neighbour."""
    if not share:
        return signal
    kernel = np.array([share, 1 - 2 * share, share], np.float32)[:, None]
    return np.asarray(cv2.filter2D(signal, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.float32)


def with_afterglow(signal: Float32Array, faults: Faults) -> Float32Array:
    """Adds light of earlier columns, decaying fast and slowly; the open beam stays 1."""
    if not faults.afterglow:
        return signal
    height, width = signal.shape
    fast, slow = faults.afterglow_columns
    out = signal + np.float32(0.6 * faults.afterglow) * _decayed(signal, fast, 8)
    size = (max(width // _COARSE, 1), height)
    coarse = np.asarray(cv2.resize(signal, size, interpolation=cv2.INTER_AREA), np.float32)
    tail = cv2.resize(_decayed(coarse, slow / _COARSE, 16), (width, height), interpolation=cv2.INTER_LINEAR)
    out += np.float32(0.4 * faults.afterglow) * tail
    out *= np.float32(1 / (1 + faults.afterglow))
    return out


def _decayed(signal: Float32Array, columns: float, taps: int) -> Float32Array:
    """Exponentially weighted mean of the `taps` columns before each."""
    weights = np.exp(-np.arange(taps, 0, -1) / max(columns, 0.1))
    kernel = (weights / weights.sum()).astype(np.float32)[None, :]
    padded = cv2.copyMakeBorder(signal, 0, 0, taps, 0, cv2.BORDER_REPLICATE)
    out = cv2.filter2D(padded, -1, kernel, anchor=(taps - 1, 0), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(out[:, taps - 1 : -1], np.float32)


def with_noise(rng: Rng, signal: Float32Array, photon: float, electronic: float) -> None:
    """Adds noise of variance electronic**2 + photon * T, in place; where photons are few it is skewed like counts."""
    noise = rng.standard_normal(signal.shape, dtype=np.float32)
    level = np.maximum(signal, 0)
    level *= np.float32(photon)
    few = level < np.float32(photon * photon * _FEW_PHOTONS)
    if few.any():
        # Cornish and Fisher: a normal deviate bent to the skewness 1 / sqrt(count) of the photons' part.
        dark, z = level[few], noise[few]
        share = dark / (dark + np.float32(electronic**2 + 1e-20))
        skewness = share**1.5 / np.sqrt(np.maximum(dark / np.float32(photon * photon), 0.3))
        noise[few] = z + (z * z - 1) * skewness * np.float32(1 / 6)
    level += np.float32(electronic**2)
    np.sqrt(level, out=level)
    level *= noise
    signal += level


def _row_gains(rng: Rng, faults: Faults, modules: Modules) -> Float32Array:
    gains = rng.normal(0, faults.row_gain, len(modules))
    if faults.module_gain:
        gains += rng.normal(0, faults.module_gain, modules[-1] + 1)[modules]
    return (1 + gains).astype(np.float32)[:, None]


def _drift(rng: Rng, faults: Faults, modules: Modules, width: int) -> Float32Array | None:
    """Slow errors along the scan: of the open beam, of modules, and bands of columns of another gain."""
    knots = max(width // 150, 3)
    air = cv2.resize(
        np.cumsum(rng.normal(0, faults.air_drift / 3, (1, knots)), axis=1).astype(np.float32) + 1,
        (width, 1), interpolation=cv2.INTER_LINEAR,
    )  # fmt: skip
    for x in rng.integers(0, width, rng.poisson(faults.gain_bands * width / 1000)):
        air[:, x : x + int(rng.integers(1, 25))] *= np.array(1 + rng.normal(0, 0.025), np.float32)
    if not faults.module_drift:
        return np.asarray(air, np.float32)
    share = rng.normal(0, faults.module_drift, modules[-1] + 1).astype(np.float32)[modules]
    course = np.sin(np.linspace(0, rng.uniform(1, 5), width) + rng.uniform(0, 6.3)).astype(np.float32)
    return np.asarray(air * (1 + share[:, None] * course[None, :]), np.float32)


def _losses(rng: Rng, images: Float32Array, faults: Faults, modules: Modules) -> BoolArray:
    """Writes what was not measured into the images; what a service can tell is not alive."""
    energies, height, width = images.shape
    alive = np.ones((height, width), np.bool_)
    for ppm, value in ((faults.dead_ppm, 0.0), (faults.hot_ppm, _FLASH)):
        count = int(rng.poisson(ppm * 1e-6 * height * width))
        ys, xs = rng.integers(0, height, count), rng.integers(0, width, count)
        images[:, ys, xs] = value
        alive[ys, xs] = False
    for x in rng.integers(0, width, rng.poisson(faults.lost_pulses * width / 1000)):
        which = slice(None) if rng.random() < 0.6 else slice(int(rng.integers(energies)), None)
        if rng.random() < 0.7:
            images[which, :, x] = rng.choice([0.0, _FLASH])
            alive[:, x] = False
        else:  # mistimed: a pulse of another dose, which is a measurement all the same
            images[which, :, x] *= np.float32(rng.choice([0.5, 0.8, 1.15, 1.3]))
    for y in rng.integers(0, height, rng.poisson(faults.bad_rows * height / 1000)):
        _bad_row(rng, images, alive, int(y))
    if faults.masked_module:
        _mask_module(rng, images, modules)
    return alive


def _bad_row(rng: Rng, images: Float32Array, alive: BoolArray, y: int) -> None:
    """A row without signal, stuck, unstable, or of a wrong gain; some only for a while."""
    width = images.shape[2]
    start = int(rng.integers(width)) if rng.random() < 0.25 else 0
    kind, part = rng.random(), images[:, y, start:]
    if kind < 0.35 and start == 0:
        part[:] = 0.0
        alive[y] = False
    elif kind < 0.65:  # a preamplifier that floats: bright, and noisy where all else is dark
        part += np.float32(rng.uniform(0.02, 0.6)) * rng.random(part.shape, dtype=np.float32)
        part += np.float32(rng.uniform(-0.05, 0.5))
    else:
        part *= np.float32(rng.uniform(0.85, 1.12))


def _mask_module(rng: Rng, images: Float32Array, modules: Modules) -> None:
    """A module read in dashes, as one public rail scan has it: as many columns with signal as without."""
    height, width = images.shape[1:]
    rows = np.flatnonzero(modules == modules[int(rng.integers(height // 2, height))])[:_MOST_MASKED_ROWS]
    period = int(rng.integers(8, 40))
    dark = (np.arange(width) + int(rng.integers(period))) % period < period * rng.uniform(0.3, 0.6)
    images[:, rows[:, None], dark] = 0.0


def _written(images: Float32Array, scanner: Scanner) -> Float32Array:
    """Rounded to counts and clipped at zero and at full scale, as shares of the open beam again."""
    for image, air in zip(images, scanner.air_counts, strict=True):
        image *= np.float32(air)
        np.rint(image, out=image)
        np.clip(image, 0, scanner.full_scale, out=image)
        image *= np.float32(1 / air)
    return images


def to_counts(
    rng: Rng, transmission: Float32Array, scanner: Scanner
) -> tuple[NDArray[np.uint16], tuple[float, ...]]:
    """Counts of the scanner's depth, and the air level of each energy as its calibration believes it to be.

    The belief is off by 0.2 % (one sigma). Over-range air clips at full scale.
    """
    levels = scanner.air_counts[: len(transmission)]
    air = np.array(levels, np.float32).reshape(-1, 1, 1)
    counts = np.clip(np.rint(transmission * air), 0, scanner.full_scale).astype(np.uint16)
    return counts, tuple(float(level * (1 + rng.normal(0, 0.002))) for level in levels)
