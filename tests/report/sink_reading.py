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
    """The same, held to the published schema."""
    events = events_in(path)
    for event in events:
        event_validator().validate(event)
    return events
