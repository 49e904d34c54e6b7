"""What workstations and operators draw on a picture: boxes, texts and rulers. All of it is invented."""

import cv2
import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator
Picture = NDArray[np.uint8]
_LETTERS = list("ABCDEFGHJKLMNPRSTUVWXYZ0123456789-: ")
_PENS = ((255, 40, 40), (255, 220, 0), (0, 200, 80), (255, 255, 255), (0, 0, 0))


def draw_boxes(rng: Rng, picture: Picture, count: int) -> None:
    """Outlines of rectangles and ellipses around nothing in particular: a mark is no sign of a find."""
    height, width = picture.shape[:2]
    for _ in range(count):
        w, h = int(width * rng.uniform(0.03, 0.3)) + 4, int(height * rng.uniform(0.05, 0.4)) + 4
        x, y = int(rng.integers(0, max(width - w, 1))), int(rng.integers(0, max(height - h, 1)))
        pen, line = _pen(rng, picture), int(rng.integers(1, 4))
        if rng.random() < 0.7:
            cv2.rectangle(picture, (x, y), (x + w, y + h), pen, line)
        else:
            cv2.ellipse(picture, (x + w // 2, y + h // 2), (w // 2, h // 2), 0, 0, 360, pen, line)


def draw_texts(rng: Rng, picture: Picture, count: int) -> None:
    """Lines of letters and digits, mostly along the upper and lower edges."""
    height, width = picture.shape[:2]
    for _ in range(count):
        text = "".join(rng.choice(_LETTERS, int(rng.integers(4, 24))))
        size = float(rng.uniform(0.35, 1.1))
        rows = 0.06 * height if rng.random() < 0.8 else 0.5 * height
        y = int(rng.uniform(12, 12 + rows))
        y = y if rng.random() < 0.6 else height - y
        place = (int(rng.integers(0, max(width - 60, 1))), y)
        cv2.putText(
            picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, _pen(rng, picture),
            int(rng.integers(1, 3)), cv2.LINE_AA,
        )  # fmt: skip


def draw_ruler(rng: Rng, picture: Picture) -> None:
    """Ticks at even distances along the lower or the left edge."""
    height, width = picture.shape[:2]
    pen, step = _pen(rng, picture), int(rng.integers(20, 120))
    if rng.random() < 0.7:
        for index, x in enumerate(range(0, width, step)):
            cv2.line(picture, (x, height - 1), (x, height - (12 if index % 5 == 0 else 6)), pen, 1)
    else:
        for index, y in enumerate(range(0, height, step)):
            cv2.line(picture, (0, y), (12 if index % 5 == 0 else 6, y), pen, 1)


def _pen(rng: Rng, picture: Picture) -> tuple[int, int, int]:
    """A colour; on a grey picture one level."""
    pen = _PENS[int(rng.integers(len(_PENS)))]
    return pen if picture.ndim == 3 else (int(np.mean(pen)),) * 3
