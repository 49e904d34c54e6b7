"""Pseudo-colour: a picture is turned back by its table, and only by its own."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tallyscan.calibrate.colour_table import ColourTable, known_tables, levels_of, of_strips
from tallyscan.calibrate.profile import ScannerProfile, load_profiles
from tallyscan.calibrate.to_physical import to_physical
from tests.calibrate.lorries import jpeg, lorry, rgb
from tests.calibrate.raw_scans import codes, displayed, physical, raw

TABLES = {table.name: table for table in known_tables()}
LORRY = lorry()
RAMP = np.arange(256, dtype=np.uint8)
PLAIN = displayed(LORRY).attenuation


def coloured(table: ColourTable, grey: np.ndarray = LORRY) -> np.ndarray:
    """(3, height, width)."""
    return np.moveaxis(table.colours[0].astype(np.uint8)[grey], -1, 0)


def read(pixels: np.ndarray):  # type: ignore[no-untyped-def]
    return physical(np.ascontiguousarray(pixels), photometric="rgb", file_format="png")


def with_profile(folder: Path, table: str, more: str = "") -> ScannerProfile:
    text = f'title = "Workstation"\ngrade = "display"\n[display]\ntable = {table}\n{more}'
    (folder / "workstation.toml").write_text(text, encoding="utf-8")
    return load_profiles(folder)["workstation"]


@pytest.mark.parametrize(
    ("name", "colours"),
    [
        ("hot", ((0, 0, 0), (255, 85, 0), (255, 255, 255))),
        ("jet", ((0, 0, 128), (130, 255, 126), (128, 0, 0))),
        ("rainbow", ((0, 0, 255), (2, 255, 0), (255, 0, 0))),
        ("bone", ((0, 0, 0), (112, 123, 144), (255, 255, 255))),
        ("inferno", ((0, 0, 4), (188, 55, 84), (252, 255, 164))),
    ],
)
def test_a_table_begins_ends_and_passes_where_it_should(
    name: str, colours: tuple[tuple[int, ...], ...]
) -> None:
    table = TABLES[name].colours[0]
    for level, colour in zip((0, 128, 255), colours, strict=True):
        np.testing.assert_allclose(table[level], colour, atol=4)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_level_comes_back_from_its_colour(name: str) -> None:
    level, distance = levels_of(coloured(TABLES[name], RAMP[None]), TABLES[name])
    # colours of two levels may be the same once they are rounded
    np.testing.assert_allclose(level[0] * 255, RAMP, atol=2)
    assert distance.max() < 0.5


@pytest.mark.parametrize("name", sorted(TABLES))
@pytest.mark.parametrize("inverted", [False, True])
def test_a_known_table_is_recognised_and_turned_back(name: str, inverted: bool) -> None:
    pixels = coloured(TABLES[name], 255 - LORRY if inverted else LORRY)
    scan = read(np.moveaxis(jpeg(np.moveaxis(pixels, 0, -1), 92), -1, 0))
    assert scan.measured["colours"] == "table"
    assert name in next(caution for caution in scan.cautions if caution.startswith("pseudo_colour"))
    assert scan.measured["inverted"] is inverted
    assert np.abs(scan.attenuation - PLAIN)[scan.valid].mean() < 0.08
    assert scan.valid.mean() > 0.97


def test_what_has_no_colour_of_the_table_is_left_out() -> None:
    pixels = np.ascontiguousarray(np.moveaxis(coloured(TABLES["inferno"]), 0, -1))
    cv2.rectangle(pixels, (300, 200), (700, 400), (0, 220, 80), 3)
    scan = read(np.moveaxis(pixels, -1, 0))
    assert (~scan.valid)[199:202, 310:690].mean() > 0.9
    assert np.abs(scan.attenuation - PLAIN)[198:203, 310:690].mean() < 0.2
    assert "have no colour of it" in next(c for c in scan.cautions if c.startswith("pseudo_colour"))


def test_a_table_that_nobody_knows_is_read_by_brightness_and_said() -> None:
    odd = of_strips(
        "odd", np.array([[[0, 60, 255], [255, 0, 120], [0, 160, 0], [40, 0, 90], [255, 240, 0]]], float)
    )
    scan = read(coloured(odd))
    assert scan.measured["colours"] == "unknown"
    assert "unknown_colours" in codes(scan.cautions)


def test_a_tint_keeps_the_order_of_brightness() -> None:
    green = of_strips("green", np.array([[[0, 0, 0], [40, 150, 60], [235, 255, 230]]], float))
    scan = read(coloured(green))
    assert scan.measured["colours"] == "tint"
    order = np.corrcoef(scan.attenuation.ravel()[::50], PLAIN.ravel()[::50])[0, 1]
    assert order > 0.97


def test_material_colours_are_read_by_brightness() -> None:
    hue = np.array([[1.0, 0.55, 0.12], [0.24, 0.75, 0.27], [0.2, 0.4, 0.9]])
    tint = hue / (hue @ [0.299, 0.587, 0.114])[:, None]
    which = (np.arange(LORRY.shape[1]) // 100) % 3
    level = LORRY[..., None] / 255
    strength = np.clip(3 * (1 - level), 0, 0.9)
    picture = np.clip(level * (1 - strength + strength * tint[which]) * 255, 0, 255).astype(np.uint8)
    scan = read(np.moveaxis(picture, -1, 0))
    assert scan.measured["colours"] == "materials"
    assert "material_colours" in codes(scan.cautions)
    assert np.abs(scan.attenuation - PLAIN).mean() < 0.2


OWN = [[10, 0, 60], [200, 30, 10], [20, 140, 60], [250, 240, 200]]


@pytest.mark.parametrize("form", ["stops", "csv", "png", "first"])
def test_the_table_of_the_site_turns_its_pictures_back(tmp_path: Path, form: str) -> None:
    table = of_strips("own", np.array([OWN], float))
    strip = table.colours[0].astype(np.uint8)
    (tmp_path / "own.csv").write_text(
        "# red, green, blue\n" + "\n".join(",".join(map(str, c)) for c in strip), encoding="utf-8"
    )
    cv2.imwrite(str(tmp_path / "own.png"), np.repeat(strip[None, :, ::-1], 5, axis=0))
    said = {
        "stops": (str(OWN), ""),
        "csv": ('"own.csv"', ""),
        "png": ('"own.png"', ""),
        "first": (str(OWN[::-1]), 'air = "first"'),
    }
    profile = with_profile(tmp_path, *said[form])
    scan = to_physical(raw(coloured(table), photometric="rgb"), profile)
    assert scan.measured["inverted"] is False
    np.testing.assert_allclose(scan.transmission, displayed(LORRY).transmission, atol=0.012)
    assert codes(scan.cautions) == ["unknown_scale", "unknown_pitch", "pseudo_colour"]


def test_a_table_of_the_site_that_does_not_fit_is_not_used(tmp_path: Path) -> None:
    profile = with_profile(tmp_path, str(OWN))
    for picture in (coloured(TABLES["jet"]), np.moveaxis(rgb(255 - LORRY), -1, 0)):
        scan = to_physical(raw(picture, photometric="rgb"), profile)
        assert "other_colours" in codes(scan.cautions)
        assert np.abs(scan.attenuation - PLAIN).mean() < 0.05
    assert scan.measured["inverted"] is True


def test_a_table_of_materials_has_a_strip_of_each(tmp_path: Path) -> None:
    strips = np.stack([
        of_strips("", np.array([[[0, 0, 0], colour, [255, 255, 255]]], float)).colours[0]
        for colour in ([230, 120, 20], [40, 160, 50], [50, 90, 220])
    ]).astype(np.uint8)  # fmt: skip
    cv2.imwrite(str(tmp_path / "own.png"), strips[..., ::-1])
    which = (np.arange(LORRY.shape[1]) // 100) % 3
    pixels = np.moveaxis(strips[which[None, :], LORRY], -1, 0)
    scan = to_physical(raw(pixels, photometric="rgb"), with_profile(tmp_path, '"own.png"'))
    np.testing.assert_allclose(scan.transmission, displayed(LORRY).transmission, atol=0.02)


def test_a_known_table_may_be_named(tmp_path: Path) -> None:
    profile = with_profile(tmp_path, '"jet"')
    assert profile.colour_table is not None
    np.testing.assert_array_equal(profile.colour_table.colours, TABLES["jet"].colours)


@pytest.mark.parametrize(
    "table",
    [
        '"plaid"',
        '"nowhere.csv"',
        '"nowhere.png"',
        "[[0, 0, 0]]",
        "[[0, 0, 0], [300, 0, 0]]",
        "[[0, 0], [1, 1]]",
        "3",
    ],
)
def test_a_wrong_table_stops_the_start_and_is_named(tmp_path: Path, table: str) -> None:
    with pytest.raises(ValueError, match=r"workstation\.toml"):
        with_profile(tmp_path, table)


def test_sixteen_bits_of_colour_are_turned_back_too() -> None:
    deep = coloured(TABLES["jet"]).astype(np.uint16) * 257
    scan = physical(deep, photometric="rgb", file_format="tiff")
    assert scan.measured["colours"] == "table"
    assert np.abs(scan.attenuation - PLAIN).mean() < 0.05


def test_a_grey_picture_in_three_channels_stays_grey() -> None:
    scan = read(np.moveaxis(rgb(LORRY), -1, 0))
    assert scan.measured["colours"] == "grey"
    np.testing.assert_allclose(scan.attenuation, PLAIN, atol=1e-5)
