"""Real truck pictures with simulated threats composited in, and how many of the visible ones a model finds.

The threat's attenuation is added behind the fitted display curve: grey * ratio ** gamma, where `ratio` is the
transmission with over without it. So nothing real is redrawn: structure, noise and artefacts stay and fade as they
would. What photon noise the darker place lacks is added, then the picture is rounded to 8 bits and stored with the JPEG
quality that it came with.

Visible: the mean change over the mask is at least `LEAST_CHANGE` grey levels, and more than the rms of the picture's
own greys in and 150 mm around the mask.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.progress import track

from tallyscan.calibrate.noise import fit_noise
from tallyscan.detect.detector import Detector
from tallyscan.finding import Detection
from tallyscan.scan import Float32Array, NoiseModel
from training.display_curve import BEAM, DisplayCurve, Grey, fitted_curve, pooled_curve
from training.insertions import (
    BLUR_PX,
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
)
from training.metrics import CLUTTER_EDGES, bin_label, share
from training.real_trucks import PixelBox, TruckPicture, detected
from training.scan_outcome import lies_on
from training.simulate.container_frame import HEIGHTS_MM

SEED = 4_000_001
A_TRUCK = 24  # composites of each truck: a quarter of them is visible
TRIES = 8
DARKEST_GREY = 4.0
OPEN_BEAM = 0.97  # of the bright level; behind two walls there is less
LEAST_CHANGE = 8.0  # grey levels of 255
LEAST_CLUTTER_RATIO = 1.0
CHANGE_EDGES = (8.0, 16.0, 32.0, 64.0)
# A container alone in less of the picture, or narrower, is a 20 ft one on a longer chassis.
SHORT_OF_PICTURE, SHORT_ASPECT = 0.5, 1.5
SHORT, LONG = "22G1", "45G1"


@dataclass(frozen=True, eq=False)
class Background:
    """A real picture with what was estimated of it: one view for each container, the curve, and its noise of a pixel.

    `grey` is uint8 (height, width), noise that of grey / 255.
    """

    truck: TruckPicture
    grey: Grey
    quality: int
    curve: DisplayCurve
    views: tuple[View, ...]
    noise: NoiseModel


@dataclass(frozen=True, eq=False)
class Composite:
    """A picture (height, width) with something in it, where, and how well it can be seen."""

    picture: Grey
    insertion: Insertion
    change_grey: float
    clutter_ratio: float

    @property
    def visible(self) -> bool:
        """By the definition above."""
        return self.change_grey >= LEAST_CHANGE and self.clutter_ratio > LEAST_CLUTTER_RATIO


def equipment_of(box: PixelBox, picture_width: int, boxes: int) -> str:
    """20 ft or 40 ft high cube: the speed of the scan stretches pictures, so lengths are guessed from the rest."""
    width, height = box[2] - box[0], box[3] - box[1]
    short = boxes > 1 or width < SHORT_OF_PICTURE * picture_width or width < SHORT_ASPECT * height
    return SHORT if short else LONG


def jpeg_quality(data: bytes) -> int:
    """The IJG quality whose luminance table is nearest to the first one in a JPEG file. Raises `ValueError` without."""
    start = data.find(b"\xff\xdb")
    if start < 0:
        raise ValueError("no quantisation table: not a JPEG file")
    table = np.frombuffer(data[start + 5 : start + 69], np.uint8).astype(np.float64)
    blank = np.zeros((8, 8), np.uint8)

    def distance(quality: int) -> float:
        coded = cv2.imencode(".jpg", blank, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        at = coded.find(b"\xff\xdb")
        return float(np.abs(np.frombuffer(coded[at + 5 : at + 69], np.uint8) - table).sum())

    return min(range(20, 101), key=distance)


def encoded(picture: Grey, quality: int) -> bytes:
    """The picture as a JPEG file of three equal channels, as these came."""
    colour = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    return bytes(cv2.imencode(".jpg", colour, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())


def backgrounds(trucks: Sequence[TruckPicture]) -> list[Background]:
    """Every truck with its fitted curve; where too little wall is in view, with the median curve of the others."""
    read = []
    for truck in trucks:
        data = truck.path.read_bytes()
        grey = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)
        codes = [equipment_of(box, grey.shape[1], len(truck.boxes)) for box in truck.boxes]
        fits = [
            fitted_curve(grey, box, HEIGHTS_MM[code[1]]) for box, code in zip(truck.boxes, codes, strict=True)
        ]
        own = next((fit for fit in fits if fit is not None), None)
        read.append((truck, grey, jpeg_quality(data), codes, own))
    known = [own for *_, own in read if own is not None]
    result = []
    for truck, grey, quality, codes, own in read:
        curve = own or pooled_curve(grey, truck.boxes[0], known)
        views = tuple(View(box, code, curve.far_rail) for box, code in zip(truck.boxes, codes, strict=True))
        noise = fit_noise(grey.astype(np.float32) / np.float32(255), 1 / 255)
        result.append(Background(truck, grey, quality, curve, views, noise))
    return result


def composite(rng: Rng, background: Background, family: str) -> Composite | None:
    """One concealment of a family in one of the containers; None where none has a place for it."""
    view = background.views[int(rng.integers(len(background.views)))]
    transmission = background.curve.transmission(background.grey)
    steel, goods = matter_before(transmission, view, BEAM)
    insertion = draw_insertion(rng, view, goods, family, loaded=not background.truck.empty)
    if insertion is None:
        return None
    ratio = transmission_ratio(insertion, steel, goods, BEAM) ** np.float32(background.curve.gamma)
    old = background.grey[insertion.rows, insertion.columns].astype(np.float32)
    if not can_be_shown(old, ratio, insertion.mask, DARKEST_GREY, OPEN_BEAM * background.curve.bright):
        return None
    return composed(rng, background, view, insertion, ratio)


def composed(
    rng: Rng, background: Background, view: View, insertion: Insertion, grey_ratio: Float32Array
) -> Composite:
    """The picture with its greys multiplied in the insertion's window, and the noise that is lacking there."""
    grey, window = background.grey, (insertion.rows, insertion.columns)
    old = grey[window].astype(np.float32) * np.float32(1 / 255)
    new = changed_signal(rng, old, grey_ratio, background.noise, BLUR_PX)
    picture = grey.copy()
    picture[window] = np.clip(np.rint(new * 255), 0, 255).astype(np.uint8)
    change = 255 * float(np.abs(cv2.blur(old, (5, 5)) * (grey_ratio - 1))[insertion.mask].mean())
    around = grey[around_mask(insertion, view.pitch_mm, grey.shape)]
    return Composite(picture, insertion, change, change / max(float(around.std()), 1.0))


def composites(background: Background, number: int, count: int = A_TRUCK) -> Iterator[Composite]:
    """`count` composites of truck `number`, the same whenever drawn; families follow one another over the trucks.

    Where a family has no place in this truck, the next one is tried.
    """
    for index in range(count):
        rng = np.random.default_rng([SEED, number, index])
        first = number * count + index
        for step in range(TRIES):
            made = composite(rng, background, FAMILIES[(first + step) % len(FAMILIES)])
            if made is not None:
                yield made
                break


def found_by(labels: Sequence[str], hits: Sequence[bool]) -> dict[str, Any]:
    """How many composites bear each label, and which share of them was found."""
    return {
        name: {
            "count": labels.count(name),
            "found": share([hit for hit, label in zip(hits, labels, strict=True) if label == name]),
        }
        for name in sorted(set(labels))
    }


def found_at(boxes: Sequence[Sequence[float]], said: Detection | None) -> bool:
    """A hit: the scan alarms and a finding lies on one of the boxes."""
    return said is not None and any(lies_on(boxes, finding.box) for finding in said.findings)


def composite_figures(
    detector: Detector, trucks: Sequence[TruckPicture], out: Path | None = None, count: int = A_TRUCK
) -> dict[str, Any]:
    """Share found at the shipped threshold of the visible ones, by family and by change of grey.

    A finding that lies there before anything is put in is no hit; `there_before` counts how often that was so.
    `out` gets annotated pictures. Raises `ValueError` without trucks.
    """
    if not trucks:
        raise ValueError("no trucks to put anything into")
    rows: list[tuple[Composite, bool, bool, bool]] = []
    pictures = backgrounds(trucks)
    for number, background in enumerate(track(pictures, "threats in real trucks")):
        name = background.truck.path.name
        before = detected(detector, name, background.truck.path.read_bytes())
        for index, made in enumerate(composites(background, number, count)):
            said = detected(detector, name, encoded(made.picture, background.quality))
            there, anyway = (found_at(made.insertion.boxes, answer) for answer in (said, before))
            hit = there and not anyway
            rows.append((made, hit, there and anyway, background.truck.empty))
            if out is not None:
                stem = f"{background.truck.path.stem}-{index}-{made.insertion.concealment.family}"
                boxes = [] if said is None else [finding.box for finding in said.findings]
                write_annotated(out / f"{stem}.jpg", made.picture, made.insertion.box, boxes, hit=hit)
    return {**detection_of(rows), **curve_figures(pictures)}


def detection_of(rows: Sequence[tuple[Composite, bool, bool, bool]]) -> dict[str, Any]:
    """Figures of (composite, hit, found before as well, empty truck)."""
    seen = [row for row in rows if row[0].visible]
    all_hits, hits = ([hit for _, hit, *_ in some] for some in (rows, seen))
    return {
        "composites": len(rows),
        "visible": len(seen),
        "found_of_visible": share(hits),
        "there_before": sum(anyway for _, _, anyway, _ in seen),
        "found_of_not_visible": share([hit for made, hit, _, _ in rows if not made.visible]),
        "visible_by_family": found_by([made.insertion.concealment.family for made, *_ in seen], hits),
        "visible_in": found_by(["empty" if empty else "loaded" for *_, empty in seen], hits),
        "by_clutter_ratio": found_by(
            [bin_label(made.clutter_ratio, CLUTTER_EDGES) for made, *_ in rows], all_hits
        ),
        "by_change_of_grey": found_by(
            [bin_label(made.change_grey, CHANGE_EDGES) for made, *_ in rows], all_hits
        ),
        "definition": (
            f"visible: mean change over the mask of {LEAST_CHANGE:g} grey levels or more, and larger than the rms of "
            "the greys in and 150 mm around it"
        ),
    }


def curve_figures(pictures: Sequence[Background]) -> dict[str, Any]:
    """What the display curves came out as, and how far two known thicknesses are off them."""
    measured = [b.curve for b in pictures if b.curve.misfit_grey is not None]
    gammas = [curve.gamma for curve in measured]
    return {
        "curves": {
            "assumed": "grey = bright * T ** gamma, from air, two side walls, and a wall with the roof",
            "measured_in": [len(measured), len(pictures)],
            "gamma_10_50_90": [float(v) for v in np.percentile(gammas, [10, 50, 90])] if gammas else [],
            "median_misfit_grey": float(np.median([c.misfit_grey for c in measured])) if gammas else None,
        }
    }


def write_annotated(
    path: Path, picture: Grey, truth: Sequence[float], findings: Sequence[Sequence[float]], *, hit: bool
) -> None:
    """The picture with the true box (green where hit, red where missed) and the findings (blue)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    boxes = [(box, (230, 120, 0), 3) for box in findings]
    boxes.append((truth, (0, 170, 0) if hit else (0, 0, 220), 6))
    for (x, y, width, height), shade, margin in boxes:
        start = (round(x) - margin, round(y) - margin)
        stop = (round(x + width) + margin, round(y + height) + margin)
        cv2.rectangle(colour, start, stop, shade, 2)
    cv2.imwrite(str(path), colour)
