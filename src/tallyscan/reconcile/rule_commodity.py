"""Could the goods in the image be the declared ones, and are all of the declared ones there?

Classes of one confusable group cannot be told apart by X-ray, so only groups are compared: the score is one
minus the probability of the declared groups, in the region of the unit where they fit worst.
"""

from collections.abc import Sequence
from typing import Any

from tallyscan.commodity import CommodityClass, group_in_words
from tallyscan.finding import Detection
from tallyscan.reconcile.case import Case
from tallyscan.reconcile.commodity_fit import LEAST_REGION_SHARE, PartFit, part_fit, sizable
from tallyscan.reconcile.commodity_items import ItemSight, seen_not_declared, sights
from tallyscan.reconcile.declared_goods import DeclaredGoods, declared_goods
from tallyscan.reconcile.outcome import DIFFERS_FROM, agrees, differs, outcome_of, undetermined
from tallyscan.verdict import Verdict
from tallyscan.wording import Wording, said, together

RULE = "commodity"

LEADER_AT_LEAST = 0.5
"""To contradict, the image must point to one other group, not merely away from the declared ones."""

MISSING_FROM_SHARE = 0.5
"""Goods that make up half of the declared mass cannot stand unseen behind the others; less of them can. A judgement."""


def rule_commodity(case: Case) -> Verdict:
    """The model's classes in this unit against the declared ones, by confusable group."""
    if case.unit is None or case.declared is None or case.detection is None:
        return undetermined(case, RULE, case.obstacle)
    if obstacle := case.cannot_tell_goods_apart:
        return undetermined(case, RULE, obstacle)
    goods = declared_goods(case.declared.items, _known(case.detection))
    groups = {each.commodity.group for each in goods if each.commodity is not None}
    unknown = [each.why_not for each in goods if each.commodity is None]
    if not groups:
        what = unknown or [said("no goods item is declared for this unit")]
        return undetermined(case, RULE, said("The declared goods cannot be recognised: {what:;}.", what=what))
    fits = [part_fit(region, groups) for region in sizable(case.detection.commodities, case.unit.unit)]
    parts = [fit for fit in fits if fit is not None]
    if not parts:
        reason = said("The model named no goods in it.")
        if fits:
            reason = said("The unit looks empty: no goods to recognise.")
        return undetermined(case, RULE, reason)
    return _judge(case, goods, unknown, parts)


def _judge(
    case: Case, goods: Sequence[DeclaredGoods], unknown: list[Wording], parts: Sequence[PartFit]
) -> Verdict:
    worst = min(parts, key=lambda part: part.declared)
    leader, leading = worst.leader
    score = 1 - worst.declared
    seen = sights(goods, parts)
    evidence = _evidence(seen, unknown, worst, parts)
    declared = sorted({_named(each.commodity) for each in goods if each.commodity is not None})
    if outcome_of(score) == "agrees":
        words = said(
            "Declared: {declared:,}. These groups have a probability of {probability:.2f} in every part of the load.",
            declared=declared,
            probability=worst.declared,
        )
        missing = [
            each for each in seen if each.sight == "not_seen" and each.goods.share >= LEAST_REGION_SHARE
        ]
        if not missing:
            return agrees(case, RULE, score, words, evidence)
        return _of_missing(case, words, missing, unknown, evidence)
    words = said(
        "Declared: {declared:,}. These groups have a probability of {probability:.2f} in one part of the load, "
        "where {goods} ({group}) has {leading:.2f}.",
        declared=declared,
        probability=worst.declared,
        goods=worst.title(leader),
        group=group_in_words(leader),
        leading=leading,
    )
    if unknown:
        why = said("Other declared goods cannot be recognised: {what:;}.", what=unknown)
        return undetermined(case, RULE, together(words, why), evidence)
    if outcome_of(score) == "differs" and leading >= LEADER_AT_LEAST:
        return differs(case, RULE, score, words, evidence)
    return undetermined(case, RULE, together(words, said("Not distinguishable by X-ray.")), evidence)


def _of_missing(
    case: Case,
    words: Wording,
    missing: Sequence[ItemSight],
    unknown: list[Wording],
    evidence: dict[str, Any],
) -> Verdict:
    """What is seen is declared, and not all that is declared is seen."""
    named = [
        said("item {number}, {goods}", number=each.goods.number, goods=each.goods.commodity.in_words)
        for each in missing
        if each.goods.commodity is not None
    ]
    share = sum(each.goods.share for each in missing)
    unseen = said(
        "Declared and not seen: {items:;}, {share:.0%} of the declared mass.", items=named, share=share
    )
    reason = together(words, unseen)
    if share >= MISSING_FROM_SHARE and not unknown:
        return differs(case, RULE, DIFFERS_FROM, reason, evidence)
    why = said("They may stand behind the others.")
    return undetermined(case, RULE, together(reason, why), evidence)


def _evidence(
    seen: Sequence[ItemSight], unknown: list[Wording], worst: PartFit, parts: Sequence[PartFit]
) -> dict[str, Any]:
    classes = [each.goods.commodity for each in seen if each.goods.commodity is not None]
    return {
        "declared_classes": sorted({item.name for item in classes}),
        "declared_groups": sorted({item.group for item in classes}),
        "not_recognisable": [str(each) for each in unknown],
        "probability_declared": round(worst.declared, 4),
        "groups": {group: round(p, 4) for group, p in sorted(worst.groups.items(), key=lambda g: -g[1])},
        "region": list(worst.region.box),
        "items": [each.as_evidence for each in seen],
        "seen_not_declared": [] if unknown else seen_not_declared(parts, LEADER_AT_LEAST),
    }


def _known(detection: Detection) -> set[str]:
    """The classes that this model can name."""
    return set(detection.known_commodities) or {
        candidate.commodity for region in detection.commodities for candidate in region.candidates
    }


def _named(commodity: CommodityClass) -> Wording:
    return said("{goods} ({group})", goods=commodity.in_words, group=group_in_words(commodity.group))
