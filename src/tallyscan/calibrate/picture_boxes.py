"""Boxes drawn on a grey picture: four straight lines of one grey that end where they meet."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from tallyscan.calibrate.components import Grey, Rect, component_boxes

_CONTRAST = 24  # of 255, to both sides
_SHORTEST = 16  # pixels of what is left of a side of a box ...
_SMALLEST = 28  # ... and of the whole side: vehicles have small plates with an edge around them
_THICKEST = 8
_ONE_GREY = 10  # of 255, along a line
_ALIKE = 14  # between the sides of a box
_MEETS = 7  # pixels by which sides may miss the corner
_LOST = 150  # pixels between two pieces of a line
_MOST_LINES = 120  # of one direction, dark or bright; corrugated walls have thousands of short ones
_MOST_CORNERS = 200
_DRAWN = 0.85  # of a side of a box
_BEYOND = 5  # pixels
_BESIDE = 4  # pixels
_PEN = 7  # pixels that are left out across a side


class Line(NamedTuple):
    """A line along its row (or column) `at`, from `start` to `stop`, `thick` pixels wide, of one grey."""

    at: int
    start: int
    stop: int
    thick: int
    level: float


def boxes_in(image: Grey, thin: Sequence[Grey]) -> list[Rect]:
    """Sides of boxes in an image (height, width): four lines of one grey that end where they meet.

    `thin` is how much thin things stand out in it, dark ones and bright ones. Two lines that meet tell where all sides
    must be; that they are there, and go no farther, is looked at.
    """
    across = _joined([line for hat in thin for line in _lines(image, hat, along_rows=True)])
    down = _joined([line for hat in thin for line in _lines(image, hat, along_rows=False)])
    outlines = {outline for row, column in _meeting(across, down) for outline in _outlines(row, column)}
    return [side for outline in sorted(outlines) for side in _sides(image, outline)]


class _Outline(NamedTuple):
    """A box that may be there, by the middle of its sides."""

    x0: int
    y0: int
    x1: int
    y1: int
    level: float


def _meeting(across: list[Line], down: list[Line]) -> list[tuple[Line, Line]]:
    """Lines along rows and along columns of one grey, one end of which is an end of the other."""
    if not across or not down:
        return []
    rows, columns = np.array(across), np.array(down)
    ends = rows[:, None, 1:3], columns[None, :, 1:3]
    beside = np.abs(ends[0] - columns[None, :, 0, None]).min(axis=2) <= _MEETS
    above = np.abs(ends[1] - rows[:, None, 0, None]).min(axis=2) <= _MEETS
    alike = np.abs(rows[:, None, 4] - columns[None, :, 4]) <= _ALIKE
    return [(across[r], down[c]) for r, c in np.argwhere(beside & above & alike)[:_MOST_CORNERS]]


def _outlines(row: Line, column: Line) -> list[_Outline]:
    """What box the two are sides of."""
    other_x = row.stop - 1 if abs(row.start - column.at) <= _MEETS else row.start
    other_y = column.stop - 1 if abs(column.start - row.at) <= _MEETS else column.start
    (x0, x1), (y0, y1) = sorted((column.at, other_x)), sorted((row.at, other_y))
    if min(x1 - x0, y1 - y0) < _SMALLEST:
        return []
    return [_Outline(x0, y0, x1, y1, (row.level + column.level) / 2)]


def _sides(image: Grey, outline: _Outline) -> list[Rect]:
    """The four sides of a box; none where one is missing or goes on."""
    x0, y0, x1, y1, level = outline
    turned = image.T
    sides = ((image, y0, x0, x1), (image, y1, x0, x1), (turned, x0, y0, y1), (turned, x1, y0, y1))
    if not all(_is_drawn(*side, level) for side in sides):
        return []
    if sum(_stands_out(*side, level) for side in sides) < 2:
        return []
    half = _PEN // 2
    long, high = x1 - x0 + _PEN, y1 - y0 + _PEN
    return [
        (x0 - half, y0 - half, long, _PEN), (x0 - half, y1 - half, long, _PEN),
        (x0 - half, y0 - half, _PEN, high), (x1 - half, y0 - half, _PEN, high),
    ]  # fmt: skip


def _share(image: Grey, row: int, start: int, stop: int, level: float) -> float:
    """How much of a row between two columns has that grey."""
    part = image[min(max(row, 0), len(image) - 1), max(start, 0) : max(stop, 0)]
    return float((np.abs(part - np.float32(level)) <= _ALIKE).mean()) if part.size else 0.0


def _is_drawn(image: Grey, row: int, start: int, stop: int, level: float) -> bool:
    """Whether nearly all of a row between two columns has that grey, and it does not go on."""
    half = _PEN // 2
    most = max(_share(image, row + off, start, stop, level) for off in range(-half, half + 1))
    return most >= _DRAWN and all(
        _share(image, row, first, first + _BEYOND, level) < 1
        for first in (start - _MEETS - _BEYOND, stop + _MEETS)
    )


def _stands_out(image: Grey, row: int, start: int, stop: int, level: float) -> bool:
    """Whether what is on both sides has another grey, by and large."""
    return all(_share(image, row + off, start, stop, level) < _DRAWN / 2 for off in (-_BESIDE, _BESIDE))


def _lines(image: Grey, thin: Grey, *, along_rows: bool) -> list[Line]:
    """Thin lines of one grey along the rows or the columns, the longest ones."""
    brush = np.ones((1, _SHORTEST) if along_rows else (_SHORTEST, 1), np.uint8)
    long = cv2.morphologyEx((thin > _CONTRAST).view(np.uint8), cv2.MORPH_OPEN, brush)
    boxes = component_boxes(long > 0)
    boxes = boxes if along_rows else boxes[:, [1, 0, 3, 2]]  # as if it were turned
    boxes = boxes[boxes[:, 3] <= _THICKEST]
    boxes = boxes[np.argsort(-boxes[:, 2], kind="stable")][:_MOST_LINES]
    seen, hat = (image, thin) if along_rows else (image.T, thin.T)
    found = []
    for x, y, width, height in boxes.tolist():
        row = y + int(hat[y : y + height, x : x + width].sum(axis=1, dtype=np.int64).argmax())
        inner = np.sort(seen[row, x + 2 : x + width - 2])
        if int(inner[len(inner) * 9 // 10]) - int(inner[len(inner) // 10]) <= 2 * _ONE_GREY:
            found.append(Line(row, x, x + width, height, float(inner[len(inner) // 2])))
    return found


def _joined(lines: list[Line]) -> list[Line]:
    """Pieces of one line as one: it is lost where it crosses its own grey."""
    whole: dict[int, list[Line]] = defaultdict(list)  # by `at`
    for line in sorted(lines, key=lambda piece: piece.start):
        for at in (line.at, line.at - 1, line.at + 1):
            before = next((other for other in whole[at] if _goes_on_in(other, line)), None)
            if before is not None:
                whole[at].remove(before)
                whole[at].append(before._replace(stop=line.stop))
                break
        else:
            whole[line.at].append(line)
    return [line for at in sorted(whole) for line in whole[at]]


def _goes_on_in(line: Line, other: Line) -> bool:
    return 0 <= other.start - line.stop + 1 <= _LOST and abs(other.level - line.level) <= _ONE_GREY
