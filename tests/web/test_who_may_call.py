"""Every route, every role: what the table says is what a request meets."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, get_args
from urllib.parse import quote

import httpx
import pytest

from tallyscan.access.caller import ROLES, TASKS, Role
from tallyscan.access.rules import RULES, Rule, Where
from tallyscan.bootstrap import open_store
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.web import referred
from tests.acquire.dicom_network import dx
from tests.e2e.serving import wait_until
from tests.sample_images import container_tiff, sidecar_json
from tests.web.test_stow import CONTENT_TYPE, body
from tests.web.with_accounts import WithAccounts, declared, serving_accounts

HERE, THERE = "UA209060", "NL000510"
OFFICE = "XX 000900"
"""What is at both sites is referred to it: what is here for long, what is there for half a year less."""

Headers = dict[str, str]
Sends = dict[str, Any]
_NAMES = {
    "decision_id": "7f6d0f1a-1c55-5a35-8a0d-5b5c8d2e9a41",
    "profile": "no-such-profile",
    "event": "4711",
    "study": "2.25.7",
    "name:path": "nothing.js",
    "page:path": "",
    "session": "no-session",
    "account": "nobody",
    "key": "no-key",
}
"""What stands in an address for what is of no site; of other names `1`."""


class House:
    """A service with a scan, a referral and a consignment at each of two sites, and callers at the first of them."""

    def __init__(self, opened: WithAccounts) -> None:
        self._opened = opened
        self.client = opened.client
        everywhere = opened.key_of("everywhere", ["*"], TASKS)
        self.scans, self.consignments = {}, {}
        for site in (HERE, THERE):
            files = [
                ("image", ("a.tif", container_tiff())),
                ("sidecar", ("a.json", sidecar_json(None, site=site))),
            ]
            self.scans[site] = self.client.post("/v1/scans", files=files, headers=everywhere).json()["id"]
            self.consignments[site] = f"C/{site}"
            answer = self.client.post(
                "/v1/declarations", json=declared(f"C/{site}", site), headers=everywhere
            )
            assert answer.status_code == 201, answer.text
        until = {HERE: "2099-01-01T00:00:00Z", THERE: "2098-01-01T00:00:00Z"}
        self.referrals = {site: self._referred(scan, until[site]) for site, scan in self.scans.items()}
        for site, consignment in self.consignments.items():
            self._refer_consignment(consignment, until[site])
        self.people = {role: self.person(role, [HERE]) for role in ROLES if role != "administrator"}
        self.people["administrator"] = self.person("administrator", ["*"])
        self.of_all = {role: self.person(role, ["*"]) for role in ROLES}
        self.devices = {task: opened.key_of(f"here to {task}", [HERE], [task]) for task in TASKS}

    def person(self, role: Role, sites: list[str]) -> Headers:
        return self._opened.headers_of(f"{role} {sites[0].strip('*') or 'of all'}", [role], sites)

    def _referred(self, scan: str, until: str) -> str:
        """By the decision of an officer, whose id it has, to the office."""
        by = self._opened.headers_of("Officer 1", ["operator"], ["*"])
        where = f"/v1/scans/{scan}"
        wait_until(lambda: self.client.get(where, headers=by).json()["status"] is not None)
        revision = self.client.get(where, headers=by).json()["revision"]
        said: Sends = {"decision": "refer", "reason": "specialist", "by": "Officer 1", "revision": revision}
        said |= {"marks_shown": False, "refer_to": {"office": OFFICE, "answer_by": until}}
        answer = self.client.post(f"{where}/decisions", json=said, headers=by)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def _refer_consignment(self, consignment: str, until: str) -> None:
        """By the disposition of a targeting officer, to the office."""
        by = self._opened.headers_of("Officer 2", ["targeting_officer"], ["*"])
        where = f"/v1/consignments/{quote(consignment, safe='')}"
        record = self.client.get(f"{where}/risk-record", headers=by).json()["history"]
        said = {"by": "Officer 2", "disposition": "refer", "ground": "documents", "record": len(record)}
        said |= {"contact_point": OFFICE, "purpose": "Is the licence valid?", "until": until}
        answer = self.client.post(f"{where}/dispositions", json=said, headers=by)
        assert answer.status_code == 201, answer.text

    def asks(self, route: str, caller: Headers, site: str, sends: Sends | None = None) -> httpx.Response:
        """The route, about what is at that site."""
        method, path = route.split(" ", 1)
        stands = {"scan_id": self.scans[site], "consignment:path": self.consignments[site], "site": site}
        stands["referral_id"] = self.referrals[site]
        query = f"?site={site}" if RULES[route].where == "asked" else ""
        path = re.sub(r"{([\w:]+)}", lambda found: (_NAMES | stands).get(found[1], "1"), path)
        sends = sends or self._body(route, site)
        sends["headers"] = {**sends.get("headers", {}), **caller}
        with self.client.stream(method, path + query, **sends) as answer:
            if "event-stream" not in answer.headers.get("content-type", ""):
                answer.read()
        return answer

    def _body(self, route: str, site: str) -> Sends:
        """What is delivered is of that site; of everything else an empty document will do."""
        if route.startswith(("GET", "DELETE")):
            return {}
        if route == "POST /v1/scans":
            sidecar = sidecar_json(None, site=site)
            return {"files": [("image", ("b.tif", container_tiff(seed=1))), ("sidecar", ("b.json", sidecar))]}
        if "dicomweb" in route:
            return {"content": body(dx(1)), "headers": {"Content-Type": CONTENT_TYPE}}
        if "declaration" in route:
            return {"json": declared(self.consignments[site], site)}
        return {
            "json": {
                "subject": self.consignments[site],
                "consignments": [{"consignment": self.consignments[site]}],
            }
        }


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, tiny_models_dir: Any, reader: Reader) -> Iterator[House]:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("access"), models_dir=tiny_models_dir, inference_threads=1
    )
    with open_store(settings) as store, serving_accounts(settings, store, reader) as opened:
        yield House(opened)


routes = pytest.mark.parametrize(("route", "rule"), RULES.items(), ids=list(RULES))
OF_A_SITE: tuple[Where, ...] = (
    "site",
    "scan",
    "referral",
    "consignment",
    "subject",
    "listed",
    "asked",
    "arriving",
)


def let_in(answer: httpx.Response) -> bool:
    """Whatever it came to: it was no question of who asked."""
    assert answer.status_code != 500
    return answer.status_code not in (401, 403)


@routes
def test_a_stranger_is_let_in_where_everybody_is(house: House, route: str, rule: Rule) -> None:
    answer = house.asks(route, {}, HERE)
    if rule.open:
        assert answer.status_code != 403
        assert answer.status_code != 401 or route == "POST /v1/account/password"
    else:
        assert answer.status_code == 401
        said = answer.json()
        assert (said["type"], bool(said["remedy"])) == ("urn:tallyscan:error:not_signed_in", True)


@pytest.mark.parametrize("wrong", ["Bearer nothing", "Bearer", "Basic QTpC", "tallyscan_"])
def test_a_key_that_is_none_is_never_taken_for_one(house: House, wrong: str) -> None:
    for route in ("GET /v1/session", "GET /v1/scans", "POST /v1/scans", "POST /v1/events"):
        assert house.asks(route, {"Authorization": wrong}, HERE).status_code == 401


@routes
def test_every_role_is_let_in_where_the_table_says_so_and_nowhere_else(
    house: House, route: str, rule: Rule
) -> None:
    if route in ("DELETE /v1/session", "POST /v1/session", "DELETE /v1/sessions"):
        return  # they end and begin sessions: test_access.py
    for role in ROLES:
        answer = house.asks(route, house.of_all[role], HERE)
        assert let_in(answer) == (rule.open or role in rule.roles), (role, answer.text)
        if answer.status_code == 403:
            said = answer.json()
            assert (said["type"], bool(said["remedy"])) == ("urn:tallyscan:error:forbidden", True)


@routes
def test_whoever_is_for_one_site_is_let_in_there_alone(house: House, route: str, rule: Rule) -> None:
    for role in set(rule.roles) - {"administrator"}:
        headers = house.people[role]
        assert let_in(house.asks(route, headers, HERE)) == (rule.where != "every"), role
        assert let_in(house.asks(route, headers, THERE)) == (rule.where not in (*OF_A_SITE, "every")), role


@pytest.mark.parametrize(
    ("route", "rule"),
    [each for each in RULES.items() if each[1].where in ("scan", "referral", "consignment")],
)
def test_another_office_is_let_in_where_a_case_is_referred_to_it_and_in_its_time_alone(
    house: House, route: str, rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(referred, "now_utc", lambda: datetime(2098, 6, 1, tzinfo=UTC))
    contact = house.person("contact_point", [OFFICE])
    assert let_in(house.asks(route, contact, HERE)) == rule.referred
    past = house.asks(route, contact, THERE)
    if not route.startswith("POST /v1/referrals"):  # its answer may be on record already: test_access.py
        assert not let_in(past)
        assert ("that time has passed" in past.json()["detail"]) == rule.referred
    neighbour = house.person("contact_point", ["XX 000901"])
    assert not let_in(house.asks(route, neighbour, HERE))


@routes
def test_a_key_is_for_its_task_at_its_site_alone(house: House, route: str, rule: Rule) -> None:
    if rule.open:
        return
    for task, headers in house.devices.items():
        assert let_in(house.asks(route, headers, HERE)) == (rule.task == task)
        refused = house.asks(route, headers, THERE)
        if "dicomweb" not in route:  # what it says of itself names no site: test_access.py
            assert not let_in(refused) or rule.where == "anywhere"


@routes
def test_nobody_speaks_in_the_name_of_somebody_else(house: House, route: str, rule: Rule) -> None:
    if rule.open or rule.task in ("deliver", "report") or route.startswith("GET"):
        return
    headers = house.of_all[rule.roles[0]] if rule.roles else house.devices["tell"]
    for said in ({"by": "somebody else"}, {"data": {"by": "somebody else"}}, [{"by": "x"}]):
        for sent_as in ("application/json", "text/plain"):
            sends = {"content": json.dumps(said).encode(), "headers": {"Content-Type": sent_as}}
            answer = house.asks(route, headers, HERE, sends)
            assert answer.status_code == 403, answer.text
            assert "You are signed in as" in answer.json()["detail"]


@routes
def test_nothing_is_changed_by_a_cookie_alone(house: House, route: str, rule: Rule) -> None:
    if route.startswith("GET") or rule.open:
        return
    cookie = {"Cookie": house.of_all[(rule.roles or ROLES)[0]]["Cookie"]}
    answer = house.asks(route, cookie, HERE)
    assert answer.status_code == 403
    assert "X-CSRF-Token" in answer.json()["detail"]


def test_every_kind_of_place_and_every_role_is_in_the_table() -> None:
    assert {rule.where for rule in RULES.values()} <= set(get_args(Where))
    assert {role for rule in RULES.values() for role in rule.roles} == set(ROLES)
