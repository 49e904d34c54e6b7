"""From the profiles that hit to what is done with the consignment: every reason with its chance, drawn or not."""

from collections.abc import Iterable
from math import prod

from tallyscan.random_draw import is_drawn
from tallyscan.risk_profile import Action, Stage
from tallyscan.select.judge import Judged
from tallyscan.selection import JUDGED_LATER, Chosen, SelectionReason

LEAST_PRESSING = 5
MOST_PRESSING = 1
AUDIT_ACTION: dict[Stage, Action] = {"before_scan": "scan", "after_scan": "open"}
_UNJUDGED_ACTION: dict[Stage, Action] = {"before_scan": "scan", "after_scan": "second_reading"}
_MOST_SIGNS_OF_A_FAULT = 200


def choose(
    judged: Iterable[Judged], consignment: str, stage: Stage, *, key: bytes, audit_share: float
) -> Chosen:
    """All reasons of a stage; the draws are independent of one another."""
    found = [_reason(each, consignment, key) for each in judged if each.outcome != "miss"]
    reasons = sorted(
        (*found, _audit(consignment, stage, key, audit_share)),
        key=lambda each: (each.priority, each.profile or ""),
    )
    asked = dict.fromkeys(each.action for each in reasons)
    chances = {action: _chance(each.chance for each in reasons if each.action == action) for action in asked}
    actions = dict.fromkeys(each.action for each in reasons if each.drawn)
    told = tuple(each for each in reasons if each.kind != "audit" or each.drawn)
    return Chosen(tuple(actions), {name: chance for name, chance in chances.items() if chance > 0}, told)


def unjudged(stage: Stage, why: str) -> Chosen:
    """Where judging itself failed: what would have hit is not known, so a person looks, and at once."""
    said = f"No risk profile could be judged ({why[:_MOST_SIGNS_OF_A_FAULT]})"
    return _without_profiles(stage, MOST_PRESSING, said)


def judged_later(stage: Stage) -> Chosen:
    """Where judging takes long: selected until it is done."""
    return _without_profiles(stage, LEAST_PRESSING, JUDGED_LATER)


def _without_profiles(stage: Stage, priority: int, said: str) -> Chosen:
    action = _UNJUDGED_ACTION[stage]
    reason = SelectionReason(
        kind="undetermined",
        profile=None,
        version=None,
        action=action,
        priority=priority,
        chance=1.0,
        drawn=True,
        in_words=said,
    )
    return Chosen((action,), {action: 1.0}, (reason,))


def _reason(judged: Judged, consignment: str, key: bytes) -> SelectionReason:
    """Where something is not known a person looks; no load is opened for it."""
    profile = judged.profile
    unknown = judged.outcome == "undetermined"
    action: Action = profile.action
    if unknown and profile.stage == "after_scan" and action == "open":
        action = "second_reading"
    chance = 0.0 if unknown and profile.if_undetermined == "ignore" else profile.random_share
    return SelectionReason(
        kind="undetermined" if unknown else "hit",
        profile=profile.id,
        version=profile.version,
        action=action,
        priority=profile.priority,
        chance=chance,
        drawn=is_drawn(key, f"{profile.id}/{profile.version}", consignment, chance),
        in_words=f"{profile.title} ({_how(judged, chance)})",
        interview=profile.interview,
    )


def _how(judged: Judged, chance: float) -> str:
    how = [judged.profile.name]
    if judged.outcome == "undetermined":
        how.append(f"cannot be judged: {judged.why}")
        if judged.profile.if_undetermined == "ignore":
            how.append("ignored")
    if 0 < chance < 1:
        how.append(f"{chance:.3g} of such are drawn")
    return ", ".join(how)


def _audit(consignment: str, stage: Stage, key: bytes, share: float) -> SelectionReason:
    return SelectionReason(
        kind="audit",
        profile=None,
        version=None,
        action=AUDIT_ACTION[stage],
        priority=LEAST_PRESSING,
        chance=share,
        drawn=is_drawn(key, f"audit of {stage}", consignment, share),
        in_words=f"Random share of the site ({share:.3g} of all are drawn)",
    )


def _chance(chances: Iterable[float]) -> float:
    """That at least one of several independent draws selects."""
    return 1 - prod(1 - chance for chance in chances)
