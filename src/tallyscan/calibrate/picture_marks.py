"""What was drawn on a grey display image: boxes, cross-hairs, scales along an edge, lines of letters.

A pen has one grey whatever it crosses; matter and gaps only make what is behind them darker or brighter. So a mark is
thin, of one grey, and has a form that nothing in a vehicle has: four sides that end where they meet, two lines from
edge to edge, ticks at one distance, letters on one line. Where one of these is missing it is taken for the scan's own.
"""

import cv2
import numpy as np

from tallyscan.calibrate.components import Grey
from tallyscan.calibrate.picture_boxes import boxes_in
from tallyscan.calibrate.picture_letters import letters_in
from tallyscan.calibrate.picture_scales import cross_hairs_in, ruler_in
from tallyscan.scan import BoolArray, Float32Array

_THIN = 9  # pixels; no pen is wider
_AROUND = 2  # pixels beside a mark that scaling and JPEG have mixed with it
_SMALLEST = 64  # pixels a side: in less nothing can be told


def marks_in(grey: Float32Array) -> BoolArray:
    """Where something is drawn on grey (height, width) in [0, 1]; empty where nothing is."""
    drawn = np.zeros(grey.shape, np.bool_)
    if min(grey.shape) < _SMALLEST:
        return drawn
    image: Grey = np.rint(grey * np.float32(255)).astype(np.uint8)
    square = np.ones((_THIN, _THIN), np.uint8)
    thin = [
        np.asarray(cv2.morphologyEx(image, how, square), np.uint8)
        for how in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT)
    ]
    places = [*cross_hairs_in(image), *ruler_in(image), *boxes_in(image, thin)]
    places += [place for hat in thin for place in letters_in(image, hat)]
    for x, y, width, height in places:
        rows = slice(max(y - _AROUND, 0), y + height + _AROUND)
        drawn[rows, max(x - _AROUND, 0) : x + width + _AROUND] = True
    return drawn
