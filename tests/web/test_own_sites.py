"""Whoever is for one site is shown what is of that site, also where they name none."""

from collections.abc import Iterator
from typing import Any

import pytest

from tallyscan.bootstrap import Store
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tests.e2e.serving import wait_until
from tests.sample_images import container_tiff, sidecar_json
from tests.web.with_accounts import WithAccounts, declared, serving_accounts

HERE, THERE = "UA209060", "NL000510"


@pytest.fixture
def house(settings: Settings, store: Store, reader: Reader) -> Iterator[WithAccounts]:
    """With a scan, a consignment and a referral at each of two sites."""
    with serving_accounts(settings, store, reader) as opened:
        sender = opened.key_of("everywhere", ["*"], ["deliver"])
        officer = opened.headers_of("Officer 1", ["operator"], ["*"])
        for site in (HERE, THERE):
            answer = opened.client.post("/v1/declarations", json=declared(f"C/{site}", site), headers=sender)
            assert answer.status_code == 201, answer.text
            files = [
                ("image", ("a.tif", container_tiff())),
                ("sidecar", ("a.json", sidecar_json(None, site=site))),
            ]
            where = f"/v1/scans/{opened.client.post('/v1/scans', files=files, headers=sender).json()['id']}"
            wait_until(lambda: opened.client.get(where, headers=officer).json()["status"] is not None)  # noqa: B023
            said = {"decision": "refer", "reason": "specialist", "by": "Officer 1", "marks_shown": False}
            said |= {"revision": opened.client.get(where, headers=officer).json()["revision"]}
            said |= {"refer_to": {"office": site}}
            answer = opened.client.post(f"{where}/decisions", json=said, headers=officer)
            assert answer.status_code == 201, answer.text
        yield opened


def test_without_a_site_one_is_shown_all_of_ones_own_and_nothing_of_others(house: WithAccounts) -> None:
    def asked(where: str, sites: list[str]) -> Any:
        headers = house.headers_of(
            "Officer " + "-".join(sites).replace("*", "all"), ["targeting_officer", "operator"], sites
        )
        answer = house.client.get(where, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

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
