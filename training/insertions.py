"""Simulated concealments in real scans: where they stand, what they add, and how the picture changes.

A concealment is drawn by the simulator for a container that has the real one's size and, for goods, what the
real scan shows of them. It is projected by a fan beam as the real scanner's, and its areal densities are added to an
estimate of those that were there, before the exponential of the forward model: beam hardening included. The scan itself
is only multiplied by the ratio of the two transmissions, so that everything real in it
stays: structure, noise, stripes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.finding import ANOMALY_FAMILIES
from tallyscan.physics.attenuation import FloatArray
from tallyscan.physics.beam import Beam
from tallyscan.physics.forward import BASIS, forward_model, project
from tallyscan.physics.inversion import areal_density_g_cm2
from tallyscan.physics.materials import CELLULOSE, STEEL
from tallyscan.scan import BoolArray, Float32Array, NoiseModel
from training.display_curve import SOURCE_BELOW_MM, box_span_mm, source_distance_mm, structure_g_cm2
from training.simulate.concealment.families import draw_concealment
from training.simulate.concealment.place import Site
from training.simulate.container_frame import HALF_WIDTH_MM, HEIGHTS_MM, LENGTHS_MM
from training.simulate.containers import draw_container
from training.simulate.fan_beam import FanBeam
from training.simulate.parts import Concealment, Goods, Load, Unit
from training.simulate.projection import project as shadow_of
from training.simulate.projection import total
from training.simulate.scene import basis_shares
from training.simulate.shadow import MASK_G_CM2, MASK_SHARE
from training.simulate.solids import Grid
from training.simulate.truth import CLUTTER_RING_MM, part_boxes

Rng = np.random.Generator
# Not what lies in the carrier or in a reefer's insulation: where a real one has its hollows is not known.
FAMILIES = tuple(name for name in ANOMALY_FAMILIES if name not in ("vehicle_cavity", "reefer_insulation"))
NEEDS_GOODS = ("bricks_in_load", "inside_goods", "void")
CELL_MM = 80.0  # of the goods as they are measured
LEAST_GOODS_G_CM2 = 4.0  # beyond the walls; less is ribs and errors of the estimate
MOST_GOODS_G_CM2 = 200.0  # what is opaque could be anything from here on
FLOOR_MM = 200.0  # cross members and boards
BLUR_PX = 0.6  # the spread of the detector, which the picture has and a projection has not
LEAST_MASK_PX = 30
MOST_UNFIT, MOST_BRIGHTENED = 0.05, 1.3
NOTHING = 1e-3  # of a ratio of transmissions: no change
PixelBox = tuple[int, int, int, int]


@dataclass(frozen=True)
class View:
    """How a container stands in a scan: its box (x0, y0, x1, y1) in pixels, size and type code, height of the far rail.

    The source is `below_mm` below the container. The two pitches are independent: the speed of the travel is not
    known to the detector.
    """

    box: PixelBox
    equipment: str
    far_rail: float
    below_mm: float = SOURCE_BELOW_MM

    @property
    def length_mm(self) -> float:
        """Outside length."""
        return LENGTHS_MM[self.equipment[0]]

    @property
    def height_mm(self) -> float:
        """Outside height."""
        return HEIGHTS_MM[self.equipment[1]]

    @property
    def pitch_mm(self) -> tuple[float, float]:
        """Along the travel, and along the detector in the plane of the container's middle."""
        x0, y0, x1, y1 = self.box
        low, high = self.span_mm
        return self.length_mm / (x1 - x0), (high - low) / (y1 - y0)

    @property
    def distance_mm(self) -> float:
        """From the source to the container's middle."""
        return source_distance_mm(self.far_rail, self.height_mm, self.below_mm)

    @property
    def span_mm(self) -> tuple[float, float]:
        """Heights over the source, in the plane of the middle, of the box's lower and upper end."""
        return box_span_mm(self.distance_mm, self.height_mm, self.below_mm)

    def beam(self, rows: int) -> FanBeam:
        """The fan that sees `rows` rows; the container stands on y = 0."""
        over_source = self.span_mm[0] + (self.box[3] - (np.arange(rows) + 0.5)) * self.pitch_mm[1]
        y_mm = np.asarray(over_source - self.below_mm, np.float64)
        return FanBeam("side", -self.below_mm, self.distance_mm, y_mm, self.distance_mm)

    def row_of(self, y_mm: float, z_mm: float = 0.0) -> float:
        """Row (fractional) of a height above the container's underside, `z_mm` behind its middle."""
        over_source = (y_mm + self.below_mm) * self.distance_mm / (self.distance_mm + z_mm)
        return self.box[3] - (over_source - self.span_mm[0]) / self.pitch_mm[1]

    def columns_mm(self, columns: int) -> FloatArray:
        """x of every column, 0 at the left end of the container."""
        return np.asarray((np.arange(columns) + 0.5 - self.box[0]) * self.pitch_mm[0], np.float64)


@dataclass(frozen=True, eq=False)
class Insertion:
    """A concealment in a scan. Within its window: the basis areal densities (3, rows, columns) that it adds, the share
    of the goods that it takes away (rows, columns), and its mask. `pitch_mm` is that of the scan, along and across.
    """

    concealment: Concealment
    rows: slice
    columns: slice
    added_g_cm2: Float32Array
    removed_share: Float32Array
    mask: BoolArray
    pitch_mm: tuple[float, float]

    @property
    def box(self) -> list[float]:
        """[x, y, width, height] of the mask in pixels of the scan."""
        return self._in_scan(cv2.boundingRect(self.mask.astype(np.uint8)))

    @property
    def boxes(self) -> list[list[float]]:
        """Those in which it can be found: `box`, then one around each part of it, see `part_boxes`."""
        return [self.box, *(self._in_scan(part) for part in part_boxes(self.mask, self.pitch_mm))]

    def _in_scan(self, box: Sequence[int]) -> list[float]:
        x, y, width, height = box
        return [float(self.columns.start + x), float(self.rows.start + y), float(width), float(height)]


def structure_of(view: View, shape: tuple[int, int]) -> Float32Array:
    """Steel of walls and roof in g/cm2 along the rays of a scan (rows, columns), 0 outside of the box."""
    x0, y0, x1, y1 = (max(value, 0) for value in view.box)
    plane = np.zeros(shape, np.float32)
    inside = (np.arange(y0, min(y1, shape[0])) + 0.5 - view.box[1]) / (view.box[3] - view.box[1])
    plane[y0 : y0 + len(inside), x0:x1] = structure_g_cm2(
        view.far_rail, view.height_mm, inside, view.below_mm
    )[:, None]
    return plane


def matter_before(transmission: Float32Array, view: View, beam: Beam) -> tuple[Float32Array, Float32Array]:
    """Steel of the structure, and goods as cellulose, in g/cm2 (rows, columns), that give this transmission.

    What goods are made of is not known; of the ratio of two transmissions it changes little.
    """
    steel = structure_of(view, transmission.shape)
    walls = forward_model(beam).transmission(project(STEEL, beam).astype(np.float32)[:, None, None] * steel)
    quiet = cv2.medianBlur(transmission, 5)
    goods = areal_density_g_cm2(np.maximum(np.log(walls) - np.log(quiet), 0), beam, CELLULOSE)
    return steel, np.asarray(np.minimum(goods, MOST_GOODS_G_CM2), np.float32)


def measured_goods(goods_g_cm2: Float32Array, view: View, unit: Unit) -> Load:
    """The goods of a scan as one grid over the whole width of the room; no load where there are none."""
    room, pitch_x = unit.room, view.pitch_mm[0]
    nx, ny = (max(round(side / CELL_MM), 2) for side in room.size[:2])
    x0, x1 = (view.box[0] + x / pitch_x for x in (room.x0, room.x1))
    y0, y1 = (view.row_of(y) for y in (room.y1, room.y0))
    rows, columns = goods_g_cm2.shape
    window = goods_g_cm2[
        max(round(y0), 0) : min(round(y1), rows), max(round(x0), 0) : min(round(x1), columns)
    ]
    cells = cv2.resize(window, (nx, ny), interpolation=cv2.INTER_AREA)[::-1].T
    density = np.where(cells > LEAST_GOODS_G_CM2, cells / (room.size[2] / 10), 0).astype(np.float32)
    if not density.any():
        return Load()
    x, y = np.linspace(room.x0, room.x1, nx + 1), np.linspace(room.y0, room.y1, ny + 1)
    grid = Grid(CELLULOSE, x, y, np.array([room.z0, room.z1]), density[:, :, None])
    return Load((Goods("unknown", "measured", (grid,)),))


def draw_insertion(
    rng: Rng, view: View, goods_g_cm2: Float32Array, family: str, *, loaded: bool
) -> Insertion | None:
    """A concealment of a family in the container; None where it has no place there.

    `goods_g_cm2` (rows, columns) is what a loaded container holds.
    """
    door = "x1" if rng.random() < 0.5 else "x0"
    unit = draw_container(rng, view.equipment, 0.0, 0.0, door)  # type: ignore[arg-type]
    load = measured_goods(goods_g_cm2, view, unit) if loaded else Load()
    if family in NEEDS_GOODS and not load.goods:
        return None
    concealment = draw_concealment(rng, Site(unit, load), family)
    return None if concealment is None else projected(concealment, load, view, goods_g_cm2.shape)


def projected(concealment: Concealment, load: Load, view: View, shape: tuple[int, ...]) -> Insertion | None:
    """The shadow of a concealment in a scan of that shape; None where less than a few pixels of it are in view.

    What it takes away is only known as a share of `load`, the goods as they were measured: coarse cells, so to
    subtract them would leave their pattern in the picture. Of the goods in the shadow of the floor nothing is taken:
    there goods and floor cannot be told apart.
    """
    rows, columns = shape
    beam, columns_mm = view.beam(rows), view.columns_mm(columns)
    basis = np.zeros((len(BASIS), rows, columns), np.float32)
    for solid in concealment.added:
        patch = shadow_of(solid, beam, columns_mm)
        if patch is not None:
            for plane, share in zip(basis, basis_shares(solid.material), strict=True):
                patch.add_to(plane, float(share))
    added = total(concealment.added, beam, columns_mm)
    removed = -total(concealment.removed, beam, columns_mm)
    there = total([solid for goods in load.goods for solid in goods.solids], beam, columns_mm)
    share_gone = np.clip(removed / np.maximum(there, LEAST_GOODS_G_CM2), 0, 1).astype(np.float32)
    # Not sharper than the cells are, and less and less towards the shadow of the floor.
    sides = (CELL_MM / 3 / view.pitch_mm[0], CELL_MM / 3 / view.pitch_mm[1])
    share_gone = np.asarray(cv2.GaussianBlur(share_gone, (0, 0), sides[0], sigmaY=sides[1]), np.float32)
    floor, above = (view.row_of(y, -HALF_WIDTH_MM) for y in (FLOOR_MM, FLOOR_MM + 300))
    share_gone *= np.interp(np.arange(rows), [above, floor], [1.0, 0.0]).astype(np.float32)[:, None]
    shown = added if concealment.added else share_gone * there
    mask = shown > min(MASK_SHARE * max(float(shown.max()), 1e-6), MASK_G_CM2)
    if mask.sum() < LEAST_MASK_PX:
        return None
    changed = (np.abs(basis).max(axis=0) > 1e-3) | (share_gone > 1e-3) | mask
    x, y, width, height = cv2.boundingRect(changed.astype(np.uint8))
    window = (
        slice(max(y - 3, 0), min(y + height + 3, rows)),
        slice(max(x - 3, 0), min(x + width + 3, columns)),
    )

    def soft(plane: Float32Array) -> Float32Array:
        return np.asarray(cv2.GaussianBlur(plane[window], (0, 0), BLUR_PX), np.float32)

    added_g_cm2 = np.stack([soft(plane) for plane in basis])
    return Insertion(concealment, *window, added_g_cm2, soft(share_gone), mask[window], view.pitch_mm)


def transmission_ratio(
    insertion: Insertion, steel_g_cm2: Float32Array, goods_g_cm2: Float32Array, beam: Beam
) -> Float32Array:
    """Transmission with over without the insertion, in its window; what was there are whole maps (rows, columns)."""
    window, model = (insertion.rows, insertion.columns), forward_model(beam)
    steel = project(STEEL, beam).astype(np.float32)[:, None, None] * steel_g_cm2[window]
    goods = project(CELLULOSE, beam).astype(np.float32)[:, None, None] * goods_g_cm2[window]
    before = model.transmission(steel + goods)
    after = model.transmission(steel + goods * (1 - insertion.removed_share) + insertion.added_g_cm2)
    return np.asarray(after / before, np.float32)


def changed_signal(
    rng: Rng, signal: Float32Array, ratio: Float32Array, noise: NoiseModel, blur_px: float = 0.0
) -> Float32Array:
    """A noisy signal (rows, columns) times `ratio`, with the noise of what it is then; unchanged where the ratio is 1.

    Where less comes through, the signal is scaled with all that is in it, and lacks noise: that of fewer photons falls
    slower than the signal. Where more comes through, only its mean of 5 x 5 is scaled: what is brightened of a nearly
    opaque place is no structure but the noise and the rounding. `noise` is in units of the signal; `blur_px` makes the
    added noise as smooth as that of a filtered picture.
    """
    quiet = np.maximum(np.asarray(cv2.blur(signal, (5, 5)), np.float32), 0)
    kept = np.minimum(ratio, np.float32(1))
    wanted = noise.electronic**2 + noise.photon * quiet * ratio
    there = kept**2 * (noise.electronic**2 + noise.photon * quiet)
    grain = rng.standard_normal(ratio.shape, np.float32)
    if blur_px:
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), blur_px), np.float32)
        grain /= np.float32(max(float(grain.std()), 1e-6))
    new = quiet * ratio + (signal - quiet) * kept + np.sqrt(np.maximum(wanted - there, 0)) * grain
    return np.asarray(np.where(np.abs(ratio - 1) > NOTHING, new, signal), np.float32)


def can_be_shown(
    signal: Float32Array, ratio: Float32Array, mask: BoolArray, darkest: float, open_beam: float
) -> bool:
    """Whether a signal (rows, columns) has what it takes to show the change: not when a twentieth of it has not.

    Goods can be taken away only where something came through them (`darkest`), and nothing hangs in the open air
    (`open_beam`), where a box was drawn a little too wide.
    """
    most = MOST_UNFIT * int(mask.sum())
    unknown = (signal < darkest) & (ratio > MOST_BRIGHTENED)
    in_air = mask & (cv2.blur(signal, (5, 5)) > open_beam)
    return int(unknown.sum()) <= most and int(in_air.sum()) <= most


def around_mask(insertion: Insertion, pitch_mm: tuple[float, float], shape: tuple[int, ...]) -> BoolArray:
    """The mask with a ring of 150 mm around it, in the whole scan: where its clutter is measured."""
    mask = np.zeros(shape[:2], np.uint8)
    mask[insertion.rows, insertion.columns] = insertion.mask
    along, across = ring_px(pitch_mm)
    return cv2.dilate(mask, np.ones((2 * across + 1, 2 * along + 1), np.uint8)) > 0


def ring_px(pitch_mm: tuple[float, float]) -> tuple[int, int]:
    """The ring of 150 mm in pixels, along and across the travel."""
    along, across = (max(round(CLUTTER_RING_MM / pitch), 1) for pitch in pitch_mm)
    return along, across


def whole_mask(insertion: Insertion, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The mask in the whole scan."""
    mask = np.zeros(shape[:2], np.bool_)
    mask[insertion.rows, insertion.columns] = insertion.mask
    return mask
