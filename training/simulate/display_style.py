"""How a workstation exports a picture: drawn for every scan and told to nobody who reads it."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Rng = np.random.Generator
Tone = Literal["gamma", "log", "log1p", "s_curve", "piecewise", "equalised", "local"]
Colour = Literal["grey", "hot", "rainbow", "sepia", "dual"]
Denoising = Literal["none", "median", "bilateral", "gaussian"]
Margins = tuple[int, int, int, int]


@dataclass(frozen=True)
class DisplayStyle:
    """One export.

    `tone` and `contrast` make the look-up table (`knots` that of "piecewise"), `black` and `white` the window of
    grey that is stretched to 0 and 255 (air above `white` is saturated, cargo below `black` is lost). `uneven` is
    the spread of brightness over the picture, `boards` of detector boards of `board_rows`, `banding` of columns,
    `bright_rows` how many rows stand out. `softness_px` is one sigma of the "gaussian" denoising, `grain` noise of
    the grey that denoising leaves (of full scale): real exports have about one percent of it in mid-grey. `scale_x` and
    `scale_y` are output pixels per pixel, `margins` (top, right, bottom, left) in output pixels and of grey
    `margin_grey`. `qualities` are those of one or two rounds of JPEG. With `keep_size` the picture is brought back
    to its size after resampling. `boxes` and `texts` are numbers of operators' marks; `frame_px` is a line around
    the scan, `ruler` a scale along an edge.
    """

    tone: Tone = "gamma"
    contrast: float = 0.6
    knots: tuple[float, ...] = ()
    black: float = 0.0
    white: float = 1.0
    uneven: float = 0.0
    boards: float = 0.0
    board_rows: int = 32
    banding: float = 0.0
    bright_rows: int = 0
    denoising: Denoising = "none"
    softness_px: float = 0.8
    grain: float = 0.0
    sharpening: float = 0.0
    sharpening_px: float = 1.0
    scale_x: float = 1.0
    scale_y: float = 1.0
    keep_size: bool = False
    margins: Margins = (0, 0, 0, 0)
    margin_grey: int = 0
    inverted: bool = False
    colour: Colour = "grey"
    three_channels: bool = False
    boxes: int = 0
    texts: int = 0
    frame_px: int = 0
    ruler: bool = False
    qualities: tuple[int, ...] = ()

    @property
    def affine(self) -> tuple[float, float, float, float]:
        """(scale_x, scale_y, offset_x, offset_y): where a place of the transmission image is in the picture."""
        if self.keep_size:
            return 1.0, 1.0, float(self.margins[3]), float(self.margins[0])
        return self.scale_x, self.scale_y, float(self.margins[3]), float(self.margins[0])

    def in_place(self) -> "DisplayStyle":
        """The same look on the same pixels: resampled and brought back, without margins and frame around them."""
        return replace(self, keep_size=True, margins=(0, 0, 0, 0), frame_px=0, ruler=False)


def draw_style(rng: Rng, plain: bool = False) -> DisplayStyle:
    """A style; a plain one is an upright grey picture of the scan's own pixels with nothing drawn on it."""

    def chance(share: float) -> bool:
        return bool(rng.random() < share)

    tone = str(rng.choice(
        ["gamma", "log", "log1p", "s_curve", "piecewise", "equalised", "local"],
        p=[0.36, 0.16, 0.12, 0.12, 0.12, 0.06, 0.06],
    ))  # fmt: skip
    ranges = {
        "gamma": (0.35, 1.4), "log": (2.5, 8.0), "log1p": (2.0, 60.0), "s_curve": (1.1, 2.6), "piecewise": (0.3, 1.0),
        "equalised": (0.25, 0.9), "local": (1.2, 4.0),
    }  # fmt: skip
    scale = float(np.exp(rng.normal(0, 0.25))) if chance(0.5) else 1.0
    style = DisplayStyle(
        tone=tone,  # type: ignore[arg-type]
        contrast=float(rng.uniform(*ranges[tone])),
        knots=tuple(float(v) for v in rng.dirichlet(np.full(5, 2.5))) if tone == "piecewise" else (),
        black=float(rng.uniform(-0.03, 0.02)) if chance(0.75) else float(rng.uniform(0.02, 0.15)),
        white=float(rng.uniform(0.9, 1.08)) if chance(0.7) else float(rng.uniform(0.65, 0.9)),
        uneven=float(rng.choice([0.0, 0.004, 0.012, 0.03], p=[0.4, 0.3, 0.2, 0.1])),
        boards=float(rng.uniform(0.001, 0.015)) if chance(0.4) else 0.0,
        board_rows=int(np.exp(rng.uniform(0, np.log(80)))),
        banding=float(rng.uniform(0.001, 0.012)) if chance(0.25) else 0.0,
        bright_rows=int(rng.integers(1, 5)) if chance(0.2) else 0,
        denoising=str(rng.choice(["none", "median", "bilateral", "gaussian"], p=[0.32, 0.09, 0.09, 0.5])),  # type: ignore[arg-type]
        softness_px=float(rng.uniform(0.5, 2.8)),
        grain=float(np.exp(rng.uniform(np.log(0.002), np.log(0.02)))) if chance(0.75) else 0.0,
        sharpening=float(rng.uniform(0.2, 1.5)) if chance(0.4) else 0.0,
        sharpening_px=float(rng.uniform(0.7, 3.0)),
        qualities=tuple(int(q) for q in rng.integers(40, 98, rng.choice([0, 1, 2], p=[0.1, 0.7, 0.2]))),
        three_channels=chance(0.4),
    )
    if plain:
        return replace(style, three_channels=False)
    margins = tuple(int(rng.integers(4, 200 if side % 2 else 60)) if chance(0.12) else 0 for side in range(4))
    return replace(
        style,
        scale_x=float(np.clip(scale * (np.exp(rng.normal(0, 0.2)) if chance(0.4) else 1.0), 0.4, 1.8)),
        scale_y=float(np.clip(scale, 0.5, 1.6)),
        margins=margins if len(margins) == 4 else (0, 0, 0, 0),
        margin_grey=0 if chance(0.6) else 255,
        inverted=chance(0.07),
        colour=str(rng.choice(["grey", "hot", "rainbow", "sepia", "dual"], p=[0.88, 0.02, 0.02, 0.02, 0.06])),  # type: ignore[arg-type]
        boxes=int(rng.integers(1, 4)) if chance(0.06) else 0,
        texts=int(rng.integers(1, 5)) if chance(0.08) else 0,
        frame_px=int(rng.integers(1, 5)) if chance(0.08) else 0,
        ruler=chance(0.04),
    )
