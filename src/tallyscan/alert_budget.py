"""How much a site can look at in each shift."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, model_validator

from tallyscan.statement import Comment, Part, Words

LookedAt = Literal["inspections", "second_readings"]


def _known(zone: str) -> str:
    if zone not in available_timezones():
        raise ValueError("it is no time zone, such as Europe/Vilnius")
    return zone


class Shift(Part):
    """A part of the day, until the next shift starts.

    `scans` is the most that come in it; without it, the most that came in an earlier one counts.
    """

    name: Words
    starts: time = Field(description="local time, 06:00")
    budget: int = Field(ge=0, le=10_000, description="how many can be looked at")
    scans: int | None = Field(None, ge=1, le=100_000, description="how many scans come at most")


class AlertBudgetSaid(Part):
    """As a supervisor sets it; `chance` bounds how often a shift may bring more than its budget."""

    of: LookedAt = "inspections"
    shifts: Annotated[tuple[Shift, ...], Field(min_length=1, max_length=24)]
    time_zone: Annotated[str, AfterValidator(_known)] = "UTC"
    chance: float = Field(0.1, ge=0.001, le=0.5)
    by: Words = Field(description="who sets it: who is signed in, or without sign-in as it is given")
    comment: Comment | None = None

    @model_validator(mode="after")
    def _tells_shifts_apart(self) -> Self:
        for field in ("name", "starts"):
            if len({getattr(shift, field) for shift in self.shifts}) < len(self.shifts):
                raise ValueError(f"two shifts have the same {field}")
        return self


class AlertBudget(AlertBudgetSaid):
    """On record, never changed; a newer version counts."""

    model_config = ConfigDict(extra="ignore")  # what a later version adds

    site: str
    version: int
    set_at: AwareDatetime

    def shift_at(self, at: datetime) -> "ShiftTime":
        """The shift of that moment."""
        zone = ZoneInfo(self.time_zone)
        local = at.astimezone(zone)
        days = [local.date() + timedelta(days=days) for days in (-1, 0, 1)]
        starts = ((datetime.combine(day, each.starts, zone), each) for day in days for each in self.shifts)
        begins = sorted(((start.astimezone(UTC), each) for start, each in starts), key=lambda pair: pair[0])
        now = max(place for place, (start, _) in enumerate(begins) if start <= at)
        return ShiftTime(begins[now][1], begins[now][0], begins[now + 1][0])


@dataclass(frozen=True)
class ShiftTime:
    """A shift on its day."""

    shift: Shift
    begins_at: datetime
    ends_at: datetime
