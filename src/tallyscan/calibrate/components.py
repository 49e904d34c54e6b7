"""Boxes around what hangs together in a mask."""

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Rect = tuple[int, int, int, int]
"""x, y, width, height in pixels."""


def component_boxes(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """x, y, width and height (n, 4) of each component; those that touch at a corner are one.

    By their outlines: OpenCV's own statistics of components take five times as long.
    """
    outlines, hierarchy = cv2.findContours(mask.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if not len(outlines):
        return np.zeros((0, 4), np.int64)
    outer = hierarchy[0, :, 3] < 0  # the others are holes
    return np.array(
        [cv2.boundingRect(outline) for outline, keep in zip(outlines, outer, strict=True) if keep], np.int64
    )
