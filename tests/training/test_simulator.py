"""The command that writes scans: the same bytes for the same seed, and twins that differ where something is hidden."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from tallyscan.declaration import parse_declaration
from tallyscan.sidecar import parse_sidecar
from training.simulate import __main__ as command
from training.simulate.scanner import Rng, Scanner, at_pitch, draw_scanner

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


def coarse_scanner(rng: Rng, **asked: Any) -> Scanner:
    """As drawn, at pixels of 25 mm: the files are made the same way in a hundredth of the time."""
    return at_pitch(draw_scanner(rng, **asked), 25.0, 25.0)


@pytest.fixture(autouse=True)
def _coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "draw_scanner", coarse_scanner)  # workers are forked and see it


def simulate(monkeypatch: pytest.MonkeyPatch, out: Path, *options: str) -> None:
    monkeypatch.setattr(sys, "argv", ["simulate", "--out", str(out), *options])
    command.main()


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes_whatever_the_workers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, workers, seed in (("one", "1", "7"), ("two", "2", "7"), ("other", "2", "8")):
        simulate(monkeypatch, tmp_path / name, "--n", "4", "--seed", seed, "--workers", workers)
    one, two, other = (digests(tmp_path / name) for name in ("one", "two", "other"))
    assert len({name.split("/")[0] for name in one}) == 4
    assert one == two
    assert not set(one.values()) & set(other.values())


def test_pairs_differ_only_where_something_is_hidden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Same noise: a pixel far from anything hidden differs by what scatters there, which is a few counts at most."""
    simulate(monkeypatch, tmp_path, "--n", "8", "--seed", "3", "--pairs", "--preset", "training")
    hidden_seen = 0
    for folder in sorted(tmp_path.iterdir()):
        if not (folder / "scan.tif").exists():
            assert (folder / "twin.jpg").exists()
            continue
        truth = json.loads((folder / "scan.expected.json").read_text())
        scan, twin = (tifffile.imread(folder / name).astype(np.float64) for name in ("scan.tif", "twin.tif"))
        with np.load(folder / "labels.npz") as maps:
            family = maps["family"]
        gap = np.abs(scan - twin).reshape(-1, *scan.shape[-2:]).max(axis=0)
        scale = scan.max()
        if not truth["anomalies"]:  # nothing, or less than a few of these large pixels
            assert not family.any()
            assert gap.mean() < 1e-4 * scale
            continue
        near = np.zeros(family.shape, bool)
        for entry in truth["anomalies"]:
            x, y, w, h = (round(v) for v in entry["box"])
            near[max(y - 8, 0) : y + h + 8, max(x - 8, 0) : x + w + 24] = True
        hidden_seen += 1
        assert gap[~near].mean() < 2e-3 * scale
        assert gap[family > 0].mean() > 2 * gap[~near].mean()
    assert hidden_seen >= 1


@pytest.mark.parametrize("preset", command.PRESETS)
def test_every_preset_writes_what_it_promises(tmp_path: Path, preset: str) -> None:
    for index in range(3):
        command.write_one(index, seed=11, out=tmp_path, preset=preset, pairs=False)
    for folder in sorted(tmp_path.iterdir()):
        names = {path.name for path in folder.iterdir()}
        assert {"scan.json", "scan.expected.json"} <= names
        assert ("scan.tif" in names) != ("scan.jpg" in names)
        parse_sidecar((folder / "scan.json").read_bytes())
        truth = json.loads((folder / "scan.expected.json").read_text())
        assert ("scan.declaration.json" in names) == (truth["declared"] != "none")
        if truth["declared"] != "none":
            parse_declaration((folder / "scan.declaration.json").read_bytes())
        if preset in ("benign", "empty"):
            assert truth["anomalies"] == []
        if preset == "empty":
            assert all(unit["empty"] for unit in truth["units"])
        if preset == "display":
            assert "scan.jpg" in names
