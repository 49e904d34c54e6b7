"""The canonical scan as counts and a sidecar, in which the service itself reads the same transmission again.

Counts are transmission times `AIR_COUNTS`, the air level that the sidecar gives; a pixel of the canonical grid is a
pixel of the image, upright.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tallyscan import __version__
from tallyscan.scan import CANONICAL_PITCH_MM, BoolArray, Scan
from tallyscan.sidecar import Pitch, Sidecar

Counts = NDArray[np.uint16]
AIR_COUNTS = 60_000  # below full scale, where a count would look like a stuck pixel
FULL_SCALE = 65_535
_LONGEST_CAUTION = 500
_FILLED_FROM = 0.005  # of the pixels; single dead ones are no news


def canonical_counts(scan: Scan) -> Counts:
    """uint16 (energy, height, width), each within half a count of what it stands for, and 1 at least.

    Only rows and columns that were not measured at all are 0, by which they are known again. A display image has no
    air level: its greys are spread over all counts.
    """
    most = np.float32(AIR_COUNTS if scan.grade == "transmission" else FULL_SCALE)
    counts: Counts = np.clip(np.rint(scan.transmission * most), 1, most).astype(np.uint16)
    rows, columns = unmeasured_lines(scan.valid)
    counts[:, rows] = 0
    counts[:, :, columns] = 0
    return counts


def unmeasured_lines(valid: BoolArray) -> tuple[BoolArray, BoolArray]:
    """Rows and columns without a single measured pixel."""
    rows: BoolArray = np.logical_not(valid.any(axis=1))
    columns: BoolArray = np.logical_not(valid.any(axis=0))
    return rows, columns


def canonical_sidecar(scan: Scan) -> Sidecar:
    """What the counts mean. What the scan was made of stands under `extensions.tallyscan`, kept and not read.

    No scanner is named: its profile would speak of the original files. What was not sure of the scan stays so: its
    cautions go along.
    """
    said: dict[str, Any] = {
        "device": scan.sidecar.device,
        "site": scan.sidecar.site,
        "acquired_at": scan.sidecar.acquired_at,
        "grade": scan.grade,
        "full_scale": FULL_SCALE,
        "units": scan.sidecar.units or None,
        "orientation": {"quarter_turns": 0, "mirrored": False},
        "doors": scan.doors.end,
        "cautions": tuple(caution[:_LONGEST_CAUTION] for caution in _cautions(scan)) or None,
        "extensions": {"tallyscan": _made_of(scan)},
    }
    if scan.grade == "transmission":
        said |= {"energies_mv": scan.energies_mv, "air_level": (float(AIR_COUNTS),), "dark_level": (0.0,)}
    if scan.pitch_known:
        said["pitch_mm"] = Pitch(x=CANONICAL_PITCH_MM, y=CANONICAL_PITCH_MM)
    return Sidecar.model_validate({name: value for name, value in said.items() if value is not None})


def sidecar_json(sidecar: Sidecar) -> bytes:
    """As it lies beside the image, with what is said and nothing else."""
    return sidecar.model_dump_json(exclude_unset=True, indent=2).encode() + b"\n"


def _cautions(scan: Scan) -> tuple[str, ...]:
    filled = filled_share(scan)
    if filled < _FILLED_FROM:
        return scan.cautions
    return (
        *scan.cautions,
        f"filled: {filled:.1%} of the pixels were not measured and hold what is likely there.",
    )


def filled_share(scan: Scan) -> float:
    """Share of the pixels that were not measured and are not in a row or column that shows it."""
    rows, columns = unmeasured_lines(scan.valid)
    in_lines = rows[:, np.newaxis] | columns
    return float(np.mean(~scan.valid & ~in_lines))


def _made_of(scan: Scan) -> dict[str, Any]:
    return {
        "software": f"tallyscan {__version__}",
        "scan_sha256": scan.sha256,
        "scanner": scan.scanner,
        "profile": scan.profile,
        "calibration_sha256": scan.calibration_sha256,
        "grid": asdict(scan.grid),
        "filled_share": round(filled_share(scan), 6),
        "extensions": scan.sidecar.extensions,
    }
