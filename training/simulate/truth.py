"""What is true of a simulated scan, in pixels of the written image."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from tallyscan.physics.attenuation import FloatArray
from tallyscan.scan import CANONICAL_PITCH_MM, MIN_TRANSMISSION, BoolArray
from training.simulate.artefacts import noise_free
from training.simulate.fan_beam import FanBeam
from training.simulate.projection import Float32Array
from training.simulate.scanner import Scanner
from training.simulate.scene import Scene
from training.simulate.shadow import HiddenShadow, Shadow, pixel_box
from training.simulate.solids import mass_kg

CLUTTER_RING_MM = 150.0


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
    numbers: list[str],
    rise_px: Float32Array | None = None,
) -> list[dict[str, Any]]:
    """Box, emptiness, mass, classes and packing of every unit."""
    boxes = boxes_of_units(scene, beam, columns_mm, rise_px)
    return [
        {
            "unit": index + 1,
            "number": number,
            "kind": loaded.unit.kind,
            "equipment": loaded.unit.equipment,
            "box": box,
            "empty": not loaded.load.goods and loaded.mass_kg < 1.0,
            "mass_kg": round(loaded.mass_kg, 1),
            "commodities": list(loaded.commodities),
            "packings": sorted({goods.packing for goods in loaded.load.goods}),
            "load": list(loaded.load.notes),
        }
        for index, (loaded, box, number) in enumerate(zip(scene.units, boxes, numbers, strict=True))
    ]


def anomaly_truth(hidden: HiddenShadow, shadow: Shadow, scanner: Scanner, pitch_mm: float) -> dict[str, Any]:
    """What is known of one hidden thing; how well it can be seen, see `visibility`."""
    ring = max(round(CLUTTER_RING_MM / pitch_mm), 2)
    rows = slice(max(hidden.rows.start - ring, 0), hidden.rows.stop + ring)
    columns = slice(max(hidden.columns.start - ring, 0), hidden.columns.stop + ring)
    near = replace(
        shadow,
        benign=np.ascontiguousarray(shadow.benign[:, rows, columns]),
        change=None if shadow.change is None else shadow.change[:, rows, columns],
    )
    t_without, t_with = (noise_free(basis, scanner)[0] for basis in (near.benign, near.basis))
    y0, x0 = hidden.rows.start - rows.start, hidden.columns.start - columns.start
    mask = np.zeros(t_with.shape, np.bool_)
    mask[y0 : y0 + hidden.mask.shape[0], x0 : x0 + hidden.mask.shape[1]] = hidden.mask
    floor = max(scanner.electronic, MIN_TRANSMISSION)
    contrast, clutter_ratio = visibility(
        t_without, t_with, mask, floor, lambda without: alpha_sigma(without, scanner), (ring, ring)
    )
    x_0, y_0, x_1, y_1 = hidden.box
    concealment = hidden.concealment
    return {
        "family": hidden.family,
        "box": [float(x_0), float(y_0), float(x_1 - x_0), float(y_1 - y_0)],
        "areal_density_g_cm2": round(float(hidden.net_g_cm2[hidden.mask].mean()), 2),
        "contrast_to_noise": round(contrast, 2),
        "clutter_ratio": round(clutter_ratio, 2),
        "mass_kg": round(mass_kg(concealment.added) or mass_kg(concealment.removed), 2),
        "facts": dict(concealment.facts),
    }


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
    noise of the electronics: behind it nothing is seen, whatever the primary beam is.
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
    """Standard deviation of the high energy's alpha in a pixel of 5 mm, from counting and electronics."""
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
