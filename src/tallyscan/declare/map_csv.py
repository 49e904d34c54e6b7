"""CSV manifests: a header, then a row for each goods item; rows with the same MRN or LRN are one declaration.

What belongs to the declaration (its parties, its total, its vehicle) is taken from the first row that has it. A goods
item that is in several containers is named in each of its rows, or has them in one field.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tallyscan.declaration import Declaration, Declared, normal_mark
from tallyscan.declare.manifest_text import DELIMITERS, decimal_sign, rows_of, text_of, with_point
from tallyscan.declare.mappings import CsvColumns, Mappings
from tallyscan.declare.taking import Taking, assembled, numbered
from tallyscan.errors import InvalidDeclaration

FORMAT = "csv"
MOST_CONSIGNMENTS = 2000
"""More than a train or a ferry brings."""

_NUMBERS = ("total_gross_mass", "gross_mass", "net_mass", "supplementary_units", "number_of_packages")
_TEXT_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Row:
    """One row, by columns of the mappings; `line` counts the rows with anything in them, the header being 1."""

    line: int
    values: dict[str, str]

    def get(self, column: str) -> str | None:
        """Its text; None where it is empty or the column is not there."""
        return self.values.get(column, "").strip() or None


def recognises(head: bytes) -> bool:
    """Text of which the first line has at least one delimiter; whether it has the columns is seen when it is mapped."""
    if head.startswith((b"{", b"[", b"<")) or (
        b"\0" in head and not head.startswith(_TEXT_BOMS) and b"\0" not in head[:4]
    ):
        return False
    line = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").split(b"\n")[0]
    return any(delimiter.encode() in line for delimiter in DELIMITERS) and b"\x01" not in line


def mapped(data: bytes, mappings: Mappings, charset: str | None = None) -> Declared:
    """Every declaration of the manifest that can be used, and the reasons of those that cannot.

    Raises `InvalidDeclaration` when there is none that can, with the columns that are missing.
    """
    shape = mappings.csv
    header, *lines = rows_of(text_of(data, shape, charset), shape)
    columns = _columns(header, shape.columns)
    rows = [_row(number, columns, fields) for number, fields in enumerate(lines, 2)]
    if not rows:
        raise InvalidDeclaration("The manifest has a header and no goods items.")
    decimal = decimal_sign((text for row in rows for name in _NUMBERS if (text := row.get(name))), shape)
    usable: list[Declaration] = []
    refused: list[InvalidDeclaration] = []
    for group in _grouped(rows, refused):
        try:
            usable.append(_declaration(group, decimal, shape.separators))
        except InvalidDeclaration as error:
            refused.append(error)
    if not usable:
        raise refused[0] if len(refused) == 1 else _all_refused(refused)
    return Declared(tuple(usable), tuple(refused))


def _all_refused(refused: list[InvalidDeclaration]) -> InvalidDeclaration:
    first = " ".join(error.detail for error in refused[:3])
    return InvalidDeclaration(f"None of the {len(refused)} declarations in the manifest can be used. {first}")


def _columns(header: list[str], known: CsvColumns) -> list[str | None]:
    """The column of the mappings for each field of the header; None for those that are not read."""
    names = {_plain(name): column for column, names in known.model_dump().items() for name in names}
    columns = [names.get(_plain(field)) for field in header]
    for column in {column for column in columns if column is not None}:
        if columns.count(column) > 1:
            both = " and ".join(
                repr(field) for field, of in zip(header, columns, strict=True) if of == column
            )
            raise InvalidDeclaration(
                f"The manifest has two columns for the same: {both}.", remedy="Leave one out."
            )
    missing = []
    for needed in (("mrn", "lrn"), ("container", "vehicle", "trailer"), ("description", "commodity_code")):
        if not any(column in columns for column in needed):
            missing.append(" or ".join(getattr(known, column)[0] for column in needed))
    if missing:
        seen = ", ".join(field.strip()[:40] for field in header[:12])
        raise InvalidDeclaration(
            f"The manifest lacks a column for: {'; '.join(missing)}. Its header is: {seen}.",
            remedy="Name the columns as docs/reference/declaration-formats.md has them, or set csv.columns.",
        )
    return columns


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-().]+", "", name).casefold()


def _row(line: int, columns: list[str | None], fields: list[str]) -> Row:
    named = zip(columns, fields, strict=False)
    more = any(field.strip() for field in fields[len(columns) :])
    values = {column: field for column, field in named if column is not None}
    return Row(line, {**values, "": "more"} if more else values)


def _grouped(rows: list[Row], refused: list[InvalidDeclaration]) -> list[list[Row]]:
    """By MRN, else LRN. A row with neither, or with more fields than the header, belongs to none and is refused."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        reference = row.get("mrn") or row.get("lrn")
        if "" in row.values:
            refused.append(InvalidDeclaration(f"Row {row.line} has more fields than the header."))
        elif reference is None:
            refused.append(InvalidDeclaration(f"Row {row.line} has neither an MRN nor an LRN."))
        else:
            groups.setdefault(reference, []).append(row)
    if len(groups) > MOST_CONSIGNMENTS:
        raise InvalidDeclaration(
            f"The manifest has {len(groups):,} declarations; up to {MOST_CONSIGNMENTS:,} are read at once.",
            remedy="Send it in parts.",
        )
    broken = {row.get("mrn") or row.get("lrn") for row in rows if "" in row.values}
    return [group for reference, group in groups.items() if reference not in broken]


def _declaration(rows: list[Row], decimal: str | None, separators: str) -> Declaration:
    taking = Taking()

    def first(column: str) -> str | None:
        return next((text for row in rows if (text := row.get(column))), None)

    def number(row: Row, column: str, item: int | None) -> str | None:
        written = row.get(column) or ""
        plain = with_point(written, decimal)
        if plain is None:
            text = f"Row {row.line}, {column}: {written[:40]!r} could be thousands or decimals; csv.decimal says which."
            taking.remark("not_a_number", text, item)
        return plain

    total = next((row for row in rows if row.get("total_gross_mass")), None)
    numbers = _item_numbers(rows, taking)
    items: dict[int, dict[str, Any]] = {}
    for row, item in zip(rows, numbers, strict=True):
        _add_item(items, row, item, taking, number)
    name = first("mrn") or first("lrn")
    document = {
        "LRN": first("lrn"),
        "MRN": first("mrn"),
        "declarationType": taking.code(first("declaration_type"), "the declaration type", 5),
        "referenceNumberUCR": taking.code(first("ucr"), "the UCR", 35),
        "transportDocument": _if_any(
            documentNumber=taking.text(first("transport_document"), "the document", 70)
        ),
        "placeOfLoading": taking.text(first("place_of_loading"), "the place of loading", 35),
        "customsOffices": _offices(first("customs_office"), first("expected_at"), taking),
        "countriesOfRouting": [
            country
            for column in ("country_of_dispatch", "country_of_destination")
            if (country := taking.code(first(column), f"the {column.replace('_', ' ')}", 2))
        ],
        **{
            who: _if_any(
                name=taking.text(first(who), f"the {who}"),
                identificationNumber=taking.code(first(f"{who}_number"), f"the {who} number", 35),
            )
            for who in ("consignor", "consignee")
        },
        "totalGrossMass": taking.number(number(total, "total_gross_mass", None), "the total")
        if total
        else None,
        "transportEquipment": _containers(rows, numbers, separators, taking),
        "transportMeans": _vehicles(rows, separators, taking),
        "goodsItems": list(items.values()),
    }
    return assembled(document, taking, what=f"The declaration {name!r} (row {rows[0].line} of the manifest)")


def _if_any(**values: Any) -> dict[str, Any] | None:
    return values if any(value is not None for value in values.values()) else None


def _offices(office: str | None, at: str | None, taking: Taking) -> list[dict[str, Any]]:
    time = taking.time(at, "the expected time")
    return [{"referenceNumber": office, "arrivalDateAndTimeEstimated": time}] if office else []


def _item_numbers(rows: list[Row], taking: Taking) -> list[int]:
    """A number that comes again is the same goods item in another container when nothing else differs."""
    raw = [row.get("item_number") for row in rows]
    if not any(raw):
        return list(range(1, len(rows) + 1))
    said: dict[str | None, tuple[str | None, ...]] = {}
    for row in rows:
        goods = tuple(row.get(name) for name in ("description", "commodity_code", "gross_mass"))
        if said.setdefault(row.get("item_number"), goods) != goods:
            return numbered(raw, taking)
    distinct = list(said)
    of_each = dict(zip(distinct, numbered(distinct, taking), strict=True))
    return [of_each[number] for number in raw]


def _add_item(
    items: dict[int, dict[str, Any]],
    row: Row,
    item: int,
    taking: Taking,
    number: Callable[[Row, str, int | None], str | None],
) -> None:
    if item in items:
        return
    where = f"Row {row.line}"
    packaging = {
        "typeOfPackages": taking.code(row.get("kind_of_packages"), f"{where}, kind of packages", 4, item),
        "numberOfPackages": taking.count(number(row, "number_of_packages", item), f"{where}, packages", item),
        "shippingMarks": taking.text(row.get("shipping_marks"), f"{where}, marks", item=item),
    }
    dangerous = taking.code(row.get("un_number"), f"{where}, UN number", 8, item)
    items[item] = {
        "goodsItemNumber": item,
        "descriptionOfGoods": taking.text(row.get("description"), f"{where}, description", item=item),
        "commodityCode": taking.commodity(row.get("commodity_code"), None, f"{where}, commodity code", item),
        "grossMass": taking.number(number(row, "gross_mass", item), f"{where}, gross_mass", item),
        "netMass": taking.number(number(row, "net_mass", item), f"{where}, net_mass", item),
        "supplementaryUnits": taking.number(
            number(row, "supplementary_units", item), f"{where}, supplementary_units", item
        ),
        "packaging": [packaging] if any(value is not None for value in packaging.values()) else [],
        "dangerousGoods": [{"UNNumber": dangerous}] if dangerous else [],
        "countryOfOrigin": taking.code(row.get("country_of_origin"), f"{where}, country of origin", 2, item),
    }


def _parts(text: str | None, separators: str) -> list[str]:
    return [part.strip() for part in re.split(f"[{re.escape(separators)}]", text or "") if part.strip()]


def _containers(rows: list[Row], numbers: list[int], separators: str, taking: Taking) -> list[dict[str, Any]]:
    containers: dict[str, dict[str, Any]] = {}
    for row, item in zip(rows, numbers, strict=True):
        for part in _parts(row.get("container"), separators):
            mark = taking.code(part, f"Row {row.line}, container", 17)
            if mark is None:
                continue
            known = containers.setdefault(
                normal_mark(mark),
                {"containerIdentificationNumber": mark, "seals": [], "goodsItemNumbers": []},
            )
            for column, name, most in (
                ("container_size_and_type", "containerSizeAndType", 4),
                ("container_packed_status", "containerPackedStatus", 1),
            ):
                known[name] = known.get(name) or taking.code(
                    row.get(column), f"Row {row.line}, {column}", most
                )
            seals = [taking.text(seal, "a seal") for seal in _parts(row.get("seals"), separators)]
            known["seals"] += [seal for seal in seals if seal not in known["seals"]]
            if item not in known["goodsItemNumbers"][-1:]:
                known["goodsItemNumbers"].append(item)
    return list(containers.values())


def _vehicles(rows: list[Row], separators: str, taking: Taking) -> list[dict[str, Any]]:
    vehicles: dict[str, dict[str, Any]] = {}
    for row in rows:
        nationality = taking.code(row.get("nationality"), f"Row {row.line}, nationality", 2)
        for column, kind in (("vehicle", "30"), ("trailer", "31")):
            for plate in _parts(row.get(column), separators):
                number = taking.text(plate, f"Row {row.line}, {column}", 35) or plate
                identified = {"typeOfIdentification": kind, "identificationNumber": number}
                vehicles.setdefault(number, {**identified, "nationality": nationality})
    return list(vehicles.values())
