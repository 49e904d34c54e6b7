"""Examples of risk profiles and selections for the interface's description. Everything in them is invented."""

from typing import Any

PROFILE_SAID: dict[str, Any] = {
    "title": "Cigarettes from a new trader",
    "by": "officer-7",
    "stage": "before_scan",
    "expression": "declaration.items.exists(i, i.hs_chapter == '24') && consignee.earlier_consignments < 3",
    "action": "scan",
    "priority": 2,
    "sites": ["XXOFF001"],
    "random_share": 0.5,
    "interview": ["Who loaded the goods, and where?"],
}
PROFILE: dict[str, Any] = {
    **PROFILE_SAID,
    "valid_from": None,
    "valid_to": None,
    "if_undetermined": "select",
    "comment": None,
    "id": "cigarettes",
    "version": 3,
    "status": "draft",
    "saved_at": "2026-02-01T10:00:00Z",
    "authors": ["officer-7"],
    "released_by": None,
    "released_at": None,
    "retired_by": None,
    "retired_at": None,
    "retired_because": None,
}
_IN_WORDS = "Cigarettes from a new trader (cigarettes v3, 0.5 of such are drawn)"
DRY_RUN: dict[str, Any] = {
    "profile": "cigarettes",
    "version": 3,
    "considered": 410,
    "hits": 12,
    "undetermined": 1,
    "undetermined_because": {"earlier_consignments is not known": 1},
    "expected": 6.5,
    "selected": 7,
    "inspected": 4,
    "finds": 1,
    "finds_missed": 2,
    "selected_already": 3,
    "days": [{"day": "2026-01-31", "considered": 410, "selected": 7}],
    "per_day_mean": 7.0,
    "per_day_most": 7,
    "hit": ["26XX000000A1B2C3D4"],
    "lanes": [
        {"lane": "red", "considered": 9, "selected": 2},
        {"lane": None, "considered": 401, "selected": 5},
    ],
    "hit_rate": {"seen": 1, "of": 4, "share": 0.25, "low": 0.045587, "high": 0.699358},
    "hit_rate_of_all": {"seen": 3, "of": 40, "share": 0.075, "low": 0.025833, "high": 0.198645},
    "overlap": [{"profile": "heavy", "both": 2}, {"profile": None, "both": 1}],
}
FACTS: dict[str, Any] = {
    "stage": "before_scan",
    "facts": [
        {
            "path": "declaration.items[].hs_chapter",
            "type": "string",
            "values": [],
            "meaning": "its first two digits",
            "has_more": False,
        }
    ],
}
EXPRESSION_WRONG: dict[str, Any] = {
    "wrong": {
        "line": 1,
        "column": 13,
        "end_line": 1,
        "end_column": 25,
        "said": "there is no gros_mass_kg here; did you mean gross_mass_kg",
    }
}
SELECTION_LIST: dict[str, Any] = {
    "site": "XXOFF001",
    "stage": "before_scan",
    "consignments": [
        {
            "consignment": "26XX000000A1B2C3D4",
            "priority": 2,
            "actions": ["scan"],
            "reasons": _IN_WORDS,
            "interview": ["Who loaded the goods, and where?"],
            "selected_at": "2026-02-01T10:00:00Z",
            "expected_at": "2026-02-01T14:00:00Z",
            "declared": "Cigarettes (240220), 9.0 t",
            "marks": ["CSQU3054383"],
            "disposition": None,
        }
    ],
}
SELECTIONS: dict[str, Any] = {
    "consignment": "26XX000000A1B2C3D4",
    "steps": [
        {
            "consignment": "26XX000000A1B2C3D4",
            "stage": "before_scan",
            "sequence": 1,
            "supersedes": None,
            "at": "2026-02-01T10:00:00Z",
            "declaration_version": 1,
            "sites": ["XXOFF001"],
            "selected": True,
            "actions": ["scan"],
            "priority": 2,
            "in_words": _IN_WORDS,
            "interview": ["Who loaded the goods, and where?"],
            "chances": {"scan": 0.5},
            "reasons": [
                {
                    "kind": "hit",
                    "profile": "cigarettes",
                    "version": 3,
                    "action": "scan",
                    "priority": 2,
                    "chance": 0.5,
                    "drawn": True,
                    "in_words": _IN_WORDS,
                    "interview": ["Who loaded the goods, and where?"],
                }
            ],
        }
    ],
}
