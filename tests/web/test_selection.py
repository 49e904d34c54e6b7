"""Risk profiles and selections over HTTP, in the whole service. All names, offices and numbers are invented."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import fastapi.routing
import httpx
import pytest
from pydantic import TypeAdapter

from tallyscan.bootstrap import Store, running
from tallyscan.pipeline import Reader
from tallyscan.risk_profile import RiskProfile, RiskProfileSaid
from tallyscan.select.dry_run import DryRun
from tallyscan.settings import Settings
from tallyscan.web import routes_live
from tallyscan.web.routes_selection import SelectionHistory, SelectionList
from tallyscan.web.selection_examples import DRY_RUN, PROFILE, PROFILE_SAID, SELECTION_LIST, SELECTIONS
from tests.sample_images import OTHER_CONTAINER, container_tiff, sidecar_json
from tests.web.conftest import serving

HEAVY = "declaration.items.exists(i, i.gross_mass_kg > 5000)"


def said(**more: Any) -> dict[str, Any]:
    return {
        "title": "Heavy goods",
        "by": "officer-1",
        "stage": "before_scan",
        "expression": HEAVY,
        "action": "scan",
        **more,
    }


def declared(container: str = "CSQU3054383", *, mass_kg: float | None = 9000, **more: Any) -> bytes:
    item: dict[str, Any] = {
        "goodsItemNumber": 1,
        "descriptionOfGoods": "Paper in rolls",
        "commodityCode": {"harmonizedSystemSubHeadingCode": "480100"},
    }
    if mass_kg is not None:
        item["grossMass"] = mass_kg
    document = {
        "MRN": "26XX000000A1B2C3D4",
        "transportEquipment": [{"containerIdentificationNumber": container}],
        "goodsItems": [item],
        "customsOffices": [
            {"referenceNumber": "XXOFF001", "arrivalDateAndTimeEstimated": "2026-02-01T14:00:00Z"}
        ],
        "consignee": {"name": "Example trader", "identificationNumber": "XX12345"},
        **more,
    }
    return json.dumps(document).encode()


def release(client: httpx.Client, name: str, **more: Any) -> Any:
    draft = client.put(f"/v1/risk-profiles/{name}/draft", json=said(**more))
    assert draft.status_code == 200, draft.text
    url = f"/v1/risk-profiles/{name}/versions/{draft.json()['version']}/release"
    answer = client.post(url, json={"by": "officer-2"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def declare(client: httpx.Client, consignment: str, data: bytes) -> None:
    assert client.put(f"/v1/consignments/{consignment}/declaration", content=data).status_code in (200, 201)


def waiting(client: httpx.Client, stage: str = "before_scan", site: str = "XXOFF001") -> list[Any]:
    answer = client.get(f"/v1/sites/{site}/selection", params={"stage": stage})
    assert answer.status_code == 200
    listed: list[Any] = answer.json()["consignments"]
    return listed


def until(true: Any, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        (RiskProfileSaid, PROFILE_SAID),
        (RiskProfile, PROFILE),
        (DryRun, DRY_RUN),
        (SelectionList, SELECTION_LIST),
        (SelectionHistory, SELECTIONS),
    ],
)
def test_the_examples_are_what_the_interface_describes(kind: Any, example: dict[str, Any]) -> None:
    adapter = TypeAdapter(kind)
    dumped = adapter.dump_python(adapter.validate_python(example), mode="json")
    assert {name: dumped[name] for name in example} == example


def test_a_consignment_that_a_profile_hits_is_listed_with_the_reason_until_it_is_scanned(
    client: httpx.Client,
) -> None:
    release(client, "heavy", interview=["Who loaded the goods?"], priority=2)
    declare(client, "C-1", declared())
    declare(client, "C-2", declared(OTHER_CONTAINER, mass_kg=100))
    (listed,) = waiting(client)
    assert (listed["consignment"], listed["actions"], listed["priority"]) == ("C-1", ["scan"], 2)
    assert listed["reasons"] == "Heavy goods (heavy v1)"
    assert listed["interview"] == ["Who loaded the goods?"]
    assert listed["expected_at"] == "2026-02-01T14:00:00Z"
    assert listed["marks"] == ["CSQU3054383"]
    assert waiting(client, site="xxoff-001") == [listed]  # as it is compared
    assert waiting(client, site="XXOFF002") == []
    files = [("image", ("a.tif", container_tiff())), ("sidecar", ("a.json", sidecar_json()))]
    assert client.post("/v1/scans?wait=30", files=files).json()["consignment"] == "C-1"
    assert waiting(client) == []
    (selection,) = client.get("/v1/consignments/C-1/risk-record").json()["selections"]
    assert (selection["selected"], selection["interview"]) == (True, ["Who loaded the goods?"])


def test_a_corrected_declaration_is_judged_again_and_supersedes(client: httpx.Client) -> None:
    release(client, "heavy")
    declare(client, "C-1", declared())
    declare(client, "C-1", declared(mass_kg=100))
    declare(client, "C-1", declared(mass_kg=101))
    assert waiting(client) == []
    steps = client.get("/v1/consignments/C-1/selections").json()["steps"]
    assert [(step["sequence"], step["supersedes"], step["selected"]) for step in steps] == [
        (1, None, True),
        (2, 1, False),
    ]


def test_what_is_not_known_is_never_a_miss(client: httpx.Client) -> None:
    release(client, "heavy")
    release(client, "heavy-or-nothing", if_undetermined="ignore")
    declare(client, "C-1", declared(mass_kg=None))
    (listed,) = waiting(client)
    assert listed["reasons"] == "Heavy goods (heavy v1, cannot be judged: gross_mass_kg is not known)"
    ((step),) = client.get("/v1/consignments/C-1/selections").json()["steps"]
    assert [(each["profile"], each["kind"], each["drawn"]) for each in step["reasons"]] == [
        ("heavy", "undetermined", True),
        ("heavy-or-nothing", "undetermined", False),
    ]


def test_nobody_releases_what_they_wrote(client: httpx.Client) -> None:
    client.put("/v1/risk-profiles/heavy/draft", json=said(by="officer-1"))
    client.put("/v1/risk-profiles/heavy/draft", json=said(by="officer-2"))
    url = "/v1/risk-profiles/heavy/versions/1/release"
    for by in ("officer-1", " Officer-1", "officer-2"):
        refused = client.post(url, json={"by": by})
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:tallyscan:error:conflict")
    assert client.post(url, json={"by": "officer-3"}).json()["released_by"] == "officer-3"
    again = client.post(url, json={"by": "officer-4"})
    assert (again.status_code, "no draft" in again.json()["detail"]) == (409, True)


def test_a_released_version_stays_as_it_is_and_the_next_one_replaces_it(client: httpx.Client) -> None:
    first = release(client, "heavy")
    second = release(client, "heavy", expression="declaration.gross_mass_kg > 1")
    versions = client.get("/v1/risk-profiles/heavy").json()["profiles"]
    assert [(each["version"], each["status"], each["expression"]) for each in versions] == [
        (1, "retired", first["expression"]),
        (2, "released", second["expression"]),
    ]
    assert versions[0]["retired_because"] == "Version 2 was released."
    assert client.delete("/v1/risk-profiles/heavy/draft").status_code == 404


def test_a_draft_selects_nothing_and_can_be_thrown_away(client: httpx.Client) -> None:
    client.put("/v1/risk-profiles/heavy/draft", json=said())
    declare(client, "C-1", declared())
    assert waiting(client) == []
    assert client.delete("/v1/risk-profiles/heavy/draft").status_code == 204
    assert client.get("/v1/risk-profiles/heavy").status_code == 404


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("declaration.gros_mass_kg > 5.0", "line 1, column 13: there is no gros_mass_kg here; did you mean"),
        ("risk.lane == 'red'", "line 1, column 1: risk is not known"),
        ("declaration.gross_mass_kg >\n  '5'", "line 1, column 1: a double cannot be compared with a string"),
        ("declaration.gross_mass_kg >\n  )", "line 2, column 3: Syntax error"),
    ],
)
def test_a_draft_that_cannot_be_judged_is_refused_with_the_place(
    client: httpx.Client, expression: str, told: str
) -> None:
    refused = client.put("/v1/risk-profiles/heavy/draft", json=said(expression=expression))
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:tallyscan:error:invalid_risk_profile")
    assert told in refused.json()["detail"]
    assert client.get("/v1/risk-profiles").json() == {"profiles": []}


def test_a_profile_that_is_released_or_retired_later_counts_for_what_is_still_expected(
    client: httpx.Client,
) -> None:
    declare(client, "C-1", declared())
    release(client, "heavy")
    until(lambda: [each["consignment"] for each in waiting(client)] == ["C-1"])
    url = "/v1/risk-profiles/heavy/versions/1/retire"
    retired = client.post(url, json={"by": "officer-1", "because": "The season is over."})
    assert retired.json()["status"] == "retired"
    until(lambda: waiting(client) == [])
    assert client.post(url, json={"by": "officer-1", "because": "Again."}).status_code == 409


def test_a_load_is_selected_for_opening_by_what_its_scan_shows(client: httpx.Client) -> None:
    release(
        client,
        "any-scan",
        stage="after_scan",
        action="open",
        expression="scans.exists(s, s.status == 'read') && has(declaration.mrn)",
    )
    declare(client, "C-1", declared())
    files = [("image", ("a.tif", container_tiff())), ("sidecar", ("a.json", sidecar_json()))]
    scan = client.post("/v1/scans?wait=30", files=files).json()
    (listed,) = waiting(client, "after_scan")
    assert (listed["consignment"], listed["actions"]) == ("C-1", ["open"])
    nothing = {"by": "inspector-1", "opened": "wholly", "found": False}
    assert client.post(f"/v1/scans/{scan['id']}/inspections", json=nothing).status_code == 201
    assert waiting(client, "after_scan") == []


def test_a_scan_that_was_not_read_is_looked_at_again_and_not_opened_for_it(client: httpx.Client) -> None:
    release(client, "score", stage="after_scan", action="open", expression="scans.exists(s, s.score > 0.5)")
    files = [("image", ("a.tif", b"no image")), ("sidecar", ("a.json", sidecar_json()))]
    client.post("/v1/scans?wait=30", files=files, data={"consignment": "C-1"})
    (listed,) = waiting(client, "after_scan")
    assert listed["actions"] == ["second_reading"]
    assert "score is not known" in listed["reasons"]


def test_a_dry_run_says_what_a_draft_would_have_done(client: httpx.Client) -> None:
    declare(client, "C-1", declared())
    declare(client, "C-2", declared(OTHER_CONTAINER, mass_kg=100))
    declare(client, "C-3", declared("MSKU9070323", mass_kg=None))
    files = [("image", ("a.tif", container_tiff())), ("sidecar", ("a.json", sidecar_json()))]
    scan = client.post("/v1/scans?wait=30", files=files).json()
    found = {"by": "i-1", "opened": "wholly", "found": True, "items": [{"description": "Cigarettes"}]}
    client.post(f"/v1/scans/{scan['id']}/inspections", json=found)
    client.put("/v1/risk-profiles/heavy/draft", json=said())
    run = client.get("/v1/risk-profiles/heavy/versions/1/dry-run").json()
    assert (run["considered"], run["hits"], run["undetermined"], run["selected"]) == (3, 1, 1, 2)
    assert (run["inspected"], run["finds"], run["hit"]) == (1, 1, ["C-1"])
    assert run["undetermined_because"] == {"gross_mass_kg is not known": 1}
    assert waiting(client) == []
    url = "/v1/risk-profiles/heavy/versions/1/dry-run?since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z"
    assert client.get(url).status_code == 409


class Watching:
    """A client that watches in a thread, as a browser would."""

    def __init__(self, client: httpx.Client, site: str, **headers: str) -> None:
        self.lines: list[str] = []
        self.status = 0
        self.ended = threading.Event()
        self._url, self._headers = client.base_url.join(f"/v1/sites/{site}/live"), headers
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        until(lambda: self.status)

    def _run(self) -> None:
        with httpx.stream("GET", self._url, headers=self._headers, timeout=30) as answer:
            self.status, self.type = answer.status_code, answer.headers["content-type"]
            for line in answer.iter_lines():
                self.lines.append(line)
        self.ended.set()

    @property
    def kinds(self) -> list[str]:
        return [line.removeprefix("event: ") for line in self.lines if line.startswith("event: ")]

    @property
    def ids(self) -> list[int]:
        return [int(line.removeprefix("id: ")) for line in self.lines if line.startswith("id: ")]

    def join(self) -> None:
        self._thread.join(30)
        assert not self._thread.is_alive()


@pytest.fixture
def served(settings: Settings, store: Store, reader: Reader) -> Iterator[httpx.Client]:
    two = settings.model_copy(update={"live_watchers": 2})
    with running(two, store, reader) as service, serving(service, settings) as client:
        yield client


def test_a_site_is_watched_live_and_the_stream_goes_on_where_it_was_left(
    settings: Settings, store: Store, reader: Reader
) -> None:
    with running(settings, store, reader) as service:
        with serving(service, settings) as client:
            release(client, "heavy")
            watching = Watching(client, "xxoff001")
            declare(client, "C-1", declared())
            other = declared("MSKU9070323", customsOffices=[{"referenceNumber": "XXOFF002"}])
            declare(client, "C-9", other)
            said_here = json.loads(sidecar_json()) | {"site": "XXOFF001"}
            files = [
                ("image", ("a.tif", container_tiff())),
                ("sidecar", ("a.json", json.dumps(said_here).encode())),
            ]
            scan = client.post("/v1/scans?wait=30", files=files).json()
            decision = {"by": "officer-3", "decision": "suspicious", "reason": "anomaly", "comment": "All."}
            more = {"revision": 1, "marks_shown": True}
            client.post(f"/v1/scans/{scan['id']}/decisions", json=decision | more)
            refer = {"by": "officer-4", "decision": "refer", "reason": "specialist", "reader": "second"}
            client.post(f"/v1/scans/{scan['id']}/decisions", json=refer | more)
            low = {"by": "engine-1", "score": 0.01, "at": "2026-02-01T10:00:00Z"}
            client.post("/v1/consignments/C-1/risk-scores", json=low)
            client.post("/v1/consignments/C-9/risk-scores", json=low)
            expected = [
                "declaration.arrived",
                "selection.made",
                "scan.arrived",
                "reading.completed",
                "decision.made",
                "decision.made",
                "referral.opened",
                "risk-score.recorded",
            ]
            until(lambda: len(watching.kinds) == len(expected))
            assert (watching.status, watching.type) == (200, "text/event-stream; charset=utf-8")
            assert watching.kinds == expected
            data = [json.loads(line[6:]) for line in watching.lines if line.startswith("data: ")]
            assert {each["consignment"] for each in data} == {"C-1"}
            assert data[1]["in_words"] == "Heavy goods (heavy v1)"
            assert data[3]["lane"] == scan["risk"]["lane"]
            assert [each["site"] for each in data[2:]] == ["XXOFF001"] * (len(expected) - 2)
            assert data[6]["in_words"] == "specialist, referred by officer-4"
            assert data[7]["in_words"].startswith("engine-1: Adds ")
            assert watching.ids == sorted(set(watching.ids))
            again = Watching(client, "XXOFF001", **{"Last-Event-ID": str(watching.ids[2])})
            until(lambda: len(again.kinds) == len(expected) - 3)
            assert again.kinds == expected[3:]
        for each in (watching, again):  # the service has ended, and so has the stream, in good order
            each.join()
            assert each.ended.is_set()


def test_a_stream_that_is_idle_gives_a_sign_of_life(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fastapi.routing, "_PING_INTERVAL", 0.05)
    with client.stream("GET", "/v1/sites/XXOFF001/live") as answer:
        assert next(answer.iter_lines()).startswith(":")


def test_a_stream_in_which_nothing_happens_says_that_it_is_alive(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_live, "_ALIVE_SECONDS", 0)
    with client.stream("GET", "/v1/sites/XXOFF001/live") as answer:
        said = next(line for line in answer.iter_lines() if not line.startswith(":"))
    assert said == "event: alive"


def test_so_many_clients_watch_and_no_more_until_one_goes(served: httpx.Client) -> None:
    url = "/v1/sites/XXOFF001/live"
    with served.stream("GET", url) as first, served.stream("GET", url) as second:
        assert (first.status_code, second.status_code) == (200, 200)
        third = served.get(url)
        assert (third.status_code, third.json()["type"]) == (503, "urn:tallyscan:error:unavailable")
    until(lambda: _status(served, url) == 200)


def test_what_is_no_place_in_the_stream_is_refused(client: httpx.Client) -> None:
    answer = client.get("/v1/sites/XXOFF001/live", headers={"Last-Event-ID": "abc"})
    assert answer.status_code == 422


def test_who_was_away_for_too_long_is_told_that_lines_are_missing(client: httpx.Client) -> None:
    declare(client, "C-1", declared())
    headers = {"Last-Event-ID": "999999"}  # of a database that was put back, say
    with client.stream("GET", "/v1/sites/XXOFF001/live", headers=headers) as answer:
        lines = answer.iter_lines()
        kinds = [next(line for line in lines if line.startswith("event: ")) for _ in range(2)]
    assert kinds == ["event: lines.missed", "event: declaration.arrived"]


def _status(client: httpx.Client, url: str) -> int:
    with client.stream("GET", url) as answer:
        return answer.status_code


def test_a_browser_that_begins_anew_goes_on_after_the_line_that_it_saw_last(client: httpx.Client) -> None:
    declare(client, "C-1", declared())
    declare(client, "C-2", declared(OTHER_CONTAINER))
    with client.stream("GET", "/v1/sites/XXOFF001/live?recent=9") as answer:
        first = next(line for line in answer.iter_lines() if line.startswith("id: "))
    with client.stream("GET", f"/v1/sites/XXOFF001/live?after={first[4:]}") as answer:
        data = next(line for line in answer.iter_lines() if line.startswith("data: "))
    assert json.loads(data[6:])["consignment"] == "C-2"
