"""Clocks of clients may be a little wrong; nobody decides tomorrow."""

from datetime import datetime, timedelta

from tallyscan.errors import Conflict

AHEAD = timedelta(minutes=5)


def check_time(at: datetime | None, now: datetime) -> None:
    """Raises `Conflict` for a time that lies ahead."""
    if at is not None and at > now + AHEAD:
        raise Conflict(
            f"{at.isoformat()} lies ahead of the clock of the service, {now.isoformat(timespec='seconds')}.",
            remedy="Set the clock of the client, or leave `at` out.",
        )
