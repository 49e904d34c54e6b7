"""How well a change can be seen, where the answer can be counted on fingers."""

from dataclasses import replace

import numpy as np
import pytest

from tallyscan.physics import materials
from tallyscan.scan import Float32Array
from tests.training.scenes import by_hand, lead_block, side_fan, still
from training.simulate.artefacts import measured, noise_free
from training.simulate.parts import Concealment
from training.simulate.scanner import Scanner
from training.simulate.shadow import cast
from training.simulate.solids import Box3, box
from training.simulate.truth import anomaly_truth, part_boxes, visibility

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


def test_parts_with_a_gap_of_ten_centimetres_are_one() -> None:
    """On pixels of 10 by 20 mm: ten columns or five rows."""
    mask = np.zeros((60, 100), np.bool_)
    mask[5:10, 10:20] = mask[5:10, 30:40] = True
    pitch = (10.0, 20.0)
    assert part_boxes(mask, pitch) == [(10, 5, 30, 5)]
    mask[5:10, 30] = False
    assert part_boxes(mask, pitch) == [(10, 5, 10, 5), (31, 5, 9, 5)]
    mask[14:20, 12:15] = True  # below the first, and one that touches the border
    assert part_boxes(mask, pitch) == [(10, 5, 10, 15), (31, 5, 9, 5)]
    mask[56:, 97:] = True
    assert part_boxes(mask, pitch)[-1] == (97, 56, 3, 4)


def found_in(scanner: Scanner, concealment: Concealment) -> dict[str, object]:
    geometry = scanner.geometry
    beam = side_fan(20.0, source_mm=geometry.source_mm, centre_mm=geometry.centre_mm)
    shadow = cast(by_hand(concealment), beam, np.arange(-100.0, 6200.0, 20.0))
    primary = noise_free(shadow.basis, scanner)[0]
    return anomaly_truth(shadow.hidden[0], shadow, primary, scanner)


def test_what_is_scattered_has_a_box_around_each_part() -> None:
    places = [Box3(x, x + 200, y, y + 200, -100, 100) for x, y in ((1000, 1500), (3000, 2200), (5000, 1500))]
    packets = Concealment("bricks_in_load", tuple(box(materials.LEAD, place, 2.0) for place in places))
    truth = found_in(still(), packets)
    around = truth["box"]
    assert isinstance(around, list)
    boxes = truth["boxes"]
    assert isinstance(boxes, list)
    assert [x for x, *_ in boxes] == pytest.approx([55, 155, 255], abs=1)  # the window begins at -100 mm
    assert sum(width * height for *_, width, height in boxes) < 0.1 * around[2] * around[3]
    assert min(x for x, *_ in boxes) == around[0]
    assert max(x + width for x, _, width, _ in boxes) == around[0] + around[2]
    assert min(y for _, y, *_ in boxes) == around[1]
    assert max(y + height for _, y, _, height in boxes) == around[1] + around[3]
    whole = found_in(still(), lead_block())
    assert whole["boxes"] == [whole["box"]]


def bright(**changes: object) -> Scanner:
    """A machine that hardly counts: its photons are too many, and nothing else is noisy."""
    changed = {"photons": (1e12, 1e12), "electronic": 1e-9, "scatter": 0.0, "background": 0.0, **changes}
    return replace(still(), **changed)  # type: ignore[arg-type]


def test_rounding_is_noise_of_a_pixel() -> None:
    scanner = bright(air_counts=(800.0, 800.0))
    basis = np.zeros((3, 40, 500), np.float32)
    basis[1] = np.linspace(5.0, 30.0, 500)
    image, _ = measured(np.random.default_rng(0), basis, scanner, np.linspace(2000.0, 1000.0, 40))
    rounding = (image - noise_free(basis, scanner))[0].std()
    assert scanner.noise()[0].electronic == pytest.approx(rounding, rel=0.05)


def test_the_coarser_the_counts_the_less_is_seen() -> None:
    contrasts = [
        found_in(bright(air_counts=(air, air)), lead_block(0.4))["contrast_to_noise"]
        for air in (40_000.0, 4000.0, 4.0)
    ]
    assert contrasts[1] == pytest.approx(contrasts[0] / 10, rel=0.05)  # type: ignore[operator]
    assert contrasts[2] == 0  # behind these textiles less than half a count is left


def test_what_scatters_in_drowns_what_is_hidden() -> None:
    without, with_it = (
        found_in(bright(electronic=1e-4, background=background), lead_block(11.0))
        for background in (0.0, 0.3)
    )
    assert with_it["contrast_to_noise"] < 0.7 * without["contrast_to_noise"]  # type: ignore[operator]
    assert with_it["clutter_ratio"] < 0.7 * without["clutter_ratio"]  # type: ignore[operator]
