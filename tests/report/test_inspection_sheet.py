# ruff: noqa: RUF001 - Ukrainian
"""What stands on an inspection sheet, in both languages, and what never happens to it."""

import tomllib
from dataclasses import replace
from pathlib import Path
from string import Formatter
from typing import Any
from uuid import UUID

import pytest

from tallyscan.commodity import COMMODITY_CLASSES
from tallyscan.decision import REASONS
from tallyscan.declaration import Declaration
from tallyscan.disposition import GROUNDS, Disposition, PlaceToLook
from tallyscan.finding import ANOMALY_FAMILIES, Anomaly, CommodityCandidate, CommodityRegion
from tallyscan.integrity_check import IntegrityCheck
from tallyscan.report import sheet_language
from tallyscan.report.indicators import RELEVANCE
from tallyscan.report.inspection_sheet import inspection_sheet
from tallyscan.report.sheet_language import LANGUAGES, Language, words_in
from tallyscan.scan import Box, Quality
from tallyscan.sheet_case import places_ordered
from tallyscan.verdict import Verdict
from tallyscan.wording import said
from tests.report.sheets import AT, IMAGE, REGION_BOX, UNIT, case, declared, finding, reading
from tests.review.builders import decision, suspicious

CASE_SCAN = case(None).scan
FILES = Path(sheet_language.__file__).parent / "sheet_words"


def flat(table: dict[str, Any], at: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in table.items():
        found |= flat(value, f"{at}{key}.") if isinstance(value, dict) else {f"{at}{key}": value}
    return found


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_what_a_targeting_officer_orders_comes_first_and_its_places_are_on_the_sheet() -> None:
    read = reading(finding())
    look = (
        PlaceToLook(scan=CASE_SCAN, finding="F1", in_words="Under the bags"),
        PlaceToLook(scan=CASE_SCAN, finding="F9", in_words="Left of the doors"),
        PlaceToLook(scan=CASE_SCAN, in_words="The front wall"),
        PlaceToLook(scan="another", in_words="The floor"),
    )
    order = Disposition(
        id=UUID(int=1), at=AT, received_at=AT, consignment="C/1", by="officer-1", record=1,
        disposition="open", ground="goods_differ", look=look,
    )  # fmt: skip
    marked = places_ordered(order, CASE_SCAN, read)
    sheet = inspection_sheet(replace(case(read), order=order, marked=marked), "en")
    assert sheet.reasons[:3] == (
        "officer-1: open it. The goods are not those declared.",
        "F9: Left of the doors",
        "The front wall",
    )
    (place,) = [each for each in sheet.regions if each.source == "officer"]
    assert (place.id, place.box, place.kind) == ("M1", REGION_BOX, "bricks_in_load")
    assert place.in_words.evidence == ("officer-1: Under the bags",)
    assert "The floor" not in repr(sheet)
    for language in LANGUAGES:
        words = words_in(language)
        assert all(words.say(f"grounds.{ground}") for ground in GROUNDS["open"])


def test_what_an_officer_decided_stands_before_the_lane_that_the_machine_read_where_it_is_graver() -> None:
    read = reading(finding())
    lane = read.risk.lane
    held = inspection_sheet(case(read), "en").held
    assert [(each.source, each.lane, each.value) for each in held] == [("machine", lane, f"lane {lane}")]
    green = replace(read, risk=replace(read.risk, lane="green"))
    thinks = decision(1, **suspicious())
    sheet = inspection_sheet(replace(case(green), decisions=(thinks,)), "en")
    assert [(each.source, each.lane, each.value) for each in sheet.held] == [
        ("officer", "red", "suspicious (officer-7)"),
        ("machine", "green", "lane green"),
    ]
    assert sheet.lane == "green", "what the machine read is still said"
    clears = replace(case(replace(read, risk=replace(read.risk, lane="red"))), decisions=(decision(1),))
    assert [each.source for each in inspection_sheet(clears, "uk").held] == ["machine", "officer"]
    unread = inspection_sheet(replace(case(None), decisions=(decision(1),)), "en").held
    assert [each.lane for each in unread] == ["not_assessed", "green"]


def test_every_language_says_the_same_things_with_the_same_places_to_fill() -> None:
    tables = {each: flat(tomllib.loads((FILES / f"{each}.toml").read_text("utf-8"))) for each in LANGUAGES}
    english = tables["en"]
    for language, table in tables.items():
        assert table.keys() == english.keys(), language
        for key, text in table.items():
            if isinstance(text, str):
                assert places(text) == places(english[key]), key
                assert text.strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_words_for_every_family_rule_class_of_goods_lane_and_answer(language: Language) -> None:
    table = words_in(language).table
    assert set(table["family"]) == {*ANOMALY_FAMILIES, "unknown"}
    assert set(table["rule"]) == set(RELEVANCE)
    assert set(table["goods_class"]) == {each.name for each in COMMODITY_CLASSES}
    assert set(table["answers"]) == set(REASONS)
    assert all(2 >= len(each["look"]) >= 1 or len(each["look"]) == 3 for each in table["family"].values())


def test_a_region_says_where_for_what_and_on_what_evidence() -> None:
    seen = CommodityRegion(1, UNIT.box, (CommodityCandidate("tyres", ("4011",), 0.6),))
    sheet = inspection_sheet(case(reading(finding(), commodities=(seen,))), "en")
    (region,) = sheet.regions
    assert region.in_words.title == "Bricks in the load"
    assert region.in_words.where[0] == "1.8 to 3.0 m from the doors, certainly 1.7 to 3.2 m"
    assert region.in_words.where[1].startswith("0.0 to 1.")
    assert "The doors are at the end away from the cab that is seen." in region.in_words.where
    assert region.in_words.where[-1].startswith("The picture is a side view")
    assert region.in_words.evidence == (
        "7.4 g/cm² more than its surroundings",
        "2.0 g/cm² less than is usual there",
        "31 times the noise of a pixel",
        "about 88 kg",
        "1.1 to 1.3 m long",
        "The machine gives it 0.93 that something does not belong there.",
    )
    assert region.in_words.goods == (
        "Declared in this unit: Garments of cotton (620342)",
        "The goods there look like Tyres 0.60.",
    )


def test_the_same_in_ukrainian_has_decimal_commas_and_its_own_words() -> None:
    (region,) = inspection_sheet(case(reading(finding())), "uk").regions
    assert region.in_words.title == "Брикети у вантажі"
    assert region.in_words.where[0] == "1,8–3,0 м від дверей, напевно 1,7–3,2 м"
    assert region.in_words.evidence[0] == "на 7,4 г/см² більше, ніж навколо"


def test_with_unknown_doors_both_distances_are_given_and_it_says_so() -> None:
    unknown = replace(IMAGE, doors=replace(IMAGE.doors, end=None, by=None))
    (region,) = inspection_sheet(case(reading(finding()), image=unknown), "en").regions
    where = region.in_words.where[0]
    assert "from the left end of the picture" in where
    assert "from the right end" in where
    assert where.endswith("at which of them the doors are is not known")


def test_what_an_officer_marked_comes_first_with_his_words_and_stands_beside_the_machine() -> None:
    marked = decision(1, **suspicious(comment="Behind the second row."))
    sheet = inspection_sheet(case(reading(finding(1), finding(2, score=0.99)), decisions=(marked,)), "en")
    assert [each.id for each in sheet.regions] == ["M1", "F2", "F1"]
    officer = sheet.regions[0]
    assert (officer.source, officer.unit, officer.kind) == ("officer", 1, "rip_off_bags")
    assert officer.in_words.evidence == ("officer-7: Behind the second row.",)
    assert sheet.reasons[0] == "officer-7: suspicious. Behind the second row."


def test_what_stands_in_a_decision_that_suspects_nothing_is_no_place_to_look() -> None:
    cleared = decision(1).model_copy(update={"regions": decision(2, **suspicious()).regions})
    assert inspection_sheet(case(reading(), decisions=(cleared,)), "en").groups == ()


def test_what_is_outside_of_every_unit_is_measured_from_the_nearest_one() -> None:
    below = finding(1, box=Box(900, 660, 200, 30), unit=None, kind="vehicle_cavity")
    ahead = finding(2, box=Box(20, 300, 60, 60), unit=None, kind="vehicle_cavity")
    (group,) = inspection_sheet(case(reading(below, ahead)), "en").groups
    assert group.title == "Outside of every cargo unit"
    words = {each.id: each.in_words.where for each in group.regions}
    assert "below the floor of the cargo space" in words["F1"]
    assert words["F2"][1] == ("outside of the cargo space: beyond the front end of unit 1, 0.1 to 0.4 m away")


def test_where_the_image_ends_inside_the_unit_the_sheet_measures_from_the_other_end() -> None:
    cut = IntegrityCheck("cut_short", "differs", "It ends.", evidence={"unit": 1, "end": "right"})
    (region,) = inspection_sheet(case(reading(finding(), integrity=(cut,))), "en").regions
    assert region.in_words.where[0] == (
        "9.0 to 10.2 m from the front end; at the other end the image ends inside the unit"
    )


def test_several_units_are_a_group_each_and_the_cab_says_nothing_of_their_doors() -> None:
    second = replace(UNIT, unit=2, box=Box(1400, 50, 1000, 600), number=None, plate=None)
    first = replace(UNIT, box=Box(100, 50, 1000, 600))
    read = replace(
        reading(finding(1, box=Box(200, 100, 50, 50)), finding(2, box=Box(1500, 100, 50, 50), unit=2)),
        containers=(first, second),
    )
    sheet = inspection_sheet(case(read), "en")
    assert [group.title for group in sheet.groups] == ["Cargo unit 1 · CSQU3054383", "Cargo unit 2"]
    assert all("not known" in each.in_words.where[0] for each in sheet.regions)


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (None, "its declaration was corrected"),
        (
            reading(quality=Quality(True, ("not_penetrated: 12% of the scan let nothing through.",))),
            "The beam did not get through part of the load: what is behind is not seen.",
        ),
        (reading(anomaly=Anomaly("not_assessed")), "The search for anomalies gave no answer."),
        (
            reading(),
            "Against others of its kind, unit 1; Vehicle against its earlier scans, unit 1: could not be determined. "
            "No others to compare with.",
        ),
        (reading(quality=Quality(True, ("newer_code: so it is.",))), "So it is."),
    ],
)
def test_what_was_not_assessed_is_always_said(read: Any, says: str) -> None:
    sheet = inspection_sheet(case(read), "en")
    assert any(says in line for line in sheet.not_assessed)
    assert sheet.assessed == (read is not None and read.anomaly.decision != "not_assessed")


def test_numbers_and_seals_to_check_are_those_declared_and_those_read() -> None:
    wrong = declared()
    equipment = wrong.transport_equipment[0].model_copy(
        update={"container_identification_number": "CSQU3054384"}
    )
    sheet = inspection_sheet(
        case(reading(), declaration=wrong.model_copy(update={"transport_equipment": (equipment,)})), "en"
    )
    assert [(line.label, line.value) for line in sheet.checks] == [
        ("Container number", "declared CSQU3054384, its check digit is wrong, size 45G1"),
        ("Container number", "read by the cameras: CSQU3054383"),
        ("Seal", "XX-SEAL-01"),
        ("Seal", "XX-SEAL-02"),
        ("Vehicle", "AB 1234 CD"),
    ]
    assert sheet.questions == ("Who loaded the goods?",)


def test_a_declaration_of_many_items_is_cut_and_says_by_how_many() -> None:
    items = [
        {"goodsItemNumber": number, "descriptionOfGoods": f"Goods {number}", "grossMass": 10}
        for number in range(1, 501)
    ]
    sheet = inspection_sheet(case(reading(finding()), declaration=declared(goodsItems=items)), "en")
    assert (len(sheet.items), sheet.more_items) == (12, 488)
    assert sheet.regions[0].in_words.goods[0].endswith("and 496 more")


def test_a_sheet_without_reading_picture_or_papers_still_says_what_to_do() -> None:
    sheet = inspection_sheet(case(None, image=None, declaration=None, consignment=None), "en")
    assert (sheet.groups, sheet.lane, sheet.assessed, sheet.items) == ((), None, False, ())
    assert "Nothing" not in sheet.reasons[0]


def test_an_open_top_says_that_it_can_be_looked_into_from_above() -> None:
    equipment = declared().transport_equipment[0].model_copy(update={"container_size_and_type": "42U1"})
    paper: Declaration = declared().model_copy(update={"transport_equipment": (equipment,)})
    (group,) = inspection_sheet(case(reading(finding()), declaration=paper), "en").groups
    assert group.access is not None
    assert "from above" in group.access


def test_reasons_are_told_in_the_language_of_the_sheet_and_those_of_before_in_english() -> None:
    why = said("The difference is neither small nor large enough to decide.")
    told = Verdict(1, "mass", "undetermined", None, str(why), {}, why.sentences)
    before = Verdict(1, "fill", "undetermined", None, "The length of the unit is not known.")
    dark = Quality(True, ("model_quality: only 40% of unit 1 is clear enough for the model.",))
    read = replace(reading(), verdicts=(told, before), quality=dark)
    lines = inspection_sheet(case(read), "uk").not_assessed
    assert lines[0] == "Частина одиниці нечітка для моделі: шум, або промінь майже не пройшов."
    assert "Різниця ні достатньо мала, ні достатньо велика, щоб зробити висновок." in lines[1]
    assert lines[2].endswith("The length of the unit is not known.")
    assert str(why) in inspection_sheet(case(read), "en").not_assessed[1]
