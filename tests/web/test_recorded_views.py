"""Who opens what is on record, once an hour, before the answer leaves."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from tallyscan.audit_record import AuditRecord
from tallyscan.bootstrap import Store, open_store
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store.audit import names_behind, records
from tallyscan.store.audit_check import verify
from tests.sample_images import container_tiff, declaration_json, sidecar_json
from tests.web.with_accounts import WithAccounts, serving_accounts

HERE, THERE = "UA209060", "NL000510"
MRN = "26NL000510A1B2C3D4"


@pytest.fixture
def house(settings: Settings, reader: Reader) -> Iterator[WithAccounts]:
    with open_store(settings) as store, serving_accounts(settings, store, reader) as opened:
        yield opened


def told(store: Store, *actions: str) -> list[AuditRecord]:
    with store.database.read() as session:
        return [each for each, _ in records(session) if not actions or each.action in actions]


def sent(house: WithAccounts) -> str:
    scanner = house.key_of("scanner 1", ["*"])
    files = [
        ("image", ("a.tif", container_tiff())),
        ("sidecar", ("a.json", sidecar_json("CSQU3054383", site=HERE))),
        ("declaration", ("d.json", declaration_json())),
    ]
    answer = house.client.post("/v1/scans", files=files, headers=scanner)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def test_a_view_is_told_once_an_hour_with_role_purpose_and_site(house: WithAccounts) -> None:
    scan = sent(house)
    officer = house.headers_of("o.kovalenko", ["operator", "inspector"], [HERE])
    for where in (f"/v1/scans/{scan}", f"/v1/scans/{scan}/decisions", f"/v1/scans/{scan}"):
        assert house.client.get(where, headers=officer).status_code == 200
    (view,) = told(house.store, "scan.viewed")
    assert (view.actor_kind, view.role, view.purpose) == ("person", "operator", "image_review")
    assert (view.object_kind, view.object_id, view.sites) == ("scan", scan, (HERE,))
    with house.store.database.read() as session:
        assert names_behind(session, [view], "person") == {view.actor_name: "o.kovalenko"}
    supporting = {**officer, "X-Purpose": "support"}
    assert house.client.get(f"/v1/scans/{scan}", headers=supporting).status_code == 200
    assert [each.purpose for each in told(house.store, "scan.viewed")] == ["image_review", "support"]
    wrong = {**officer, "X-Purpose": "curiosity"}
    assert house.client.get(f"/v1/scans/{scan}", headers=wrong).status_code == 400


def test_what_is_not_answered_is_no_view_and_what_is_refused_is_told(house: WithAccounts) -> None:
    scan = sent(house)
    elsewhere = house.headers_of("somebody else", ["operator"], [THERE])
    for _ in range(2):
        assert house.client.get(f"/v1/scans/{scan}", headers=elsewhere).status_code == 403
    assert house.client.get("/v1/scans/no-such-scan", headers=elsewhere).status_code == 404
    assert told(house.store, "scan.viewed") == []
    (refused,) = told(house.store, "access.refused")
    assert refused.object_id == "GET /v1/scans/{scan_id}"


def test_parties_and_declarations_are_told_apart_and_the_parties_of_a_declaration_are_pseudonyms(
    house: WithAccounts,
) -> None:
    sent(house)
    officer = house.headers_of("t.officer", ["targeting_officer"], ["*"])
    for name in ("parties", "declaration", "risk-record"):
        answer = house.client.get(f"/v1/consignments/{MRN}/{name}", headers=officer)
        assert answer.status_code == 200, answer.text
    views = told(house.store, "parties.viewed", "declaration.viewed", "consignment.viewed")
    assert [(each.action, each.object_id, each.purpose) for each in views] == [
        ("parties.viewed", MRN, "targeting"),
        ("declaration.viewed", MRN, "targeting"),
        ("consignment.viewed", MRN, "targeting"),
    ]
    (came,) = told(house.store, "declaration.received")
    assert came.actor_name == "scanner 1"
    assert all(len(each) == 64 for each in came.details["parties"])


def test_a_view_that_cannot_be_recorded_is_not_given(
    house: WithAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tallyscan.errors import Unavailable
    from tallyscan.web import recorded_views

    scan = sent(house)
    officer = house.headers_of("o.kovalenko", ["operator"], [HERE])

    def away(*_: object, **__: object) -> None:
        raise Unavailable("The database does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(recorded_views, "record", away)
        answer = house.client.get(f"/v1/scans/{scan}", headers=officer)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:tallyscan:error:unavailable")
        assert scan not in answer.text
    assert house.client.get(f"/v1/scans/{scan}", headers=officer).status_code == 200
    assert len(told(house.store, "scan.viewed")) == 1


def test_signing_in_is_told_and_a_wrong_password_too_without_a_name_that_is_none(house: WithAccounts) -> None:
    _, link = house.access.accounts.add("o.kovalenko", ["operator"], [HERE], by="test")
    password = "four words of my own"
    house.access.accounts.set_password_by_link(link.path.split("#")[1], password)

    def sign_in(name: str, typed: str) -> int:
        said: dict[str, Any] = {"name": name, "password": typed}
        return house.client.post("/v1/session", json=said).status_code

    assert [sign_in("o.kovalenko", "wrong words of mine"), sign_in(password, "o.kovalenko")] == [401, 401]
    assert sign_in("o.kovalenko", password) == 200
    failed = told(house.store, "signin.failed")
    assert [each.object_id is not None for each in failed] == [True, False]
    (came,) = told(house.store, "signin.succeeded")
    assert came.object_id == failed[0].object_id
    with house.store.database.read() as session:
        text = str([each.document for each, _ in records(session)])
    assert password not in text


def test_the_start_is_told_with_settings_and_model_and_without_secrets(
    settings: Settings, reader: Reader
) -> None:
    from pydantic import SecretStr

    given = settings.model_copy(update={"selection_key": SecretStr("the secret of draws")})
    with open_store(given) as store, serving_accounts(given, store, reader):
        configured, loaded = told(store, "service.configured", "model.loaded")
    assert loaded.details["sha256"] == reader.detector.identity.sha256
    assert configured.details["settings"]["inference_threads"] == "1"
    assert "the secret of draws" not in str(configured.document)


def test_every_row_that_is_told_of_has_the_hash_that_is_told(house: WithAccounts) -> None:
    from tests.e2e.serving import wait_until

    scan = sent(house)
    officer = house.headers_of("Officer 1", ["operator"], ["*"])
    where = f"/v1/scans/{scan}"
    wait_until(lambda: house.client.get(where, headers=officer).json()["status"] is not None)
    revision = house.client.get(where, headers=officer).json()["revision"]
    said = {"decision": "refer", "reason": "specialist", "by": "Officer 1", "revision": revision}
    said["marks_shown"] = False
    assert house.client.post(f"{where}/decisions", json=said, headers=officer).status_code == 201
    with house.store.database.read() as session:
        assert verify(session, [], rows=True).problems == ()
    (decided,) = told(house.store, "scan.decided")
    assert (decided.actor_kind, decided.role, decided.details["answer"]) == ("person", "operator", "refer")
    assert "by" not in decided.details
    (read, *_) = told(house.store, "scan.read")
    assert (read.actor_kind, read.actor_name) == ("process", "worker")
    with house.store.database.write() as session:
        session.execute(sa.text("UPDATE decisions SET answer = 'clear'"))
        session.execute(sa.text("DELETE FROM findings"))
        session.execute(sa.text("DELETE FROM verdicts"))
        session.execute(sa.text("DELETE FROM readings"))
    with house.store.database.read() as session:
        kinds = {each.kind for each in verify(session, [], rows=True).problems}
    assert kinds == {"row_changed", "row_gone"}


def test_auditors_read_the_records_of_their_own_sites_and_that_they_did_is_told(house: WithAccounts) -> None:
    scan = sent(house)
    officer = house.headers_of("o.kovalenko", ["operator"], [HERE])
    assert house.client.get(f"/v1/scans/{scan}", headers=officer).status_code == 200
    here, there = (house.headers_of(f"auditor {site}", ["auditor"], [site]) for site in (HERE, THERE))
    of_all = house.headers_of("auditor", ["auditor"], ["*"])

    def read(by: dict[str, str], **query: str) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = []
        where: str | None = "/v1/audit?" + "&".join(f"{name}={value}" for name, value in query.items())
        while where:
            page = house.client.get(where, headers=by).raise_for_status().json()
            records, where = [*records, *page["records"]], page["next"]
        return records

    (view,) = read(here, actor="o.kovalenko", action="scan.viewed")
    assert view["record"]["object"] == {"kind": "scan", "id": scan}
    assert list(view["names"].values()) == ["o.kovalenko"]
    assert read(there, actor="o.kovalenko", action="scan.viewed") == []
    assert read(here, action="account.added") == []
    assert [each["names"] for each in read(of_all, action="account.added", object_id="auditor")] != []
    everything = read(of_all, limit="3")
    assert [each["record"]["sequence"] for each in everything] == list(range(len(everything), 0, -1))
    of_scan = read(of_all, object_kind="scan", object_id=scan)
    assert {"scan.received", "scan.viewed"} <= {each["record"]["action"] for each in of_scan}
    assert len(told(house.store, "audit.read")) == 3
    assert house.client.get("/v1/audit", headers=officer).status_code == 403
