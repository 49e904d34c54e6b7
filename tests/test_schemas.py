"""The published schemas are those of the models, and they refuse what the models refuse."""

import json
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tallyscan.reading import reading_to_dict
from tests.broken_inputs import DECLARATION
from tests.report.builders import made_reading, made_unread

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
CURRENT: dict[str, dict[str, Any]] = runpy.run_path(str(REFERENCE / "write_schemas.py"))["schemas"]()


@pytest.mark.parametrize("name", sorted(CURRENT))
def test_the_published_schema_is_current(name: str) -> None:
    published = json.loads((REFERENCE / name).read_text(encoding="utf-8"))
    assert published == CURRENT[name], "run: .venv/bin/python docs/reference/write_schemas.py"


@pytest.mark.parametrize("name", sorted(CURRENT))
def test_it_is_a_json_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(CURRENT[name])


def test_the_sidecar_schema_tells_right_from_wrong() -> None:
    check = jsonschema.Draft202012Validator(CURRENT["sidecar.schema.json"])
    right = {"energies_mv": [6.0, 4.0], "air_level": [50000.0], "pitch_mm": {"x": 4.2, "y": 5.2}}
    assert check.is_valid(right)
    assert check.is_valid({})
    assert not check.is_valid(right | {"pitch_mm": {"x": -4.2, "y": 5.2}})
    assert not check.is_valid(right | {"colour": "grey"})


def test_the_declaration_schema_tells_right_from_wrong() -> None:
    check = jsonschema.Draft202012Validator(CURRENT["declaration.schema.json"])
    assert check.is_valid(DECLARATION)
    assert not check.is_valid(DECLARATION | {"goodsItems": [{"goodsItemNumber": -1}]})
    assert not check.is_valid(DECLARATION | {"colour": "red"})


def test_the_reading_schema_tells_right_from_wrong() -> None:
    check = jsonschema.Draft202012Validator(CURRENT["reading.schema.json"])
    reading = reading_to_dict(made_reading())
    assert list(check.iter_errors(reading)) == []
    assert list(check.iter_errors(reading_to_dict(made_unread()))) == []
    assert not check.is_valid(reading | {"status": "perhaps"})
    assert not check.is_valid({key: value for key, value in reading.items() if key != "risk"})
    assert not check.is_valid(reading | {"sha256": "short"})
    assert not check.is_valid(reading | {"risk": reading["risk"] | {"score": None}})
    undetermined = next(verdict for verdict in reading["verdicts"] if verdict["score"] is None)
    assert not check.is_valid(reading | {"verdicts": [undetermined | {"score": 0.0}]})


def test_the_event_holds_the_reading_to_its_own_schema() -> None:
    event, reading = CURRENT["event.schema.json"], dict(CURRENT["reading.schema.json"])
    shared = reading.pop("$defs")
    assert event["$defs"]["Reading"] == reading
    assert {name: event["$defs"][name] for name in shared} == shared


def test_the_reading_does_not_publish_what_only_rules_use() -> None:
    reading = made_reading()
    used = replace(reading.containers[0], not_penetrated=0.3, goods_mean_alpha=2.5)
    opaque = replace(reading, containers=(used,))
    assert reading_to_dict(opaque) == reading_to_dict(reading)
    properties = CURRENT["reading.schema.json"]["$defs"]["CargoUnit"]["properties"]
    assert not {"not_penetrated", "goods_mean_alpha"} & set(properties)
    assert "mismatch" in properties
