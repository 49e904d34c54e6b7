"""The whole pipeline, timed in a process of its own."""

from pathlib import Path

import pytest

from tests.tiny_model import write_tiny_model
from training.pipeline_figures import HEIGHT, WIDTH, dual_scan, environment_of_a_service, pipeline_figures
from training.read_again import peak_memory_mb


def test_the_scan_has_two_energies_and_the_size_that_is_promised() -> None:
    scan = dual_scan()
    assert scan.pixels.shape == (2, HEIGHT, WIDTH) == (2, 576, 2432)
    assert scan.sidecar["pitch_mm"] == {"x": 5.0, "y": 5.0}


def test_how_training_uses_memory_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_TOP_PAD_", "268435456")
    environment = environment_of_a_service()
    assert "PATH" in environment
    assert not [name for name in environment if name.startswith("MALLOC_")]


def test_seconds_and_memory_are_those_of_a_process_that_loads_nothing_else(tmp_path: Path) -> None:
    ballast = bytearray(600_000_000)  # of this process, which must not be counted
    figures = pipeline_figures(write_tiny_model(tmp_path), runs=1, threads=1)
    assert (figures["height"], figures["width"], figures["threads"], figures["runs"]) == (576, 2432, 1, 1)
    assert 0 < figures["seconds"] < 60
    own = peak_memory_mb()
    if own is not None:
        assert own > len(ballast) / 1e6 > figures["peak_memory_mb"] > 50
