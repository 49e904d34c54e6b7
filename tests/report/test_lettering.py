import numpy as np
import pytest

from tallyscan.report.lettering import cut_to_width, text_width, wrapped, write

RED = (0, 0, 255)


def ink(text: str, x: int = 5, y: int = 5) -> np.ndarray:
    picture = np.full((30, 200, 3), 255, np.uint8)
    write(picture, text, x, y, 11, RED)
    return np.argwhere((picture != 255).any(axis=2))


def test_text_is_drawn_within_its_measured_width_and_height() -> None:
    drawn = ink("F1 false wall")
    assert drawn[:, 1].min() >= 5
    assert drawn[:, 1].max() <= 5 + text_width("F1 false wall", 11)
    assert 3 <= drawn[:, 0].min() <= 7
    assert drawn[:, 0].max() <= 5 + 11 + 4


def test_text_outside_the_picture_is_left_out() -> None:
    assert len(ink("far away", x=500)) == 0
    assert len(ink("far away", y=300)) == 0
    assert 0 < len(ink("half", x=-10)) < len(ink("half"))


def test_long_text_is_cut_with_dots() -> None:
    text = "a reason that goes on and on"
    cut = cut_to_width(text, 11, 100)
    assert cut.endswith("...")
    assert text_width(cut, 11) <= 100
    assert cut_to_width("short", 11, 400) == "short"


@pytest.mark.parametrize("width", [60, 150, 400])
def test_wrapped_lines_fit_and_lose_nothing_unless_they_say_so(width: int) -> None:
    text = "black_image: no signal reached the detector in most of the image, so scan it again"
    lines = wrapped(text, 11, width, 3)
    assert len(lines) <= 3
    assert all(text_width(line, 11) <= width for line in lines)
    assert " ".join(lines) == text or any(line.endswith("...") for line in lines)


def test_any_text_can_be_drawn() -> None:
    assert text_width("Müller é", 11) == text_width("Muller e", 11)
    assert len(ink("машина 車\n\x00")) > 0
