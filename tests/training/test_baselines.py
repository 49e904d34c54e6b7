import numpy as np
import pytest

from tallyscan.scan import Scan
from tests.detect.scans import flat_scan
from training.baselines import (
    SCORERS,
    city_block,
    classify,
    fit,
    histogram_features,
    local_z_score,
    over_cells,
)


def loaded_scan(rng: np.random.Generator, height: int = 202, width: int = 641) -> Scan:
    """A container of goods of uneven density, with noise."""
    scan = flat_scan(height, width)
    scan.transmission[:, 60:170, 60:580] = 0.3
    scan.transmission[:] *= np.exp(0.02 * rng.standard_normal(scan.transmission.shape)).astype(np.float32)
    np.clip(scan.transmission, 1e-6, 1, out=scan.transmission)
    return scan


@pytest.mark.parametrize("name", SCORERS)
def test_scorers_share_their_contract(name: str) -> None:
    scan = loaded_scan(np.random.default_rng(0))
    scan.transmission[:, 100:120, 200:240] = 1e-6
    scan.valid[100:120, 200:240] = False
    scores = SCORERS[name](scan)
    assert scores.shape == (51, 161)  # a cell for what is left over, too
    assert scores.dtype == np.float32
    assert 0 <= scores.min() <= scores.max() <= 1
    assert not scores[25:30, 50:60].any()  # what was not measured is not suspicious
    display = SCORERS[name](flat_scan(grade="display"))
    assert np.isfinite(display).all()


def test_the_densest_place_has_the_highest_attenuation() -> None:
    scan = loaded_scan(np.random.default_rng(1))
    scan.transmission[:, 80:96, 400:420] = 0.01
    y, x = np.unravel_index(SCORERS["alpha_threshold"](scan).argmax(), (51, 161))
    assert 20 <= y < 24
    assert 100 <= x < 105


@pytest.mark.parametrize("factor", [0.75, 1.3])
def test_local_z_finds_a_small_difference_where_attenuation_does_not(factor: float) -> None:
    scan = flat_scan(202, 641)
    scan.transmission[:] = np.exp(-np.linspace(2.0, 1.0, 641, dtype=np.float32))  # denser to the left
    scan.transmission[:] *= np.exp(0.02 * np.random.default_rng(2).standard_normal((2, 202, 641)))
    scan.transmission[:, 100:112, 300:312] *= factor
    y, x = np.unravel_index(local_z_score(scan).argmax(), (51, 161))
    assert 25 <= y < 28
    assert 75 <= x < 78
    assert SCORERS["alpha_threshold"](scan).argmax() % 161 < 20


def test_local_z_grows_with_the_scale_of_what_is_looked_for() -> None:
    rng = np.random.default_rng(3)
    for size in (8, 32, 64):
        scan = flat_scan(400, 640)
        scan.transmission[:] = 0.3 * np.exp(0.02 * rng.standard_normal(scan.transmission.shape))
        scan.transmission[:, 200 : 200 + size, 300 : 300 + size] *= 0.8
        scores = local_z_score(scan)
        assert scores[50 : 50 + size // 4, 75 : 75 + size // 4].mean() > np.quantile(scores, 0.95)


def test_cells_are_means() -> None:
    plane = np.arange(6 * 8, dtype=np.float32).reshape(6, 8)
    cells = over_cells(plane)
    assert cells.shape == (2, 2)
    assert cells[0, 0] == pytest.approx(plane[:4, :4].mean())
    assert cells[1, 0] == pytest.approx((plane[4, :4].sum() + 3 * plane[5, :4].sum()) / 16)


def patches(rng: np.random.Generator, level: float, period: float, count: int) -> np.ndarray:
    goods = np.ones((64, 64), bool)
    wave = np.sin(np.arange(64) / period)[None, :]
    made = [
        level * rng.uniform(0.9, 1.1) * (1 + 0.2 * wave) + 0.02 * rng.standard_normal((64, 64))
        for _ in range(count)
    ]
    return np.stack([histogram_features(alpha.astype(np.float32), goods) for alpha in made])


def test_goods_are_told_by_density_and_by_texture() -> None:
    rng = np.random.default_rng(4)
    looks = {"light": (0.5, 2.0), "dense": (2.5, 2.0), "coarse": (0.5, 12.0)}
    known = {name: patches(rng, *look, 6) for name, look in looks.items()}
    labels = [name for name in known for _ in range(6)]
    model = fit(np.concatenate(list(known.values())), labels)
    for name, look in looks.items():
        for ranked in classify(model, patches(rng, *look, 5)):
            assert ranked[0][0] == name
            assert [share for _, share in ranked] == sorted((s for _, s in ranked), reverse=True)
            assert sum(share for _, share in ranked) == pytest.approx(1)


def test_a_class_is_as_near_as_its_nearest_histogram() -> None:
    model = fit(np.array([[0, 0], [9, 9], [4, 4]], np.float32), ["a", "a", "b"])
    (ranked,) = classify(model, np.array([8, 9], np.float32))
    assert [name for name, _ in ranked] == ["a", "b"]
    assert ranked[0][1] / ranked[1][1] == pytest.approx(9, rel=1e-3)  # distances 1 and 9


def test_city_block_and_histograms() -> None:
    rng = np.random.default_rng(5)
    a, b = rng.random((7, 30)).astype(np.float32), rng.random((11, 30)).astype(np.float32)
    assert city_block(a, b)[3, 8] == pytest.approx(np.abs(a[3] - b[8]).sum(), rel=1e-5)
    alpha = rng.random((40, 40)).astype(np.float32) * 12
    goods = alpha > 1
    assert histogram_features(alpha, goods).sum() == pytest.approx(4, rel=1e-5)  # each histogram sums to 1
    assert not histogram_features(alpha, np.zeros_like(goods)).any()
    with pytest.raises(ValueError, match="labels"):
        fit(np.zeros((0, 3), np.float32), [])
