"""What a site can look at in a shift, and which scans that are."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime

from tallyscan.alert_budget import AlertBudget, AlertBudgetSaid, LookedAt
from tallyscan.store import alert_budgets
from tallyscan.store.alert_budgets import PlacedScan
from tallyscan.store.queue_rows import renew_later
from tallyscan.store.scan_scores import site_key
from tallyscan.triage.budget import Threshold
from tallyscan.triage.worklist import Finds
from tallyscan.web.budget_examples import BUDGET, BUDGET_SAID, WORKLIST
from tallyscan.web.errors import problem_responses
from tallyscan.web.gate import CallerDep
from tallyscan.web.service import ServiceDep
from tallyscan.web.small_body import SmallBodyRoute
from tallyscan.web.withheld import hidden_readings

SiteId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=80,
        description="as the sidecars name it, in any spelling; `unnamed`: they name none",
    ),
]

router = APIRouter(prefix="/v1/sites", tags=["sites"], route_class=SmallBodyRoute)


@dataclass(frozen=True)
class Bound:
    """The threshold of a shift and what it keeps to.

    Scans with a risk above `above_risk` are selected; null: only what is urgent. `over_at_most` is how likely a shift
    brings more than the budget, as long as no more than `scans` come, and they are as the `past` ones were. `expected`
    is how many a shift selects in the mean, `share_at_most` bounds the share of all scans that is selected: as many
    false alarms at most, were none of them a find.
    """

    above_risk: float | None
    scans: int
    past: int
    over_at_most: float
    expected: float
    share_at_most: float


@dataclass(frozen=True)
class ShiftNow:
    """The shift on its day."""

    name: str
    begins_at: datetime
    ends_at: datetime
    budget: int


@dataclass(frozen=True)
class Worklist:
    """The scans of a shift so far, in the order in which to look at them: urgent, not assessed, selected by a
    risk profile or random share, then by risk.

    `selected` counts those that are selected and in the budget; what was not assessed is selected beside it. `bound` is
    null as long as too few earlier scans are there to keep a budget by: then the red lane is selected. `finds` is what
    controls of earlier scans above the threshold came to.
    """

    site: str
    of: LookedAt
    budget_version: int
    shift: ShiftNow
    selected: int
    bound: Bound | None
    finds: Finds
    scans: list[PlacedScan]


@router.put(
    "/{site}/alert-budget",
    response_model=AlertBudget,
    responses={
        200: {
            "description": "Set, or the same as before",
            "content": {"application/json": {"example": BUDGET}},
        },
        **problem_responses(413, 422, 503),
    },
)
def put_alert_budget(
    site: SiteId, said: Annotated[AlertBudgetSaid, Body(examples=[BUDGET_SAID])], service: ServiceDep
) -> JSONResponse:
    """Say how many inspections, or second readings, each shift of a site can do. A change is a new version."""
    with service.database.write() as session:
        budget, new = alert_budgets.put_budget(session, site, said, datetime.now(UTC))
        if new:
            renew_later(session, site_key(site))
    return JSONResponse(budget.model_dump(mode="json"))


@router.get(
    "/{site}/alert-budget",
    responses={200: {"content": {"application/json": {"example": BUDGET}}}, **problem_responses(404)},
)
def get_alert_budget(site: SiteId, service: ServiceDep) -> AlertBudget:
    """The budget that counts."""
    with service.database.read() as session:
        return alert_budgets.budget_of(session, site)


@router.get(
    "/{site}/worklist",
    responses={
        200: {"content": {"application/json": {"example": WORKLIST}}},
        **problem_responses(404, 422),
    },
)
def get_worklist(
    site: SiteId,
    service: ServiceDep,
    caller: CallerDep,
    at: Annotated[AwareDatetime | None, Query(description="a moment of the shift; none: now")] = None,
) -> Worklist:
    """Which scans of a shift are to be looked at, in what order, and why. Those that an operator still has to read
    blind are not listed for them; they are at their desk.
    """
    with service.database.read() as session:
        plan = alert_budgets.shift_plan(session, site, (at or datetime.now(UTC)).astimezone(UTC))
        scans = alert_budgets.worklist(session, plan)
        hidden = hidden_readings(session, service, caller, [scan.scan for scan in scans])
    time = plan.time
    return Worklist(
        site=site,
        of=plan.budget.of,
        budget_version=plan.budget.version,
        shift=ShiftNow(time.shift.name, time.begins_at, time.ends_at, time.shift.budget),
        selected=sum(scan.place.selected and scan.place.by != "not_assessed" for scan in scans),
        bound=bound_of(plan.threshold),
        finds=plan.finds,
        scans=[scan for scan in scans if scan.scan not in hidden],
    )


def bound_of(threshold: Threshold | None) -> Bound | None:
    """Rounded; None where too few earlier scans are there to keep a budget by."""
    if threshold is None:
        return None
    return Bound(
        above_risk=None if threshold.rank is None else max(threshold.rank[0], 0.0),
        scans=threshold.scans,
        past=threshold.past,
        over_at_most=round(threshold.over_at_most, 6),
        expected=round(threshold.expected, 3),
        share_at_most=round(threshold.share_at_most, 6),
    )
