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

from tallyscan.calibrate.noise import fit_noise
from tallyscan.detect.detector import Detector
from tallyscan.finding import Detection
from tallyscan.physics.beam import EAGLE_R60_6_MEV, beam_of
from tallyscan.scan import MIN_TRANSMISSION, BoolArray, Float32Array, NoiseModel, RawScan, Scan
from training.calibrated_scan import calibrated, decoded, readable
from training.composites import found_at, found_by, write_annotated
from training.insertions import (
    FAMILIES,
    Insertion,
    Rng,
    View,
    can_be_shown,
    changed_signal,
    draw_insertion,
    matter_before,
    ring_px,
    transmission_ratio,
    whole_mask,
)
from training.metrics import CLUTTER_EDGES, CONTRAST_TO_NOISE_EDGES, bin_label, share
from training.real_trucks import cannot_alarm
from training.simulate.truth import visibility

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


def eagle_scans(folder: Path) -> list[EagleScan]:
    """The scans of a folder of which the place of the container is known."""
    found = []
    for name, view in VIEWS.items():
        if not (folder / name).is_file():
            continue
        raw = decoded(name, (folder / name).read_bytes())
        scan = calibrated(raw, PROFILE)
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
    contrast, clutter = visibility_of(eagle, insertion, ratios[0])
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


def visibility_of(eagle: EagleScan, insertion: Insertion, ratio: Float32Array) -> tuple[float, float]:
    """`visibility` of what multiplies the high energy by `ratio` in the insertion's window.

    The median over 5 x 5 pixels stands for the transmission without noise; the noise is that of the calibrated scan,
    whose pixels are 5 mm.
    """
    without = np.asarray(cv2.medianBlur(eagle.transmission[0], 5), np.float32)
    with_it = without.copy()
    with_it[insertion.rows, insertion.columns] *= ratio
    mask, noise = whole_mask(insertion, without.shape), eagle.scan.noise[0]
    floor = max(noise.electronic, 0.5 / eagle.scan.measured["air_level"][0], MIN_TRANSMISSION)
    return visibility(without, with_it, mask, floor, noise.alpha_sigma, ring_px(eagle.view.pitch_mm))


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
    scan = readable(raw, PROFILE)
    return None if scan is None else detector.detect(scan, None)


Row = tuple[EagleComposite, bool, bool]
"""A composite; whether it is found; whether there is a finding, but one that the scan as it came has too."""


def eagle_figures(
    detector: Detector, folder: Path, out: Path | None = None, count: int = A_SCAN
) -> dict[str, Any]:
    """Share found at the shipped threshold, by contrast to noise, clutter ratio and family; {} without such scans.

    `alarms_as_they_came` counts the scans that alarm before anything is inserted; None where the card has no threshold
    for such scans.
    """
    scans = eagle_scans(folder)
    before = [said_of(detector, eagle.raw) for eagle in scans]
    rows: list[Row] = []
    for number, (eagle, untouched) in enumerate(zip(scans, before, strict=True)):
        made_here = track(composites(eagle, number, count), f"threats in {eagle.name}", total=count)
        for index, made in enumerate(made_here):
            said = said_of(detector, made.raw)
            there, anyway = (found_at(made.insertion.boxes, answer) for answer in (said, untouched))
            rows.append((made, there and not anyway, there and anyway))
            if out is not None:
                stem = f"{Path(eagle.name).stem}-{index}-{made.insertion.concealment.family}"
                annotate(out / f"{stem}.jpg", made, said, hit=rows[-1][1])
    if not scans:
        return {}
    silent = any(cannot_alarm(said) for said in before)
    alarms = sum(said is None or bool(said.anomaly.alarm) for said in before)
    return {
        "scans": len(scans),
        "alarms_as_they_came": None if silent else alarms,
        **detection_of(rows),
        "note": "half of both scans is opaque: what is put there cannot be seen and is in the lowest bins",
    }


def detection_of(rows: Sequence[Row]) -> dict[str, Any]:
    """Figures of composites, in all and by what can be seen of them."""
    hits, made = [hit for _, hit, _ in rows], [composite for composite, *_ in rows]
    contrasts = [bin_label(m.contrast_to_noise, CONTRAST_TO_NOISE_EDGES) for m in made]
    return {
        "composites": len(rows),
        "found": share(hits),
        "there_before": sum(anyway for *_, anyway in rows),
        "by_contrast_to_noise": found_by(contrasts, hits),
        "by_clutter_ratio": found_by([bin_label(m.clutter_ratio, CLUTTER_EDGES) for m in made], hits),
        "by_family": found_by([m.insertion.concealment.family for m in made], hits),
    }


def annotate(path: Path, made: EagleComposite, said: Detection | None, *, hit: bool) -> None:
    """The high energy as a picture, with what was inserted and what was found."""
    boxes = [] if said is None else [finding.box for finding in said.findings]
    picture = (np.sqrt(made.raw.pixels[0] / np.float32(65535)) * 255).astype(np.uint8)
    write_annotated(path, picture, made.insertion.box, boxes, hit=hit)
