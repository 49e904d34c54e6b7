"""Whoever is for one site is shown what is of that site, also where they name none."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from tallyscan.access.caller import Role
from tallyscan.bootstrap import Store
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store import consignment_referrals
from tests.e2e.serving import wait_until
from tests.sample_images import container_tiff, sidecar_json
from tests.web.with_accounts import WithAccounts, declared, serving_accounts

OFFICER: tuple[Role, ...] = ("targeting_officer", "operator")
HERE, THERE, OFFICE = "UA209060", "NL000510", "CP1"


class House(WithAccounts):
    """The service, and what is done at its sites by those who are for each of them."""

    def asks(self, where: str, sites: list[str], *roles: Role) -> Any:
        name = " ".join((*(roles or OFFICER), *sites)).replace("*", "all")
        answer = self.client.get(where, headers=self.headers_of(name, roles or OFFICER, sites))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def says(self, where: str, headers: dict[str, str], said: dict[str, Any]) -> Any:
        answer = self.client.post(where, json=said, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def scans(self, site: str) -> str:
        """The address of a scan that was read there."""
        sender = self.key_of(f"scanner at {site}", ["*"], ["deliver"])
        sidecar = ("a.json", sidecar_json(None, site=site))
        files = [("image", ("a.tif", container_tiff())), ("sidecar", sidecar)]
        where = f"/v1/scans/{self.client.post('/v1/scans', files=files, headers=sender).json()['id']}"
        wait_until(lambda: self.asks(where, ["*"])["status"] is not None)
        return where

    def refers(self, scan: str, **more: Any) -> str:
        said = {"decision": "refer", "reason": "specialist", "by": "Officer 1", "marks_shown": False}
        said |= {"revision": self.asks(scan, ["*"])["revision"], **more}
        officer = self.headers_of("Officer 1", ["operator"], ["*"])
        return str(self.says(f"{scan}/decisions", officer, said)["id"])

    def declares(self, site: str) -> str:
        """The address of a consignment that comes there."""
        sender = self.key_of(f"declarant at {site}", ["*"], ["deliver"])
        self.says("/v1/declarations", sender, declared(f"C/{site}", site))
        return f"/v1/consignments/{quote(f'C/{site}', safe='')}"

    def disposes(self, consignment: str, office: str) -> str:
        """It is referred to a contact point."""
        said = {"id": str(uuid4()), "by": "Officer 2", "disposition": "refer", "ground": "documents"}
        said |= {"contact_point": office, "purpose": "Is the licence valid?"}
        said |= {"record": len(self.asks(f"{consignment}/risk-record", ["*"])["history"])}
        return str(self.says(f"{consignment}/dispositions", self.officer_2(), said)["id"])

    def withdraws(self, referral: str) -> None:
        said = {"id": str(uuid4()), "by": "Officer 2", "step": "withdrawn", "comment": "It was an error."}
        self.says(f"/v1/referrals/{referral}/steps", self.officer_2(), said)

    def officer_2(self) -> dict[str, str]:
        return self.headers_of("Officer 2", ["targeting_officer"], ["*"])


@pytest.fixture
def empty(settings: Settings, store: Store, reader: Reader) -> Iterator[House]:
    with serving_accounts(settings, store, reader) as opened:
        yield House(opened.client, opened.access, opened.store)


@pytest.fixture
def house(empty: House) -> House:
    """With a scan, a consignment and a referral at each of two sites."""
    for site in (HERE, THERE):
        empty.declares(site)
        empty.refers(empty.scans(site), refer_to={"office": site})
    return empty


def test_without_a_site_one_is_shown_all_of_ones_own_and_nothing_of_others(house: House) -> None:
    asked = house.asks

    def seen(sites: list[str]) -> dict[str, object]:
        figures = asked("/v1/statistics?by=site", sites)
        return {
            "queue": {each["consignment"] for each in asked("/v1/queue", sites)["entries"]},
            "counted": asked("/v1/queue", sites)["counts"]["total"],
            "queue sites": set(asked("/v1/queue/sites", sites)),
            "desk": asked("/v1/desk/choices", sites)["sites"],
            "sites": asked("/v1/sites", sites)["sites"],
            "referrals": {each["to"]["office"] for each in asked("/v1/referrals", sites)["referrals"]},
            "figures": ({each["name"] for each in figures["parts"]["site"]}, figures["whole"]["arrivals"]),
            "finds": asked("/v1/reference", sites)["total"],
        }

    def of(*sites: str) -> dict[str, object]:
        return {
            "queue": {f"C/{site}" for site in sites},
            "counted": len(sites),
            "queue sites": set(sites),
            "desk": sorted(sites),
            "sites": sorted(sites),
            "referrals": set(sites),
            "figures": (set(sites), len(sites)),
            "finds": 0,
        }

    assert seen([HERE]) == of(HERE)
    assert seen([THERE.lower(), "LT000001"]) == of(THERE)
    assert seen([HERE, THERE]) == of(HERE, THERE)
    assert seen(["*"]) == of(HERE, THERE)


def test_referrals_are_of_ones_own_scans_and_at_ones_own_office(empty: House) -> None:
    to_office = empty.refers(empty.scans(HERE), refer_to={"office": OFFICE})
    to_nobody = empty.refers(empty.scans(THERE), reason="second_opinion", comment="Invented words.")
    of_load = empty.disposes(empty.declares(THERE), OFFICE)

    def listed(sites: list[str], *roles: Role, office: str = "") -> set[str]:
        where = f"/v1/referrals?office={office}" if office else "/v1/referrals"
        return {each["id"] for each in empty.asks(where, sites, *roles)["referrals"]}

    assert listed([HERE]) == {to_office}, "what one referred oneself, and nothing of another site"
    assert listed([THERE]) == {to_nobody, of_load}
    assert listed([OFFICE], "contact_point") == {to_office, of_load}
    assert listed([OFFICE], "contact_point", office=OFFICE) == {to_office, of_load}
    assert listed([OFFICE, THERE], "contact_point", office=OFFICE) == {to_office, of_load, to_nobody}
    assert listed(["*"]) == listed(["*"], office=OFFICE) == {to_office, of_load, to_nobody}


def test_those_of_another_site_take_no_place_in_a_list_of_closed_referrals(
    empty: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consignment_referrals, "_AT_ONCE", 1)
    here, there = empty.declares(HERE), empty.declares(THERE)
    first, *_ = made = [empty.disposes(consignment, OFFICE) for consignment in (here, there)]
    for referral in made:
        empty.withdraws(referral)
    empty.withdraws(empty.disposes(there, OFFICE))
    listed = empty.asks("/v1/referrals?state=withdrawn&limit=1", [HERE])
    assert ([each["id"] for each in listed["referrals"]], listed["more"]) == ([first], False)
