"""Examples of decisions and inspections for the interface description, of the scan in `examples`; people, office and
what was found are invented."""

from typing import Any

from tallyscan.web.examples import READ_SCAN

_SCAN_ID: str = READ_SCAN["id"]
_FINDING = READ_SCAN["findings"][0]

DECISION_SAID: dict[str, Any] = {
    "id": "2f1c6d0a-9d6e-4b7a-8a55-6e1b0f3c2d10",
    "by": "officer-7",
    "at": "2026-02-01T02:16:10Z",
    "comment": "The front wall is thicker than the others.",
    "decision": "suspicious",
    "reason": "hidden_space",
    "regions": [{"box": _FINDING["box"], "family": _FINDING["kind"]}],
    "reader": "first",
    "revision": 1,
    "marks_shown": True,
    "seconds": 41.5,
}
DECISION: dict[str, Any] = {
    **DECISION_SAID,
    "corrects": None,
    "scan_id": _SCAN_ID,
    "received_at": "2026-02-01T02:16:10.300000Z",
    "blind": False,
}
DECISION_LIST: dict[str, Any] = {
    "scan": _SCAN_ID,
    "revision": 1,
    "decisions": [DECISION],
    "undos": [],
    "standing": [DECISION["id"]],
}

INSPECTION_SAID: dict[str, Any] = {
    "id": "7b9d2e64-0c1f-4a83-9b0e-1f5a4d3c2b20",
    "by": "inspector-3",
    "at": "2026-02-01T04:40:00Z",
    "comment": "Behind a second wall at the front.",
    "opened": "wholly",
    "found": True,
    "discrepancy": False,
    "regions": [{"region": "F1", "box": _FINDING["box"], "found": True}],
    "revision": 1,
    "items": [
        {
            "family": "cigarettes_behind_cover",
            "hs": "240220",
            "description": "Cigarettes",
            "count": 400000,
            "count_of": "cigarettes",
            "mass_kg": 520.0,
            "box": _FINDING["box"],
            "unit": 1,
        }
    ],
    "office": "XX000001",
    "reference": "CONTROL-0001",
    "control_result": "B1",
}
INSPECTION: dict[str, Any] = {
    **INSPECTION_SAID,
    "corrects": None,
    "scan_id": _SCAN_ID,
    "received_at": "2026-02-01T04:52:31.100000Z",
}
INSPECTION_LIST: dict[str, Any] = {
    "scan": _SCAN_ID,
    "inspections": [INSPECTION],
    "standing": [INSPECTION["id"]],
}
