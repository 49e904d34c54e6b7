"""Writes the published JSON Schemas from the models that check the documents.

.venv/bin/python docs/reference/write_schemas.py
"""

import json
from pathlib import Path
from typing import Any

from tallyscan.declaration import Declaration
from tallyscan.reading import reading_schema
from tallyscan.report.event_schema import event_schema
from tallyscan.report.join_event import join_event_schema
from tallyscan.report.quarantine_event import quarantine_event_schema
from tallyscan.sidecar import Sidecar

FOLDER = Path(__file__).parent


def schemas() -> dict[str, dict[str, Any]]:
    """Each published schema by its file name."""
    return {
        "declaration.schema.json": Declaration.model_json_schema(by_alias=True),
        "event.schema.json": event_schema(),
        "join-event.schema.json": join_event_schema(),
        "quarantine-event.schema.json": quarantine_event_schema(),
        "reading.schema.json": reading_schema(),
        "sidecar.schema.json": Sidecar.model_json_schema(),
    }


if __name__ == "__main__":
    for name, schema in schemas().items():
        (FOLDER / name).write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
