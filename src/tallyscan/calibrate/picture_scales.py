"""Cross-hairs and rulers drawn on a grey picture: lines from edge to edge, and even ticks along an edge."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from tallyscan.calibrate.components import Grey, Rect
from tallyscan.scan import BoolArray

_CONTRAST = 24  # of 255, to both sides
_ONE_GREY = 10  # of 255, along a line
_ALIKE = 14  # between two lines
_THICKEST = 8
_BESIDE = 4  # pixels
_WHOLE = 0.85  # of a line from edge to edge has one grey
_SEEN = 0.2  # of it crosses something else; elsewhere it has the grey of what it crosses
_CROSSES = 0.85  # of what it crosses it covers
_GOES_ON = 0.5  # of what it crosses is alike on both sides; at the edge of a floor or a wall it is not
_TICKS = 8
_SHORTEST_TICK, _LONGEST_TICK = 4, 14
_TICK_STEPS = (12, 200)
_STRAY = 4  # times as many things along the edge as ticks
_EVEN = 0.75  # of the places where a tick must be


class _Line(NamedTuple):
    """A line from edge to edge, from the row (or column) `at` on, of one grey."""

    at: int
    thick: int
    level: float


def cross_hairs_in(image: Grey) -> list[Rect]:
    """Two lines of one grey, from edge to edge."""
    across = _whole_lines(image)
    down = _whole_lines(np.ascontiguousarray(image.T)) if across else []
    height, width = image.shape
    found: list[Rect] = []
    for row in across:
        for column in down:
            if abs(row.level - column.level) <= _ALIKE:
                found += [(0, row.at, width, row.thick), (column.at, 0, column.thick, height)]
    return found


def _whole_lines(image: Grey) -> list[_Line]:
    """Thin lines along the rows that have one grey from edge to edge, and cross what is on both sides."""
    sample = image[:, ::4].astype(np.int16)
    level = np.median(sample, axis=1)
    whole = (np.abs(sample - level[:, None]) <= _ONE_GREY).mean(axis=1) >= _WHOLE
    found = []
    new = np.flatnonzero(np.diff(whole.astype(np.int8)) | (np.abs(np.diff(level)) > _ONE_GREY)) + 1
    for start, stop in pairwise([0, *(int(at) for at in new), len(image)]):
        before, after = start - _BESIDE, stop + _BESIDE - 1
        if not whole[start] or stop - start > _THICKEST or before < 0 or after >= len(image):
            continue
        middle = float(level[start])
        crossed = np.abs(sample[before] - middle) > _CONTRAST
        goes_on = np.abs(sample[before] - sample[after]) <= _CONTRAST
        line = np.abs(sample[(start + stop) // 2] - middle) <= _ALIKE
        if crossed.mean() > _SEEN and goes_on.mean() >= _GOES_ON and line[crossed].mean() >= _CROSSES:
            found.append(_Line(start, stop - start, middle))
    return found


def ruler_in(image: Grey) -> list[Rect]:
    """Ticks at one distance from each other along an edge."""
    height, width = image.shape
    found: list[Rect] = []
    found += [(at, height - _LONGEST_TICK, 1, _LONGEST_TICK) for at in _ticks(image[::-1])]
    found += [(at, 0, 1, _LONGEST_TICK) for at in _ticks(image)]
    found += [(0, at, _LONGEST_TICK, 1) for at in _ticks(image.T)]
    found += [(width - _LONGEST_TICK, at, _LONGEST_TICK, 1) for at in _ticks(image.T[::-1])]
    return found


def _ticks(lines: Grey) -> list[int]:
    """Places of ticks along the edge at the first line (line, along): thin, even, and soon at their end."""
    there = _thin_at(lines[:_SHORTEST_TICK])
    if np.count_nonzero(there) < _TICKS:
        return []
    inside = _thin_at(lines[_LONGEST_TICK + 2 : _LONGEST_TICK + 8])
    near = there | np.roll(there, 1) | np.roll(there, -1)
    for step in range(*_TICK_STEPS):
        rows = len(near) // step
        if rows < _TICKS:
            break
        hits = near[: rows * step].reshape(rows, step).mean(axis=0)
        first = int(hits.argmax())
        if hits[first] < _EVEN:
            continue
        places = [int(at) for at in range(first, len(near), step) if near[at]]
        goes_on = float(np.mean([inside[max(at - 1, 0) : at + 2].any() for at in places]))
        stray = np.count_nonzero(there) > _STRAY * len(places)  # noise has peaks everywhere
        return [] if stray or goes_on > 1 - _EVEN else places
    return []


def _thin_at(lines: Grey) -> BoolArray:
    """Where along a few lines something stands out that is at most three pixels wide."""
    row = np.pad(np.median(lines, axis=0).astype(np.int16), 3, mode="edge")
    middle, before, after = row[3:-3], row[:-6], row[6:]
    apart = np.minimum(np.abs(middle - before), np.abs(middle - after)) > _CONTRAST
    high = np.abs(middle - before)
    peak = (high >= np.abs(row[2:-4] - before)) & (high >= np.abs(row[4:-2] - before))
    result: BoolArray = apart & ((middle > before) == (middle > after)) & peak
    return result
