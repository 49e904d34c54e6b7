"""How well a change can be seen, where the answer can be counted on fingers."""

import numpy as np
import pytest

from tallyscan.scan import Float32Array
from training.simulate.truth import visibility

SHAPE = (60, 80)
MASK = np.zeros(SHAPE, np.bool_)
MASK[20:40, 30:50] = True


def noise(level: float) -> Float32Array:
    return np.full(SHAPE, level, np.float32)


def striped(step: float) -> Float32Array:
    """A load of which every other column attenuates so much more."""
    return np.where(np.arange(SHAPE[1]) % 2, step, 0.0).astype(np.float32) * np.ones(SHAPE, np.float32)


def seen(without: Float32Array, with_it: Float32Array, floor: float = 1e-6) -> tuple[float, float]:
    """Of attenuations, with a noise of 0.1 everywhere, and a ring of 10 and 5 pixels."""
    return visibility(np.exp(-without), np.exp(-with_it), MASK, floor, lambda _: noise(0.1), (10, 5))


def test_contrast_is_by_the_noise_and_clutter_by_the_spread_around() -> None:
    without = striped(0.2)  # rms 0.1
    contrast, clutter = seen(without, without + 0.3 * MASK)
    assert contrast == pytest.approx(3.0, rel=1e-4)
    assert clutter == pytest.approx(3.0, rel=1e-4)
    assert seen(without, without - 0.3 * MASK) == pytest.approx((contrast, clutter), rel=1e-4)


def test_every_pixel_is_by_its_own_noise() -> None:
    """The mean of the ratios: half of the mask is ten times as noisy, and does not drown the other half."""
    sigma = noise(0.1)
    sigma[:, 40:] = 1.0
    change = 1.0 * MASK
    contrast, _ = visibility(
        np.exp(-noise(1.0)), np.exp(-(noise(1.0) + change)), MASK, 1e-6, lambda _: sigma, (10, 5)
    )
    assert contrast == pytest.approx((10 + 1) / 2, rel=1e-4)


def test_what_stands_in_the_mask_or_beyond_the_ring_is_no_clutter() -> None:
    without = striped(0.2)
    plain = seen(without, without + 0.3 * MASK)[1]
    inside, beyond = without.copy(), without.copy()
    inside[MASK] += np.random.default_rng(0).normal(0, 2, int(MASK.sum()))
    beyond[:10] += np.random.default_rng(1).normal(0, 2, (10, SHAPE[1]))
    for busy in (inside, beyond):
        assert seen(busy, busy + 0.3 * MASK, 1e-12)[1] == pytest.approx(plain, rel=1e-3)
    near = without.copy()
    near[16:20, 30:50] += 1.0
    assert seen(near, near + 0.3 * MASK)[1] < 0.7 * plain


def test_behind_what_lets_nothing_through_nothing_is_seen() -> None:
    assert seen(noise(9.0), noise(9.0) + 3.0 * MASK, floor=1e-3)[0] == pytest.approx(0.0, abs=1e-4)
    half = seen(noise(6.0), noise(6.0) + 3.0 * MASK, floor=float(np.exp(-7.5)))[0]
    assert half == pytest.approx(15.0, rel=1e-4)
