"""Scans of a striped, wandering machine are calibrated better with what its earlier scans have shown."""

from collections import defaultdict

import numpy as np

from training.learnt_air import compared


def test_the_error_of_attenuation_falls_by_what_was_learnt() -> None:
    found = defaultdict(list)
    for how, with_it, error in compared(11, 16.0, 12, 3):
        found[how, with_it].append(error)
    before, after = (
        {how: np.mean(errors, axis=0) for (how, known), errors in found.items() if known == with_it}
        for with_it in (False, True)
    )
    assert set(before) == set(after)
    assert len(before) == 3
    for how, (_, striped) in before.items():
        assert striped > 0.005, "the stripes of the machine"
        assert after[how][1] < 0.4 * striped
    unseen = "not in view: the usual one, or the learnt one"
    assert before[unseen][0] > 0.02
    assert after[unseen][0] < 0.012
    for how in set(before) - {unseen}:
        assert after[how][0] <= before[how][0] + 0.001
