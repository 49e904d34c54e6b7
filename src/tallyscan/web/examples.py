"""Examples for the interface description; tests hold them against the models and recompute their risk.

The reading is a real one, of `sample_scans/08-false-wall` with its simulated declaration, shortened to its
likeliest commodities. The ids, the times of receipt, the families, the excess over the expectation, the mismatch
and the verdicts of rough rules are invented.
"""

from typing import Any

_SCAN_ID = "0b6f8c1e-5a43-4d0e-9a52-3d1f2c7b8e90"
_READING_ID = "5a0e3f52-6f0c-4b52-8e7b-0d2f4c1a9b36"
_SHA256 = "1aba356a58bd7eaa47ab8bf56ed0ba13d23e508eaf02d4a374975c3449124a82"
_CONSIGNMENT = "SIM-92368224"
_CONTAINER = "ZZZU9478295"
_MASS = {"estimate": 8103.6, "low": 7650.1, "high": 9277.6}
_RISK: dict[str, Any] = {
    "score": 0.7634,
    "lane": "red",
    "indicators": [
        {
            "code": "XR-ANOMALY",
            "weight": 4.116,
            "first_scan": None,
            "first_number": None,
            "group": "anomaly",
            "before_cap": None,
            "lifts_to": None,
        }
    ],
}

_JOIN: dict[str, Any] = {
    "at": "2026-02-01T02:15:21Z",
    "state": "joined",
    "consignment": _CONSIGNMENT,
    "how": "declaration_beside",
    "confidence": None,
    "why": "Its declaration came beside the scan.",
    "decided_by": None,
    "candidates": [],
}

_STANDING: dict[str, Any] = {
    "id": _SCAN_ID,
    "state": "read",
    "name": "scan.tif",
    "received_at": "2026-02-01T02:15:21+00:00",
    "acquired_at": "2026-02-01T02:15:00+00:00",
    "origin": "http",
    "consignment": _CONSIGNMENT,
    "join": _JOIN,
    "part_of": None,
    "unit": None,
    "parts": [],
    "view": None,
    "views": [],
    "reused_from": None,
    "revision": 1,
    "read_at": "2026-02-01T02:15:23+00:00",
    "images_deleted": None,
    "traceback": None,
    "links": {
        "self": f"/v1/scans/{_SCAN_ID}",
        "picture": f"/v1/scans/{_SCAN_ID}/picture",
        "expected": f"/v1/scans/{_SCAN_ID}/expected",
        "image": f"/v1/scans/{_SCAN_ID}/image",
        "report": f"/v1/scans/{_SCAN_ID}/report",
        "risk_record": f"/v1/consignments/{_CONSIGNMENT}/risk-record",
        "joins": f"/v1/scans/{_SCAN_ID}/joins",
    },
}


def _checked(check: str, outcome: str, reason: str) -> dict[str, Any]:
    named: dict[str, Any] = {"other_scan": None, "other_number": None, "evidence": {}}
    return {"check": check, "outcome": outcome, "reason": reason, **named}


def _verdict(rule: str, outcome: str, score: float | None, reason: str, **evidence: object) -> dict[str, Any]:
    return {
        "unit": 1,
        "rule": rule,
        "outcome": outcome,
        "score": score,
        "reason": reason,
        "evidence": evidence,
    }


READ_SCAN: dict[str, Any] = {
    "scan": _SCAN_ID,
    "sha256": _SHA256,
    "status": "read",
    "reason": None,
    "grade": "transmission",
    "quality": {"readable": True, "reasons": []},
    "containers": [
        {
            "unit": 1,
            "box": [80.0, 20.0, 1013.2, 486.5],
            "kind": "container",
            "empty": {"probability": 7e-05},
            "mass_kg": _MASS,
            "number": _CONTAINER,
            "plate": None,
            "mismatch": 0.0713,
        }
    ],
    "anomaly": {
        "decision": "alarm",
        "alarm": True,
        "score": 0.90561,
        "threshold": 0.65586,
        "calibration": {"group": "dual/container", "basis": "simulated", "benign_scans": 59},
    },
    "findings": [
        {
            "id": "F1",
            "unit": 1,
            "kind": "false_wall",
            "score": 0.9056,
            "box": [133.3, 40.0, 736.6, 33.3],
            "areal_density_g_cm2": 106.95,
            "contrast_to_noise": 287.7,
            "mass_kg": 923.2,
            "explanation": "Looks like a false wall, floor or roof: 107.0 g/cm2 more than its surroundings, 288 "
            "times the noise of a pixel, 98.2 g/cm2 more than the model expects there; what is added looks organic "
            "(material 0.20 ± 0.05: 0 is organic, 1 is steel).",
            "families": [
                {"kind": "false_wall", "probability": 0.81},
                {"kind": "inside_goods", "probability": 0.11},
                {"kind": "bricks_in_load", "probability": 0.05},
            ],
            "expected_excess_g_cm2": 98.2,
        }
    ],
    "commodities": [
        {
            "unit": 1,
            "box": [93.3, 40.0, 979.9, 446.5],
            "candidates": [
                {"class": "cigarettes", "hs": ["24", "2402", "2403"], "probability": 0.5952},
                {
                    "class": "textiles_garments",
                    "hs": ["54", "56", "57", "58", "59", "60", "61", "62", "63"],
                    "probability": 0.1392,
                },
            ],
        }
    ],
    "empty": {"probability": 7e-05},
    "mass_kg": _MASS,
    "mismatch": 0.0713,
    "verdicts": [
        {
            "unit": 1,
            "rule": "container_number",
            "outcome": "agrees",
            "score": 0.02,
            "reason": f"The number read on the container, {_CONTAINER}, is the declared one.",
            "evidence": {"declared": [_CONTAINER], "seen": _CONTAINER, "faults": {}},
        },
        _verdict(
            "conveyance",
            "undetermined",
            None,
            "No size and type by ISO 6346 is declared for the container.",
            declared_containers=1,
            seen_units=1,
            seen_kind="container",
            seen_length_mm=6079.2,
            region=[80.0, 20.0, 1013.2, 486.5],
            declared_size_and_type=[],
        ),
        {
            "unit": 1,
            "rule": "empty",
            "outcome": "agrees",
            "score": 0.01,
            "reason": "The unit is declared with goods and seems loaded (empty with probability 0.00).",
            "evidence": {
                "declared_empty": False,
                "empty_probability": 0.0001,
                "region": [80.0, 20.0, 1013.2, 486.5],
            },
        },
        {
            "unit": 1,
            "rule": "mass",
            "outcome": "agrees",
            "score": 0.0152,
            "reason": "Declared for this unit: 8,279 kg; estimated: 8,104 kg (7,650 kg to 9,278 kg).",
            "evidence": {
                "scope": "this unit",
                "declared_kg": 8279.0,
                "goods_items": [1],
                "faults": [],
                "estimate_kg": 8103.6,
                "low_kg": 7650.1,
                "high_kg": 9277.6,
                "missing": [],
                "awaited": [],
                "other_scans": [],
                "region": [80.0, 20.0, 1013.2, 486.5],
                "within_factor_two": True,
            },
        },
        {
            "unit": 1,
            "rule": "commodity",
            "outcome": "undetermined",
            "score": None,
            "reason": "Declared: cigarettes (light_cartons). These groups have a probability of 0.73 in one part of "
            "the load, where cigarettes (light_cartons) has 0.73. Not distinguishable by X-ray.",
            "evidence": {
                "declared_classes": ["cigarettes"],
                "declared_groups": ["light_cartons"],
                "not_recognisable": [],
                "probability_declared": 0.7344,
                "groups": {
                    "light_cartons": 0.7344,
                    "vented_cartons": 0.0776,
                    "tyres": 0.0708,
                    "soft_bales": 0.0555,
                },
                "region": [93.3, 40.0, 979.9, 446.5],
                "items": [
                    {
                        "item": 1,
                        "class": "cigarettes",
                        "group": "light_cartons",
                        "sight": "seen",
                        "probability": 0.7344,
                        "looks_like_items": [],
                        "regions": [[93.3, 40.0, 979.9, 446.5]],
                    }
                ],
                "seen_not_declared": [],
            },
        },
        _verdict(
            "material",
            "agrees",
            0.0149,
            "Declared goods are of organic matter; of what is seen, 11% acts like iron (organic about 12%, mineral "
            "26%, metal 50%).",
            expected=["organic"],
            iron_share=0.1102,
            goods_mean_alpha=2.91,
            region=[93.3, 40.0, 979.9, 446.5],
        ),
        _verdict(
            "homogeneity",
            "agrees",
            0.01,
            "One kind of goods is declared; the two looks most unlike are 0.07 apart (of 1).",
            declared_items=[1],
            looks_apart=0.0712,
            shares=[0.71, 0.29],
            regions=[[93.3, 40.0, 700.0, 446.5], [793.3, 40.0, 279.9, 446.5]],
        ),
        _verdict(
            "fill",
            "agrees",
            0.0325,
            "The load takes at most 28 m3 of a container 6.1 m long. 8,279 kg in it are 296 kg/m3; such goods are "
            "stowed at 200 to 280.",
            room_m3=28.0,
            room_of_unit_m3=34.3,
            declared_kg=8279.0,
            density_kg_m3=296,
            stow_density_kg_m3=[200, 280],
            packages_m3=None,
            region=[93.3, 40.0, 979.9, 446.5],
        ),
        _verdict(
            "expectation",
            "agrees",
            0.033,
            "The load looks as such goods are expected to look.",
            mismatch=0.0713,
            probability=0.033,
            expected="/v1/scans/{scan}/expected",
            region=[400.0, 40.0, 196.8, 196.8],
            excess_g_cm2=98.2,
        ),
        {
            "unit": 1,
            "rule": "hs_code",
            "outcome": "agrees",
            "score": 0.05,
            "reason": "Every declared code is in a chapter that exists.",
            "evidence": {
                "chapters": {"240220": "Tobacco and nicotine products"},
                "faults": {},
                "without_meaning": [],
            },
        },
        {
            "unit": 1,
            "rule": "description",
            "outcome": "agrees",
            "score": 0.05,
            "reason": "Every description names the same kind of goods as its code.",
            "evidence": {"contradictions": {}, "words": {"item 1": ["cigarettes"]}, "not_compared": []},
        },
        {
            "unit": 1,
            "rule": "declaration",
            "outcome": "agrees",
            "score": 0.1,
            "reason": "Nothing in the declaration contradicts itself.",
            "evidence": {"remarks": []},
        },
        {
            "unit": 1,
            "rule": "lot",
            "outcome": "undetermined",
            "score": None,
            "reason": "Only 3 comparable loads are known; it takes 11.",
            "evidence": {"others": 3},
        },
        {
            "unit": 1,
            "rule": "vehicle",
            "outcome": "undetermined",
            "score": None,
            "reason": "No earlier scan of a vehicle with this plate is known.",
            "evidence": {},
        },
    ],
    "risk": _RISK,
    "model": {
        "name": "tallynet",
        "version": "0.1.0",
        "sha256": "98a0509d42899def67afed27a1b040a2f19825e54deb4e2f58325fafa451e415",
    },
    "provenance": {
        "software": "tallyscan 0.1.0",
        "profile": "tallyscan_simulator",
        "calibration_sha256": "3fd6f57816e26b883d4899bbd495bbc2191546188cdc2e8cc81af51b8e642393",
        "thresholds": "simulated-2026-11-24-300",
        "declaration_version": 1,
        "runtime": {
            "onnxruntime": "1.32.0",
            "provider": "CPU",
            "threads": 1,
            "numpy": "2.3.5",
            "cpu": "x86_64",
            "whole_image_megapixels": 4.0,
        },
        "tiling": "whole",
        "learnt_air": None,
        "weighed": [],
        "others": [],
        "view": None,
        "read_with": {
            "profile_asked_for": None,
            "nomenclature_sha256": "c42a6f8ef0e0e10f7e5a4cdd0a4b3f0e6cbe8f1ac7e3b55f8d2d6d5f3d9e1b7a",
            "learnt_air": "none",
        },
    },
    "seconds": {
        "decode": 0.0514,
        "calibrate": 0.1826,
        "detect": 1.4382,
        "reconcile": 0.0011,
        "total": 1.7532,
        "integrity": 0.08,
    },
    "integrity": [
        _checked("reused_image", "agrees", "No other scan has these bytes."),
        _checked("copied_image", "agrees", "No other scan shows this image."),
        _checked("clock", "undetermined", "No earlier scan of simulator came with a time."),
        _checked("cut_short", "agrees", "Every cargo unit ends within the image."),
        _checked("raw_missing", "undetermined", "No scanner profile says which files make a scan."),
    ],
    "pixel_pitch": None,
    **_STANDING,
    "declaration_refused": None,
}

WAITING_SCAN: dict[str, Any] = {
    "scan": _SCAN_ID,
    "sha256": _SHA256,
    "status": None,
    **_STANDING,
    "state": "received",
    "reason": None,
    "revision": 0,
    "read_at": None,
    "images_deleted": None,
    "declaration_refused": None,
    "links": {**_STANDING["links"], "picture": None, "expected": None, "image": None, "report": None},
}

SCAN_LIST: dict[str, Any] = {
    "scans": [
        {
            **_STANDING,
            "sha256": _SHA256,
            "reason": None,
            "decision": "alarm",
            "lane": "red",
            "risk_score": 0.7634,
            "budget": {
                "site": "XXAAA",
                "shift": "night",
                "of": "inspections",
                "selected": True,
                "by": "budget",
                "reason": "3 of at most 64 scans of this shift can be looked at; its risk of 0.7634 is above 0.3124.",
            },
        }
    ],
    "next": f"/v1/scans?before={_SCAN_ID}&limit=1",
}

SCANNER_LIST: dict[str, Any] = {
    "scanners": [
        {
            "device": "gate-1",
            "standing": "left",
            "scans": 214,
            "first_at": "2026-01-12T06:10:00Z",
            "last_at": "2026-02-01T02:15:21Z",
            "quantities": [
                {
                    "quantity": "air_level",
                    "beam": "6 MV of 6/4 MV",
                    "standing": "left",
                    "last": 47810.0,
                    "usual": 52010.0,
                    "low": 50969.8,
                    "high": 53050.2,
                    "scans": 100,
                    "left_since": "2026-01-31T22:40:00Z",
                    "in_words": "The air level at 6 MV of 6/4 MV has been outside its band since "
                    "2026-01-31 22:40 UTC: 47,810 counts (usual: 50,970 counts to 53,050 counts).",
                }
            ],
            "learnt": [
                {
                    "energies_mv": [6.0, 4.0],
                    "cells": 712,
                    "version": 3,
                    "learnt_at": "2026-01-30T09:00:00Z",
                    "scans": 50,
                    "levels": [52013.5, 48120.0],
                    "spread": [0.0041, 0.0043],
                    "unevenness": 0.0072,
                    "sha256": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
                }
            ],
            "changes": [
                {
                    "at": "2026-01-31T23:05:00Z",
                    "kind": "left",
                    "in_words": "The air level at 6 MV of 6/4 MV has left its band (50,970 counts to 53,050 "
                    "counts): 47,800 counts, 8.1% below what is usual, since 2026-01-31 22:40 UTC.",
                }
            ],
        }
    ],
    "without_device": 0,
}

DECLARATION: dict[str, Any] = {
    "LRN": _CONSIGNMENT,
    "transportEquipment": [{"containerIdentificationNumber": _CONTAINER, "goodsItemNumbers": [1]}],
    "goodsItems": [
        {
            "goodsItemNumber": 1,
            "descriptionOfGoods": "Cigarettes",
            "commodityCode": {"harmonizedSystemSubHeadingCode": "240220"},
            "grossMass": 8279.0,
        }
    ],
}

RISK_RECORD: dict[str, Any] = {
    "consignment": _CONSIGNMENT,
    "risk": _RISK,
    "table": {
        "rows": [
            {
                "step": "prior",
                "indicators": [],
                "before_cap_nats": 0.0,
                "cap_nats": None,
                "added_nats": -2.944,
                "score": 0.05,
            },
            {
                "step": "anomaly",
                "indicators": _RISK["indicators"],
                "before_cap_nats": 4.116,
                "cap_nats": None,
                "added_nats": 4.116,
                "score": 0.7634,
            },
        ],
        "score": 0.7634,
        "lane": "red",
        "calibrated": False,
    },
    "inputs": {"shares": [{"of": f"scan/{_SCAN_ID}", "risk": _RISK}], "incoming": []},
    "declaration_version": 1,
    "history": [
        {
            "sequence": 1,
            "at": "2026-02-01T02:15:23Z",
            "event": "scan_read",
            "scan_id": _SCAN_ID,
            "declaration_version": 1,
            "risk": _RISK,
            "supersedes": None,
            "detail": {"reading": _READING_ID, "revision": 1, "reason": None},
        }
    ],
    "decisions": [],
    "inspections": [],
    "risk_scores": [],
    "control_results": [],
    "weighings": [],
    "interviews": [],
    "remarks": [
        {
            "code": "mass_total",
            "text": "The declared total is 9,000 kg; the goods items are together 12,000 kg.",
            "goodsItemNumber": None,
        }
    ],
}

_WHY = "'ZZZU94782Q5' was read, and ZZZU9478295 is declared: one sign is another, missing or too many."
JOIN_LIST: dict[str, Any] = {
    "joins": [
        {
            "scan": _SCAN_ID,
            "name": "scan.tif",
            "received_at": "2026-02-01T02:15:21Z",
            "acquired_at": "2026-02-01T02:15:00Z",
            "device": "gate-1",
            "site": "XXAAA",
            "units": [
                {
                    "container_number": {"as_read": "ZZZU94782Q5", "text": "ZZZU94782Q5", "confidence": 0.81},
                    "plate": None,
                }
            ],
            "join": {
                "at": "2026-02-01T02:15:21Z",
                "state": "proposed",
                "consignment": None,
                "how": None,
                "confidence": None,
                "why": _WHY,
                "decided_by": None,
                "candidates": [
                    {
                        "consignment": _CONSIGNMENT,
                        "read_on": "container_number",
                        "confidence": 0.9804,
                        "sure": False,
                        "why": _WHY,
                        "evidence": [{"code": "number_other_sign", "odds": 50.0, "reason": _WHY}],
                    }
                ],
            },
        }
    ],
    "next": None,
}

DECISION: dict[str, Any] = {
    "consignment": _CONSIGNMENT,
    "by": "Officer 12",
    "reason": "The number on the picture of the camera is that of the declaration.",
}

_JSON_FILE = {"type": "string", "format": "binary", "contentMediaType": "application/json"}
SCAN_FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["image"],
                "properties": {
                    "image": {
                        "type": "array",
                        "items": {"type": "string", "format": "binary"},
                        "description": "TIFF, PNG or JPEG; one file, or one an energy in channel order, or the files "
                        "that the scanner's profile declares",
                    },
                    "sidecar": {
                        **_JSON_FILE,
                        "description": "docs/reference/sidecar.schema.json, or the scanner's own, also in XML, as its "
                        "profile explains",
                    },
                    "declaration": {**_JSON_FILE, "description": "docs/reference/declaration.schema.json"},
                    "consignment": {
                        "type": "string",
                        "maxLength": 80,
                        "description": "id of the consignment, when it is known; else the scan joins by the "
                        "declaration beside it, or by the container number or plate of its sidecar",
                    },
                    "profile": {
                        "type": "string",
                        "maxLength": 80,
                        "description": "the scanner profile to read it with, when neither its sidecar nor its bytes "
                        "name the scanner",
                    },
                },
            }
        }
    },
}

STOW_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        'multipart/related; type="application/dicom"': {
            "schema": {
                "type": "array",
                "items": {"type": "string", "format": "binary", "contentMediaType": "application/dicom"},
                "description": "DICOM Part 10 files, at most 1,000",
            }
        }
    },
}

STOW_ANSWER: dict[str, Any] = {
    "00081190": {"vr": "UR"},
    "00081199": {
        "vr": "SQ",
        "Value": [
            {
                "00081150": {"vr": "UI", "Value": ["1.2.840.10008.5.1.4.1.1.501.2.2"]},
                "00081155": {"vr": "UI", "Value": ["2.25.329800735698586629295641978511506172918"]},
            }
        ],
    },
}
