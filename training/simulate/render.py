"""A scene through a scanner: the files that arrive at the service, and the truth that belongs to them."""

import copy
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray

from tallyscan.finding import ANOMALY_FAMILIES
from tallyscan.physics.attenuation import FloatArray
from tallyscan.scan import Float32Array, Grade
from training.simulate.artefacts import bounce, measured, noise_free, to_counts, with_faults
from training.simulate.display import display_picture
from training.simulate.display_style import DisplayStyle, Margins, draw_style
from training.simulate.fan_beam import FanBeam
from training.simulate.manifest import cameras_read, declaration_of, invented_mark
from training.simulate.scanner import Rng, Scanner
from training.simulate.scene import NO_GOODS, Scene
from training.simulate.shadow import Shadow, cast, ridden
from training.simulate.truth import anomaly_truth, label_maps, units_truth


@dataclass(frozen=True, eq=False)
class Framing:
    """Which part of the world a scan shows: rows from `top_mm` to `bottom_mm`, columns from `x0_mm` to `x1_mm`."""

    top_mm: float
    bottom_mm: float
    x0_mm: float
    x1_mm: float


@dataclass
class SimulatedScan:
    """What is written to disk: `pixels` uint16 (energy, height, width), or uint8 (height, width[, 3]) for display.

    `twin` are the pixels of the same scan, same noise, with nothing hidden; None unless asked for.
    """

    pixels: NDArray[np.uint16] | NDArray[np.uint8]
    grade: Grade
    sidecar: dict[str, Any]
    declaration: dict[str, Any] | None
    truth: dict[str, Any]
    labels: dict[str, NDArray[Any]]
    twin: NDArray[np.uint16] | NDArray[np.uint8] | None = None


def draw_framing(rng: Rng, scene: Scene, scanner: Scanner, *, tight: bool = False) -> Framing:
    """The whole vehicle with air around it, or (tight, and now and then anyway) little more than its units."""
    extent = scene.vehicle.extent
    outers = [loaded.unit.outer for loaded in scene.units]
    tight = tight or rng.random() < 0.15
    ahead, behind = rng.uniform(50, 300, 2) if tight else rng.uniform(100, 2500, 2)
    x0 = (min(o.x0 for o in outers) if tight else extent.x0) - ahead
    x1 = (max(o.x1 for o in outers) if tight else extent.x1) + behind
    if scanner.model.view == "top":
        half_width = max(extent.z1, -extent.z0)
        left, right = scanner.window_mm(extent.y1, half_width)
        beside = rng.uniform(50, 500, 2)
        return Framing(float(left + beside[0]), float(right - beside[1]), float(x0), float(x1))
    top, ground = scanner.window_mm(max(o.y1 for o in outers))
    top += rng.uniform(50, 250) if tight else rng.uniform(100, 800)
    floor = min(o.y0 for o in outers)
    bottom = floor - rng.uniform(100, 400) if tight else rng.uniform(ground, max(floor - 300, ground + 1))
    return Framing(float(top), float(bottom), float(x0), float(x1))


def render(
    rng: Rng,
    scene: Scene,
    scanner: Scanner,
    grade: Grade = "transmission",
    declared: str = "truth",
    *,
    framing: Framing | None = None,
    style: DisplayStyle | None = None,
    with_twin: bool = False,
) -> SimulatedScan:
    """Measure a scene with a scanner and write down what is true of it, in pixels of the written image."""
    framing = framing or draw_framing(rng, scene, scanner)
    beam = scanner.beam(framing.top_mm, framing.bottom_mm)
    columns = scanner.columns(rng, framing.x0_mm, framing.x1_mm)
    shadow = cast(scene, beam, columns, scanner.pitch_mm[1])
    rise = bounce(rng, scanner.faults, len(columns))
    if rise is not None:
        shadow = ridden(shadow, rise)
    noise = copy.deepcopy(rng)
    primary = noise_free(shadow.basis, scanner)
    image, _ = with_faults(rng, primary, scanner, beam.rows_mm)
    twin_image = measured(noise, shadow.benign, scanner, beam.rows_mm)[0] if with_twin else None
    marks = [invented_mark(rng, loaded.unit) for loaded in scene.units]
    truth = truth_of(scene, shadow, primary, scanner, beam, columns, marks, rise)
    declaration, truth["declared"] = declaration_of(rng, scene, marks, declared)
    labels = label_maps(shadow, ANOMALY_FAMILIES)
    sidecar: dict[str, Any] = {
        "scanner": "tallyscan_simulator",
        "device": "simulator",
        "acquired_at": f"2026-{rng.integers(1, 10):02d}-{rng.integers(1, 28):02d}T{rng.integers(24):02d}:15:00Z",
        "units": [cameras_read(loaded.unit, mark) for loaded, mark in zip(scene.units, marks, strict=True)],
    }
    if grade == "display":
        style = style or draw_style(rng)
        again = copy.deepcopy(rng)
        picture = display_picture(rng, image, style)
        twin = display_picture(again, twin_image, style) if twin_image is not None else None
        moved = {**truth, **moved_boxes(truth, style.affine)}
        maps = moved_maps(labels, picture.shape[:2], style.margins)
        return SimulatedScan(picture, "display", {"units": sidecar["units"]}, declaration, moved, maps, twin)
    again = copy.deepcopy(rng)
    counts, air = to_counts(rng, image, scanner)
    sidecar |= {
        "grade": "transmission",
        "energies_mv": list(scanner.energies_mv),
        "air_level": [round(level, 1) for level in air],
        "full_scale": scanner.full_scale,
        "pitch_mm": {"x": round(scanner.line_pitch_mm, 3), "y": round(scanner.pitch_mm[1], 3)},
    }
    twin_counts = to_counts(again, twin_image, scanner)[0] if twin_image is not None else None
    return SimulatedScan(counts, "transmission", sidecar, declaration, truth, labels, twin_counts)


def truth_of(
    scene: Scene,
    shadow: Shadow,
    primary: Float32Array,
    scanner: Scanner,
    beam: FanBeam,
    columns_mm: FloatArray,
    marks: list[str],
    rise_px: Float32Array | None,
) -> dict[str, Any]:
    """Units with box, emptiness, mass and classes; anomalies with boxes, areal density and contrast.

    `primary` (energy, rows, columns) is `noise_free` of the shadow.
    """
    return {
        "vehicle": scene.vehicle.kind,
        "scanner_model": scanner.model.name,
        "units": units_truth(scene, beam, columns_mm, marks, rise_px),
        "mass_kg": round(sum(loaded.mass_kg for loaded in scene.units), 1),
        "anomalies": [anomaly_truth(hidden, shadow, primary[0], scanner) for hidden in shadow.hidden],
    }


def moved_boxes(truth: dict[str, Any], affine: tuple[float, float, float, float]) -> dict[str, Any]:
    """Boxes of units and anomalies in pixels of a picture that was resampled and framed."""

    scale_x, scale_y, offset_x, offset_y = affine

    def moved_box(box: list[float]) -> list[float]:
        x, y, width, height = box
        moved = (x * scale_x + offset_x, y * scale_y + offset_y, width * scale_x, height * scale_y)
        return [round(value, 1) for value in moved]

    def moved(entry: dict[str, Any]) -> dict[str, Any]:
        parts = {"boxes": [moved_box(box) for box in entry["boxes"]]} if "boxes" in entry else {}
        return entry | {"box": moved_box(entry["box"])} | parts

    return {name: [moved(entry) for entry in truth[name]] for name in ("units", "anomalies")}


def moved_maps(
    labels: dict[str, NDArray[Any]], shape: tuple[int, ...], margins: Margins
) -> dict[str, NDArray[Any]]:
    """Label maps on a picture (height, width) that was resampled and framed: each pixel has its nearest label.

    On the margins is what is there where nothing is.
    """
    top, right, bottom, left = margins
    size = (shape[1] - left - right, shape[0] - top - bottom)
    moved = {}
    for name, plane in labels.items():
        # OpenCV resizes no float16.
        inner = cv2.resize(
            plane.view(np.uint16) if plane.itemsize == 2 else plane, size, interpolation=cv2.INTER_NEAREST
        )
        nothing = NO_GOODS if name == "commodity" else 0
        whole = cv2.copyMakeBorder(inner, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(nothing,))
        moved[name] = np.asarray(whole).view(plane.dtype)
    return moved


def encoded(scan: SimulatedScan, pixels: NDArray[Any] | None = None) -> bytes:
    """The image file: 16-bit TIFF with one page an energy, deflate with predictor; JPEG for display."""
    pixels = scan.pixels if pixels is None else pixels
    if scan.grade == "display":
        return bytes(imagecodecs.jpeg_encode(pixels, level=92))
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for page in pixels:
            writer.write(page, compression="zlib", predictor=True, metadata=None, rowsperstrip=64)
    return buffer.getvalue()


def write_case(folder: Path, scan: SimulatedScan, *, with_labels: bool = False, stem: str = "scan") -> None:
    """`<stem>.tif` (or `.jpg`) with its JSON documents; the label maps and the benign twin where asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    suffix = "jpg" if scan.grade == "display" else "tif"
    (folder / f"{stem}.{suffix}").write_bytes(encoded(scan))
    if scan.twin is not None:
        (folder / f"twin.{suffix}").write_bytes(encoded(scan, scan.twin))
    if with_labels and scan.labels:
        np.savez_compressed(folder / "labels.npz", allow_pickle=False, **scan.labels)
    documents = {
        f"{stem}.json": scan.sidecar,
        f"{stem}.declaration.json": scan.declaration,
        f"{stem}.expected.json": scan.truth,
    }
    for name, document in documents.items():
        if document is not None:
            (folder / name).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
