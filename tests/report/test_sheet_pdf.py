# ruff: noqa: RUF001 - Ukrainian
"""The sheet on paper: its text in both languages, its pages, and that no text of a declaration is ever code."""

from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pypdf
import pytest

from tallyscan.report.inspection_sheet import inspection_sheet
from tallyscan.report.sheet_language import Language
from tallyscan.report.sheet_pdf import qr_svg, sheet_pdf
from tallyscan.report.sheet_pictures import sheet_pictures
from tallyscan.scan import Box
from tests.report.sheets import UNIT, case, declared, finding, reading
from tests.review.builders import decision, suspicious

HOSTILE = [
    '#read("sheet.json")',
    '#import "@preview/cetz:0.3.0"',
    "#panic[x] $ 1/0 $ *bold* _x_ `raw` <label> @ref // comment",
    '"]) #eval("1") ([\\',
    "{{7*7}} {title} %s ${x}",
    "<script>alert(1)</script>",
    "‮abc​def ﷽ 😀 漢字",
    "A" * 500,
]


def jpeg() -> bytes:
    grey = np.random.default_rng(1).integers(0, 255, (700, 2600, 3), dtype=np.uint8)
    _, encoded = cv2.imencode(".jpg", grey)
    return bytes(encoded)


def pdf_of(
    made: Any, language: Language = "en", phone: str | None = "http://x.example/c/1"
) -> pypdf.PdfReader:
    sheet = inspection_sheet(made, language)
    pictures = sheet_pictures(jpeg(), sheet, (UNIT,)) if sheet.image else None
    return pypdf.PdfReader(BytesIO(sheet_pdf(sheet, pictures, phone)))


def text_of(pdf: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (
            "en",
            [
                "Inspection sheet",
                "1.8 to 3.0 m from the doors",
                "DOORS",
                "7.4 g/cm² more than its surroundings",
                "XX-SEAL-01",
                "Who loaded the goods?",
                "Not assessed",
                "Result of the inspection",
                "Page 1 of 3",
            ],
        ),
        (
            "uk",
            [
                "Аркуш митного огляду",
                "1,8–3,0 м від дверей",
                "ДВЕРІ",
                "Брикети у вантажі",
                "XX-SEAL-01",
                "Не оцінено",
                "Результат огляду",
                "Сторінка 1 з 3",
            ],
        ),
    ],
)
def test_the_text_can_be_read_and_found_in_both_languages(language: Language, says: list[str]) -> None:
    pdf = pdf_of(case(reading(finding())), language)
    text = text_of(pdf)
    assert [each for each in says if each not in text] == []
    assert pdf.pages[0].mediabox[2:] == pytest.approx((595.3, 841.9), abs=1)


def test_each_group_of_regions_begins_a_page_and_the_result_has_one() -> None:
    outside = finding(2, box=Box(900, 660, 200, 30), unit=None)
    assert len(pdf_of(case(reading())).pages) == 2
    assert len(pdf_of(case(reading(finding()))).pages) == 3
    assert len(pdf_of(case(reading(finding(), outside))).pages) == 4


def test_many_regions_run_over_pages_and_none_is_lost() -> None:
    many = [finding(number, box=Box(150 + 40 * number, 300, 30, 30)) for number in range(1, 31)]
    text = text_of(pdf_of(case(reading(*many))))
    assert [each.id for each in many if f"{each.id} Bricks in the load" not in text] == []


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_from_outside_is_ever_code(hostile: str) -> None:
    item = {"goodsItemNumber": 1, "descriptionOfGoods": hostile, "grossMass": 9}
    marked = decision(1, **suspicious(by=hostile[:100], comment=hostile)) if hostile.isprintable() else None
    made = case(
        reading(finding(explanation=hostile)),
        declaration=declared(goodsItems=[item], placeOfLoading=hostile[:35]),
        questions=(hostile,),
        consignment=hostile[:80],
        decisions=(marked,) if marked else (),
    )
    text = text_of(pdf_of(made))
    assert "Inspection sheet" in text
    for word in hostile.split():
        if word.isascii() and len(word) < 30:
            assert word in text


def test_a_sheet_without_picture_or_consignment_is_printed_too() -> None:
    text = text_of(pdf_of(case(None, image=None, declaration=None, consignment=None), phone=None))
    assert "The scan is being read again" in text
    assert "There is no declaration." in text


def test_the_same_sheet_is_the_same_file() -> None:
    sheet = inspection_sheet(case(reading(finding())), "en")
    pictures = sheet_pictures(jpeg(), sheet, (UNIT,))
    assert sheet_pdf(sheet, pictures, None) == sheet_pdf(sheet, pictures, None)


def test_the_code_for_the_phone_is_a_picture_of_its_address() -> None:
    address = "http://127.0.0.1:8000/console/control/C%2F1%20%C3%BC"
    svg = qr_svg(address).decode()
    side = int(svg.split('height="')[1].split('"')[0])
    picture = np.full((side, side), 255, np.uint8)
    x, y, path = 0.0, 0.0, svg.split(' d="')[1].split('"')[0]
    for step in path.replace("M", "\nM").replace("m", "\nm").replace("h", "\nh").split("\n"):
        if step[:1] in "Mm" and step:
            dx, dy = map(float, step[1:].split())
            x, y = (dx, dy) if step[0] == "M" else (x + dx, y + dy)
        elif step[:1] == "h":
            picture[int(y), int(x) : int(x + float(step[1:]))] = 0
            x += float(step[1:])
    large = cv2.copyMakeBorder(cv2.resize(picture, None, fx=8, fy=8, interpolation=cv2.INTER_NEAREST), 40, 40, 40, 40,
                               cv2.BORDER_CONSTANT, value=255)  # fmt: skip
    assert cv2.QRCodeDetector().detectAndDecode(large)[0] == address
