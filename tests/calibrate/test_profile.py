"""Which profile a scan is read with: told, else recognised, never guessed into physical units."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tallyscan.calibrate.profile import load_profiles, profile_for
from tallyscan.errors import NotCalibrated
from tests.calibrate.raw_scans import PROFILES, raw

DEEP = np.full((2, 680, 300), 40_000, np.uint16)
SHALLOW = np.full((1, 300, 700), 200, np.uint8)
R60 = DEEP.copy()
R60[:, -7:] = 0
CALIBRATION: dict[str, Any] = {"energies_mv": [9.0, 6.0], "air_level": [50_000.0]}


@pytest.mark.parametrize(
    ("pixels", "sidecar", "requested", "expected"),
    [
        (R60, {}, None, "rapiscan_eagle_r60"),
        (R60, {"scanner": "tallyscan_simulator"}, None, "tallyscan_simulator"),
        (R60, CALIBRATION, None, "generic_transmission"),
        (R60, {"grade": "display"}, None, "display"),
        (R60, {"scanner": "tallyscan_simulator"}, "display", "display"),
        (R60, {"grade": "display"}, "rapiscan_eagle_r60", "rapiscan_eagle_r60"),
        (DEEP, {}, None, "display"),
        (DEEP, {"scanner": "rapiscan_eagle_r60"}, None, "rapiscan_eagle_r60"),
        (DEEP, {"scanner": "gate_9000"} | CALIBRATION, None, "generic_transmission"),
        (R60[:1], {}, None, "display"),
        (R60[:, 300:], {}, None, "display"),
        (SHALLOW, {}, None, "display"),
        (SHALLOW, {"scanner": "gate_9000"}, None, "display"),
    ],
)
def test_the_order_of_what_is_asked(
    pixels: np.ndarray[Any, Any], sidecar: dict[str, Any], requested: str | None, expected: str
) -> None:
    assert profile_for(raw(pixels, sidecar), PROFILES, requested).name == expected


@pytest.mark.parametrize(
    ("pixels", "sidecar", "requested"),
    [
        (DEEP, {"scanner": "gate_9000"}, None),
        (DEEP, {"scanner": "gate_9000", "energies_mv": [6.0, 4.0]}, None),
        (DEEP, {}, "gate_9000"),
        (SHALLOW, {}, "gate_9000"),
        (DEEP, {"grade": "transmission"}, None),
    ],
)
def test_without_calibration_nothing_physical_is_guessed(
    pixels: np.ndarray[Any, Any], sidecar: dict[str, Any], requested: str | None
) -> None:
    with pytest.raises(NotCalibrated, match="rapiscan_eagle_r60"):
        profile_for(raw(pixels, sidecar), PROFILES, requested)


def test_a_shipped_profile_that_is_recognised_lacks_nothing() -> None:
    shipped = {"display", "generic_transmission", "rapiscan_eagle_r60", "tallyscan_simulator"}
    assert set(PROFILES) == shipped | {"raw_im_portrait", "raw_three_files"}
    for name, profile in PROFILES.items():
        assert profile.name == name
        if profile.recognise is not None:
            assert profile.energies_mv
            assert profile.air
            assert profile.pitch_mm


def test_a_site_folder_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        load_profiles(tmp_path / "nowhere")


def test_a_site_brings_its_own_profiles_and_they_win(tmp_path: Path) -> None:
    (tmp_path / "gate_1.toml").write_text(
        'title = "Gate 1"\ngrade = "transmission"\nenergies_mv = [9.0]\n'
        "[air]\nlevel = 3900.0\nlowest = 3800.0\nhighest = 4095.0\n",
        encoding="utf-8",
    )
    (tmp_path / "display.toml").write_text('title = "Ours"\ngrade = "display"\n', encoding="utf-8")
    profiles = load_profiles(tmp_path)
    assert profiles["gate_1"].energies_mv == (9.0,)
    assert profiles["display"].title == "Ours"
    assert set(profiles) == {*PROFILES, "gate_1"}


@pytest.mark.parametrize(
    "text", ["grade = ", 'title = "x"\n', 'title = "x"\ngrade = "display"\ncolour = 1\n']
)
def test_a_wrong_profile_stops_the_start_and_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "wrong.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"wrong\.toml"):
        load_profiles(tmp_path)
