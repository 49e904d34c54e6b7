from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tallyscan.access.access import Access, access_to
from tallyscan.settings import Settings
from tallyscan.store.database import Database, open_database


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 2, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def goes_on(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'tallyscan.db'}")
    yield opened
    opened.close()


@pytest.fixture
def access(database: Database, clock: Clock) -> Access:
    return access_to(
        database, Settings(session_idle_minutes=30, session_hours=8, account_link_hours=24), clock
    )
