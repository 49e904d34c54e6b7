"""What a profile would have done with past consignments: hits, finds, load a day, and what is selected anyway."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tallyscan.random_draw import is_drawn
from tallyscan.risk_profile import RiskProfile
from tallyscan.select.facts import Before
from tallyscan.select.judge import judge

MOST_NAMED = 50


@dataclass(frozen=True)
class PastCase:
    """A consignment as it was known then, the day on which it came to be judged, and what became of it.

    `found` is what an inspection came to; None where nothing was opened.
    """

    consignment: str
    day: date
    facts: Before
    selected: bool
    found: bool | None


@dataclass(frozen=True)
class DayLoad:
    """How many of a day's consignments would have been selected."""

    day: date
    considered: int
    selected: int


@dataclass(frozen=True)
class DryRun:
    """`expected` is how many are selected on average over all draws, `selected` by the draws as they are.

    Of those that hit, `inspected` were opened and `finds` of them held something: both as far as somebody opened them,
    for whatever reason, so they say nothing of the others. `selected_already` were selected at that stage without this
    profile, `finds_missed` are finds among all considered that it does not hit. `hit` names the first 50.
    """

    profile: str
    version: int
    considered: int
    hits: int
    undetermined: int
    undetermined_because: dict[str, int]
    expected: float
    selected: int
    inspected: int
    finds: int
    finds_missed: int
    selected_already: int
    days: tuple[DayLoad, ...]
    per_day_mean: float
    per_day_most: int
    hit: tuple[str, ...]


def dry_run(profile: RiskProfile, cases: Iterable[PastCase], *, key: bytes) -> DryRun:
    """Over consignments in any order; nothing is kept and nobody is told."""
    considered: Counter[date] = Counter()
    selected: Counter[date] = Counter()
    why: Counter[str] = Counter()
    hit: list[PastCase] = []
    undetermined = missed = drawn = already = 0
    chances = 0.0
    for case in cases:
        considered[case.day] += 1
        (judged,) = judge((profile,), case.facts)
        if judged.outcome == "miss":
            missed += case.found is True
            continue
        unknown = judged.outcome == "undetermined"
        if unknown:
            undetermined += 1
            why[judged.why or ""] += 1
            missed += case.found is True and profile.if_undetermined == "ignore"
            if profile.if_undetermined == "ignore":
                continue
        else:
            hit.append(case)
        chances += profile.random_share
        already += case.selected
        if is_drawn(key, f"{profile.id}/{profile.version}", case.consignment, profile.random_share):
            drawn += 1
            selected[case.day] += 1
    days = tuple(DayLoad(day, considered[day], selected[day]) for day in sorted(considered))
    return DryRun(
        profile=profile.id,
        version=profile.version,
        considered=considered.total(),
        hits=len(hit),
        undetermined=undetermined,
        undetermined_because=dict(why.most_common(10)),
        expected=round(chances, 3),
        selected=drawn,
        inspected=sum(case.found is not None for case in hit),
        finds=sum(case.found is True for case in hit),
        finds_missed=missed,
        selected_already=already,
        days=days,
        per_day_mean=round(drawn / len(days), 3) if days else 0.0,
        per_day_most=max((day.selected for day in days), default=0),
        hit=tuple(case.consignment for case in hit[:MOST_NAMED]),
    )
