"""One window of a scene as the network will see it: measured, calibrated, on the canonical grid.

Only the columns of the window are rendered, at the pitch of the scanner, then brought to the canonical grid as
`tallyscan.calibrate` does.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from tallyscan.calibrate.display import to_relative_transmission
from tallyscan.detect.inputs import MAX_ALPHA, scanner_vector
from tallyscan.physics.attenuation import FloatArray
from tallyscan.scan import CANONICAL_PITCH_MM, MIN_TRANSMISSION, BoolArray, Float32Array, Grade, NoiseModel
from training.simulate.artefacts import bounce, noise_free, with_faults
from training.simulate.display import display_picture, grey_of_picture, toned
from training.simulate.display_style import draw_style
from training.simulate.fan_beam import FanBeam
from training.simulate.render import draw_framing
from training.simulate.scanner import Scanner, at_pitch, draw_scanner
from training.simulate.scene import Rng, Scene
from training.simulate.shadow import END_BAND_MM, Shadow, cast, ridden
from training.simulate.solids import Box3

DISPLAY_HEIGHT = 640  # a picture of unknown pitch comes to so many canonical rows
DISPLAY_SHARE = 0.35
FINEST_PITCH_MM = (
    4.2  # finer scanners are drawn at this pitch, with as many photons: twice the pixels teach little
)
VISIBLE_SIGMAS = 0.6  # of a pixel's noise; neighbouring pixels add up
VISIBLE_GREYS = 2.0
VISIBLE_CLUTTER = 0.1  # of the spread of attenuation around: less drowns in a busy load
CLUTTER_MM = 300.0
DISPLAY_ASPECT = (0.45, 1.8)  # row pitch over line pitch of exports
HIDDEN_SHOWN = 0.85


@dataclass(frozen=True)
class CropShape:
    """Height and width of a crop on the canonical grid, multiples of 32."""

    height: int
    width: int


# About as many pixels each; the network pools over whole columns, so a crop should hold the whole height of a scan.
SHAPES = (CropShape(512, 544), CropShape(640, 448), CropShape(896, 320))


def shape_for(rows: float) -> CropShape:
    """The lowest shape that holds so many canonical rows, else the highest there is."""
    return next((shape for shape in SHAPES if rows <= shape.height), SHAPES[-1])


@dataclass(frozen=True, eq=False)
class Window:
    """What a crop shows: its fan, its columns, and the rows of the canonical crop that hold anything."""

    beam: FanBeam
    columns_mm: FloatArray
    filled_rows: int
    shape: CropShape


def window(
    rng: Rng,
    scene: Scene,
    scanner: Scanner,
    grade: Grade,
    shape: CropShape | None = None,
    aim: Scene | None = None,
) -> tuple[Scanner, Window]:
    """Choose where to look: mostly at units and at what is hidden, at the scale at which it will be served.

    The shape is the one that holds the height of the scan, unless it is given. `aim` is the scene whose hidden things
    are looked for, this one unless another is given.
    """
    framing = draw_framing(rng, scene, scanner)
    if grade == "display":
        row_mm = (framing.top_mm - framing.bottom_mm) / DISPLAY_HEIGHT
        scanner = at_pitch(scanner, row_mm / float(np.exp(rng.uniform(*np.log(DISPLAY_ASPECT)))), row_mm)
        scale_y, scale_x = 1.0, 1.0
    else:
        along, across = (max(pitch, FINEST_PITCH_MM) for pitch in scanner.pitch_mm)
        if (along, across) != scanner.pitch_mm and scanner.geometry.rectified:
            scanner = at_pitch(scanner, along, across)
        scale_y, scale_x = (pitch / CANONICAL_PITCH_MM for pitch in scanner.pitch_mm[::-1])
        scale_y *= rng.uniform(0.95, 1.05)
        scale_x *= rng.uniform(0.95, 1.05)
    beam = scanner.beam(framing.top_mm, framing.bottom_mm)
    shape = shape or shape_for(len(beam.rows_mm) * scale_y)
    target = _target(rng, scene if aim is None else aim)
    rows = max(round(shape.height / scale_y), 2)
    start = _start_row(rng, beam, target, rows)
    width_mm = shape.width / scale_x * scanner.line_pitch_mm
    centre = (
        rng.uniform(target.x0, target.x1)
        if rng.random() < 0.96
        else rng.uniform(framing.x0_mm, framing.x1_mm)
    )
    left = centre - rng.uniform(0.1, 0.9) * width_mm
    columns = scanner.columns(rng, left, left + 1.8 * width_mm)[: round(shape.width / scale_x)]
    cut = beam.rows_mm[start : start + rows]
    filled = min(round(len(cut) * scale_y), shape.height)
    return scanner, Window(replace(beam, rows_mm=cut), columns, filled, shape)


def _target(rng: Rng, scene: Scene) -> Box3:
    """What a crop is to show: a hidden thing where there is any, else a unit."""
    hidden = [solid for c in scene.concealments for solid in (*c.added, *c.removed)]
    if hidden and rng.random() < HIDDEN_SHOWN:
        return hidden[int(rng.integers(len(hidden)))].extent
    return scene.units[int(rng.integers(len(scene.units)))].unit.outer


def _start_row(rng: Rng, beam: FanBeam, target: Box3, rows: int) -> int:
    """First row of a window of so many rows that shows the target, all of it where it fits."""
    spare = len(beam.rows_mm) - rows
    if spare <= 0:
        return 0
    top, bottom = beam.rows_spanned(target)
    low, high = sorted((bottom - rows + 1, top))
    return int(np.clip(rng.uniform(low, high), 0, spare))


@dataclass(frozen=True, eq=False)
class Crop:
    """One window as the network will see it, and what is true of it, on the canonical grid.

    `image` (3, H, W): transmission of both energies and validity. `scanner` (8,). `alpha` and `benign_alpha` (H, W)
    without noise, with and without what is hidden; `visible` where the difference could be seen. `weighable` is
    False where areal densities mean nothing (display grade). `shadow` is that of the window, before resampling.
    """

    image: Float32Array
    scanner: Float32Array
    alpha: Float32Array
    benign_alpha: Float32Array
    visible: BoolArray
    shadow: Shadow
    view: Window
    size: CropShape
    weighable: bool
    energy_mv: float
    all_empty: bool
    pitch_mm: tuple[float, float]
    declared_alpha: Float32Array | None = None

    def fit(self, plane: Float32Array) -> Float32Array:
        """A plane of the window on the canonical crop: means when shrinking, linear when growing, 0 below."""
        return fitted(plane, self.size, self.view.filled_rows, 0.0)

    def fit_nearest(self, plane: np.ndarray, fill: int) -> np.ndarray:
        """Labels of the window on the canonical crop."""
        return fitted(plane, self.size, self.view.filled_rows, fill, nearest=True)

    @property
    def end_band_px(self) -> int:
        """Columns of the canonical crop that the band at the end of a unit covers."""
        return round(END_BAND_MM / self.pitch_mm[0])


def fitted(
    plane: np.ndarray, size: CropShape, filled_rows: int, fill: float, *, nearest: bool = False
) -> np.ndarray:
    """A plane of the window on the canonical crop: resampled as in serving, padded below."""
    height, width = plane.shape
    if nearest:
        inner = cv2.resize(plane, (size.width, filled_rows), interpolation=cv2.INTER_NEAREST)
    else:
        shrunk = (min(width, size.width), min(height, filled_rows))
        inner = cv2.resize(plane, shrunk, interpolation=cv2.INTER_AREA)
        inner = cv2.resize(inner, (size.width, filled_rows), interpolation=cv2.INTER_LINEAR)
    if filled_rows == size.height:
        return inner
    out = np.full((size.height, size.width), fill, inner.dtype)
    out[:filled_rows] = inner
    return out


def crop_of(
    rng: Rng,
    scene: Scene,
    shape: CropShape | None = None,
    *,
    held_out: bool = False,
    declared: Scene | None = None,
    aim: Scene | None = None,
) -> Crop:
    """Render one window of a scene with a scanner drawn for it.

    `declared` is the same vehicle with what was declared instead of what is there: its attenuation is what the
    network is to expect when it is told a wrong declaration. `aim` see `window`: with the same random state, a scene
    and its benign twin that aims at it come out alike but for what is hidden.
    """
    grade: Grade = "display" if rng.random() < DISPLAY_SHARE else "transmission"
    scanner, view = window(rng, scene, draw_scanner(rng, held_out=held_out), grade, shape, aim)
    shape = view.shape
    rise = bounce(rng, scanner.faults, len(view.columns_mm))

    def shadow_of(shown: Scene) -> Shadow:
        flat = cast(shown, view.beam, view.columns_mm, scanner.pitch_mm[1])
        return flat if rise is None else ridden(flat, rise)

    shadow = shadow_of(scene)
    clean = noise_free(shadow.basis, scanner)
    benign = clean if shadow.change is None else noise_free(shadow.benign, scanner)
    image, alive = with_faults(rng, clean, scanner)
    see = _display if grade == "display" else _transmission
    image, vector, visible = see(rng, image, alive, clean[0], benign[0], scanner)

    def fit(plane: Float32Array, fill: float) -> Float32Array:
        return fitted(plane, shape, view.filled_rows, fill)

    def fit_alpha(transmission: Float32Array) -> Float32Array:
        alpha = np.minimum(-np.log(np.maximum(transmission, MIN_TRANSMISSION)), MAX_ALPHA)
        return fit(alpha.astype(np.float32), 0.0)

    planes = np.stack([fit(image[0], 1.0), fit(image[1], 1.0), fit(image[2], 0.0)]).astype(np.float32)
    planes[2] = planes[2] > 0.5
    planes[:2] = np.clip(np.where(planes[2] > 0, planes[:2], 1.0), MIN_TRANSMISSION, 1.0)
    instead = None
    if declared is not None and grade == "transmission":
        instead = fit_alpha(noise_free(shadow_of(declared).benign, scanner)[0])
    return Crop(
        image=planes,
        scanner=vector,
        alpha=fit_alpha(clean[0]),
        benign_alpha=fit_alpha(benign[0]),
        visible=fit(visible.astype(np.float32), 0.0) > 0.5,
        shadow=shadow,
        view=view,
        size=shape,
        weighable=grade == "transmission",
        energy_mv=scanner.energies_mv[0],
        all_empty=all(not loaded.load.goods for loaded in scene.units) and not scene.concealments,
        pitch_mm=(
            scanner.line_pitch_mm * len(view.columns_mm) / shape.width,
            scanner.pitch_mm[1] * len(view.beam.rows_mm) / max(view.filled_rows, 1),
        ),
        declared_alpha=instead,
    )


Seen = tuple[Float32Array, Float32Array, np.ndarray]


def local_spread(alpha: Float32Array, pitch_mm: tuple[float, float]) -> Float32Array:
    """Standard deviation of attenuation (height, width) over CLUTTER_MM around each pixel: how busy the place is."""
    size = (max(round(CLUTTER_MM / pitch_mm[0]), 1), max(round(CLUTTER_MM / pitch_mm[1]), 1))
    alpha = np.minimum(alpha, np.float32(MAX_ALPHA))
    mean = cv2.blur(alpha, size)
    return np.sqrt(np.maximum(cv2.blur(alpha * alpha, size) - mean * mean, 0))


def _transmission(
    rng: Rng,
    image: Float32Array,
    alive: np.ndarray,
    clean: Float32Array,
    benign: Float32Array,
    scanner: Scanner,
) -> Seen:
    """Image (3, h, w) of a calibrated scan, its scanner vector, and where the hidden can be seen."""
    # What was lost is filled from beside it, as calibration does with single pixels.
    image = np.where(alive, image, np.roll(image, 1, axis=2))
    scale = [min(pitch / CANONICAL_PITCH_MM, 1.0) for pitch in scanner.pitch_mm]
    share = (
        scale[0] * scale[1] * rng.uniform(0.7, 1.4)
    )  # the service measures the noise, and is off by so much
    noise = tuple(NoiseModel(max(n.electronic, 1e-6) * share**0.5, n.photon * share) for n in scanner.noise())
    if len(image) == 1 or rng.random() < 0.15:
        vector = scanner_vector(scanner.energies_mv[:1], noise[:1], display=False)
        image = np.stack([image[0], image[0]])
    else:
        vector = scanner_vector(scanner.energies_mv, noise, display=False)
    without = np.maximum(benign, MIN_TRANSMISSION)
    change = np.abs(np.log(np.maximum(clean, MIN_TRANSMISSION) / without))
    visible = change > VISIBLE_SIGMAS * noise[0].alpha_sigma(without)
    visible &= change > VISIBLE_CLUTTER * local_spread(-np.log(without), scanner.pitch_mm)
    return np.concatenate([image, alive[None].astype(np.float32)]), vector[0], visible


def _display(
    rng: Rng,
    image: Float32Array,
    alive: np.ndarray,
    clean: Float32Array,
    benign: Float32Array,
    _scanner: Scanner,
) -> Seen:
    """Image of a display-grade scan: what `tallyscan.calibrate` makes of a vendor's picture."""
    style = draw_style(rng).in_place()
    grey = grey_of_picture(display_picture(rng, image, style))
    if style.inverted:  # calibration turns it back
        grey = 1 - grey
    whole = np.ones(alive.shape, np.bool_)
    transmission, _ = to_relative_transmission(grey, whole)
    vector = scanner_vector((), (NoiseModel(0.0, 0.0),), display=True)
    change = np.abs(toned(clean, style) - toned(benign, style)) / np.float32(style.white - style.black)
    visible = change * 255 > VISIBLE_GREYS
    return np.stack([transmission, transmission, whole.astype(np.float32)]), vector[0], visible
