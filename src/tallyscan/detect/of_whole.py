"""What the whole scan showed goes into the detection of each of its cargo units: nothing that was found may vanish.

The network sees a unit that was cut out with other surroundings than in the whole image, and the chassis, the cab and
what hangs between two units are in no unit at all.
"""

from collections.abc import Sequence
from dataclasses import replace

from tallyscan.detect.regions import overlap
from tallyscan.finding import Anomaly, Detection, Finding
from tallyscan.scan import ScanUnit
from tallyscan.wording import Wording, as_said, said

SAME_THING = 0.3
"""Shared area, over the smaller of two boxes, from which two findings are of one thing."""


def with_findings_of_whole(
    detection: Detection, unit: ScanUnit, anomaly: Anomaly, findings: Sequence[Finding]
) -> Detection:
    """The detection of a unit with what the whole scan's has in this unit, or outside of every unit, and it has not.

    `anomaly` and `findings` are those of the whole. A finding reached the threshold of the whole scan, so with one the
    unit is in alarm too.
    """
    missing = [
        finding
        for finding in concerning(unit, findings)
        if not any(overlap(finding.box, mine.box) >= SAME_THING for mine in detection.findings)
    ]
    carried = [_carried(finding, number, unit) for number, finding in enumerate(missing, start=1)]
    if not carried:
        return detection
    if detection.anomaly.decision != "alarm":
        score = max(finding.score for finding in carried)
        own = replace(anomaly, decision="alarm", alarm=True, score=score)
        detection = replace(detection, anomaly=own)
    return replace(detection, findings=(*detection.findings, *carried))


def concerning(unit: ScanUnit, findings: Sequence[Finding]) -> list[Finding]:
    """Those of the whole scan that are in the unit, if only by a part, or outside of every unit."""
    return [f for f in findings if f.unit in (None, unit.number) or overlap(f.box, unit.box) > 0]


def _carried(finding: Finding, number: int, unit: ScanUnit) -> Finding:
    inside = overlap(finding.box, unit.box) > 0
    found = Wording(finding.said) if finding.said else as_said(finding.explanation)
    explanation = said("In the whole scan: {found}", found=found)
    if not inside:
        explanation = said("Outside of every cargo unit, in the whole scan: {found}", found=found)
    return replace(
        finding,
        id=f"W{number}",
        unit=unit.number if inside else None,
        explanation=str(explanation),
        said=explanation.sentences,
    )
