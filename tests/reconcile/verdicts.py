"""One rule's verdict on an invented scan and declaration."""

from tallyscan.declaration import Declaration
from tallyscan.finding import Detection
from tallyscan.known_consignment import UNKNOWN_CONSIGNMENT, KnownConsignment
from tallyscan.reconcile.rules import judge
from tallyscan.scan import Scan
from tallyscan.verdict import Verdict
from tests.reconcile.builders import READABLE, made_scan


def verdict_of(
    rule: str,
    detection: Detection,
    declaration: Declaration | None,
    *,
    scan: Scan | None = None,
    unit: int | None = 1,
    known: KnownConsignment = UNKNOWN_CONSIGNMENT,
) -> Verdict:
    """That of one unit."""
    verdicts = judge(scan or made_scan(), READABLE, detection, declaration, known)
    (verdict,) = [v for v in verdicts if v.rule == rule and v.unit == unit]
    return verdict
