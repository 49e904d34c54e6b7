import numpy as np
import pytest
import torch

from training.dataset import CROP_HEIGHT, CROP_WIDTH, IGNORE, SimulatedCrops, example, with_wide_ends
from training.simulate.scene import Wish, build_scene
from training.train import VOCABULARY, losses


def test_an_example_has_the_shapes_of_the_heads() -> None:
    rng = np.random.default_rng(1)
    crop = example(rng, build_scene(rng), VOCABULARY)
    shapes = {name: tuple(value.shape) for name, value in crop.items()}
    eighth, quarter = (CROP_HEIGHT // 8, CROP_WIDTH // 8), (CROP_HEIGHT // 4, CROP_WIDTH // 4)
    assert shapes["image"] == (3, CROP_HEIGHT, CROP_WIDTH)
    assert shapes["layout"] == shapes["commodity"] == eighth
    assert shapes["loaded"] == shapes["goods"] == (1, *eighth)
    assert shapes["anomaly"] == (len(VOCABULARY.families), *quarter)
    assert all(value.is_contiguous() for value in crop.values())


def test_inputs_are_in_range_and_finite() -> None:
    rng = np.random.default_rng(2)
    for _ in range(6):
        crop = example(rng, build_scene(rng), VOCABULARY)
        assert all(torch.isfinite(value.float()).all() for value in crop.values())
        assert float(crop["image"][:2].min()) > 0
        assert float(crop["image"].max()) <= 1.0


def test_an_empty_scene_has_no_goods_and_no_anomaly() -> None:
    rng = np.random.default_rng(3)
    scene = build_scene(rng, Wish(empty=True, families=()))
    for _ in range(4):
        crop = example(rng, scene, VOCABULARY)
        assert float(crop["loaded"].max()) == 0.0
        assert float(crop["anomaly"].max()) == 0.0
        assert (crop["commodity"] == IGNORE).all()


def test_what_nobody_can_see_does_not_count() -> None:
    """An anomaly without any added matter leaves its pixels out of the loss; a strong one does not."""
    rng = np.random.default_rng(8)
    scene = build_scene(rng, Wish("truck_20", True, None, ("rip_off_bags",)))
    strong = [
        crop for crop in (example(rng, scene, VOCABULARY) for _ in range(6)) if crop["anomaly"].max() > 0.9
    ]
    assert strong
    for crop in strong:
        inside = crop["anomaly"].amax(dim=0, keepdim=True) > 0.9
        assert float(crop["anomaly_weight"][inside].mean()) > 0.9
    for anomaly in scene.canvas.anomalies:
        anomaly.added_g_cm2[:] = 0.0
    hidden = [example(rng, scene, VOCABULARY) for _ in range(8)]
    with_mask = [crop for crop in hidden if float((crop["anomaly"] > 0.9).sum()) > 4]
    assert with_mask
    assert all(float(crop["anomaly_weight"].min()) == 0.0 for crop in with_mask)


def test_the_stream_is_reproducible() -> None:
    first, second = (iter(SimulatedCrops(VOCABULARY, seed=5, crops_per_scene=1, buffer=2)) for _ in range(2))
    for _ in range(3):
        a, b = next(first), next(second)
        assert all(torch.equal(a[name], b[name]) for name in a)


def test_right_maps_cost_less_than_wrong_ones() -> None:
    rng = np.random.default_rng(6)
    scene = build_scene(rng, Wish("truck_20", False, "tyres", ("rip_off_bags",)))
    batch = {name: value[None] for name, value in example(rng, scene, VOCABULARY).items()}

    def logits(sign: float) -> dict[str, torch.Tensor]:
        layout = torch.nn.functional.one_hot(batch["layout"].clamp(max=3), 4).permute(0, 3, 1, 2).float()
        goods = torch.logit(batch["goods"].clamp(0.01, 0.99))
        count = len(VOCABULARY.commodities)
        commodity = torch.nn.functional.one_hot(batch["commodity"].clamp(max=count - 1), count).permute(
            0, 3, 1, 2
        )
        return {
            "anomaly": sign * (batch["anomaly"] - 0.4) * 20,
            "layout": sign * layout * 8,
            "loaded": sign * (batch["loaded"] - 0.5) * 8,
            "goods": sign * goods,
            "commodity": sign * commodity.float() * 8,
        }

    right, wrong = losses(logits(1.0), batch), losses(logits(-1.0), batch)
    for name in right:
        assert float(right[name]) <= float(wrong[name]) + 1e-6, name
    assert sum(float(v) for v in right.values()) < 0.5 * sum(float(v) for v in wrong.values())


@pytest.mark.parametrize("scale_x", [0.25, 0.5, 1.0])
def test_ends_of_units_are_wide_enough_for_the_layout_map(scale_x: float) -> None:
    layout = np.full((8, 400), 1.0, np.float32)
    layout[:, 200:] = 0
    band = round(24 * scale_x)
    layout[:, 200 - band : 200] = 3
    wide = with_wide_ends(layout, scale_x)
    assert (wide == 3).sum(axis=1).min() >= 18
    assert (wide[:, 200:] == 0).all()
