"""Examples of the queue and of dispositions for the interface's description. People, traders and goods are invented."""

from typing import Any

from tallyscan.web.examples import READ_SCAN, RISK_RECORD

_CONSIGNMENT: str = RISK_RECORD["consignment"]
_FINDING = READ_SCAN["findings"][0]

DISPOSITION_SAID: dict[str, Any] = {
    "id": "5d0f6a52-13c7-4f43-9a58-0c8a6f2b7e31",
    "by": "officer-7",
    "at": "2026-02-01T03:05:00Z",
    "comment": "Begin at the front wall.",
    "disposition": "open",
    "ground": "anomaly",
    "record": 1,
    "look": [{"scan": READ_SCAN["id"], "finding": _FINDING["id"]}],
}
DISPOSITION: dict[str, Any] = {
    **DISPOSITION_SAID,
    "corrects": None,
    "look": [{"scan": READ_SCAN["id"], "finding": _FINDING["id"], "box": None, "in_words": None}],
    "contact_point": None,
    "purpose": None,
    "until": None,
    "consignment": _CONSIGNMENT,
    "received_at": "2026-02-01T03:05:00.200000Z",
}
DISPOSITION_LIST: dict[str, Any] = {
    "consignment": _CONSIGNMENT,
    "dispositions": [DISPOSITION],
    "undos": [],
    "standing": [DISPOSITION["id"]],
}
BULK_SAID: dict[str, Any] = {
    "consignments": [{"consignment": _CONSIGNMENT, "record": 1}],
    "id": "8e9b4c10-52d3-4a1e-8f55-3c1a7d9f0b42",
    "by": "officer-7",
    "disposition": "second_reading",
    "ground": "doubt",
}
BULK_ANSWER: dict[str, Any] = {
    "recorded": 1,
    "refused": 1,
    "answers": [
        {"consignment": _CONSIGNMENT, "outcome": "recorded", "disposition": DISPOSITION, "problem": None},
        {
            "consignment": "26XX000000Z9Y8X7W6",
            "outcome": "refused",
            "disposition": None,
            "problem": {
                "type": "urn:tallyscan:error:conflict",
                "title": "It does not fit what is on record",
                "status": 409,
                "detail": "Consignment '26XX000000Z9Y8X7W6' has no scan to be read.",
                "remedy": "Let it be scanned.",
            },
        },
    ],
}
QUEUE: dict[str, Any] = {
    "entries": [
        {
            "consignment": _CONSIGNMENT,
            "lane": "red",
            "risk_score": 0.83,
            "place": "red",
            "urgent": False,
            "waits_for": "opening",
            "deadline_at": "2026-02-01T06:00:00Z",
            "deadline_by": "shift",
            "reason": "Something in the image does not belong in such a load; Estimated mass, against the declared "
            "gross mass",
            "unassessed": None,
            "indicators": ["XR-ANOMALY", "XR-MASS"],
            "selected": None,
            "for_scan": False,
            "for_opening": False,
            "opened": False,
            "released": False,
            "disposition": DISPOSITION,
            "declared": "Shirts (620520), 9.0 t",
            "marks": ["CSQU3054383"],
            "traders": ["Invented Trading"],
            "sites": ["XXOFF001"],
            "scans": 1,
            "arrived_at": "2026-02-01T02:15:00Z",
            "record": 2,
            "changed_at": "2026-02-01T03:05:00.210000Z",
        }
    ],
    "next": None,
    "counts": {"lanes": {"red": 1}, "waits_for": {"opening": 1}, "total": 1},
    "budget": {
        "of": "inspections",
        "shift": "night",
        "begins_at": "2026-01-31T22:00:00Z",
        "ends_at": "2026-02-01T06:00:00Z",
        "budget": 12,
        "done": 4,
        "waiting": 1,
    },
    "to_be_written": 0,
}
PARTIES: dict[str, Any] = {
    "consignment": _CONSIGNMENT,
    "parties": [
        {
            "role": "consignee",
            "name": "Invented Trading",
            "identification_number": "XX123456789",
            "history": {
                "consignments": 14,
                "scanned": 6,
                "opened": 2,
                "finds": 1,
                "days_since_last": 11.4,
            },
            "earlier": [
                {
                    "consignment": "26XX000000Z9Y8X7W6",
                    "came_at": "2026-01-20T16:00:00Z",
                    "role": "consignee",
                    "lane": "red",
                    "risk_score": 0.71,
                    "scans": 1,
                    "declared": "Shirts (620520), 8.4 t",
                    "opened": True,
                    "found": True,
                }
            ],
        }
    ],
}
