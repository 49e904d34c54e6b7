"""Crops of simulated scans with their labels, made as training asks for them: no scene is seen twice."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from tallyscan.calibrate.display import to_relative_transmission
from tallyscan.detect.inputs import declaration_size, declared_goods_vector, scanner_vector
from tallyscan.physics.inversion import areal_density_g_cm2
from tallyscan.scan import MIN_TRANSMISSION, Float32Array, NoiseModel
from training.simulate.artefacts import ELECTRON_NOISE_FACTOR, measured, noise_free
from training.simulate.canvas import CARGO_SPACE, UNIT_END, px
from training.simulate.display import display_picture
from training.simulate.scanner import Scanner, draw_scanner
from training.simulate.scene import CLASS_INDEX, GOODS_THRESHOLD_G_CM2, Scene, build_scene
from training.simulate.structure import END_BAND_MM

Rng = np.random.Generator
CROP_HEIGHT, CROP_WIDTH = 640, 448
DISPLAY_HEIGHT = 640  # a display image of unknown pitch comes to so many canonical rows
MAX_GOODS_SHARE = 1.25
IGNORE = 255
# Attenuation per g/cm2 of thin matter at 6 MeV, and how much of it a label asks for: in pixels' noise of a
# transmission scan, in grey levels of a picture.
ALPHA_PER_G_CM2 = 0.04
VISIBLE_SIGMAS = 0.7
VISIBLE_GREYS = 2.5
MIN_END_PX = 18  # two cells and a bit of the layout map


@dataclass(frozen=True)
class Vocabulary:
    """What the model names, in the order of its outputs."""

    families: tuple[str, ...]
    commodities: tuple[str, ...]


@dataclass
class Crop:
    """Noise-free matter and labels of one window, before the scanner sees it."""

    basis: Float32Array
    goods: Float32Array
    layout: Float32Array
    commodity: Float32Array
    anomaly: Float32Array
    added_g_cm2: Float32Array
    present: Float32Array


def window(scene: Scene, rng: Rng, families: tuple[str, ...], display: bool) -> Crop:
    """Cut a window from a scene and bring it to the crop size: near the scale it will be served at."""
    canvas = scene.canvas
    if display:
        scale_y = DISPLAY_HEIGHT / canvas.height
        scale_x = scale_y * rng.uniform(0.45, 1.15)
    else:
        scale_y = rng.uniform(0.94, 1.06)
        scale_x = scale_y * rng.uniform(0.95, 1.05)
    height, width = round(CROP_HEIGHT / scale_y), round(CROP_WIDTH / scale_x)
    y0 = (
        0
        if display
        else int(rng.integers(min(0, canvas.height - height), max(canvas.height - height, 0) + 1))
    )
    centre = None
    if canvas.anomalies and rng.random() < 0.6:
        chosen = canvas.anomalies[int(rng.integers(len(canvas.anomalies)))]
        centre = chosen.x0 + rng.uniform(0, chosen.mask.shape[1])
    elif rng.random() < 0.8:
        unit = scene.units[int(rng.integers(len(scene.units)))].shape
        centre = rng.uniform(unit.x0, unit.x1)
    x0 = (
        round(centre - rng.uniform(0.1, 0.9) * width)
        if centre is not None
        else int(rng.integers(-width // 4, canvas.width))
    )
    x0 = min(max(x0, -width // 3), canvas.width - 2 * width // 3)
    inside = (
        slice(max(-y0, 0), min(canvas.height - y0, height)),
        slice(max(-x0, 0), min(canvas.width - x0, width)),
    )
    source = (slice(max(y0, 0), max(y0, 0) + inside[0].stop - inside[0].start),
              slice(max(x0, 0), max(x0, 0) + inside[1].stop - inside[1].start))  # fmt: skip

    # A crane or a slope tilts the unit, and the fan draws its roof and its posts aslant.
    tilt, slant = rng.normal(0, 0.012, 2) * (rng.random() < 0.6)
    shear = np.array([[1, slant, -slant * CROP_HEIGHT / 2], [tilt, 1, -tilt * CROP_WIDTH / 2]], np.float32)

    size = (CROP_WIDTH, CROP_HEIGHT)

    def cut(plane: np.ndarray, fill: float, nearest: bool = False) -> Float32Array:
        whole = np.full((height, width), fill, np.float32)
        whole[inside] = plane[source]
        smooth = cv2.INTER_AREA if scale_y < 1 else cv2.INTER_LINEAR
        out = cv2.resize(whole, size, interpolation=cv2.INTER_NEAREST if nearest else smooth)
        if tilt or slant:
            how = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
            out = cv2.warpAffine(out, shear, size, flags=how, borderValue=fill)
        return np.asarray(out, np.float32)

    added = np.zeros(canvas.goods.shape, np.float32)
    for a in canvas.anomalies:
        place = (slice(a.y0, a.y0 + a.mask.shape[0]), slice(a.x0, a.x0 + a.mask.shape[1]))
        added[place] += np.abs(a.added_g_cm2)
    anomaly = np.zeros((len(families), CROP_HEIGHT, CROP_WIDTH), np.float32)
    for index, family in enumerate(families):
        drawn = [a for a in canvas.anomalies if a.family == family]
        if drawn:
            mask = np.zeros(canvas.goods.shape, np.float32)
            for a in drawn:
                mask[a.y0 : a.y0 + a.mask.shape[0], a.x0 : a.x0 + a.mask.shape[1]][a.mask] = 1.0
            anomaly[index] = cut(mask, 0.0)
    return Crop(
        np.stack([cut(plane, 0.0) for plane in canvas.basis]),
        cut(canvas.goods, 0.0),
        with_wide_ends(cut(canvas.layout, 0.0, nearest=True), scale_x),
        cut(canvas.commodity, float(IGNORE), nearest=True),
        anomaly,
        cut(added, 0.0),
        cut(np.ones(canvas.goods.shape, np.float32), 0.0, nearest=True),
    )


def with_wide_ends(layout: Float32Array, scale_x: float) -> Float32Array:
    """Bands at the ends of units that no cell of the layout map can miss, however small the picture."""
    missing = MIN_END_PX - round(px(END_BAND_MM) * scale_x)
    if missing <= 0:
        return layout
    ends = cv2.dilate((layout == UNIT_END).astype(np.uint8), np.ones((1, 2 * missing + 1), np.uint8))
    return np.where((ends > 0) & (layout == CARGO_SPACE), np.float32(UNIT_END), layout)


def as_transmission(rng: Rng, crop: Crop, scanner: Scanner) -> tuple[Float32Array, Float32Array, np.ndarray]:
    """Image (3, height, width) of a calibrated scan, its scanner vector, and what is visible of anomalies."""
    image, alive = measured(rng, crop.basis, scanner)
    filled = np.where(alive, image, np.roll(image, 1, axis=2))
    image = np.clip(filled, MIN_TRANSMISSION, 1.0).astype(np.float32)
    spread = rng.uniform(0.7, 1.4)
    noise = tuple(
        NoiseModel(max(scanner.electronic, 1e-5) * spread, ELECTRON_NOISE_FACTOR / scanner.photons * spread)
        for _ in scanner.energies_mv
    )
    single = len(image) == 1 or rng.random() < 0.15
    if single:
        vector = scanner_vector(scanner.energies_mv[:1], noise[:1], display=False)
        image = np.stack([image[0], image[0]])
    else:
        vector = scanner_vector(scanner.energies_mv, noise, display=False)
    sigma = noise[0].alpha_sigma(image[0])
    visible = crop.added_g_cm2 * ALPHA_PER_G_CM2 > VISIBLE_SIGMAS * sigma
    return np.concatenate([image, (alive * crop.present)[None]]).astype(np.float32), vector[0], visible


def as_display(rng: Rng, crop: Crop, scanner: Scanner) -> tuple[Float32Array, Float32Array, np.ndarray]:
    """Image of a display-grade scan: what `tallyscan.calibrate` makes of a vendor's picture."""
    image, _ = measured(rng, crop.basis, scanner)
    grey = display_picture(rng, image[0]).astype(np.float32) / np.float32(255)
    transmission, _ = to_relative_transmission(grey, crop.present > 0)
    vector = scanner_vector((), (NoiseModel(0.0, 0.0),), display=True)
    planes = np.stack([transmission, transmission, crop.present])
    visible = crop.added_g_cm2 * ALPHA_PER_G_CM2 * transmission * 255 > VISIBLE_GREYS
    return planes.astype(np.float32), vector[0], visible


def pooled(plane: Float32Array, stride: int) -> Float32Array:
    """Mean over stride x stride cells."""
    size = (plane.shape[1] // stride, plane.shape[0] // stride)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def example(rng: Rng, scene: Scene, vocabulary: Vocabulary) -> dict[str, torch.Tensor]:
    """One training example: network inputs and the target of each head."""
    display = rng.random() < 0.4
    scanner = draw_scanner(rng)
    crop = window(scene, rng, vocabulary.families, display)
    image, vector, visible = (as_display if display else as_transmission)(rng, crop, scanner)
    image[:2] = np.where(crop.present > 0, image[:2], 1.0)
    targets = labels(crop, visible, scanner, vocabulary, display)
    if rng.random() < 0.5:
        image = np.ascontiguousarray(image[:, :, ::-1])
        targets = {name: np.ascontiguousarray(value[..., ::-1]) for name, value in targets.items()}
    declared = declaration_of(rng, scene, vocabulary)
    arrays = {"image": image, "scanner": vector, "declaration": declared, **targets}
    return {name: torch.from_numpy(value) for name, value in arrays.items()}


def labels(
    crop: Crop, visible: np.ndarray, scanner: Scanner, vocabulary: Vocabulary, display: bool
) -> dict[str, np.ndarray]:
    """Targets at the strides of the heads; `goods_weight` is 0 where goods cannot be weighed."""
    present_8 = pooled(crop.present, 8) > 0.5
    layout = crop.layout[4::8, 4::8].astype(np.int64)
    layout[~present_8] = IGNORE
    names = {CLASS_INDEX[name]: place for place, name in enumerate(vocabulary.commodities)}
    table = np.full(256, IGNORE, np.int64)
    for index, place in names.items():
        table[index] = place
    goods = pooled(crop.goods, 8)
    alpha = -np.log(noise_free(crop.basis, scanner)[0])
    # What nobody could see is neither a find nor a false alarm: it does not count.
    hidden = (crop.anomaly.max(axis=0) > 0.4) & ~visible
    mean_alpha = pooled(alpha, 8)
    areal = areal_density_g_cm2(mean_alpha, scanner.beams()[0]).astype(np.float32)
    weight = np.where((mean_alpha < 7) & present_8 & (not display), np.minimum(areal / 10, 1.0), 0.0)
    return {
        "layout": layout,
        "commodity": table[crop.commodity[4::8, 4::8].astype(np.uint8)],
        "loaded": (goods > GOODS_THRESHOLD_G_CM2).astype(np.float32)[None],
        "goods": np.clip(goods / np.maximum(areal, 0.05) / MAX_GOODS_SHARE, 0, 1).astype(np.float32)[None],
        "goods_weight": weight.astype(np.float32)[None],
        "anomaly": np.stack([pooled(plane, 4) for plane in crop.anomaly]),
        "anomaly_weight": 1 - (pooled(hidden.astype(np.float32), 4) > 0.5).astype(np.float32)[None],
        "present": present_8.astype(np.float32)[None],
    }


def declaration_of(rng: Rng, scene: Scene, vocabulary: Vocabulary) -> Float32Array:
    """The declared goods as the network is told: often nothing, sometimes the wrong thing."""
    names = vocabulary.commodities
    if rng.random() < 0.5:
        return np.zeros(declaration_size(names), np.float32)
    declared = sorted({name for unit in scene.units for name in unit.commodities})
    if rng.random() < 0.2:
        declared = [str(rng.choice(names))]
    mass = sum(unit.mass_kg for unit in scene.units) * rng.uniform(0.9, 1.1) * (rng.random() < 0.8)
    shares = dict(zip(declared, rng.dirichlet(np.full(len(declared), 5.0)), strict=True)) if declared else {}
    return declared_goods_vector(shares, mass, not declared, names)[0]


class SimulatedCrops(IterableDataset[dict[str, torch.Tensor]]):
    """An endless stream; several crops of a scene are spread over the next ones by a small shuffle buffer."""

    def __init__(self, vocabulary: Vocabulary, seed: int, crops_per_scene: int = 4, buffer: int = 64) -> None:
        self.vocabulary, self.seed, self.crops_per_scene, self.buffer = (
            vocabulary,
            seed,
            crops_per_scene,
            buffer,
        )

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        cv2.setNumThreads(1)
        kept: list[dict[str, torch.Tensor]] = []
        while True:
            scene = build_scene(rng)
            for _ in range(self.crops_per_scene):
                kept.append(example(rng, scene, self.vocabulary))
            while len(kept) > self.buffer:
                yield kept.pop(int(rng.integers(len(kept))))
