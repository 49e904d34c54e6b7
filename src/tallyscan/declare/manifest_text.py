"""The text of a CSV manifest: in which characters it is written, and what parts its fields and numbers."""

import csv
import io
import re
from collections.abc import Iterable

from tallyscan.declare.mappings import CsvShape
from tallyscan.errors import InvalidDeclaration

DELIMITERS = ",;\t|"
MOST_ROWS = 100_000
MOST_FIELD = 10_000

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_COMMA_FOR_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+", re.ASCII)
_DOT_FOR_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+", re.ASCII)


def text_of(data: bytes, shape: CsvShape, charset: str | None = None) -> str:
    """By its byte order mark, else by what the sender says, else UTF-8 or UTF-16, else as the mappings say.

    Raises `InvalidDeclaration` where that does not fit, or nothing says it: eight-bit alphabets look alike.
    """
    marked = next((encoding for bom, encoding in _BOMS if data.startswith(bom)), None)
    for encoding in (marked, charset):
        if encoding is not None:
            return _decoded(data, encoding)
    if b"\0" in data[:4]:
        return _decoded(data, "utf-16-le" if data[1:2] == b"\0" else "utf-16-be")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if shape.encoding:
            return _decoded(data, shape.encoding)
        raise InvalidDeclaration(
            f"The manifest is neither UTF-8 nor UTF-16: byte {error.start + 1} is {data[error.start]:#04x}.",
            remedy="Send UTF-8, or say the encoding: charset in the Content-Type, or csv.encoding in the mappings.",
        ) from error


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError) as error:
        raise InvalidDeclaration(
            f"The manifest is not {encoding[:40]}, as which it came: {error}.",
            remedy="Correct the encoding that is named.",
        ) from error


def rows_of(text: str, shape: CsvShape) -> list[list[str]]:
    """The fields of every row that has any, the header first. Raises `InvalidDeclaration`."""
    delimiter = shape.delimiter or _delimiter(text)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            if not any(field.strip() for field in row):
                continue
            if len(rows) > MOST_ROWS:
                raise InvalidDeclaration(
                    f"The manifest has more than {MOST_ROWS:,} rows.", remedy="Send it in parts."
                )
            longest = max(map(len, row))
            if longest > MOST_FIELD:
                raise InvalidDeclaration(
                    f"Row {len(rows) + 1} of the manifest has a field of {longest:,} characters.",
                    remedy="A quote may be missing.",
                )
            rows.append(row)
    except csv.Error as error:
        raise InvalidDeclaration(
            f"Row {len(rows) + 1} of the manifest cannot be read: {error}.", remedy="Check its quotes."
        ) from error
    if not rows:
        raise InvalidDeclaration(
            "The manifest is empty.", remedy="Send a header and a row for each goods item."
        )
    return rows


def _delimiter(text: str) -> str:
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(DELIMITERS, key=header.count)


def decimal_sign(numbers: Iterable[str], shape: CsvShape) -> str | None:
    """`.` or `,` as all the numbers of the manifest show it together; None when they leave it open.

    1,500 could be either; 12,5 and 1.234,56 cannot. Raises `InvalidDeclaration` when they contradict each other.
    """
    if shape.decimal:
        return shape.decimal
    signs: dict[str, str] = {}
    for number in numbers:
        comma, dot = number.rfind(","), number.rfind(".")
        if comma >= 0 and dot >= 0:
            signs.setdefault("," if comma > dot else ".", number)
        elif comma >= 0 and _COMMA_FOR_THOUSANDS.fullmatch(number) is None:
            signs.setdefault(",", number)
        elif dot >= 0 and _DOT_FOR_THOUSANDS.fullmatch(number) is None:
            signs.setdefault(".", number)
    if len(signs) > 1:
        raise InvalidDeclaration(
            f"The manifest has decimal points and commas: {signs['.'][:40]!r} and {signs[','][:40]!r}.",
            remedy="Write all numbers alike, or set csv.decimal in the mappings.",
        )
    return next(iter(signs), None)


def with_point(number: str, decimal: str | None) -> str | None:
    """The number with a decimal point and nothing between its thousands; None where 1,500 could be either."""
    text = "".join(number.split()).replace("'", "").replace("\u2019", "")
    if decimal is None and ("," in text or "." in text):
        return None
    return text.replace(".", "").replace(",", ".") if decimal == "," else text.replace(",", "")
