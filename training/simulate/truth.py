"""What is true of a simulated scan, in pixels of the written image."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from tallyscan.physics.attenuation import FloatArray
from tallyscan.scan import CANONICAL_PITCH_MM, BoolArray
from training.simulate.artefacts import noise_free, with_scatter
from training.simulate.fan_beam import FanBeam
from training.simulate.manifest import EMPTY_BELOW_KG
from training.simulate.projection import Float32Array
from training.simulate.scanner import Scanner
from training.simulate.scene import Scene
from training.simulate.shadow import HiddenShadow, Shadow, pixel_box
from training.simulate.solids import mass_kg

CLUTTER_RING_MM = 150.0
JOINED_MM = 100.0  # parts of a hidden thing that lie nearer to each other are found as one
SCATTER_REACH = 3.0  # in sigmas of its spread


def boxes_of_units(
    scene: Scene, beam: FanBeam, columns_mm: FloatArray, rise_px: Float32Array | None
) -> list[list[float]]:
    """[x, y, width, height] of every unit, around all of it where it rides up and down."""
    boxes = []
    for loaded in scene.units:
        x0, y0, x1, y1 = pixel_box(loaded.unit.outer, beam, columns_mm)
        if rise_px is not None and x1 > x0:
            rise = rise_px[int(x0) : int(x1)]
            y0, y1 = max(y0 - float(rise.max()), 0.0), min(y1 - float(rise.min()), float(len(beam.rows_mm)))
        boxes.append((x0, y0, x1, y1))
    return [[round(x0, 1), round(y0, 1), round(x1 - x0, 1), round(y1 - y0, 1)] for x0, y0, x1, y1 in boxes]


def units_truth(
    scene: Scene,
    beam: FanBeam,
    columns_mm: FloatArray,
    marks: list[str],
    rise_px: Float32Array | None = None,
) -> list[dict[str, Any]]:
    """Box, emptiness, mass, classes and packing of every unit."""
    boxes = boxes_of_units(scene, beam, columns_mm, rise_px)
    return [
        {
            "unit": index + 1,
            "mark": mark,
            "kind": loaded.unit.kind,
            "equipment": loaded.unit.equipment,
            "box": box,
            "empty": not loaded.load.goods and loaded.mass_kg < EMPTY_BELOW_KG,
            "mass_kg": round(loaded.mass_kg, 1),
            "commodities": list(loaded.commodities),
            "packings": sorted({goods.packing for goods in loaded.load.goods}),
            "load": list(loaded.load.notes),
        }
        for index, (loaded, box, mark) in enumerate(zip(scene.units, boxes, marks, strict=True))
    ]


def anomaly_truth(
    hidden: HiddenShadow, shadow: Shadow, primary: Float32Array, scanner: Scanner
) -> dict[str, Any]:
    """What is known of one hidden thing; how well it can be seen, see `visibility`.

    `primary` (rows, columns) is `noise_free` of the high energy with everything. `box` is around all of the thing,
    `boxes` around each of its parts, see `part_boxes`.
    """
    contrast, clutter_ratio = visibility_of(hidden, shadow, primary, scanner)
    x_0, y_0, x_1, y_1 = hidden.box
    concealment = hidden.concealment
    return {
        "family": hidden.family,
        "box": [float(x_0), float(y_0), float(x_1 - x_0), float(y_1 - y_0)],
        "boxes": [
            [float(hidden.columns.start + x), float(hidden.rows.start + y), float(width), float(height)]
            for x, y, width, height in part_boxes(hidden.mask, scanner.pitch_mm)
        ],
        "areal_density_g_cm2": round(float(hidden.net_g_cm2[hidden.mask].mean()), 2),
        "contrast_to_noise": round(contrast, 2),
        "clutter_ratio": round(clutter_ratio, 2),
        "mass_kg": round(mass_kg(concealment.added) or mass_kg(concealment.removed), 2),
        "facts": dict(concealment.facts),
    }


def part_boxes(mask: BoolArray, pitch_mm: tuple[float, float]) -> list[tuple[int, int, int, int]]:
    """(x, y, width, height) in pixels of each connected part of a mask (rows, columns), from the left.

    Parts with a gap of up to `JOINED_MM` are one: the mask is dilated by half of that before its parts are told apart,
    and the boxes are made smaller again by as much. `pitch_mm` is along the travel and across. Scattered things fill
    little of a box around all of them, so that a finding on any of them would not fit it.
    """
    along, across = (round(JOINED_MM / 2 / pitch) for pitch in pitch_mm)
    padded = np.pad(mask.astype(np.uint8), ((across, across), (along, along)))
    joined = cv2.dilate(padded, np.ones((2 * across + 1, 2 * along + 1), np.uint8))
    _, _, parts, _ = cv2.connectedComponentsWithStats(joined)
    # The first is the background; a dilated part begins where it did before the padding.
    return sorted(
        (int(x), int(y), int(width) - 2 * along, int(height) - 2 * across)
        for x, y, width, height, _ in parts[1:]
    )


def visibility_of(
    hidden: HiddenShadow, shadow: Shadow, primary: Float32Array, scanner: Scanner
) -> tuple[float, float]:
    """`visibility` of one hidden thing in a scan: what scatters into its place is there with and without it."""
    along, across = (max(round(CLUTTER_RING_MM / pitch), 2) for pitch in scanner.pitch_mm)
    reach = along + round(SCATTER_REACH * scanner.scatter_px)
    first = max(hidden.columns.start - reach, 0)
    rows = slice(max(hidden.rows.start - across, 0), hidden.rows.stop + across)
    columns = slice(max(hidden.columns.start - along, 0), hidden.columns.stop + along)
    near = slice(columns.start - first, columns.stop - first)
    with_it = primary[:, first : hidden.columns.stop + reach].copy()
    without = with_it.copy()
    benign = np.ascontiguousarray(shadow.benign[:, rows, columns])
    without[rows, near] = noise_free(benign, scanner, energies=1)[0]
    mask = np.zeros(without.shape, np.bool_)
    mask[hidden.rows, hidden.columns.start - first : hidden.columns.stop - first] = hidden.mask
    return visibility(
        with_scatter(without, scanner)[rows, near],
        with_scatter(with_it, scanner)[rows, near],
        mask[rows, near],
        scanner.darkest,
        lambda transmission: alpha_sigma(transmission, scanner),
        (along, across),
    )


def visibility(
    t_without: Float32Array,
    t_with: Float32Array,
    mask: BoolArray,
    floor: float,
    alpha_sigma: Callable[[Float32Array], Float32Array],
    ring_px: tuple[int, int],
) -> tuple[float, float]:
    """Contrast to noise and clutter ratio of what changes a transmission (rows, columns) within a mask.

    Contrast to noise: mean over the mask of |delta alpha| by the pixel's sigma without it, at 5 mm; `alpha_sigma` gives
    that of a transmission. Clutter ratio: mean |delta alpha| by the rms of alpha without it around the mask, which
    itself is left out; `ring_px` is how far that goes, along and across. No transmission counts below the `floor`, the
    noise of the electronics or half a count: behind it nothing is seen, whatever the primary beam is.
    """
    without, with_it = (np.maximum(t, np.float32(floor)) for t in (t_without, t_with))
    delta = np.abs(np.log(without) - np.log(with_it))[mask]
    contrast = float((delta / alpha_sigma(without)[mask]).mean())
    along, across = ring_px
    around = cv2.dilate(mask.astype(np.uint8), np.ones((2 * across + 1, 2 * along + 1), np.uint8)) > 0
    around &= ~mask
    clutter = float(np.std(np.log(without)[around])) if around.any() else 0.0
    return contrast, float(delta.mean()) / max(clutter, 1e-3)


def alpha_sigma(transmission: Float32Array, scanner: Scanner) -> Float32Array:
    """Standard deviation of the high energy's alpha in a pixel of 5 mm, from counting, electronics and rounding."""
    along, across = scanner.pitch_mm
    share = np.float32(np.sqrt(along * across) / CANONICAL_PITCH_MM)
    return scanner.noise()[0].alpha_sigma(transmission) * share


def label_maps(shadow: Shadow, families: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Maps of the written image: layout, class of goods, family (0: none, else index + 1), added g/cm2."""
    family = np.zeros(shadow.layout.shape, np.uint8)
    added: Float32Array = np.zeros(shadow.layout.shape, np.float32)
    for hidden in shadow.hidden:
        family[hidden.rows, hidden.columns][hidden.mask] = families.index(hidden.family) + 1
        added[hidden.rows, hidden.columns] += hidden.net_g_cm2
    return {
        "layout": shadow.layout,
        "commodity": shadow.commodity,
        "family": family,
        "added_g_cm2": added.astype(np.float16),
    }
