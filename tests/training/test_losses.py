"""Losses: right maps cost less than wrong ones, head by head, and cells that do not count cost nothing."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tests.training.scenes import by_hand, lead_block
from training.crops import CropShape
from training.dataset import pair
from training.labels import HIDDEN, IGNORE
from training.losses import (
    WEIGHTS,
    cross_entropy,
    found_and_quiet,
    losses,
    mean_where,
    peak,
    per_crop,
    pinball,
    twin,
)
from training.train import VOCABULARY

FAMILIES, CLASSES = len(VOCABULARY.families), len(VOCABULARY.commodities)


@pytest.fixture(scope="module")
def batch() -> dict[str, Tensor]:
    """Windows of a loaded container with a block of lead, in which every head has something to say."""
    rng, scene = np.random.default_rng(6), by_hand(lead_block(3.0))
    pairs = [pair(rng, scene, VOCABULARY, CropShape(320, 224)) for _ in range(8)]
    crops = [crop for both in pairs for crop in both]
    return {name: torch.stack([crop[name] for crop in crops]) for name in crops[0]}


def one_hot(classes: Tensor, count: int) -> Tensor:
    return F.one_hot(classes.clamp(max=count - 1), count).permute(0, 3, 1, 2).float()


def maps_for(batch: dict[str, Tensor], sign: float) -> dict[str, Tensor]:
    """Logits that say what is true (1), or the opposite (-1)."""
    spread = torch.tensor([-0.02, 0.0, 0.02])[None, :, None, None]
    away = 0.0 if sign > 0 else 1.0
    return {
        "anomaly": sign * ((batch["anomaly"] > HIDDEN).float() - 0.5) * 16,
        "family": sign * one_hot(batch["family"], FAMILIES) * 8,
        "layout": sign * one_hot(batch["layout"], 4) * 8,
        "loaded": sign * (batch["loaded"] - 0.5) * 8,
        "goods": sign * torch.logit(batch["goods"].clamp(0.01, 0.99)),
        "commodity": sign * one_hot(batch["commodity"], CLASSES) * 8,
        "material": sign * torch.log(batch["material"].clamp(1e-3)),
        "quality": sign * (batch["quality"] - 0.5) * 8,
        "expected": batch["expected"] + away + spread,
        "near": batch["expected"] + away + spread,
        "far": batch["expected"] + away + spread,
        "expected_declared": batch["expected_declared"] + away + spread,
        "mismatch": sign * (batch["mismatch"] - 0.5) * 8,
    }


@pytest.mark.parametrize("head", WEIGHTS)
def test_right_maps_cost_less_than_wrong_ones(batch: dict[str, Tensor], head: str) -> None:
    right, wrong = (float(losses(maps_for(batch, sign), batch)[head]) for sign in (1.0, -1.0))
    assert 0 <= right < 0.5 * wrong


def test_the_twin_of_what_is_hidden_costs_as_much_as_a_find_that_is_missed() -> None:
    logits = torch.full((2, 1, 8, 8), -9.0)
    logits[:, :, 2:4, 2:4] = 3.0  # the same answer to both: there lies something
    hidden = torch.zeros(2, 1, 8, 8)
    hidden[0, :, 2:4, 2:4] = 1.0
    honest = hidden.flip(0)
    weight = torch.ones_like(hidden)
    missed = float(found_and_quiet(-logits.abs(), hidden, weight))
    assert float(twin(logits, honest)) == pytest.approx(float(F.softplus(torch.tensor(3.0))))
    assert float(twin(logits, honest)) > 0.5 * missed
    assert float(twin(-logits.abs(), honest)) < 0.06
    assert float(twin(logits, torch.zeros_like(honest))) == 0.0


def test_every_head_has_a_loss(batch: dict[str, Tensor]) -> None:
    parts = losses(maps_for(batch, 1.0), batch)
    assert set(parts) == set(WEIGHTS)
    assert all(torch.isfinite(part) for part in parts.values())


@pytest.mark.parametrize(
    "head", ["anomaly", "goods", "expected", "expected_declared", "mismatch", "material"]
)
def test_cells_without_weight_cost_nothing(batch: dict[str, Tensor], head: str) -> None:
    silent = {**batch, f"{head}_weight": torch.zeros_like(batch[f"{head}_weight"])}
    assert float(losses(maps_for(batch, -1.0), silent)[head]) == 0.0


def test_a_batch_in_which_nothing_is_hidden_costs_nothing_behind_hidden_things(
    batch: dict[str, Tensor],
) -> None:
    calm = {**batch, "expected_hidden_weight": torch.zeros_like(batch["expected_hidden_weight"])}
    assert float(losses(maps_for(batch, -1.0), calm)["expected_hidden"]) == 0.0


def test_a_pistol_weighs_as_much_as_a_wall() -> None:
    value, weight = torch.ones(2, 1, 8, 8), torch.zeros(2, 1, 8, 8)
    weight[0, :, :2, :2], weight[1] = 1.0, 1.0
    value[0] *= 3.0
    assert per_crop(value, weight).tolist() == [3.0, 1.0]


def test_a_batch_without_any_known_class_costs_nothing(batch: dict[str, Tensor]) -> None:
    nothing = {name: torch.full_like(batch[name], IGNORE) for name in ("family", "layout", "commodity")}
    parts = losses(maps_for(batch, -1.0), {**batch, **nothing})
    assert all(float(parts[name]) == 0.0 for name in nothing)


def test_gradients_reach_every_map(batch: dict[str, Tensor]) -> None:
    maps = {name: value.requires_grad_() for name, value in maps_for(batch, -1.0).items()}
    torch.stack(list(losses(maps, batch).values())).sum().backward()
    for name, value in maps.items():
        assert value.grad is not None, name
        assert torch.isfinite(value.grad).all()
        assert value.grad.abs().sum() > 0, name


def test_the_mean_is_over_the_cells_that_count() -> None:
    value = torch.tensor([[1.0, 2.0, 99.0]])
    assert float(mean_where(value, torch.tensor([[1.0, 1.0, 0.0]]))) == 1.5
    assert float(mean_where(value, torch.zeros(1, 3))) == 0.0


def test_pinball_is_least_at_the_quantiles() -> None:
    """Koenker and Bassett: over a sample, the constants that cost least are its own quantiles."""
    sample = torch.randn(1, 1, 200, 200, generator=torch.Generator().manual_seed(0))
    ones = torch.ones_like(sample)
    own = torch.quantile(sample.flatten(), torch.tensor([0.1, 0.5, 0.9]))

    def cost(values: Tensor) -> float:
        return float(pinball(values[None, :, None, None].expand(1, 3, 200, 200), sample, ones))

    for index in range(3):
        for step in (-0.1, 0.1):
            other = own.clone()
            other[index] += step
            assert cost(other) > cost(own)


def test_cross_entropy_is_the_mean_over_known_cells() -> None:
    logits = torch.zeros(1, 4, 2, 2)
    target = torch.tensor([[[0, IGNORE], [3, IGNORE]]])
    assert float(cross_entropy(logits, target)) == pytest.approx(np.log(4), rel=1e-5)


def test_a_small_find_counts_against_a_sea_of_nothing() -> None:
    """Missing a thing of 40 cells costs far more than as many false cells of half the certainty."""
    target = torch.zeros(1, 1, 100, 100)
    target[..., 40:44, 40:50] = 1.0
    weight = torch.ones_like(target)
    nothing = torch.full_like(target, -9.0)
    found = torch.where(target > 0, 9.0, nothing)
    doubtful = found.clone()
    doubtful[..., :4, :10] = 0.0
    missed, right, false = (float(found_and_quiet(m, target, weight)) for m in (nothing, found, doubtful))
    assert right < 0.05
    assert right < false < missed


def test_a_find_must_stand_above_what_is_false_in_other_crops() -> None:
    target = torch.zeros(2, 1, 60, 60)
    target[0, :, 20:30, 20:30] = 1.0
    weight = torch.ones_like(target)
    calm = torch.full_like(target, -9.0)
    calm[0, :, 20:30, 20:30] = 1.0
    loud = calm.clone()
    loud[1, :, 40:50, 40:50] = 3.0
    louder_find = loud.clone()
    louder_find[0, :, 20:30, 20:30] = 6.0
    a_calm, a_loud, a_louder_find = (float(peak(m, target, weight)) for m in (calm, loud, louder_find))
    assert a_calm < a_louder_find < a_loud


def test_the_peak_decides_over_a_crop() -> None:
    """One false cell costs little, a false region much; a find needs one sure region on what is hidden."""
    target = torch.zeros(1, 1, 60, 60)
    target[..., 20:30, 20:30] = 1.0
    weight = torch.ones_like(target)
    quiet = torch.full_like(target, -9.0)
    found = quiet.clone()
    found[..., 22:27, 22:27] = 9.0
    spot, region = found.clone(), found.clone()
    spot[..., 50, 50] = 9.0
    region[..., 45:55, 45:55] = 9.0
    right, a_spot, a_region, missed = (float(peak(m, target, weight)) for m in (found, spot, region, quiet))
    assert right < 0.01
    assert right <= a_spot < a_region
    assert missed > right + 0.5
    nothing = torch.zeros_like(target)
    assert float(peak(quiet, nothing, weight)) < 0.01
