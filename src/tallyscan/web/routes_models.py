"""The models: what they are worth, on what their thresholds rest, and what they come to here."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from tallyscan.alert_budget import LookedAt
from tallyscan.detect.card import ModelCard
from tallyscan.detect.card_calibration import NO_THRESHOLD
from tallyscan.detect.model_shelf import Unreadable, shelf
from tallyscan.store import alert_budgets, calibration_seen, label_counts, scanner_shares
from tallyscan.store.alert_budgets import ShiftPlan
from tallyscan.store.calibration_seen import GroupSeen
from tallyscan.store.label_counts import LabelCount
from tallyscan.store.scanner_shares import Shares, Step
from tallyscan.triage.worklist import Finds
from tallyscan.web.errors import problem_responses
from tallyscan.web.model_documents import Model, model_document
from tallyscan.web.model_examples import LABELS, MODEL_LIST, SHARES, SITE_BUDGETS
from tallyscan.web.routes_sites import Bound, ShiftNow, bound_of
from tallyscan.web.service import ServiceDep

router = APIRouter(prefix="/v1/models", tags=["models"])

Standing = Literal["site", "simulated", "borrowed", "none", "unknown"]


@dataclass(frozen=True)
class GroupHere:
    """A calibration group of the scans of this place, by scanner profile, and on what its threshold rests.

    `standing` is `site` where benign scans of this site set it. Everything else is not calibrated here: `simulated`
    rests on simulated scans alone, `borrowed` is that of `used`, because the model has none for the group, `none` lets
    no scan alarm, and of `unknown` the model that judged is not in the folder any more.
    """

    scanner: str
    group: str
    used: str
    scans: int
    standing: Standing
    calibrated_here: bool
    benign_scans: int | None
    threshold: float | None


@dataclass(frozen=True)
class ModelList:
    """Every model of the models folder, the newest first, those that cannot be read, and the groups of the newest
    `of_scans` scans that were read."""

    models: list[Model]
    unreadable: tuple[Unreadable, ...]
    groups_here: list[GroupHere]
    of_scans: int


@dataclass(frozen=True)
class LabelList:
    """Labels by origin: opinions of readers and outcomes of controls, which are two things."""

    since: datetime
    until: datetime
    counts: tuple[LabelCount, ...]


@dataclass(frozen=True)
class SiteBudget:
    """What the budget of a site makes of its shift now; `finds` is what controls of earlier scans above it came to."""

    site: str
    version: int
    set_by: str
    set_at: datetime
    of: LookedAt
    chance: float
    shift: ShiftNow
    bound: Bound | None
    finds: Finds


@dataclass(frozen=True)
class SiteBudgets:
    """The budgets that count. `without_budget` are sites whose scans are judged by their lane alone."""

    budgets: list[SiteBudget]
    without_budget: tuple[str, ...]


@router.get(
    "",
    response_model=ModelList,
    responses={200: {"content": {"application/json": {"example": MODEL_LIST}}}},
)
def list_models(service: ServiceDep) -> ModelList:
    """Every model by its card: targets, figures with their intervals, thresholds with the counts they rest on."""
    shelved, unreadable = shelf(service.models_dir)
    with service.database.read() as session:
        seen, of_scans = calibration_seen.groups_seen(session)
    cards = {each.card.sha256: each.card for each in shelved}
    return ModelList(
        models=[model_document(each, service.model.sha256) for each in shelved],
        unreadable=unreadable,
        groups_here=[_group_here(each, cards.get(each.model_sha256)) for each in seen],
        of_scans=of_scans,
    )


@router.get(
    "/drift",
    response_model=Shares,
    responses={
        200: {"content": {"application/json": {"example": SHARES}}},
        **problem_responses(422),
    },
)
def get_drift(
    service: ServiceDep,
    days: Annotated[int, Query(ge=1, le=366, description="so many days back")] = 30,
    by: Annotated[Step, Query(description="the length of a step, in UTC")] = "day",
) -> Shares:
    """What the scans of each scanner came to over time: lanes, scores, alarms and what was not assessed, in counts.

    In what condition the scanners are is in GET /v1/scanners.
    """
    with service.database.read() as session:
        return scanner_shares.shares(session, datetime.now(UTC) - timedelta(days=days), by)


@router.get(
    "/labels",
    response_model=LabelList,
    responses={
        200: {"content": {"application/json": {"example": LABELS}}},
        **problem_responses(422),
    },
)
def get_labels(
    service: ServiceDep,
    since: Annotated[AwareDatetime | None, Query(description="none: 90 days back")] = None,
    until: Annotated[AwareDatetime | None, Query(description="none: now")] = None,
) -> LabelList:
    """How many labels there are, by who or what said so, by family and by site."""
    end = (until or datetime.now(UTC)).astimezone(UTC)
    start = (since or end - timedelta(days=90)).astimezone(UTC)
    with service.database.read() as session:
        return LabelList(start, end, label_counts.label_counts(session, start, end))


@router.get(
    "/budgets",
    response_model=SiteBudgets,
    responses={200: {"content": {"application/json": {"example": SITE_BUDGETS}}}},
)
def get_budgets(service: ServiceDep) -> SiteBudgets:
    """The threshold of each site by its alert budget, and what it keeps to."""
    now = datetime.now(UTC)
    with service.database.read() as session:
        budgeted, others = alert_budgets.sites(session)
        plans = [alert_budgets.shift_plan(session, site, now) for site in budgeted]
    return SiteBudgets([_site_budget(plan) for plan in plans], others)


def _group_here(seen: GroupSeen, card: ModelCard | None) -> GroupHere:
    threshold = card.thresholds.get(seen.used) if card else None
    standing: Standing
    if threshold is None:
        standing = "unknown"
    elif threshold.threshold == NO_THRESHOLD:
        standing = "none"
    elif seen.used != seen.group:
        standing = "borrowed"
    else:
        standing = threshold.basis
    return GroupHere(
        scanner=seen.scanner,
        group=seen.group,
        used=seen.used,
        scans=seen.scans,
        standing=standing,
        calibrated_here=standing == "site",
        benign_scans=threshold.benign_scans if threshold else None,
        threshold=threshold.threshold if threshold else None,
    )


def _site_budget(plan: ShiftPlan) -> SiteBudget:
    budget, time = plan.budget, plan.time
    return SiteBudget(
        site=budget.site,
        version=budget.version,
        set_by=budget.by,
        set_at=budget.set_at,
        of=budget.of,
        chance=budget.chance,
        shift=ShiftNow(time.shift.name, time.begins_at, time.ends_at, time.shift.budget),
        bound=bound_of(plan.threshold),
        finds=plan.finds,
    )
