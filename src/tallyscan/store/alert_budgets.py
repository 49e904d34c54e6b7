"""Alert budgets in versions, and what they make of a shift."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.alert_budget import AlertBudget, AlertBudgetSaid, LookedAt, ShiftTime
from tallyscan.errors import NotFound
from tallyscan.risk_profile import Action
from tallyscan.store import scan_scores
from tallyscan.store.controls import scans_opened
from tallyscan.store.scan_scores import SiteScan, site_key
from tallyscan.store.tables import AlertBudgetRow
from tallyscan.triage.budget import URGENT_RANK, Threshold, share_at_least, threshold
from tallyscan.triage.worklist import Finds, Place, ScoredScan, in_order, place

PAST_SCANS = 2000
"""So many scans of the site before the shift make its score distribution."""

_ASKED_FOR: dict[LookedAt, Action] = {"inspections": "open", "second_readings": "second_reading"}


@dataclass(frozen=True)
class ShiftPlan:
    """What the budget makes of one shift; `threshold` is None while too few scans of the site came to keep it by."""

    site: str
    budget: AlertBudget
    time: ShiftTime
    threshold: Threshold | None
    finds: Finds


@dataclass(frozen=True)
class PlacedScan:
    """A scan in the worklist: its lane by score, and whether the shift looks at it."""

    scan: str
    at: datetime
    lane: str
    risk_score: float | None
    place: Place


@dataclass(frozen=True)
class BudgetPlace:
    """Where a scan stands by the budget of its site and shift, beside its lane."""

    site: str
    shift: str
    of: LookedAt
    selected: bool
    by: str
    reason: str


def put_budget(session: Session, site: str, said: AlertBudgetSaid, now: datetime) -> tuple[AlertBudget, bool]:
    """Keep a new version; False where the newest says the same."""
    key = site_key(site)
    current = _newest(session, key)
    if (
        current is not None
        and current.model_dump(include=set(AlertBudgetSaid.model_fields)) == said.model_dump()
    ):
        return current, False
    version = current.version + 1 if current else 1
    budget = AlertBudget.model_validate(said.model_dump() | {"site": site, "version": version, "set_at": now})
    session.add(
        AlertBudgetRow(
            site=key, version=version, set_at=now, set_by=said.by, document=budget.model_dump(mode="json")
        )
    )
    session.flush()
    return budget, True


def budget_of(session: Session, site: str) -> AlertBudget:
    """The one that counts. Raises `NotFound`."""
    budget = _newest(session, site_key(site))
    if budget is None:
        raise NotFound(
            f"Site {site!r} has no alert budget.", remedy="Set one: PUT /v1/sites/SITE/alert-budget."
        )
    return budget


def asked_for(session: Session, site: str) -> Action:
    """What a scan must be selected for to be looked at whatever its risk: as the budget of the site counts."""
    budget = _newest(session, site)
    return _ASKED_FOR[budget.of] if budget is not None else "open"


def sites(session: Session) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sites with a budget, and those without one where scans came; as they are compared."""
    budgeted = set(session.execute(select(AlertBudgetRow.site).distinct()).scalars())
    return tuple(sorted(budgeted)), tuple(sorted(scan_scores.sites(session) - budgeted))


def shift_end(session: Session, site: str, at: datetime) -> datetime | None:
    """When the shift of that moment ends; None for a site without a budget, which has no shifts."""
    budget = _newest(session, site_key(site))
    return budget.shift_at(at).ends_at if budget else None


def shift_plan(session: Session, site: str, at: datetime) -> ShiftPlan:
    """The plan of the shift of that moment. It rests on what came before the shift, and so stays the same during it."""
    budget = budget_of(session, site)
    time = budget.shift_at(at)
    past = _past(session, site_key(site), time, budget.of)
    found = _threshold(budget, time, past)
    return ShiftPlan(site_key(site), budget, time, found, _finds(session, past, found))


def worklist(session: Session, plan: ShiftPlan) -> list[PlacedScan]:
    """The scans of the shift so far, in the order in which to look at them."""
    asked_for = _ASKED_FOR[plan.budget.of]
    came = scan_scores.scans_between(session, plan.site, plan.time.begins_at, plan.time.ends_at, asked_for)
    when = {each.scan.scan: each.at for each in came}
    ordered = in_order([each.scan for each in came])
    return [
        PlacedScan(scan.scan, when[scan.scan], scan.lane, scan.score, place(scan, plan.threshold))
        for scan in ordered
    ]


def places(session: Session, scan_ids: list[str]) -> dict[str, BudgetPlace]:
    """Of these scans, those of sites with a budget, each in the shift in which it came."""
    thresholds: dict[tuple[str, datetime], Threshold | None] = {}
    budgets = {
        site: _newest(session, site) for site in set(session.execute(select(AlertBudgetRow.site)).scalars())
    }
    found = {}
    came_to = {
        of: scan_scores.scored(session, scan_ids, _ASKED_FOR[of])
        for of in {budget.of for budget in budgets.values() if budget is not None}
    }
    for of, scans in came_to.items():
        for scan_id, (site, came) in scans.items():
            budget = budgets.get(site)
            if budget is None or budget.of != of:
                continue
            time = budget.shift_at(came.at)
            shift = (site, time.begins_at)
            if shift not in thresholds:
                thresholds[shift] = _threshold(budget, time, _past(session, site, time, of))
            at = place(came.scan, thresholds[shift])
            found[scan_id] = BudgetPlace(site, time.shift.name, budget.of, at.selected, at.by, at.reason)
    return found


def _past(session: Session, site: str, time: ShiftTime, of: LookedAt) -> list[SiteScan]:
    return scan_scores.scans_before(session, site, time.begins_at, PAST_SCANS, _ASKED_FOR[of])


def _threshold(budget: AlertBudget, time: ShiftTime, past: list[SiteScan]) -> Threshold | None:
    ranks = [rank for each in past if (rank := each.scan.rank) is not None]
    most = time.shift.scans or _most_in_a_shift(budget, time, past)
    if not most:
        return None
    return threshold(ranks, budget=time.shift.budget, scans=most, chance=budget.chance)


def _newest(session: Session, site: str) -> AlertBudget | None:
    of_site = select(AlertBudgetRow.document).where(AlertBudgetRow.site == site)
    document = session.execute(of_site.order_by(AlertBudgetRow.version.desc()).limit(1)).scalar()
    return AlertBudget.model_validate(document) if document is not None else None


def _most_in_a_shift(budget: AlertBudget, time: ShiftTime, past: list[SiteScan]) -> int:
    """The most scans that came in an earlier shift of that name; 0 where there was none."""
    shifts = (budget.shift_at(each.at) for each in past)
    counts = Counter(each.begins_at for each in shifts if each.shift.name == time.shift.name)
    return max(counts.values(), default=0)


def _finds(session: Session, past: list[SiteScan], plan: Threshold | None) -> Finds:
    above = [each.scan for each in past if _is_above(each.scan, plan)]
    outcomes = scans_opened(session, [scan.scan for scan in above])
    looked, found = len(outcomes), sum(outcomes.values())
    scores = [scan.score for scan in above if scan.score is not None]
    at_least = share_at_least(found, looked) if looked else None
    return Finds(
        controlled=looked,
        found=found,
        share=found / looked if looked else None,
        at_least=at_least,
        false_alarms_at_most=None if at_least is None else 1 - at_least,
        by_scores=sum(scores) / len(scores) if scores else None,
    )


def _is_above(scan: ScoredScan, plan: Threshold | None) -> bool:
    if scan.rank is None or plan is None:
        return False
    return scan.rank > plan.rank if plan.rank is not None else scan.rank >= URGENT_RANK
