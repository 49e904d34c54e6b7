"""Distances from the doors and the floor, and how far they can be trusted."""

from dataclasses import replace

import numpy as np
import pytest

from tallyscan.container_size import container_size
from tallyscan.doors import Doors
from tallyscan.finding import Interval
from tallyscan.report.sheet_height import heights
from tallyscan.report.sheet_place import EDGE_M, place_in
from tallyscan.report.upright_picture import affine_of
from tallyscan.scan import Box, CanonicalGrid
from tests.report.sheets import IMAGE, UNIT, UNIT_BOX

FORTY_FEET = container_size("45G1")
REGION = Box(1900, 350, 240, 300)  # 9.0 to 10.2 m from the left end of 12 m


def close(found: float, expected: float) -> bool:
    return bool(np.isclose(found, expected, atol=0.02))


@pytest.mark.parametrize(
    ("doors", "from_doors"),
    [
        (Doors("left", "profile"), (9.0, 10.2)),
        (Doors("right", "cab"), (1.8, 3.0)),
        (Doors(), None),
    ],
)
def test_the_distance_is_from_the_doors_where_it_is_known_at_which_end_they_are(
    doors: Doors, from_doors: tuple[float, float] | None
) -> None:
    place = place_in(REGION, UNIT, replace(IMAGE, doors=doors), None, several=False)
    assert place.from_left is not None
    assert place.from_right is not None
    assert close(place.from_left.start, 9.0)
    assert close(place.from_right.start, 1.8)
    span = place.from_doors
    assert (span and (round(span.start, 2), round(span.end, 2))) == from_doors


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_however_the_scan_was_stored_the_place_is_that_of_the_upright_image(
    turns: int, mirrored: bool
) -> None:
    rows, columns = (700, 2600) if turns % 2 == 0 else (2600, 700)
    grid = CanonicalGrid(rows, columns, turns, mirrored, scale_x=1.25, scale_y=1.0)
    stored = [
        grid.to_original(Box(box.x * 1.25, box.y, box.width * 1.25, box.height)) for box in (REGION, UNIT_BOX)
    ]
    image = replace(IMAGE, width=1300, height=350, to_image=affine_of(grid, 0.5))
    place = place_in(stored[0], replace(UNIT, box=stored[1]), image, None, several=False)
    assert place.from_doors is not None
    assert close(place.from_doors.start, 1.8)
    assert close(place.up[0], 0.0)
    assert close(place.up[1], 0.5)


def test_of_a_part_the_columns_that_were_cut_off_do_not_count() -> None:
    whole = CanonicalGrid(700, 2600, 0, False, 1.0, 1.0)
    part = replace(whole, first_column=900)
    for grid in (whole, part):
        image = replace(IMAGE, to_image=affine_of(grid, 1.0))
        place = place_in(REGION, UNIT, image, None, several=False)
        assert place.from_left is not None
        assert close(place.from_left.start, 9.0)


@pytest.mark.parametrize(
    ("length_mm", "size", "by", "start", "doubt"),
    [
        (Interval(12_000.0, 11_400.0, 12_600.0), "45G1", "measured_and_declared", 9.14, 0.02),
        (Interval(12_000.0, 11_400.0, 12_600.0), "22G1", "measured", 9.0, 0.05),
        (Interval(12_000.0, 11_400.0, 12_600.0), None, "measured", 9.0, 0.05),
        (None, "45G1", "declared", 9.14, 0.05),
    ],
)
def test_the_length_is_the_declared_one_where_the_image_does_not_contradict_it(
    length_mm: Interval | None, size: str | None, by: str, start: float, doubt: float
) -> None:
    place = place_in(REGION, replace(UNIT, length_mm=length_mm), IMAGE, container_size(size), several=False)
    assert place.length_by == by
    assert place.from_left is not None
    assert close(place.from_left.start, start)
    assert close(place.from_left.least, start * (1 - doubt) - EDGE_M)
    assert place.from_left.least < place.from_left.start < place.from_left.end < place.from_left.most


def test_from_an_end_that_is_not_in_the_image_nothing_is_measured() -> None:
    place = place_in(REGION, UNIT, IMAGE, FORTY_FEET, several=False, cut="right")
    assert (place.from_right, place.from_doors, place.length_by) == (None, None, "measured")
    assert place.from_left is not None
    assert close(place.from_left.start, 9.0)


def test_without_any_length_there_are_shares_and_no_metres() -> None:
    place = place_in(REGION, replace(UNIT, length_mm=None), IMAGE, None, several=False)
    assert (place.from_left, place.from_right, place.from_doors, place.length_by) == (None, None, None, None)
    assert place.along == (0.75, 0.85)


def test_a_cab_tells_nothing_of_one_of_several_units_but_what_is_said_counts() -> None:
    assert place_in(REGION, UNIT, IMAGE, None, several=True).doors == Doors()
    said = replace(IMAGE, doors=Doors("left", "sidecar"))
    assert place_in(REGION, UNIT, said, None, several=True).doors.end == "left"


def test_bounds_stay_inside_the_unit_and_beyond_it_distances_are_negative() -> None:
    at_the_wall = place_in(Box(100, 300, 60, 60), UNIT, IMAGE, None, several=False)
    assert at_the_wall.from_left is not None
    assert at_the_wall.from_left.least == 0.0
    beyond = place_in(Box(20, 300, 60, 60), UNIT, IMAGE, None, several=False)
    assert beyond.from_left is not None
    assert beyond.from_left.end < 0


def test_a_height_is_said_only_where_the_height_of_the_unit_is_known() -> None:
    by_size = place_in(REGION, UNIT, IMAGE, FORTY_FEET, several=False).above_floor
    assert by_size is not None
    assert by_size.start == by_size.least == 0.0
    assert 0.5 < by_size.end < 2.0 < by_size.most <= 2.9
    other = replace(UNIT, kind="other")
    assert place_in(REGION, other, IMAGE, None, several=False).above_floor is None
    below = place_in(Box(1900, 660, 100, 30), UNIT, IMAGE, FORTY_FEET, several=False)
    assert (below.above_floor, below.up[1] < 0) == (None, True)


@pytest.mark.parametrize("near_m", [1.95, 2.6, 4.0, 7.5])
@pytest.mark.parametrize("source_m", [0.3, 1.2, 2.6])
@pytest.mark.parametrize("true_share", [0.05, 0.3, 0.6, 0.95])
def test_the_true_height_is_within_the_bounds_for_every_depth_and_portal(
    near_m: float, source_m: float, true_share: float
) -> None:
    """A pinhole: what stands at the near wall, in the middle and at the far wall is shown where the beam takes it."""
    floor_m, height_m, width_m = 1.2, 2.9, 2.44
    middle = near_m + width_m / 2

    def shown(above_ground: float, away: float) -> float:
        return source_m + (above_ground - source_m) * middle / away

    edges = [
        shown(edge, away) for edge in (floor_m, floor_m + height_m) for away in (near_m, near_m + width_m)
    ]
    stretch = (max(edges) - min(edges)) / height_m
    for away in (near_m, middle, near_m + width_m):
        looks = (shown(floor_m + true_share * height_m, away) - min(edges)) / (max(edges) - min(edges))
        for known in (None, stretch):
            least, likely, most = heights(looks, known)
            assert least - 0.02 <= true_share <= most + 0.02
            assert least <= likely <= most


def test_where_the_height_of_the_box_is_known_the_bounds_are_closer() -> None:
    unknown, known = heights(0.4, None), heights(0.4, 1.3)
    assert known[2] - known[0] < unknown[2] - unknown[0]
