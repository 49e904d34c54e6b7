"""Taking single values over from another format: what is no number, code or time is left out, and remarked."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from tallyscan.declaration import Declaration
from tallyscan.errors import InvalidDeclaration, wrong_fields
from tallyscan.remark import Remark, RemarkCode

MOST_TEXT = 512
MOST_REMARKS = 200
"""A document that is wrong all over says so often enough; how many there were stays in its bytes."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_HS_AND_CN = re.compile(r"(\d{6})(\d{2})\d{0,4}", re.ASCII)


class Taking:
    """Takes texts over into what JSON has; `remarks` are what it could not take over as it was written."""

    def __init__(self) -> None:
        self.remarks: list[Remark] = []

    def remark(self, code: RemarkCode, text: str, item: int | None = None) -> None:
        """Add one."""
        if len(self.remarks) < MOST_REMARKS:
            self.remarks.append(Remark(code=code, text=text[:MOST_TEXT], goods_item_number=item))

    def text(self, raw: str | None, where: str, most: int = MOST_TEXT, item: int | None = None) -> str | None:
        """Free text, in one line, cut to what is kept."""
        text = " ".join((raw or "").split())
        if len(text) > most:
            self.remark(
                "cut_short", f"{where} has {len(text):,} characters; the first {most} are kept.", item
            )
            text = text[: most - 1] + "\u2026"
        return text or None

    def code(self, raw: str | None, where: str, most: int, item: int | None = None) -> str | None:
        """A code, left out where it is too long to be one: a part of it could be another code."""
        text = "".join((raw or "").split())
        if len(text) > most:
            self.remark(
                "not_a_code", f"{where} is {text[:40]!r}: no such code has over {most} characters.", item
            )
            return None
        return text or None

    def number(self, raw: str | None, where: str, item: int | None = None) -> float | None:
        """A number with a decimal point."""
        text = (raw or "").strip()
        if not text:
            return None
        if _NUMBER.fullmatch(text) is None:
            self.remark("not_a_number", f"{where} is {text[:40]!r}: no number.", item)
            return None
        return float(text)

    def count(self, raw: str | None, where: str, item: int | None = None) -> int | None:
        """A whole number of at most nine digits."""
        number = self.number(raw, where, item)
        if number is None or (abs(number) < 1e9 and number == int(number)):
            return None if number is None else int(number)
        self.remark(
            "not_a_number", f"{where} is {(raw or '').strip()[:40]!r}: no number of packages or items.", item
        )
        return None

    def time(self, raw: str | None, where: str) -> str | None:
        """A time by ISO 8601; one without a zone is in UTC, as the messages of the EU have it."""
        text = (raw or "").strip()
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            self.remark("not_a_date", f"{where} is {text[:40]!r}: no time.")
            return None
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).isoformat()

    def commodity(
        self, hs: str | None, cn: str | None, where: str, item: int | None
    ) -> dict[str, Any] | None:
        """The commodity code; eight to twelve digits in one are split into six and the two of the nomenclature."""
        written = self.code((hs or "").replace(".", ""), where, 14, item)
        if written is None:
            return None
        further = self.code(cn, where, 4, item)
        split = _HS_AND_CN.fullmatch(written)
        if split and further is None:
            written, further = split.groups()
        return {"harmonizedSystemSubHeadingCode": written, "combinedNomenclatureCode": further}


def assembled(document: Mapping[str, Any], taking: Taking, *, what: str, lacks: str = "") -> Declaration:
    """The declaration of what was taken over.

    Raises `InvalidDeclaration` with what is wrong; `lacks` says where in the document what is missing should be.
    """
    try:
        return Declaration.model_validate({**document, "remarks": taking.remarks})
    except ValidationError as error:
        raise InvalidDeclaration(f"{what} cannot be used: {wrong_fields(error)}.", remedy=lacks) from error


def numbered(raw_numbers: list[str | None], taking: Taking) -> list[int]:
    """The numbers of goods items, running ones where those of the sender are none, or are not theirs alone."""
    quiet = Taking()
    numbers = [quiet.count(raw, "") for raw in raw_numbers]
    usable = [number for number in numbers if number is not None and number >= 1]
    if len(usable) == len(numbers) and len(set(usable)) == len(usable):
        return usable
    if any(raw for raw in raw_numbers):
        taking.remark(
            "renumbered",
            f"The goods items are numbered 1 to {len(numbers)}: their own numbers are not unique.",
        )
    return list(range(1, len(numbers) + 1))
