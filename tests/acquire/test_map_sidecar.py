"""A scanner's own sidecar becomes the canonical one: what is not understood is left out and said."""

import codecs
import json
import random
import tracemalloc
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from tallyscan.acquire.map_sidecar import MappedSidecar, map_sidecar
from tallyscan.errors import InvalidSidecar
from tallyscan.sidecar import MarkRead, Pitch, Sidecar
from tallyscan.sidecar_mapping import SidecarMapping

XML = """<?xml version="1.0" encoding="{encoding}"?>
<!-- written by an invented scanner -->
<r:ScanRecord xmlns:r="urn:invented:record" xmlns:u="urn:invented:units">
  <r:Device name="gate-3"/><r:Start>01.07.2026 14:05:30</r:Start>
  <r:Beam><r:End unit="kV">6000</r:End><r:End unit="kV">4000</r:End></r:Beam>
  <r:Pixel x="0,42" y="0,52"/><r:Direction>backward</r:Direction><r:Air>61000;58500,5</r:Air>
  <r:Operator>Żółć</r:Operator>
  <u:Unit conf="97"><u:Number>CSQU 305438 3</u:Number><u:Plate>-1</u:Plate></u:Unit>
  <u:Unit conf="31"><u:Number>SIMU3+2269</u:Number><u:Plate>AB-123 C</u:Plate></u:Unit>
</r:ScanRecord>"""
MAPPING: dict[str, Any] = {
    "format": "xml",
    "root": "{urn:invented:record}ScanRecord",
    "namespaces": {"r": "urn:invented:record", "u": "urn:invented:units"},
    "fields": {
        "device": {"path": "r:Device/@name"},
        "acquired_at": {"path": "r:Start", "time_format": "%d.%m.%Y %H:%M:%S", "time_zone": "Europe/Warsaw"},
        "energies_mv": {"path": "r:Beam/r:End", "unit": "kV"},
        "pitch_mm.x": {"path": "r:Pixel/@x", "unit": "cm", "decimal": ","},
        "pitch_mm.y": {"path": "r:Pixel/@y", "unit": "cm", "decimal": ","},
        "orientation.quarter_turns": {"path": "'2'"},
        "orientation.mirrored": {"path": "r:Direction", "values": {"forward": "false", "backward": "true"}},
        "air_level": {"path": "r:Air", "separator": ";", "decimal": ","},
        "extensions.operator": {"path": "r:Operator"},
    },
    "units": [
        {
            "each": "u:Unit",
            "container_number": {"path": "u:Number"},
            "container_number_confidence": {"path": "@conf", "unit": "percent"},
            "plate": {"path": "u:Plate"},
        }
    ],
}


def mapped(document: str | bytes, mapping: dict[str, Any] | None = None, **more: Any) -> MappedSidecar:
    data = document.encode() if isinstance(document, str) else document
    return map_sidecar(data, SidecarMapping.model_validate((mapping or MAPPING) | more), "gate_scanner")


def field(xml: str, name: str, **value: Any) -> tuple[Any, tuple[str, ...]]:
    """One value of `<a>xml</a>`, and the cautions."""
    sidecar, cautions = mapped(f"<a>{xml}</a>", {"format": "xml", "fields": {name: {"path": "."} | value}})
    return getattr(sidecar, name.partition(".")[0]), cautions


@pytest.mark.parametrize(
    ("encoding", "mark", "declared"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", codecs.BOM_UTF8, "utf-8"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-8"),  # the mark is right, not the declaration
        ("utf-16-le", b"", "utf-16"),
        ("iso-8859-2", b"", "iso-8859-2"),
    ],
)
def test_namespaced_xml_in_every_encoding_becomes_a_sidecar(
    encoding: str, mark: bytes, declared: str
) -> None:
    sidecar, cautions = mapped(mark + XML.format(encoding=declared).encode(encoding))
    assert cautions == ()
    assert (sidecar.scanner, sidecar.device) == ("gate_scanner", "gate-3")
    assert sidecar.acquired_at == datetime(2026, 7, 1, 12, 5, 30, tzinfo=UTC)
    assert sidecar.energies_mv == (6.0, 4.0)
    assert sidecar.pitch_mm == Pitch(x=4.2, y=5.2)
    assert (sidecar.orientation.quarter_turns, sidecar.orientation.mirrored) == (2, True)
    assert sidecar.air_level == (61000.0, 58500.5)
    assert sidecar.extensions == {"operator": "Żółć"}


def test_what_the_cameras_read_is_kept_as_it_came_and_is_uncertain() -> None:
    first, second = mapped(XML.format(encoding="utf-8")).sidecar.units
    assert first.number_read == MarkRead(as_read="CSQU 305438 3", text="CSQU3054383", confidence=0.97)
    assert first.plate_read == MarkRead(as_read="-1", text=None)
    assert second.number_read == MarkRead(as_read="SIMU3+2269", text=None, confidence=0.31)
    assert second.plate_read == MarkRead(as_read="AB-123 C", text="AB123C")


def test_json_is_mapped_by_pointers() -> None:
    document = {
        "scan": {"when": 1_782_907_530, "a/b": {"~": "NLRTM"}, "pitch": [0.0042, 0.0052], "full": 65535},
        "units": [{"n": "CSQU3054383", "c": 0.8}, {"n": None}, {"n": "x"}],
    }
    mapping = {
        "format": "json",
        "fields": {
            "acquired_at": {"path": "/scan/when", "time_format": "unix"},
            "site": {"path": "/scan/a~1b/~0"},
            "pitch_mm.x": {"path": "/scan/pitch/0", "unit": "m"},
            "pitch_mm.y": {"path": "/scan/pitch/1", "unit": "m"},
            "full_scale": {"path": "/scan/full"},
            "dark_level": {"path": "/scan/dark"},
        },
        "units": [
            {
                "each": "/units",
                "container_number": {"path": "/n"},
                "container_number_confidence": {"path": "/c"},
            }
        ],
    }
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        sidecar, cautions = mapped(json.dumps(document).encode(encoding), mapping)
        assert sidecar.acquired_at == datetime(2026, 7, 1, 12, 5, 30, tzinfo=UTC)
        assert (sidecar.site, sidecar.pitch_mm, sidecar.full_scale) == ("NLRTM", Pitch(x=4.2, y=5.2), 65535)
        assert [unit.number_read and unit.number_read.as_read for unit in sidecar.units] == [
            "CSQU3054383",
            None,
            "x",
        ]
        assert cautions == (
            "sidecar_missing: the scanner's document does not say dark_level, units.container_number_confidence.",
        )


# values


@pytest.mark.parametrize(
    ("written", "more", "number"),
    [
        ("4.2", {}, 4.2),
        (" 4200 ", {"unit": "um"}, 4.2),
        ("0.0042", {"unit": "m"}, 4.2),
        ("4,2", {"decimal": ","}, 4.2),
        ("42e-1", {}, 4.2),
        ("2.1", {"factor": 2}, 4.2),
        ("wide", {"values": {"wide": "4.2", "narrow": "2.1"}}, 4.2),
    ],
)
def test_lengths_become_millimetres(written: str, more: dict[str, Any], number: float) -> None:
    mapping = {"format": "xml", "fields": {f"pitch_mm.{axis}": {"path": "."} | more for axis in "xy"}}
    sidecar, cautions = mapped(f"<a>{written}</a>", mapping)
    assert sidecar.pitch_mm == Pitch(x=number, y=number)
    assert cautions == ()


@pytest.mark.parametrize(
    "written", ["4.2 mm", "1_0", "nan", "inf", "0x10", "٤", "4.2.1", "--4", "1e999", "4,2", "9" * 50, "1 234"]
)
def test_what_is_no_number_is_left_out_and_said(written: str) -> None:
    value, cautions = field(written, "full_scale")
    assert value is None
    assert cautions == (f"sidecar_not_understood: in the scanner's document full_scale ({written[:40]!r}).",)


@pytest.mark.parametrize("written", ["-5", "70000", "3.5"])
def test_a_number_that_no_sidecar_can_have_is_left_out_and_said(written: str) -> None:
    value, (caution,) = field(written, "full_scale")
    assert value is None
    assert caution.startswith("sidecar_not_understood: in the scanner's document full_scale")


@pytest.mark.parametrize(
    ("written", "more", "at"),
    [
        ("2026-07-01T14:05:30+02:00", {}, (12, 5, 30)),
        ("2026-07-01 12:05:30Z", {}, (12, 5, 30)),
        ("2026-07-01T14:05:30", {"time_zone": "Europe/Warsaw"}, (12, 5, 30)),
        ("20260701140530", {"time_format": "%Y%m%d%H%M%S", "time_zone": "Europe/Warsaw"}, (12, 5, 30)),
        ("07/01/2026 02:05 PM -0500", {"time_format": "%m/%d/%Y %I:%M %p %z"}, (19, 5, 0)),
    ],
)
def test_times_become_utc(written: str, more: dict[str, Any], at: tuple[int, int, int]) -> None:
    value, cautions = field(written, "acquired_at", **more)
    assert value == datetime(2026, 7, 1, *at, tzinfo=UTC)
    assert cautions == ()


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("2026-07-01T14:05:30", "has no time zone"),
        ("2026-07-01", "'2026-07-01'"),
        ("2026-13-01T00:00:00Z", "'2026-13-01T00:00:00Z'"),
        ("0001-01-01T00:00:00+14:00", "'0001-01-01"),
        ("yesterday", "'yesterday'"),
    ],
)
def test_a_time_that_is_none_is_left_out_and_said(written: str, why: str) -> None:
    value, (caution,) = field(written, "acquired_at")
    assert value is None
    assert why in caution


@pytest.mark.parametrize("written", ["2026-10-25T02:30:00", "2026-03-29T02:30:00"])
def test_an_hour_that_is_there_twice_or_never_is_not_guessed_at(written: str) -> None:
    value, (caution,) = field(written, "acquired_at", time_zone="Europe/Warsaw")
    assert value is None
    assert "twice or not at all in Europe/Warsaw" in caution


def test_what_means_that_the_scanner_does_not_know_is_missing() -> None:
    assert field("-1", "full_scale", empty=["-1"]) == (
        None,
        ("sidecar_missing: the scanner's document does not say full_scale.",),
    )
    value, (caution,) = field("diagonal", "grade", values={"raw": "transmission"})
    assert value is None
    assert "grade ('diagonal')" in caution


def test_half_a_pitch_is_none() -> None:
    sidecar, cautions = mapped(
        "<a><x>4.2</x></a>",
        {"format": "xml", "fields": {"pitch_mm.x": {"path": "x"}, "pitch_mm.y": {"path": "y"}}},
    )
    assert sidecar.pitch_mm is None
    assert "does not say pitch_mm.y" in cautions[0]
    assert "pitch_mm.y: Field required" in cautions[1]


def test_what_the_scan_cannot_be_read_without_ends_it() -> None:
    fields = {f"pitch_mm.{axis}": {"path": axis, "required": True} for axis in "xy"}
    mapping = {"format": "xml", "fields": fields}
    assert mapped("<a><x>4.2</x><y>5.2</y></a>", mapping).sidecar.pitch_mm == Pitch(x=4.2, y=5.2)
    for document, why in (
        ("<a><x>4.2</x></a>", "pitch_mm.y, without which the scan cannot be read: it is not there"),
        ("<a><x>4.2</x><y>wide</y></a>", "cannot be read: 'wide'"),
        ("<a><x>4.2</x><y>900</y></a>", "less than 50"),
    ):
        with pytest.raises(InvalidSidecar, match=why):
            mapped(document, mapping)
    unit = {"container_number": {"path": "n", "required": True}}
    with pytest.raises(InvalidSidecar, match=r"units\.container_number"):
        mapped("<a><n> </n></a>", {"format": "xml", "units": [unit]})


# units


def test_the_first_and_the_second_container_as_two_fields() -> None:
    units = [
        {"container_number": {"path": f"n{n}", "empty": ["NONE 00"]}, "plate": {"path": f"p{n}"}}
        for n in (1, 2)
    ]
    mapping = {"format": "xml", "units": units}
    one = mapped("<a><n1>CSQU3054383</n1><n2/></a>", mapping).sidecar
    assert [unit.number_read for unit in one.units] == [MarkRead(as_read="CSQU3054383")]
    second = mapped("<a><n1>NONE 00</n1><n2>CSQU3054383</n2></a>", mapping).sidecar
    assert [unit.number_read and unit.number_read.text for unit in second.units] == [None, "CSQU3054383"]


def test_more_units_than_a_train_has_are_not_taken_over() -> None:
    unit = {"each": "u", "plate": {"path": "."}}
    sidecar, (caution,) = mapped(f"<a>{'<u>AB 123</u>' * 500}</a>", {"format": "xml", "units": [unit]})
    assert sidecar.units == ()
    assert "units (33 of them)" in caution
    sidecar, (caution,) = mapped(f"<a><u>{'A1' * 50}</u></a>", {"format": "xml", "units": [unit]})
    assert sidecar.units[0].plate is None
    assert "units.plate (100 characters)" in caution


def test_elements_inside_each_other_do_not_repeat_their_text_without_end() -> None:
    document = "<a>" + "<b>" * 90 + "x" * 4_000_000 + "</b>" * 90 + "</a>"
    mapping = {"format": "xml", "fields": {"air_level": {"path": "//b"}, "site": {"path": "//@*"}}}
    tracemalloc.start()
    try:
        _, cautions = mapped(document, mapping)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "air_level (more than 10000 characters)" in cautions[1]
    assert peak < 60_000_000


@pytest.mark.parametrize("form", ["xml", "json"])
def test_a_value_is_not_looked_for_in_a_million_places(form: str) -> None:
    document = f"<a>{'<b>1</b>' * 5000}</a>" if form == "xml" else f'{{"b": [{",".join("1" * 5000)}]}}'
    path = "b" if form == "xml" else "/b"
    sidecar, (caution,) = mapped(document, {"format": form, "fields": {"air_level": {"path": path}}})
    assert sidecar.air_level is None
    assert "air_level (5000 values)" in caution


@pytest.mark.parametrize("confidence", ["97", "-1", "sure"])
def test_a_confidence_that_is_none_is_said_and_the_number_is_kept(confidence: str) -> None:
    unit = {"container_number": {"path": "n"}, "container_number_confidence": {"path": "c"}}
    document = f"<a><n>CSQU3054383</n><c>{confidence}</c></a>"
    sidecar, (caution,) = mapped(document, {"format": "xml", "units": [unit]})
    assert sidecar.units[0].number_read == MarkRead(as_read="CSQU3054383", confidence=None)
    assert "units.container_number_confidence" in caution


# hostile and broken documents


def bomb(levels: int) -> str:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels))
    return f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "ha">{entities}]><a>&e{levels - 1};</a>'


@pytest.mark.parametrize(
    "document",
    [
        bomb(3),
        bomb(12),
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]><a/>',
        "<a" + ">" * 5,
        "<a>" * 300,
        "<a>" * 300 + "</a>" * 300,
        "<a><b></a>",
        "<a>",
        "",
        "{}",
        "<a/><b/>",
        '<a x="1" x="2"/>',
        '<?xml version="1.0" encoding="no-such"?><a/>',
        "<a>" + "x" * 4_200_000 + "</a>",
    ],
    ids=lambda document: document[:40],
)
def test_hostile_and_broken_xml_is_refused(document: str) -> None:
    with pytest.raises(InvalidSidecar, match="scanner's document") as caught:
        mapped(document, {"format": "xml", "fields": {"site": {"path": "."}}})
    assert caught.value.remedy


def test_a_document_of_another_kind_is_refused() -> None:
    with pytest.raises(InvalidSidecar, match=r"is a '{urn:other}ScanRecord'; its profile expects"):
        mapped(XML.format(encoding="utf-8").replace("urn:invented:record", "urn:other"))


def test_broken_utf_16_is_refused() -> None:
    with pytest.raises(InvalidSidecar, match="broken"):
        mapped(codecs.BOM_UTF16_LE + XML.encode("utf-16-le")[:-1])


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b'{"a": NaN}',
        b'{"a": 1} {}',
        b"\xff\xfe{",
        b"\x80",
        b'"' + b"x" * 4_200_000 + b'"',
    ],
    ids=lambda document: repr(document[:12]),
)
def test_hostile_and_broken_json_is_refused(document: bytes) -> None:
    with pytest.raises(InvalidSidecar, match="scanner's document"):
        mapped(document, {"format": "json", "fields": {"site": {"path": ""}}})


@pytest.mark.parametrize(
    ("pointer", "says"),
    [
        ("/a", "a: no single value"), ("/a/b/9", None), ("/a/b/01", None), ("/a/b/-", None), ("/c/d", None),
        ("/big", "site"), ("/a/b", "2 values"),
    ],
)  # fmt: skip
def test_a_pointer_that_leads_nowhere_finds_nothing(pointer: str, says: str | None) -> None:
    document = '{"a": {"b": ["x", "y"]}, "c": "text", "big": ' + "9" * 4000 + "}"
    sidecar, cautions = mapped(document, {"format": "json", "fields": {"site": {"path": pointer}}})
    assert sidecar == Sidecar(scanner="gate_scanner", units=())
    assert cautions[0].startswith("sidecar_not_understood" if says else "sidecar_missing")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("b/@n", "7"), ("string(b/c)", "two words"), ("b/c", "two words"), ("count(b)", "1.0"), ("boolean(b)", "true"),
        ("number(b/c)", None), ("x", None), ("b | b/c", None),
    ],
)  # fmt: skip
def test_what_xpaths_find(path: str, value: str | None) -> None:
    document = '<a><b n="7"><c>two <i>words</i></c></b></a>'
    sidecar, _ = mapped(document, {"format": "xml", "fields": {"site": {"path": path}}})
    assert sidecar.site == value


@pytest.mark.parametrize("seed", range(3))
def test_mutants_end_as_a_sidecar_or_as_an_invalid_one(seed: int) -> None:
    rng, whole = random.Random(seed), XML.format(encoding="utf-8").encode()
    refused = 0
    for _ in range(300):
        mutant = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(mutant))
            mutant[at : at + rng.randint(0, 3)] = bytes(rng.randrange(256) for _ in range(rng.randint(0, 3)))
        try:
            sidecar = mapped(bytes(mutant)).sidecar
        except InvalidSidecar:
            refused += 1
        else:
            assert sidecar.scanner == "gate_scanner"
    assert 20 < refused < 300


# what a profile must not say


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ({"format": "yaml"}, "'xml' or 'json'"),
        ({"format": "xml", "fields": {"colour": {"path": "a"}}}, "colour is not in the sidecar"),
        ({"format": "xml", "fields": {"scanner": {"path": "a"}}}, "scanner is not in the sidecar"),
        ({"format": "xml", "fields": {"site": {"path": "a["}}}, "no XPath"),
        ({"format": "xml", "fields": {"site": {"path": "p:a"}}}, "Undefined namespace prefix"),
        ({"format": "xml", "units": [{"each": "a[", "plate": {"path": "a"}}]}, "no XPath"),
        ({"format": "xml", "units": [{"each": "a"}]}, "neither a container number nor a plate"),
        ({"format": "json", "fields": {"site": {"path": "a"}}}, "no JSON pointer"),
        ({"format": "json", "root": "a"}, "are of XML"),
        ({"format": "xml", "fields": {"site": {"path": "a", "unit": "mm"}}}, "not a unit of it"),
        ({"format": "xml", "fields": {"energies_mv": {"path": "a", "unit": "mm"}}}, "not a unit of it"),
        (
            {"format": "xml", "fields": {"acquired_at": {"path": "a", "time_zone": "Mars/Base"}}},
            "no time zone",
        ),
        ({"format": "xml", "fields": {"acquired_at": {"path": "a", "time_format": "%Q"}}}, "time_format"),
    ],
)
def test_a_mapping_that_cannot_be_stops_the_start(mapping: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        SidecarMapping.model_validate(mapping)


def test_a_size_code_that_the_cameras_read_is_taken_as_it_came() -> None:
    units = [
        {"each": "u", "container_number": {"path": "@n"}, "size_and_type": {"path": "@s", "empty": ["-"]}}
    ]
    mapping = {"format": "xml", "units": units}
    sidecar, cautions = mapped(
        '<a><u n="CSQU3054383" s="22G1"/><u n="TGHU7599330" s="-"/><u n="X1Y2Z3" s="far too long"/></a>',
        mapping,
    )
    assert [unit.size_and_type for unit in sidecar.units] == ["22G1", None, None]
    assert cautions == (
        "sidecar_missing: the scanner's document does not say units.size_and_type.",
        "sidecar_not_understood: in the scanner's document units.size_and_type (12 characters).",
    )
