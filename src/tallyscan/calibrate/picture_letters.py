"""Lines of letters on a grey picture: thin signs of one height and one grey, side by side."""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from tallyscan.calibrate.components import Grey, Rect, component_boxes

_CONTRAST = 50  # of 255, of a sign to what is around it
_HEIGHTS = (7, 40)  # pixels of a capital letter or digit
_WIDTH = (
    0.35,
    1.5,
)  # of the height: the middle one of a line; parts of a vehicle that stand in a row are slimmer
_ONE_LINE = 2  # pixels by which upper and lower ends may differ
_ONE_GREY = 24
_GAP = 1.2  # of the height, to the next sign; a blank
_USUAL_GAP = 0.4
_BLANK = 1.5
_MOST_NEIGHBOURS = 20  # to each side
_SOLID = 0.75  # of the box around a sign
_LETTERS = 6  # in a line ...
_FEW_LETTERS = 4  # ... or so many, of black or white
_BLACK, _WHITE = 12, 240
_PAPER = 6  # of 255: a label is of one grey
_LONGEST_LABEL = 12  # letters' heights beyond the last letter


def letters_in(image: Grey, thin: Grey) -> list[Rect]:
    """Lines of letters of an image (height, width), by how much thin things stand out in it, with their labels."""
    signs, levels = _signs(image, thin)
    found = []
    for line in _lines(signs, levels):
        if _are_letters(signs[line], levels[line]) and not _are_solid(thin, signs[line]):
            found.append(_with_label(image, _with_neighbours(signs, levels, line)))
    return found


def _signs(image: Grey, thin: Grey) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Boxes (n, 4) of what may be letters, and their grey."""
    boxes = component_boxes(thin > _CONTRAST)
    width, height = boxes[:, 2], boxes[:, 3]
    may = (height >= _HEIGHTS[0]) & (height <= _HEIGHTS[1]) & (width <= 4 * height)
    may &= (boxes[:, :2] > 0).all(axis=1) & (boxes[:, 1] + height < len(image))  # cut off, it may be a beam
    boxes = boxes[may]
    levels = np.zeros(len(boxes), np.int64)
    for index, (x, y, w, h) in enumerate(boxes):
        window = np.s_[y : y + h, x : x + w]
        levels[index] = _pen(image[window], thin[window])
    return boxes, levels


def _pen(image: Grey, thin: Grey) -> int:
    """Grey of what stands out most: the middle of a stroke, not its soft edge."""
    return int(image.flat[int(thin.argmax())])


def _lines(boxes: NDArray[np.int64], levels: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Signs that stand side by side on one line, in one grey; each line from left to right."""
    if len(boxes) < _FEW_LETTERS:
        return []
    left, top, width, height = boxes.T
    bottom, right = top + height, left + width
    order = np.argsort(bottom, kind="stable")
    lasts = np.searchsorted(bottom[order], bottom[order] + _ONE_LINE, side="right")
    parent = np.arange(len(boxes))

    def root(index: int) -> int:
        while parent[index] != index:
            index = int(parent[index])
        return index

    for place, (index, last) in enumerate(zip(order, lasts, strict=True)):
        others = order[place + 1 : last]
        near = np.maximum(left[others] - right[index], left[index] - right[others])
        alike = (
            (np.abs(top[others] - top[index]) <= _ONE_LINE)
            & (near <= _GAP * height[index])
            & (np.abs(levels[others] - levels[index]) <= _ONE_GREY)
        )
        for other in others[alike]:
            parent[root(int(other))] = root(int(index))
    lines = defaultdict(list)
    for index in np.argsort(left, kind="stable"):
        lines[root(int(index))].append(int(index))
    return [np.array(line) for line in lines.values() if len(line) >= _FEW_LETTERS]


def _are_letters(boxes: NDArray[np.int64], levels: NDArray[np.int64]) -> bool:
    """Whether the signs of a line are letters: many, of one grey, about as wide as high, and close together."""
    left, _, width, height = boxes.T
    extreme = int(levels.max()) <= _BLACK or int(levels.min()) >= _WHITE
    tall = float(np.median(height))
    gaps = left[1:] - (left + width)[:-1]
    slim, wide = _WIDTH
    return (
        (len(boxes) >= _LETTERS or extreme)
        and float(np.ptp(np.percentile(levels, [10, 90]))) <= _ONE_GREY
        and slim * tall <= float(np.median(width)) <= wide * tall
        and float(np.median(gaps)) <= _USUAL_GAP * tall
    )


def _are_solid(thin: Grey, boxes: NDArray[np.int64]) -> bool:
    """Whether the signs are blocks, as rollers, fins and beams in a row: letters are made of strokes."""
    filled = [
        (thin[y : y + height, x : x + width] > _CONTRAST).mean() for x, y, width, height in boxes.tolist()
    ]
    return float(np.median(filled)) > _SOLID


def _with_neighbours(boxes: NDArray[np.int64], levels: NDArray[np.int64], line: NDArray[np.int64]) -> Rect:
    """The box around a line, with the signs before and behind it that run together or are too few to tell."""
    left, top, width, height = boxes.T
    x0, x1 = int(left[line].min()), int((left + width)[line].max())
    y0, y1 = int(np.median(top[line])), int(np.median((top + height)[line]))
    alike = np.abs(levels - np.median(levels[line])) <= _ONE_GREY
    alike &= (np.minimum(top + height, y1) - np.maximum(top, y0)) >= 0.6 * np.minimum(height, y1 - y0)
    alike &= height <= 1.5 * (y1 - y0)
    for _ in range(_MOST_NEIGHBOURS):
        reach = _BLANK * (y1 - y0)
        near = alike & (left + width >= x0 - reach) & (left <= x1 + reach)
        if int(left[near].min()) >= x0 and int((left + width)[near].max()) <= x1:
            break
        x0, x1 = min(int(left[near].min()), x0), max(int((left + width)[near].max()), x1)
    y0, y1 = min(int(top[line].min()), y0), max(int((top + height)[line].max()), y1)
    return x0, y0, x1 - x0, y1 - y0


def _with_label(image: Grey, rect: Rect) -> Rect:
    """The label on which letters stand: of one grey, at most a letter's height higher and lower than they are.

    Sideways it goes on as far as it has a border above and below; else it may be air.
    """
    x, y, width, height = rect
    x0, y0 = max(x - 2, 0), max(y - 2, 0)
    x1, y1 = min(x + width + 2, image.shape[1]), min(y + height + 2, image.shape[0])
    paper = float(np.median(np.concatenate([image[y0, x0:x1], image[y1 - 1, x0:x1]])))

    def is_paper(lines: Grey) -> bool:
        return lines.size > 0 and float((np.abs(lines - np.float32(paper)) <= _PAPER).mean()) > 0.9

    above = next((n for n in range(height + 1) if not is_paper(image[y0 - n - 1 : y0 - n, x0:x1])), None)
    below = next((n for n in range(height + 1) if not is_paper(image[y1 + n : y1 + n + 1, x0:x1])), None)
    y0, y1 = y0 - (above or 0), y1 + (below or 0)
    most = height if above is None or below is None else _LONGEST_LABEL * height
    before = next((n for n in range(most) if not is_paper(image[y0:y1, x0 - n - 1 : x0 - n])), most)
    behind = next((n for n in range(most) if not is_paper(image[y0:y1, x1 + n : x1 + n + 1])), most)
    x0, x1 = max(x0 - before, 0), min(x1 + behind, image.shape[1])
    return x0, y0, x1 - x0, y1 - y0
