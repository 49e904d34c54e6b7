"""An invented loaded container and readings of it, for the tests of picture, page and event."""

from dataclasses import replace
from typing import Any

import numpy as np

from tallyscan.finding import Anomaly, CargoUnit, Empty, Finding, Interval
from tallyscan.reading import Provenance, Reading, Seconds
from tallyscan.risk import Risk, RiskIndicator
from tallyscan.scan import MIN_TRANSMISSION, Box, CanonicalGrid, Grade, NoiseModel, Quality, Scan
from tallyscan.sidecar import Sidecar
from tallyscan.verdict import Verdict
from tests.reconcile.builders import ALARM, MODEL, made_region

UNIT_BOX = Box(120, 40, 2200, 480)


def made_cargo_scan(
    grade: Grade = "transmission", *, quarter_turns: int = 0, mirrored: bool = False, seed: int = 3
) -> Scan:
    """A 12 m container with pallets, drums, a dense block and holdalls at the doors; some dead columns."""
    height, width = 576, 2432
    rng = np.random.default_rng(seed)
    alpha = np.zeros((height, width), np.float32)
    alpha[40:520, 120:2320] += 0.12
    alpha[40:52, 120:2320] += 0.5
    alpha[500:520, 120:2320] += 1.4
    alpha[40:520, 120:2320:48] += 0.1
    for number, left in enumerate(range(160, 1900, 170)):
        alpha[220 + 20 * (number % 3) : 498, left : left + 150] += 1.2 + 0.25 * (number % 4)
        alpha[220:498, left : left + 150 : 25] += 0.2
    alpha[300:480, 900:980] += 4.0
    rows, columns = np.mgrid[:height, :width]
    for x, y, r in ((2200, 450, 38), (2140, 462, 30), (2250, 440, 34)):
        depth = np.clip(1 - ((columns - x) ** 2 / (r * 1.4) ** 2 + (rows - y) ** 2 / r**2), 0, 1)
        alpha += 1.6 * np.sqrt(depth)
    transmission = np.exp(-alpha) * (1 + rng.normal(0, 0.006, alpha.shape))
    transmission = np.clip(transmission, MIN_TRANSMISSION, 1).astype(np.float32)
    valid = np.ones((height, width), np.bool_)
    valid[:, 1400:1403] = False
    turned = quarter_turns % 2
    channels = 1 if grade == "display" else 2
    return Scan(
        transmission=np.stack([transmission] * channels),
        valid=valid,
        grade=grade,
        energies_mv=() if grade == "display" else (6.0, 4.0),
        noise=(NoiseModel(1e-4, 1e-5),) * channels,
        grid=CanonicalGrid(
            width if turned else height, height if turned else width, quarter_turns, mirrored, 1.0, 1.0
        ),
        pitch_known=True,
        sha256="a" * 64,
        scanner="invented",
        profile="invented",
        calibration_sha256="b" * 64,
        sidecar=Sidecar(),
    )


def finding(name: str, kind: Any, score: float, box: Box, *, measured: bool = True) -> Finding:
    """One finding; without physical units when it was not measured."""
    numbers = (14.2, 7.4, 63.0) if measured else (None, None, None)
    return Finding(name, 1, kind, score, box, *numbers, "Denser than what surrounds it, without a pattern.")


FINDINGS = (
    finding("F1", "rip_off_bags", 0.93, Box(2105, 400, 190, 100)),
    finding("F2", "shielded_nuclear", 0.71, Box(898, 298, 84, 184)),
    finding("F3", "bricks_in_load", 0.41, Box(990, 300, 90, 120), measured=False),
)


def made_reading(**changes: Any) -> Reading:
    """A reading with an alarm, verdicts of all three outcomes, and everything measured."""
    mass = Interval(14200.0, 12400.0, 16300.0)
    reading = Reading(
        scan="invented-0001",
        sha256="a" * 64,
        status="read",
        reason=None,
        grade="transmission",
        quality=Quality(True, ("drift: the air level moved by 2 %",)),
        containers=(CargoUnit(1, UNIT_BOX, "container", Empty(0.01), mass, "CSQU3054383", None),),
        anomaly=ALARM,
        findings=FINDINGS,
        commodities=(
            made_region(box=Box(150, 220, 1800, 280), fresh_produce=0.61, canned_food=0.3, tyres=0.09),
        ),
        empty=Empty(0.01),
        mass_kg=mass,
        mismatch=0.35,
        verdicts=(
            Verdict(1, "container_number", "agrees", 0.02, "The number read is the declared one.", {}),
            Verdict(1, "empty", "agrees", 0.01, "Declared with goods and seems loaded.", {}),
            Verdict(1, "mass", "differs", 0.91, "Declared 22 t, estimated 14.2 t.", {"low_kg": 12400.0}),
            Verdict(1, "commodity", "undetermined", None, "Not distinguishable by X-ray.", {}),
        ),
        risk=Risk(0.8123, "red", (RiskIndicator("XR-ANOMALY", 2.9), RiskIndicator("XR-MASS", 1.51))),
        model=MODEL,
        provenance=Provenance("tallyscan 0.1.0", "invented", "b" * 64, "sim-1", 2, {"threads": 2}, "whole"),
        seconds=Seconds(0.1, 0.2, 0.9, 0.01, 1.25),
    )
    return replace(reading, **changes)


NOT_READ = "black_image: no signal reached the detector in 97 % of the image. Scan again; check the source."


def made_unread(status: Any = "not_readable", reason: str = NOT_READ) -> Reading:
    """A reading of a scan that could not be read."""
    return made_reading(
        status=status,
        reason=reason,
        quality=Quality(False, (reason,)),
        containers=(),
        anomaly=Anomaly("not_assessed"),
        findings=(),
        commodities=(),
        empty=None,
        mass_kg=None,
        mismatch=None,
        verdicts=(Verdict(None, "mass", "undetermined", None, f"The scan was not read: {reason}", {}),),
        risk=Risk(None, "not_assessed", (RiskIndicator("XR-NOT-READ", 0.0),)),
    )
