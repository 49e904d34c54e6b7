"""What the description of the interface shows of crossing points."""

from typing import Any

_SOURCE = "https://gate.example/tallyscan"
BATCH: dict[str, Any] = {
    "events": [
        {
            "specversion": "1.0",
            "id": "b3f1c9de-0000-4000-8000-000000000001",
            "source": _SOURCE,
            "type": "org.tallyscan.quarantine.added.v1",
            "subject": "quarantine/9f1c",
            "time": "2026-02-01T02:15:23Z",
            "datacontenttype": "application/json",
            "dataschema": "urn:tallyscan:schema:quarantine:1.0",
            "sequence": "1",
            "data": {},
        }
    ]
}
TAKEN: dict[str, Any] = {
    "outcomes": [{"id": "b3f1c9de-0000-4000-8000-000000000001", "outcome": "taken", "reason": None}]
}
STANDING: dict[str, Any] = {"source": _SOURCE, "waiting": 12, "waiting_since": "2026-02-01T01:58:02Z"}
POINTS: dict[str, Any] = {
    "crossing_points": [
        {
            "source": _SOURCE,
            "name": "Northern gate",
            "sites": ["XXOFF001"],
            "url": "https://gate.example",
            "state": "heard",
            "heard_at": "2026-02-01T02:15:23Z",
            "newest_at": "2026-02-01T02:15:20Z",
            "taken": 1840,
            "repeats": 3,
            "gaps": 0,
            "late": 0,
            "refused": 0,
            "refusal": None,
            "waiting": 0,
            "waiting_since": None,
            "lag_seconds": 0.0,
        }
    ]
}
ELSEWHERE: dict[str, Any] = {
    "consignment": "26NL000510A1B2C3D4",
    "scans": [
        {
            "source": _SOURCE,
            "name": "Northern gate",
            "sites": ["XXOFF001"],
            "scan": "7d1f0f8e-0000-4000-8000-000000000002",
            "at": "2026-02-01T02:15:20Z",
            "heard_at": "2026-02-01T02:15:23Z",
            "lane": "red",
            "score": 0.83,
            "reason": None,
            "indicators": ["XR-ANOMALY"],
            "in_question": False,
            "point_state": "heard",
            "point_heard_at": "2026-02-01T02:15:23Z",
            "link": "https://gate.example/console/scans/7d1f0f8e-0000-4000-8000-000000000002",
            "said": [
                {
                    "kind": "decision",
                    "what": "suspicious",
                    "by": "officer-7",
                    "in_words": "The risk is at least red: open it.",
                    "at": "2026-02-01T02:16:40Z",
                }
            ],
        }
    ],
}
