"""Scans in physical units, made with numpy."""

import numpy as np

from tallyscan.scan import CanonicalGrid, Grade, NoiseModel, Scan
from tallyscan.sidecar import Sidecar, UnitMark

AIR, WALL, GOODS, DENSE = 1.0, 0.87, 0.3, 0.005


def flat_scan(
    height: int = 200,
    width: int = 640,
    *,
    grade: Grade = "transmission",
    energies_mv: tuple[float, ...] = (6.0, 4.0),
    marks: tuple[str, ...] = (),
) -> Scan:
    """A container wall from (40, 30) to (600, 180) with nothing in it; draw into `transmission` to load it."""
    count = len(energies_mv) if grade == "transmission" else 1
    transmission = np.full((count, height, width), AIR, np.float32)
    transmission[:, 30:180, 40:600] = WALL
    return Scan(
        transmission=transmission,
        valid=np.ones((height, width), bool),
        grade=grade,
        energies_mv=energies_mv if grade == "transmission" else (),
        noise=(NoiseModel(1e-4, 1e-5),) * count,
        grid=CanonicalGrid(height, width, 0, False, 1.0, 1.0),
        pitch_known=grade == "transmission",
        sha256="0" * 64,
        scanner="test",
        profile="test",
        calibration_sha256="0" * 64,
        sidecar=Sidecar(units=tuple(UnitMark(container_number=mark) for mark in marks)),
    )
