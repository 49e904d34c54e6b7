"""Examples of what comes in about the consignment of `examples`; systems, people and values are invented."""

from typing import Any

from tallyscan.web.examples import READ_SCAN

_CONSIGNMENT: str = READ_SCAN["consignment"]


def _on_record(said: dict[str, Any], **more: Any) -> dict[str, Any]:
    known = {
        "corrects": None,
        "comment": None,
        "consignment": _CONSIGNMENT,
        "received_at": "2026-02-01T04:52:31Z",
    }
    return known | said | more


RISK_SCORE_SAID: dict[str, Any] = {
    "id": "d3d1f3a0-3b8e-4f0e-8f0a-1b5b8f6f2a01",
    "by": "risk-engine",
    "at": "2026-01-31T22:00:00Z",
    "score": 0.2,
    "lane": "yellow",
    "codes": ["R-017", "R-203"],
    "reference": "ASSESSMENT-1",
}
RISK_SCORE = _on_record(RISK_SCORE_SAID)
WEIGHING_SAID: dict[str, Any] = {
    "id": "d3d1f3a0-3b8e-4f0e-8f0a-1b5b8f6f2a02",
    "by": "gate-2",
    "at": "2026-02-01T02:10:00Z",
    "kg": 24360.0,
    "covers": "vehicle_gross",
    "tare_kg": 14900.0,
    "device": "weighbridge-1",
    "container": "ZZZU9478295",
}
WEIGHING = _on_record(WEIGHING_SAID)
CONTROL_RESULT_SAID: dict[str, Any] = {
    "id": "d3d1f3a0-3b8e-4f0e-8f0a-1b5b8f6f2a03",
    "by": "inspector-3",
    "at": "2026-02-01T04:40:00Z",
    "comment": "Cigarettes behind a second wall.",
    "code": "B1",
    "container": "ZZZU9478295",
    "opened": "wholly",
    "found_hs": ["240220"],
    "quantity": 400000.0,
    "quantity_of": "cigarettes",
    "seals": "intact",
    "office": "XX000001",
    "reference": "CONTROL-0001",
}
CONTROL_RESULT = _on_record(CONTROL_RESULT_SAID, outcome="found")
INTERVIEW_SAID: dict[str, Any] = {
    "id": "d3d1f3a0-3b8e-4f0e-8f0a-1b5b8f6f2a04",
    "by": "officer-7",
    "at": "2026-02-01T02:05:00Z",
    "asked": "driver",
    "answers": [{"question": "Who loaded the goods?", "answer": "I was not there."}],
    "profile": "paper-new-route",
}
INTERVIEW = _on_record(INTERVIEW_SAID)
INCOMING_LIST: dict[str, Any] = {
    "consignment": _CONSIGNMENT,
    "risk_scores": [RISK_SCORE],
    "weighings": [WEIGHING],
    "control_results": [CONTROL_RESULT],
    "interviews": [INTERVIEW],
    "standing": [entry["id"] for entry in (RISK_SCORE, WEIGHING, CONTROL_RESULT, INTERVIEW)],
}
EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "control-0001",
    "source": "urn:example:risk-system",
    "type": "org.tallyscan.control-result.recorded.v1",
    "subject": _CONSIGNMENT,
    "time": "2026-02-01T04:50:00Z",
    "datacontenttype": "application/json",
    "data": {name: value for name, value in CONTROL_RESULT_SAID.items() if name != "id"},
}
