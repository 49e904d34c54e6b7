"""From a transmission image to the 8-bit picture that a vendor's workstation exports."""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.simulate.canvas import Float32Array
from training.simulate.scanner import Rng


def display_picture(rng: Rng, transmission: Float32Array) -> NDArray[np.uint8]:
    """Grey picture (height, width), air bright; the look-up table is drawn anew and told to nobody."""
    t = np.clip(transmission, 1e-5, 1.0)
    kind = rng.random()
    if kind < 0.55:
        grey = t ** np.float32(rng.uniform(0.45, 1.3))
    elif kind < 0.8:
        grey = np.clip(1 + np.log(t) / np.float32(rng.uniform(3.0, 8.0)), 0, 1)
    else:
        a = np.float32(rng.uniform(0.3, 3.0))
        grey = np.log1p(a * 10 * t) / np.log1p(a * 10)
    grey = grey * np.float32(rng.uniform(0.93, 1.06)) * uneven(rng, grey.shape)
    if rng.random() < 0.3:  # rows of a badly matched detector board
        for row in rng.integers(0, len(grey), int(rng.integers(1, 5))):
            grey[row : row + int(rng.integers(1, 4))] += np.float32(rng.uniform(-0.15, 0.3))
    if rng.random() < 0.4:
        sigma, amount = float(rng.uniform(0.8, 3.0)), np.float32(rng.uniform(0.2, 1.2))
        grey = grey + amount * (grey - cv2.GaussianBlur(grey, (0, 0), sigma))
    picture = np.clip(grey * 255, 0, 255).astype(np.uint8)
    if rng.random() < 0.8:
        quality = int(rng.integers(55, 97))
        _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
    return picture


def uneven(rng: Rng, shape: tuple[int, ...]) -> Float32Array:
    """A factor around 1 (height, width): air that is not equally bright over the picture and its boards."""
    height, width = shape
    coarse = rng.normal(0, rng.choice([0.0, 0.01, 0.03]), (4, 6)).astype(np.float32)
    field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.4:  # detector boards of a few centimetres, each with its own gain
        board = int(rng.integers(12, 80))
        gains = rng.normal(0, rng.uniform(0.002, 0.015), height // board + 1).astype(np.float32)
        field = field + gains.repeat(board)[:height, None]
    return np.asarray(1 + field, np.float32)
