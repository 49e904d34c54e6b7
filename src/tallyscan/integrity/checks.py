"""Every check of an image's integrity, and the one call that makes them."""

from collections.abc import Callable

from tallyscan.integrity.check_clock import check_clock
from tallyscan.integrity.check_copied_image import check_copied_image, check_reused_image
from tallyscan.integrity.check_cut_short import check_cut_short
from tallyscan.integrity.check_raw_missing import check_raw_missing
from tallyscan.integrity.evidence import Evidence
from tallyscan.integrity_check import CheckName, IntegrityCheck

CHECKS: dict[CheckName, Callable[[Evidence], IntegrityCheck]] = {
    "reused_image": check_reused_image,
    "copied_image": check_copied_image,
    "clock": check_clock,
    "cut_short": check_cut_short,
    "raw_missing": check_raw_missing,
}


def check_integrity(evidence: Evidence) -> tuple[IntegrityCheck, ...]:
    """Every check, in the order of `CHECKS`; what is missing makes it undetermined, never an agreement."""
    return tuple(check(evidence) for check in CHECKS.values())
