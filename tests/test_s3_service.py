"""The service with an S3 prefix: from the bucket to the reading, with every fault told."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from tallyscan.bootstrap import Store, open_store, running
from tallyscan.errors import TallyscanError
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.readings import load_files
from tallyscan.store.tables import DeclarationVersion
from tests.acquire.s3_server import S3Server, eventually
from tests.e2e.serving import ServiceProcess
from tests.sample_images import (
    CONTAINER,
    MRN,
    OTHER_CONTAINER,
    container_tiff,
    declaration_json,
    sidecar_json,
)


def with_s3(settings: Settings, s3: S3Server, **more: object) -> Settings:
    """Through the checks that a setting from the environment goes through."""
    given = {
        "inbox_s3_url": f"s3://{s3.bucket}/gates",
        "inbox_s3_endpoint": s3.url,
        "inbox_s3_poll_seconds": 0.2,
        "inbox_s3_patience_seconds": 1,
    }
    return Settings(**settings.model_dump() | given | more)


def views(store: Store) -> list[queries.ScanView]:
    with store.database.read() as session:
        return list(queries.scans(session))


def all_read(store: Store, count: int) -> Callable[[], bool]:
    return lambda: [view.state for view in views(store)] == ["read"] * count


def test_what_arrives_in_the_bucket_is_read_and_joins_its_declaration(
    settings: Settings, reader: Reader, s3: S3Server
) -> None:
    image, sidecar, declaration = container_tiff(), sidecar_json(), declaration_json()
    s3.put("gates/1/scan.declaration.json", data=declaration)
    s3.put("gates/1/scan.json", data=sidecar)
    s3.put("gates/1/scan.tif", data=image)
    alone = declaration_json(OTHER_CONTAINER, mrn="26NL000510A1B2C3D5")
    s3.put("gates/alone.declaration.json", data=alone)
    s3.put("gates//slip.tif")
    before = s3.contents()
    site = with_s3(settings, s3)
    with open_store(site) as store, running(site, store, reader) as service:
        assert eventually(all_read(store, 1))
        (view,) = views(store)
        assert (view.name, view.origin, view.consignment) == ("1/scan.tif", "s3", MRN)
        assert view.reading is not None
        assert view.reading["containers"][0]["number"] == CONTAINER
        with store.database.read() as session:
            files = load_files(session, store.blobs, view.id)
        assert (files.images[0].data, files.sidecar, files.declaration) == (image, sidecar, declaration)

        def declared() -> list[str]:
            with store.database.read() as session:
                return list(session.execute(select(DeclarationVersion.consignment_id)).scalars())

        assert eventually(lambda: len(declared()) == 2)
        assert service.stopped_parts() == ()
        with store.database.read() as session:
            (slip,) = queries.quarantine(session)
        assert (slip.origin, slip.name, slip.kept_at) == (
            "s3",
            "/slip.tif",
            f"s3://{s3.bucket}/gates//slip.tif",
        )
        assert (slip.code, slip.size_bytes, slip.sha256) == ("input", 1, None)
        assert "empty" in slip.reason
        spool = site.data_dir / "s3_inbox"
        assert eventually(lambda: not list(spool.iterdir()))
    assert s3.contents() == before


def test_a_server_that_is_away_is_told_by_the_service_which_goes_on_when_it_is_back(
    settings: Settings, reader: Reader, s3: S3Server
) -> None:
    site = with_s3(settings, s3)
    s3.stop()
    with open_store(site) as store, running(site, store, reader) as service:
        assert eventually(lambda: service.stopped_parts() == ("inbox_s3",))
        s3.start()
        s3.put("gates/a.tif", data=container_tiff())
        s3.put("gates/a.json", data=sidecar_json())
        assert eventually(all_read(store, 1))
        assert eventually(lambda: service.stopped_parts() == ())


def test_a_service_that_is_killed_while_it_fetches_reads_every_scan_once(
    settings: Settings, tiny_models_dir: Path, s3: S3Server
) -> None:
    times = [f"2026-02-01T10:0{seed}:00Z" for seed in range(6)]
    scans = [(container_tiff(seed=seed), sidecar_json(None, acquired_at=at)) for seed, at in enumerate(times)]
    for seed, (image, sidecar) in enumerate(scans):
        s3.put(f"gates/{seed}.tif", data=image)
        s3.put(f"gates/{seed}.json", data=sidecar)
    site = with_s3(settings, s3)
    given = {
        name: value for name, value in site.model_dump().items() if name.startswith("inbox_s3") and value
    }
    for fetched in (2, 3):  # objects, two a scan
        with s3.holding(fetched) as held:
            service = ServiceProcess(tiny_models_dir, site.data_dir, **given)
            assert held.wait(60)
            service.kill()
    service = ServiceProcess(tiny_models_dir, site.data_dir, **given)
    try:
        assert eventually(lambda: service.client.get("/healthz").json()["scans"] == {"read": len(scans)})
        assert service.client.get("/v1/quarantine").json() == []
    finally:
        service.kill()
    with open_store(site) as store:
        found = views(store)
        with store.database.read() as session:
            kept = [load_files(session, store.blobs, view.id) for view in found]
    assert sorted((files.images[0].data, files.sidecar) for files in kept) == sorted(scans)


def test_scans_do_not_come_from_another_machine_without_tls(
    settings: Settings, reader: Reader, s3: S3Server
) -> None:
    site = with_s3(settings, s3, inbox_s3_endpoint="http://s3.example:9000")
    with (
        open_store(site) as store,
        pytest.raises(TallyscanError, match=r"without TLS.*inbox_s3_allow_plain"),
        running(site, store, reader),
    ):
        pass


def test_a_profile_that_there_is_not_keeps_the_service_from_starting(
    settings: Settings, reader: Reader, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "none")
    site = with_s3(settings, s3)
    with (
        open_store(site) as store,
        pytest.raises(TallyscanError, match=r"cannot be set up.*none"),
        running(site, store, reader),
    ):
        pass


def test_an_endpoint_without_tls_is_taken_where_it_is_said(
    settings: Settings, reader: Reader, s3: S3Server
) -> None:
    site = with_s3(settings, s3, inbox_s3_endpoint="http://s3.invalid:9000", inbox_s3_allow_plain=True)
    with open_store(site) as store, running(site, store, reader) as service:
        assert eventually(lambda: service.stopped_parts() == ("inbox_s3",))


def test_an_endpoint_from_the_environment_is_held_to_the_same(
    settings: Settings, reader: Reader, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://s3.example:9000")
    site = with_s3(settings, s3, inbox_s3_endpoint=None)
    with (
        open_store(site) as store,
        pytest.raises(TallyscanError, match="without TLS"),
        running(site, store, reader),
    ):
        pass


def test_without_the_extra_the_start_says_which_one(
    settings: Settings, reader: Reader, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "botocore", None)
    monkeypatch.delitem(sys.modules, "botocore.session")
    site = with_s3(settings, s3)
    with (
        open_store(site) as store,
        pytest.raises(TallyscanError, match=r"pip install 'tallyscan\[s3\]'"),
        running(site, store, reader),
    ):
        pass


@pytest.mark.parametrize(
    "url", ["bucket/prefix", "s3://", "s3://ab", "s3://bucket//x", "s3://bucket/a?b", "https://bucket/x"]
)
def test_an_address_is_one(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings(inbox_s3_url=url)


@pytest.mark.parametrize("url", ["s3.example", "https://s3.example:port", "https://a/b", "ftp://s3.example"])
def test_an_endpoint_is_one(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings(inbox_s3_endpoint=url)
