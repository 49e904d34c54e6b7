"""The days, the site and the scanner that figures are asked of."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

By = Literal["day", "site", "scanner"]


@dataclass(frozen=True)
class Asked:
    """Scans that arrived from the first to the last day, both in, in that time zone; `site` as it is compared, and
    so the `own` sites of who asks, None for every one."""

    first_day: date
    last_day: date
    zone: ZoneInfo
    site: str | None = None
    scanner: str | None = None
    own: frozenset[str] | None = None

    def begins_at(self, day: date) -> datetime:
        """Of that day, in UTC."""
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)

    @property
    def days(self) -> list[date]:
        """Every day, those without a scan too."""
        return [self.first_day + timedelta(days=n) for n in range((self.last_day - self.first_day).days + 1)]

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From when, and until before when."""
        return self.begins_at(self.first_day), self.begins_at(self.last_day + timedelta(days=1))
