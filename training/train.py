"""Train the network on simulated scans.

    python -m training.train --out training/runs/mine --steps 4000
    torchrun --nproc-per-node 2 -m training.train --out training/runs/mine --steps 4000
    python -m training.train --out training/runs/mine --minutes 10

Can be interrupted at any point: started again with the same folder it goes on from its last checkpoint, with new
scenes. `--steps` and `--minutes` count over all starts. Writes `checkpoint.pt` (weights, their running mean and the
optimisers), `config.json` and `losses.csv`.
"""

import argparse
import copy
import csv
import json
import math
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from threading import Event
from typing import Any

import torch
import torch.distributed as distributed
from torch import Tensor, nn
from torch.utils.data import DataLoader

from tallyscan.commodity import COMMODITY_CLASSES
from tallyscan.detect.card import CARD_FILE, MODEL_FILE
from tallyscan.detect.inputs import declaration_size
from tallyscan.finding import ANOMALY_FAMILIES
from training.dataset import SimulatedBatches
from training.labels import Vocabulary
from training.losses import losses
from training.networks import NetworkConfig, TallyNet
from training.observe import sources_digest
from training.optimisers import Optimisers
from training.simulate.scene import Wish
from training.warm_start import load_released

VOCABULARY = Vocabulary(ANOMALY_FAMILIES, tuple(item.name for item in COMMODITY_CLASSES))
MEAN_DECAY = 0.998  # of the running mean of the weights, which is what is exported
SAVE_SECONDS, LOG_STEPS = 60, 20
WARM_UP = 0.02  # share of the training in which the rates rise
SMOOTHING = 0.03  # of the logged losses
# Most crops show something, and more of it than the test sets hide: what is hardly there teaches little.
TRAINING_BENIGN_SHARE = 0.12


def network_config() -> NetworkConfig:
    """The shape of the released network: every family, every class of goods."""
    groups = sorted({item.group for item in COMMODITY_CLASSES})
    return NetworkConfig(
        families=VOCABULARY.families,
        commodities=VOCABULARY.commodities,
        groups=tuple(groups.index(item.group) for item in COMMODITY_CLASSES),
        declaration_size=declaration_size(VOCABULARY.commodities),
    )


def share_of_rate(done: float) -> float:
    """Share of the peak learning rates after this share of the training: up, then straight down to a hundredth."""
    return max(min(done / WARM_UP, (1 - done) / (1 - WARM_UP)), 0.01)


@torch.no_grad()
def follow(mean: nn.Module, network: nn.Module, decay: float) -> None:
    """Move the running mean of the weights a little towards the weights; statistics of norms are taken over."""
    for kept, value in zip(mean.parameters(), network.parameters(), strict=True):
        kept.data.lerp_(value.data, 1 - decay)
    for held, current in zip(mean.buffers(), network.buffers(), strict=True):
        held.copy_(current)


def batches_of(seed: int, arguments: argparse.Namespace) -> Iterator[dict[str, Tensor]]:
    """The stream of simulated batches."""
    wish = Wish(
        held_out=False,
        unfamiliar=True,
        exclude_families=tuple(arguments.without_families),
        amount_beta=tuple(arguments.amount),
        benign_share=TRAINING_BENIGN_SHARE,
        regular_share=arguments.regular_share,
    )
    stream = SimulatedBatches(
        VOCABULARY,
        seed,
        arguments.batch,
        buffer=max(24 // max(arguments.workers, 1), 4),
        times=arguments.times,
        wish=wish,
    )
    return iter(
        DataLoader(
            stream,
            None,
            num_workers=arguments.workers,
            prefetch_factor=3 if arguments.workers else None,
            worker_init_fn=give_way,
            pin_memory=torch.cuda.is_available(),
        )
    )


def give_way(_worker: int) -> None:
    """Simulate on what training leaves of the cores: its threads wait for one another, so none may be held up."""
    os.nice(10)


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start-from", type=Path, help="folder of a released model: takes over what fits")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", type=int, default=4000, help="in all, over every start")
    length.add_argument("--minutes", type=float, help="of training, in all: instead of steps")
    parser.add_argument("--batch", type=int, default=8, help="wide crops of each process in a step")
    parser.add_argument(
        "--workers", type=int, default=1, help="processes that simulate, for each that trains"
    )
    parser.add_argument("--times", type=int, default=1, help="to show every pair of crops")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--amount",
        nargs=2,
        type=float,
        default=(1.6, 1.1),
        metavar=("A", "B"),
        help="Beta of how much is hidden",
    )
    parser.add_argument(
        "--regular-share", type=float, default=0.0, help="of the loads: one class of goods, as it was packed"
    )
    parser.add_argument(
        "--without-families", nargs="*", default=[], choices=ANOMALY_FAMILIES, help="never train on these"
    )
    return parser.parse_args()


def main() -> None:
    """Train."""
    arguments = read_arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    torch.backends.cudnn.benchmark = True  # there are only six shapes of crops
    several = int(os.environ.get("WORLD_SIZE", "1")) > 1  # set by torchrun
    if several and arguments.minutes is not None:
        raise SystemExit("--minutes is for one process: several must agree on when to end; give --steps")
    if several:
        distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    rank = distributed.get_rank() if several else 0
    device = torch.device(f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if torch.cuda.is_available() else "cpu")

    network = TallyNet(network_config())
    checkpoint = arguments.out / "checkpoint.pt"
    started_from = None
    if arguments.start_from and not checkpoint.exists():
        card = json.loads((arguments.start_from / CARD_FILE).read_text(encoding="utf-8"))
        started_from = {name: card[name] for name in ("name", "version", "sha256", "trained_on")}
        first = ((b["image"], b["scanner"], b["declaration"]) for b in islice(batches_of(0, arguments), 12))
        load_released(network, arguments.start_from / MODEL_FILE, first)
    network = network.to(device).to(memory_format=torch.channels_last)
    mean = copy.deepcopy(network)
    optimisers = Optimisers(network)
    step, before_s = 0, 0.0
    without = set(arguments.without_families)
    smooth: dict[str, float] = {}
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        network.load_state_dict(state["network"])
        mean.load_state_dict(state["mean"])
        optimisers.load_state_dict(state["optimisers"])
        step, started_from, smooth = state["step"], state["started_from"], state["smooth"]
        before_s = state["seconds"]
        without &= set(state["without_families"])  # what was shown once was shown
        drop_rows(arguments.out / "losses.csv", after=step)
        print(f"goes on at step {step}", flush=True)  # noqa: T201 - a command
    if rank == 0:
        config = json.dumps(asdict(network.config), indent=1)
        (arguments.out / "config.json").write_text(config + "\n", encoding="utf-8")
    trained = nn.parallel.DistributedDataParallel(network) if several else network
    # A new start draws new scenes: the seed moves on with the step, and every process has its own.
    batches = batches_of(arguments.seed * 1_000_003 + step * 1_009 + rank, arguments)
    stopped = Event()
    if not several:  # processes that wait for one another cannot stop at different steps
        signal.signal(signal.SIGTERM, lambda *_: stopped.set())

    # Kept on the device: every reading waits for it.
    heads, costs = list(smooth), torch.tensor(list(smooth.values()), device=device)

    def read_costs() -> dict[str, float]:
        read = dict(zip(heads, costs.tolist(), strict=True))
        if not all(map(math.isfinite, read.values())):
            raise SystemExit(f"step {step}: the loss is not finite; the last checkpoint is kept")
        return read

    def seconds() -> float:
        return before_s + time.monotonic() - began

    def save() -> None:
        state = {
            "smooth": read_costs(),
            "network": network.state_dict(),
            "mean": mean.state_dict(),
            "optimisers": optimisers.state_dict(),
            "step": step,
            "seconds": seconds(),
            "started_from": started_from,
            "without_families": sorted(without),
            "recipe": recipe(arguments, distributed.get_world_size() if several else 1),
        }
        torch.save(state, checkpoint.with_suffix(".new"))
        checkpoint.with_suffix(".new").replace(checkpoint)  # never half a checkpoint

    def share_done() -> float:
        if arguments.minutes is None:
            return step / arguments.steps
        return seconds() / (60 * arguments.minutes)

    trained.train()
    began = saved = time.monotonic()
    crops = 0
    while (done := share_done()) < 1 and not stopped.is_set():
        batch = {name: value.to(device, non_blocking=True) for name, value in next(batches).items()}
        with torch.autocast(device.type, dtype=torch.bfloat16):
            maps = trained(batch["image"], batch["scanner"], batch["declaration"])
        parts = losses(maps, batch)
        each = torch.stack(list(parts.values()))
        network.zero_grad(set_to_none=True)
        each.sum().backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimisers.step(share_of_rate(done))
        step += 1
        crops += len(batch["image"]) * (distributed.get_world_size() if several else 1)
        follow(mean, network, min(MEAN_DECAY, step / (step + 20)))
        costs = costs.lerp(each.detach(), SMOOTHING) if heads == list(parts) else each.detach()
        heads = list(parts)

        if rank != 0:
            continue
        now = time.monotonic()
        if step % LOG_STEPS == 0:
            rates = {"step": step, "crops_per_s": crops / (now - began)}
            log(arguments.out / "losses.csv", rates | read_costs())
        if now - saved > SAVE_SECONDS:
            save()
            saved = now
    if rank == 0:
        save()
    if several:
        distributed.destroy_process_group()


def recipe(arguments: argparse.Namespace, processes: int) -> dict[str, Any]:
    """What decides, with the sources, what a network becomes: for its card."""
    told = ("batch", "times", "seed", "amount", "regular_share", "steps", "minutes")
    return {"processes": processes, "sources": sources_digest()} | {
        name: list(value) if isinstance(value := getattr(arguments, name), tuple) else value for name in told
    }


def drop_rows(path: Path, after: int) -> None:
    """Take away the rows of steps that were lost with an interruption and will be done again."""
    if not path.exists():
        return
    heading, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [row for row in rows if int(row.split(",")[0]) <= after]
    path.write_text("".join([heading, *kept]), encoding="utf-8")


def log(path: Path, numbers: dict[str, float]) -> None:
    """Append a row to the curves and print it."""
    row = {name: value if isinstance(value, int) else round(value, 4) for name, value in numbers.items()}
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, row)
        if new:
            writer.writeheader()
        writer.writerow(row)
    print(" ".join(f"{name} {value}" for name, value in row.items()), flush=True)  # noqa: T201 - a command


if __name__ == "__main__":
    main()
