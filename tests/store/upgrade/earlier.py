"""A data folder as an earlier version left it, on either database.

`schema_0009.sql.gz` was written by the version of that time from invented scans: one of two revisions with a decision,
one that was read, one that was rejected, and one that still waits; a declaration in two versions and one in quarantine;
events that left and events that wait. The bytes of the scans are made again, and are the same.
"""

import gzip
import sqlite3
from pathlib import Path

from sqlalchemy import URL, MetaData, create_engine

from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.database import migrate
from tallyscan.store.postgresql import postgresql_engine
from tallyscan.store.table_copy import copy_tables
from tests.sample_images import OTHER_CONTAINER, container_tiff, declaration_json, sidecar_json

REVISION = "0009"
_DUMP = Path(__file__).with_name(f"schema_{REVISION}.sql.gz")


def put_sqlite(path: Path) -> None:
    """Make the database file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(path)
    database.executescript(gzip.decompress(_DUMP.read_bytes()).decode())
    database.close()


def put_postgresql(url: URL, work: Path) -> None:
    """Fill an empty PostgreSQL with the same."""
    put_sqlite(work / "earlier.db")
    source, target = create_engine(f"sqlite:///{work / 'earlier.db'}"), postgresql_engine(url)
    with source.connect() as read, target.begin() as written:
        migrate(written, REVISION)
        metadata = MetaData()
        metadata.reflect(read)
        metadata.remove(metadata.tables["alembic_version"])
        copy_tables(read, written, metadata)
    source.dispose()
    target.dispose()


def put_blobs(folder: Path) -> None:
    """The bytes of its scans and declarations."""
    blobs = FolderBlobs(folder)
    for number in (1, 2):
        blobs.put(container_tiff(seed=number, width=200))
    blobs.put(container_tiff(lump=True, width=200))
    for said in (sidecar_json(), sidecar_json(OTHER_CONTAINER), sidecar_json(None)):
        blobs.put(said)
    for said in (declaration_json(), declaration_json(mass_kg=2000), b"{broken", b"no image"):
        blobs.put(said)
