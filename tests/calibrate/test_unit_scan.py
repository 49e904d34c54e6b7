"""A whole scan, cut to one of its cargo units."""

from dataclasses import replace

import numpy as np
import pytest

from tallyscan.calibrate.unit_scan import ALIGNED_PX, MARGIN_MM, cut_to_unit
from tallyscan.scan import Box, CanonicalGrid, NoiseModel, Scan
from tallyscan.scanner_condition import Measure
from tallyscan.sidecar import Sidecar, UnitMark

# Original pixels of 10 mm, canonical ones of 5 mm: two units with 0.4 m between them, and a third one far away.
BOXES = (Box(60, 40, 600, 170), Box(700, 40, 600, 170), Box(1800, 40, 300, 170))
GRID = CanonicalGrid(260, 2200, 0, False, 2.0, 2.0)


def whole(grid: CanonicalGrid = GRID, *, units: int = 3, opaque: bool = False) -> Scan:
    transmission = np.linspace(0.1, 1, 4400, dtype=np.float32)[None, None].repeat(520, axis=1)
    if opaque:
        transmission[:, :, :1000] = 1e-4
    return Scan(
        transmission=np.ascontiguousarray(transmission),
        valid=np.ones((520, 4400), np.bool_),
        grade="transmission",
        energies_mv=(6.0,),
        noise=(NoiseModel(1e-4, 1e-6),),
        grid=grid,
        pitch_known=True,
        sha256="0" * 64,
        scanner="s",
        profile="p",
        calibration_sha256="c",
        sidecar=Sidecar(units=tuple(UnitMark(container_number=f"CSQU305438{n}") for n in range(units))),
        cautions=("not_penetrated: 23% of the scan let nothing through.", "no_open_beam: taken."),
        measured={"air_level": [60_000.0], "opaque_share": 0.23},
        condition=(Measure("noise", None, 1.0),),
    )


def test_a_unit_keeps_a_margin_and_shares_the_room_between_two() -> None:
    first, second, third = (cut_to_unit(whole(), BOXES, number) for number in (1, 2, 3))
    assert first.grid.first_column % ALIGNED_PX == second.grid.first_column % ALIGNED_PX == 0
    assert first.grid.first_column == 0  # 120 less the margin, and then down to the network's stride
    assert first.width == 1360  # half-way between 1320 and 1400
    assert second.grid.first_column == 1344  # the stride below half-way
    assert second.grid.first_column + second.width == 2600 + MARGIN_MM / 5
    assert third.grid.first_column + third.width == 4300
    assert {scan.height for scan in (first, second, third)} == {520}


@pytest.mark.parametrize(("turns", "mirrored"), [(0, False), (0, True), (1, False), (2, True), (3, False)])
def test_pixels_and_boxes_of_the_cut_are_those_of_the_whole(turns: int, mirrored: bool) -> None:
    sides = (260, 2200) if turns % 2 == 0 else (2200, 260)
    made = whole(CanonicalGrid(*sides, turns, mirrored, 2.0, 2.0))
    boxes = tuple(made.grid.to_original(GRID.to_canonical(box)) for box in BOXES)  # the same places, upright
    cut = cut_to_unit(made, boxes, 2)
    start = cut.grid.first_column
    assert np.array_equal(cut.transmission, made.transmission[:, :, start : start + cut.width])
    place = Box(100, 50, 40, 20)
    assert cut.grid.to_original(place) == made.grid.to_original(place._replace(x=place.x + start))
    assert cut.grid.to_canonical(cut.grid.to_original(place)) == place
    assert cut.unit is not None
    assert (cut.unit.number, cut.unit.box) == (2, boxes[1])


def test_what_belongs_to_the_whole_stays_and_what_is_of_its_pixels_is_made_anew() -> None:
    dense, clear = cut_to_unit(whole(opaque=True), BOXES, 1), cut_to_unit(whole(opaque=True), BOXES, 3)
    assert dense.noise == clear.noise == whole().noise
    assert clear.cautions == ("no_open_beam: taken.",)
    assert dense.cautions[-1].startswith("not_penetrated: 74%")
    assert clear.measured == {"air_level": [60_000.0], "opaque_share": 0.0}
    assert dense.condition == ()  # the scanner is watched by whole scans


def test_a_unit_has_its_own_mark_where_the_scanner_names_as_many() -> None:
    marks = [cut_to_unit(whole(), BOXES, number).sidecar.units for number in (1, 2, 3)]
    assert [unit.container_number for (unit,) in marks] == ["CSQU3054380", "CSQU3054381", "CSQU3054382"]
    assert cut_to_unit(whole(units=2), BOXES, 1).sidecar.units == ()


def test_a_unit_at_the_end_of_the_image_and_one_that_overlaps_another_are_cut_whole() -> None:
    boxes = (Box(0, 0, 700, 260), Box(650, 0, 1550, 260))
    first, second = (cut_to_unit(whole(), boxes, number) for number in (1, 2))
    assert (first.grid.first_column, first.width) == (0, 1400)
    assert second.grid.first_column <= 1300
    assert second.grid.first_column + second.width == 4400


def test_a_cut_of_a_cut_counts_columns_of_the_whole() -> None:
    cut = cut_to_unit(whole(), BOXES, 2)
    again = cut_to_unit(replace(cut, sidecar=Sidecar()), (BOXES[1],), 1)
    assert again.grid.to_canonical(BOXES[1]).width == 1200
    assert again.grid.to_original(again.grid.to_canonical(BOXES[1])) == BOXES[1]
