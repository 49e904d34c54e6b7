"""The threat detection report of an inspection: what is known because somebody looked. From the event that tells it.

CLEAR is said only of a load that was opened wholly and in which nothing was found. Goods that are not as declared are
no threat, and no all-clear either.
"""

from typing import Any

from tallyscan.inspection import FoundItem, Inspection
from tallyscan.report.indicators import URGENT_FAMILIES
from tallyscan.report.scan_in_report import scan_in_report
from tallyscan.report.threat_report import (
    CATEGORIES,
    AlarmDecision,
    Category,
    Threat,
    ThreatReport,
    report_uid,
)
from tallyscan.scan import Box


def ground_truth_report(event: dict[str, Any], key: str) -> ThreatReport:
    """The report on the inspection in a `scan-inspection` event, whose idempotency key makes its UID."""
    data = event["data"]
    inspection = Inspection.model_validate(data["inspection"])
    boxes = {place["unit"]: Box(*place["box"]) for place in data["scan"]["units"]}
    decision, reasons = _decided(inspection)
    return ThreatReport(
        uid=report_uid(key),
        kind="GROUND TRUTH",
        decision=decision,
        decided_at=inspection.at,
        **scan_in_report(data["scan"], event["source"], "GROUND TRUTH")._asdict(),
        threats=tuple(_found(item, boxes) for item in inspection.items if inspection.found),
        reasons=reasons,
        operator=inspection.by,
        number=data["number"],
        supersedes=report_uid(data["supersedes"]) if data["supersedes"] else None,
    )


def _decided(inspection: Inspection) -> tuple[AlarmDecision, tuple[str, ...]]:
    words = f" {inspection.comment}" if inspection.comment else ""
    if inspection.found:
        return "ALARM", (f"found: An inspection found something.{words}",)
    if inspection.opened == "no":
        return "UNKNOWN", (f"not_opened: Nobody looked inside.{words}",)
    if inspection.discrepancy:
        items = "; ".join(item.in_words for item in inspection.items)
        said = f" {items}." if items else ""
        return "UNKNOWN", (f"discrepancy: The goods are not as declared.{said}{words}",)
    if inspection.opened == "in_part":
        return "UNKNOWN", (f"opened_in_part: Nothing was found where it was opened.{words}",)
    return "CLEAR", ()


def _found(item: FoundItem, boxes: dict[int, Box]) -> Threat:
    """Where it was: its own box, else that of its cargo unit. It is known, so it has no probability."""
    unit = f", unit {item.unit}" if item.unit is not None else ""
    return Threat(
        category=_category(item),
        description=f"{item.in_words}{unit}",
        flag="HIGH_THREAT" if item.family in URGENT_FAMILIES else "THREAT",
        probability=None,
        box=item.box or (boxes.get(item.unit) if item.unit is not None else None),
        mass_kg=item.mass_kg,
    )


def _category(item: FoundItem) -> Category:
    """Something of no family is OTHER: it was seen, so it is no anomaly of an image."""
    return "OTHER" if item.family is None else CATEGORIES.get(item.family, "ANOMALY")
