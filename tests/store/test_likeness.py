"""Which loads look most like one, and by what they are said to be alike."""

import numpy as np
import pytest

from tallyscan.known_unit import FEATURE_NAMES
from tallyscan.store.likeness import MOST_SPREADS, alike, distances

MASS, TEXTURE = FEATURE_NAMES.index("mass_per_metre"), FEATURE_NAMES.index("texture_80")


def loads(count: int = 40) -> np.ndarray:
    return np.random.default_rng(0).normal(1, 0.2, (count, len(FEATURE_NAMES))).astype(np.float32)


def test_the_same_load_is_at_no_distance_and_the_nearest() -> None:
    others = loads()
    far = distances(others[7], others)
    assert (int(np.argmin(far)), float(far[7])) == (7, 0.0)


def test_one_feature_that_went_wrong_counts_for_no_more_than_its_limit() -> None:
    others = loads()
    wrong = others[7].copy()
    wrong[MASS] = 1e6
    assert distances(wrong, others)[7] == pytest.approx(MOST_SPREADS / np.sqrt(len(FEATURE_NAMES)), rel=1e-3)


def test_what_is_not_known_of_either_does_not_count() -> None:
    others = loads()
    unknown = others[7].copy()
    unknown[[MASS, TEXTURE]] = np.nan
    assert distances(unknown, others)[7] == 0.0
    others[3] = np.nan
    assert distances(unknown, others)[3] == np.inf
    named = {shared.feature for shared in alike(unknown, others, [7])[0].alike}
    assert not named & {"mass_per_metre", "texture_80"}


def test_two_loads_are_alike_by_what_few_others_share_and_apart_by_what_differs_most() -> None:
    others = loads()
    this = others[7] + np.float32(0.3)
    this[MASS] = others[7][MASS] = 9.0
    this[TEXTURE] = others[7][TEXTURE] + 5
    (found,) = alike(this, others, [7])
    assert found.alike[0].feature == "mass_per_metre"
    assert (found.alike[0].in_words, found.alike[0].unit) == ("mass per metre", "t/m")
    assert (found.alike[0].this, found.alike[0].other) == (9.0, 9.0)
    assert found.apart[0].feature == "texture_80"
    assert found.distance == pytest.approx(float(distances(this, others)[7]))


def test_a_single_other_load_can_be_compared() -> None:
    (found,) = alike(loads()[0], loads()[1:2], [0])
    assert np.isfinite(found.distance)
    assert len(found.alike) == 3
