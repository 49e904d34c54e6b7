"""A loaded model: Scan and Declaration in, Detection out."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tallyscan.declaration import Declaration
from tallyscan.detect.card import ModelCard, read_model
from tallyscan.detect.heads import (
    MAX_UNPENETRATED_SHARE,
    commodity_regions,
    empty_probability,
    find_units,
    goods_mass_kg,
    over_cells,
)
from tallyscan.detect.inputs import SCANNER_INPUTS, STRIDE, declaration_vector, image_tensor, scanner_vector
from tallyscan.detect.regions import (
    MAX_FINDINGS,
    Region,
    candidate_regions,
    measured_finding,
    overlap,
    smoothed,
)
from tallyscan.detect.session import FloatMap, OnnxSession
from tallyscan.detect.tiles import choose_tiling, run_tiled
from tallyscan.errors import ModelContractError
from tallyscan.finding import (
    LOWER_BOUND_FROM,
    NOT_PENETRATED,
    Anomaly,
    Calibration,
    CargoUnit,
    CommodityRegion,
    Detection,
    Empty,
    Finding,
    Interval,
    ModelIdentity,
    Tiling,
)
from tallyscan.scan import CANONICAL_PITCH_MM, Box, Scan

CONTAINER_LENGTHS_MM = (6058, 9125, 12192, 13716)
CONTAINER_HEIGHTS_MM = (2438, 2591, 2896)
# Of its containers' size, a unit is called a container when it comes this close.
SIZE_TOLERANCE = 0.04


@dataclass(frozen=True, eq=False)
class Maps:
    """The maps of one run, without the batch axis, and how it was run."""

    by_head: dict[str, FloatMap]
    tiling: Tiling
    seconds: float


def check_heads(card: ModelCard, session: OnnxSession) -> None:
    """Run one small image: every output has the channels and the stride that the card says.

    Raises `ModelContractError`. A card that counts the families wrong would call a weapon by another name.
    """
    if missing := {head.output for head in card.heads.values()} - set(session.outputs):
        raise ModelContractError(f"The graph lacks the outputs {', '.join(sorted(missing))}.")
    side = 2 * STRIDE
    image = np.ones((1, 3, side, side), np.float32)
    scanner = np.zeros((1, len(SCANNER_INPUTS)), np.float32)
    outputs = session.run(image, scanner, np.zeros((1, card.declaration_size), np.float32))
    for name, head in card.heads.items():
        shape, cells = outputs[head.output].shape, side // head.stride
        if shape != (1, len(head.channels), cells, cells):
            raise ModelContractError(
                f"The card says {len(head.channels)} channels at stride {head.stride} for {name}; the graph gives "
                f"{shape[1]} at {side // shape[-1]}."
            )


class Detector:
    """One model in memory; load it once and share it."""

    def __init__(self, session: OnnxSession, card: ModelCard, whole_image_megapixels: float) -> None:
        self.session, self.card, self.whole_image_megapixels = session, card, whole_image_megapixels
        self.identity = ModelIdentity(card.name, card.version, card.sha256)
        self.thresholds = card.thresholds_id
        self.runtime = session.runtime

    @classmethod
    def load(cls, model_dir: Path, threads: int, whole_image_megapixels: float) -> "Detector":
        """The model of a folder with its card. Raises `ModelContractError` when they do not fit together."""
        card, model = read_model(model_dir)
        session = OnnxSession(model, threads)
        check_heads(card, session)
        return cls(session, card, whole_image_megapixels)

    def maps(self, scan: Scan, declaration: Declaration | None, tiling: Tiling | None = None) -> Maps:
        """Run the graph; `tiling` is chosen by the image's size unless a caller compares both."""
        image = image_tensor(scan)
        scanner = scanner_vector(scan.energies_mv, scan.noise, display=scan.grade == "display")
        vector = declaration_vector(declaration, self.card.commodities)
        chosen = tiling or choose_tiling(image.shape[2], image.shape[3], self.whole_image_megapixels)
        start = time.perf_counter()
        outputs = run_tiled(self.session, image, scanner, vector, chosen, self.card.halo_px)
        seconds = time.perf_counter() - start
        # What is not a number is never at or above a threshold: it would look like a clear scan.
        if broken := [name for name, maps in outputs.items() if not np.isfinite(maps).all()]:
            raise ModelContractError(
                f"The model answered with values that are no numbers: {', '.join(broken)}."
            )
        return Maps(
            {name: outputs[head.output][0] for name, head in self.card.heads.items()}, chosen, seconds
        )

    def detect(self, scan: Scan, declaration: Declaration | None) -> Detection:
        """Everything that the model says of a scan."""
        return self.interpret(scan, self.maps(scan, declaration))

    def interpret(self, scan: Scan, maps: Maps) -> Detection:
        """Maps -> Detection; pure."""
        by_head, card = maps.by_head, self.card
        stride = card.heads["layout"].stride
        shape = by_head["layout"].shape[1:]
        boxes = find_units(by_head["layout"], over_cells(scan.valid.astype(np.float32), shape, stride) > 0.5)
        alpha = over_cells(scan.attenuation, shape, stride) if scan.grade == "transmission" else None
        cautions: list[str] = []
        units: list[CargoUnit] = []
        commodities: list[CommodityRegion] = []
        marks = scan.sidecar.units if len(scan.sidecar.units) == len(boxes) else ()
        if scan.sidecar.units and not marks:
            cautions.append(
                f"unit_count: the scanner names {len(scan.sidecar.units)} cargo units, {len(boxes)} were found."
            )
        for number, unit in enumerate(boxes, start=1):
            empty = empty_probability(by_head["loaded"][0], unit, card.empty)
            mass, dark = None, 0.0
            if alpha is not None:
                mass, dark = goods_mass_kg(scan, alpha, by_head["goods"][0], unit, stride, card.mass)
            if dark > LOWER_BOUND_FROM:
                cautions.append(
                    f"{NOT_PENETRATED}: {dark:.0%} of the goods in unit {number} let nothing through."
                )
            mark = marks[number - 1] if marks else None
            box = unit.box(stride)
            units.append(
                CargoUnit(
                    number,
                    scan.grid.to_original(box),
                    unit_kind(box, scan),
                    Empty(round(empty, 5)),
                    mass,
                    mark.container_number if mark else None,
                    mark.plate if mark else None,
                    dark,
                )
            )
            commodities += commodity_regions(
                by_head["commodity"], by_head["loaded"][0], unit, number, stride, scan, card
            )
        if not boxes:
            cautions.append("no_unit: no container or cargo space was found in the image.")
        anomaly, findings = self.anomaly(scan, by_head["anomaly"], [unit.box(stride) for unit in boxes])
        # A load that lets nothing through can hide anything: no alarm is no answer there.
        if anomaly.alarm is False and any(unit.not_penetrated > MAX_UNPENETRATED_SHARE for unit in units):
            anomaly = replace(anomaly, decision="not_assessed", alarm=None)
        return Detection(
            tuple(units), anomaly, tuple(findings), tuple(commodities), whole_empty(units), whole_mass(units),
            self.identity, maps.tiling, maps.seconds, tuple(cautions), card.commodities,
        )  # fmt: skip

    def anomaly(self, scan: Scan, maps: FloatMap, units: list[Box]) -> tuple[Anomaly, list[Finding]]:
        """The scan's score against the threshold of its calibration group, and the findings that reach it."""
        head = self.card.heads["anomaly"]
        group = calibration_group(scan)
        threshold = self.card.thresholds[group]
        smooth = smoothed(maps)
        score = float(smooth.max())
        alarm = score >= threshold.threshold
        regions = candidate_regions(smooth, self.card.families, threshold.threshold) if alarm else []
        findings = [
            measured_finding(scan, region, head.stride, number, unit_of(region, head.stride, units))
            for number, region in enumerate(regions[:MAX_FINDINGS], start=1)
        ]
        calibration = Calibration(group, threshold.basis, threshold.benign_scans)
        decision = "alarm" if alarm else "clear"
        return Anomaly(decision, alarm, round(score, 5), threshold.threshold, calibration), findings  # type: ignore[arg-type]


def calibration_group(scan: Scan) -> str:
    """What shares a threshold: until a site has its own, the grade and the number of energies."""
    if scan.grade == "display":
        return "display"
    return "transmission_dual" if len(scan.energies_mv) > 1 else "transmission_single"


def unit_of(region: Region, stride: int, units: list[Box]) -> int | None:
    """The unit that holds most of the region; None outside of all."""
    shares = [overlap(region.box(stride), unit) for unit in units]
    return 1 + max(range(len(units)), key=shares.__getitem__) if units and max(shares) > 0 else None


def unit_kind(box: Box, scan: Scan) -> str:
    """`container` when length and height are those of one; `unknown` when the pitch is not known."""
    if not scan.pitch_known:
        return "unknown"

    def near(length_px: float, sizes: tuple[int, ...]) -> bool:
        return any(abs(length_px * CANONICAL_PITCH_MM / size - 1) < SIZE_TOLERANCE for size in sizes)

    return (
        "container"
        if near(box.width, CONTAINER_LENGTHS_MM) and near(box.height, CONTAINER_HEIGHTS_MM)
        else "other"
    )


def whole_empty(units: list[CargoUnit]) -> Empty | None:
    """Empty as a whole: every unit is; None without units."""
    if not units:
        return None
    probabilities = [unit.empty.probability for unit in units if unit.empty is not None]
    return Empty(min(probabilities))


def whole_mass(units: list[CargoUnit]) -> Interval | None:
    """Sum over the units; None when any of them could not be weighed."""
    masses = [unit.mass_kg for unit in units if unit.mass_kg is not None]
    if not units or len(masses) < len(units):
        return None
    return Interval(
        round(sum(mass.estimate for mass in masses), 1),
        round(sum(mass.low for mass in masses), 1),
        round(sum(mass.high for mass in masses), 1),
    )
