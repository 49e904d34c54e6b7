"""Examples of figures and of the board of a site; all of it is invented."""

from typing import Any

from tallyscan.web.examples import READ_SCAN

_NO_AGREEMENT: dict[str, Any] = {
    "same": {"seen": 0, "of": 0, "share": None, "low": None, "high": None},
    "kappa": None,
    "kappa_low": None,
    "kappa_high": None,
    "pairs": [],
}
FIGURES: dict[str, Any] = {
    "arrivals": 412,
    "waiting": 2,
    "lanes": {"green": 340, "yellow": 42, "red": 20, "not_assessed": 8},
    "not_assessed": {"seen": 8, "of": 410, "share": 0.019512, "low": 0.009919, "high": 0.038025},
    "read_after": {"counted": 410, "median_s": 6.2, "p90_s": 14.8},
    "decided_after": {"counted": 396, "median_s": 88.0, "p90_s": 240.5},
    "machine": {"counted": 410, "median_s": 2.1, "p90_s": 3.4},
    "officer": {"counted": 396, "median_s": 39.0, "p90_s": 95.0},
    "hits": {"seen": 3, "of": 40, "share": 0.075, "low": 0.025833, "high": 0.198645},
    "false_alarms": {"seen": 25, "of": 28, "share": 0.892857, "low": 0.728049, "high": 0.962935},
    "missed": {"seen": 0, "of": 9, "share": 0.0, "low": 0.0, "high": 0.29915},
    "readers": {
        "same": {"seen": 35, "of": 50, "share": 0.7, "low": 0.562482, "high": 0.808977},
        "kappa": 0.4,
        "kappa_low": 0.151125,
        "kappa_high": 0.648875,
        "pairs": [
            {"one": "clear", "other": "clear", "count": 20},
            {"one": "clear", "other": "suspicious", "count": 5},
            {"one": "suspicious", "other": "clear", "count": 10},
            {"one": "suspicious", "other": "suspicious", "count": 15},
        ],
    },
    "officer_machine": _NO_AGREEMENT,
    "blind": _NO_AGREEMENT,
    "budget": {
        "of": "inspections",
        "kept": {"seen": 57, "of": 60, "share": 0.95, "low": 0.863021, "high": 0.98286},
        "budget": 270,
        "used": 168,
    },
}
STATISTICS: dict[str, Any] = {
    "first_day": "2026-02-01",
    "last_day": "2026-02-28",
    "time_zone": "Europe/Vilnius",
    "site": None,
    "scanner": None,
    "whole": FIGURES,
    "parts": {"site": [{"name": "XXAAA", "figures": FIGURES}]},
}
SITES: dict[str, Any] = {"sites": ["XXAAA", "XXOFF001"]}
BOARD: dict[str, Any] = {
    "site": "XXAAA",
    "at": "2026-02-01T02:20:00Z",
    "since": "2026-01-31T16:00:00Z",
    "to_be_read": 0,
    "to_be_decided": 1,
    "waiting": [
        {
            "scan": READ_SCAN["id"],
            "name": "scan.tif",
            "marks": ["CSQU3054383"],
            "consignment": "26XX000000A1B2C3D4",
            "waits": "to_be_decided",
            "since": "2026-02-01T02:15:21Z",
            "lane": "red",
            "risk_score": 0.7634,
            "place": {
                "selected": True,
                "by": "budget",
                "reason": "3 of at most 64 scans of this shift can be looked at; its risk of 0.7634 is above 0.3124.",
            },
            "hidden": False,
        }
    ],
    "counts": {
        "arrived": 31,
        "decided": 30,
        "opened": 1,
        "referred": 1,
        "lanes": {"green": 27, "yellow": 2, "red": 1, "not_assessed": 1},
        "orders": {"release": 26, "second_reading": 1, "rescan": 0, "open": 1, "refer": 1},
    },
    "of": "inspections",
    "shifts": [
        {
            "name": "night",
            "begins_at": "2026-01-31T16:00:00Z",
            "ends_at": "2026-02-01T04:00:00Z",
            "budget": 3,
            "used": 1,
            "now": True,
        }
    ],
    "selected": 2,
}
