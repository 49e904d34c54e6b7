"""A raw scan in physical units, by the service's own calibration and its own check of quality."""

from tallyscan.acquire.decoders import Limits, decode
from tallyscan.calibrate.profile import load_profiles, profile_for
from tallyscan.calibrate.quality import assess
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.scan import RawScan, Scan, ScanFiles, ScanPart

PROFILES = load_profiles()


def decoded(name: str, data: bytes) -> RawScan:
    """The raw scan of one image file without a sidecar. Raises `InputError` where the service would."""
    return decode(ScanFiles((ScanPart(name, data),)), Limits())


def calibrated(raw: RawScan, profile: str | None = None) -> Scan:
    """In physical units, by the profile of that name, else by the one that fits."""
    return to_physical(raw, profile_for(raw, PROFILES, profile))


def readable(raw: RawScan, profile: str | None = None) -> Scan | None:
    """The same; None where quality refuses it."""
    scan = calibrated(raw, profile)
    return scan if assess(scan).readable else None
