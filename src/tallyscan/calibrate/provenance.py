"""What a calibrated scan says of how it was calibrated."""

import hashlib
import json
from typing import Any

from tallyscan.calibrate.profile import ScannerProfile
from tallyscan.scan import RawScan


def scanner_cautions(raw: RawScan, profile: ScannerProfile) -> tuple[str, ...]:
    """What was assumed of the scanner."""
    named = raw.sidecar.scanner
    if named is None and profile.recognise is not None:
        return (f"scanner_assumed: no scanner is named; the image has the shape of one ({profile.title}).",)
    if named is not None and named != profile.name:
        return (f"other_profile: the scanner {named!r} was read with the profile {profile.name}.",)
    if named is None and profile.grade == "display" and raw.pixels.itemsize > 1:
        return ("scanner_unknown: no scanner is named and none was recognised, so counts stay greys.",)
    return ()


def calibration_sha256(profile: ScannerProfile, used: dict[str, Any]) -> str:
    """Of the profile and of the values that were used: the same for scans that were calibrated alike."""
    unused = {name for name in ("files", "raw", "sidecar", "display") if getattr(profile, name) is None}
    no_part = {*unused, "doors"}  # what plays no part in the calibration
    document = {"profile": profile.model_dump(mode="json", exclude=no_part), "used": used}
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
