"""Training as it is run: a command, cut off, and started again; alone and in several processes."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from training.networks import NetworkConfig, TallyNet
from training.optimisers import Optimisers
from training.train import VOCABULARY, drop_rows, follow, network_config, share_of_rate

# A small network on small crops of a coarse world: what is tested is the loop around them.
SMALL = """
import sys
from dataclasses import replace
import torch
from training import crops, dataset, train
crops.SHAPES = (crops.CropShape(64, 128), crops.CropShape(96, 64))
crops.FINEST_PITCH_MM = 12.0
normal = train.network_config
train.network_config = lambda: replace(normal(), widths=(8, 8, 8, 16, 16), blocks=(1, 1, 1, 1), neck=8)
stream = train.SimulatedBatches
train.SimulatedBatches = lambda *a, **k: stream(*a, **k | {"buffer": 2})
leave = train.distributed.destroy_process_group
def leaving():
    rank = train.distributed.get_rank()
    network = sys._getframe(1).f_locals["network"]
    torch.save(network.state_dict(), f"{sys.argv[2]}/rank-{rank}.pt")
    leave()
train.distributed.destroy_process_group = leaving
train.main()
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("program") / "small_training.py"
    path.write_text(SMALL)
    return path


def train(program: Path, out: Path, steps: int, *options: str, processes: int = 1) -> str:
    launch = [sys.executable]
    if processes > 1:
        launch += ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    arguments = ["--out", str(out), "--steps", str(steps), "--batch", "2", "--workers", "0", "--threads", "1"]
    root = str(Path(__file__).resolve().parents[2])
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": root}
    done = subprocess.run(
        [*launch, str(program), *arguments, *options],
        capture_output=True, text=True, timeout=240, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded(path: Path) -> dict[str, Any]:
    return torch.load(path, weights_only=True)  # type: ignore[no-any-return]


def test_a_run_goes_on_from_its_checkpoint(program: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    train(program, out, 3, "--without-families", "void")
    first = loaded(out / "checkpoint.pt")
    assert set(first) == {
        "network", "mean", "optimisers", "step", "seconds", "smooth", "started_from", "without_families", "recipe",
    }  # fmt: skip
    assert first["step"] == 3
    assert (first["recipe"]["steps"], first["recipe"]["batch"], first["recipe"]["processes"]) == (3, 2, 1)
    assert first["without_families"] == ["void"]
    assert first["started_from"] is None
    moments = first["optimisers"]["adam"]["state"]
    assert moments
    assert all(float(moment["step"]) == 3 for moment in moments.values())

    assert "goes on at step 3" in train(program, out, 5)
    second = loaded(out / "checkpoint.pt")
    assert second["step"] == 5
    assert all(float(moment["step"]) == 5 for moment in second["optimisers"]["adam"]["state"].values())
    for kind in ("network", "mean"):
        assert any(not torch.equal(first[kind][key], second[kind][key]) for key in first[kind])
    assert not (out / "checkpoint.new").exists()
    # Nothing is left to do: started again it changes nothing.
    train(program, out, 5)
    third = loaded(out / "checkpoint.pt")
    assert all(torch.equal(second["network"][key], third["network"][key]) for key in second["network"])


def test_several_processes_end_with_the_same_weights(program: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    train(program, out, 2, processes=2)
    assert loaded(out / "checkpoint.pt")["step"] == 2
    weights = [loaded(out / f"rank-{rank}.pt") for rank in (0, 1)]
    names = {name for name, _ in TallyNet(small_config()).named_parameters()}
    assert names <= set(weights[0])
    for name in names:
        assert torch.equal(weights[0][name], weights[1][name]), name
    fresh = TallyNet(small_config()).state_dict()
    assert any(not torch.equal(fresh[name], weights[0][name]) for name in names)


def small_config() -> NetworkConfig:
    full = network_config()
    return NetworkConfig(
        full.families,
        full.commodities,
        full.groups,
        full.declaration_size,
        (8, 8, 8, 16, 16),
        (1, 1, 1, 1),
        8,
    )


def test_the_released_network_names_every_family_and_class() -> None:
    config = network_config()
    assert config.families == VOCABULARY.families
    assert len(config.groups) == len(config.commodities)
    assert max(config.groups) + 1 == len(set(config.groups))


def test_the_rate_warms_up_and_falls_to_a_hundredth() -> None:
    rates = [share_of_rate(step / 4000) for step in range(4001)]
    assert max(rates) == pytest.approx(1.0)
    assert rates.index(max(rates)) == 80
    assert rates[0] == pytest.approx(0.01)
    assert rates[-1] == pytest.approx(0.01)
    assert all(a >= b for a, b in pairwise(rates[80:]))
    assert share_of_rate(2.0) == pytest.approx(0.01)


def test_both_optimisers_move_the_weights_of_the_network_itself() -> None:
    network = TallyNet(small_config()).to(memory_format=torch.channels_last)
    optimisers = Optimisers(network)
    before = {name: value.detach().clone() for name, value in network.named_parameters()}
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimisers.step(1.0)
    for name, value in network.named_parameters():
        assert not torch.equal(value, before[name]), name
    kinds = {p.shape[2:] for p in network.parameters() if p.ndim == 4} - {torch.Size((3, 3))}
    assert kinds  # 1 x 1 convolutions are left to AdamW
    assert len(optimisers.matrices) + sum(len(g["params"]) for g in optimisers.adam.param_groups) == len(
        before
    )


def test_weights_in_another_order_are_refused() -> None:
    with pytest.raises(ValueError, match="channels-last"):
        Optimisers(TallyNet(small_config()))


def test_rows_of_lost_steps_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "losses.csv"
    drop_rows(path, 5)
    path.write_text("step,total\n20,1.0\n40,0.9\n60,0.8\n")
    drop_rows(path, 40)
    assert path.read_text() == "step,total\n20,1.0\n40,0.9\n"


def test_the_mean_follows_the_weights_and_takes_the_statistics() -> None:
    network, mean = torch.nn.BatchNorm2d(2), torch.nn.BatchNorm2d(2)
    with torch.no_grad():
        network.weight.fill_(2.0)
        network.running_mean.fill_(5.0)  # type: ignore[union-attr]
    follow(mean, network, 0.75)
    assert mean.weight.tolist() == [1.25, 1.25]
    assert mean.running_mean.tolist() == [5.0, 5.0]  # type: ignore[union-attr]
