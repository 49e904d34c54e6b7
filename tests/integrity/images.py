"""Invented images with noise of their own, as the integrity of a scan is checked on them."""

from dataclasses import replace

import cv2
import numpy as np

from tallyscan.scan import MIN_TRANSMISSION, Float32Array, Scan
from tests.report.builders import made_cargo_scan


def cargo(seed: int, load: int = 1, noise: float = 0.01) -> Float32Array:
    """Transmission (600, 2000) of a container with pallets: `load` draws the goods, `seed` the noise."""
    goods = np.random.default_rng(load)
    alpha = np.zeros((600, 2000), np.float32)
    alpha[60:560, 150:1850] += 0.12
    alpha[530:560, 150:1850] += 1.2
    for left in range(180, 1800, 160):
        top = int(goods.integers(120, 420))
        alpha[top:530, left : min(left + int(goods.integers(90, 150)), 1840)] += goods.uniform(0.4, 1.6)
    clean = cv2.GaussianBlur(np.exp(-alpha), (0, 0), 1.0)
    grain = np.random.default_rng(seed).normal(0, noise, clean.shape) * np.sqrt(clean)
    return np.clip(clean + grain, MIN_TRANSMISSION, 1).astype(np.float32)


def scan_of(transmission: Float32Array) -> Scan:
    """As a scan of one energy."""
    made = made_cargo_scan()
    height, width = transmission.shape
    return replace(
        made,
        transmission=np.ascontiguousarray(transmission, np.float32)[np.newaxis],
        valid=np.ones((height, width), np.bool_),
        energies_mv=(6.0,),
        noise=made.noise[:1],
        grid=replace(made.grid, original_height=height, original_width=width, scale_x=1.0, scale_y=1.0),
    )


def exported(transmission: Float32Array, quality: int) -> Float32Array:
    """Through an 8-bit JPEG of that quality: the square root as grey."""
    grey = np.round(np.sqrt(transmission) * 245).astype(np.uint8)
    _, coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    shown = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 245
    return np.clip(shown, 1 / 255, 1).astype(np.float32)
