"""A scan is readable, or every reason why not; faults that real scans have do not make one unreadable."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tallyscan.calibrate.quality import assess
from tallyscan.scan import Quality
from tests.calibrate.lorries import lorry
from tests.calibrate.raw_scans import (
    AIR,
    CALIBRATED,
    calibrated,
    cargo,
    codes,
    counts,
    displayed,
    matter,
    physical,
    two_energies,
)

READABLE = Quality(readable=True)


def test_a_good_scan_has_no_reasons() -> None:
    assert assess(calibrated(cargo())) == READABLE
    assert assess(displayed(np.clip(cargo() * 240, 0, 255).astype(np.uint8))) == READABLE


def test_what_real_scans_do_can_be_read() -> None:
    rng = np.random.default_rng(2)
    striped = cargo() * rng.normal(1, 0.02, (1, 500))
    full = np.clip(cargo()[30:, 60:-60] * 0.3, 0, 1)
    full[:12] = 0.85
    holes = cargo()
    holes[rng.random(holes.shape) < 0.02] = 0
    holes[77] = 0
    padded = np.pad(cargo(), ((0, 0), (0, 150)))
    for name, image in {"striped": striped, "full": full, "holes": holes, "padded": padded}.items():
        assert assess(calibrated(image)) == READABLE, name


def test_an_empty_container_is_not_blank() -> None:
    image = np.full((250, 1200), 0.9) * np.random.default_rng(4).normal(1, 0.003, (250, 1200))
    image[:, :8] = image[:, -8:] = 0.1
    image[-15:] = 0.4
    assert assess(calibrated(image)) == READABLE


@pytest.mark.parametrize(
    ("code", "image"),
    [
        ("wrong_aspect", np.tile(cargo(50, 300), (1, 8))),
        ("wrong_aspect", cargo(1600, 400)),
        ("cut_scan", cargo(200, 250)),
        ("cut_scan", np.pad(cargo(), ((0, 0), (0, 700)))),
        ("black_image", np.full((200, 500), 0.004)),
        ("blank_image", np.random.default_rng(6).normal(0.99, 0.003, (200, 500))),
        ("blank_image", np.full((200, 500), 1.0)),
        ("too_noisy", np.random.default_rng(7).uniform(0, 1, (200, 500))),
        ("too_noisy", np.clip(cargo() + np.random.default_rng(8).normal(0, 0.4, (200, 500)), 0, 1.2)),
    ],
)
def test_each_reason_is_found_and_said(code: str, image: np.ndarray) -> None:  # type: ignore[type-arg]
    quality = assess(calibrated(image))
    assert not quality.readable
    assert code in {reason.partition(":")[0] for reason in quality.reasons}, quality.reasons


def test_saturated_pixels_hide_the_cargo() -> None:
    quality = assess(calibrated(np.minimum(cargo() * 8, 1.2), full_scale=60_000))
    assert [reason.partition(":")[0] for reason in quality.reasons] == ["saturated"]


def empty_van(width: int = 2400) -> NDArray[np.float64]:
    """An empty vehicle with thin walls and much air around it, which an export has made quite white."""
    image = np.ones((640, width))
    image[330:560, 300:900] = 0.955
    image[330:345, 300:900] = 0.75
    image[330:560, 300:315] = image[330:560, 885:900] = 0.7
    image[545:575, 280:920] = 0.3
    image[570:640, 380:450] = image[570:640, 760:830] = 0.1
    return image


def test_an_empty_vehicle_with_much_air_around_it_is_no_saturated_scan() -> None:
    scan = displayed(np.rint(255 * empty_van()).astype(np.uint8))
    assert scan.measured["saturated_share"] > 0.88
    assert assess(scan) == READABLE


@pytest.mark.parametrize("factor", [4, 6])
def test_a_picture_that_was_made_too_bright_has_lost_what_is_thin(factor: int) -> None:
    around = np.full((640, 700), 244)
    lorry_in_air = np.hstack([around, lorry(load=0.6), around])
    honest, bright = (np.clip(lorry_in_air * times, 0, 255).astype(np.uint8) for times in (1.06, factor))
    assert assess(displayed(honest)) == READABLE
    assert codes(assess(displayed(bright)).reasons) == ["saturated"]


def test_a_picture_without_a_bright_part_has_no_air() -> None:
    quality = assess(displayed(np.clip(cargo() * 40, 0, 255).astype(np.uint8)))
    assert [reason.partition(":")[0] for reason in quality.reasons] == ["no_air"]


@pytest.mark.parametrize(
    ("code", "grey"),
    [
        ("black_image", np.zeros((300, 700))),
        ("black_image", np.random.default_rng(1).integers(0, 4, (300, 700))),
        ("blank_image", np.full((300, 700), 130)),
        ("blank_image", np.full((300, 700), 255)),
        ("cut_scan", np.pad(cargo(300, 700) * 230, ((0, 0), (0, 1000)))),
        ("saturated", np.where(cargo(300, 700) < 0.1, 90, 255)),
        ("too_noisy", np.random.default_rng(2).integers(0, 256, (300, 700))),
        ("too_noisy", np.random.default_rng(3).normal(128, 10, (300, 700))),
        ("wrong_aspect", cargo(100, 4400) * 230),
        ("wrong_aspect", cargo(1600, 400) * 230),
    ],
)
def test_each_reason_of_a_picture(code: str, grey: np.ndarray) -> None:  # type: ignore[type-arg]
    quality = assess(displayed(np.clip(grey, 0, 255).astype(np.uint8)))
    assert not quality.readable
    assert code in codes(quality.reasons), quality.reasons
    assert all(reason.endswith(".") for reason in quality.reasons)


@pytest.mark.parametrize(("share_of_air", "expected"), [(1.0, []), (0.6, []), (0.15, ["no_air"])])
def test_air_that_had_to_come_from_the_image(share_of_air: float, expected: list[str]) -> None:
    """The rail portal's shape, without its open beam but for the first case."""
    pages = two_energies(matter(680, 1000), air=64_000 * share_of_air)
    pages[:, -7:] = 0
    assert codes(assess(physical(pages)).reasons) == expected


def test_every_reason_that_holds_is_given() -> None:
    codes = {reason.partition(":")[0] for reason in assess(calibrated(np.full((40, 200), 0.004))).reasons}
    assert {"wrong_aspect", "cut_scan", "black_image"} <= codes


@pytest.mark.parametrize(
    ("pages", "mv", "expected"),
    [
        (two_energies(cargo()), (6.0, 4.0), []),
        (two_energies(cargo())[::-1], (4.0, 6.0), []),
        (two_energies(cargo()), (4.0, 6.0), ["swapped_energies"]),
        (two_energies(cargo())[::-1], (6.0, 4.0), ["swapped_energies"]),
        (np.stack([counts(cargo())] * 2), (6.0, 4.0), ["same_energies"]),
    ],
)
def test_energies_are_what_the_cargo_says_they_are(
    pages: NDArray[np.uint16], mv: tuple[float, ...], expected: list[str]
) -> None:
    scan = physical(pages, CALIBRATED | {"energies_mv": list(mv), "air_level": [float(AIR)] * 2})
    assert scan.energies_mv == (6.0, 4.0)
    assert codes(assess(scan).reasons) == expected
