"""What people and workstations draw on a picture is left out; what is in the vehicle is not."""

import cv2
import numpy as np
import pytest

from tallyscan.calibrate.picture_marks import marks_in
from tests.calibrate.lorries import jpeg, lorry, rgb
from tests.calibrate.raw_scans import codes, displayed, physical

LORRY = lorry()
HEIGHT, WIDTH = LORRY.shape


def marked(picture: np.ndarray) -> np.ndarray:
    return marks_in((picture / 255).astype(np.float32))


def with_box(pen: int) -> np.ndarray:
    picture = LORRY.copy()
    cv2.rectangle(picture, (300, 150), (760, 420), (pen,) * 3, 2)
    return picture


def with_cross_hair(pen: int) -> np.ndarray:
    picture = LORRY.copy()
    cv2.line(picture, (0, 333), (WIDTH - 1, 333), (pen,) * 3, 2)
    cv2.line(picture, (901, 0), (901, HEIGHT - 1), (pen,) * 3, 2)
    return picture


def with_text(pen: int) -> np.ndarray:
    picture = LORRY.copy()
    cv2.putText(
        picture, "GATE 07  2026-03-14", (520, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (pen,) * 3, 2, cv2.LINE_AA
    )
    return picture


def with_label(pen: int) -> np.ndarray:
    """White on black or black on white, over the wheels."""
    picture = LORRY.copy()
    cv2.rectangle(picture, (300, 600), (560, 632), (255 - pen,) * 3, cv2.FILLED)
    cv2.putText(
        picture, "14:07:55 LANE 2", (308, 624), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (pen,) * 3, 2, cv2.LINE_AA
    )
    return picture


def with_ruler(pen: int) -> np.ndarray:
    picture = LORRY.copy()
    for index, x in enumerate(range(5, WIDTH, 45)):
        cv2.line(picture, (x, 0), (x, 12 if index % 5 == 0 else 6), (pen,) * 3, 1)
    return picture


@pytest.mark.parametrize("quality", [95, 60])
def test_a_lorry_has_no_marks(quality: int) -> None:
    assert not marked(jpeg(LORRY, quality)).any()
    assert not marked(jpeg(lorry(load=0.01), quality)).any()


@pytest.mark.parametrize(
    ("draw", "pen"),
    [
        (with_box, 0), (with_box, 120), (with_cross_hair, 0), (with_cross_hair, 130), (with_text, 0), (with_text, 110),
        (with_label, 255), (with_label, 0), (with_ruler, 0), (with_ruler, 100),
    ],
)  # fmt: skip
def test_marks_are_found_and_nothing_else_is(draw, pen: int) -> None:  # type: ignore[no-untyped-def]
    picture = draw(pen)
    drawn = np.abs(picture.astype(int) - LORRY) > 8
    found = marked(jpeg(picture, 85))
    assert found[drawn].mean() > 0.85
    around = cv2.dilate(drawn.astype(np.uint8), np.ones((41, 41), np.uint8)) > 0
    assert found[~around].mean() < 0.001


def test_a_mark_is_neither_air_nor_matter_and_is_said() -> None:
    scan, plain = displayed(jpeg(with_box(0))), displayed(jpeg(LORRY))
    assert codes(scan.cautions) == [*codes(plain.cautions), "drawn_marks"]
    assert 0.001 < 1 - scan.valid.mean() < 0.02
    # the lines are gone: what is beside them was put in their place
    difference = np.abs(scan.transmission[0] - plain.transmission[0])[140:430, 290:770]
    assert np.percentile(difference, 99) < 0.15


def test_coloured_marks_on_a_grey_picture_are_left_out() -> None:
    picture = rgb(LORRY)
    points = np.stack([np.arange(0, WIDTH, 25), 520 + 40 * np.sin(np.arange(0, WIDTH, 25) / 90)], axis=1)
    cv2.polylines(picture, [points.astype(np.int32)], False, (255, 220, 0), 2)
    stored = jpeg(picture, 90)
    scan = physical(np.moveaxis(stored, -1, 0), photometric="rgb", file_format="jpeg")
    assert "coloured_marks" in codes(scan.cautions)
    curve = (np.abs(picture.astype(int) - rgb(LORRY)) > 60).any(axis=2)
    assert (~scan.valid)[curve].mean() > 0.95
    assert 1 - scan.valid.mean() < 0.03
