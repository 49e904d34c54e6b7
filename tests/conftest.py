"""What tests of the whole house share. Imports are inside: tests of one room load only that room."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

from tests.postgresql import needs_postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tallyscan.pipeline import Reader
    from tallyscan.settings import Settings
    from tallyscan.store.database import Database
    from tests.acquire.s3_server import S3Server
    from tests.postgresql import Postgresql
    from tests.report.rabbitmq import Broker


@pytest.fixture(autouse=True)
def _logs_go_where_each_test_looks() -> Iterator[None]:
    """The command line points the log at its own stderr, which is closed with the test that ran it."""
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _nobody_acts() -> Iterator[None]:
    """Commands act in the name of who runs them, until their process ends; the tests of a file are one process."""
    yield
    if (acting := sys.modules.get("tallyscan.acting")) is not None:
        acting.act_as(acting.Actor("process", "tallyscan"))


@pytest.fixture(scope="session")
def tiny_models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with a small real ONNX model."""
    from tests.tiny_model import write_tiny_models_dir

    return write_tiny_models_dir(tmp_path_factory.mktemp("models"))


@pytest.fixture
def settings(tmp_path: Path, tiny_models_dir: Path) -> Settings:
    """A data folder of the test's own."""
    from tallyscan.settings import Settings

    return Settings(
        data_dir=tmp_path / "data", models_dir=tiny_models_dir, inference_threads=1, inbox_quiet_seconds=0.1
    )


@pytest.fixture(scope="session")
def reader(tiny_models_dir: Path) -> Reader:
    """Profiles and the tiny model, loaded once."""
    from tallyscan.bootstrap import load_reader
    from tallyscan.settings import Settings

    return load_reader(Settings(models_dir=tiny_models_dir, inference_threads=1))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """A PostgreSQL, for tests that are marked with `needs_postgresql`."""
    from tests.postgresql import running_postgresql

    with running_postgresql() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_postgresql())])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of the test's own: whoever asks for it is run on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'tallyscan.db'}"
        return
    server: Postgresql = request.getfixturevalue("postgresql")
    with server.database() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """That database, opened."""
    from tallyscan.store.database import open_database

    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A RabbitMQ, for tests that are marked with `needs_rabbitmq`."""
    from tests.report.rabbitmq import running_broker

    with running_broker(tmp_path_factory.mktemp("rabbitmq")) as opened:
        yield opened


@pytest.fixture(scope="session")
def _s3_server() -> Iterator[S3Server]:
    from tests.acquire.s3_server import S3Server

    with pytest.MonkeyPatch.context() as patch:
        _set_credentials(patch)
        server = S3Server()
    yield server
    server.stop()


@pytest.fixture
def s3(_s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """An S3 server with a bucket of the test's own, and credentials for it where a service finds them."""
    _set_credentials(monkeypatch)
    _s3_server.begin()
    return _s3_server


def _set_credentials(patch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
    patch.setenv("AWS_ACCESS_KEY_ID", "reader")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):  # not what this machine's user has
        patch.setenv(name, os.devnull)
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
