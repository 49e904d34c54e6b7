from dataclasses import replace

import cv2
import numpy as np
import pytest

from tallyscan.finding import Anomaly, CargoUnit
from tallyscan.report.picture import (
    DECISION_COLOUR,
    FINDING,
    UNIT,
    annotated_picture,
    thumbnail,
)
from tallyscan.report.tone import NO_SIGNAL, tone
from tallyscan.risk import Risk
from tallyscan.scan import Box, Scan
from tests.report.builders import finding, made_cargo_scan, made_reading, made_unread

MARGIN_ROWS = 31  # above the image


def decoded(png: bytes) -> np.ndarray:
    assert png.startswith(b"\x89PNG")
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture


def where(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return np.argwhere((picture == colour).all(axis=2))


@pytest.fixture(scope="module")
def scan() -> Scan:
    return made_cargo_scan()


def test_air_is_white_dense_goods_are_dark_and_denser_is_darker(scan: Scan) -> None:
    grey = tone(scan)
    assert grey[5:30, 5:100].min() > 235
    wall, pallet, block = grey[100, 700], grey[400, 200], grey[400, 940]
    assert 255 > wall > pallet > block
    assert wall < 245  # a thin wall still shows against air


def test_structure_in_dense_goods_is_still_seen() -> None:
    alpha = np.zeros((40, 60), np.float32)
    alpha[:, 20:40], alpha[:, 40:] = 4.0, 5.0
    scan = made_cargo_scan()
    steps = replace(
        scan,
        transmission=np.exp(-np.stack([alpha, alpha])),
        valid=np.ones((40, 60), np.bool_),
    )
    grey = tone(steps)
    assert int(grey[0, 30]) - int(grey[0, 50]) >= 25


def test_of_a_display_scan_the_order_of_values_is_kept() -> None:
    grey = tone(made_cargo_scan("display")).astype(int)
    assert grey[5, 5] > 230
    assert grey[400, 200] > grey[400, 940]


def test_the_picture_is_no_wider_than_asked_and_keeps_its_shape(scan: Scan) -> None:
    picture = decoded(annotated_picture(scan, made_reading(findings=()), max_width=800))
    assert picture.shape[1] == 800
    thumb = decoded(thumbnail(scan, made_reading()))
    assert thumb.shape[:2] == (round(576 * 320 / 2432), 320)


def test_a_small_scan_is_not_blown_up_and_the_legend_still_fits() -> None:
    scan = made_cargo_scan()
    cut = replace(scan, transmission=scan.transmission[:, :60, :100].copy(), valid=scan.valid[:60, :100])
    reading = made_reading(findings=(finding("F1", "people", 0.9, Box(20, 20, 30, 30)),), containers=())
    assert decoded(annotated_picture(cut, reading)).shape[1] == 480
    assert decoded(annotated_picture(cut, reading, max_width=300)).shape[1] <= 300


def test_a_tall_scan_stays_within_bounds() -> None:
    scan = made_cargo_scan()
    tall = replace(scan, transmission=scan.transmission[:, :, :40].copy(), valid=scan.valid[:, :40])
    assert decoded(annotated_picture(tall, made_reading(findings=()), max_width=300)).shape[0] < 450


@pytest.mark.parametrize(("turns", "mirrored"), [(0, False), (1, False), (2, True), (3, True)])
def test_boxes_of_original_pixels_are_turned_with_the_image(turns: int, mirrored: bool) -> None:
    scan = made_cargo_scan(quarter_turns=turns, mirrored=mirrored)
    upright = Box(900.0, 300.0, 200.0, 150.0)
    reading = made_reading(
        findings=(finding("F1", "void", 0.9, scan.grid.to_original(upright)),), containers=()
    )
    plain = decoded(annotated_picture(scan, made_reading(findings=(), containers=())))
    marked = decoded(annotated_picture(scan, reading))
    changed = np.argwhere((plain != marked).any(axis=2))
    scale = 1600 / 2432
    below_label, above_legend = MARGIN_ROWS + upright.y * scale + 4, MARGIN_ROWS + 576 * scale
    image_rows = changed[(changed[:, 0] > below_label) & (changed[:, 0] < above_legend)]
    middle = image_rows[:, 1].mean()
    assert abs(middle - (upright.x + upright.width / 2) * scale) < 6
    assert abs(image_rows[:, 0].max() - (MARGIN_ROWS + (upright.y + upright.height) * scale)) < 6


def test_findings_and_units_are_drawn_in_their_colours(scan: Scan) -> None:
    picture = decoded(annotated_picture(scan, made_reading()))
    assert len(where(picture, FINDING)) > 500
    assert len(where(picture, UNIT)) > 500
    bare = decoded(annotated_picture(scan, made_reading(findings=(), containers=())))
    assert len(where(bare, FINDING)) == 0
    assert len(where(bare, UNIT)) == 0


def test_the_inside_of_a_finding_is_not_covered(scan: Scan) -> None:
    crowd = tuple(
        finding(f"F{n}", "electronics_medicine", 0.9, Box(400 + 150 * n, 250, 110, 90)) for n in range(8)
    )
    plain = decoded(annotated_picture(scan, made_reading(findings=(), containers=())))
    marked = decoded(annotated_picture(scan, made_reading(findings=crowd, containers=())))
    scale = 1600 / 2432
    for found in crowd:
        left, top = round(found.box.x * scale) + 4, MARGIN_ROWS + round(found.box.y * scale) + 4
        right, bottom = left + round(110 * scale) - 8, top + round(90 * scale) - 8
        inside = slice(top, bottom), slice(left, right)
        assert (plain[inside] == marked[inside]).mean() > 0.99


def test_pixels_without_signal_are_neither_air_nor_goods(scan: Scan) -> None:
    columns = set(where(decoded(annotated_picture(scan, made_reading(findings=()))), NO_SIGNAL)[:, 1])
    assert columns
    assert min(columns) > 1400 * 1600 / 2432 - 3
    assert max(columns) < 1403 * 1600 / 2432 + 3


def test_a_scan_that_was_not_assessed_cannot_be_taken_for_a_clear_one(scan: Scan) -> None:
    clear = made_reading(
        findings=(), containers=(), anomaly=Anomaly("clear", False, 0.1, 0.5), risk=Risk(0.02, "green")
    )
    unread = decoded(annotated_picture(scan, made_unread()))
    read = decoded(annotated_picture(scan, clear))
    green, amber = DECISION_COLOUR["clear"], DECISION_COLOUR["not_assessed"]
    assert len(where(read, green)) > 500
    assert len(where(read, amber)) == 0
    assert len(where(unread, green)) == 0
    assert len(where(unread, amber)) > 1000
    yellow = (0, 205, 255)
    assert len(where(unread, yellow)) > 5000
    assert len(where(read, yellow)) == 0
    assert len(where(decoded(thumbnail(scan, made_unread())), yellow)) > 500
    assert len(where(decoded(thumbnail(scan, clear)), yellow)) == 0


def test_a_read_scan_without_an_answer_on_anomalies_is_marked_too(scan: Scan) -> None:
    picture = decoded(annotated_picture(scan, made_reading(anomaly=Anomaly("not_assessed"))))
    assert len(where(picture, (0, 205, 255))) > 5000


def test_a_long_reason_makes_the_legend_higher_and_odd_boxes_do_no_harm(scan: Scan) -> None:
    short = decoded(annotated_picture(scan, made_unread(reason="too_noisy: no.")))
    long = decoded(annotated_picture(scan, made_unread(reason="too_noisy: " + "no signal at all " * 30)))
    assert long.shape[0] > short.shape[0]
    odd = (
        finding("F1", "void", 0.5, Box(-50, -50, 20, 20)),
        finding("F2", "void", 0.5, Box(9000, 9000, 50, 50)),
        finding("F3", "void", 0.5, Box(10, 10, 0, 0)),
    )
    units = tuple(CargoUnit(n, Box(10, 10, 50, 50), "container with a long kind" * 3) for n in range(9))
    annotated_picture(scan, made_reading(findings=odd, containers=units))
