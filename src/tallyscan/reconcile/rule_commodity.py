"""Could the goods in the image be the declared ones?

Classes of one confusable group cannot be told apart by X-ray, so only groups are compared: the score is one
minus the probability of the declared groups, in the region of the unit where they fit worst.
"""

from collections import defaultdict
from dataclasses import dataclass

from tallyscan.classify.item import classes_of_item
from tallyscan.commodity import CLASS_BY_NAME, CommodityClass
from tallyscan.finding import CommodityRegion, Detection
from tallyscan.reconcile.case import Case, DeclaredUnit
from tallyscan.reconcile.outcome import agrees, differs, outcome_of, undetermined
from tallyscan.verdict import Verdict

RULE = "commodity"

LEAST_REGION_SHARE = 0.2
"""A region smaller than this share of the named area does not decide: dunnage, edges and mixed pallets."""

LEADER_AT_LEAST = 0.5
"""To contradict, the image must point to one other group, not merely away from the declared ones."""

EMPTY_GROUP = "empty"


@dataclass(frozen=True)
class _Fit:
    """How well one region fits the declared groups; probabilities without the class `empty`."""

    region: CommodityRegion
    groups: dict[str, float]
    declared: float

    @property
    def leader(self) -> tuple[str, float]:
        return max(self.groups.items(), key=lambda item: item[1])


def rule_commodity(case: Case) -> Verdict:
    """The model's classes in this unit against the declared ones, by confusable group."""
    if case.unit is None or case.declared is None or case.detection is None:
        return undetermined(case, RULE, case.obstacle)
    if case.declared.empty:
        return undetermined(case, RULE, "The unit is declared as empty; see the rule `empty`.")
    if case.scan and case.scan.grade == "display":
        return undetermined(
            case, RULE, "The scan is of display grade: telling goods apart needs calibrated transmission."
        )
    if case.guessed_units:
        return undetermined(
            case, RULE, f"{case.guessed_units} Telling goods apart needs calibrated transmission."
        )
    classes, unknown = _declared_classes(case.declared, case.detection)
    if not classes:
        what = "; ".join(unknown) or "no goods item is declared for this unit"
        return undetermined(case, RULE, f"The declared goods cannot be recognised: {what}.")
    groups = {declared.group for declared in classes}
    fits = [_fit(region, groups) for region in _sizable(case.detection.commodities, case.unit.unit)]
    named = [fit for fit in fits if fit is not None]
    if not named:
        reason = "The unit looks empty: no goods to recognise." if fits else "The model named no goods in it."
        return undetermined(case, RULE, reason)
    return _judge_worst(case, classes, unknown, min(named, key=lambda fit: fit.declared))


def _judge_worst(case: Case, classes: set[CommodityClass], unknown: list[str], fit: _Fit) -> Verdict:
    leader, leading = fit.leader
    score = 1 - fit.declared
    declared = ", ".join(sorted(f"{item.title.lower()} ({item.group})" for item in classes))
    evidence = {
        "declared_classes": sorted(item.name for item in classes),
        "declared_groups": sorted({item.group for item in classes}),
        "not_recognisable": unknown,
        "probability_declared": round(fit.declared, 4),
        "groups": {group: round(p, 4) for group, p in sorted(fit.groups.items(), key=lambda item: -item[1])},
        "region": list(fit.region.box),
    }
    said = f"Declared: {declared}. These groups have a probability of {fit.declared:.2f}"
    if outcome_of(score) == "agrees":
        return agrees(case, RULE, score, f"{said} in every part of the load.", evidence)
    said = f"{said} in one part of the load, where {_title(fit, leader)} ({leader}) has {leading:.2f}."
    if unknown:
        reason = f"{said} Other declared goods cannot be recognised: {'; '.join(unknown)}."
        return undetermined(case, RULE, reason, evidence)
    if outcome_of(score) == "differs" and leading >= LEADER_AT_LEAST:
        return differs(case, RULE, score, said, evidence)
    return undetermined(case, RULE, f"{said} Not distinguishable by X-ray.", evidence)


def _declared_classes(declared: DeclaredUnit, detection: Detection) -> tuple[set[CommodityClass], list[str]]:
    """The declared classes that this model can name, and why the others cannot be recognised."""
    known = set(detection.known_commodities) or {
        candidate.commodity for region in detection.commodities for candidate in region.candidates
    }
    classes: set[CommodityClass] = set()
    unknown = []
    for item in declared.items:
        said = classes_of_item(item)
        recognisable = {candidate for candidate in said.classes if candidate.name in known}
        classes |= recognisable
        if not said.classes:
            unknown.append(f"item {item.goods_item_number} {said.unknown}")
        elif not recognisable:
            title = said.classes[0].title.lower()
            unknown.append(f"the model does not know item {item.goods_item_number}, {title}")
    return classes, unknown


def _sizable(regions: tuple[CommodityRegion, ...], unit: int) -> list[CommodityRegion]:
    """The regions of this unit that are large enough to decide."""
    of_unit = [region for region in regions if region.unit == unit and region.candidates]
    area = sum(region.box.width * region.box.height for region in of_unit)
    return [
        region for region in of_unit if region.box.width * region.box.height >= LEAST_REGION_SHARE * area
    ] or of_unit


def _fit(region: CommodityRegion, declared_groups: set[str]) -> _Fit | None:
    """None where the region is more likely empty than not."""
    groups: dict[str, float] = defaultdict(float)
    for candidate in region.candidates:
        known = CLASS_BY_NAME.get(candidate.commodity)
        groups[known.group if known else candidate.commodity] += candidate.probability
    loaded = 1 - groups.pop(EMPTY_GROUP, 0.0)
    if loaded < 0.5 or not groups:
        return None
    shares = {group: probability / loaded for group, probability in groups.items()}
    return _Fit(region, shares, sum(shares.get(group, 0.0) for group in declared_groups))


def _title(fit: _Fit, group: str) -> str:
    """The likeliest class of a group in this region, in words."""
    of_group = [
        c for c in fit.region.candidates if (k := CLASS_BY_NAME.get(c.commodity)) and k.group == group
    ]
    best = max(of_group, key=lambda candidate: candidate.probability, default=None)
    return CLASS_BY_NAME[best.commodity].title.lower() if best else group
