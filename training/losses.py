"""One number for each head: what it costs to be wrong."""

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.ops import sigmoid_focal_loss

from training.labels import HIDDEN, IGNORE, UNTOUCHED

QUANTILES = (0.1, 0.5, 0.9)
WEIGHTS = {
    "anomaly": 2.0, "family": 0.4, "layout": 1.5, "loaded": 1.0, "goods": 2.0, "commodity": 0.7, "material": 1.0,
    "quality": 0.3, "expected": 1.0, "expected_hidden": 1.0, "expected_declared": 1.0, "mismatch": 0.5, "peak": 1.5,
    "near": 0.5, "far": 0.5, "twin": 2.0,
}  # fmt: skip
CELLS_OF_A_FALSE_ALARM = 100.0  # a false region of so many cells costs as much as a find that is missed
SERVED_CELLS = 3  # serving averages over so many, each way, before a peak counts
PEAKS = 20  # cells of a crop that could raise a false alarm


def mean_where(value: Tensor, weight: Tensor) -> Tensor:
    """Mean of the cells that count; 0 where none does."""
    return (value * weight).sum() / weight.sum().clamp(min=1.0)


def per_crop(value: Tensor, weight: Tensor) -> Tensor:
    """Mean over the cells of each crop that count, (N,): a pistol weighs as much as a wall."""
    return (value * weight).sum((1, 2, 3)) / weight.sum((1, 2, 3)).clamp(min=1.0)


def found_and_quiet(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy where something is hidden, focal loss (Lin et al. 2017, gamma 2) elsewhere, and dice."""
    hard = (target > HIDDEN).float() * weight
    present = (hard.sum((1, 2, 3)) > 0).float()
    found = mean_where(per_crop(F.softplus(-logits), hard), present)
    focal = sigmoid_focal_loss(logits, torch.zeros_like(logits), alpha=-1, gamma=2, reduction="none")
    quiet = (focal * weight * (1 - hard)).sum((1, 2, 3)).mean() / CELLS_OF_A_FALSE_ALARM
    probability = torch.sigmoid(logits) * weight
    overlap = 2 * (probability * hard).sum((1, 2, 3)) + 1
    dice = 1 - overlap / (probability.sum((1, 2, 3)) + hard.sum((1, 2, 3)) + 1)
    return found + quiet + 0.5 * mean_where(dice, present)


def twin(logits: Tensor, honest: Tensor) -> Tensor:
    """Cross-entropy where something is hidden in the other crop of a pair, and nothing in this one.

    It weighs as much as the find there: else a network learns where things are hidden rather than what they look
    like, for the same place is right in one of a hundred crops and wrong in all others for next to nothing.
    """
    there = (honest.flatten(1).sum(1) > 0).float()
    return mean_where(per_crop(F.softplus(logits), honest), there)


def peak(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """What decides over a whole scan: its highest cells. A hidden thing is found where it stands above what is false
    in every crop of the batch, as a threshold for all scans would have it.
    """
    smooth = F.avg_pool2d(logits, SERVED_CELLS, 1, SERVED_CELLS // 2, count_include_pad=False)
    inside = (target > HIDDEN) & (weight > 0)
    outside = (target <= UNTOUCHED) & (weight > 0)
    low = torch.full_like(smooth, -30.0)
    highest = torch.where(inside, smooth, low).flatten(1).amax(1)
    false = torch.where(outside, smooth, low).flatten(1).topk(PEAKS, dim=1).values
    missed = F.softplus(torch.logsumexp(false.mean(1), 0) - highest)
    return mean_where(missed, inside.flatten(1).any(1).float()) + F.softplus(false).mean()


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Over the cells with a known class."""
    known = (target != IGNORE).sum().clamp(min=1)
    return F.cross_entropy(logits, target, ignore_index=IGNORE, reduction="sum") / known


def pinball(quantiles: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Quantile loss (Koenker and Bassett 1978), summed over the three quantiles."""
    tau = quantiles.new_tensor(QUANTILES)[None, :, None, None]
    error = target - quantiles
    return mean_where(torch.maximum(tau * error, (tau - 1) * error).sum(1, keepdim=True), weight)


def losses(maps: dict[str, Tensor], batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weighted losses by head; their sum is what training lowers."""
    maps = {name: value.float() for name, value in maps.items()}
    present = batch["present"]

    def binary(name: str, weight: Tensor) -> Tensor:
        each = F.binary_cross_entropy_with_logits(maps[name], batch[name], reduction="none")
        return mean_where(each, weight)

    material = -(batch["material"] * torch.log_softmax(maps["material"], dim=1)).sum(1, keepdim=True)
    goods = (torch.sigmoid(maps["goods"]) - batch["goods"]).abs()
    parts = {
        "anomaly": found_and_quiet(maps["anomaly"], batch["anomaly"], batch["anomaly_weight"]),
        "peak": peak(maps["anomaly"], batch["anomaly"], batch["anomaly_weight"]),
        "twin": twin(maps["anomaly"], batch["honest"]),
        "family": cross_entropy(maps["family"], batch["family"]),
        "layout": cross_entropy(maps["layout"], batch["layout"]),
        "loaded": binary("loaded", present),
        "goods": mean_where(goods, batch["goods_weight"]),
        "commodity": cross_entropy(maps["commodity"], batch["commodity"]),
        "material": mean_where(material, batch["material_weight"]),
        "quality": binary("quality", present),
        "expected": pinball(maps["expected"], batch["expected"], batch["expected_weight"]),
        "expected_hidden": pinball(maps["expected"], batch["expected"], batch["expected_hidden_weight"]),
        "expected_declared": pinball(
            maps["expected_declared"], batch["expected_declared"], batch["expected_declared_weight"]
        ),
        "mismatch": binary("mismatch", batch["mismatch_weight"]),
        "near": pinball(maps["near"], batch["expected"], batch["expected_weight"]),
        "far": pinball(maps["far"], batch["expected"], batch["expected_weight"]),
    }
    return {name: WEIGHTS[name] * value for name, value in parts.items()}
