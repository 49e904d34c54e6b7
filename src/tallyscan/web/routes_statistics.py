"""Figures of the work over days: what arrives and waits, what is found, how far people and machine agree."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter, Query
from pydantic import AfterValidator

from tallyscan.errors import Conflict
from tallyscan.store.figures import figures
from tallyscan.store.scan_scores import site_key
from tallyscan.store.span import Asked, By
from tallyscan.web.errors import problem_responses
from tallyscan.web.gate import CallerDep
from tallyscan.web.service import ServiceDep
from tallyscan.web.statistics_examples import STATISTICS
from tallyscan.work_figures import WorkFigures

MOST_DAYS = 366
_DAYS = 30

router = APIRouter(prefix="/v1", tags=["statistics"])


def _known(zone: str) -> str:
    if zone not in available_timezones():
        raise ValueError("it is no time zone, such as Europe/Vilnius")
    return zone


@dataclass(frozen=True)
class NamedFigures:
    """The figures of one day (ISO), site (as it is compared) or scanner (empty where a scan names none)."""

    name: str
    figures: WorkFigures


@dataclass(frozen=True)
class Statistics:
    """The figures of the scans that arrived from the first to the last day, both in: of all, and of each part of what
    they were asked by.
    """

    first_day: date
    last_day: date
    time_zone: str
    site: str | None
    scanner: str | None
    whole: WorkFigures
    parts: dict[By, tuple[NamedFigures, ...]]


@router.get(
    "/statistics",
    responses={
        200: {"content": {"application/json": {"example": STATISTICS}}},
        **problem_responses(409, 422),
    },
)
def get_statistics(
    service: ServiceDep,
    caller: CallerDep,
    first_day: Annotated[date | None, Query(description="29 days before the last one, if left out")] = None,
    last_day: Annotated[date | None, Query(description="today, if left out")] = None,
    site: Annotated[
        str | None, Query(max_length=80, description="in any spelling; none: all of one's own")
    ] = None,
    scanner: Annotated[str | None, Query(max_length=80, description="the machine; none: all")] = None,
    by: Annotated[
        list[By] | None, Query(description="also of each day, site or scanner; may come again")
    ] = None,
    time_zone: Annotated[str, Query(description="of the days"), AfterValidator(_known)] = "UTC",
) -> Statistics:
    """Counts with the shares and times that they give; where nothing was counted there is no share. Each share has its
    95 % interval.
    """
    now, zone = datetime.now(UTC), ZoneInfo(time_zone)
    last = last_day or now.astimezone(zone).date()
    first = first_day or last - timedelta(days=_DAYS - 1)
    days = (last - first).days + 1
    if not 1 <= days <= MOST_DAYS:
        raise Conflict(
            f"From {first} to {last} are {days} days.",
            remedy=f"Give `first_day` before `last_day`, and {MOST_DAYS} days at most.",
        )
    asked = Asked(first, last, zone, site_key(site) if site else None, scanner, caller.sites)
    with service.database.read() as session:
        whole, parts = figures(session, asked, dict.fromkeys(by or ()), now)
    named = {each: tuple(NamedFigures(name, found) for name, found in parts[each].items()) for each in parts}
    return Statistics(first, last, time_zone, asked.site, scanner, whole, named)
