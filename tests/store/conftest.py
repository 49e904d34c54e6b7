from datetime import timedelta
from pathlib import Path

import pytest

from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.database import Database
from tallyscan.store.intake import Intake
from tallyscan.store.joins import Joins
from tallyscan.store.work_queue import DatabaseQueue


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")


@pytest.fixture
def intake(database: Database, blobs: FolderBlobs) -> Intake:
    return Intake(database, blobs, joins=Joins(timedelta(days=30)))


@pytest.fixture
def queue(database: Database) -> DatabaseQueue:
    return DatabaseQueue(database, lease_seconds=60, max_attempts=3)
