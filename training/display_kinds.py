"""Kinds of display pictures with what is true of each: what an export did to a scan, and what must be read from it.

A case starts as the plain picture of a scan, upright, grey and bright in air. Each kind does one thing to it, as
workstations and operators do, and the last one everything at random.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.scan import BoolArray, Float32Array
from training.simulate.display import Picture, display_picture
from training.simulate.display_style import DisplayStyle, Rng, draw_style

RGB = NDArray[np.uint8]
NO_MARGINS = (0, 0, 0, 0)
VISIBLE = 16  # of 255: what is drawn in nearly the grey that is there changes nothing


@dataclass(frozen=True, eq=False)
class DisplayCase:
    """A picture (height, width[, 3]) as it arrives, and its truth.

    `ideal` is the grey (height, width) of the same export with nothing done to it, in [0, 1], upright and bright in
    air; `inside` is where it lies in the upright picture (x, y, width, height); `marks` (height, width of the upright
    picture) are drawn pixels. `quarter_turns` and `mirrored` turn the picture upright, as in a profile; `table`
    (256, 3) are its colours, from what lets nothing through to air, where the site knows them.
    """

    kind: str
    picture: Picture
    ideal: Float32Array
    inside: tuple[int, int, int, int]
    marks: BoolArray
    inverted: bool = False
    quarter_turns: int = 0
    mirrored: bool = False
    table: RGB | None = None

    @property
    def margin(self) -> BoolArray:
        """(height, width) of the upright picture: what the export has added around the scan."""
        x, y, width, height = self.inside
        around = np.ones(self.marks.shape, np.bool_)
        around[y : y + height, x : x + width] = False
        return around


@dataclass(frozen=True)
class Kind:
    """How a kind of picture is made: a style for the simulator's export, then what is done to the picture.

    `table_known`: a table by which it is painted is one that the service or the site knows.
    """

    styled: Callable[[Rng, DisplayStyle], DisplayStyle] = lambda _, style: style
    painted: Callable[[Rng, Picture], tuple[Picture, RGB | None]] | None = None
    drawn: Callable[[Rng, Picture], None] | None = None
    turns: tuple[tuple[int, bool], ...] = ((0, False),)
    coloured: bool = False
    table_known: bool = True


def make_case(
    rng: Rng, kind: str, transmission: Float32Array, style: DisplayStyle | None = None
) -> DisplayCase:
    """A case of a kind from a scan's transmission (energy, height, width).

    `style` is the look of the plain picture; drawn where it is not given.
    """
    how = KINDS[kind]
    if kind == "everything" and style is None:
        style = draw_style(rng)
        how = replace(how, turns=((0, False),) if rng.random() < 0.8 else TURNED)
    else:
        style = how.styled(rng, style or draw_style(rng, plain=True))
    if how.coloured:
        style = replace(style, three_channels=True)
    if style.colour == "dual" and len(transmission) < 2:
        style = replace(style, colour="hot")
    bare = replace(style, boxes=0, texts=0, ruler=False, frame_px=0, qualities=())
    plain = replace(bare, margins=NO_MARGINS, inverted=False, colour="grey", three_channels=False)
    state = copy.deepcopy(rng)
    ideal = display_picture(copy.deepcopy(state), transmission, plain).astype(np.float32) * np.float32(
        1 / 255
    )
    without = display_picture(copy.deepcopy(state), transmission, bare)
    shown = display_picture(rng, transmission, replace(style, qualities=()))
    top, _, _, left = style.margins
    inside = (left, top, ideal.shape[1], ideal.shape[0])
    table = None
    if how.painted is not None:
        shown, table = how.painted(rng, shown)
        without = shown
    if how.drawn is not None:
        shown = np.ascontiguousarray(shown).copy()
        how.drawn(rng, shown)
    changed = np.abs(shown.astype(np.int16) - without) > VISIBLE
    marks = changed.any(axis=2) if changed.ndim == 3 else changed
    turns, mirrored = how.turns[int(rng.integers(len(how.turns)))]
    # the inverse of what turns it upright: first the mirror, then the turns back
    stored = shown[:, ::-1] if mirrored else shown
    stored = np.ascontiguousarray(np.rot90(stored, -turns))
    return DisplayCase(
        kind,
        compressed(stored, style.qualities),
        ideal,
        inside,
        marks,
        style.inverted,
        turns,
        mirrored,
        table,
    )


def compressed(picture: Picture, qualities: tuple[int, ...]) -> Picture:
    """After as many rounds of JPEG."""
    for quality in qualities:
        order = picture if picture.ndim == 2 else np.ascontiguousarray(picture[..., ::-1])
        coded = cv2.imencode(".jpg", order, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        flag = cv2.IMREAD_GRAYSCALE if picture.ndim == 2 else cv2.IMREAD_COLOR
        decoded = np.asarray(cv2.imdecode(coded, flag), np.uint8)
        picture = decoded if picture.ndim == 2 else np.ascontiguousarray(decoded[..., ::-1])
    return picture


TURNED = ((1, False), (2, False), (3, False))
_TABLES = {
    "jet": cv2.COLORMAP_JET,
    "hot": cv2.COLORMAP_HOT,
    "inferno": cv2.COLORMAP_INFERNO,
    "viridis": cv2.COLORMAP_VIRIDIS,
    "pink": cv2.COLORMAP_PINK,
    "bone": cv2.COLORMAP_BONE,
}
_ODD_TABLES = (
    cv2.COLORMAP_TURBO,
    cv2.COLORMAP_PARULA,
    cv2.COLORMAP_TWILIGHT_SHIFTED,
    cv2.COLORMAP_CIVIDIS,
    cv2.COLORMAP_OCEAN,
)
_PENS = ((255, 40, 40), (255, 220, 0), (0, 200, 80), (40, 90, 255), (255, 0, 255))


def _levels(table: int) -> RGB:
    ramp = np.arange(256, dtype=np.uint8)[:, None]
    return np.ascontiguousarray(cv2.applyColorMap(ramp, table)[:, 0, ::-1])


def _by(table: int) -> Callable[[Rng, Picture], tuple[Picture, RGB | None]]:
    return lambda _, picture: (_levels(table)[picture], None)


def _hue_sweep(_: Rng, picture: Picture) -> tuple[Picture, RGB | None]:
    """Blue for what lets nothing through, over green to red for air."""
    hsv = np.stack([np.linspace(120, 0, 256).astype(np.uint8), *(np.full((2, 256), 255, np.uint8))], axis=-1)
    return cv2.cvtColor(hsv[None], cv2.COLOR_HSV2RGB)[0][picture], None


def _tinted(rng: Rng, picture: Picture) -> tuple[Picture, RGB | None]:
    """Black over one colour to white."""
    tint, x = rng.uniform(60, 200, 3), np.linspace(0, 1, 256)
    table = np.stack([np.interp(x, [0, 0.6, 1], [0, channel, 255]) for channel in tint], axis=-1)
    return table.astype(np.uint8)[picture], None


def _odd(rng: Rng, picture: Picture) -> tuple[Picture, RGB | None]:
    return _levels(_ODD_TABLES[int(rng.integers(len(_ODD_TABLES)))])[picture], None


def _own(rng: Rng, picture: Picture) -> tuple[Picture, RGB | None]:
    """A table of the vendor's own, that the site has written into its profile."""
    stops, x = rng.integers(0, 256, (int(rng.integers(4, 8)), 3)), np.linspace(0, 1, 256)
    stops[0], stops[-1] = 0, 255
    table = np.stack([np.interp(x, np.linspace(0, 1, len(stops)), stops[:, c]) for c in range(3)], axis=-1)
    colours = np.rint(table).astype(np.uint8)
    return colours[picture], colours


def _pen(rng: Rng, picture: Picture) -> tuple[int, ...]:
    if picture.ndim == 3:
        return _PENS[int(rng.integers(len(_PENS)))]
    return (int(rng.choice([0, 255, 255, 128])),)


def _cross_hair(rng: Rng, picture: Picture) -> None:
    height, width = picture.shape[:2]
    x, y = int(width * rng.uniform(0.1, 0.9)), int(height * rng.uniform(0.1, 0.9))
    pen, line = _pen(rng, picture), int(rng.integers(1, 3))
    cv2.line(picture, (0, y), (width - 1, y), pen, line)
    cv2.line(picture, (x, 0), (x, height - 1), pen, line)


def _time_stamp(rng: Rng, picture: Picture) -> None:
    """A filled label with a date, a time and a number."""
    day, time = (rng.integers(1, 13), rng.integers(1, 29)), (rng.integers(24), rng.integers(60))
    text = f"2026-{day[0]:02d}-{day[1]:02d} {time[0]:02d}:{time[1]:02d} L{rng.integers(9)}"
    size, line = float(rng.uniform(0.4, 0.9)), int(rng.integers(1, 3))
    (width, height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, line)
    x = int(rng.integers(2, max(picture.shape[1] - width - 12, 3)))
    y = 2 if rng.random() < 0.6 else picture.shape[0] - height - below - 12
    paper, ink = ((0, 0, 0), (255, 255, 255)) if rng.random() < 0.6 else ((255, 255, 255), (0, 0, 0))
    cv2.rectangle(picture, (x, y), (x + width + 8, y + height + below + 8), paper, cv2.FILLED)
    place = (x + 4, y + height + 4)
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, ink, line, cv2.LINE_AA)


def _curve(rng: Rng, picture: Picture) -> None:
    """A count rate over the travel, as radiation portals draw it over their pictures."""
    height, width = picture.shape[:2]
    steps = np.linspace(0, width - 1, int(rng.integers(30, 90)))
    rates = height * (0.95 - 0.1 * rng.random() - 0.06 * rng.random(len(steps)))
    points = np.stack([steps, rates], axis=-1).astype(np.int32)
    cv2.polylines(picture, [points], False, _pen(rng, picture), int(rng.integers(1, 4)))


def _margins(grey: Callable[[Rng], int], sides: str) -> Callable[[Rng, DisplayStyle], DisplayStyle]:
    def styled(rng: Rng, style: DisplayStyle) -> DisplayStyle:
        many = {"all": (1, 1, 1, 1), "beside": (0, 1, 0, 1), "below": (0, 0, 0, 1)}[sides]
        order = many if sides != "below" else (0, 0, 1, 0)
        sizes = [int(rng.integers(8, 200 if side % 2 else 60)) * there for side, there in enumerate(order)]
        return replace(style, margins=(sizes[0], sizes[1], sizes[2], sizes[3]), margin_grey=grey(rng))

    return styled


def _with(**changed: object) -> Callable[[Rng, DisplayStyle], DisplayStyle]:
    return lambda _, style: replace(style, **changed)  # type: ignore[arg-type]


def _some(name: str, most: int) -> Callable[[Rng, DisplayStyle], DisplayStyle]:
    return lambda rng, style: replace(style, **{name: int(rng.integers(1, most))})  # type: ignore[arg-type]


KINDS: dict[str, Kind] = {
    "plain": Kind(),
    "inverted": Kind(_with(inverted=True)),
    "tinted": Kind(painted=_tinted, table_known=False),
    **{f"table {name}": Kind(painted=_by(table)) for name, table in _TABLES.items()},
    "table rainbow": Kind(painted=_hue_sweep),
    "table unknown": Kind(painted=_odd, table_known=False),
    "table in profile": Kind(painted=_own),
    "material colours": Kind(_with(colour="dual")),
    "black margins beside": Kind(_margins(lambda _: 0, "beside")),
    "black margins around": Kind(_margins(lambda _: 0, "all")),
    "black margin below": Kind(_margins(lambda _: 0, "below")),
    "white margins around": Kind(_margins(lambda _: 255, "all")),
    "grey margins around": Kind(_margins(lambda rng: int(rng.integers(60, 200)), "all")),
    "frame": Kind(_some("frame_px", 5)),
    "boxes": Kind(_some("boxes", 4)),
    "texts": Kind(_some("texts", 5)),
    "ruler": Kind(_with(ruler=True)),
    "cross-hair": Kind(drawn=_cross_hair),
    "time stamp": Kind(drawn=_time_stamp),
    "coloured boxes": Kind(_some("boxes", 4), coloured=True),
    "coloured texts": Kind(_some("texts", 5), coloured=True),
    "coloured curve": Kind(drawn=_curve, coloured=True),
    "turned by 90 or 270": Kind(turns=((1, False), (3, False))),
    "upside down": Kind(turns=((2, False),)),
    "mirrored": Kind(turns=((0, True),)),
    "inverted and turned": Kind(_with(inverted=True), turns=TURNED),
    "everything": Kind(),
}
