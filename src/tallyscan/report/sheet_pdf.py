"""The inspection sheet on paper: a PDF, made by Typst from a template of this package.

Every word that comes from outside is data: the template reads it from JSON and sets it as plain text, so that a text in
a declaration is never code. Nothing is fetched, and nothing outside of a folder made for this one sheet is read.
"""

import json
import tempfile
from dataclasses import asdict
from functools import cache
from io import BytesIO
from pathlib import Path

import segno
import typst

from tallyscan.report.inspection_sheet import InspectionSheet
from tallyscan.report.sheet_language import words_in
from tallyscan.report.sheet_pictures import SheetPictures

_TEMPLATE = Path(__file__).parent / "templates" / "sheet.typ"


def sheet_pdf(sheet: InspectionSheet, pictures: SheetPictures | None, phone_url: str | None) -> bytes:
    """A4 pages, tagged for screen readers. `phone_url` is where the result is entered, shown as a QR code too; None
    where there is no consignment to enter it for."""
    made_at = sheet.printed_at.replace(microsecond=0)
    with tempfile.TemporaryDirectory(prefix="tallyscan_sheet_") as folder:
        root = Path(folder)
        if pictures is not None:
            (root / "overview.jpg").write_bytes(pictures.overview)
            for region, picture in pictures.close_ups.items():
                (root / f"{region}.jpg").write_bytes(picture)
        if phone_url is not None:
            (root / "phone.svg").write_bytes(qr_svg(phone_url))
        (root / "sheet.typ").write_bytes(_TEMPLATE.read_bytes())
        (root / "sheet.json").write_text(_data(sheet, pictures, phone_url), encoding="utf-8")
        made = typst.compile(root / "sheet.typ", root=root, font_paths=_fonts(), timestamp=made_at)
    if not isinstance(made, bytes):
        raise TypeError("Typst gave no single document")
    return made


def qr_svg(text: str) -> bytes:
    """A QR code as SVG, without a border of its own."""
    made = BytesIO()
    segno.make(text, error="m").save(made, kind="svg", border=0, xmldecl=False)
    return made.getvalue()


@cache
def _fonts() -> typst.Fonts:
    """Those that come with Typst, and none of the machine: every sheet looks the same."""
    return typst.Fonts(include_system_fonts=False)


def _data(sheet: InspectionSheet, pictures: SheetPictures | None, phone_url: str | None) -> str:
    shown = set(pictures.close_ups) if pictures else set()
    groups = [
        {
            "title": group.title,
            "access": group.access,
            "regions": [
                {
                    "id": region.id,
                    "family": region.in_words.title,
                    "picture": f"{region.id}.jpg" if region.id in shown else None,
                    **asdict(region.in_words),
                }
                for region in group.regions
            ],
        }
        for group in sheet.groups
    ]
    lines = {
        name: [[line.label, line.value] for line in getattr(sheet, name)]
        for name in ("head", "checks", "declaration")
    }
    words = words_in(sheet.language)
    doors = next((each.place.doors.end for each in sheet.regions if each.place), None)
    if doors is None and sheet.image is not None:
        doors = sheet.image.doors.end
    return json.dumps(
        {
            **lines,
            "language": sheet.language,
            "held": [asdict(each) for each in sheet.held],
            "assessed": sheet.assessed,
            "overview": "overview.jpg" if pictures else None,
            "doors": doors,
            "phone": {"url": phone_url, "picture": "phone.svg"} if phone_url else None,
            "reasons": sheet.reasons,
            "not_assessed": sheet.not_assessed,
            "groups": groups,
            "limits": sheet.limits,
            "items": [asdict(item) for item in sheet.items],
            "more_items": words.say("declaration.more", count=str(sheet.more_items))
            if sheet.more_items
            else None,
            "more_regions": words.say("label.more_regions", count=str(sheet.more_regions))
            if sheet.more_regions
            else None,
            "questions": sheet.questions,
            "labels": sheet.labels,
        },
        ensure_ascii=False,
    )
