"""Which way a display image stands, and whether it is bright or dark in air: told by what is in it.

Three things hold of nearly every scan from the side. Edges lie at the ground: wheels, axles, floor beams; the sky has
none. The ground side is where matter is, so it is the darker one, as long as air is bright. And even borders look at
air. The first tells which side is the ground, the third whether air is bright, and the second
that the two agree: each can be wrong, and two of them outvote it.
"""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import cv2
import numpy as np

from tallyscan.scan import Float32Array

_ROWS = 200  # of the short side: structure of 2 cm and more
_GROUND = 1 / 12  # of the height: wheels and floor on one side, roof and air on the other
_BORDER = 0.06  # of the short side
_EVEN = 0.05  # of the range of grey: a border that is evener counts no more
_MUCH_DARKER = 0.2  # of the range of grey, from the upper to the lower third: more says no more
_EDGES, _DARKER, _EVEN_BORDER, _UPRIGHT, _BRIGHT_AIR = 2.0, 1.0, 0.7, 0.3, 0.1
_PORTRAIT = 1.15  # height over width from which a picture may lie on its side
_SURE_OF_AXIS = 0.3
_SURE_UPSIDE_DOWN = 1.0  # ahead of every reading in which it stands upright: most pictures do
_LEAST_RANGE = 0.02
_NOISE = 0.03  # of the range, between neighbours: less is no edge
_FEW_EDGES = 1e-3
_SOME = 0.02  # of the most edges in any line


@dataclass(frozen=True)
class Standing:
    """`quarter_turns` (0 to 3, counter-clockwise) turn the picture upright; `sure` is False where they are a guess.

    `inverted`: air is dark. `agreement`: how far the three agree on it, 0 and more.
    """

    inverted: bool
    quarter_turns: int
    sure: bool
    agreement: float = field(default=0.0, compare=False)


class _Side(NamedTuple):
    """What is seen along one axis, from its first line to its last: how much more edges, how much darker."""

    edges: float
    darker: float

    @property
    def strength(self) -> float:
        """How much the two ends differ."""
        return abs(self.edges) + 2 * abs(self.darker)


def standing_of(
    grey: Float32Array, *, turns_known: bool = False, air_is_bright: bool | None = None
) -> Standing:
    """Of grey (height, width) without margins; what is known already is not asked.

    A picture in portrait lies on its side where the other axis has the ground; where neither has, it is left as it is
    and is not sure.
    """
    small = _levelled(grey)
    border = _even_border(small)
    upright, across = _along(small), _along(np.ascontiguousarray(small.T))
    standing = _vote(upright, border, air_is_bright, may_fall=False)
    as_it_is = Standing(standing.inverted, 0, True, standing.vote)
    if turns_known:
        return as_it_is
    tall = grey.shape[0] / grey.shape[1]
    lies = across.strength - upright.strength + float(np.log(tall))
    if tall > _PORTRAIT and lies > _SURE_OF_AXIS:
        lying = _vote(across, border, air_is_bright, bias=0.0)
        # the left side becomes the bottom by one turn counter-clockwise, the right one by three
        return Standing(lying.inverted, 1 if lying.first_is_ground else 3, True, lying.vote)
    either = _vote(upright, border, air_is_bright)
    if either.first_is_ground and either.lead >= _SURE_UPSIDE_DOWN:
        return Standing(either.inverted, 2, True, either.vote)
    may_lie = tall > 1 / _PORTRAIT and lies > -_SURE_OF_AXIS
    return replace(as_it_is, sure=not either.first_is_ground and not may_lie)


class _Vote(NamedTuple):
    """What the cues say together; `lead` is how far it is ahead of the ground being at the other end."""

    inverted: bool
    first_is_ground: bool
    vote: float
    lead: float


def _vote(
    side: _Side, border: float, air_is_bright: bool | None, *, may_fall: bool = True, bias: float = _UPRIGHT
) -> _Vote:
    """The reading with most votes; `bias` is that of the ground being at the last line."""
    darker = float(np.clip(side.darker / _MUCH_DARKER, -1, 1))
    votes = {}
    for bright in (True, False) if air_is_bright is None else (air_is_bright,):
        for down in (True, False) if may_fall else (True,):
            air, ground = (1 if flag else -1 for flag in (bright, down))
            votes[bright, down] = (
                ground * (_EDGES * side.edges + bias)
                + air * ground * _DARKER * darker
                + air * (_EVEN_BORDER * border + _BRIGHT_AIR)
            )
    bright, down = max(votes, key=lambda key: votes[key])
    other = max((vote for key, vote in votes.items() if key[1] != down), default=-np.inf)
    most = votes[bright, down]
    return _Vote(not bright, not down, float(most), float(most - other))


def _levelled(grey: Float32Array) -> Float32Array:
    """Small, and from 0 to 1 between its darkest and its brightest percent; all 0.5 where it is of one grey."""
    scale = min(_ROWS / min(grey.shape), 1.0)
    size = (max(round(grey.shape[1] * scale), 8), max(round(grey.shape[0] * scale), 8))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    low, high = np.percentile(small, [1, 99])
    if high - low < _LEAST_RANGE:
        return np.full_like(small, 0.5)
    return np.asarray(np.clip((small - low) / (high - low), 0, 1), np.float32)


def _along(small: Float32Array) -> _Side:
    edges = np.maximum(np.abs(np.diff(small, axis=1)) - np.float32(_NOISE), 0).mean(axis=1)
    some = np.flatnonzero(edges > _SOME * edges.max())
    if len(some) and some[0] > 0 and some[-1] < len(edges) - 1:  # air on both sides: neither says anything
        small, edges = small[some[0] : some[-1] + 1], edges[some[0] : some[-1] + 1]
    ground, third = max(round(len(small) * _GROUND), 2), max(len(small) // 3, 1)
    first, last = float(edges[:ground].mean()), float(edges[-ground:].mean())
    return _Side(
        (last - first) / (last + first + _FEW_EDGES), float(small[:third].mean() - small[-third:].mean())
    )


def _even_border(small: Float32Array) -> float:
    """Grey of the borders, from -1 (dark) to 1, each the more the evener it is: air is, a vehicle is not."""
    wide = max(int(min(small.shape) * _BORDER), 2)
    borders = (small[:wide], small[-wide:], small[:, :wide], small[:, -wide:])
    weights = [1 / (float(border.std()) + _EVEN) for border in borders]
    greys = [2 * float(border.mean()) - 1 for border in borders]
    return float(np.average(greys, weights=weights))
