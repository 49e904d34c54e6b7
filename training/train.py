"""Train the network on simulated scans.

    python -m training.train --out runs/first --minutes 60

Stops after the given minutes of training and can be interrupted at any point: started again with the same
folder it goes on from its last checkpoint, with new scenes. Writes `checkpoint.pt` (weights and optimiser),
`config.json` and `losses.csv`.
"""

import argparse
import csv
import json
import time
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision.ops import sigmoid_focal_loss

from tallyscan.detect.card import MODEL_FILE, read_card
from tallyscan.detect.inputs import declaration_size
from training.dataset import IGNORE, SimulatedCrops, Vocabulary
from training.networks import NetworkConfig, TallyNet
from training.simulate.anomaly import FAMILIES
from training.simulate.cargo import PACKINGS
from training.warm_start import load_released

VOCABULARY = Vocabulary(tuple(FAMILIES), tuple(packing.commodity for packing in PACKINGS))


def focal_and_dice(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Focal loss (Lin et al. 2017, gamma 2) over the pixels that count, and dice for families that are present."""
    hard = (target > 0.4).float() * weight
    probability = torch.sigmoid(logits) * weight
    loss = sigmoid_focal_loss(logits, hard, alpha=-1, gamma=2, reduction="none") * weight
    focal = loss.sum() / hard.sum().clamp(min=400.0)
    overlap = 2 * (probability * hard).sum((2, 3)) + 1
    dice = 1 - overlap / (probability.sum((2, 3)) + hard.sum((2, 3)) + 1)
    present = (hard.sum((2, 3)) > 3).float()
    return 0.5 * focal + 0.5 * (dice * present).sum() / present.sum().clamp(min=1)


def losses(maps: dict[str, Tensor], batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """One number for each head."""
    maps = {name: value.float() for name, value in maps.items()}
    present = batch["present"]
    loaded = F.binary_cross_entropy_with_logits(maps["loaded"], batch["loaded"], reduction="none")
    goods = (torch.sigmoid(maps["goods"]) - batch["goods"]).abs() * batch["goods_weight"]
    known = (batch["commodity"] != IGNORE).sum()
    commodity = F.cross_entropy(maps["commodity"], batch["commodity"], ignore_index=IGNORE, reduction="sum")
    return {
        "anomaly": focal_and_dice(maps["anomaly"], batch["anomaly"], batch["anomaly_weight"]),
        "layout": 2 * F.cross_entropy(maps["layout"], batch["layout"], ignore_index=IGNORE),
        "loaded": (loaded * present).sum() / present.sum().clamp(min=1),
        "goods": 2 * goods.sum() / batch["goods_weight"].sum().clamp(min=1),
        "commodity": commodity / known.clamp(min=1),
    }


def learning_rate(minutes: float, total: float, peak: float) -> float:
    """Short warm-up, then half a cosine to a hundredth of the peak."""
    if minutes < 0.03 * total:
        return peak * max(minutes / (0.03 * total), 0.02)
    progress = min((minutes - 0.03 * total) / (0.97 * total), 1.0)
    return peak * (0.01 + 0.99 * 0.5 * (1 + float(torch.cos(torch.tensor(progress * 3.14159265)))))


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start-from", type=Path, help="folder of a released model with the same outputs")
    parser.add_argument("--minutes", type=float, default=60.0, help="of training in all, over every start")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--peak-rate", type=float, default=1.5e-3)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    config = NetworkConfig(
        families=VOCABULARY.families,
        commodities=VOCABULARY.commodities,
        declaration_size=declaration_size(VOCABULARY.commodities),
    )
    (arguments.out / "config.json").write_text(json.dumps(asdict(config), indent=1) + "\n", encoding="utf-8")
    network = TallyNet(config)
    started_from = None
    if arguments.start_from and not (arguments.out / "checkpoint.pt").exists():
        card = read_card(arguments.start_from)
        started_from = card.model_dump(include={"name", "version", "sha256", "trained_on"})
        first = DataLoader(SimulatedCrops(VOCABULARY, seed=arguments.seed), arguments.batch)
        inputs = ((b["image"], b["scanner"], b["declaration"]) for b in islice(first, 16))
        load_released(network, arguments.start_from / MODEL_FILE, inputs)
    network = network.to(device).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=arguments.peak_rate, weight_decay=0.02)
    checkpoint = arguments.out / "checkpoint.pt"
    step, minutes = 0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        step, minutes, started_from = state["step"], state["minutes"], state.get("started_from")
        print(f"goes on at step {step}, after {minutes:.1f} minutes", flush=True)  # noqa: T201 - a command
    # A new start draws new scenes: the seed moves on with the step.
    stream = SimulatedCrops(VOCABULARY, seed=arguments.seed * 1_000_003 + step)
    batches = iter(
        DataLoader(
            stream,
            arguments.batch,
            num_workers=arguments.workers,
            prefetch_factor=3 if arguments.workers else None,
        )
    )

    def save() -> None:
        state = {
            "network": network.state_dict(),
            "optimiser": optimiser.state_dict(),
            "step": step,
            "minutes": minutes,
            "started_from": started_from,
        }
        torch.save(state, checkpoint.with_suffix(".new"))
        checkpoint.with_suffix(".new").replace(checkpoint)  # never half a checkpoint

    network.train()
    clock = saved = time.monotonic()
    smooth: dict[str, float] = {}
    while minutes < arguments.minutes:
        batch = {name: value.to(device) for name, value in next(batches).items()}
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(minutes, arguments.minutes, arguments.peak_rate)
        image = batch["image"].to(memory_format=torch.channels_last)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            maps = network(image, batch["scanner"], batch["declaration"])
        parts = losses(maps, batch)
        total = torch.stack(list(parts.values())).sum()
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()

        step += 1
        now = time.monotonic()
        minutes, clock = minutes + (now - clock) / 60, now
        for name, value in parts.items():
            number = float(value.detach())
            smooth[name] = 0.97 * smooth.get(name, number) + 0.03 * number
        if step % 20 == 0:
            row = {"step": step, "minutes": round(minutes, 2), **{k: round(v, 4) for k, v in smooth.items()}}
            new = not (arguments.out / "losses.csv").exists()
            with (arguments.out / "losses.csv").open("a", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, row)
                if new:
                    writer.writeheader()
                writer.writerow(row)
            print(" ".join(f"{k} {v}" for k, v in row.items()), flush=True)  # noqa: T201 - a command
        if now - saved > 60:
            save()
            saved = now
    save()


if __name__ == "__main__":
    main()
