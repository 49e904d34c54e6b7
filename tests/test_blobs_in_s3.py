"""The service with its bytes in S3: read, looked at, and nothing lost while the server is away."""

import pytest

from tallyscan.bootstrap import open_store, worker_of
from tallyscan.errors import StoreAway
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.tables import ScanRow
from tests.acquire.s3_server import S3Server
from tests.sample_images import container_tiff, declaration_json, scan_files


def with_blobs_in_s3(settings: Settings, s3: S3Server, **more: object) -> Settings:
    """Through the checks that a setting from the environment goes through."""
    given = {"blobs_url": f"s3://{s3.bucket}/bytes", "blobs_s3_endpoint": s3.url, "max_attempts": 1}
    return Settings(**settings.model_dump() | given | more)


def test_a_scan_is_read_and_looked_at_by_a_machine_that_has_only_the_bucket(
    settings: Settings, reader: Reader, s3: S3Server
) -> None:
    site = with_blobs_in_s3(settings, s3)
    with open_store(site) as store:
        scan = store.intake.accept_scan(scan_files(declaration=declaration_json()), origin="test").scan_id
        worker_of(store, reader, site).read_next()
        with store.database.read() as session:
            view = queries.scan(session, scan)
        assert view.state == "read"
    assert not (site.data_dir / "blobs").exists()
    assert set(s3.contents()) >= {f"bytes/{view.picture_key}", f"bytes/{view.report_key}"}
    with open_store(with_blobs_in_s3(settings, s3, blob_cache_megabytes=0)) as store:
        keys = store.blobs.keys()
        key = next(key for key in keys if store.blobs.get(key)[:2] in (b"II", b"MM"))
        assert store.blobs.part(key, 0, 2) in (b"II", b"MM")


def test_while_the_server_is_away_nothing_is_accepted_and_what_waits_is_read_when_it_is_back(
    settings: Settings, reader: Reader, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallyscan.worker._STORE_AWAY_SECONDS", 0.0)
    site = with_blobs_in_s3(settings, s3, blob_cache_megabytes=0)
    with open_store(site) as store:
        scan = store.intake.accept_scan(scan_files(), origin="test").scan_id
        worker = worker_of(store, reader, site)
        s3.stop()
        with pytest.raises(StoreAway, match="cannot be reached"):
            store.intake.accept_scan(scan_files(container_tiff(seed=2)), origin="test")
        for _ in range(2):  # more often than a scan may be tried
            assert worker.read_next() == scan
        with store.database.read() as session:
            row = session.get_one(ScanRow, scan)
            assert (row.state, row.attempts) == ("received", 0)
            assert row.reason is not None
            assert "cannot be reached" in row.reason
        s3.start()
        assert worker.read_next() == scan
        with store.database.read() as session:
            view = queries.scan(session, scan)
        assert view.state == "read"
