"""Examples of what is told of models; all figures, sites and scanners are invented."""

from typing import Any

from tallyscan.web.budget_examples import WORKLIST

_RATE: dict[str, Any] = {"name": "clear", "rate": 0.85, "low": 0.81, "high": 0.88, "hits": 340, "count": 400}
_FAMILY: dict[str, Any] = {"name": "people", "rate": 0.9, "low": 0.74, "high": 0.97, "hits": 27, "count": 30}
_CONTRAST: dict[str, Any] = {
    "name": "under 1", "rate": 0.1, "low": 0.03, "high": 0.3, "hits": 2, "count": 20,
}  # fmt: skip

MODEL_LIST: dict[str, Any] = {
    "models": [
        {
            "name": "tallynet",
            "version": "1.0.0",
            "folder": "tallynet/1.0.0",
            "sha256": "9a1f" * 16,
            "created": "2026-01-15",
            "licence": "Apache-2.0",
            "description": "An invented model.",
            "in_use": True,
            "named": True,
            "targets": [
                {
                    "key": "clear_at_1",
                    "name": "anomalies of contrast to noise 5 or more, all families, at 1 % false alarms per scan",
                    "least": "90.0 %",
                    "most": None,
                    "reached": "85.0 % (81.0 % to 88.0 %), 340 of 400",
                    "rates": [_RATE | {"name": ""}],
                    "outcome": "too_few_benign",
                    "count": 680,
                    "fewest": 2000,
                }
            ],
            "held_out": {
                "scans": 2000,
                "benign_scans": 680,
                "anomalous_scans": 500,
                "scan_auroc": 0.93,
                "aupro": 0.61,
                "calibration_error": 0.029,
                "at": [
                    {
                        "false_alarm_rate": "0.01",
                        "clear": _RATE,
                        "all": _RATE | {"name": "all"},
                        "by_family": [_FAMILY],
                        "by_family_clear": [_FAMILY],
                        "by_contrast": [_CONTRAST],
                        "by_clutter": [_CONTRAST],
                    }
                ],
                "by_scanner_kind": [
                    {
                        "kind": "dual",
                        "benign_scans": 270,
                        "anomalous_scans": 194,
                        "scan_auroc": 0.94,
                        "container_box_mean_iou": 0.95,
                        "clear": [_RATE | {"name": "0.01"}],
                    }
                ],
                "false_alarms_by_scanner": [
                    {
                        "name": "gantry-7.5-L",
                        "rate": 0.0105,
                        "low": 0.0045,
                        "high": 0.0245,
                        "hits": 5,
                        "count": 474,
                    }
                ],
                "false_alarms_by_group": [],
                "not_assessed": [],
            },
            "thresholds_id": "simulated-2026-01-15-3000",
            "thresholds": [
                {
                    "group": "dual",
                    "threshold": 0.89173,
                    "false_alarm_rate": 0.01,
                    "basis": "simulated",
                    "benign_scans": 444,
                    "by_rate": {"0.001": None, "0.004": 0.94184, "0.01": 0.89173, "0.05": 0.78326},
                }
            ],
            "limits": ["Trained and calibrated on simulated scans only."],
            "trained_on": {"data": "training/simulate only; no real scan was used", "steps": 12000},
        }
    ],
    "unreadable": [
        {
            "folder": "tallynet/0.2.0",
            "reason": "The card in tallynet/0.2.0 has format 1; this version of Tallyscan reads format 2.",
        }
    ],
    "groups_here": [
        {
            "scanner": "generic",
            "group": "dual/other",
            "used": "dual",
            "scans": 214,
            "standing": "borrowed",
            "calibrated_here": False,
            "benign_scans": 444,
            "threshold": 0.89173,
        }
    ],
    "of_scans": 230,
}
SHARES: dict[str, Any] = {
    "since": "2026-01-02T00:00:00Z",
    "by": "day",
    "scans": 118,
    "scanners": [
        {
            "scanner": "gantry 2, 00417",
            "scans": 118,
            "searched": 94,
            "alarms": 3,
            "alarm_share": 0.0319,
            "alarm_low": 0.0066,
            "alarm_high": 0.0904,
            "buckets": [
                {
                    "at": "2026-02-01T00:00:00Z",
                    "scans": 118,
                    "red": 6,
                    "yellow": 71,
                    "green": 37,
                    "not_assessed": 4,
                    "alarms": 3,
                    "search_not_assessed": 20,
                    "score_10": 0.0214,
                    "score_50": 0.1,
                    "score_90": 0.3312,
                }
            ],
        }
    ],
}
LABELS: dict[str, Any] = {
    "since": "2025-11-03T12:00:00Z",
    "until": "2026-02-01T12:00:00Z",
    "counts": [
        {
            "origin": "first_reader",
            "is_opinion": True,
            "answer": "suspicious",
            "site": "XXAAA",
            "family": None,
            "entries": 31,
            "regions": 40,
        },
        {
            "origin": "inspection",
            "is_opinion": False,
            "answer": "found",
            "site": "XXAAA",
            "family": "cigarettes_behind_cover",
            "entries": 4,
            "regions": 5,
        },
    ],
}
SITE_BUDGETS: dict[str, Any] = {
    "budgets": [
        {
            "site": "XXAAA",
            "version": 1,
            "set_by": "supervisor-1",
            "set_at": "2026-01-30T12:00:00Z",
            "of": "inspections",
            "chance": 0.1,
            **{name: WORKLIST[name] for name in ("shift", "bound", "finds")},
        }
    ],
    "without_budget": ["UNNAMED"],
}
