"""Reads what a file sink wrote, as a receiver would."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

SCHEMA_FILE = Path(__file__).parents[2] / "docs/reference/event.schema.json"


@cache
def event_validator() -> jsonschema.Draft202012Validator:
    """Of the published schema, times and addresses included."""
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema, format_checker=checker)


def events_in(path: Path) -> list[dict[str, Any]]:
    """Every line as an event; a line that is no JSON is an error."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def assessments_in(path: Path) -> list[dict[str, Any]]:
    """Those of readings, decisions and the like; joins and the quarantine are told apart. All held to the schema."""
    others = ("scan-join", "quarantine")
    return [event for event in _valid_in(path) if not any(other in event["type"] for other in others)]


def joins_in(path: Path) -> list[dict[str, Any]]:
    """Those that tell what became of a join, held to the published schema."""
    return [event for event in _valid_in(path) if "scan-join" in event["type"]]


def quarantined_in(path: Path) -> list[dict[str, Any]]:
    """Those that tell what could not be used, held to the published schema."""
    return [event for event in _valid_in(path) if "quarantine" in event["type"]]


def _valid_in(path: Path) -> list[dict[str, Any]]:
    events = events_in(path)
    for event in events:
        event_validator().validate(event)
    return events
