from dataclasses import replace

import numpy as np
import pytest

from tallyscan.calibrate.picture_margins import margins_of
from tallyscan.calibrate.picture_standing import standing_of
from training.simulate.display import (
    DisplayStyle,
    display_picture,
    draw_style,
    grey_of_picture,
    material_hue,
    tone_curve,
)

TONES = ("gamma", "log", "log1p", "s_curve", "piecewise", "equalised", "local")


def rng() -> np.random.Generator:
    return np.random.default_rng(2)


def scan(height: int = 160, width: int = 240) -> np.ndarray:
    """Air above, a thin roof, darker and darker cargo to a black floor, two energies."""
    alpha = np.zeros((height, width), np.float32)
    alpha[30:, 20:-20] = np.linspace(0.2, 6, height - 30)[:, None]
    return np.exp(-np.stack([alpha, 1.17 * alpha])).astype(np.float32)


@pytest.mark.parametrize("tone", ["gamma", "log", "log1p", "s_curve", "piecewise"])
def test_every_look_up_table_rises(tone: str) -> None:
    for seed in range(200):
        style = draw_style(np.random.default_rng(seed))
        if style.tone == tone:
            grey = tone_curve(np.geomspace(1e-5, 1, 200).astype(np.float32), style)
            assert (np.diff(grey) >= -1e-6).all()
            assert grey[-1] == pytest.approx(1.0, abs=1e-3)
            assert grey[0] < 0.1
            return
    pytest.fail(f"{tone} was never drawn")


def test_a_plain_style_keeps_size_and_order() -> None:
    for seed in range(40):
        style = draw_style(np.random.default_rng(seed), plain=True)
        picture = display_picture(rng(), scan()[0], style)
        assert picture.dtype == np.uint8
        assert picture.shape == (160, 240)
        assert picture[:25].mean() > picture[-25:, 20:-20].mean() + 20


def test_the_affine_map_says_where_a_place_has_gone() -> None:
    t = np.ones((120, 200), np.float32)
    t[60:80, 100:140] = 0.01
    style = DisplayStyle(scale_x=0.6, scale_y=1.5, margins=(7, 3, 5, 11), margin_grey=255)
    picture = display_picture(rng(), t, style)
    assert picture.shape == (180 + 12, 120 + 14)
    ys, xs = np.nonzero(picture < 100)
    scale_x, scale_y, offset_x, offset_y = style.affine
    assert xs.min() == pytest.approx(100 * scale_x + offset_x, abs=1)
    assert xs.max() + 1 == pytest.approx(140 * scale_x + offset_x, abs=1)
    assert ys.min() == pytest.approx(60 * scale_y + offset_y, abs=1)
    assert ys.max() + 1 == pytest.approx(80 * scale_y + offset_y, abs=1)


def test_in_place_keeps_every_pixel_where_it_is() -> None:
    for seed in range(30):
        style = draw_style(np.random.default_rng(seed)).in_place()
        assert display_picture(rng(), scan(), style).shape[:2] == (160, 240)
        assert style.affine == (1.0, 1.0, 0.0, 0.0)


def test_the_service_sees_inversion_and_black_margins() -> None:
    plain = DisplayStyle(tone="gamma", contrast=0.6)
    upright = grey_of_picture(display_picture(rng(), scan(), plain))
    inverted = grey_of_picture(display_picture(rng(), scan(), replace(plain, inverted=True)))
    assert standing_of(inverted).inverted
    assert not standing_of(upright).inverted
    framed = grey_of_picture(display_picture(rng(), scan(), replace(plain, margins=(0, 50, 0, 0))))
    cut = margins_of(framed, upright=True)
    assert (cut.left, cut.top, cut.bottom) == (0, 0, 0)
    assert 50 <= cut.right <= 60


def test_colours_show_materials_and_keep_brightness() -> None:
    t = np.ones((60, 90), np.float32)
    alpha = np.full_like(t, 1.5)
    dual = np.exp(-np.stack([alpha, alpha * 1.20]))
    metal = np.exp(-np.stack([alpha, alpha * 1.13]))
    assert material_hue(dual).mean() < 0.1
    assert material_hue(metal).mean() > 0.9
    style = DisplayStyle(colour="dual")
    organic, steel = (display_picture(rng(), image, style).astype(float) for image in (dual, metal))
    assert organic[..., 0].mean() > organic[..., 2].mean() + 40
    assert steel[..., 2].mean() > steel[..., 0].mean() + 40
    grey = display_picture(rng(), dual, DisplayStyle())
    assert grey_of_picture(organic.astype(np.uint8)).mean() * 255 == pytest.approx(grey.mean(), abs=12)


def test_everything_is_drawn_and_most_pictures_are_grey_and_upright() -> None:
    styles = [draw_style(np.random.default_rng(seed)) for seed in range(400)]
    assert {style.tone for style in styles} == set(TONES)
    assert {style.colour for style in styles} == {"grey", "hot", "rainbow", "sepia", "dual"}
    assert np.mean([style.colour == "grey" and not style.inverted for style in styles]) > 0.7
    assert 0.05 < np.mean([len(style.qualities) == 2 for style in styles]) < 0.4
    assert all(40 <= quality <= 97 for style in styles for quality in style.qualities)


def test_the_same_seed_gives_the_same_picture() -> None:
    style = draw_style(np.random.default_rng(11))
    assert (display_picture(rng(), scan(), style) == display_picture(rng(), scan(), style)).all()
