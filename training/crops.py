"""One window of a scene as the network will see it: measured, calibrated, on the canonical grid.

Only the columns of the window are rendered, at the pitch of the scanner, then brought to the canonical grid as
`tallyscan.calibrate` does.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from tallyscan.calibrate.display import to_relative_transmission
from tallyscan.calibrate.noise import fit_noise
from tallyscan.calibrate.transmission import CalibrationValues, to_transmission
from tallyscan.detect.inputs import MAX_ALPHA, scanner_vector
from tallyscan.physics.attenuation import FloatArray
from tallyscan.scan import CANONICAL_PITCH_MM, MIN_TRANSMISSION, BoolArray, Float32Array, Grade, NoiseModel
from training.simulate.artefacts import bounce, noise_free, to_counts, with_faults, with_scatter
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
VISIBLE_SIGMAS = 0.8  # of a pixel's noise; neighbouring pixels add up
VISIBLE_GREYS = 2.0
VISIBLE_CLUTTER = (
    0.75  # of the spread of attenuation around: less drowns in a busy load, and nobody could mark it
)
CLUTTER_MM = 300.0
DISPLAY_ASPECT = (0.45, 1.8)  # row pitch over line pitch of exports
MARGIN_SHARE, MOST_MARGIN = 0.25, 0.3  # of the pictures; of their height, which then holds less of the scan
HIDDEN_SHOWN = 0.85


@dataclass(frozen=True)
class CropShape:
    """Height and width of a crop on the canonical grid, multiples of 32."""

    height: int
    width: int


# Twice as many hidden things are seen in as many pixels; ends of units and what is large need width.
NARROW_SHARE = 0.6
# About as many pixels each; the network pools over whole columns, so a crop should hold the whole height of a scan.
SHAPES = (CropShape(512, 544), CropShape(640, 448), CropShape(896, 320))


def shape_for(rows: float, *, narrow: bool = False) -> CropShape:
    """The lowest shape that holds so many canonical rows, else the highest there is; a narrow one is half as wide."""
    shape = next((shape for shape in SHAPES if rows <= shape.height), SHAPES[-1])
    return CropShape(shape.height, shape.width // 64 * 32) if narrow else shape


def in_a_batch(shape: CropShape, wide: int) -> int:
    """How many crops of a shape cost as much as so many wide ones."""
    return wide if shape in SHAPES else 2 * wide


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
) -> tuple[Scanner, Window]:
    """Choose where to look: mostly at units and at what is hidden, at the scale at which it will be served.

    The shape is the one that holds the height of the scan, unless it is given.
    """
    framing = draw_framing(rng, scene, scanner)
    if grade == "display":
        height = float(DISPLAY_HEIGHT)
        if rng.random() < MARGIN_SHARE:
            height *= 1 - rng.uniform(0, MOST_MARGIN)
        row_mm = (framing.top_mm - framing.bottom_mm) / height
        scanner = at_pitch(scanner, row_mm / float(np.exp(rng.uniform(*np.log(DISPLAY_ASPECT)))), row_mm)
        scale_y, scale_x = 1.0, 1.0
    else:
        along, across = (max(pitch, FINEST_PITCH_MM) for pitch in scanner.pitch_mm)
        if (along, across) != scanner.pitch_mm:
            scanner = at_pitch(scanner, along, across)
        scale_y, scale_x = (pitch / CANONICAL_PITCH_MM for pitch in scanner.pitch_mm[::-1])
        scale_y *= rng.uniform(0.95, 1.05)
        scale_x *= rng.uniform(0.95, 1.05)
    beam = scanner.beam(framing.top_mm, framing.bottom_mm)
    shape = shape or shape_for(len(beam.rows_mm) * scale_y, narrow=rng.random() < NARROW_SHARE)
    target = _target(rng, scene)
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
    False where areal densities mean nothing (display grade). `shadow` is that of the window, before resampling;
    `empty_columns` (columns of the window,) are those of units with nothing in them.
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
    empty_columns: BoolArray
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
) -> Crop:
    """Render one window of a scene with a scanner drawn for it.

    `declared` is the same vehicle with what was declared instead of what is there: its attenuation is what the
    network is to expect when it is told a wrong declaration.
    """
    return _crops(rng, scene, shape, held_out, declared, with_twin=False)[0]


def crop_pair(
    rng: Rng,
    scene: Scene,
    shape: CropShape | None = None,
    *,
    held_out: bool = False,
    declared: Scene | None = None,
) -> tuple[Crop, Crop]:
    """`crop_of`, and the same window of the benign twin: the same noise, so only what is hidden differs."""
    shown, twin = _crops(rng, scene, shape, held_out, declared, with_twin=True)
    return shown, twin


def _crops(
    rng: Rng,
    scene: Scene,
    shape: CropShape | None,
    held_out: bool,
    declared: Scene | None,
    *,
    with_twin: bool,
) -> list[Crop]:
    grade: Grade = "display" if rng.random() < DISPLAY_SHARE else "transmission"
    drawn = draw_scanner(rng, held_out=held_out, conveyance=scene.vehicle.conveyance)
    scanner, view = window(rng, scene, drawn, grade, shape)
    rise = bounce(rng, scanner.faults, len(view.columns_mm))

    def shadow_of(shown: Scene) -> Shadow:
        flat = cast(shown, view.beam, view.columns_mm, scanner.pitch_mm[1])
        return flat if rise is None else ridden(flat, rise)

    def fit_alpha(transmission: Float32Array) -> Float32Array:
        alpha = np.minimum(-np.log(np.maximum(transmission, MIN_TRANSMISSION)), MAX_ALPHA)
        return fitted(alpha.astype(np.float32), view.shape, view.filled_rows, 0.0)

    shadow = shadow_of(scene)
    clean = benign = noise_free(shadow.basis, scanner)
    if shadow.change is not None:
        benign = noise_free(shadow.benign, scanner, energies=None if with_twin else 1)
    instead = None
    if declared is not None and grade == "transmission":
        instead = fit_alpha(noise_free(shadow_of(declared).benign, scanner, energies=1)[0])
    benign_alpha = fit_alpha(benign[0])
    noise_seed = int(rng.integers(2**62))
    crops: list[Crop] = []
    for seen, primary in ((shadow, clean), (shadow.without_hidden(), benign))[: 1 + with_twin]:
        noise = np.random.default_rng(noise_seed)  # the same for both
        image, _ = with_faults(noise, primary, scanner, view.beam.rows_mm)
        see = _display if grade == "display" else _transmission
        # Noise is measured once for a pair: it must not tell the two apart.
        told = crops[0].scanner if crops else None
        hidden = seen.change is not None
        without = benign[0] if hidden else None
        planes, vector, visible = see(noise, image, primary[0], without, scanner, view, told)
        crops.append(
            Crop(
                image=planes,
                scanner=vector,
                alpha=fit_alpha(primary[0]) if hidden else benign_alpha,
                benign_alpha=benign_alpha,
                visible=fitted(visible.astype(np.float32), view.shape, view.filled_rows, 0.0) > 0.5,
                shadow=seen,
                view=view,
                size=view.shape,
                weighable=grade == "transmission",
                energy_mv=scanner.energies_mv[0],
                empty_columns=empty_columns(scene if seen is shadow else scene.without_hidden(), view),
                pitch_mm=(
                    scanner.line_pitch_mm * len(view.columns_mm) / view.shape.width,
                    scanner.pitch_mm[1] * len(view.beam.rows_mm) / max(view.filled_rows, 1),
                ),
                declared_alpha=instead,
            )
        )
    return crops


def empty_columns(scene: Scene, view: Window) -> BoolArray:
    """Columns of the window (columns,) that show a unit with nothing in it; units stand one behind the other."""
    empty = np.zeros(len(view.columns_mm), np.bool_)
    for loaded in scene.units:
        if not loaded.load.goods and not loaded.concealments:
            outer = loaded.unit.outer
            empty |= (view.columns_mm >= outer.x0) & (view.columns_mm <= outer.x1)
    return empty


Seen = tuple[Float32Array, Float32Array, np.ndarray]


def local_spread(alpha: Float32Array, pitch_mm: tuple[float, float]) -> Float32Array:
    """Standard deviation of attenuation (height, width) over CLUTTER_MM around each pixel: how busy the place is."""
    size = (max(round(CLUTTER_MM / pitch_mm[0]), 1), max(round(CLUTTER_MM / pitch_mm[1]), 1))
    alpha = np.minimum(alpha, np.float32(MAX_ALPHA))
    mean = cv2.blur(alpha, size)
    return np.sqrt(np.maximum(cv2.blur(alpha * alpha, size) - mean * mean, 0))


def canonical(planes: Float32Array, valid: BoolArray, view: Window, lowest: float) -> Float32Array:
    """Image (3, H, W) of one energy (1, h, w) or two, and of what was measured, as the service hands it on."""
    image = np.ones((3, view.shape.height, view.shape.width), np.float32)
    for index in range(2):
        plane = planes[min(index, len(planes) - 1)]
        image[index] = np.clip(
            fitted(plane, view.shape, view.filled_rows, 1.0), max(lowest, MIN_TRANSMISSION), 1
        )
    image[2] = fitted(valid.astype(np.float32), view.shape, view.filled_rows, 0.0) > 0.5
    return image


def _transmission(
    rng: Rng,
    image: Float32Array,
    clean: Float32Array,
    benign: Float32Array | None,
    scanner: Scanner,
    view: Window,
    vector: Float32Array | None,
) -> Seen:
    """Image of a scan that the service has calibrated, its scanner vector, and where the hidden can be seen."""
    if len(image) > 1 and rng.random() < 0.15:  # the other energy was not sent
        image = image[:1]
    energies = scanner.energies_mv[: len(image)]
    counts, levels = to_counts(rng, image, scanner)
    air = np.array(levels, np.float32).reshape(-1, 1, 1)
    values = CalibrationValues(energies, air, (0.0,) * len(image), scanner.full_scale)
    relative, valid = to_transmission(counts, values)
    share = min(view.shape.width / counts.shape[2], 1.0) * min(view.filled_rows / counts.shape[1], 1.0)
    share *= rng.uniform(
        0.8, 1.25
    )  # measured in other parts of the scan as well, it comes out a little different
    if vector is None:
        fits = [fit_noise(plane, values.count(index)) for index, plane in enumerate(relative)]
        noise = tuple(NoiseModel(n.electronic * share**0.5, n.photon * share) for n in fits)
        vector = scanner_vector(energies, noise, display=False)[0]
    visible = np.zeros(clean.shape, np.bool_) if benign is None else seen_in_noise(clean, benign, scanner)
    return canonical(relative, valid, view, 0.5 * values.count(0)), vector, visible


def seen_in_noise(clean: Float32Array, benign: Float32Array, scanner: Scanner) -> BoolArray:
    """Where a scan shows that the primary transmission (height, width) is `clean` and not `benign`.

    By noise, rounding and clutter as in `training.simulate.truth.visibility`, with what scatters in.
    """
    shown, without = (
        np.maximum(with_scatter(plane.copy(), scanner), np.float32(scanner.darkest))
        for plane in (clean, benign)
    )
    change = np.abs(np.log(shown / without))
    visible = change > VISIBLE_SIGMAS * scanner.noise()[0].alpha_sigma(without)
    visible &= change > VISIBLE_CLUTTER * local_spread(-np.log(without), scanner.pitch_mm)
    return np.asarray(visible)


def _display(
    rng: Rng,
    image: Float32Array,
    clean: Float32Array,
    benign: Float32Array | None,
    scanner: Scanner,
    view: Window,
    _vector: Float32Array | None,
) -> Seen:
    """Image of a display-grade scan: what `tallyscan.calibrate` makes of a vendor's picture."""
    style = draw_style(rng).in_place()
    grey = grey_of_picture(display_picture(rng, image, style))
    if style.inverted:  # calibration turns it back
        grey = 1 - grey
    whole = np.ones(grey.shape, np.bool_)
    transmission, _ = to_relative_transmission(grey, whole)
    vector = scanner_vector((), (NoiseModel(0.0, 0.0),), display=True)
    visible = np.zeros(clean.shape, np.bool_)
    if benign is not None:
        shown, without = (
            toned(plane, style) / np.float32(style.white - style.black) for plane in (clean, benign)
        )
        change = np.abs(shown - without)
        visible = change * 255 > VISIBLE_GREYS
        visible &= change > VISIBLE_CLUTTER * local_spread(without, scanner.pitch_mm)
    return canonical(transmission[None], whole, view, MIN_TRANSMISSION), vector[0], visible
