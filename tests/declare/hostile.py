"""Hostile and broken declarations, made on the fly: each with a word that its reason must have."""

import json
import struct
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tests.declare.documents import canonical_json, documents

Made = Callable[[], bytes]
Case = tuple[str, bytes | Made, str]
XML = ("ncts", "ics2", "asycuda")
_NOTHING_OF_IT = "|".join(
    ("broken or cut off", "not valid JSON", "cannot be used", "no identity", "no goods", "lacks a column", "is empty",
     "no root", "begins with", "cannot be read", "has a header and no", "with the root", "neither UTF-8", "not UTF-16")
)  # fmt: skip


def hostile_cases() -> list[Case]:
    """Two hundred and some, by unique names."""
    return [
        *_entities(),
        *_depth(),
        *_encodings(),
        *_truncations(),
        *_json(),
        *_sizes(),
        *_csv(),
        *_garbage(),
    ]


def _entities() -> Iterator[Case]:
    """Bombs, external entities and DTDs, in each XML format and two encodings."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    subsets = {
        "billion laughs": f'[<!ENTITY l0 "lol">{laughs}]',
        "quadratic": f'[<!ENTITY a "{"a" * 50_000}">]',
        "external file": '[<!ENTITY x SYSTEM "file:///etc/passwd">]',
        "external address": '[<!ENTITY x SYSTEM "http://127.0.0.1:1/x">]',
        "parameter entity": '[<!ENTITY % p SYSTEM "http://127.0.0.1:1/p.dtd"> %p;]',
        "external subset": 'SYSTEM "http://127.0.0.1:1/x.dtd"',
        "internal recursion": '[<!ENTITY a "&b;"><!ENTITY b "&a;">]',
        "default attributes": '[<!ATTLIST Commodity x CDATA "y">]',
    }
    used = {"billion laughs": "&l9;", "quadratic": "&a;" * 5000, "internal recursion": "&a;"}
    for name in XML:
        prologue, body = documents()[name].decode().split("?>", 1)
        for kind, subset in subsets.items():
            reference = used.get(kind, "&x;" if "external" in kind else "")
            text = f"{prologue}?><!DOCTYPE root {subset}>" + body.replace("Paint", f"Paint{reference}")
            yield f"{name}: {kind}", text.encode(), "has a DTD"
            yield f"{name}: {kind} in UTF-16", text.replace("UTF-8", "UTF-16").encode("utf-16"), "has a DTD"
        yield (
            f"{name}: entity that is not declared",
            documents()[name].replace(b"Paint", b"&paint;"),
            "&paint;|Entity",
        )


def _depth() -> Iterator[Case]:
    for name in XML:
        with_paint = documents()[name]
        deep = b"<x>" * 100_000 + b"</x>" * 100_000
        yield f"{name}: nested deeply", partial(with_paint.replace, b"Paint", deep), "broken or cut off"
        wide = partial(_filled, with_paint, b"<x/>", 2_000_001)
        yield f"{name}: two million elements", wide, "more than 1,000,000 elements"
        long_text = partial(_filled, with_paint, b"P", 11_000_000)
        yield f"{name}: eleven million characters in one text", long_text, "broken or cut off"
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        for depth in (40, 2000, 900_000):
            yield f"canonical: {depth} of {opening!r}", partial(_nested, opening, closing, depth), "nested"


def _filled(document: bytes, filling: bytes, times: int) -> bytes:
    return document.replace(b"Paint", filling * times)


def _nested(opening: bytes, closing: bytes, depth: int) -> bytes:
    return b'{"extensions": {"a": ' + opening * depth + b"1" + closing * depth + b"}}"


def _encodings() -> Iterator[Case]:
    """Bytes that are not what they say, or say nothing."""
    for name in XML:
        text = documents()[name].decode()
        for encoding in ("cp1251", "cp1257"):
            wrong = text.replace("білий дуб", "ąžuolas" if encoding == "cp1257" else "белый дуб")
            yield f"{name}: {encoding} as UTF-8", wrong.encode(encoding), "broken or cut off"
        yield f"{name}: UTF-16 as UTF-8", text.encode("utf-16-le")[1:], _NOTHING_OF_IT
        yield f"{name}: encoding that is none", text.replace("UTF-8", "UTF-99").encode(), "broken or cut off"
        yield f"{name}: half a sign", text.encode("utf-16") + b"<", "broken or cut off"
        yield f"{name}: NUL inside", text.replace("Paint", "Pa\0int").encode(), "broken or cut off"
        yield f"{name}: control character", text.replace("Paint", "Pa\x1bint").encode(), "broken or cut off"
        yield (
            f"{name}: control character by number",
            text.replace("Paint", "Pa&#27;int").encode(),
            "broken or cut off",
        )
        hidden = text.replace("UTF-8", "UTF-7").replace(
            "?>", "?>+ADwAIQ-DOCTYPE x [+ADwAIQ-ENTITY x 'y'>]>", 1
        )
        yield (
            f"{name}: a DTD hidden in UTF-7",
            hidden.encode("ascii", errors="ignore"),
            "has a DTD|broken or cut off",
        )
    for encoding in ("cp1251", "cp1257"):
        yield f"canonical: {encoding}", json.dumps({"LRN": "ąž" if encoding == "cp1257" else "дуб"},
            ensure_ascii=False).encode(encoding), "not valid JSON"  # fmt: skip
        manifest = (
            documents()["csv"]
            .decode()
            .replace("білий дуб", "ąžuolas" if encoding == "cp1257" else "белый дуб")
        )
        yield f"csv: {encoding} and nobody says it", manifest.encode(encoding), "neither UTF-8 nor UTF-16"
    yield "csv: half a UTF-16 sign", documents()["csv"].decode().encode("utf-16")[:-1], "is not utf-16"
    yield (
        "canonical: half a UTF-16 sign",
        canonical_json().decode().encode("utf-16-le")[:-1],
        "not valid JSON",
    )


def _truncations() -> Iterator[Case]:
    for name, data in documents().items():
        for tenth in range(1, 10):
            if name == "csv" and tenth > 3:
                continue  # whole rows are a manifest
            yield f"{name}: {tenth} tenths of it", data[: len(data) * tenth // 10], _NOTHING_OF_IT


def _json() -> Iterator[Case]:
    item: dict[str, Any] = {"goodsItemNumber": 1, "descriptionOfGoods": "Invented"}

    def of_item(**more: Any) -> bytes:
        return canonical_json(goodsItems=[item | more])

    yield "canonical: a field twice", b'{"LRN": "B", ' + canonical_json()[1:], "'LRN' is there twice"
    twice = canonical_json().replace(b'"grossMass": 1000.0', b'"grossMass": 1, "grossMass": 1000')
    yield "canonical: an inner field twice", twice, "'grossMass' is there twice"
    for word in ("NaN", "Infinity", "-Infinity"):
        yield (
            f"canonical: {word}",
            canonical_json().replace(b"12000.5", word.encode()),
            f"{word} is no number",
        )
    for number, says in {
        "1e309": "finite", "-1e309": "finite", "1e300": "less than or equal", "9" * 5000: "digits|finite|valid",
        "1e999999999": "finite", "0x10": "JSON", "01": "JSON", "1_000": "JSON",
    }.items():  # fmt: skip
        yield f"canonical: mass {number[:20]}", canonical_json().replace(b"12000.5", number.encode()), says
    yield "canonical: half a number", of_item(goodsItemNumber=1.5), "goodsItemNumber"
    yield "canonical: goods item zero", of_item(goodsItemNumber=0), "greater than or equal to 1"
    yield "canonical: goods item beyond all", of_item(goodsItemNumber=10**12), "less than or equal"
    yield (
        "canonical: packages beyond all",
        of_item(packaging=[{"numberOfPackages": 10**30}]),
        "numberOfPackages",
    )
    yield "canonical: a list for a text", of_item(descriptionOfGoods=["a"]), "descriptionOfGoods"
    yield "canonical: an object for a text", of_item(descriptionOfGoods={"a": 1}), "descriptionOfGoods"
    yield "canonical: text for a mass", of_item(grossMass="a lot"), "grossMass"
    yield "canonical: a text of a million", of_item(descriptionOfGoods="a" * 1_000_000), "at most 512"
    yield "canonical: a name that is unknown", of_item(colour="red"), "colour"
    yield "canonical: a list", b"[" + canonical_json() + b"]", "valid dictionary|document"
    yield "canonical: null", b"null", "begins with"
    yield "canonical: two documents", canonical_json() * 2, "not valid JSON"
    yield "canonical: a comment", b'{"LRN": "A", // no\n "a": 1}', "not valid JSON"
    yield "canonical: without identity", canonical_json(LRN=None), "one of LRN or MRN"
    yield "canonical: blank identity", canonical_json(LRN=" \t"), "one of LRN or MRN"
    yield "canonical: an identity of a thousand signs", canonical_json(LRN="A" * 1000), "LRN"
    yield (
        "canonical: without units",
        canonical_json(transportEquipment=[], transportMeans=[]),
        "transport unit",
    )
    yield "canonical: without goods", canonical_json(goodsItems=[]), "goods item"
    office = {"referenceNumber": "XX1", "arrivalDateAndTimeEstimated": "2026-02-30T00:00:00Z"}
    yield "canonical: a date that is none", canonical_json(customsOffices=[office]), "customsOffices"


def _sizes() -> Iterator[Case]:
    item = {"goodsItemNumber": 1, "descriptionOfGoods": "Invented"}
    items = [item | {"goodsItemNumber": n} for n in range(1, 10_001)]
    yield "canonical: ten thousand items", canonical_json(goodsItems=items), "at most 9999 items"
    container = {"containerIdentificationNumber": "CSQU3054383"}
    yield (
        "canonical: ten thousand containers",
        canonical_json(transportEquipment=[container] * 10_000),
        "at most 9999",
    )
    goods = b"<Commodity><descriptionOfGoods>x</descriptionOfGoods></Commodity>"
    for name, start, one in (
        ("ncts", b"<ConsignmentItem>", b"<ConsignmentItem>" + goods + b"</ConsignmentItem>"),
        ("ics2", b"<goodsItem>", b"<goodsItem>" + goods + b"</goodsItem>"),
        ("asycuda", b"<Item>", b"<Item><Packages/></Item>"),
    ):
        many = partial(_before, documents()[name], start, one, 10_000)
        yield f"{name}: ten thousand items", many, "at most 9999 items"
    rows = b"".join(b"L,CSQU3054383,%d,x\n" % number for number in range(1, 10_001))
    yield "csv: ten thousand items", b"LRN,container,item,description\n" + rows, "at most 9999 items"
    header = documents()["csv"].split(b"\n")[0]
    consignments = b"".join(b"L%d,CSQU3054383,x\n" % number for number in range(2001))
    yield (
        "csv: two thousand and one declarations",
        b"LRN,container,description\n" + consignments,
        "2,001 declarations",
    )
    objects = partial(_before, b'{"extensions": {"a": []}}', b"]", b"{},", 1_000_001)
    yield "canonical: a million objects", objects, "more than 1,000,000 objects"
    yield "csv: a hundred thousand rows", header + b"\n" + b"a,b\n" * 100_001, "more than 100,000 rows"
    yield "a hundred megabytes of JSON", partial(_repeated, b"[", b"[", 99_999_999), "has 100.0 MB"
    yield "a hundred megabytes of XML", partial(_repeated, b"<CC015C>", b" ", 100_000_000), "has 100.0 MB"


def _before(document: bytes, start: bytes, one: bytes, times: int) -> bytes:
    at = document.index(start)
    return document[:at] + one * times + document[at:]


def _repeated(start: bytes, filling: bytes, times: int) -> bytes:
    return start + filling * times


def _csv() -> Iterator[Case]:
    header, first, second, *_ = documents()["csv"].decode().splitlines()

    def with_row(row: str) -> bytes:
        return f"{header}\n{row}".encode()

    many = "A" * 1000
    yield "csv: a header alone", header.encode(), "has a header and no goods items"
    yield "csv: a quote that never ends", with_row(f'{first}\n"{second}'), "cannot be read"
    yield "csv: a field of a million", with_row(f"{first}\nEXAMPLE-2,{'a' * 1_000_000}"), "field"
    yield (
        "csv: two columns of one meaning",
        f"{header},Description of goods\n{first},a".encode(),
        "two columns for",
    )
    yield "csv: more fields than the header", with_row(f"{first},more"), "more fields than the header"
    yield "csv: without identity", with_row(first.replace("EXAMPLE-000123", "")), "neither an MRN nor"
    without = first.replace("CSQU3054383", "").replace("EXAMPLE 1,EXAMPLE 2", ",")
    yield "csv: without container", with_row(without), "transport unit"
    yield "csv: mass beyond all", with_row(first.replace("11000.5", "1e300")), "less than or equal"
    both = first.replace("10500", '"10500,25"')
    yield "csv: decimal points and commas", with_row(both), "decimal points and commas"
    yield "csv: an identity of a thousand signs", with_row(first.replace("EXAMPLE-000123", many)), "LRN"


def _garbage() -> Iterator[Case]:
    yield "zip", b"PK\x03\x04" + bytes(range(256)) * 4, "begins with"
    yield "pdf", b"%PDF-1.7\n1 0 obj", "begins with"
    yield "gzip", b"\x1f\x8b\x08" + b"\0" * 100, "begins with"
    yield "image", b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13), "begins with"
    yield "zeros", b"\0" * 10_000, "is empty|begins with|broken|not utf-16"
    yield "nothing", b"", "is empty"
    yield "spaces", b" " * 10_000, "is empty"
    yield "a mark alone", b"\xff\xfe", _NOTHING_OF_IT
    yield "html", b"<!DOCTYPE html><html><body>error 502</body></html>", "with the root 'html'"
    yield "soap", b"<s:Envelope xmlns:s='x'><s:Body/></s:Envelope>", "with the root 'Envelope'"
    yield "another message", b"<ncts:CC044C xmlns:ncts='x'/>", "with the root 'CC044C'"
    yield "a comment that never ends", b"<!--" + b"-" * 100_000, "no root"
    yield "edifact", b"UNB+UNOA:2+A+B+260101:0000+1'UNH+1+CUSCAR:D:95B:UN'", "begins with"
    yield "ncts: another root inside", b"<CC015C><CC015C/></CC015C>", "no identity"
    yield "ics2: not a filing", b"<IE3N08/>", "with the root 'IE3N08'"
    yield "asycuda: nothing in it", b"<ASYCUDA/>", "no identity"
