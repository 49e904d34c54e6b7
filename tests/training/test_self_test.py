from pathlib import Path

import cv2
import numpy as np
import pytest

from training.simulate.compare import plots, statistics_of_folder, table
from training.simulate.image_statistics import edge_rise, noise_by_level
from training.simulate.phantoms import typical_bench
from training.simulate.scanner_models import MODELS
from training.simulate.self_test import (
    DOCUMENT,
    contrast,
    document,
    figures_of,
    first_passing,
    last_passing,
    line_pair,
    penetration,
    separations,
)


def test_higher_end_points_penetrate_more_within_what_is_published() -> None:
    four, six, nine = (
        penetration(typical_bench(name)) for name in ("portal-4-L", "portal-6-4-L", "gantry-9-6-L")
    )
    assert 200 <= four <= 270
    assert 300 <= six <= 340
    assert 380 <= nine <= 420


def test_contrast_and_line_pairs_are_those_of_a_cargo_scanner() -> None:
    bench = typical_bench("portal-6-4-L")
    assert 0.4 <= contrast(bench) <= 2.5
    assert bench.pitch_x_mm <= line_pair(bench) <= 7.0


def test_two_energies_tell_plastic_from_steel_and_one_does_not() -> None:
    assert separations(typical_bench("gantry-9-L")) == ()
    for step in separations(typical_bench("gantry-9-6-L")):
        assert sum(step) > 10


def test_searches_ignore_a_single_lucky_value() -> None:
    assert first_passing(lambda v: v in (2, 4, 5, 6), range(1, 8)) == 4
    assert last_passing(lambda v: v in (1, 2, 4, 7), range(1, 9)) == 4


def test_the_page_has_the_figures_of_every_model_and_claims_no_compliance() -> None:
    page = document({"mobile-6-L": figures_of("mobile-6-L")})
    assert "compliance is not claimed" in page
    written = DOCUMENT.read_text(encoding="utf-8")
    (ranges, measured), (ranges_written, measured_written) = (
        text.split("## N42.46-style") for text in (page, written)
    )
    assert ranges == ranges_written
    rows = [line for line in measured_written.splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0][2:] for row in rows[1:-1]] == list(MODELS)
    (row,) = (line for line in measured.splitlines() if line.startswith("| mobile-6-L"))
    assert row in rows


@pytest.mark.parametrize(("sigma", "blur"), [(0.01, 0.0), (0.03, 1.5)])
def test_statistics_find_the_noise_and_the_sharpness(sigma: float, blur: float) -> None:
    rng = np.random.default_rng(0)
    image = np.full((300, 300), 0.9, np.float32)
    image[:, 150:] = 0.35
    if blur:
        image = cv2.GaussianBlur(image, (0, 0), blur)
    rise = edge_rise(image)
    assert rise == pytest.approx(2.56 * blur if blur else 0.8, abs=0.8)
    noisy = image + rng.normal(0, sigma, image.shape).astype(np.float32)
    found = noise_by_level(noisy)
    assert np.nanmedian(found) == pytest.approx(sigma, rel=0.15)


def test_folders_are_compared_in_a_table_and_a_plot(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for side in ("real", "simulated"):
        (tmp_path / side).mkdir()
        for index in range(2):
            image = rng.integers(40, 220, (260, 300)).astype(np.uint8)
            cv2.imwrite(str(tmp_path / side / f"{index}.jpg"), cv2.blur(image, (5, 5)))
    real, simulated = (statistics_of_folder(tmp_path / side) for side in ("real", "simulated"))
    assert "| grey, median |" in table(real, simulated)
    assert plots(real, simulated).shape[2] == 3
    with pytest.raises(ValueError, match="no TIFF"):
        statistics_of_folder(tmp_path / "simulated" / "none")
