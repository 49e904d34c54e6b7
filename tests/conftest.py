"""What tests of the whole house share. Imports are inside: tests of one room load only that room."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tallyscan.pipeline import Reader
    from tallyscan.settings import Settings


@pytest.fixture(autouse=True)
def _logs_go_where_each_test_looks() -> Iterator[None]:
    """The command line points the log at its own stderr, which is closed with the test that ran it."""
    yield
    structlog.reset_defaults()


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
