"""Alert budgets and worklists over HTTP."""

from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from tallyscan.alert_budget import AlertBudget, AlertBudgetSaid
from tallyscan.web import budget_examples as examples
from tallyscan.web.routes_sites import Worklist
from tests.web.test_reviews import refused, send


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        (AlertBudgetSaid, examples.BUDGET_SAID),
        (AlertBudget, examples.BUDGET),
        (Worklist, examples.WORKLIST),
    ],
)
def test_the_examples_are_what_the_interface_describes(kind: Any, example: dict[str, Any]) -> None:
    model = TypeAdapter(kind).validate_python(example)
    assert TypeAdapter(kind).dump_python(model, mode="json") == example


def test_a_budget_is_set_read_and_changed_and_a_wrong_one_names_its_fields(client: httpx.Client) -> None:
    url = "/v1/sites/XXAAA/alert-budget"
    assert refused(client.get(url), 404)["remedy"].startswith("Set one")
    first, again = (client.put(url, json=examples.BUDGET_SAID).json() for _ in range(2))
    assert (first["version"], first) == (1, again)
    assert client.get(url).json() == first
    assert client.put(url, json=examples.BUDGET_SAID | {"chance": 0.05}).json()["version"] == 2
    wrong = examples.BUDGET_SAID | {"time_zone": "Mars/Olympus", "chance": 2}
    problem = refused(client.put(url, json=wrong), 422)
    assert {error["field"] for error in problem["errors"]} == {"body.time_zone", "body.chance"}


def test_the_list_shows_the_lane_by_budget_beside_the_lane_by_score(client: httpx.Client) -> None:
    scan = send(client)
    (line,) = client.get("/v1/scans").json()["scans"]
    assert (line["lane"], line["budget"]) == ("red", None)
    whole_day = {"shifts": [{"name": "all day", "starts": "00:00", "budget": 3}], "by": "supervisor-1"}
    client.put("/v1/sites/unnamed/alert-budget", json=whole_day)
    (line,) = client.get("/v1/scans").json()["scans"]
    assert line["lane"] == "red"
    budget = line["budget"]
    assert (budget["selected"], budget["by"], budget["shift"]) == (True, "lane", "all day")
    assert "Too few earlier scans" in line["budget"]["reason"]
    worklist = client.get("/v1/sites/unnamed/worklist").json()
    TypeAdapter(Worklist).validate_python(worklist)
    assert (worklist["selected"], worklist["bound"]) == (1, None)
    assert [each["scan"] for each in worklist["scans"]] == [scan["id"]]
    whole_day["shifts"] = [{"name": "all day", "starts": "00:00", "budget": 3, "scans": 3}]
    client.put("/v1/sites/unnamed/alert-budget", json=whole_day)
    worklist = client.get("/v1/sites/unnamed/worklist").json()
    assert (worklist["bound"]["scans"], worklist["bound"]["over_at_most"]) == (3, 0.0)
    assert worklist["selected"] == 1
    assert worklist["scans"][0]["place"]["reason"].endswith("all of them.")
    send(client, lump=True)
    (urgent, later) = client.get("/v1/sites/unnamed/worklist").json()["scans"]
    assert (urgent["place"]["by"], urgent["lane"], later["scan"]) == ("urgent", "red", scan["id"])
    assert client.get("/v1/sites/nowhere/worklist").status_code == 404
    assert client.get("/v1/sites/unnamed/worklist?at=yesterday").status_code == 422
