"""The gate, as somebody meets it who signs in, is a stranger, or sends by a key."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import APIRouter

from tallyscan.access.rules import RULES, Rule
from tallyscan.bootstrap import Store
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store.whose_site import sites_of_referral
from tallyscan.web import referred, routes_service
from tallyscan.web.app import create_app
from tests.access.conftest import Clock
from tests.acquire.dicom_network import dx
from tests.e2e.serving import wait_until
from tests.sample_images import container_tiff, declaration_json, sidecar_json
from tests.web.test_stow import CONTENT_TYPE, STUDIES, body
from tests.web.with_accounts import WithAccounts, declared, serving_accounts

HERE, THERE = "UA209060", "NL000510"
PASSWORD = "four words of nobody"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(settings: Settings, store: Store, reader: Reader, clock: Clock) -> Iterator[WithAccounts]:
    with serving_accounts(settings, store, reader, clock=clock) as opened:
        yield opened


@pytest.fixture
def officer(house: WithAccounts) -> dict[str, str]:
    return house.headers_of("Officer 1", ["operator"], [HERE])


def send(house: WithAccounts, headers: dict[str, str], **said: object) -> httpx.Response:
    files = [
        ("image", ("a.tif", container_tiff(seed=len(str(said))))),
        ("sidecar", ("a.json", sidecar_json(None, **said))),
    ]
    return house.client.post("/v1/scans", files=files, headers=headers)


def test_a_person_sets_a_password_signs_in_works_and_signs_out(house: WithAccounts) -> None:
    client = house.client
    assert client.get("/v1/session").json() == {
        "sign_in": "accounts",
        "person": None,
        "roles": [],
        "sites": [],
        "csrf": None,
        "passwords": True,
        "from_provider": False,
    }
    _, link = house.access.accounts.add("Officer 1", ["operator"], [HERE], by="test")
    answer = client.post(
        "/v1/account/password", json={"link": link.path.partition("#")[2], "password": "too short"}
    )
    assert (answer.status_code, answer.json()["detail"]) == (400, "A password has 12 to 256 signs.")
    answer = client.post(
        "/v1/account/password", json={"link": link.path.partition("#")[2], "password": PASSWORD}
    )
    assert answer.json() == {"name": "Officer 1"}
    assert "set-cookie" not in answer.headers, "a link signs nobody in"

    answer = client.post("/v1/session", json={"name": "officer 1", "password": PASSWORD})
    session = answer.json()
    assert (session["person"], session["roles"], session["sites"]) == ("Officer 1", ["operator"], [HERE])
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Secure" not in cookie, "this is no TLS"
    assert client.get("/v1/session").json() == session, "the client keeps the cookie"
    assert client.get("/v1/scans").status_code == 200

    assert client.delete("/v1/session").status_code == 403, "without the header anybody's page could"
    assert client.delete("/v1/session", headers={"X-CSRF-Token": session["csrf"]}).status_code == 204
    assert client.get("/v1/scans").status_code == 401


def test_behind_a_proxy_with_tls_the_cookie_is_secure_and_of_this_host_alone(house: WithAccounts) -> None:
    _, link = house.access.accounts.add("Officer 1", ["operator"], ["*"], by="test")
    house.access.accounts.set_password_by_link(link.path.partition("#")[2], PASSWORD)
    answer = house.client.post(
        "/v1/session",
        json={"name": "Officer 1", "password": PASSWORD},
        headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"},
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-tallyscan_session=")
    assert "Secure" in cookie
    (session,) = house.access.sessions.of("Officer 1")
    assert session.address == "192.0.2.7"


def test_wrong_passwords_are_told_alike_and_then_the_time_to_wait(house: WithAccounts) -> None:
    house.access.accounts.add("Officer 1", ["operator"], ["*"], by="test")
    answers = [
        [house.client.post("/v1/session", json={"name": name, "password": "wrong"}) for _ in range(6)]
        for name in ("Officer 1", "nobody")
    ]
    for per_name in answers:
        assert [answer.status_code for answer in per_name] == [401] * 5 + [429]
        assert per_name[-1].headers["retry-after"] == "30"
        assert per_name[-1].json()["type"] == "urn:tallyscan:error:too_many_attempts"
    told = [[a.json() | {"request": None} for a in per_name] for per_name in answers]
    assert told[0] == told[1]


def test_a_session_that_is_over_is_a_401_that_says_what_to_do(
    house: WithAccounts, officer: dict[str, str], clock: Clock
) -> None:
    assert house.client.get("/v1/scans", headers=officer).status_code == 200
    clock.goes_on(minutes=61)
    answer = house.client.get("/v1/scans", headers=officer)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["type"] == "urn:tallyscan:error:not_signed_in"
    assert "Sign in at /console/" in answer.json()["remedy"]
    assert house.client.get("/v1/session", headers=officer).json()["person"] is None


def test_who_opens_a_page_in_a_browser_without_a_session_is_led_to_the_console(house: WithAccounts) -> None:
    answer = house.client.get("/v1/scans/1/report", headers={"Accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")


@pytest.mark.parametrize("token", [None, "", "0" * 64, "ä"])
def test_nothing_is_changed_without_the_token_of_the_session(
    house: WithAccounts, officer: dict[str, str], token: str | None
) -> None:
    scan = send(house, officer, site=HERE).json()["id"]
    headers = {"Cookie": officer["Cookie"]} | ({} if token is None else {"X-CSRF-Token": token.encode()})
    answer = house.client.post(f"/v1/scans/{scan}/decisions", json={}, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:tallyscan:error:stale_token"
    assert "X-CSRF-Token" in answer.json()["detail"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_cannot_ask_for_a_change(client: httpx.Client, site: str) -> None:
    answer = client.post("/v1/declarations", content=declaration_json(), headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403, "also where nobody signs in"
    assert client.get("/v1/consignments/26NL0000000000001/declaration").status_code == 404
    headers = {"Sec-Fetch-Site": "same-origin"}
    assert client.post("/v1/declarations", content=declaration_json(), headers=headers).status_code == 201


def test_nobody_speaks_for_somebody_else(house: WithAccounts, officer: dict[str, str]) -> None:
    scan = send(house, officer, site=HERE).json()["id"]
    where = f"/v1/scans/{scan}/consignment"
    said = {"consignment": None, "reason": "There is no declaration of it."}
    answer = house.client.put(where, json={**said, "by": "Officer 2"}, headers=officer)
    assert answer.status_code == 403
    assert "Officer 1" in answer.json()["detail"]
    assert house.client.put(where, json={**said, "by": " Officer 1 "}, headers=officer).status_code == 200
    (*_, step) = house.client.get(f"/v1/scans/{scan}/joins", headers=officer).json()["steps"]
    assert step["decided_by"] == "Officer 1"


def test_the_name_in_an_event_is_that_of_the_key(house: WithAccounts) -> None:
    headers = house.key_of("weighbridge 3", ["*"], ["tell"])
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "urn:test",
        "type": "org.tallyscan.weighing.recorded.v1",
        "subject": "C-1",
        "data": {"by": "weighbridge 4", "kind": "gross", "mass_kg": 21000},
    }
    answer = house.client.post("/v1/events", json=event, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:tallyscan:error:forbidden")
    event["data"] = {"by": "weighbridge 3", "weighed": "gross", "mass_kg": 21000}
    answer = house.client.post("/v1/events", json=event, headers=headers)
    assert answer.status_code != 403


def test_lists_show_the_scans_of_ones_own_sites_and_those_that_name_none(house: WithAccounts) -> None:
    sender = house.key_of("gate", ["*"])
    ids = {
        site: send(house, sender, **({"site": site} if site else {})).json()["id"]
        for site in (HERE, "nl 000510", "")
    }
    people = {
        HERE: house.headers_of("Officer 1", ["operator"], [HERE]),
        THERE: house.headers_of("Officer 2", ["operator"], [THERE]),
        "*": house.headers_of("Officer 3", ["operator"], ["*"]),
    }
    sees = {HERE: {HERE, ""}, THERE: {"nl 000510", ""}, "*": set(ids)}
    for site, headers in people.items():
        listed = house.client.get("/v1/scans", headers=headers).json()["scans"]
        assert {each["id"] for each in listed} == {ids[of] for of in sees[site]}
        waiting = house.client.get("/v1/joins", headers=headers).json()["joins"]
        assert {each["scan"] for each in waiting} == {ids[of] for of in sees[site]}


def test_a_consignment_is_of_where_it_is_declared_to_come_and_where_it_was_scanned(
    house: WithAccounts,
) -> None:
    targeting = house.headers_of("Officer 9", ["targeting_officer"], ["*"])
    declaration = declared("C-1", "UA 209060")
    answer = house.client.put("/v1/consignments/C-1/declaration", json=declaration, headers=targeting)
    assert answer.status_code == 201, answer.text
    here, there = (house.headers_of(f"At {site}", ["inspector"], [site]) for site in (HERE, THERE))
    where = "/v1/consignments/C-1/risk-record"
    assert [house.client.get(where, headers=each).status_code for each in (here, there)] == [200, 403]
    assert house.client.get("/v1/consignments/%20C-1%20/risk-record", headers=there).status_code == 403
    sender = house.key_of("gate", ["*"])
    files = [("image", ("a.tif", container_tiff())), ("sidecar", ("a.json", sidecar_json(None, site=THERE)))]
    scan = house.client.post("/v1/scans", files=files, data={"consignment": "C-1"}, headers=sender)
    assert scan.status_code == 202, scan.text
    assert [house.client.get(where, headers=each).status_code for each in (here, there)] == [200, 200]


def test_nobody_comes_to_a_consignment_of_another_site_by_moving_a_scan_there(house: WithAccounts) -> None:
    everything = house.key_of("everything", ["*"])
    house.client.post("/v1/declarations", json=declared("C-2", THERE), headers=everything)
    scan = send(house, everything, site=HERE).json()["id"]
    officer = house.headers_of("Officer 1", ["operator"], [HERE])
    said = {"consignment": "C-2", "by": "Officer 1", "reason": "It looks like it."}
    where = f"/v1/scans/{scan}/consignment"
    assert house.client.put(where, json=said, headers=officer).status_code == 403
    assert house.client.get("/v1/consignments/C-2/risk-record", headers=officer).status_code == 403


def test_a_list_of_sites_asked_for_is_of_ones_own_sites(
    house: WithAccounts, officer: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, "GET /v1/scanners", Rule(("operator",), "asked"))

    def status(query: str, headers: dict[str, str]) -> int:
        return house.client.get(f"/v1/scanners{query}", headers=headers).status_code

    asked = (
        "",
        "?site=",
        f"?site={THERE}",
        f"?site={HERE}&site={THERE}",
        f"?site={HERE}&office={THERE}",
        "?site=ua 209060",
        "?site=unnamed",
    )
    assert [status(query, officer) for query in asked] == [200, 403, 403, 403, 403, 200, 200]
    everywhere = house.headers_of("Officer 3", ["operator"], ["*"])
    assert {status(query, everywhere) for query in asked} == {200}


def test_a_list_is_refused_for_one_consignment_of_another_site(
    house: WithAccounts, officer: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, "POST /v1/scans/{scan_id}/inspections", Rule(("operator",), "listed"))
    everything = house.key_of("everything", ["*"])
    for name, office in (("C-1", HERE), ("C-2", THERE)):
        house.client.post("/v1/declarations", json=declared(name, office), headers=everything)

    def status(*names: str) -> int:
        said = {"consignments": [{"consignment": name} for name in names]}
        return house.client.post("/v1/scans/none/inspections", json=said, headers=officer).status_code

    assert [status("C-1"), status("C-1", " C-2"), status("C-2")] == [422, 403, 403]


def test_nobody_asks_for_what_another_person_may_see(house: WithAccounts, officer: dict[str, str]) -> None:
    client, scan = house.client, send(house, officer, site=HERE).json()["id"]
    asked = ("/v1/scans", f"/v1/sites/{HERE}/desk", f"/v1/desk/scans/{scan}")
    said = (f"/v1/sites/{HERE}/desk/next", f"/v1/desk/scans/{scan}/claim", f"/v1/desk/scans/{scan}/release")
    for name, let_in in (("Officer 1", True), ("Officer 2", False)):
        answers = [client.get(path, params={"person": name}, headers=officer) for path in asked]
        answers += [client.post(path, json={"by": name}, headers=officer) for path in said]
        assert [answer.status_code != 403 for answer in answers] == [let_in] * 6
        assert let_in or all("Say it in your own name" in answer.json()["remedy"] for answer in answers)
    twice = f"/v1/desk/scans/{scan}?person=Officer 1&person=Officer 2"
    assert client.get(twice, headers=officer).status_code == 403


def test_a_referral_is_of_the_site_of_its_scan(house: WithAccounts, officer: dict[str, str]) -> None:
    scan = send(house, officer, site=HERE).json()["id"]
    said = {
        "decision": "refer",
        "reason": "specialist",
        "by": "Officer 1",
        "revision": 0,
        "marks_shown": False,
    }
    wait_until(lambda: house.client.get(f"/v1/scans/{scan}", headers=officer).json()["state"] != "received")
    said["revision"] = house.client.get(f"/v1/scans/{scan}", headers=officer).json()["revision"]
    made = house.client.post(f"/v1/scans/{scan}/decisions", json=said, headers=officer)
    assert made.status_code == 201, made.text
    with house.store.database.read() as session:
        assert sites_of_referral(session, made.json()["id"]) == {HERE}
        assert sites_of_referral(session, "nothing") == frozenset()


def test_a_contact_point_of_another_site_has_the_case_while_it_is_referred_to_their_office(
    house: WithAccounts, officer: dict[str, str]
) -> None:
    client, other = house.client, "BG 000777"
    known = declared("C-7", HERE)
    assert client.put("/v1/consignments/C-7/declaration", json=known, headers=officer).status_code == 403
    key = house.key_of("gate", [HERE])
    client.put("/v1/consignments/C-7/declaration", json=known, headers=key)
    files = [("image", ("a.tif", container_tiff())), ("sidecar", ("a.json", sidecar_json(None, site=HERE)))]
    sent = client.post("/v1/scans?wait=30", files=files, data={"consignment": "C-7"}, headers=key)
    scan, kept = sent.json()["id"], send(house, key, site=HERE).json()["id"]
    case = [
        *(
            f"/v1/scans/{scan}{part}"
            for part in ("", "/picture", "/image", "/sheet", "/sheet.pdf", "/related")
        ),
        *(f"/v1/consignments/C-7/{part}" for part in ("declaration", "risk-record", "scans")),
    ]
    contact = house.headers_of("Contact 1", ["contact_point"], [other])
    elsewhere = house.headers_of("Contact 2", ["contact_point"], [THERE])
    reader = house.headers_of("Officer 3", ["operator"], [other])
    targeting = house.headers_of("Officer 4", ["targeting_officer"], [HERE])

    def opened(headers: dict[str, str], paths: list[str] = case) -> set[int]:
        return {client.get(path, headers=headers).status_code for path in paths}

    def refer(to: str, **more: object) -> str:
        said = {"by": "Officer 1", "decision": "refer", "reason": "specialist", "revision": 1, **more}
        said |= {"marks_shown": True, "refer_to": {"office": to}}
        answer = client.post(f"/v1/scans/{scan}/decisions", json=said, headers=officer)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def step(referral: str, headers: dict[str, str], by: str, **said: object) -> int:
        body = {"by": by, "comment": "As we know them.", **said}
        answer = client.post(f"/v1/referrals/{referral}/steps", json=body, headers=headers)
        return answer.status_code

    assert opened(contact) == {403}
    first = refer("bg-000777")
    desk = f"/v1/desk/scans/{scan}?person=Contact 1"
    assert opened(contact, [*case, desk, f"/v1/referrals/{first}"]) == {200}
    assert opened(elsewhere) == opened(reader) == {403}
    assert client.get(f"/v1/scans/{kept}", headers=contact).status_code == 403
    refused = client.put("/v1/consignments/C-7/declaration", json=known, headers=contact)
    assert refused.status_code == 403, "what they see they do not change"
    answer = {"step": "answered", "code": "no_objection", "id": "6f0f9d7e-0d2f-4c5c-9a53-0f1f7a8f4a11"}
    assert step(first, elsewhere, "Contact 2", **answer) == 403
    assert step(first, contact, "Contact 1", **answer) == 201
    assert opened(contact, [*case, f"/v1/referrals/{first}"]) == {403}
    assert step(first, contact, "Contact 1", **answer) == 200, "it is not lost where its answer was"

    second = refer(other, corrects=first)
    assert opened(contact) == {200}
    assert step(second, contact, "Contact 1", step="forwarded", to={"office": THERE}) == 201
    assert (opened(contact), opened(elsewhere)) == ({403}, {200})
    assert step(second, elsewhere, "Contact 2", step="answered", code="stop") == 201
    assert opened(elsewhere) == {403}

    record = client.get("/v1/consignments/C-7/risk-record", headers=targeting).json()["history"]
    said = {"by": "Officer 4", "disposition": "refer", "ground": "documents", "record": len(record)}
    said |= {"contact_point": other, "purpose": "Is the licence valid?"}
    made = client.post("/v1/consignments/C-7/dispositions", json=said, headers=targeting).json()
    assert opened(contact, [*case, f"/v1/referrals/{made['id']}"]) == {200}
    assert opened(elsewhere) == {403}
    assert step(made["id"], contact, "Contact 1", **answer | {"id": None}) == 201
    assert opened(contact, [*case, f"/v1/referrals/{made['id']}"]) == {403}


@pytest.mark.parametrize("of", ["scan", "consignment"])
def test_a_referral_opens_a_case_for_its_time_alone(
    house: WithAccounts, officer: dict[str, str], of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, office = house.client, "BG 000777"
    key = house.key_of("gate", [HERE])
    client.put("/v1/consignments/C-7/declaration", json=declared("C-7", HERE), headers=key)
    files = [("image", ("a.tif", container_tiff())), ("sidecar", ("a.json", sidecar_json(None, site=HERE)))]
    sent = client.post("/v1/scans?wait=30", files=files, data={"consignment": "C-7"}, headers=key)
    scan = sent.json()["id"]
    contact = house.headers_of("Contact 1", ["contact_point"], [office])
    elsewhere = house.headers_of("Contact 2", ["contact_point"], [THERE])
    targeting = house.headers_of("Officer 4", ["targeting_officer"], [HERE])
    by = officer if of == "scan" else targeting

    def refer(until: str, corrects: str | None = None) -> str:
        if of == "scan":
            said = {"by": "Officer 1", "decision": "refer", "reason": "specialist", "revision": 1}
            said |= {"marks_shown": True, "refer_to": {"office": office, "answer_by": until}}
            where = f"/v1/scans/{scan}/decisions"
        else:
            record = client.get("/v1/consignments/C-7/risk-record", headers=by).json()["history"]
            said = {"by": "Officer 4", "disposition": "refer", "ground": "documents", "record": len(record)}
            said |= {"contact_point": office, "purpose": "Is the licence valid?", "until": until}
            where = "/v1/consignments/C-7/dispositions"
        answer = client.post(where, json=said | {"corrects": corrects}, headers=by)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def step(referral: str, headers: dict[str, str], name: str, **said: object) -> httpx.Response:
        body = {"by": name, "comment": "As we know them.", **said}
        return client.post(f"/v1/referrals/{referral}/steps", json=body, headers=headers)

    def refused(referral: str) -> set[str]:
        case = (f"/v1/scans/{scan}", "/v1/consignments/C-7/declaration", f"/v1/referrals/{referral}")
        answers = [client.get(path, headers=contact) for path in case]
        assert {answer.status_code for answer in answers} == {403}
        return {answer.json()["detail"] for answer in answers}

    def opened(referral: str) -> set[int]:
        case = (f"/v1/scans/{scan}", "/v1/consignments/C-7/declaration", f"/v1/referrals/{referral}")
        return {client.get(path, headers=contact).status_code for path in case}

    now = datetime(2095, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(referred, "now_utc", lambda: now)
    first = refer("2095-01-01T06:00:00Z")
    assert opened(first) == {200}
    now += timedelta(hours=6)
    told = "This case was referred to your office until 2095-01-01 06:00 UTC, and that time has passed."
    assert refused(first) == {told}
    listed = client.get("/v1/referrals", headers=contact).json()
    by_whom = "Officer 1" if of == "scan" else "Officer 4"
    past = {"id": first, "office": office, "answer_by": "2095-01-01T06:00:00Z", "by": by_whom}
    assert (listed["referrals"], listed["past"]) == ([], [past])
    own = client.get("/v1/referrals", headers=by).json()
    assert ([each["overdue"] for each in own["referrals"]], own["past"]) == ([True], [])
    late = step(first, contact, "Contact 1", step="answered", code="stop")
    assert (late.status_code, late.json()["detail"]) == (403, told)

    again = refer("2099-01-01T00:00:00Z", first)
    assert opened(again) == {200}
    to = {"office": THERE, "answer_by": "2199-01-01T00:00:00Z"}
    assert step(again, contact, "Contact 1", step="forwarded", to=to).status_code == 201
    case = client.get(f"/v1/referrals/{again}", headers=elsewhere).json()
    assert case["to"]["answer_by"].startswith("2099"), "nobody gives more time than they have"
    now = datetime(2100, 1, 1, tzinfo=UTC)
    for name, headers in (("Contact 1", contact), ("Contact 2", elsewhere)):
        assert step(again, headers, name, step="answered", code="stop").status_code == 403


def test_who_signs_in_again_has_one_session(house: WithAccounts) -> None:
    _, link = house.access.accounts.add("Officer 1", ["operator"], ["*"], by="test")
    house.access.accounts.set_password_by_link(link.path.partition("#")[2], PASSWORD)
    for _ in range(2):
        said = {"name": "Officer 1", "password": PASSWORD}
        assert house.client.post("/v1/session", json=said).status_code == 200
    assert len(house.access.sessions.of("Officer 1")) == 1


def test_a_key_delivers_for_its_scanner_and_site_and_reads_nothing(house: WithAccounts) -> None:
    key = house.key_of("gate", [HERE], scanner="gate-1")
    kept = send(house, key, site="ua 209060", device="Gate 1")
    assert kept.status_code == 202
    assert send(house, key).status_code == 202, "what says nothing contradicts nothing"
    for said in ({"site": THERE}, {"site": HERE, "device": "gate-2"}):
        answer = send(house, key, **said)
        assert answer.status_code == 403, said
        assert answer.json()["remedy"]
    assert house.client.get(f"/v1/scans/{kept.json()['id']}", headers=key).status_code == 403
    everything = house.headers_of("Officer 3", ["operator"], ["*"])
    assert len(house.client.get("/v1/scans", headers=everything).json()["scans"]) == 2


def test_a_key_declares_for_its_own_office_alone(house: WithAccounts) -> None:
    key = house.key_of("declarations", [HERE])
    post = house.client.post
    assert post("/v1/declarations", json=declared("C-1", HERE), headers=key).status_code == 201
    assert post("/v1/declarations", json=declared("C-2", THERE), headers=key).status_code == 403
    other = house.key_of("others", [THERE])
    correction = declared("C-1")
    assert post("/v1/declarations", json=correction, headers=other).status_code == 403
    assert (
        house.client.put("/v1/consignments/C-1/declaration", json=correction, headers=other).status_code
        == 403
    )
    files = [("image", ("a.tif", container_tiff())), ("declaration", ("d.json", declaration_json()))]
    with_it = house.client.post("/v1/scans", files=files, data={"consignment": "C-1"}, headers=other)
    assert with_it.status_code == 403, "nor by a scan that is said to be of it"


def test_dicom_of_another_scanner_is_refused_one_by_one(house: WithAccounts) -> None:
    key = house.key_of("one", ["*"], scanner="gate-1")
    objects = body(dx(1, StationName="gate-1"), dx(2, StationName="gate-2"))
    answer = house.client.post(STUDIES, content=objects, headers={"Content-Type": CONTENT_TYPE} | key)
    assert answer.status_code == 202
    failed = [*answer.json().get("00081198", {}).get("Value", []), *answer.json()["0008119A"]["Value"]]
    assert [each["00081197"]["Value"] for each in failed] == [[0x0124]]
    assert len(answer.json()["00081199"]["Value"]) == 1
    everything = house.headers_of("Officer 3", ["operator"], ["*"])
    assert len(house.client.get("/v1/scans", headers=everything).json()["scans"]) == 1


def test_a_stream_ends_with_the_session(
    house: WithAccounts, officer: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tallyscan.web import routes_live

    monkeypatch.setattr(routes_live, "_ASK_AGAIN_SECONDS", 0.1)
    with house.client.stream("GET", f"/v1/sites/{HERE}/live", headers=officer) as answer:
        assert answer.status_code == 200
        house.access.accounts.add("Chief", ["administrator"], ["*"], by="test")
        house.access.accounts.disable("Officer 1")
        assert list(answer.iter_lines()) in ([], [""])


def test_an_administrator_keeps_accounts_and_ends_sessions(
    house: WithAccounts, officer: dict[str, str]
) -> None:
    chief = house.headers_of("Chief", ["administrator"], ["*"])
    client = house.client
    added = client.post(
        "/v1/accounts", json={"name": "Officer 2", "roles": ["auditor"], "sites": ["*"]}, headers=chief
    )
    assert added.status_code == 201, added.text
    assert added.json()["account"]["created_by"] == "Chief"
    link = client.post("/v1/accounts/officer 2/link", headers=chief).json()
    old = added.json()["link"]["path"].partition("#")[2]
    said = {"link": old, "password": PASSWORD}
    assert client.post("/v1/account/password", json=said).status_code == 404, "the newer link counts"
    said["link"] = link["path"].partition("#")[2]
    assert client.post("/v1/account/password", json=said).status_code == 200
    changed = client.put(
        "/v1/accounts/Officer 2/roles", json={"roles": ["operator"], "sites": [HERE]}, headers=chief
    )
    assert changed.json()["roles"] == ["operator"]
    (session,) = client.get("/v1/accounts/Officer 1/sessions", headers=chief).json()["sessions"]
    assert client.delete(f"/v1/sessions/{session['id']}", headers=chief).status_code == 204
    assert client.get("/v1/scans", headers=officer).status_code == 401
    assert client.post("/v1/accounts/Chief/disable", headers=chief).status_code == 409
    assert client.post("/v1/accounts/Officer 1/disable", headers=chief).json()["disabled"] is True
    house.key_of("gate", ["*"])
    (key,) = client.get("/v1/device-keys", headers=chief).json()["device_keys"]
    assert "token" not in str(key)
    assert client.delete("/v1/device-keys/gate", headers=chief).status_code == 204


def test_without_accounts_nobody_signs_in_and_the_service_says_so(client: httpx.Client) -> None:
    for answer in (
        client.post("/v1/session", json={"name": "Officer 1", "password": PASSWORD}),
        client.get("/v1/accounts"),
        client.post("/v1/account/password", json={"link": "x", "password": PASSWORD}),
    ):
        assert answer.status_code == 409
        assert answer.json()["detail"] == "This service has no accounts."


def test_a_route_of_which_nobody_said_who_may_call_it_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten = APIRouter()
    forgotten.add_api_route("/v1/forgotten", lambda: None, methods=["POST"])
    monkeypatch.setattr(routes_service, "router", forgotten)
    with pytest.raises(LookupError, match="POST /v1/forgotten"):
        create_app(None)  # type: ignore[arg-type]
