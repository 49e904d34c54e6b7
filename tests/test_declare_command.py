"""`tallyscan declare`."""

import json
from pathlib import Path

import pytest

from tallyscan.__main__ import main
from tallyscan.declaration import parse_declaration
from tests.declare.documents import MESSAGES, documents
from tests.hs_table import hs_csv

Capture = pytest.CaptureFixture[str]
XSD = """<?xml version="1.0"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" version="1.1">
  <xs:element name="CC015C"><xs:complexType><xs:sequence>
    <xs:element name="TransitOperation"><xs:complexType><xs:sequence>
      <xs:element name="LRN" type="xs:token"/>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence>
  <xs:assert test="TransitOperation/LRN != 'EXAMPLE-2'"/>
  </xs:complexType></xs:element>
</xs:schema>
"""


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_it_says_what_each_file_declares_and_what_is_remarked(capsys: Capture, tmp_path: Path) -> None:
    doubtful = tmp_path / "doubtful.xml"
    doubtful.write_bytes(documents()["ncts"].replace(b"<numberOfPackages>20<", b"<numberOfPackages>many<"))
    paths = [str(path) for path in sorted(MESSAGES.iterdir())]
    assert main(["declare", "validate", *paths, str(doubtful)]) == 0
    out = capsys.readouterr().out
    for name in ("ncts", "ics2", "asycuda", "csv"):
        assert f": {name} EXAMPLE-000123: CSQU3054383, EXAMPLE1, EXAMPLE2: Wooden furniture" in out
    assert (
        f"{doubtful}:   not_a_number: ConsignmentItem 2 Packaging/numberOfPackages is 'many': no number."
        in out
    )


def test_what_cannot_be_used_ends_with_one_and_the_reason(capsys: Capture, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xml"
    broken.write_bytes(b"<CC015C/>")
    assert main(["declare", "validate", str(broken), str(MESSAGES / "ncts.xml")]) == 1
    out = capsys.readouterr().out
    assert f"{broken}: cannot be used: The NCTS message has no identity" in out
    assert "EXAMPLE-000123" in out
    assert main(["declare", "validate", str(tmp_path / "none.xml")]) == 2


def test_the_canonical_json_is_alone_on_stdout_and_can_be_sent(capsys: Capture) -> None:
    assert main(["declare", "validate", "--canonical", *(str(path) for path in MESSAGES.iterdir())]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert {parse_declaration(line.encode()).reference for line in lines} == {"EXAMPLE-000123"}
    assert len(lines) == 4
    assert "EXAMPLE-000123" in captured.err


def test_an_xml_schema_of_1_1_is_held_against_messages(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "s.xsd").write_text(XSD)
    text = "<CC015C><TransitOperation><LRN>{}</LRN>{}</TransitOperation></CC015C>"
    for name, lrn, more in (
        ("good", "EXAMPLE-1", ""),
        ("asserted", "EXAMPLE-2", ""),
        ("more", "EXAMPLE-3", "<x/>"),
    ):
        (tmp_path / f"{name}.xml").write_text(text.format(lrn, more))
        main(["declare", "validate", "--schema", "s.xsd", f"{name}.xml"])
    out = capsys.readouterr().out
    assert "good.xml: not by its schema" not in out
    assert "asserted.xml: not by its schema: /CC015C: assertion test" in out
    assert "more.xml: not by its schema: /CC015C/TransitOperation: Unexpected child" in out


def test_a_schema_fetches_nothing(capsys: Capture, tmp_path: Path) -> None:
    include = '<xs:include schemaLocation="http://127.0.0.1:1/other.xsd"/>'
    (tmp_path / "s.xsd").write_text(XSD.replace('version="1.1">', f'version="1.1">{include}'))
    assert main(["declare", "validate", "--schema", "s.xsd", str(MESSAGES / "ncts.xml")]) == 2
    assert "no XML Schema" in capsys.readouterr().err


def test_a_json_schema_is_held_against_canonical_json(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"type": "object", "required": ["MRN"]}))
    (tmp_path / "d.json").write_bytes(documents()["canonical"])
    assert main(["declare", "validate", "--schema", "s.json", "d.json"]) == 1
    assert "d.json: not by its schema: $: 'MRN' is a required property" in capsys.readouterr().out


@pytest.mark.parametrize("schema", ["text", "{}{", '{"type": 7}', "<not-a-schema/>"])
def test_what_is_no_schema_is_said(capsys: Capture, tmp_path: Path, schema: str) -> None:
    (tmp_path / "s").write_text(schema)
    assert main(["declare", "validate", "--schema", "s", str(MESSAGES / "ncts.xml")]) == 2
    assert "Schema" in capsys.readouterr().err


def test_imported_codes_are_held_against_declarations(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "hs.csv").write_text("\ufeff" + hs_csv(), encoding="utf-8")
    assert main(["declare", "import-hs", "hs.csv", "--data", "data"]) == 0
    assert "1200 headings and 5000 subheadings" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["harmonized_system.csv"]
    assert main(["declare", "validate", "--data", "data", str(MESSAGES / "ncts.xml")]) == 0
    assert "unknown_code: Item 2: the commodity code 320890 is in heading 3208" not in capsys.readouterr().out
    strange = documents()["ncts"].replace(b"320890", b"329990")
    (tmp_path / "strange.xml").write_bytes(strange)
    main(["declare", "validate", "--data", "data", "strange.xml"])
    assert "unknown_code: Item 2: the commodity code 329990 is in heading 3299" in capsys.readouterr().out


@pytest.mark.parametrize(
    "table", [b"code,title\n1,2\n", hs_csv(headings=10).encode(), "hscode;ü".encode("cp1252")]
)
def test_a_table_that_is_none_is_not_imported(capsys: Capture, tmp_path: Path, table: bytes) -> None:
    (tmp_path / "hs.csv").write_bytes(table)
    assert main(["declare", "import-hs", "hs.csv", "--data", "data"]) == 2
    assert "is no table of the Harmonized System" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()
