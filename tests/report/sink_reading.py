"""Reads what a file sink wrote, as a receiver would."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

SCHEMA_FILE = Path(__file__).parents[2] / "docs/reference/event.schema.json"
JOIN_SCHEMA_FILE = SCHEMA_FILE.with_name("join-event.schema.json")
QUARANTINE_SCHEMA_FILE = SCHEMA_FILE.with_name("quarantine-event.schema.json")


@cache
def event_validator(file: Path = SCHEMA_FILE) -> jsonschema.Draft202012Validator:
    """Of a published schema, times and addresses included."""
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    schema = json.loads(file.read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema, format_checker=checker)


def events_in(path: Path) -> list[dict[str, Any]]:
    """Every line as an event; a line that is no JSON is an error."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def assessments_in(path: Path) -> list[dict[str, Any]]:
    """Those that tell a reading, held to the published schema; so are the others to theirs."""
    events = events_in(path)
    others = joins_in(path) + quarantined_in(path)
    assessments = [event for event in events if event not in others]
    for event in assessments:
        event_validator().validate(event)
    return assessments


def joins_in(path: Path) -> list[dict[str, Any]]:
    """Those that tell what became of a join, held to the published schema."""
    return _of_type(path, "org.tallyscan.scan-join.changed.v1", JOIN_SCHEMA_FILE)


def quarantined_in(path: Path) -> list[dict[str, Any]]:
    """Those that tell what could not be used, held to the published schema."""
    return _of_type(path, "org.tallyscan.quarantine.added.v1", QUARANTINE_SCHEMA_FILE)


def _of_type(path: Path, kind: str, schema: Path) -> list[dict[str, Any]]:
    events = [event for event in events_in(path) if event["type"] == kind]
    for event in events:
        event_validator(schema).validate(event)
    return events
