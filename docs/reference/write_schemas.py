"""Writes the published JSON Schemas and the description of the interface from what the service itself uses.

.venv/bin/python docs/reference/write_schemas.py
"""

import json
from pathlib import Path
from typing import Any, cast

from tallyscan.declaration import Declaration
from tallyscan.reading import reading_schema
from tallyscan.report.event_schema import event_schema
from tallyscan.sidecar import Sidecar
from tallyscan.web.app import create_app
from tallyscan.web.service import Service

FOLDER = Path(__file__).parent


def schemas() -> dict[str, dict[str, Any]]:
    """Each published schema by its file name."""
    return {
        "declaration.schema.json": Declaration.model_json_schema(by_alias=True),
        "event.schema.json": event_schema(),
        "openapi.json": create_app(cast(Service, None)).openapi(),  # the console's client is made from it
        "reading.schema.json": reading_schema(),
        "sidecar.schema.json": Sidecar.model_json_schema(),
    }


if __name__ == "__main__":
    for name, schema in schemas().items():
        (FOLDER / name).write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
