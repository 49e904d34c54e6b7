"""Examples of an alert budget and a worklist; the site and all figures are invented."""

from typing import Any

from tallyscan.web.examples import READ_SCAN

BUDGET_SAID: dict[str, Any] = {
    "of": "inspections",
    "shifts": [
        {"name": "day", "starts": "06:00:00", "budget": 6, "scans": 120},
        {"name": "night", "starts": "18:00:00", "budget": 3, "scans": None},
    ],
    "time_zone": "Europe/Vilnius",
    "chance": 0.1,
    "by": "supervisor-1",
    "comment": "Two teams by day, one at night.",
}
BUDGET: dict[str, Any] = BUDGET_SAID | {"site": "XXAAA", "version": 1, "set_at": "2026-01-30T12:00:00Z"}
WORKLIST: dict[str, Any] = {
    "site": "XXAAA",
    "of": "inspections",
    "budget_version": 1,
    "shift": {
        "name": "night",
        "begins_at": "2026-01-31T16:00:00Z",
        "ends_at": "2026-02-01T04:00:00Z",
        "budget": 3,
    },
    "selected": 1,
    "bound": {
        "above_risk": 0.3124,
        "scans": 64,
        "past": 2000,
        "over_at_most": 0.091,
        "expected": 1.73,
        "share_at_most": 0.034,
    },
    "finds": {
        "controlled": 40,
        "found": 9,
        "share": 0.225,
        "at_least": 0.123,
        "false_alarms_at_most": 0.877,
        "by_scores": 0.561,
        "calibrated": False,
    },
    "scans": [
        {
            "scan": READ_SCAN["id"],
            "at": "2026-02-01T02:15:21Z",
            "lane": "red",
            "risk_score": 0.7634,
            "place": {
                "selected": True,
                "by": "budget",
                "reason": "3 of at most 64 scans of this shift can be looked at; its risk of 0.7634 is above 0.3124.",
            },
        }
    ],
}
