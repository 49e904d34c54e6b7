"""What crossing points report to a centre, over HTTP: under their keys, for their sites, and how it is shown."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tallyscan.bootstrap import open_store
from tallyscan.errors import Unavailable
from tallyscan.pipeline import Reader
from tallyscan.report.outbox import Relay
from tallyscan.report.sink_centre import Centre, CentreKey, CentreSink
from tallyscan.settings import Settings
from tallyscan.store.database import open_database
from tallyscan.store.outbox_rows import OutboxRows
from tests.contracts.test_centre import SOURCE, Edge, a_day
from tests.web.with_accounts import WithAccounts, serving_accounts

POINTS = {
    SOURCE: {"name": "Northern gate", "sites": ["gate-1"], "url": "https://north.example"},
    "urn:tallyscan:south": {"name": "Southern gate", "sites": ["gate-2"]},
}
NOW = datetime.now(UTC).isoformat()


@pytest.fixture(scope="module")
def opened(
    tmp_path_factory: pytest.TempPathFactory, tiny_models_dir: Path, reader: Reader
) -> Iterator[WithAccounts]:
    settings = Settings.model_validate(
        {
            "data_dir": tmp_path_factory.mktemp("centre"),
            "models_dir": tiny_models_dir,
            "crossing_points": POINTS,
            "event_source": "urn:tallyscan:centre",
        }
    )
    with open_store(settings) as store, serving_accounts(settings, store, reader) as serving:
        yield serving


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("edge")
    database = open_database(f"sqlite:///{folder / 'edge.db'}")
    told = a_day(Edge(database, folder))
    database.close()
    return told


@pytest.fixture(scope="module")
def key(opened: WithAccounts) -> dict[str, str]:
    return opened.key_of("north", ["gate-1"], ["report"])


def report(opened: WithAccounts, headers: dict[str, str], *events: dict[str, Any]) -> list[str]:
    answer = opened.client.post("/v1/crossing-points/events", json={"events": events}, headers=headers)
    assert answer.status_code == 200, answer.text
    return [each["outcome"] for each in answer.json()["outcomes"]]


def test_a_key_reports_for_its_sites_alone(
    opened: WithAccounts, key: dict[str, str], events: list[dict[str, Any]]
) -> None:
    other = opened.key_of("south", ["gate-2"], ["report"])
    both = opened.key_of("both gates", ["gate-1", "gate-2"], ["report"])
    assert report(opened, other, events[0]) == ["later"]
    said = {"source": SOURCE, "waiting": 3, "waiting_since": NOW}
    standing = "/v1/crossing-points/standing"
    assert opened.client.post(standing, json=said, headers=other).status_code == 403
    assert opened.client.post(standing, json=said, headers=key).status_code == 200
    assert report(opened, key, events[0]) == ["taken"]
    assert report(opened, both, events[0]) == ["repeat"]


def test_who_has_no_key_for_it_is_refused(opened: WithAccounts, events: list[dict[str, Any]]) -> None:
    for headers in (
        {},
        opened.key_of("portal", ["*"], ["deliver", "tell"]),
        opened.headers_of("admin", ["administrator"], ["*"]),
    ):
        answer = opened.client.post(
            "/v1/crossing-points/events", json={"events": events[:1]}, headers=headers
        )
        assert answer.status_code in (401, 403)


def test_officers_see_what_was_read_there_and_how_far_it_holds(
    opened: WithAccounts, key: dict[str, str], events: list[dict[str, Any]]
) -> None:
    report(opened, key, *events)
    officer = opened.headers_of("officer", ["targeting_officer"], ["GATE-1"])
    elsewhere = opened.client.get("/v1/consignments/C-1/crossing-points", headers=officer).json()
    (scan,) = elsewhere["scans"]
    assert (scan["name"], scan["sites"], scan["point_state"]) == ("Northern gate", ["GATE1"], "heard")
    assert scan["link"] == f"https://north.example/console/scans/{scan['scan']}"
    assert {(each["kind"], each["what"]) for each in scan["said"]} == {
        ("decision", "suspicious"),
        ("inspection", "found"),
    }
    (line,) = opened.client.get("/v1/queue?site=gate-1&consignment=C-1&state=all", headers=officer).json()[
        "entries"
    ]
    assert (line["lane"], line["scans"], line["sites"]) == ("red", 1, ["GATE1"])
    record = opened.client.get("/v1/consignments/C-1/risk-record", headers=officer).json()
    assert record["risk"]["lane"] == "red"
    stranger = opened.headers_of("elsewhere", ["targeting_officer"], ["GATE-9"])
    for what in ("crossing-points", "risk-record"):
        assert opened.client.get(f"/v1/consignments/C-1/{what}", headers=stranger).status_code == 403


def test_each_crossing_point_is_listed_to_who_works_there(
    opened: WithAccounts, key: dict[str, str], events: list[dict[str, Any]]
) -> None:
    report(opened, key, *events)
    everybody = opened.headers_of("all sites", ["auditor"], ["*"])
    points = opened.client.get("/v1/crossing-points", headers=everybody).json()["crossing_points"]
    assert [(each["name"], each["state"]) for each in points] == [
        ("Northern gate", "heard"),
        ("Southern gate", "never"),
    ]
    assert points[0]["taken"] == len(events)
    here = opened.headers_of("southerner", ["operator"], ["gate-2"])
    answer = opened.client.get("/v1/crossing-points", headers=here).json()["crossing_points"]
    assert [each["name"] for each in answer] == ["Southern gate"]
    assert opened.client.get("/v1/consignments/nothing/crossing-points", headers=everybody).status_code == 404


def test_a_batch_has_a_limit_and_every_event_an_answer(opened: WithAccounts, key: dict[str, str]) -> None:
    path = "/v1/crossing-points/events"
    assert opened.client.post(path, json={"events": [{}] * 201}, headers=key).status_code == 422
    assert opened.client.post(path, json={"events": []}, headers=key).status_code == 422
    large = json.dumps({"events": [{"data": "x" * 9_000_000}]})
    headers = key | {"Content-Type": "application/json"}
    assert opened.client.post(path, content=large, headers=headers).status_code == 413
    assert report(opened, key, {}, {"id": "y", "subject": "s"}) == ["refused", "refused"]


def test_the_sink_of_a_crossing_point_and_the_routes_fit_together(
    opened: WithAccounts, key: dict[str, str], tmp_path: Path
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'edge.db'}")
    edge = Edge(database, tmp_path)
    edge.receive("interview", "C-9")
    token = SecretStr(key["Authorization"].removeprefix("Bearer "))
    sink = CentreSink(Centre(str(opened.client.base_url), CentreKey(token, None)))
    assert Relay(OutboxRows(database), sink).deliver_due() == 1
    sink.hello(SOURCE, 0, None)
    wrong = CentreSink(Centre(str(opened.client.base_url), CentreKey(SecretStr("tallyscan_no"), None)))
    with pytest.raises(Unavailable, match="401"):
        wrong.hello(SOURCE, 0, None)
    database.close()
