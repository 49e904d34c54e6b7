"""What the console leads each role to is what the service lets it see."""

import json
from pathlib import Path
from typing import Any

import pytest

import tallyscan
from tallyscan.access.caller import ROLES
from tallyscan.access.rules import RULES

WAYS = json.loads(
    (Path(tallyscan.__file__).parents[1] / "console" / "src" / "parts" / "ways.json").read_text("utf-8")
)
ways = pytest.mark.parametrize("way", WAYS, ids=[way["path"] for way in WAYS])


@ways
def test_a_page_has_a_way_only_in_roles_that_are_answered_what_it_asks(way: dict[str, Any]) -> None:
    for route in way["asks"]:
        assert set(way["roles"]) <= set(RULES[route].roles), route


def test_the_work_of_every_role_begins_at_one_page_that_it_may_see() -> None:
    first = {role: [way for way in WAYS if role in way.get("first_of", ())] for role in ROLES}
    assert {role: len(pages) for role, pages in first.items()} == dict.fromkeys(ROLES, 1)
    assert all(role in page["roles"] for role, (page,) in first.items())


def test_whoever_may_see_the_queue_has_a_way_to_it() -> None:
    (queue,) = (way for way in WAYS if way["path"] == "/console/queue")
    assert set(queue["roles"]) == set(RULES["GET /v1/queue"].roles)
