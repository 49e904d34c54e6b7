"""Examples of referrals for the interface description; offices, people and answers are invented."""

from typing import Any

from tallyscan.web.review_examples import DECISION

_ID: str = "5e0a7c42-31b8-4f5e-9a0d-6c2b8f1d4e30"
_SCAN: str = DECISION["scan_id"]
TO: dict[str, Any] = {
    "office": "XX000900",
    "authority": "customs",
    "purpose": "Is the consignee known to you?",
    "answer_by": "2026-02-01T06:00:00Z",
}
STEP_SAID: dict[str, Any] = {
    "id": "8c1f2a90-5d3e-4b7a-8f60-2e9d4c1b7a40",
    "by": "contact-point-2",
    "at": "2026-02-01T03:10:00Z",
    "step": "answered",
    "code": "open_load",
    "office": "XX000900",
    "reference": "CASE-0001",
    "comment": "The consignee was deregistered last month. Look behind the front wall.",
}
STEP: dict[str, Any] = {
    **STEP_SAID,
    "corrects": None,
    "to": None,
    "referral": _ID,
    "scan_id": _SCAN,
    "received_at": "2026-02-01T03:10:01.200000Z",
}
REFERRAL: dict[str, Any] = {
    "id": _ID,
    "state": "answered",
    "referral": {
        **DECISION,
        "id": _ID,
        "decision": "refer",
        "reason": "other_authority",
        "refer_to": TO,
    },
    "to": TO,
    "overdue": False,
    "steps": [STEP],
    "closed_at": "2026-02-01T03:10:01.200000Z",
    "scan": _SCAN,
    "scan_name": "scan.tif",
    "acquired_at": "2026-02-01T02:14:00Z",
    "revision": 1,
    "consignment": "26XX000001A1B2C3D4",
    "declared": "Garments (620342), 9.0\u00a0t",
    "lane": "red",
    "reasons": ["F1: Looks like a false wall, floor or roof: 6.1 g/cm2 more than its surroundings."],
    "links": {
        "scan": f"/v1/scans/{_SCAN}",
        "picture": f"/v1/scans/{_SCAN}/picture",
        "report": f"/v1/scans/{_SCAN}/report",
        "sheet": f"/v1/scans/{_SCAN}/sheet",
        "risk_record": "/v1/consignments/26XX000001A1B2C3D4/risk-record",
    },
}
REFERRAL_LIST: dict[str, Any] = {
    "office": "XX000900",
    "state": "answered",
    "referrals": [REFERRAL],
    "past": [],
    "more": False,
}
