"""The threat detection report of an officer's decision: an opinion. From the event that tells the decision.

CLEAR is said only where the officer cleared by the reading that counts now. What was cleared on other grounds, or no
longer stands, is unknown, and the reason stands in the report.
"""

from datetime import datetime
from typing import Any

from tallyscan.decision import IN_WORDS, UNREAD, Decision, Reason, Region
from tallyscan.report.indicators import URGENT_FAMILIES
from tallyscan.report.scan_in_report import scan_in_report
from tallyscan.report.threat_report import (
    CATEGORIES,
    AbortReason,
    AlarmDecision,
    Category,
    Threat,
    ThreatReport,
    report_uid,
)

_ABORTS: dict[Reason, AbortReason] = {
    "image_dark": "OUT_OF_BOUNDS",
    "not_penetrated": "OUT_OF_BOUNDS",
    "image_cut": "INCOMPLETE_SCAN",
    "image_faulty": "FAILED_RECON",
}
_OTHERWISE: AbortReason = "NOT_REVIEWED"


def operator_report(event: dict[str, Any], key: str) -> ThreatReport:
    """The report on what stands of the reader in a `scan-decision` event, whose idempotency key makes its UID."""
    data = event["data"]
    stands = Decision.model_validate(data["standing"]) if data["standing"] else None
    decision, threats, reasons = _decided(stands, data)
    unread = stands is not None and stands.decision == "not_readable"
    return ThreatReport(
        uid=report_uid(key),
        kind="OPERATOR",
        decision=decision,
        decided_at=datetime.fromisoformat(event["time"] if data["undone_by"] else data["decision"]["at"]),
        **scan_in_report(data["scan"], event["source"], "OPERATOR")._asdict(),
        threats=threats,
        abort=_ABORTS.get(stands.reason, _OTHERWISE) if stands is not None and unread else None,
        reasons=reasons,
        operator=data["undone_by"] or data["decision"]["by"],
        number=data["number"],
        seconds=(stands.seconds or 0.0) if stands is not None else 0.0,
        supersedes=report_uid(data["supersedes"]) if data["supersedes"] else None,
    )


def _decided(
    stands: Decision | None, data: dict[str, Any]
) -> tuple[AlarmDecision, tuple[Threat, ...], tuple[str, ...]]:
    """The decision, what it rests on, and why it is not an all-clear."""
    if stands is None:
        return "UNKNOWN", (), ("undone: The decision was taken back, and no other stands.",)
    why = _in_words(stands)
    match stands.decision:
        case "suspicious":
            return "ALARM", tuple(_suspected(region, stands) for region in stands.regions or (None,)), (why,)
        case "clear":
            return _cleared(stands, data["scan"], why)
        case "refer":
            return "UNKNOWN", tuple(_in_question(region, why) for region in stands.regions), (why,)
        case "not_readable":
            return "UNKNOWN", (), (why,)


def _cleared(
    stands: Decision, scan: dict[str, Any], why: str
) -> tuple[AlarmDecision, tuple[Threat, ...], tuple[str, ...]]:
    if stands.reason == UNREAD:
        return "UNKNOWN", (), (why,)
    if scan["status"] != "read" or stands.revision != scan["revision"]:
        return "UNKNOWN", (), ("not_read: The scan is not read now as it was when it was cleared.", why)
    return "CLEAR", (), ()


def _suspected(region: Region | None, stands: Decision) -> Threat:
    """A region, or the load as a whole. An officer gives no probability."""
    family = region.family if region else None
    urgent = family in URGENT_FAMILIES or stands.reason == "people"
    return Threat(
        category="OTHER" if stands.reason == "people" and family is None else _category(family),
        description=f"{family or 'suspicious'}: {_in_words(stands)}",
        flag="HIGH_THREAT" if urgent else "THREAT",
        probability=None,
        box=region.bounds if region else None,
    )


def _in_question(region: Region, why: str) -> Threat:
    return Threat(
        _category(region.family),
        f"{region.family or 'in question'}: {why}",
        "UNKNOWN",
        None,
        region.bounds,
    )


def _category(family: str | None) -> Category:
    return CATEGORIES.get(family or "", "ANOMALY")


def _in_words(stands: Decision) -> str:
    said = f"{stands.reason}: {IN_WORDS[stands.reason]}."
    return f"{said} {stands.comment}" if stands.comment else said
