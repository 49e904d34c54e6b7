import cv2
import numpy as np
import pytest

from tallyscan.finding import ExpectedPicture
from tallyscan.report.expected_picture import expected_picture, speaks_of_expectation
from tallyscan.report.tone import fitted
from tallyscan.scan import Scan
from tests.report.builders import made_cargo_scan, made_reading, made_unread

STRIDE = 4


def cells(scan: Scan, level: float) -> np.ndarray:
    """Quantiles of one level, with a cell of padding at the bottom and on the right."""
    rows, columns = -(-scan.height // STRIDE) + 1, -(-scan.width // STRIDE) + 1
    return np.full((3, rows, columns), level, np.float32)


def decoded(png: bytes) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture


def of(scan: Scan, without: np.ndarray, declared: np.ndarray | None = None, width: int = 1600) -> np.ndarray:
    return decoded(expected_picture(scan, ExpectedPicture(without, declared, STRIDE, scan.grid), width))


@pytest.mark.parametrize("grade", ["transmission", "display"])
def test_what_is_expected_as_it_is_has_the_greys_of_the_scan_pixel_over_pixel(grade: str) -> None:
    scan = made_cargo_scan(grade)
    expected = cells(scan, 9.0)
    alpha = scan.attenuation
    padded = np.pad(alpha, ((0, -alpha.shape[0] % STRIDE), (0, -alpha.shape[1] % STRIDE)), mode="edge")
    tiles = padded.reshape(padded.shape[0] // STRIDE, STRIDE, padded.shape[1] // STRIDE, STRIDE)
    expected[1, :-1, :-1] = tiles.mean(axis=(1, 3))
    shown, (scan_shown, _) = of(scan, expected), fitted(scan, 1600, 1600)
    assert shown.shape == scan_shown.shape
    differs = np.abs(shown.astype(int) - scan_shown.astype(int))
    assert np.median(differs) <= 2
    assert (differs > 25).mean() < 0.05  # but for edges, which are finer than a cell


def test_what_is_expected_somewhere_lies_there_in_the_picture() -> None:
    scan = made_cargo_scan()
    expected = cells(scan, 0.0)
    expected[1, 50:, 100:200] = 2.0
    shown, scale = of(scan, expected), 1600 / scan.width
    rows, columns = np.nonzero(shown[..., 0] < 128)
    place = np.array([columns.min(), columns.max(), rows.min(), rows.max()]) / scale / STRIDE
    assert np.abs(place - [100, 200, 50, scan.height / STRIDE]).max() < 1.5


def test_with_a_declaration_its_expectation_is_shown() -> None:
    scan = made_cargo_scan()
    free, declared = cells(scan, 0.0), cells(scan, 2.0)
    assert of(scan, free, declared).mean() < of(scan, free).mean() - 50


def test_a_large_scan_is_shown_within_the_limit() -> None:
    scan = made_cargo_scan()
    assert of(scan, cells(scan, 0.5)).shape[:2] == (379, 1600)
    assert of(scan, cells(scan, 0.5), width=300).shape[:2] == (71, 300)


def test_it_is_shown_where_an_anomaly_is_found_or_the_rule_rests_on_it() -> None:
    alarm = made_reading()
    assert alarm.anomaly.decision == "alarm"
    assert speaks_of_expectation(alarm)
    assert not speaks_of_expectation(made_unread())
