"""Whoever still has to read a scan, and does nothing else, is told what it was read to be by no route at all."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi.routing import APIRoute

from tallyscan.access.rules import RULES
from tallyscan.bootstrap import open_store
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.web import (
    routes_consignments,
    routes_crossing_points,
    routes_dispositions,
    routes_images,
    routes_incoming,
    routes_live,
    routes_referrals,
    routes_reviews,
    routes_scans,
    routes_selection,
    routes_sheets,
)
from tallyscan.web.incoming_examples import RISK_SCORE_SAID
from tallyscan.web.withheld import TELLS_BOTH, TELLS_READING, TELLS_WORDS
from tests.review.builders import found
from tests.sample_images import container_tiff, declaration_json, sidecar_json
from tests.web.test_desk import HIDDEN, said_in
from tests.web.with_accounts import WithAccounts, serving_accounts

SITE = "XXOFF001"
TELLS = {TELLS_READING.dependency: "reading", TELLS_WORDS.dependency: "words", TELLS_BOTH.dependency: "both"}
ROOMS = (
    routes_consignments,
    routes_crossing_points,
    routes_dispositions,
    routes_images,
    routes_incoming,
    routes_referrals,
    routes_reviews,
    routes_scans,
    routes_selection,
    routes_sheets,
)
REFUSED = {
    f"GET {route.path}": TELLS[each.dependency]
    for room in ROOMS
    for route in room.router.routes
    if isinstance(route, APIRoute) and "GET" in route.methods
    for each in route.dependencies
    if each.dependency in TELLS
}
"""What each of these would tell: it is refused as long as that is hidden."""

WITHHELD = {
    "GET /v1/scans",
    "GET /v1/scans/{scan_id}",
    "GET /v1/scans/{scan_id}/related",
    "GET /v1/consignments/{consignment:path}/scans",
    "GET /v1/desk/scans/{scan_id}",
    "GET /v1/sites/{site}/desk",
    "GET /v1/sites/{site}/board",
    "GET /v1/sites/{site}/worklist",
    "GET /v1/sites/{site}/selection",
    "GET /v1/referrals",
    "GET /v1/reference",
}
"""They answer without what is hidden."""

TELL_OTHERS = {
    "GET /v1/scans",
    "GET /v1/scans/{scan_id}",
    "GET /v1/consignments/{consignment:path}/scans",
    "GET /v1/sites/{site}/worklist",
}
"""Those of them that withhold from operators alone."""

TELLS_NOTHING = {
    "GET /v1/scans/{scan_id}/image",
    "GET /v1/scans/{scan_id}/image/{revision}/{level}/{column}/{row}",
    "GET /v1/scans/{scan_id}/joins",
    "GET /v1/scans/{scan_id}/sheet/phone.svg",
    "GET /v1/joins",
    "GET /v1/consignments/{consignment:path}/declaration",
    "GET /v1/control-result-codes",
    "GET /v1/crossing-points",
    "GET /v1/desk/choices",
    "GET /v1/sites",
    "GET /v1/sites/{site}/alert-budget",
    "GET /v1/statistics",
    "GET /v1/scanners",
    "GET /v1/intake",
    "GET /v1/quarantine",
    "GET /v1/sessions",
}
"""Of no scan what it was read to be."""

LIVE = "GET /v1/sites/{site}/live"
"""Withholds within its lines. It never ends: `Gate.watches` reads what there is."""

HIDDEN_LINE = "Hidden while a reader is waited for."
FOR_OPERATORS = {
    route for route, rule in RULES.items() if route.startswith("GET ") and "operator" in rule.roles
}


class Gate:
    """A service with one scan of a declared consignment, at one site, and the people who work there."""

    def __init__(self, opened: WithAccounts) -> None:
        self.client = opened.client
        everything = {"auditor", "targeting_officer", "inspector", "operator"}
        self.people = {
            "first": opened.headers_of("first", ["operator"], ["*"]),
            "second": opened.headers_of("second", ["operator"], ["*"]),
            "third": opened.headers_of("third", ["operator"], ["*"]),
            "both": opened.headers_of("both", sorted(everything), ["*"]),  # type: ignore[arg-type]
        }
        self.portal = opened.key_of("portal", ["*"], ["deliver"])
        self.engine = opened.key_of("risk-engine", ["*"], ["tell"])
        scan = self.scans(container_tiff())
        self.scan, self.consignment = scan["id"], scan["consignment"]
        self.reading = scan
        budget = {
            "of": "inspections", "chance": 0.1, "time_zone": "UTC", "by": "both",
            "shifts": [{"name": "day", "starts": "00:00", "budget": 3}],
        }  # fmt: skip
        answer = self.client.put(f"/v1/sites/{SITE}/alert-budget", json=budget, headers=self.people["both"])
        assert answer.status_code == 200, answer.text
        self.referral: str | None = None

    def scans(self, image: bytes) -> dict[str, Any]:
        files = [
            ("image", ("a.tif", image)),
            ("sidecar", ("a.json", sidecar_json(site=SITE))),
            ("declaration", ("d.json", declaration_json())),
        ]
        read: dict[str, Any] = self.client.post("/v1/scans?wait=30", files=files, headers=self.portal).json()
        return read

    def asks(self, route: str, who: str) -> httpx.Response:
        stands = {
            "scan_id": self.scan, "consignment:path": self.consignment, "site": SITE, "revision": "1",
            "level": "0", "column": "0", "row": "0", "region": "F1", "referral_id": self.referral or uuid4(),
        }  # fmt: skip
        path = re.sub(r"{([\w:]+)}", lambda found: str(stands[found[1]]), route.removeprefix("GET "))
        query = {"person": who} if "desk/" in path or path.endswith("/desk") else {}
        query |= {"site": SITE} if path == "/v1/statistics" else {}
        query |= {"office": "CP1"} if path == "/v1/referrals" else {}
        query |= {"stage": "after_scan"} if path.endswith("/selection") else {}
        return self.client.get(path, params=query, headers=self.people[who])

    def decides(self, who: str, reader: str, **more: Any) -> dict[str, Any]:
        said = {"id": str(uuid4()), "by": who, "reader": reader, "revision": 1, "marks_shown": False}
        said |= {"decision": "clear", "reason": "nothing_found", **more}
        answer = self.client.post(f"/v1/scans/{self.scan}/decisions", json=said, headers=self.people[who])
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def orders(self, disposition: str, **more: Any) -> None:
        where = f"/v1/consignments/{self.consignment}"
        record = self.client.get(f"{where}/risk-record", headers=self.people["both"]).json()["history"]
        said = {"id": str(uuid4()), "by": "both", "disposition": disposition}
        self.says(f"{where}/dispositions", said | {"record": len(record), **more})

    def says(self, where: str, said: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        answer = self.client.post(where, json=said, headers=headers or self.people["both"])
        assert answer.status_code == 201, answer.text

    def watches(self, who: str) -> dict[str, dict[str, Any]]:
        """All that happened at the site as this person is told it, the newest line of each kind."""
        lines: dict[str, dict[str, Any]] = {}
        where, headers = f"/v1/sites/{SITE}/live?recent=200", self.people[who]
        with self.client.stream("GET", where, headers=headers) as answer:
            assert answer.status_code == 200
            for line in answer.iter_lines():
                if line == "event: alive":
                    break
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                if line.startswith("data: "):
                    lines[kind] = json.loads(line.removeprefix("data: "))
        return lines


@contextmanager
def gate(settings: Settings, reader: Reader, **shares: float) -> Iterator[Gate]:
    settings = settings.model_copy(update={**shares, "contact_points": {"CP1": "Border guard"}})
    with open_store(settings) as store, serving_accounts(settings, store, reader) as opened:
        yield Gate(opened)


@pytest.fixture
def blind(settings: Settings, reader: Reader) -> Iterator[Gate]:
    with gate(settings, reader, blind_first_share=1.0, second_reader_share=1.0) as opened:
        yield opened


def told(answer: httpx.Response) -> set[str]:
    assert answer.status_code in (200, 404), answer.text
    is_json = "json" in answer.headers["content-type"]
    return said_in(answer.json()) & (HIDDEN - {"score"} | {"risk_score"}) if is_json else set()


def test_of_every_route_that_an_operator_may_call_it_is_said_what_it_tells() -> None:
    assert {*REFUSED, *WITHHELD, *TELLS_NOTHING, LIVE} == FOR_OPERATORS
    assert not set(REFUSED) & (WITHHELD | TELLS_NOTHING)


def test_no_route_tells_a_blind_reader_what_was_read_until_they_have_decided(blind: Gate) -> None:
    assert "lane" in said_in(blind.reading)
    for route, tells in REFUSED.items():
        answer = blind.asks(route, "first")
        if tells == "words" or "referral" in route:
            assert answer.status_code in (200, 404), (route, answer.text)
            continue
        assert answer.status_code == 403, (route, answer.text)
        problem = answer.json()
        assert "read blind" in problem["detail"]
        assert "Read it at the desk" in problem["remedy"]
    for route in WITHHELD | TELLS_NOTHING - {"GET /v1/desk/choices"}:
        assert told(blind.asks(route, "first")) == set(), route
    for route in TELL_OTHERS:
        assert told(blind.asks(route, "both")), route
    document = blind.asks("GET /v1/scans/{scan_id}", "first").json()
    assert (document["state"], document["status"], document["links"]["report"]) == ("read", None, None)
    assert "read blind" in document["reason"]
    blind.decides("first", "first")
    assert blind.asks("GET /v1/scans/{scan_id}", "first").json()["risk"]["lane"]
    for route, tells in REFUSED.items():
        answer = blind.asks(route, "first")
        assert answer.status_code != 403, (route, tells, answer.text)


def test_a_second_reader_is_told_by_no_route_what_the_first_one_said(
    settings: Settings, reader: Reader
) -> None:
    with gate(settings, reader, second_reader_share=1.0) as house:
        words = "The invented words of the first reader."
        first = house.decides("first", "first", comment=words)
        assert house.asks("GET /v1/scans/{scan_id}", "second").json()["risk"]["lane"], "it is not read blind"
        for route, tells in REFUSED.items():
            answer = house.asks(route, "second")
            if tells == "reading" or "referral" in route:
                assert answer.status_code in (200, 404), (route, answer.text)
                continue
            assert answer.status_code == 403, (route, answer.text)
            assert "further reader" in answer.json()["detail"]
        for route in FOR_OPERATORS - {LIVE}:
            answer = house.asks(route, "second")
            assert words not in answer.text, route
            assert first["id"] not in answer.text, route
        assert house.asks("GET /v1/scans/{scan_id}/decisions", "first").status_code == 200, "it is their own"
        house.decides("second", "second")
        for route in REFUSED:
            assert house.asks(route, "second").status_code != 403, route
        assert words in house.asks("GET /v1/scans/{scan_id}/decisions", "second").text


def test_the_desk_says_which_pages_of_a_scan_are_refused(settings: Settings, reader: Reader) -> None:
    def leads(house: Gate, who: str) -> tuple[bool, bool]:
        """To the sheet, and to the record; each is answered where, and only where, it is said so."""
        shown = house.asks("GET /v1/desk/scans/{scan_id}", who).json()
        told = (shown["sheet"], shown["record"] is not None)
        routes = ("GET /v1/scans/{scan_id}/sheet", "GET /v1/consignments/{consignment:path}/risk-record")
        assert told == tuple(house.asks(route, who).status_code == 200 for route in routes)
        return told

    with gate(settings, reader, blind_first_share=1.0) as house:
        assert leads(house, "first") == (False, False)
        house.decides("first", "first", decision="suspicious", reason="anomaly", comment="There.")
        assert leads(house, "first") == (True, True)
        beside = house.scans(container_tiff(seed=1))
        assert (beside["consignment"], beside["id"] == house.scan) == (house.consignment, False)
        assert leads(house, "first") == (True, False), "the other scan is still to be read"
        house.orders("second_reading", ground="doubt")
        assert leads(house, "second") == (False, False), "another one decided"
        claim = f"/v1/desk/scans/{house.scan}/claim"
        answer = house.client.post(claim, json={"by": "third"}, headers=house.people["third"])
        assert answer.status_code == 200, answer.text
        assert leads(house, "second") == (False, False), "nor while somebody else reads it"


def test_no_live_line_tells_a_blind_reader_what_was_read_found_or_ordered(
    blind: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_live, "_ALIVE_SECONDS", 0)
    blind.says(f"/v1/consignments/{blind.consignment}/risk-scores", RISK_SCORE_SAID, blind.engine)
    blind.orders("open", ground="anomaly", look=[{"scan": blind.scan, "in_words": "Front."}])
    blind.says(f"/v1/scans/{blind.scan}/inspections", found(by="both"))
    lines = blind.watches("first")
    happened = {"declaration.arrived", "scan.arrived"}
    told = {"reading.completed", "risk-score.recorded", "disposition.made", "inspection.made"}
    assert happened | told <= lines.keys()
    for kind, line in lines.items():
        assert (line["lane"], line["disposed"]) == (None, None), kind
        assert (line["in_words"] in ("Read.", HIDDEN_LINE)) == (kind not in happened), (kind, line)
        assert line["said"][0]["template"] == line["in_words"] or kind in happened, kind
    others = blind.watches("both")
    assert others["disposition.made"]["disposed"]["disposition"] == "open"
    assert HIDDEN_LINE not in {
        others[kind]["in_words"] for kind in ("disposition.made", "risk-score.recorded")
    }
    blind.decides("first", "first")
    lines = blind.watches("first")
    assert lines["reading.completed"]["lane"]
    assert lines["disposition.made"] == others["disposition.made"]
    assert HIDDEN_LINE not in {line["in_words"] for line in lines.values()}


def test_no_live_line_tells_a_second_reader_what_the_first_one_said(
    settings: Settings, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_live, "_ALIVE_SECONDS", 0)
    with gate(settings, reader) as house:
        house.decides("first", "first", decision="suspicious", reason="anomaly", comment="There.")
        assert house.watches("second")["decision.made"]["in_words"] == "suspicious, first", (
            "nobody is waited for"
        )
        house.orders("second_reading", ground="doubt")
        lines = house.watches("second")
        assert lines["reading.completed"]["lane"], "it is not read blind"
        for kind in ("decision.made", "disposition.made"):
            assert (lines[kind]["in_words"], lines[kind]["disposed"]) == (HIDDEN_LINE, None)
        assert house.watches("first")["decision.made"]["in_words"] == "suspicious, first", "it is their own"
        house.decides("second", "second", decision="suspicious", reason="anomaly", comment="There.")
        assert house.watches("second")["disposition.made"]["disposed"]["by"] == "both"


def test_whoever_has_another_role_beside_is_refused_nothing(blind: Gate) -> None:
    blind.decides("first", "first")
    for route in REFUSED:
        assert blind.asks(route, "both").status_code != 403, route
    assert blind.asks("GET /v1/scans/{scan_id}", "both").json()["risk"]["lane"]


def test_a_referral_is_no_way_to_what_another_reader_said(settings: Settings, reader: Reader) -> None:
    with gate(settings, reader) as house:
        said = {"decision": "refer", "reason": "second_opinion", "refer_to": {"office": "CP1"}}
        house.referral = house.decides("first", "first", **said)["id"]
        assert [each["id"] for each in house.asks("GET /v1/referrals", "first").json()["referrals"]] == [
            house.referral
        ]
        assert house.asks("GET /v1/referrals/{referral_id}", "first").status_code == 200
        assert house.asks("GET /v1/referrals", "second").json()["referrals"] == []
        assert house.asks("GET /v1/referrals/{referral_id}", "second").status_code == 403
