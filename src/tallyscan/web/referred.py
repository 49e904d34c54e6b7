"""Whether a case is referred to an office of who asks, and its time has not passed."""

from datetime import datetime

from tallyscan.access.accounts import now_utc
from tallyscan.access.caller import Caller
from tallyscan.errors import Forbidden
from tallyscan.store.offices_asked import Asked


def has_case(caller: Caller, asked: Asked) -> bool:
    """False where none of their offices is asked. Raises `Forbidden` where one was, for a time that has passed."""
    limits = [until for office, until in asked.items() if caller.is_at([office])]
    if not limits or not all(map(is_past, limits)):
        return bool(limits)
    raise time_has_passed(max(until for until in limits if until is not None))


def is_past(until: datetime | None) -> bool:
    """Whether a time limit has passed; None is no limit."""
    return until is not None and until <= now_utc()


def time_has_passed(until: datetime) -> Forbidden:
    """For an office that had a case of another site until then."""
    return Forbidden(
        f"This case was referred to your office until {until:%Y-%m-%d %H:%M UTC}, and that time has passed.",
        remedy="Ask who referred it to refer it again.",
    )
