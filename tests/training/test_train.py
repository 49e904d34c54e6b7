"""Training as it is run: a command, cut off, and started again."""

import os
import subprocess
import sys
from pathlib import Path

import torch


def train(out: Path, minutes: float) -> str:
    command = [sys.executable, "-m", "training.train", "--out", str(out), "--minutes", str(minutes)]
    command += ["--batch", "2", "--workers", "0", "--threads", "1"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_run_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    out = tmp_path / "run"
    train(out, 0.02)
    first = torch.load(out / "checkpoint.pt", weights_only=True)
    assert first["step"] >= 1
    assert f"goes on at step {first['step']}" in train(out, first["minutes"] + 0.02)
    second = torch.load(out / "checkpoint.pt", weights_only=True)
    assert second["step"] > first["step"]
    changed = [not torch.equal(first["network"][key], second["network"][key]) for key in first["network"]]
    assert any(changed)
