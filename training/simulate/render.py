"""A scene through a scanner: the files that arrive at the service, and the truth that belongs to them."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray

from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.reconcile.iso6346 import check_digit
from tallyscan.scan import CANONICAL_PITCH_MM, Grade
from training.simulate.artefacts import FULL_SCALE, measured, noise_free, to_counts
from training.simulate.canvas import DrawnAnomaly, Float32Array
from training.simulate.display import display_picture
from training.simulate.scanner import Rng, Scanner
from training.simulate.scene import KG_PER_G_CM2, Scene

Declared = Literal["truth", "none", "other_commodity", "half_mass", "empty"]
# An owner code that no register has: numbers of simulated containers can be told from real ones.
INVENTED_OWNER = "ZZZU"
# One common subheading (HS 2022) of each class.
DECLARED_HS = {
    "frozen_meat_fish": "020230", "fresh_produce": "080510", "coffee_cocoa_bags": "090111", "grain_flour": "100630",
    "sugar_salt": "170199", "edible_oil_liquid": "151190", "bottled_drinks": "220299", "canned_food": "160414",
    "tobacco_leaf": "240110", "cigarettes": "240220", "minerals_cement": "252329", "chemicals_drums": "290511",
    "fertiliser": "310230", "pharma_cosmetics": "300490", "polymer_pellets": "390110",
    "plastic_articles_toys": "950300", "rubber_bales": "400122", "tyres": "401120", "hides_leather": "410449",
    "timber_plywood": "441231", "paper_rolls": "480100", "waste_bales": "470710", "cotton_fibre_bales": "520100",
    "textiles_garments": "610910", "footwear_bags": "640399", "stone_ceramic": "690721", "glass": "700529",
    "steel_products": "720839", "nonferrous_metal": "760110", "scrap_metal": "720449", "machinery": "847989",
    "electronics": "851713", "vehicles_parts": "870829", "furniture_household": "940360",
}  # fmt: skip


@dataclass
class SimulatedScan:
    """What is written to disk: `pixels` uint16 (energy, height, width), or uint8 (height, width) for display."""

    pixels: NDArray[np.uint16] | NDArray[np.uint8]
    grade: Grade
    sidecar: dict[str, Any]
    declaration: dict[str, Any] | None
    truth: dict[str, Any]


def container_number(rng: Rng) -> str:
    """An invented container number with a right check digit."""
    stem = INVENTED_OWNER + "".join(str(digit) for digit in rng.integers(0, 10, 6))
    return f"{stem}{check_digit(stem)}"


def render(
    rng: Rng, scene: Scene, scanner: Scanner, grade: Grade = "transmission", declared: Declared = "truth"
) -> SimulatedScan:
    """Measure a scene with a scanner and write down what is true of it, in pixels of the written image."""
    scale = CANONICAL_PITCH_MM / scanner.pitch_mm
    basis = scene.canvas.basis
    if abs(scale - 1) > 1e-6:
        size = (round(scene.canvas.width * scale), round(scene.canvas.height * scale))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        basis = np.stack([cv2.resize(plane, size, interpolation=how) for plane in basis])
    image, _ = measured(rng, basis, scanner)
    numbers = [container_number(rng) for _ in scene.units]
    sidecar: dict[str, Any] = {
        "scanner": "tallyscan_simulator",
        "device": "simulator",
        "acquired_at": f"2026-{rng.integers(1, 10):02d}-{rng.integers(1, 28):02d}T{rng.integers(24):02d}:15:00Z",
        "units": [{"container_number": number} for number in numbers],
    }
    truth = truth_of(scene, scanner, scale, numbers, declared)
    declaration = declaration_of(rng, scene, numbers, declared)
    if grade == "display":
        return SimulatedScan(
            display_picture(rng, image[0]), "display", {"units": sidecar["units"]}, declaration, truth
        )
    counts, air = to_counts(rng, image)
    sidecar |= {
        "grade": "transmission",
        "energies_mv": list(scanner.energies_mv),
        "air_level": [round(level, 1) for level in air],
        "full_scale": FULL_SCALE,
        "pitch_mm": {"x": scanner.pitch_mm, "y": scanner.pitch_mm},
    }
    return SimulatedScan(counts, "transmission", sidecar, declaration, truth)


def truth_of(
    scene: Scene, scanner: Scanner, scale: float, numbers: list[str], declared: Declared
) -> dict[str, Any]:
    """Units with box, emptiness, mass and commodities; anomalies with box, areal density and contrast."""
    units = []
    for index, unit in enumerate(scene.units):
        s = unit.shape
        units.append(
            {
                "unit": index + 1,
                "number": numbers[index],
                "kind": "container" if "container" in s.kind else "trailer",
                "box": scaled(s.x0, s.y0, s.x1 - s.x0, s.y1 - s.y0, scale),
                "empty": not unit.commodities and unit.mass_kg < 1.0,
                "mass_kg": round(unit.mass_kg, 1),
                "commodities": list(unit.commodities),
            }
        )
    return {
        "units": units,
        "mass_kg": round(sum(unit.mass_kg for unit in scene.units), 1),
        "anomalies": [anomaly_truth(scene, anomaly, scanner, scale) for anomaly in scene.canvas.anomalies],
        "declared": declared,
    }


def anomaly_truth(scene: Scene, anomaly: DrawnAnomaly, scanner: Scanner, scale: float) -> dict[str, Any]:
    """Contrast to noise: mean |delta alpha| over the mask by the pixel's sigma without the anomaly, at 5 mm."""
    height, width = anomaly.mask.shape
    window = (slice(anomaly.y0, anomaly.y0 + height), slice(anomaly.x0, anomaly.x0 + width))
    with_it = scene.canvas.basis[:, window[0], window[1]]
    without = with_it.copy()
    # Removing carbon of the same areal density is close enough for a contrast; masses are exact.
    without[0] = np.maximum(without[0] - anomaly.added_g_cm2, 0.0)
    t_with = noise_free(np.ascontiguousarray(with_it), scanner)[0]
    t_without = noise_free(np.ascontiguousarray(without), scanner)[0]
    delta = np.abs(np.log(t_without) - np.log(t_with))[anomaly.mask].mean()
    sigma = pixel_sigma(t_without, scanner)[anomaly.mask].mean()
    return {
        "family": anomaly.family,
        "box": scaled(anomaly.x0, anomaly.y0, width, height, scale),
        "areal_density_g_cm2": round(float(anomaly.added_g_cm2[anomaly.mask].mean()), 2),
        "contrast_to_noise": round(float(delta / sigma), 2),
        "mass_kg": round(float(anomaly.added_g_cm2.sum()) * KG_PER_G_CM2, 2),
    }


def pixel_sigma(transmission: Float32Array, scanner: Scanner) -> Float32Array:
    """Standard deviation of alpha in one 5 mm pixel from counting and electronics."""
    variance = 1.5 * transmission / scanner.photons + scanner.electronic**2
    return np.asarray(np.sqrt(variance) / np.maximum(transmission, 1e-6), np.float32)


def scaled(x: float, y: float, width: float, height: float, scale: float) -> list[float]:
    """A box in pixels of the written image."""
    return [round(value * scale, 1) for value in (x, y, width, height)]


def declaration_of(rng: Rng, scene: Scene, numbers: list[str], declared: Declared) -> dict[str, Any] | None:
    """What the trader says: the truth, or one thing wrong."""
    if declared == "none":
        return None
    items: list[dict[str, Any]] = []
    equipment = []
    for unit, number in zip(scene.units, numbers, strict=True):
        names = list(unit.commodities)
        if declared == "other_commodity" and names:
            group = CLASS_BY_NAME[names[0]].group
            others = [c for c in CLASS_BY_NAME.values() if c.group not in (group, "empty")]
            names = [others[int(rng.integers(len(others)))].name]
        if declared == "empty":
            names = []
        if not names:
            items.append(
                {
                    "goodsItemNumber": len(items) + 1,
                    "descriptionOfGoods": "Empty container",
                    "commodityCode": {"harmonizedSystemSubHeadingCode": "860900"},
                    "grossMass": 0.0,
                }
            )
            equipment.append({"containerIdentificationNumber": number, "goodsItemNumbers": [len(items)]})
            continue
        mass = unit.mass_kg * (0.5 if declared == "half_mass" else 1.0) * rng.uniform(0.98, 1.02)
        own = []
        for name in names:
            own.append(len(items) + 1)
            items.append(
                {
                    "goodsItemNumber": len(items) + 1,
                    "descriptionOfGoods": CLASS_BY_NAME[name].title,
                    "commodityCode": {"harmonizedSystemSubHeadingCode": DECLARED_HS[name]},
                    "grossMass": round(mass / len(names), 0),
                }
            )
        equipment.append({"containerIdentificationNumber": number, "goodsItemNumbers": own})
    return {
        "LRN": f"SIM-{int(rng.integers(10**8)):08d}",
        "transportEquipment": equipment,
        "goodsItems": items,
        "extensions": {"invented": True},
    }


def encoded(scan: SimulatedScan) -> bytes:
    """The image file: 16-bit TIFF with one page an energy, deflate with predictor; JPEG for display."""
    if scan.grade == "display":
        return bytes(imagecodecs.jpeg_encode(scan.pixels, level=92))
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for page in scan.pixels:
            writer.write(page, compression="zlib", predictor=True, metadata=None, rowsperstrip=64)
    return buffer.getvalue()


def write_case(folder: Path, scan: SimulatedScan) -> None:
    """`scan.tif` (or `scan.jpg`), `scan.json`, `scan.declaration.json` and `scan.expected.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    suffix = "jpg" if scan.grade == "display" else "tif"
    (folder / f"scan.{suffix}").write_bytes(encoded(scan))
    documents = {
        "scan.json": scan.sidecar,
        "scan.declaration.json": scan.declaration,
        "scan.expected.json": scan.truth,
    }
    for name, document in documents.items():
        if document is not None:
            (folder / name).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
