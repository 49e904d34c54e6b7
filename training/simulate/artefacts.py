"""From areal densities to what the detector writes: physics first, then every known fault."""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.simulate.canvas import Float32Array
from training.simulate.scanner import Rng, Scanner

FULL_SCALE = 65535
ELECTRON_NOISE_FACTOR = 1.5  # spectral excess noise times the optical one: energy is integrated, not counted


def noise_free(basis_g_cm2: Float32Array, scanner: Scanner) -> Float32Array:
    """Primary transmission (energy, height, width), blurred by the focal spot and the detector cells."""
    images = [model.transmission(basis_g_cm2) for model in scanner.models()]
    return np.stack([cv2.GaussianBlur(image, (0, 0), scanner.blur_px) for image in images])


def measured(rng: Rng, basis_g_cm2: Float32Array, scanner: Scanner) -> tuple[Float32Array, NDArray[np.bool_]]:
    """Transmission as a normalised scanner gives it, with noise and faults, and where it gave anything.

    Scatter, noise and gains follow section "artefacts" of docs/explanation/simulator.md; values may exceed 1
    in air and fall to 0 where nothing came through.
    """
    primary = noise_free(basis_g_cm2, scanner)
    height, width = primary.shape[1:]
    alive = np.ones((height, width), bool)
    pulse = rng.normal(1, scanner.pulse_dose, (len(primary), 1, width)).astype(np.float32)
    drift = 1 + 0.004 * np.sin(np.linspace(0, rng.uniform(2, 9), width, dtype=np.float32) + rng.uniform(0, 6))
    row = rng.normal(1, scanner.row_gain, (1, height, 1)).astype(np.float32)
    images = []
    for index, image in enumerate(primary):
        if index == 1 and scanner.interlace_shift_px:
            shift = np.array([[1, 0, scanner.interlace_shift_px], [0, 1, 0]], np.float32)
            image = cv2.warpAffine(image, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
        small = cv2.resize(image, (max(width // 8, 1), max(height // 8, 1)), interpolation=cv2.INTER_AREA)
        halo = cv2.GaussianBlur(small, (0, 0), max(scanner.scatter_px / 8, 0.5))
        halo = cv2.resize(halo, (width, height), interpolation=cv2.INTER_LINEAR)
        signal = image + np.float32(scanner.scatter) * (0.7 * halo * image + 0.3 * halo * np.float32(0.03))
        if scanner.cross_talk:
            signal = cv2.sepFilter2D(
                signal,
                -1,
                np.ones(1),
                np.array([scanner.cross_talk, 1 - 2 * scanner.cross_talk, scanner.cross_talk]),
            )
        if scanner.afterglow:
            signal[:, 1:] += np.float32(scanner.afterglow) * signal[:, :-1]
        variance = signal * np.float32(ELECTRON_NOISE_FACTOR / scanner.photons) + np.float32(
            scanner.electronic**2
        )
        noise = rng.standard_normal(signal.shape, dtype=np.float32)
        signal = signal * pulse[index] * drift + noise * np.sqrt(variance)
        images.append(signal * row[0] + np.float32(scanner.offset))
    result = np.stack(images)
    ys, xs = rng.integers(0, height, scanner.dead_pixels), rng.integers(0, width, scanner.dead_pixels)
    result[:, ys, xs] = 0.0
    alive[ys, xs] = False
    for x in rng.integers(0, width, scanner.lost_pulses):
        result[:, :, x] = rng.choice([0.0, 1.25])
        alive[:, x] = False
    for y in rng.integers(0, height, scanner.masked_rows):
        result[:, y, :: int(rng.integers(1, 3))] = 0.0
        alive[y] = False
    return result, alive


def to_counts(rng: Rng, transmission: Float32Array) -> tuple[NDArray[np.uint16], tuple[float, ...]]:
    """16-bit counts and the air level of each energy; over-range air clips at full scale."""
    air = tuple(float(rng.uniform(42_000, 60_000)) for _ in transmission)
    scale = np.array(air, np.float32).reshape(-1, 1, 1)
    return np.clip(np.rint(transmission * scale), 0, FULL_SCALE).astype(np.uint16), air
