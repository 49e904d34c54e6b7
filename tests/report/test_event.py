import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import jsonschema
import pytest

from tallyscan.reading import Reading, reading_from_dict, reading_to_dict
from tallyscan.report.indicators import reused_image
from tallyscan.report.risk_update import risk_update
from tallyscan.risk import Risk, RiskRecordEntry
from tallyscan.sidecar import Sidecar
from tests.reconcile.builders import made_declaration, made_item
from tests.report.builders import made_reading, made_unread
from tests.report.sink_reading import event_validator

SCHEMA = event_validator().schema
AT = datetime(2026, 2, 1, 11, 0, 2, tzinfo=timezone(timedelta(hours=1)))
ENTRY = RiskRecordEntry(7, AT, "scan_read", "s1", 2, Risk(0.9, "red"), supersedes=4)
NOTHING_KNOWN = {"consignment": None, "entry": None, "declaration": None, "sidecar": None}


def event_of(reading: Reading, **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "event_id": "a1",
        "revision": 1,
        "supersedes": None,
        "scan_id": "s1",
        "reused_from": None,
        "part_of": None,
        "unit": None,
        "consignment": "26NL000510A1B2C3D4",
        "entry": ENTRY,
        "at": AT,
        "source": "urn:tallyscan:invented",
        "declaration": made_declaration(made_item()),
        "sidecar": Sidecar(device="gate-1", site="NLRTM", acquired_at=AT),
    }
    return risk_update(reading, **(given | changes))


def check(event: dict[str, Any]) -> None:
    event_validator().validate(json.loads(json.dumps(event, allow_nan=False)))


@pytest.mark.parametrize(
    ("reading", "changes", "kind"),
    [
        (made_reading(), {}, "completed"),
        (made_reading(), {"revision": 2, "supersedes": "a0"}, "superseded"),
        (made_reading(), NOTHING_KNOWN, "completed"),
        (made_reading(), {"reused_from": "s0"}, "completed"),
        (made_unread(), {}, "failed"),
        (made_unread("rejected"), {"revision": 2, "supersedes": "a0", "sidecar": None}, "failed"),
    ],
)
def test_every_event_follows_its_schema(reading: Reading, changes: dict[str, Any], kind: str) -> None:
    event = event_of(reading, **changes)
    check(event)
    assert event["type"] == f"org.tallyscan.scan-assessment.{kind}.v1"


def test_the_schema_itself_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("reading", [made_reading(), made_unread(), made_unread("rejected")])
def test_the_event_carries_the_reading_as_it_is_published(reading: Reading) -> None:
    carried = event_of(reading)["data"]["reading"]
    assert carried == reading_to_dict(reading)
    assert reading_from_dict(carried) == reading


def test_what_the_envelope_says() -> None:
    event = event_of(made_reading())
    assert event["id"] == "a1"
    assert event["subject"] == "26NL000510A1B2C3D4"
    assert event["time"] == "2026-02-01T10:00:02Z"
    assert event["sequence"] == "7"
    data = event["data"]
    del data["reading"]
    assert data == {
        "scan_id": "s1",
        "revision": 1,
        "supersedes": None,
        "reused_from": None,
        "part_of": None,
        "unit": None,
        "consignment": "26NL000510A1B2C3D4",
        "declaration": {"mrn": None, "lrn": "INVENTED-1", "version": 2},
        "device": "gate-1",
        "site": "NLRTM",
        "acquired_at": "2026-02-01T10:00:02Z",
        "marks_read": [],
        "images": [],
        "record": {"sequence": 7, "supersedes": 4, "risk": {"score": 0.9, "lane": "red", "indicators": []}},
        "advisory": True,
        "calibrated": False,
        "review_required": True,
        "links": {
            "scan": "/v1/scans/s1",
            "risk_record": "/v1/consignments/26NL000510A1B2C3D4/risk-record",
        },
    }


def test_only_a_green_reading_needs_no_person() -> None:
    green = replace(made_reading(), risk=Risk(0.02, "green"))
    assert event_of(green)["data"]["review_required"] is False


def test_a_reused_image_names_the_first_scan() -> None:
    risk = Risk(0.742, "red", (reused_image("s0"),))
    data = event_of(replace(made_reading(), risk=risk), reused_from="s0")["data"]
    assert data["reused_from"] == "s0"
    assert data["reading"]["risk"]["indicators"] == [
        {
            "code": "XR-REUSED-IMAGE",
            "weight": 4.0,
            "first_scan": "s0",
            "first_number": None,
            "group": "integrity",
            "before_cap": None,
            "lifts_to": None,
        }
    ]


def test_a_scan_without_a_consignment_is_its_own_subject() -> None:
    event = event_of(made_reading(), **NOTHING_KNOWN, revision=3)
    assert event["subject"] == "scan/s1"
    assert event["sequence"] == "3"
    assert event_of(made_reading(), **NOTHING_KNOWN, revision=3, reviews=2)["sequence"] == "5"
    assert event["data"]["record"] is None
    assert event["data"]["links"]["risk_record"] is None


def test_the_path_of_a_consignment_is_a_path() -> None:
    links = event_of(made_reading(), consignment="A/B 1")["data"]["links"]
    assert links["risk_record"] == "/v1/consignments/A%2FB%201/risk-record"


def test_a_failure_asks_for_a_person_and_has_no_score() -> None:
    data = event_of(made_unread())["data"]
    assert data["reading"]["risk"]["score"] is None
    assert data["reading"]["risk"]["lane"] == "not_assessed"
    assert data["review_required"] is True
    assert data["reading"]["reason"].startswith("black_image")


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        event_of(made_reading(), at=datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("data", "reading", "risk", "score"), None),
        (("data", "reading", "risk", "lane"), "GREEN"),
        (("data", "reading", "risk", "lane"), "not_assessed"),
        (("data", "reading", "verdicts", 3, "score"), 0.0),
        (("data", "reading", "verdicts", 2, "score"), None),
        (("data", "reading", "status"), "rejected"),
        (("data", "reading", "sha256"), "short"),
        (("data", "reading", "findings", 0, "kind"), "dragons"),
        (("data", "reading"), {}),
        (("data", "calibrated"), True),
        (("data", "acquired_at"), "2026-02-01T11:00:02+01:00"),
        (("sequence",), 7),
        (("type",), "org.tallyscan.scan-assessment.failed.v1"),
        (("time",), "yesterday"),
    ],
)
def test_the_schema_refuses_what_would_mislead(path: tuple[Any, ...], value: Any) -> None:
    event = copy.deepcopy(event_of(made_reading()))
    target: Any = event
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        check(event)


def _undescribed(value: Any, schema: dict[str, Any], path: str) -> list[str]:
    """Paths of the event that the schema does not describe."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].split("/")[-1]]
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
        if "$ref" in part or "properties" in part:
            return _undescribed(value, part, path)
    if isinstance(value, dict):
        if schema.get("additionalProperties"):
            return []  # open on purpose: evidence, runtime
        known = schema.get("properties", {})
        unknown = [f"{path}.{key}" for key in value if key not in known]
        return unknown + [
            x for k, v in value.items() if k in known for x in _undescribed(v, known[k], f"{path}.{k}")
        ]
    if isinstance(value, list) and value:
        return _undescribed(value[0], schema.get("items", {}), f"{path}[]")
    return []


def test_the_schema_describes_every_property() -> None:
    assert _undescribed(event_of(made_reading()), SCHEMA, "event") == []


def test_times_are_in_utc() -> None:
    assert event_of(made_reading(), at=AT.astimezone(UTC))["time"] == event_of(made_reading())["time"]
