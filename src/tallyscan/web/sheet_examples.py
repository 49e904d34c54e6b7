"""An example of an inspection sheet for the interface description; names, numbers and papers are invented."""

from typing import Any

from tallyscan.report.sheet_language import words_in
from tallyscan.report.sheet_sections import labels
from tallyscan.web.examples import READ_SCAN

_SCAN: str = READ_SCAN["id"]
_FINDING: dict[str, Any] = READ_SCAN["findings"][0]

SHEET: dict[str, Any] = {
    "scan": _SCAN,
    "consignment": READ_SCAN["consignment"],
    "revision": 1,
    "declaration_version": 1,
    "language": "en",
    "lane": "yellow",
    "assessed": True,
    "printed_at": "2026-02-01T03:30:00Z",
    "image": {
        "key": "0" * 64,
        "width": 2600,
        "height": 620,
        "to_image": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        "pixel_mm": 5.0,
        "doors": {"end": "right", "by": "cab"},
    },
    "held": [
        {
            "source": "officer",
            "lane": "red",
            "label": "An officer decided",
            "value": "suspicious (officer-7)",
        },
        {"source": "machine", "lane": "yellow", "label": "The machine read", "value": "lane yellow"},
    ],
    "head": [{"label": "Consignment", "value": str(READ_SCAN["consignment"])}],
    "reasons": ["The search for anomalies gives an alarm (1)."],
    "checks": [
        {"label": "Container number", "value": "declared ZZZU9478295, size 45G1"},
        {"label": "Seal", "value": "XX0001"},
    ],
    "not_assessed": ["Mass, unit 1: could not be determined. No mass is declared."],
    "groups": [
        {
            "unit": 1,
            "title": "Cargo unit 1 · ZZZU9478295",
            "access": None,
            "regions": [
                {
                    "id": "F1",
                    "source": "machine",
                    "unit": 1,
                    "kind": "false_wall",
                    "families": [{"kind": "false_wall", "probability": 0.8}],
                    "score": 0.97,
                    "box": _FINDING["box"],
                    "image_box": [133, 40, 736, 33],
                    "place": {
                        "along": [0.92, 0.97],
                        "up": [0.0, 0.95],
                        "from_left": {"start": 11.2, "end": 11.8, "least": 10.9, "most": 12.0},
                        "from_right": {"start": 0.4, "end": 1.0, "least": 0.2, "most": 1.1},
                        "length_by": "measured_and_declared",
                        "above_floor": {"start": 0.0, "end": 2.7, "least": 0.0, "most": 2.9},
                        "doors": {"end": "right", "by": "cab"},
                    },
                    "areal_density_g_cm2": 6.1,
                    "expected_excess_g_cm2": 5.8,
                    "contrast_to_noise": 40.0,
                    "mass_kg": 61.0,
                    "length_mm": {"estimate": 600.0, "low": 570.0, "high": 630.0},
                    "commodities": [],
                    "by": None,
                    "comment": None,
                    "in_words": {
                        "title": "A false wall, floor or roof",
                        "marked_by": "Marked by the machine",
                        "where": ["0.4 to 1.0 m from the doors, certainly 0.2 to 1.1 m"],
                        "look_for": ["Measure the room inside and outside, and compare."],
                        "evidence": ["6.1 g/cm² more than its surroundings"],
                        "goods": ["Declared in this unit: Garments (620342)"],
                    },
                }
            ],
        }
    ],
    "more_regions": 0,
    "limits": ["Depth: a side view shows nothing of it."],
    "declaration": [{"label": "Total gross mass", "value": "9,000 kg"}],
    "items": [
        {"number": "1", "description": "Garments", "hs": "620342", "packages": "400 CT", "mass": "9,000 kg"}
    ],
    "more_items": 0,
    "questions": ["Who loaded the goods?"],
    "labels": labels(words_in("en")),
    "families": {"false_wall": "A false wall, floor or roof"},
}
