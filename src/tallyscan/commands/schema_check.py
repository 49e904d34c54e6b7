"""Documents against the schema of whoever made them: XSD 1.0 and 1.1, and JSON Schema.

Schemas are the integrator's and are read from disk alone; nothing is fetched.
"""

import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from lxml import etree

from tallyscan.errors import TallyscanError
from tallyscan.strict_json import strict_json
from tallyscan.xml_document import BrokenXml, is_xml, parsed_xml

MOST_FAULTS = 20

CheckSchema = Callable[[bytes], list[str]]
"""What is wrong with a document by the schema, each as a sentence; empty when nothing is."""


def schema_check(path: Path, most_bytes: int) -> CheckSchema:
    """The check of a schema file. Raises `TallyscanError` when it is no schema, or its checker is not installed."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TallyscanError(f"{path} cannot be read: {error.strerror}.", remedy="Check the path.") from error
    return _xsd_check(path, most_bytes) if is_xml(data) else _json_check(path, data)


def _xsd_check(path: Path, most_bytes: int) -> CheckSchema:
    try:
        import xmlschema
    except ImportError as error:
        raise _not_installed("xmlschema") from error
    try:  # 1.1 takes schemas of 1.0 too; "local": what a schema includes lies beside it
        schema = xmlschema.XMLSchema11(str(path), allow="local", defuse="always")
    except (xmlschema.XMLSchemaException, etree.LxmlError, OSError, ValueError) as error:
        raise TallyscanError(
            f"{path} is no XML Schema: {_first_line(error)}", remedy="Name another."
        ) from error

    def check(document: bytes) -> list[str]:
        if not is_xml(document):
            return ["It is no XML, and the schema is one of XML."]
        try:
            root = parsed_xml(document, most_bytes=most_bytes)
        except BrokenXml as error:
            return [f"It {error.what}. {error.remedy}"]
        found = islice(schema.iter_errors(root), MOST_FAULTS)
        return [f"{fault.path or '/'}: {_first_line(fault.reason or fault.message)}" for fault in found]

    return check


def _json_check(path: Path, data: bytes) -> CheckSchema:
    try:
        import jsonschema
    except ImportError as error:
        raise _not_installed("jsonschema") from error
    try:
        schema = json.loads(data)
        kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
        kind.check_schema(schema)
    except (ValueError, TypeError, jsonschema.SchemaError) as error:
        raise TallyscanError(
            f"{path} is neither XML Schema nor JSON Schema: {_first_line(error)}", remedy="Name another."
        ) from error
    validator = kind(schema)

    def check(document: bytes) -> list[str]:
        try:
            said = strict_json(document)
        except ValueError as error:
            return [f"It is no JSON: {error}."]
        found = islice(validator.iter_errors(said), MOST_FAULTS)
        return [f"{fault.json_path}: {_first_line(fault.message)}" for fault in found]

    return check


def _not_installed(package: str) -> TallyscanError:
    return TallyscanError(
        f"Checking a schema needs {package}, which is not installed.",
        remedy="Install it: pip install 'tallyscan[schemas]'.",
    )


def _first_line(said: object) -> str:
    return (str(said).strip().splitlines() or [""])[0][:300]
