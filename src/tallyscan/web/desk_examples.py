"""Examples of the desk for the interface's description, of the scan in `examples`: read openly in the list, and read
blind by itself. People and drawn shares are invented."""

from typing import Any

from tallyscan.web.examples import DECLARATION, READ_SCAN

_SCAN_ID: str = READ_SCAN["id"]
_FINDING = READ_SCAN["findings"][0]
_MARKS = [DECLARATION["transportEquipment"][0]["containerIdentificationNumber"]]
_ITEM = DECLARATION["goodsItems"][0]

DESK_LIST: dict[str, Any] = {
    "site": "NLRTM",
    "waiting": 1,
    "readers": {"first": 1, "second": 0, "third": 0},
    "scans": [
        {
            "scan": _SCAN_ID,
            "reader": "first",
            "blind": False,
            "waits_since": READ_SCAN["received_at"],
            "received_at": READ_SCAN["received_at"],
            "claimed_by": None,
            "consignment": READ_SCAN["consignment"],
            "unit": None,
            "goods": _ITEM["descriptionOfGoods"],
            "marks": _MARKS,
            "read": True,
            "lane": READ_SCAN["risk"]["lane"],
            "score": READ_SCAN["risk"]["score"],
            "reasons": [
                {"code": "XR-ANOMALY", "family": _FINDING["kind"], "in_words": _FINDING["explanation"]}
            ],
            "budget": None,
        }
    ],
    "next": None,
}
DESK_SCAN: dict[str, Any] = {
    "scan": _SCAN_ID,
    "name": READ_SCAN["name"],
    "site": "NLRTM",
    "consignment": READ_SCAN["consignment"],
    "received_at": READ_SCAN["received_at"],
    "acquired_at": READ_SCAN["acquired_at"],
    "scanner": None,
    "revision": 1,
    "read": True,
    "reason": None,
    "view": None,
    "views": [],
    "part_of": None,
    "unit": None,
    "reader": "first",
    "why_not": None,
    "blind": True,
    "claim": {"by": "officer-7", "until": "2026-02-01T02:17:25Z"},
    "marks": _MARKS,
    "declaration_version": 1,
    "declaration": DECLARATION,
    "items": [
        {
            "number": 1,
            "description": _ITEM["descriptionOfGoods"],
            "code": _ITEM["commodityCode"]["harmonizedSystemSubHeadingCode"],
            "gross_mass_kg": _ITEM["grossMass"],
            "packages": None,
            "origin": None,
            "outcome": None,
            "sightings": [],
            "faults": [],
        }
    ],
    "selected": [],
    "said": {"decisions": [], "standing": []},
    "reading": None,
    "record": None,
    "sheet": False,
    "server_time": "2026-02-01T02:15:25Z",
}
