"""What an export has put around a scan: margins of one grey, and a line as a frame.

Open air is of one grey too. A margin ends at once along the whole border, and beside it lies air of another grey; air
ends at a vehicle, at one place after the other, and beside it lies matter.
"""

from typing import NamedTuple

import numpy as np

from tallyscan.scan import Float32Array

BLACK = 3.5 / 255  # of full scale: JPEG leaves so much of pure black; opaque cargo is at 4 and more
MARGIN_EDGE = 8  # lines beside a margin that a JPEG block has mixed with it
_SHARE = 0.95  # of a margin line; a few bright lines may cross it
_MOST = 0.5  # of a picture; real exports pad up to a quarter of it
_MOST_BLACK = 0.9  # of one that is bright in air: where so much is missing it is not read
_LEAST = 3  # lines; fewer are a frame
_SAME = 3.5 / 255  # of full scale, after JPEG
_EXACTLY = 0.6 / 255  # what is of one grey stays so in JPEG, but for its edges; air has noise
_STEP = 4 / 255  # between a margin and what lies beside it ...
_STEP_SHARE = 0.9  # ... along so much of the border
_BRIGHT = 0.8  # a margin so bright may be air: it is a margin only when it is white beside air that is not
_AIR_BESIDE = (
    0.25  # of full scale: what is beside a black margin at the bottom, where a dense floor is as black ...
)
_AIR_BESIDE_SHARE = 0.5  # ... along so much of it ...
_ANY_BESIDE_SHARE = 0.1  # ... or so little, where another side has one
_NEARLY = 0.9  # as bright
_WHITE = 254 / 255
_FRAME = 7  # lines; a frame of up to five, and what JPEG has mixed with it
_FRAME_SAME = 14 / 255
_FRAME_STEP = 25 / 255
_FRAME_SHARE = 0.9
_PASSES = 3  # a margin, a frame in it, a margin in that


class Cut(NamedTuple):
    """Lines that are cut off at each side of the picture as it stands."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    def of(self, image: np.ndarray) -> np.ndarray:
        """What is left of (height, width)."""
        height, width = image.shape
        return image[self.top : height - self.bottom, self.left : width - self.right]

    def and_then(self, inner: "Cut") -> "Cut":
        """This cut and another one of what it leaves."""
        return Cut(*(own + more for own, more in zip(self, inner, strict=True)))

    def share(self, shape: tuple[int, int]) -> float:
        """How much of the picture is cut off."""
        height, width = shape
        return 1 - (height - self.top - self.bottom) * (width - self.left - self.right) / (height * width)


def margins_of(grey: Float32Array, *, upright: bool, black: bool = True, white: bool = False) -> Cut:
    """What to cut off grey (height, width).

    `upright`: it is known to stand upright and to be bright in air. Then black lines at the sides and the top are
    margins whatever lies beside them. At the bottom, and as long as it is not known where that is, a dense floor or
    load is as black: what is there must not be lost. As long as it is not known whether air is bright, black lines and
    white ones may be air or a margin: `black` and `white` say what they are taken for.
    """
    cut = Cut()
    levels: list[float] = []
    for _ in range(_PASSES):
        inner = cut.of(grey)
        if min(inner.shape) < 8 * MARGIN_EDGE:
            return cut
        sides = _sides(inner, levels, _Taken(black, white, upright))
        more = _cut_by(sides, inner.shape)
        levels += [side.level for side, depth in zip(sides, more, strict=True) if depth]
        if not any(more):
            more = _frame(inner, sum(depth > 0 for depth in cut))
        if not any(more):
            return cut
        cut = cut.and_then(more)
    return cut


class _Taken(NamedTuple):
    """Whether black and white lines are taken for margins, and black ones whatever lies beside them."""

    black: bool
    white: bool
    loose: bool


def _sides(grey: Float32Array, levels: list[float], taken: _Taken) -> list["_Side"]:
    """Left, top, right and bottom; `levels` are those of margins that were cut off before."""
    sides = [_side(lines, taken) for lines in (grey.T, grey, grey.T[::-1])]
    black = any(level <= BLACK for level in (*levels, *(side.level for side in sides if side.depth)))
    beside_share = _ANY_BESIDE_SHARE if black else _AIR_BESIDE_SHARE
    sides.append(_side(grey[::-1], taken._replace(loose=False), beside_share))
    # what is not black may be air: one side alone says nothing
    known = [*levels, *(side.level for side in sides if side.depth)]
    return [
        side
        if side.level <= BLACK or sum(abs(side.level - other) <= _SAME for other in known) > 1
        else side._replace(depth=0)
        for side in sides
    ]


def _cut_by(sides: list["_Side"], shape: tuple[int, int]) -> Cut:
    """What they are together; nothing where next to nothing would be left."""
    left, top, right, bottom = (side.depth for side in sides)
    if left + right > _MOST_BLACK * shape[1] or top + bottom > _MOST_BLACK * shape[0]:
        return Cut()
    return Cut(left, top, right, bottom)


class _Side(NamedTuple):
    """Grey of the outermost line of a side, and how many lines from there on are a margin."""

    level: float
    depth: int


def _side(lines: Float32Array, taken: _Taken, beside_share: float = _AIR_BESIDE_SHARE) -> _Side:
    """What the first lines (line, along) are, with the edge that JPEG has mixed.

    A black margin ends at something bright along that share of it, any other one at another grey all along; one as
    bright as air at what is nearly white, or, where white is taken for a margin, at anything.
    """
    level = float(np.median(lines[0]))
    if level <= BLACK and not taken.black:
        return _Side(level, 0)
    if level <= BLACK:
        depth = _first_other(lines, -1.0, BLACK)
        most = _MOST_BLACK
    else:
        depth = _first_other(lines, level - _SAME, level + _SAME)
        most = _MOST
    if not 0 < depth <= most * len(lines):
        return _Side(level, 0)
    many = lines.shape[1]
    whole = lines[min(depth + MARGIN_EDGE, len(lines) - 1)]
    beside = whole[many // 4 : many - many // 4]  # without other margins
    if level <= BLACK:
        ends = taken.loose or float((beside > _AIR_BESIDE).mean()) >= beside_share
        if depth > _MOST * len(lines):
            ends &= taken.loose or float((whole > _AIR_BESIDE).mean()) >= _STEP_SHARE
    else:
        inner = lines[: max(depth - MARGIN_EDGE, 1)]
        ends = depth >= _LEAST and float((np.abs(beside - level) > _STEP).mean()) >= _STEP_SHARE
        ends &= float((np.abs(inner - np.float32(level)) < _EXACTLY).mean()) >= _STEP_SHARE
        if level > _BRIGHT:
            ends &= level >= _WHITE and (taken.white or float(np.median(beside)) > _NEARLY * level)
    return _Side(level, depth + MARGIN_EDGE if ends else 0)


def _first_other(lines: Float32Array, low: float, high: float) -> int:
    """The first line of which less than `_SHARE` lies in that range; most pictures have no margin, so few are seen."""
    seen, many = 0, 8
    while seen < len(lines):
        part = lines[seen : seen + many]
        within = (part >= np.float32(low)) & (part <= np.float32(high))
        other = np.flatnonzero(within.mean(axis=1) < _SHARE)
        if len(other):
            return seen + int(other[0])
        seen, many = seen + many, 2 * many
    return len(lines)


def _frame(grey: Float32Array, sides_found: int) -> Cut:
    """The lines of a frame: of one grey along three sides at least, and unlike what they surround.

    Sides of it that are thick were found as margins.
    """
    depths, levels = [], []
    for lines in (grey.T, grey, grey.T[::-1], grey[::-1]):
        level = float(np.median(lines[0]))
        of_one = (
            float((np.abs(lines[0] - np.float32(level)) <= np.float32(_FRAME_SAME)).mean()) >= _FRAME_SHARE
        )
        apart = np.abs(np.median(lines[1 : _FRAME + 1], axis=1) - level) > _FRAME_STEP
        depths.append(_FRAME if of_one and apart.any() else 0)
        levels.append(level)
    found = [level for level, depth in zip(levels, depths, strict=True) if depth]
    if len(found) < max(3 - sides_found, 1) or max(found) - min(found) > 2 * _FRAME_SAME:
        return Cut()
    return Cut(*(_FRAME if depth or not sides_found else 0 for depth in depths))
