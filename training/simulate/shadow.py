"""A scene in a fan beam: maps of areal density and of what stands where, for any window of columns.

Nothing is measured yet: a shadow is noise-free and knows what is hidden, so the same scene without it, its benign
twin, comes for free.
"""

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.physics.attenuation import FloatArray
from tallyscan.physics.forward import BASIS
from training.simulate.artefacts import bounced
from training.simulate.fan_beam import FanBeam
from training.simulate.parts import Concealment
from training.simulate.projection import Float32Array, project, total
from training.simulate.scene import DUNNAGE, DUNNAGE_OF_HIDDEN, NO_GOODS, Scene, basis_shares
from training.simulate.solids import Box3

BACKGROUND, CARGO_SPACE, VEHICLE, UNIT_END = range(4)
END_BAND_MM = 120.0
LEAST_GOODS_G_CM2 = 0.3  # less is a label, a strap or a liner
MASK_SHARE = 0.15  # a hidden thing is where it has this share of its largest areal density ...
MASK_G_CM2 = (
    1.0  # ... or so much, whichever is less: the wheels of a motorcycle belong to it as its engine does
)
LEAST_MASK_PX = 12


@dataclass(frozen=True, eq=False)
class HiddenShadow:
    """One concealment in the window: `net_g_cm2` (rows, columns) is what it changes, `mask` where it is."""

    family: str
    rows: slice
    columns: slice
    net_g_cm2: Float32Array
    mask: NDArray[np.bool_]
    concealment: Concealment

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 of the mask in pixels of the window."""
        rows, columns = np.flatnonzero(self.mask.any(axis=1)), np.flatnonzero(self.mask.any(axis=0))
        x0, y0 = self.columns.start, self.rows.start
        return x0 + int(columns[0]), y0 + int(rows[0]), x0 + int(columns[-1]) + 1, y0 + int(rows[-1]) + 1


@dataclass(frozen=True, eq=False)
class Shadow:
    """Maps (rows, columns) of a window.

    `benign` (3, rows, columns) are basis areal densities in g/cm2 along the rays without what is hidden, `change`
    what that adds (may be negative), None where nothing is. `goods_g_cm2` is that of goods, dunnage and hidden things
    times the cosine of the ray's slope, the true height of the pixel over the nominal one and the depth of the matter
    over that of the reference plane: what has to be summed for their mass; `benign_goods_g_cm2` and `benign_is_goods`
    are the same of the benign twin. `commodity` is the index of the class with most matter in the pixel, `layout` one
    of BACKGROUND, CARGO_SPACE, VEHICLE, UNIT_END.
    """

    benign: Float32Array
    change: Float32Array | None
    goods_g_cm2: Float32Array
    is_goods: NDArray[np.bool_]
    benign_goods_g_cm2: Float32Array
    benign_is_goods: NDArray[np.bool_]
    commodity: NDArray[np.uint8]
    layout: NDArray[np.uint8]
    hidden: tuple[HiddenShadow, ...] = field(default=())

    def without_hidden(self) -> "Shadow":
        """That of the benign twin, for nothing: the same vehicle and loads with nothing hidden or missing."""
        goods, is_goods = self.benign_goods_g_cm2, self.benign_is_goods
        return Shadow(self.benign, None, goods, is_goods, goods, is_goods, self.commodity, self.layout)

    @cached_property
    def basis(self) -> Float32Array:
        """Basis areal densities with everything, (3, rows, columns).

        What takes the place of round goods takes away a little too much here and none there; no more iron or lead
        goes than was there. Some matter has a negative share of one: light matter of iron, uranium a large one.
        """
        if self.change is None:
            return self.benign
        carbon, iron, lead = both = self.benign + self.change
        spare_iron = 0.1 * np.maximum(carbon, 0) + 0.9 * np.maximum(lead, 0)
        spare_lead = 0.02 * (np.maximum(carbon, 0) + np.maximum(iron, 0))
        np.maximum(iron, np.minimum(self.benign[1], 0) - spare_iron, out=iron)
        np.maximum(lead, np.minimum(self.benign[2], 0) - spare_lead, out=lead)
        return both


def cast(scene: Scene, beam: FanBeam, columns_mm: FloatArray, row_pitch_mm: float | None = None) -> Shadow:
    """The shadow of a scene in the columns at x = `columns_mm` (rising).

    `row_pitch_mm` is the nominal height of a pixel; a service that knows no other weighs with it.
    """
    shape = (len(beam.rows_mm), len(columns_mm))
    benign = np.zeros((len(BASIS), *shape), np.float32)
    vehicle = np.zeros(shape, np.float32)
    # Matter by mass: a pixel is as much taller as its matter lies behind the reference plane.
    dunnage, dunnage_of_hidden = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    by_class: dict[int, Float32Array] = {}
    x0, x1 = columns_mm[0] - 100, columns_mm[-1] + 100
    near = np.flatnonzero((scene.spans_mm[:, 0] < x1) & (scene.spans_mm[:, 1] > x0))
    carrier = len(scene.vehicle.carrier)
    for index in near:
        part = scene.parts[index]
        patch = project(part.solid, beam, columns_mm)
        if patch is None:
            continue
        for plane, share in zip(benign, part.shares, strict=True):
            if abs(share) > 1e-4:
                patch.add_to(plane, float(share))
        if part.role == DUNNAGE:
            patch.add_to(dunnage, patch.depths(beam, part.solid))
        elif part.role == DUNNAGE_OF_HIDDEN:
            patch.add_to(dunnage_of_hidden, patch.depths(beam, part.solid))
        elif part.role >= 0:
            if part.role not in by_class:
                by_class[part.role] = np.zeros(shape, np.float32)
            patch.add_to(by_class[part.role], patch.depths(beam, part.solid))
        elif index < carrier:
            patch.add_to(vehicle)
    hidden, change, net = hidden_shadows(scene, beam, columns_mm, shape)
    goods = (
        np.sum(list(by_class.values()), axis=0, dtype=np.float32) if by_class else np.zeros(shape, np.float32)
    )
    height = np.abs(np.gradient(beam.rows_mm)) / (row_pitch_mm or beam.pitch_mm)
    weighed = (height / np.sqrt(1 + beam.slopes**2)).astype(np.float32)[:, None]
    benign_goods = with_hidden = (goods + dunnage) * weighed
    benign_is_goods = is_goods = np.asarray(goods > LEAST_GOODS_G_CM2)
    if change is not None:
        with_hidden = np.maximum(goods + net + dunnage + dunnage_of_hidden, 0) * weighed
        is_goods = np.asarray((goods + net) > LEAST_GOODS_G_CM2)
    return Shadow(
        benign,
        change,
        with_hidden,
        is_goods,
        benign_goods,
        benign_is_goods,
        commodity_map(by_class, shape),
        layout_map(scene, beam, columns_mm, vehicle),
        hidden,
    )


def ridden(shadow: Shadow, rise_px: Float32Array) -> Shadow:
    """The shadow of a vehicle that rides higher by `rise_px` rows in each column, on its springs or aslant."""

    def moved(plane: Float32Array) -> Float32Array:
        return bounced(plane, rise_px)

    def classes(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return bounced(plane.astype(np.float32), rise_px, nearest=True).astype(np.uint8)

    hidden = []
    for item in shadow.hidden:
        net, mask = np.zeros(shadow.layout.shape, np.float32), np.zeros(shadow.layout.shape, np.float32)
        net[item.rows, item.columns], mask[item.rows, item.columns] = item.net_g_cm2, item.mask
        shown = bounced(mask, rise_px, nearest=True) > 0
        if shown.sum() >= LEAST_MASK_PX:
            hidden.append(_cut(item.concealment, moved(net), shown))
    goods, is_goods = moved(shadow.goods_g_cm2), classes(shadow.is_goods.view(np.uint8)) > 0
    benign_goods, benign_is_goods = goods, is_goods
    if shadow.change is not None:
        benign_goods = moved(shadow.benign_goods_g_cm2)
        benign_is_goods = classes(shadow.benign_is_goods.view(np.uint8)) > 0
    return Shadow(
        np.stack([moved(plane) for plane in shadow.benign]),
        None if shadow.change is None else np.stack([moved(plane) for plane in shadow.change]),
        goods,
        is_goods,
        benign_goods,
        benign_is_goods,
        classes(shadow.commodity),
        classes(shadow.layout),
        tuple(hidden),
    )


def commodity_map(by_class: dict[int, Float32Array], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Index of the class with most matter in each pixel; NO_GOODS where there is hardly any."""
    result = np.full(shape, NO_GOODS, np.uint8)
    most = np.full(shape, LEAST_GOODS_G_CM2, np.float32)
    for index, plane in by_class.items():
        more = plane > most
        result[more] = index
        most[more] = plane[more]
    return result


def layout_map(
    scene: Scene, beam: FanBeam, columns_mm: FloatArray, vehicle_g_cm2: Float32Array
) -> NDArray[np.uint8]:
    """What stands where: the shadow of each unit's outside, with a band at either end, and the carrier around."""
    layout = np.where(vehicle_g_cm2 > LEAST_GOODS_G_CM2, VEHICLE, BACKGROUND).astype(np.uint8)
    for loaded in scene.units:
        x0, y0, x1, y1 = pixel_box(loaded.unit.outer, beam, columns_mm)
        outer = loaded.unit.outer
        rows = slice(max(round(y0), 0), max(round(y1), 0))
        ends = [(outer.x0, outer.x0 + END_BAND_MM), (outer.x1 - END_BAND_MM, outer.x1)]
        layout[rows, max(round(x0), 0) : max(round(x1), 0)] = CARGO_SPACE
        for left, right in ends:
            a, b = np.searchsorted(columns_mm, [left, right])
            layout[rows, a:b] = UNIT_END
    return layout


def pixel_box(extent: Box3, beam: FanBeam, columns_mm: FloatArray) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 of a box's shadow in pixels of the window, cut at its borders."""
    x0, x1 = np.searchsorted(columns_mm, extent[:2])
    top, bottom = beam.rows_spanned(extent)
    height = len(beam.rows_mm)
    return float(x0), min(max(top, 0.0), height), float(x1), min(max(bottom + 1, 0.0), height)


def hidden_shadows(
    scene: Scene, beam: FanBeam, columns_mm: FloatArray, shape: tuple[int, int]
) -> tuple[tuple[HiddenShadow, ...], Float32Array | None, Float32Array]:
    """Each concealment on its own, the change of the basis planes, and the net matter by mass of those in units."""
    net = np.zeros(shape, np.float32)
    change: Float32Array | None = None
    found = []
    x0, x1 = columns_mm[0], columns_mm[-1]
    for concealment in scene.concealments:
        solids = (*concealment.added, *concealment.removed)
        if not any(s.extent.x1 > x0 and s.extent.x0 < x1 for s in solids):
            continue
        own, inside = np.zeros(shape, np.float32), concealment not in scene.hidden_outside
        for solid in solids:
            patch = project(solid, beam, columns_mm)
            if patch is None:
                continue
            if change is None:
                change = np.zeros((len(BASIS), *shape), np.float32)
            for plane, share in zip(change, basis_shares(solid.material), strict=True):
                if abs(share) > 1e-4:
                    patch.add_to(plane, float(share))
            patch.add_to(own)
            if inside:
                patch.add_to(net, patch.depths(beam, solid))
        shown = total(concealment.added, beam, columns_mm) if concealment.added else -own
        mask = shown > min(MASK_SHARE * max(float(shown.max()), 1e-6), MASK_G_CM2)
        if mask.sum() >= LEAST_MASK_PX:
            found.append(_cut(concealment, own, mask))
    return tuple(found), change, net


def _cut(concealment: Concealment, net: Float32Array, mask: NDArray[np.bool_]) -> HiddenShadow:
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    window = (slice(y, y + height), slice(x, x + width))
    return HiddenShadow(concealment.family, *window, net[window], mask[window], concealment)
