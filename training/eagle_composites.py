"""Real counts of a dual-energy portal with simulated threats inserted, and what a model finds of them.

The counts of both energies are multiplied by the ratio of the transmissions with and without the threat, each in its
own beam, and noise is added where there are fewer photons now. It is the raw scan that is changed: air, dark rows,
masked detectors, stripes and rounding stay, and calibration and the estimate of the noise see the changed counts. What
stood there before is estimated from the high energy, as steel walls and goods like cellulose.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from tallyscan.acquire.decoders import Limits, decode
from tallyscan.calibrate.noise import fit_noise
from tallyscan.calibrate.profile import profile_for
from tallyscan.calibrate.quality import assess
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.detect.detector import Detector
from tallyscan.finding import Detection
from tallyscan.physics.beam import EAGLE_R60_6_MEV, beam_of
from tallyscan.scan import BoolArray, Float32Array, NoiseModel, RawScan, Scan, ScanFiles, ScanPart
from training.composites import found_at, write_annotated
from training.insertions import (
    FAMILIES,
    Insertion,
    Rng,
    View,
    around_mask,
    can_be_shown,
    changed_signal,
    draw_insertion,
    matter_before,
    transmission_ratio,
    whole_mask,
)
from training.metrics import CLUTTER_EDGES, CONTRAST_TO_NOISE_EDGES, bin_label, share
from training.observe import PROFILES

SEED = 4_100_001
A_SCAN = 160
DARK, DARKEST, OPEN_BEAM = 0.01, 0.002, 0.97  # transmission
TRIES = 6
PROFILE = "rapiscan_eagle_r60"
BEAMS = (EAGLE_R60_6_MEV, beam_of(4.0))
# The 20 ft containers in the two scans (ISO 668: 6058 mm, 2591 mm). They are cut off at the left, or just whole; the
# far top rail is 140 rows below the near one, and the bottom rails of both walls coincide: the source is as high.
VIEWS = {
    "r60-a.tif": View((-80, 2, 1358, 579), "22G1", 140 / 577, below_mm=0.0),
    "r60-b.tif": View((8, 2, 1446, 579), "22G1", 140 / 577, below_mm=0.0),
}


@dataclass(frozen=True, eq=False)
class EagleScan:
    """A raw scan as it came, calibrated, with the transmission (energy, rows, columns) of its raw pixels.

    `noise` is that of the raw pixels' transmission, one an energy.
    """

    name: str
    raw: RawScan
    scan: Scan
    transmission: Float32Array
    noise: tuple[NoiseModel, ...]
    view: View


@dataclass(frozen=True, eq=False)
class EagleComposite:
    """A raw scan with something in it; contrast and clutter as `training.simulate.truth` defines them."""

    raw: RawScan
    insertion: Insertion
    contrast_to_noise: float
    clutter_ratio: float


def calibrated(raw: RawScan) -> Scan:
    """In physical units, by the scanner's profile."""
    return to_physical(raw, profile_for(raw, PROFILES, PROFILE))


def eagle_scans(folder: Path) -> list[EagleScan]:
    """The scans of a folder of which the place of the container is known."""
    found = []
    for name, view in VIEWS.items():
        if not (folder / name).is_file():
            continue
        raw = decode(ScanFiles((ScanPart(name, (folder / name).read_bytes()),)), Limits())
        scan = calibrated(raw)
        air = np.array(scan.measured["air_level"], np.float32)
        transmission = raw.pixels.astype(np.float32) / air[:, None, None]
        noise = tuple(
            fit_noise(plane, 1 / float(level)) for plane, level in zip(transmission, air, strict=True)
        )
        found.append(EagleScan(name, raw, scan, transmission, noise, view))
    return found


def composite(rng: Rng, eagle: EagleScan, family: str) -> EagleComposite | None:
    """One concealment of a family in the container; None where it has no place."""
    high = np.clip(eagle.transmission[0], 1e-5, 1.0)
    steel, goods = matter_before(high, eagle.view, BEAMS[0])
    insertion = draw_insertion(rng, eagle.view, goods, family, loaded=True)
    if insertion is None:
        return None
    window = (slice(None), insertion.rows, insertion.columns)
    ratios = [transmission_ratio(insertion, steel, goods, beam) for beam in BEAMS]
    before = eagle.transmission[0, insertion.rows, insertion.columns]
    if not can_be_shown(before, ratios[0], insertion.mask, DARKEST, OPEN_BEAM):
        return None
    pixels = eagle.raw.pixels.copy()
    pixels[window] = changed_counts(rng, eagle, insertion, ratios)
    delta = -np.log(ratios[0])
    contrast, clutter = visibility(eagle, insertion, delta)
    return EagleComposite(replace(eagle.raw, pixels=pixels), insertion, contrast, clutter)


def changed_counts(
    rng: Rng, eagle: EagleScan, insertion: Insertion, ratios: Sequence[Float32Array]
) -> NDArray[np.uint16]:
    """Counts (energy, rows, columns) in the insertion's window."""
    full = np.iinfo(np.uint16).max
    planes = []
    for channel, (ratio, noise) in enumerate(zip(ratios, eagle.noise, strict=True)):
        counts = eagle.raw.pixels[channel, insertion.rows, insertion.columns]
        air = float(eagle.scan.measured["air_level"][channel])
        signal = eagle.transmission[channel, insertion.rows, insertion.columns]
        new = np.rint(changed_signal(rng, signal, ratio, noise) * np.float32(air))
        masked = (counts == 0) & ~opaque(signal)  # a detector that measures nothing measures nothing now
        planes.append(np.where(masked, counts, np.clip(new, 0, full).astype(np.uint16)))
    return np.stack(planes)


def opaque(signal: Float32Array) -> BoolArray:
    """Where the brightest of 5 x 5 pixels is dark: a zero there is goods, not a detector that is off."""
    return np.asarray(cv2.dilate(signal, np.ones((5, 5), np.uint8)) < DARK)


def visibility(eagle: EagleScan, insertion: Insertion, delta_alpha: Float32Array) -> tuple[float, float]:
    """Contrast to noise, mean |delta alpha| over the mask by a pixel's sigma without it at 5 mm; and clutter ratio."""
    high = np.clip(cv2.medianBlur(eagle.transmission[0], 5), 1e-5, 1.0)
    mask = whole_mask(insertion, high.shape)
    delta = float(np.abs(delta_alpha[insertion.mask]).mean())
    sigma = float(eagle.scan.noise[0].alpha_sigma(high[mask]).mean())
    around = around_mask(insertion, eagle.view.pitch_mm, high.shape)
    return delta / max(sigma, 1e-9), delta / max(float(np.std(np.log(high[around]))), 1e-3)


def composites(eagle: EagleScan, number: int, count: int = A_SCAN) -> Iterator[EagleComposite]:
    """`count` composites of scan `number`, the same whenever drawn; families follow one another."""
    for index in range(count):
        rng = np.random.default_rng([SEED, number, index])
        for step in range(TRIES):
            made = composite(rng, eagle, FAMILIES[(index + step) % len(FAMILIES)])
            if made is not None:
                yield made
                break


def said_of(detector: Detector, raw: RawScan) -> Detection | None:
    """What the service says; None where the scan is not read."""
    scan = calibrated(raw)
    return detector.detect(scan, None) if assess(scan).readable else None


def eagle_figures(
    detector: Detector, folder: Path, out: Path | None = None, count: int = A_SCAN
) -> dict[str, Any]:
    """Share found at the shipped threshold, by contrast to noise, clutter ratio and family; {} without such scans.

    `alarms_as_they_came` counts the scans that alarm before anything is inserted.
    """
    rows: list[tuple[EagleComposite, bool, bool]] = []
    scans = eagle_scans(folder)
    alarms = 0
    for number, eagle in enumerate(scans):
        before = said_of(detector, eagle.raw)
        alarms += before is None or bool(before.anomaly.alarm)
        made_here = track(composites(eagle, number, count), f"threats in {eagle.name}", total=count)
        for index, made in enumerate(made_here):
            said = said_of(detector, made.raw)
            hit, anyway = (found_at(made.insertion.box, answer) for answer in (said, before))
            rows.append((made, hit, anyway))
            if out is not None:
                stem = f"{Path(eagle.name).stem}-{index}-{made.insertion.concealment.family}"
                boxes = [] if said is None else [finding.box for finding in said.findings]
                picture = np.sqrt(made.raw.pixels[0] / np.float32(65535)) * 255
                write_annotated(
                    out / f"{stem}.jpg", picture.astype(np.uint8), made.insertion.box, boxes, hit=hit
                )
    if not scans:
        return {}

    def by(labels: list[str]) -> dict[str, Any]:
        return {
            name: {
                "count": labels.count(name),
                "found": share([row[1] for row, label in zip(rows, labels, strict=True) if label == name]),
            }
            for name in sorted(set(labels))
        }

    return {
        "scans": len(scans),
        "alarms_as_they_came": alarms,
        "composites": len(rows),
        "found": share([hit for _, hit, _ in rows]),
        "of_them_found_without": sum(hit and anyway for _, hit, anyway in rows),
        "by_contrast_to_noise": by(
            [bin_label(m.contrast_to_noise, CONTRAST_TO_NOISE_EDGES) for m, *_ in rows]
        ),
        "by_clutter_ratio": by([bin_label(m.clutter_ratio, CLUTTER_EDGES) for m, *_ in rows]),
        "by_family": by([made.insertion.concealment.family for made, *_ in rows]),
        "note": "half of both scans is opaque: what is put there cannot be seen and is in the lowest bins",
    }
