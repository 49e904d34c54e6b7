"""The stream that training eats: batches of one shape, the same for the same seed, other ones for other workers."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from tallyscan.detect.inputs import declaration_size
from tests.training.scenes import by_hand, lead_block
from training import crops
from training.crops import CropShape
from training.dataset import SimulatedBatches, pair
from training.labels import HIDDEN
from training.simulate.scene import Wish
from training.train import VOCABULARY

SHAPES = (CropShape(160, 96), CropShape(96, 160))
Batch = dict[str, torch.Tensor]


@pytest.fixture(autouse=True)
def _small_crops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crops, "shape_for", lambda rows, **_: SHAPES[int(rows) % 2])
    monkeypatch.setattr(crops, "SHAPES", SHAPES)


def stream(seed: int = 5, wish: Wish | None = None) -> Iterator[Batch]:
    wish = wish or Wish(vehicle="truck_20")
    return iter(SimulatedBatches(VOCABULARY, seed, batch=2, buffer=2, wish=wish))


def test_an_example_has_inputs_and_targets() -> None:
    crop, _ = pair(np.random.default_rng(1), by_hand(lead_block()), VOCABULARY, SHAPES[0])
    assert tuple(crop["image"].shape) == (3, 160, 96)
    assert tuple(crop["declaration"].shape) == (declaration_size(VOCABULARY.commodities),)
    assert tuple(crop["anomaly"].shape) == (1, 40, 24)
    assert tuple(crop["layout"].shape) == (20, 12)
    for name, value in crop.items():
        assert value.is_contiguous(), name
        assert value.dtype in (torch.float32, torch.int64), name
        assert torch.isfinite(value.float()).all(), name


def test_mirroring_turns_image_and_targets_together() -> None:
    """Cells with goods attenuate more than cells without, in mirrored examples as in the others."""
    rng = np.random.default_rng(2)
    compared = 0
    for _ in range(40):
        crop, _ = pair(rng, by_hand(), VOCABULARY, SHAPES[0])
        alpha = torch.nn.functional.avg_pool2d(-torch.log(crop["image"][:1]), 8)
        loaded = crop["loaded"] > 0
        if 0.1 < loaded.float().mean() < 0.9 and crop["scanner"][7] == 0:
            compared += 1
            assert alpha[loaded].median() > alpha[~loaded].median() + 0.1
    assert compared >= 2


def test_batches_have_one_shape_each() -> None:
    seen = set()
    for batch in islice(stream(), 6):
        count, _, height, width = batch["image"].shape
        assert count in (2, 3)  # windows of a benign scene may differ in shape and come alone
        assert CropShape(height, width) in SHAPES
        assert batch["anomaly"].shape == (count, 1, height // 4, width // 4)
        assert batch["layout"].shape == (count, height // 8, width // 8)
        seen.add((height, width))
    assert len(seen) == 2


def test_the_stream_is_reproducible() -> None:
    for a, b in islice(zip(stream(), stream(), strict=True), 3):
        assert a.keys() == b.keys()
        assert all(torch.equal(a[name], b[name]) for name in a)
    other = next(stream(6))
    assert not torch.equal(other["image"].mean(), next(stream(5))["image"].mean())


def test_every_worker_draws_scenes_of_its_own() -> None:
    batches = SimulatedBatches(VOCABULARY, 5, batch=2, buffer=0, wish=Wish(vehicle="container_alone"))
    first, second = islice(DataLoader(batches, None, num_workers=2), 2)
    assert first["image"].shape != second["image"].shape or not torch.equal(first["image"], second["image"])


def test_no_crop_is_given_twice() -> None:
    benign = Wish(vehicle="truck_20", families=())
    means = [float(image.mean()) for batch in islice(stream(wish=benign), 8) for image in batch["image"]]
    assert len(set(means)) == len(means)


def test_a_crop_shown_twice_comes_back_mirrored_with_its_targets() -> None:
    batches = SimulatedBatches(VOCABULARY, 5, batch=2, buffer=2, times=2, wish=Wish(vehicle="truck_20"))
    shown = [{name: batch[name][i] for name in batch} for batch in islice(batches, 8) for i in range(2)]
    names = ("image", "anomaly", "expected", "layout")
    again = 0
    for later, crop in enumerate(shown):
        for other in shown[:later]:
            if torch.equal(crop["image"], other["image"].flip(-1)):
                again += 1
                assert all(torch.equal(crop[name], other[name].flip(-1)) for name in names)
                assert torch.equal(crop["scanner"], other["scanner"])
    assert again >= 4
    assert not any(torch.equal(a["image"], b["image"]) for i, a in enumerate(shown) for b in shown[:i])


def test_a_pair_differs_only_where_something_is_hidden() -> None:
    rng, differing = np.random.default_rng(3), 0
    for _ in range(12):
        hidden, twin = pair(rng, by_hand(lead_block(3.0)), VOCABULARY)
        assert torch.equal(hidden["scanner"], twin["scanner"])
        assert not twin["anomaly"].any()
        assert not hidden["honest"].any()
        seen = (hidden["anomaly"] > HIDDEN) & (hidden["anomaly_weight"] > 0)
        assert torch.equal(twin["honest"] > 0, seen & (twin["anomaly_weight"] > 0))
        if hidden["scanner"][7] == 0:  # the look-up table of a picture may follow the whole image
            change = (hidden["image"][0] - twin["image"][0]).abs()
            far = torch.nn.functional.max_pool2d(hidden["anomaly"], 9, 1, 4)[0] == 0
            away = torch.nn.functional.interpolate(far[None, None].float(), scale_factor=4)[0, 0] > 0
            differing += bool((change > 0.1).any())
            assert change[away].mean() < 0.01
    assert differing >= 2


def test_a_batch_is_made_of_pairs() -> None:
    with pytest.raises(ValueError, match="even"):
        SimulatedBatches(VOCABULARY, 5, batch=3)


def test_families_can_be_left_out() -> None:
    only = "rip_off_bags"
    others = tuple(name for name in VOCABULARY.families if name != only)
    named: set[int] = set()
    for batch in islice(stream(7, Wish(vehicle="truck_20", exclude_families=others)), 12):
        named |= set(batch["family"].unique().tolist())
    assert named <= {VOCABULARY.families.index(only), 255}
    assert len(named) == 2
