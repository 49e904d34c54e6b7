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
