"""What a profile would have done with past consignments: hits, finds, load a day, and what is selected anyway."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tallyscan.random_draw import is_drawn
from tallyscan.risk import Lane
from tallyscan.risk_profile import RiskProfile
from tallyscan.select.facts import Before
from tallyscan.select.judge import judge
from tallyscan.work_figures import Share, share_of

MOST_NAMED = 50
_LANES: tuple[Lane | None, ...] = ("red", "yellow", "green", "not_assessed", None)


@dataclass(frozen=True)
class PastCase:
    """A consignment as it was known then, the day on which it came to be judged, and what became of it.

    `found` is what an inspection came to; None where nothing was opened. `lane` is that of its risk record now, None
    where it has none. `hit_by` are the other profiles that hit it, None for the random share of the site.
    """

    consignment: str
    day: date
    facts: Before
    selected: bool
    found: bool | None
    lane: Lane | None = None
    hit_by: frozenset[str | None] = frozenset()


@dataclass(frozen=True)
class DayLoad:
    """How many of a day's consignments would have been selected."""

    day: date
    considered: int
    selected: int


@dataclass(frozen=True)
class LaneLoad:
    """How many of the consignments in a lane would have been selected; `lane` is null of those with no risk record."""

    lane: Lane | None
    considered: int
    selected: int


@dataclass(frozen=True)
class Overlap:
    """How many of those that it hits another profile hit too; `profile` is null for the random share of the site."""

    profile: str | None
    both: int


@dataclass(frozen=True)
class DryRun:
    """`expected` is how many are selected on average over all draws, `selected` by the draws as they are.

    Of those that hit, `inspected` were opened and `finds` of them held something: both as far as somebody opened them,
    for whatever reason, so they say nothing of the others. `selected_already` were selected at that stage without this
    profile, `finds_missed` are finds among all considered that it does not hit. `hit` names the first 50.

    `hit_rate` is the share of finds among those that hit and were opened, `hit_rate_of_all` that among all that were
    opened, by whatever reason. `lanes` are by the risk record as it is now, `overlap` is by what the other profiles in
    force at the time had hit, the most first.
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
    lanes: tuple[LaneLoad, ...]
    hit_rate: Share
    hit_rate_of_all: Share
    overlap: tuple[Overlap, ...]


def dry_run(profile: RiskProfile, cases: Iterable[PastCase], *, key: bytes) -> DryRun:
    """Over consignments in any order; nothing is kept and nobody is told."""
    considered: Counter[date] = Counter()
    selected: Counter[date] = Counter()
    lanes: Counter[Lane | None] = Counter()
    of_lane: Counter[Lane | None] = Counter()
    opened: Counter[bool] = Counter()
    why: Counter[str] = Counter()
    hit: list[PastCase] = []
    undetermined = missed = drawn = already = 0
    chances = 0.0
    for case in cases:
        considered[case.day] += 1
        lanes[case.lane] += 1
        if case.found is not None:
            opened[case.found] += 1
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
            of_lane[case.lane] += 1
    days = tuple(DayLoad(day, considered[day], selected[day]) for day in sorted(considered))
    inspected = sum(case.found is not None for case in hit)
    finds = sum(case.found is True for case in hit)
    others = Counter(name for case in hit for name in case.hit_by)
    return DryRun(
        profile=profile.id,
        version=profile.version,
        considered=considered.total(),
        hits=len(hit),
        undetermined=undetermined,
        undetermined_because=dict(why.most_common(10)),
        expected=round(chances, 3),
        selected=drawn,
        inspected=inspected,
        finds=finds,
        finds_missed=missed,
        selected_already=already,
        days=days,
        per_day_mean=round(drawn / len(days), 3) if days else 0.0,
        per_day_most=max((day.selected for day in days), default=0),
        hit=tuple(case.consignment for case in hit[:MOST_NAMED]),
        lanes=tuple(LaneLoad(lane, lanes[lane], of_lane[lane]) for lane in _LANES if lanes[lane]),
        hit_rate=share_of(finds, inspected),
        hit_rate_of_all=share_of(opened[True], opened.total()),
        overlap=tuple(
            Overlap(name, both)
            for name, both in sorted(others.items(), key=lambda pair: (-pair[1], pair[0] or ""))
        ),
    )
