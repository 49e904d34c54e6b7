"""A lorry as a picture made by hand, and what exports do to it."""

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
WHITE = 244


def lorry(height: int = 640, width: int = 1500, seed: int = 1, load: float = 0.25) -> Grey:
    """Grey of a container lorry from the side, bright in air, with the noise of an export: cargo to the left."""
    t = np.ones((height, width), np.float32)

    def matter(x0: float, y0: float, x1: float, y1: float, transmission: float) -> None:
        t[int(y0 * height) : int(y1 * height), int(x0 * width) : int(x1 * width)] *= transmission

    matter(0.06, 0.12, 0.80, 0.76, 0.86)
    for x in np.arange(0.07, 0.79, 0.03):
        matter(x, 0.13, x + 0.004, 0.75, 0.93)
    matter(0.06, 0.12, 0.80, 0.14, 0.5)
    for x in (0.06, 0.79):
        matter(x, 0.12, x + 0.012, 0.76, 0.2)
    matter(0.08, 0.45, 0.60, 0.74, load)
    matter(0.06, 0.74, 0.80, 0.76, 0.15)
    for x in np.arange(0.07, 0.79, 0.025):
        matter(x, 0.76, x + 0.006, 0.81, 0.2)
    matter(0.05, 0.80, 0.95, 0.83, 0.1)
    matter(0.83, 0.35, 0.95, 0.80, 0.7)
    matter(0.86, 0.60, 0.93, 0.80, 0.1)
    for x in (0.16, 0.24, 0.62, 0.70, 0.90):
        centre = (int(x * width), int(0.92 * height))
        ring = np.ones_like(t)
        cv2.circle(ring, centre, int(0.08 * height), 0.35, -1)
        cv2.circle(ring, centre, int(0.045 * height), 0.05, -1)
        t *= ring
    noise = np.random.default_rng(seed).normal(0, 1.2, t.shape)
    return np.clip(WHITE * cv2.GaussianBlur(t, (0, 0), 0.8) ** 0.7 + noise, 0, 255).astype(np.uint8)


def rgb(grey: Grey) -> Grey:
    """(height, width, 3)."""
    return np.repeat(grey[..., None], 3, axis=2)


def jpeg(picture: Grey, quality: int = 85) -> Grey:
    """After a round of JPEG; colour at half the resolution."""
    stored = picture if picture.ndim == 2 else np.ascontiguousarray(picture[..., ::-1])
    coded = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    back = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE if picture.ndim == 2 else cv2.IMREAD_COLOR)
    return np.asarray(back if picture.ndim == 2 else back[..., ::-1], np.uint8)
