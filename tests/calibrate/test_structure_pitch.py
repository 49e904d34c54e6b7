"""The size of a pixel by containers of known size: what tells it, how well, and when nothing does."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tallyscan.calibrate.lengths import with_lengths
from tallyscan.calibrate.structure_pitch import measured_pitch
from tallyscan.container_size import container_size
from tallyscan.declaration import Declaration, parse_declaration
from tallyscan.finding import CargoUnit, Detection, Finding, Interval
from tallyscan.pixel_pitch import PixelPitch
from tallyscan.scan import Box, Scan
from tallyscan.sidecar import UnitMark
from tests.detect.scans import flat_scan
from tests.reconcile.builders import made_detection

NUMBER, OTHER = "CSQU3054383", "TGHU7599330"


def scan(*marks: dict[str, str]) -> Scan:
    """A picture of 3000 x 800 pixels, nothing known of their size, with what the cameras read."""
    made = flat_scan(640, 2400, grade="display")
    grid = replace(made.grid, original_height=800, original_width=3000, scale_x=0.8, scale_y=0.8)
    units = tuple(UnitMark(**mark) for mark in marks)
    return replace(
        made,
        grid=grid,
        sidecar=made.sidecar.model_copy(update={"units": units}),
    )


def unit(
    x: float, width: float, height: float = 600, *, number: str | None = None, place: int = 1
) -> CargoUnit:
    return CargoUnit(place, Box(x, 100, width, height), "unknown", number=number)


def declared(*containers: tuple[str | None, str | None]) -> Declaration:
    equipment = [
        {"containerIdentificationNumber": number, "containerSizeAndType": code} for number, code in containers
    ]
    items = [{"goodsItemNumber": 1, "descriptionOfGoods": "Shirts"}]
    document: dict[str, Any] = {"LRN": "L", "transportEquipment": equipment, "goodsItems": items}
    return parse_declaration(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("code", "size"),
    [
        ("22G1", (6058, 2591, "G")),
        ("45R1", (12192, 2896, "R")),
        ("L5G1", (13716, 2896, "G")),
        ("4510", (12192, 2896, None)),
        (" 42g1 ", (12192, 2591, "G")),
        ("26T6", (6058, None, "T")),
        ("45HC", None),
        ("40HC", None),
        ("X2G1", None),
        ("22", None),
        ("", None),
        (None, None),
    ],
)
def test_a_size_code_tells_length_and_height_or_nothing(
    code: str | None, size: tuple[float, ...] | None
) -> None:
    found = container_size(code)
    assert (found and (found.length_mm, found.height_mm, found.kind)) == size


def test_a_declared_length_gives_the_pitch_along_the_travel_within_bounds() -> None:
    pitch = measured_pitch([unit(500, 1442)], scan(), declared((NUMBER, "22G1")))
    assert pitch.along_mm is not None
    assert pitch.along_mm.estimate == pytest.approx(6058 / 1442, abs=0.001)
    assert pitch.along_mm.high / pitch.along_mm.estimate - 1 == pytest.approx(0.03, abs=0.001)
    assert pitch.along_mm.low / pitch.along_mm.estimate - 1 == pytest.approx(-0.03, abs=0.001)
    assert pitch.across_mm is not None
    assert pitch.across_mm.low < 2591 / 600 < pitch.across_mm.estimate < pitch.across_mm.high
    assert pitch.reason == "Measured on unit 1 (22G1: 6,058 mm long)."
    assert "4.20 mm long" in (pitch.caution or "")


def test_a_container_that_is_no_plain_box_may_be_longer_than_what_is_seen() -> None:
    plain = measured_pitch([unit(300, 2400)], scan(), declared((NUMBER, "45G1"))).along_mm
    cooled = measured_pitch([unit(300, 2400)], scan(), declared((NUMBER, "45R1"))).along_mm
    assert plain is not None
    assert cooled is not None
    assert (cooled.estimate, cooled.high) == (plain.estimate, plain.high)
    assert cooled.low == pytest.approx(plain.low - 0.13 * plain.estimate, abs=0.002)


def test_a_code_that_the_cameras_read_tells_it_without_a_declaration() -> None:
    seen = scan({"container_number": NUMBER, "size_and_type": "45G1"})
    pitch = measured_pitch([unit(300, 2400, number=NUMBER)], seen, None)
    assert pitch.along_mm is not None
    assert pitch.along_mm.estimate == pytest.approx(12192 / 2400, abs=0.001)


def test_several_containers_are_taken_by_number_or_where_all_are_as_long() -> None:
    two = [unit(200, 1200, number=OTHER), unit(1500, 1210, number=NUMBER, place=2)]
    by_number = measured_pitch(two, scan(), declared((NUMBER, "22G1"), (OTHER, None)))
    assert by_number.reason == "Measured on unit 2 (22G1: 6,058 mm long)."
    nameless = [unit(200, 1200), unit(1500, 1210, place=2)]
    alike = measured_pitch(nameless, scan(), declared((NUMBER, "22G1"), (OTHER, "22R1")))
    assert alike.along_mm is not None
    assert alike.along_mm.estimate == pytest.approx((6058 / 1200 + 6058 / 1210) / 2, abs=0.002)
    assert alike.along_mm.low < 6058 / 1210 < 6058 / 1200 < alike.along_mm.high


@pytest.mark.parametrize(
    ("units", "declaration", "why"),
    [
        ([], declared((NUMBER, "22G1")), "No cargo unit was found"),
        ([unit(500, 1442)], None, "Nothing says that unit 1 is a container"),
        ([unit(500, 1442), unit(2100, 700, place=2)], declared((NUMBER, "22G1")), "Nothing says that unit 1"),
        ([unit(2, 1442)], declared((NUMBER, "22G1")), "Unit 1 reaches the end of the image"),
        ([unit(1550, 1445)], declared((NUMBER, "22G1")), "Unit 1 reaches the end of the image"),
        (
            [unit(500, 300, 700)],
            declared((NUMBER, "45G1")),
            "not the form of a container of 12,192 mm (45G1)",
        ),
        ([unit(500, 1442)], declared((NUMBER, "45HC")), "does not tell whether it is 20 or 40 ft long"),
        ([unit(500, 1442, number=NUMBER)], None, "does not tell whether it is 20 or 40 ft long"),
        ([unit(500, 300, 700, number="AB123CD")], None, "Nothing says that unit 1 is a container"),
        ([unit(300, 60)], declared((NUMBER, None)), "does not tell whether it is 20 or 40 ft long"),
    ],
    ids=[
        "no unit",
        "undeclared",
        "which",
        "cut left",
        "cut right",
        "no form",
        "no code",
        "read",
        "a plate",
        "a post",
    ],
)
def test_what_cannot_be_told_is_not_guessed(
    units: list[CargoUnit], declaration: Declaration | None, why: str
) -> None:
    pitch = measured_pitch(units, scan(), declaration)
    assert (pitch.along_mm, pitch.across_mm, pitch.caution) == (None, None, None)
    assert why in pitch.reason


def test_the_form_tells_a_short_container_where_it_can_be_no_longer_one() -> None:
    short = measured_pitch([unit(500, 300, 700)], scan(), declared((NUMBER, None)))
    assert short.along_mm is not None
    assert short.along_mm.estimate == pytest.approx(6058 / 300, abs=0.001)
    assert "by its form: 6,058 mm long" in short.reason
    long = measured_pitch([unit(40, 2900, 260)], scan(), declared((NUMBER, None)))
    assert long.along_mm is not None
    assert long.along_mm.low < 12192 / 2900 < 13716 / 2900 < long.along_mm.high, "40 or 45 ft"


@pytest.mark.parametrize(("width", "told"), [(600, "6,058"), (1500, None), (3500, "12,192 or 13,716")])
def test_in_counts_the_given_pitch_across_the_travel_tells_more(width: int, told: str | None) -> None:
    """A pixel that is 5 mm high is 1.75 to 17.5 mm long."""
    counts = flat_scan(640, 3600, energies_mv=(6.0,))
    shown = replace(counts, pitch_known=False)
    pitch = measured_pitch([unit(50, width)], shown, declared((NUMBER, None)))
    assert (pitch.along_mm is not None) == (told is not None)
    assert told is None or f"by its form: {told} mm long" in pitch.reason


def test_counts_are_measured_to_the_cells_of_the_map() -> None:
    counts = replace(flat_scan(640, 2400, energies_mv=(6.0,)), pitch_known=False)
    along = measured_pitch([unit(300, 1200)], counts, declared((NUMBER, "22G1"))).along_mm
    assert along is not None
    assert along.high / along.estimate - 1 == pytest.approx(16 / 1200, abs=0.001)


def detected() -> Detection:
    finding = Finding("F1", 1, "void", 0.9, Box(900, 300, 200, 100), None, None, None, "a hollow")
    return replace(made_detection(unit(500, 1442)), findings=(finding,))


def test_lengths_follow_with_the_bounds_of_the_pitch_and_of_the_speed() -> None:
    pitch = PixelPitch(Interval(4.2, 4.1, 4.3), None, "Measured.")
    seen = with_lengths(detected(), scan(), pitch)
    assert seen.units[0].length_mm == Interval(6056.4, 5734.8, 6386.6)
    assert seen.findings[0].length_mm == Interval(840, 795.4, 885.8)


@pytest.mark.parametrize(
    "pitch", [None, PixelPitch(None, None, "No."), PixelPitch(Interval(4.2, 3.8, 4.3), None, "Wide.")]
)
def test_no_length_is_given_by_a_pitch_that_is_not_known_well_enough(pitch: PixelPitch | None) -> None:
    assert with_lengths(detected(), scan(), pitch) == detected()


def test_lengths_by_a_pitch_that_was_given() -> None:
    seen = with_lengths(detected(), replace(scan(), pitch_known=True), None)
    assert seen.findings[0].length_mm == Interval(800, 760, 840), "5 mm at a scale of 0.8"
