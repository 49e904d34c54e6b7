"""A loaded model: Scan and Declaration in, Detection out."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tallyscan.declaration import Declaration
from tallyscan.detect.card import ModelCard, read_model
from tallyscan.detect.card_calibration import NO_THRESHOLD
from tallyscan.detect.contract import check_heads
from tallyscan.detect.evidence import measured_finding
from tallyscan.detect.heads import (
    commodity_regions,
    empty_probability,
    mismatch_probability,
    over_cells,
    readable_share,
    weighed_goods,
)
from tallyscan.detect.inputs import (
    declaration_vector,
    goods_are_recognisable,
    image_tensor,
    scanner_vector,
)
from tallyscan.detect.load import load_seen
from tallyscan.detect.onnx_references import check_whole
from tallyscan.detect.regions import MAX_FINDINGS, Region, candidate_regions, overlap, smoothed
from tallyscan.detect.session import FloatMap, OnnxSession
from tallyscan.detect.tiles import choose_tiling, run_tiled
from tallyscan.detect.units import UnitBox, calibration_group, cells_of, find_units, unit_kind
from tallyscan.errors import ModelContractError
from tallyscan.finding import (
    LOWER_BOUND_FROM,
    MAX_UNPENETRATED_SHARE,
    NOT_PENETRATED,
    Anomaly,
    Calibration,
    CargoUnit,
    CommodityRegion,
    Detection,
    Empty,
    ExpectedPicture,
    Finding,
    Interval,
    ModelIdentity,
    Tiling,
)
from tallyscan.scan import Box, Float32Array, Scan

HALF_UNDERSTOOD = ("unknown_colours", "orientation_unsure")  # cautions of a display image
MIN_READABLE_SHARE = 0.5  # of a unit's cells: below it the reading says so


@dataclass(frozen=True, eq=False)
class Maps:
    """The maps of one run, without the batch axis, how it was run, and what was declared in it."""

    by_head: dict[str, FloatMap]
    tiling: Tiling
    seconds: float
    declaration: Declaration | None


class Detector:
    """One model in memory; load it once and share it."""

    def __init__(
        self,
        session: OnnxSession,
        card: ModelCard,
        whole_image_megapixels: float,
        signed_by: str | None = None,
    ) -> None:
        self.signed_by = signed_by
        self.session, self.card, self.whole_image_megapixels = session, card, whole_image_megapixels
        self.identity = ModelIdentity(card.name, card.version, card.sha256)
        self.thresholds = card.thresholds_id
        self.runtime = session.runtime | {"whole_image_megapixels": whole_image_megapixels}

    @classmethod
    def load(
        cls,
        model_dir: Path,
        threads: int,
        whole_image_megapixels: float,
        keys: Sequence[Ed25519PublicKey] = (),
    ) -> "Detector":
        """The model of a folder with its card, in memory from here on: what happens to the files changes nothing.

        Raises `ModelContractError` when they do not fit together, or no trusted key signed them where there are keys.
        """
        card, model, signed_by = read_model(model_dir, keys)
        check_whole(model)
        session = OnnxSession(model, threads)
        check_heads(card, session)
        return cls(session, card, whole_image_megapixels, signed_by)

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
        by_head = {name: outputs[head.output][0] for name, head in self.card.heads.items()}
        if not scan.valid.all():
            by_head["anomaly"] = where_measured(by_head["anomaly"], scan, self.card.heads["anomaly"].stride)
        return Maps(by_head, chosen, seconds, declaration)

    def detect(self, scan: Scan, declaration: Declaration | None) -> Detection:
        """Everything that the model says of a scan."""
        return self.interpret(scan, self.maps(scan, declaration))

    def interpret(self, scan: Scan, maps: Maps) -> Detection:
        """Maps -> Detection; pure."""
        by_head, stride = maps.by_head, self.card.heads["layout"].stride
        shape = by_head["layout"].shape[1:]
        if scan.unit is not None:
            boxes, first = [cells_of(scan.grid.to_canonical(scan.unit.box), stride, shape)], scan.unit.number
        else:
            boxes, first = (
                find_units(by_head["layout"], over_cells(scan.valid.astype(np.float32), shape, stride) > 0.5),
                1,
            )
        alpha = over_cells(scan.attenuation, shape, stride) if scan.grade == "transmission" else None
        cautions = cautions_of_units(scan, len(boxes))
        units: list[CargoUnit] = []
        commodities: list[CommodityRegion] = []
        for number, box in enumerate(boxes, start=first):
            unit = self.unit(scan, maps, box, number, alpha, named=len(boxes) == len(scan.sidecar.units))
            units.append(unit)
            cautions += cautions_of_unit(unit, readable_share(by_head["quality"][0], box))
            commodities += commodity_regions(
                by_head["commodity"], by_head["loaded"][0], box, number, stride, scan, self.card
            )
        expected = ExpectedPicture(
            by_head["expected"],
            by_head["expected_declared"] if maps.declaration else None,
            self.card.heads["expected"].stride,
            scan.grid,
        )
        group = calibration_group(scan, [unit.kind for unit in units])
        at = {unit.unit: box.box(stride) for unit, box in zip(units, boxes, strict=True)}
        anomaly, findings = self.anomaly(scan, maps, at, group, expected)
        if anomaly.threshold == NO_THRESHOLD:
            cautions.append(
                "no_threshold: this model knows too few benign scans of this kind to raise alarms."
            )
        # A load that lets nothing through can hide anything, and so can a picture that was not understood: no alarm is
        # no answer there.
        opaque = any(unit.not_penetrated > MAX_UNPENETRATED_SHARE for unit in units)
        if anomaly.alarm is False and (opaque or is_half_understood(scan)):
            anomaly = replace(anomaly, decision="not_assessed", alarm=None)
        mismatches = [unit.mismatch for unit in units if unit.mismatch is not None]
        return Detection(
            tuple(units), anomaly, tuple(findings), tuple(commodities), whole_empty(units), whole_mass(units),
            self.identity, maps.tiling, maps.seconds, tuple(cautions), self.card.commodities,
            max(mismatches, default=None), expected,
        )  # fmt: skip

    def unit(
        self, scan: Scan, maps: Maps, cells: UnitBox, number: int, alpha: Float32Array | None, *, named: bool
    ) -> CargoUnit:
        """What the maps say of one unit; `alpha` is None without physical units.

        `named`: the scanner names as many units as were found, so that the marks are theirs in their order.
        """
        by_head, card = maps.by_head, self.card
        stride, loaded = card.heads["layout"].stride, by_head["loaded"][0]
        weighed = (
            weighed_goods(scan, alpha, by_head["goods"][0], cells, stride, card.mass)
            if alpha is not None
            else None
        )
        mismatch = (
            mismatch_probability(by_head["mismatch"][0], loaded, cells, card.mismatch)
            if goods_are_recognisable(maps.declaration, card.commodities)
            else None
        )
        mark = scan.sidecar.units[0 if scan.unit else number - 1] if named else None
        number_read, plate_read = (mark.number_read, mark.plate_read) if mark else (None, None)
        box = cells.box(stride)
        return CargoUnit(
            unit=number,
            box=scan.grid.to_original(box),
            kind=unit_kind(box, scan),
            empty=Empty(round(empty_probability(loaded, cells, card.empty), 5)),
            mass_kg=weighed.mass_kg if weighed else None,
            number=number_read.text if number_read else None,
            plate=plate_read.text if plate_read else None,
            number_read=number_read,
            plate_read=plate_read,
            mismatch=None if mismatch is None else round(mismatch, 5),
            not_penetrated=weighed.not_penetrated if weighed else 0.0,
            goods_mean_alpha=weighed.mean_alpha if weighed else 0.0,
            load=load_seen(scan, by_head, cells, stride, alpha, declared=maps.declaration is not None),
        )

    def anomaly(
        self, scan: Scan, maps: Maps, units: Mapping[int, Box], group: str, expected: ExpectedPicture
    ) -> tuple[Anomaly, list[Finding]]:
        """The scan's score against the threshold of its calibration group, and the findings that reach it."""
        stride, score = self.card.heads["anomaly"].stride, self.card.score
        used, threshold = self.card.threshold_of(group)
        smooth = smoothed(maps.by_head["anomaly"])
        peak = float(smooth.max())
        published = score.published(peak)
        alarm = published >= threshold.threshold
        # Never above the peak itself: an alarm has a finding, whatever rounding does on the way back.
        floor = min(score.raw(threshold.threshold), peak)
        regions = (
            candidate_regions(smooth, maps.by_head["family"], self.card.families, floor) if alarm else []
        )
        findings = [
            measured_finding(
                scan,
                region,
                score.published(region.score),
                stride,
                number,
                unit_of(region, stride, units),
                expected,
            )
            for number, region in enumerate(regions[: MAX_FINDINGS * max(len(units), 1)], start=1)
        ]
        calibration = Calibration(used, threshold.basis, threshold.benign_scans)
        score_and_threshold = (round(published, 5), threshold.threshold, calibration)
        if threshold.threshold == NO_THRESHOLD:  # no score could alarm: that it does not says nothing
            return Anomaly("not_assessed", None, *score_and_threshold), []
        return Anomaly("alarm" if alarm else "clear", alarm, *score_and_threshold), findings


def is_half_understood(scan: Scan) -> bool:
    """A picture whose colours, or which way it stands, are not sure: it does not look like what was trained on."""
    return any(caution.partition(":")[0] in HALF_UNDERSTOOD for caution in scan.cautions)


def where_measured(anomaly: FloatMap, scan: Scan, stride: int) -> FloatMap:
    """The map (1, rows, columns) with 0 where most of a cell was not measured: there is nothing to find.

    Lines and letters that someone has drawn on a picture, masked rows of a detector. What lies under them is not seen,
    and the reading says that it was left out.
    """
    valid = over_cells(scan.valid.astype(np.float32), (anomaly.shape[1], anomaly.shape[2]), stride)
    inside = over_cells(np.ones(scan.valid.shape, np.float32), (anomaly.shape[1], anomaly.shape[2]), stride)
    return np.where(valid < 0.5 * inside, np.float32(0), anomaly)


def cautions_of_units(scan: Scan, found: int) -> list[str]:
    """No unit, or not as many as the scanner names."""
    cautions = []
    if scan.sidecar.units and len(scan.sidecar.units) != found:
        cautions.append(
            f"unit_count: the scanner names {len(scan.sidecar.units)} cargo units, {found} were found."
        )
    if not found:
        cautions.append("no_unit: no container or cargo space was found in the image.")
    return cautions


def cautions_of_unit(unit: CargoUnit, readable: float) -> list[str]:
    """What was not seen of a unit. A caution only: it never makes readable what quality refused, nor the reverse."""
    cautions = []
    if unit.not_penetrated > LOWER_BOUND_FROM:
        cautions.append(
            f"{NOT_PENETRATED}: {unit.not_penetrated:.0%} of the goods in unit {unit.unit} let nothing through."
        )
    if readable < MIN_READABLE_SHARE:
        cautions.append(
            f"model_quality: only {readable:.0%} of unit {unit.unit} is clear enough for the model: noise, or too "
            "little came through."
        )
    return cautions


def unit_of(region: Region, stride: int, units: Mapping[int, Box]) -> int | None:
    """The number of the unit that holds most of the region; None outside of all."""
    shares = {number: overlap(region.box(stride), box) for number, box in units.items()}
    return max(shares, key=shares.__getitem__) if shares and max(shares.values()) > 0 else None


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
