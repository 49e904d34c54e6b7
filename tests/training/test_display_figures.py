"""A handful of simulated scans as a picture of every kind: what the table in the docs says of many holds of few."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tallyscan.scan import Float32Array
from tests.training.scenes import coarse, drawn
from training.display_figures import Outcome, exported, outcomes, read, table
from training.display_kinds import KINDS, make_case
from training.simulate.artefacts import noise_free, with_faults
from training.simulate.render import draw_framing
from training.simulate.shadow import cast

VEHICLES = ("truck_20", "truck_two_20", "curtain_trailer", "rail_containers")
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "display-images.md"
# Where fewer than all of the handful need to be right: marks that lie on matter of their own grey, ellipses, white on
# white, vehicles that look alike from more sides than one, tables that are alike in the part that a picture uses.
FEWER = {
    "table jet": 3, "table rainbow": 3,
    "white margins around": 0, "boxes": 2, "coloured boxes": 2, "texts": 2, "coloured texts": 3, "ruler": 2,
    "cross-hair": 3, "frame": 2, "black margin below": 3, "everything": 2, "turned by 90 or 270": 3, "upside down": 3,
    "inverted and turned": 3,
}  # fmt: skip


@cache
def scan(number: int) -> Float32Array:
    """Transmission of both energies, 8 mm a pixel."""
    scene, scanner = drawn(40 + number, vehicle=VEHICLES[number], families=()), coarse(pitch_mm=8.0)
    framing = draw_framing(np.random.default_rng(number), scene, scanner)
    beam = scanner.beam(framing.top_mm, framing.bottom_mm)
    columns = scanner.columns(np.random.default_rng(number), framing.x0_mm, framing.x1_mm)
    shadow = cast(scene, beam, columns, scanner.pitch_mm[1])
    image, _ = with_faults(
        np.random.default_rng(number), noise_free(shadow.basis, scanner), scanner, beam.rows_mm
    )
    return exported(image)


@cache
def of_kind(kind: str) -> tuple[Outcome, ...]:
    return tuple(outcomes(scan(number), number, 7, [kind])[0] for number in range(len(VEHICLES)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_picture_is_read_as_what_it_is(kind: str) -> None:
    found = of_kind(kind)
    assert sum(outcome.right for outcome in found) >= FEWER.get(kind, len(found)), table(found)
    # whatever else went amiss: nothing of the scan itself is thrown away
    assert max(outcome.lost for outcome in found) < 0.1


@pytest.mark.parametrize("kind", ["plain", "mirrored"])
def test_a_plain_picture_is_left_alone(kind: str) -> None:
    for outcome in of_kind(kind):
        assert set(outcome.cautions) == {"unknown_scale", "unknown_pitch"}
        assert outcome.lost == 0


def test_the_truth_of_a_case_is_that_of_its_picture() -> None:
    """Upright again, and without its margins, the picture is the ideal one."""
    rng = np.random.default_rng(3)
    for kind in ("turned by 90 or 270", "mirrored", "black margins around"):
        case = make_case(rng, kind, scan(0))
        upright = np.rot90(case.picture, case.quarter_turns)
        upright = upright[:, ::-1] if case.mirrored else upright
        x, y, width, height = case.inside
        inner = upright[y : y + height, x : x + width].astype(np.float32) / 255
        assert np.abs(inner - case.ideal).mean() < 0.02
        assert case.margin.sum() == upright.size - width * height


def test_marks_are_where_something_was_drawn() -> None:
    rng = np.random.default_rng(5)
    case, plain = make_case(rng, "cross-hair", scan(0)), make_case(rng, "plain", scan(0))
    assert 0.0005 < case.marks.mean() < 0.05
    assert not plain.marks.any()


def test_an_outcome_that_is_wrong_is_not_right() -> None:
    """The figure would be worth nothing if everything were right."""
    case = make_case(np.random.default_rng(1), "table jet", scan(0))
    assert read(case).measured["colours"] == "table"
    good = of_kind("table jet")[0]
    assert good.right
    for worse in (
        {"polarity": False}, {"upright": False}, {"lost": 0.2}, {"readable": False}, {"error": 0.5},
        {"marks_masked": 0.1}, {"margin_masked": 0.5},
    ):  # fmt: skip
        assert not Outcome(**(good.__dict__ | worse)).right
