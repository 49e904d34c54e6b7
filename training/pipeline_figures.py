"""How long the whole pipeline takes, and how much memory: one simulated scan, read in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tallyscan.scan import CANONICAL_PITCH_MM
from training.simulate.render import SimulatedScan, draw_framing, render, write_case
from training.simulate.scanner import at_pitch, draw_scanner
from training.simulate.scene import Wish, build_scene

HEIGHT, WIDTH = 576, 2432
RUNS, THREADS = 5, 2
ROOT = Path(__file__).resolve().parents[1]


def dual_scan() -> SimulatedScan:
    """A 40 ft container of 576 x 2432 pixels at 5 mm, two energies."""
    rng = np.random.default_rng(1)
    scene = build_scene(rng, Wish("container_alone", "full", "textiles_garments", ()))
    scanner = at_pitch(draw_scanner(rng, energies_mv=(6.0, 4.0)), CANONICAL_PITCH_MM, CANONICAL_PITCH_MM)
    scan = render(rng, scene, scanner, framing=draw_framing(rng, scene, scanner, tight=True))
    missing = (max(HEIGHT - scan.pixels.shape[1], 0), max(WIDTH - scan.pixels.shape[2], 0))
    pixels = np.pad(scan.pixels, ((0, 0), (0, missing[0]), (0, missing[1])), mode="edge")
    scan.pixels = np.ascontiguousarray(pixels[:, :HEIGHT, :WIDTH])
    return scan


def environment_of_a_service() -> dict[str, str]:
    """This environment without what the runs set for training: their way with memory is not that of a service."""
    tuned = ("MALLOC_", "OMP_", "OPENBLAS_")
    return {name: value for name, value in os.environ.items() if not name.startswith(tuned)}


def pipeline_figures(model: Path, runs: int = RUNS, threads: int = THREADS) -> dict[str, Any]:
    """Median seconds from the file to the findings, and the peak memory of the process in MB (10^6 bytes).

    Seconds are those of this machine, and only worth noting while nothing else runs on it. Raises
    `CalledProcessError` where the scan is not read.
    """
    with tempfile.TemporaryDirectory() as folder:
        write_case(Path(folder), dual_scan())
        command = [
            sys.executable, "-m", "training.read_again", "--model", str(model.resolve()), "--scan", folder,
            "--runs", f"{runs}", "--threads", f"{threads}",
        ]  # fmt: skip
        done = subprocess.run(
            command, cwd=ROOT, env=environment_of_a_service(), stdout=subprocess.PIPE, text=True, check=True
        )
    return {"height": HEIGHT, "width": WIDTH, "threads": threads, "runs": runs, **json.loads(done.stdout)}
