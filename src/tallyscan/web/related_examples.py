"""Examples of what stands beside a scan; all of it is invented."""

from typing import Any

from tallyscan.web.examples import READ_SCAN

_OTHER = "7f0b7f0e-59d5-4d5e-8f0e-6a2f41c1b7aa"
_BESIDE: dict[str, Any] = {
    "scan": _OTHER,
    "name": "scan-0412.tif",
    "at": "2026-01-20T07:41:00Z",
    "state": "read",
    "thumbnail": f"/v1/scans/{_OTHER}/picture?small=true",
    "consignment": "26NL000510A1B2C3D3",
    "unit": None,
    "goods": "Shirts (620520)",
    "lane": "yellow",
    "risk_score": 0.1,
    "search": "clear",
    "officer": "suspicious",
    "outcome": "found",
    "hidden": False,
}
_LIKENESS: dict[str, Any] = {
    "unit": 1,
    "distance": 0.81,
    "alike": [
        {
            "feature": "mass_per_metre",
            "in_words": "mass per metre",
            "unit": "t/m",
            "this": 1.31,
            "other": 1.29,
        }
    ],
    "apart": [],
}
_FIND: dict[str, Any] = {
    "scan": _BESIDE,
    "at": "2026-01-20T09:10:00Z",
    "families": ["cigarettes_behind_cover"],
    "items": ["cigarettes_behind_cover: 400,000 cigarettes, 520 kg, HS 240220"],
    "hs": ["240220"],
    "comments": ["Behind the third row."],
    "likeness": _LIKENESS,
}
RELATED: dict[str, Any] = {
    "scan": READ_SCAN["id"],
    "of_unit": [{"scan": _BESIDE, "mark": "CSQU3054383", "marks": "container"}],
    "of_consignment": [],
    "similar": [{"scan": _BESIDE | {"outcome": "nothing"}, "likeness": _LIKENESS}],
    "why_none": None,
    "reference": [_FIND],
    "reference_total": 1,
}
REFERENCE_LIBRARY: dict[str, Any] = {
    "finds": [_FIND | {"likeness": None}],
    "total": 1,
    "families": {"cigarettes_behind_cover": 1},
}
