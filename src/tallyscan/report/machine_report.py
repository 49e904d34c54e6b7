"""The threat detection report of a reading: what a machine says. From the event that tells the reading.

CLEAR is said only of what was read, searched, held against its declaration and found in order: the green lane. What
was not read is aborted; what was read in part, or leaves a doubt, is unknown, and the reasons stand in the report.
"""

import math
from datetime import datetime
from typing import Any

from tallyscan.finding import Finding
from tallyscan.reading import Reading, reading_from_dict
from tallyscan.report.indicators import CONTENTS_RULES, INDICATORS, URGENT_FAMILIES
from tallyscan.report.scan_in_report import scan_in_report
from tallyscan.report.threat_report import (
    CATEGORIES,
    AbortReason,
    AlarmDecision,
    Algorithm,
    Threat,
    ThreatReport,
    report_uid,
)
from tallyscan.scan import Box

_ABORTS: dict[str, AbortReason] = {
    "incomplete_scan": "INCOMPLETE_SCAN",
    "corrupt_scan": "INCOMPLETE_SCAN",
    "unsupported_format": "FAILED_RECON",
    "not_calibrated": "FAILED_RECON",
    "invalid_sidecar": "FAILED_RECON",
    "too_large": "OUT_OF_BOUNDS",
    "unavailable": "TIMEOUT",
}
_QUALITY: AbortReason = "OUT_OF_BOUNDS"  # an image that no detector should judge: black, saturated, cut off
_OTHERWISE: AbortReason = "NOT_REVIEWED"


def machine_report(event: dict[str, Any], key: str) -> ThreatReport:
    """The report on the reading in a `scan-assessment` event, whose idempotency key, the reading's id, is its UID."""
    data = event["data"]
    reading = reading_from_dict(data["reading"])
    marks = (unit.number or unit.plate for unit in reading.containers)
    scan = scan_in_report(data, event["source"], "MACHINE", marks)
    decision, threats, reasons = _decided(reading)
    return ThreatReport(
        uid=report_uid(key),
        kind="MACHINE",
        decision=decision,
        decided_at=datetime.fromisoformat(event["time"]),
        **scan._asdict(),
        threats=threats,
        abort=_abort(reading) if reading.status != "read" else None,
        reasons=reasons,
        algorithm=_algorithm(reading, scan.scan_id, reasons),
        number=data["revision"],
        seconds=reading.seconds.total,
        supersedes=report_uid(data["supersedes"]) if data["supersedes"] else None,
    )


def _decided(reading: Reading) -> tuple[AlarmDecision, tuple[Threat, ...], tuple[str, ...]]:
    """The decision, what it rests on, and why it is not an all-clear."""
    if reading.status != "read":
        return "UNKNOWN", (), (reading.reason or "internal: the scan was not read.",)
    found = [_of_finding(finding) for finding in reading.findings]
    if reading.anomaly.decision == "alarm" and not found:
        words = "Something does not belong in such a load."
        found = [Threat("ANOMALY", words, "THREAT", reading.anomaly.score, _whole(reading))]
    threats = (*found, *_mismatches(reading))
    doubts = tuple(
        f"{indicator.code}: {INDICATORS.get(indicator.code, 'An indicator of the risk')}."
        for indicator in reading.risk.indicators
        if math.copysign(1.0, indicator.weight) > 0  # a weight of 0 was raised already, one of -0 lowers
    )
    if threats:
        return "ALARM", threats, doubts
    if reading.risk.lane == "green" and reading.anomaly.decision == "clear":
        return "CLEAR", (), ()
    return "UNKNOWN", (), doubts or (f"lane: {reading.risk.lane}.",)


def _of_finding(finding: Finding) -> Threat:
    """Findings are there only when they reach the threshold."""
    place = f", unit {finding.unit}" if finding.unit is not None else ""
    return Threat(
        category=CATEGORIES.get(finding.kind, "ANOMALY"),
        description=f"{finding.kind}{place}: {finding.explanation}",
        flag="HIGH_THREAT" if finding.kind in URGENT_FAMILIES else "THREAT",
        probability=finding.score,
        box=finding.box,
        mass_kg=finding.mass_kg,
    )


def _mismatches(reading: Reading) -> list[Threat]:
    """Goods that are not those declared: an anomaly of the whole unit, as DICOS has no category for it."""
    boxes = {unit.unit: unit.box for unit in reading.containers}
    return [
        Threat(
            category="ANOMALY",
            description=f"declaration mismatch ({verdict.rule}): {verdict.reason}",
            flag="THREAT",
            probability=verdict.score,
            box=boxes.get(verdict.unit) if verdict.unit is not None else _whole(reading),
        )
        for verdict in reading.verdicts
        if verdict.rule in CONTENTS_RULES and verdict.outcome == "differs"
    ]


def _whole(reading: Reading) -> Box | None:
    """All cargo units together; None where none was found."""
    boxes = [unit.box for unit in reading.containers]
    if not boxes:
        return None
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.x + box.width for box in boxes), max(box.y + box.height for box in boxes)
    return Box(left, top, right - left, bottom - top)


def _abort(reading: Reading) -> AbortReason:
    """The nearest of the reasons that DICOS has; the reading's own is in the report too."""
    code = (reading.reason or "").partition(":")[0]
    if code in _ABORTS:
        return _ABORTS[code]
    return _QUALITY if reading.status == "not_readable" and reading.grade is not None else _OTHERWISE


def _algorithm(reading: Reading, scan_id: str, reasons: tuple[str, ...]) -> Algorithm:
    of = reading.provenance
    anomaly = reading.anomaly
    said = {
        "thresholds": of.thresholds,
        "threshold": anomaly.threshold,
        "score": anomaly.score,
        "model_sha256": reading.model.sha256[:48],  # a value has 64 signs
        "software": of.software,
        "profile": of.profile,
        "declaration_version": of.declaration_version,
        "lane": reading.risk.lane,
        "risk": reading.risk.score,
        "scan": scan_id,
    }
    parameters = {name: str(value) for name, value in said.items() if value is not None}
    if reasons:
        parameters["reason"] = ",".join(dict.fromkeys(reason.partition(":")[0] for reason in reasons))
    return Algorithm(reading.model.name, reading.model.version, parameters)
