from itertools import combinations

import numpy as np
import pytest

from tallyscan.report.label_places import Rect, place

FRAME = Rect(0, 0, 1600, 460)


def test_overlap_gap_and_inside() -> None:
    one = Rect(0, 0, 10, 10)
    assert one.overlap(Rect(5, 5, 20, 20)) == 25
    assert one.overlap(Rect(10, 0, 20, 10)) == 0
    assert one.gap(Rect(13, 0, 20, 10)) == 3
    assert one.gap(Rect(5, 5, 20, 20)) == 0
    assert one.inside(one)
    assert not Rect(-1, 0, 5, 5).inside(one)


@pytest.mark.parametrize("seed", range(6))
def test_labels_meet_no_box_no_label_and_nothing_taken(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lefts, tops = rng.integers(0, 1500, 16), rng.integers(30, 380, 16)
    boxes = [
        Rect(int(x), int(y), int(x + w), int(y + h))
        for x, y, w, h in zip(lefts, tops, rng.integers(4, 100, 16), rng.integers(4, 80, 16), strict=True)
    ]
    taken = [Rect(0, 0, 300, 25)]
    found = place(boxes, [(150, 21)] * 16, FRAME, taken)
    labels = [label for label in found if label is not None]
    assert len(labels) == 16
    assert all(label.inside(FRAME) for label in labels)
    assert not any(label.overlap(other) for label in labels for other in (*boxes, *taken))
    assert not any(one.overlap(other) for one, other in combinations(labels, 2))


def test_the_first_label_stands_right_above_its_box() -> None:
    (label,) = place([Rect(100, 100, 200, 150)], [(80, 20)], FRAME, [])
    assert label == Rect(100, 77, 180, 97)


def test_a_label_without_room_is_left_out() -> None:
    assert place([Rect(5, 5, 20, 20)], [(200, 20)], Rect(0, 0, 100, 60), []) == [None]
