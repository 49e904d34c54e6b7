"""The indicators of the risk and what each adds to its log-odds, in nats.

The constants are judgements, not yet calibrated on what inspections found. docs/reference/risk.md explains
each one; change both together.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tallyscan.finding import NOT_PENETRATED, Anomaly, CargoUnit, Detection, Finding
from tallyscan.integrity_check import CheckName, IntegrityCheck
from tallyscan.risk import Group, RiskIndicator
from tallyscan.scanner_watch import SCANNER_DRIFT
from tallyscan.triage.odds import URGENT_SCORE, YELLOW_FROM, log_odds
from tallyscan.verdict import Verdict

INDICATORS: dict[str, str] = {
    "XR-ANOMALY": "Something in the image does not belong in such a load",
    "XR-PEOPLE": "People may be inside: look at once",
    "XR-NUCLEAR": "A shielded compact object, as radioactive sources are carried: look at once",
    "XR-EMPTY": "Empty or loaded, against the declaration",
    "XR-MASS": "Estimated mass, against the declared gross mass",
    "XR-COMMODITY": "Kind of goods, against the declared codes",
    "XR-MATERIAL": "Material of the goods, against that of the declared ones",
    "XR-HOMOGENEITY": "One look or several, against how many kinds are declared",
    "XR-FILL": "Room that the load takes, against the declared mass and packages",
    "XR-EXPECTATION": "How the load looks, against what the model expects of the declared goods",
    "XR-CONVEYANCE": "Number and length of the cargo units, against the declared containers",
    "XR-CONTAINER-NUMBER": "Container number or plate, against the declaration",
    "XR-HS-CODE": "How the declared codes are written",
    "XR-DECLARATION": "What in the declaration contradicts itself",
    "XR-DESCRIPTION": "Declared words, against the declared codes",
    "XR-LOT": "The load, against others of its declaration or of its trade",
    "XR-VEHICLE": "The vehicle, against its earlier scans",
    "XR-REUSED-IMAGE": "The same image was sent before for another unit, scanner or time",
    "XR-COPIED-IMAGE": "The same image, in another file, was sent before under another number",
    "XR-CLOCK": "By its time the scan is older than the one that the machine sent before it",
    "XR-CUT-SHORT": "The scan is not whole",
    "XR-RAW-MISSING": "A picture came without the raw file that belongs to it",
    "XR-UNVERIFIED": "The contents of a cargo unit could not be held against a declaration",
    "XR-NOT-PENETRATED": "The beam did not get through part of the load: nobody has seen what is behind",
    "XR-SCANNER-DRIFT": "The scanner was not in its usual condition: what the scan shows may be wrong",
    "XR-ANOMALY-NOT-ASSESSED": "The search for anomalies gave no answer",
    "XR-NOT-READ": "The scan was not read",
}

NEUTRAL_VERDICT_SCORE = 0.1
"""The score at which a verdict says nothing: `PRIOR_WRONG` of the rules (a test holds them equal)."""

RELEVANCE: dict[str, float] = {
    "empty": 1.0,
    "commodity": 0.8,
    "mass": 0.8,
    "container_number": 0.7,
    "expectation": 0.4,
    "material": 0.4,
    "fill": 0.4,
    "conveyance": 0.4,
    "homogeneity": 0.3,
    "hs_code": 0.3,
    "declaration": 0.3,
    "description": 0.3,
    "lot": 0.5,
    "vehicle": 0.5,
}
"""What part of a rule's evidence about the declaration is evidence of a risk: slips of writing are common. Up
to 0.43 a rule cannot make a scan red on its own: what rests on rough measures, or on the model alone, stays below."""

CONTENTS_RULES = frozenset({"empty", "mass", "commodity", "expectation", "material", "fill", "homogeneity"})
"""The rules that look at the goods. They share pixels, so together they add at most `CONTENTS_MOST` of `triage`."""

VERIFYING_RULES = frozenset({"empty", "mass", "commodity"})
"""Those that can say of a unit that its contents were held against the declaration; `mass` and `commodity` together
also where neither is determined. The others are too rough: that they agree takes nothing off either."""

GOODS_CONTRADICTED_FROM = 0.8
"""One minus the probability of the declared goods from which the image speaks for others, four to one: `DIFFERS_FROM`
of the rules (a test holds them equal)."""

AGREEMENT_MOST = 0.5  # nats that one agreeing rule can take off
CLEAR_MOST = 1.0  # nats that a scan without an alarm can take off
ALARM_LEAST, ALARM_MOST = 2.5, 5.0

URGENT_FAMILIES: dict[str, str] = {"people": "XR-PEOPLE", "shielded_nuclear": "XR-NUCLEAR"}
"""An alarm with one of them lifts the risk to `URGENT_SCORE`, whatever else is known."""

REUSED_IMAGE = 4.0
"""Nats of an image that was sent before for another unit: this one was perhaps never scanned."""

COPIED_IMAGE = 4.0
"""The same of an image that comes as another file: nobody makes that by chance."""

CLOCK = CUT_SHORT = RAW_MISSING = 1.0
"""Nats of what may be a fault of the machine and may hide a forgery: yellow on its own, so that a person asks."""

INTEGRITY: dict[CheckName, tuple[str, float]] = {
    "copied_image": ("XR-COPIED-IMAGE", COPIED_IMAGE),
    "clock": ("XR-CLOCK", CLOCK),
    "cut_short": ("XR-CUT-SHORT", CUT_SHORT),
    "raw_missing": ("XR-RAW-MISSING", RAW_MISSING),
}
"""Indicator and nats of each check of integrity that can raise the risk here; a reused image is told by the store."""

NOT_PENETRATED_FROM = 0.05
"""Share of a unit's goods that let nothing through from which it cannot be green: one pallet of the twenty to
twenty-six in a container or trailer, room for anything. A caution about the whole scan starts at the same
share of all its pixels and counts too, because what is opaque may not have been taken for goods."""


def code_of(rule: str) -> str:
    """The indicator of a rule."""
    return "XR-" + rule.upper().replace("_", "-")


def of_verdicts(verdicts: Sequence[Verdict]) -> list[RiskIndicator]:
    """One indicator a rule, from its worst unit; an agreement counts only when every unit was determined."""
    weights: dict[str, float] = {}
    for rule, relevance in RELEVANCE.items():
        of_rule = [verdict for verdict in verdicts if verdict.rule == rule]
        scores = [verdict.score for verdict in of_rule if verdict.score is not None]
        if not scores:
            continue
        weight = relevance * (log_odds(max(scores)) - log_odds(NEUTRAL_VERDICT_SCORE))
        relieves = rule not in CONTENTS_RULES - VERIFYING_RULES and len(scores) == len(of_rule)
        weights[rule] = max(weight, -AGREEMENT_MOST if relieves else 0.0)
    return [RiskIndicator(code_of(rule), weight, group=_group_of(rule)) for rule, weight in weights.items()]


def _group_of(rule: str) -> Group | None:
    """With which other evidence that of a rule is dependent: a load unlike others is seen in the same goods; a vehicle
    is neither goods nor papers.
    """
    if rule in CONTENTS_RULES or rule == "lot":
        return "contents"
    return None if rule == "vehicle" else "papers"


def of_anomaly(anomaly: Anomaly) -> list[RiskIndicator]:
    """An alarm adds by how far its score is above the threshold; a clear scan takes off a little."""
    if anomaly.decision == "not_assessed":
        return []
    margin = 0.0
    if anomaly.score is not None and anomaly.threshold is not None:
        margin = log_odds(anomaly.score) - log_odds(anomaly.threshold)
    if anomaly.decision == "alarm":
        weight = min(ALARM_LEAST + max(margin, 0.0), ALARM_MOST)
    else:
        weight = max(min(margin, 0.0), -CLEAR_MOST)
    return [RiskIndicator("XR-ANOMALY", weight, group="anomaly")]


def urgent_codes(anomaly: Anomaly, findings: Iterable[Finding]) -> list[str]:
    """Codes of the families that must not wait, in an alarm."""
    if anomaly.decision != "alarm":
        return []
    kinds = {finding.kind for finding in findings}
    return [code for family, code in URGENT_FAMILIES.items() if family in kinds]


def floors(
    detection: Detection, verdicts: Sequence[Verdict], scan_cautions: Sequence[str]
) -> list[RiskIndicator]:
    """Those that lift the risk to a score, whatever else is known."""
    urgent = urgent_codes(detection.anomaly, detection.findings)
    unseen = {
        "XR-UNVERIFIED": contents_unverified(verdicts),
        "XR-NOT-PENETRATED": not_penetrated(detection.units, scan_cautions),
        "XR-SCANNER-DRIFT": scanner_drifted(scan_cautions),
        "XR-ANOMALY-NOT-ASSESSED": detection.anomaly.decision == "not_assessed",
    }
    return [
        *(RiskIndicator(code, 0.0, lifts_to=URGENT_SCORE) for code in urgent),
        *(RiskIndicator(code, 0.0, lifts_to=YELLOW_FROM) for code, holds in unseen.items() if holds),
    ]


def contents_unverified(verdicts: Sequence[Verdict]) -> bool:
    """Is there a cargo unit whose contents no rule could hold against the declaration?"""
    units = {verdict.unit for verdict in verdicts if verdict.rule in RELEVANCE}
    held = {verdict.unit for verdict in verdicts if _is_about_contents(verdict)}
    return not units or not units <= held | _roughly_held(verdicts)


def not_penetrated(units: Iterable[CargoUnit], scan_cautions: Iterable[str]) -> bool:
    """Did so much of a unit's goods, or of the whole scan, let nothing through that it cannot count as seen?"""
    if any(unit.not_penetrated >= NOT_PENETRATED_FROM for unit in units):
        return True
    return any(caution.split(":")[0] == NOT_PENETRATED for caution in scan_cautions)


def scanner_drifted(scan_cautions: Iterable[str]) -> bool:
    """Was the scanner in a condition that is not usual for it, in a respect that makes its scans worse?"""
    return any(caution.split(":")[0] == SCANNER_DRIFT for caution in scan_cautions)


def reused_image(first_scan: str, first_number: str | None = None) -> RiskIndicator:
    """The indicator of an image that the scan of this id, and of this number or plate, showed first."""
    return RiskIndicator("XR-REUSED-IMAGE", REUSED_IMAGE, first_scan, first_number, group="integrity")


def of_integrity(checks: Iterable[IntegrityCheck]) -> list[RiskIndicator]:
    """One indicator for each check that the image failed; what is honest or unknown says nothing of the goods."""
    return [
        RiskIndicator(*INTEGRITY[check.check], check.other_scan, check.other_number, group="integrity")
        for check in checks
        if check.outcome == "differs" and check.check in INTEGRITY
    ]


def _roughly_held(verdicts: Sequence[Verdict]) -> set[int | None]:
    """Units of which the mass is right within a factor of two and the image does not speak for other goods.

    Neither is an answer alone: other goods can weigh the same, and goods can be there twice.
    """
    mass = {each.unit for each in verdicts if each.evidence.get("within_factor_two") is True}
    goods = {
        each.unit for each in verdicts if each.rule == "commodity" and _may_be_declared_goods(each.evidence)
    }
    return mass & goods


def _may_be_declared_goods(evidence: Mapping[str, Any]) -> bool:
    """The declared goods keep more than one in five in every part of the load, and none of them is missing in it."""
    declared = evidence.get("probability_declared")
    missing = any(item["sight"] == "not_seen" for item in evidence.get("items", ()))
    return declared is not None and 1 - declared < GOODS_CONTRADICTED_FROM and not missing


def _is_about_contents(verdict: Verdict) -> bool:
    """A determined verdict on what is inside. That goods are there, as declared, does not say which goods."""
    if verdict.rule not in VERIFYING_RULES or verdict.outcome == "undetermined":
        return False
    only_loaded = verdict.rule == "empty" and verdict.outcome == "agrees"
    return not only_loaded or verdict.evidence.get("declared_empty") is True
