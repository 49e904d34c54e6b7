from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
import torch

from tallyscan.scan import Float32Array
from tests.detect.scans import flat_scan
from training.draem import Draem, train, with_anomalies

WIDTHS = (8, 16, 24)


def waves(seed: int, size: int = 64) -> Iterator[Float32Array]:
    """Benign crops of a toy world: one regular pattern with noise."""
    rng = np.random.default_rng(seed)
    x = np.arange(size)[None, None, None, :]
    while True:
        phase = rng.uniform(0, 6, (4, 1, 1, 1))
        noise = 0.02 * rng.standard_normal((4, 1, size, size))
        yield (1 + 0.3 * np.sin(x / 6 + phase) + noise).astype(np.float32)


def test_a_few_steps_reduce_the_loss_and_repeat_exactly() -> None:
    network, losses = train(waves(1), 30, widths=WIDTHS)
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])
    again, same = train(waves(1), 30, widths=WIDTHS)
    assert same == losses
    scan = flat_scan()
    assert np.array_equal(network.score_map(scan), again.score_map(scan))


def test_synthetic_anomalies_change_what_their_mask_says_and_nothing_else() -> None:
    rng = np.random.default_rng(2)
    shares, marked = [], 0
    for crops in islice(waves(3), 25):
        benign = torch.from_numpy(crops)
        changed, mask = with_anomalies(benign, rng)
        assert torch.equal(changed[mask == 0], benign[mask == 0])
        assert ((changed - benign).abs()[mask == 1] > 0.01).all()
        shares += mask.mean((1, 2, 3)).tolist()
        marked += int((mask.amax((1, 2, 3)) > 0).sum())
    assert 30 < marked < 70  # about half of a hundred
    assert max(shares) < 0.13
    assert 0.005 < np.mean(shares) < 0.06


def test_nothing_is_taken_out_of_air() -> None:
    changed, mask = with_anomalies(torch.zeros(64, 1, 32, 32), np.random.default_rng(4))
    assert (changed >= 0).all()
    assert (changed[mask == 1] > 0.01).all()


def test_the_score_map_keeps_the_contract_of_scorers() -> None:
    torch.manual_seed(0)
    network = Draem(WIDTHS)
    scan = flat_scan(202, 641)
    scan.valid[100:120, 200:240] = False
    scores = network.score_map(scan)
    assert scores.shape == (51, 161)
    assert scores.dtype == np.float32
    assert 0 <= scores.min() <= scores.max() <= 1
    assert not scores[25:30, 50:60].any()


def test_strips_score_as_the_whole_image_does(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    network = Draem(WIDTHS)
    rng = np.random.default_rng(5)
    scan = flat_scan(64, 1500)
    scan.transmission[:] = rng.uniform(0.05, 1, scan.transmission.shape)
    strips = network.score_map(scan)
    monkeypatch.setattr("training.draem.STRIP_PX", 4096)
    assert np.allclose(strips, network.score_map(scan), atol=1e-5)
    network.halo = 0
    monkeypatch.setattr("training.draem.STRIP_PX", 512)
    assert not np.allclose(strips, network.score_map(scan), atol=1e-5)


def test_what_cannot_be_trained_on_is_refused() -> None:
    with pytest.raises(ValueError, match="ended at step 2"):
        train(islice(waves(6), 2), 5, widths=WIDTHS)
    with pytest.raises(ValueError, match="sides of 8n"):
        train(waves(7, size=60), 1, widths=WIDTHS)
