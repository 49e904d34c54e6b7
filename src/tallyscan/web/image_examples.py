"""Examples of the image of a scan, for the description of the interface. The data are invented."""

from typing import Any

_SCAN = "0f7c3c35-9a53-4c62-b4bb-3d5f6f0c1c22"

IMAGE: dict[str, Any] = {
    "scan": _SCAN,
    "revision": 1,
    "width": 953,
    "height": 560,
    "tile": 256,
    "gutter": 2,
    "levels": [
        {"level": 0, "width": 953, "height": 560, "scale": 1},
        {"level": 1, "width": 477, "height": 280, "scale": 2},
        {"level": 2, "width": 239, "height": 140, "scale": 4},
    ],
    "bands": ["high", "low", "material", "surround"],
    "grade": "transmission",
    "energies_mv": [6.0, 4.0],
    "not_calibrated": None,
    "pitch_mm": {"x": 6.4, "y": 6.4, "x_low": None, "x_high": None},
    "original": {
        "width": 953,
        "height": 560,
        "quarter_turns": 0,
        "mirrored": True,
        "to_image": [-1.0, 0.0, 953.0, 0.0, 1.0, 0.0],
    },
    "areal_density": [{"material": "organic", "alpha": [0.0, 0.41, 0.79], "g_cm2": [0.0, 10.0, 20.0]}],
    "material_bands": {
        "offset": -0.50003,
        "per_code": 3.0519e-05,
        "edges": [
            {"kind": "organic", "below_code": 24576.2, "below": 0.25},
            {"kind": "mineral or light metal", "below_code": 37683.1, "below": 0.65},
            {"kind": "metal", "below_code": None, "below": None},
        ],
    },
    "surround_band": {"per_code": 0.00018311, "about_mm": 100.0},
    "views": [],
    "tiles": f"/v1/scans/{_SCAN}/image/1/{{level}}/{{column}}/{{row}}",
    "expected": {
        "bands": ["p50", "p10", "p90"],
        "tiles": f"/v1/scans/{_SCAN}/image/1/expected/{{level}}/{{column}}/{{row}}",
    },
}

MEASURE_ASKED: dict[str, Any] = {"shape": "box", "points": [[359.0, 246.0], [471.0, 317.0]]}

_ONE = {"undetermined": "one_energy", "reason": "One energy does not tell the material."}

MEASURED: dict[str, Any] = {
    "shape": "box",
    "level": 0,
    "pixels": 7952,
    "not_measured": 0.0,
    "not_penetrated": 0.0,
    "attenuation": {"mean": 1.4356, "p10": 1.2041, "p50": 1.4411, "p90": 1.6514},
    "areal_density": [
        {
            "material": "organic",
            "g_cm2": {"mean": 31.02, "p10": 25.66, "p50": 31.14, "p90": 36.12},
            "at_least": False,
        }
    ],
    "material": _ONE,
    "length_px": None,
    "length_mm": None,
    "area_mm2": {"estimate": 325713.9, "low": 260571.1, "high": 390856.7},
    "mass_kg": {
        "estimate": 101.036,
        "low": 75.402,
        "high": 130.71,
        "material": "organic",
        "materials": ["organic", "plastic", "water", "aluminium", "steel"],
        "because": ["material", "air_level", "depth"],
    },
    "added": {
        "g_cm2": 9.86,
        "g_cm2_low": 7.91,
        "g_cm2_high": 11.52,
        "contrast_to_noise": 41.3,
        "mass_kg": {
            "estimate": 32.116,
            "low": 19.14,
            "high": 48.02,
            "material": "organic",
            "materials": ["organic", "plastic", "water", "aluminium", "steel"],
            "because": ["material", "background", "depth"],
        },
        "material": _ONE,
    },
    "profile": None,
    "scan": _SCAN,
    "revision": 1,
}
