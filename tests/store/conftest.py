from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.database import Database, open_database
from tallyscan.store.intake import Intake
from tallyscan.store.joins import Joins
from tallyscan.store.work_queue import DatabaseQueue


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'tallyscan.db'}")
    yield opened
    opened.close()


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")


@pytest.fixture
def intake(database: Database, blobs: FolderBlobs) -> Intake:
    return Intake(database, blobs, joins=Joins(timedelta(days=30)))


@pytest.fixture
def queue(database: Database) -> DatabaseQueue:
    return DatabaseQueue(database, lease_seconds=60, max_attempts=3)
