"""What stands beside a scan: its unit's and consignment's scans, loads like it, and the library of finds."""

from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest
from pydantic import TypeAdapter

from tallyscan.bootstrap import Store
from tallyscan.store.known_units import put_units
from tallyscan.store.pseudonyms import Pseudonyms
from tallyscan.web import related_examples as examples
from tallyscan.web.related_documents import ReferenceLibrary, RelatedScans
from tests.review.builders import clear, found, nothing
from tests.sample_images import container_tiff, declaration_json, sidecar_json, two_container_tiff
from tests.store.test_known_units import SEEN, features
from tests.web.test_incoming import examples as incoming
from tests.web.test_reviews import refused
from tests.web.test_selection import until

CONTAINERS = ("CSQU3054383", "TGHU7599330", "MSKU6011672", "TEMU7006620")


@pytest.mark.parametrize(
    ("kind", "example"),
    [(RelatedScans, examples.RELATED), (ReferenceLibrary, examples.REFERENCE_LIBRARY)],
)
def test_the_examples_are_what_the_interface_describes(kind: Any, example: dict[str, Any]) -> None:
    model = TypeAdapter(kind).validate_python(example)
    assert TypeAdapter(kind).dump_python(model, mode="json") == example


def arrive(client: httpx.Client, number: int, container: str = CONTAINERS[0], **more: Any) -> str:
    """A scan of an image of its own, of a consignment of its own unless one is named."""
    consignment = more.pop("consignment", f"C-{number}")
    files = [
        ("image", (f"{number}.tif", container_tiff(seed=number, **more))),
        ("sidecar", ("a.json", sidecar_json(container, acquired_at=f"2026-02-{number:02d}T10:00:00Z"))),
        ("declaration", ("d.json", declaration_json(container, mrn=f"26NL000510A1B2C3E{number}"))),
    ]
    answer = client.post("/v1/scans?wait=30", files=files, data={"consignment": consignment})
    assert answer.json()["status"] == "read", answer.text
    return str(answer.json()["id"])


def related(client: httpx.Client, scan: str, **asked: Any) -> Any:
    answer = client.get(f"/v1/scans/{scan}/related", params=asked)
    assert answer.status_code == 200, answer.text
    TypeAdapter(RelatedScans).validate_python(answer.json())
    return answer.json()


def looks(store: Store, scan: str, value: float, **more: Any) -> None:
    """Give the unit of a scan a look of its own: the value in every number."""
    with store.database.write() as session:
        unit = replace(SEEN, unit=1, features=features(value), plate=None, **more)
        put_units(session, scan, (unit,), Pseudonyms(b"k" * 32))


def ids(scans: Any) -> list[str]:
    return [(each.get("scan") if isinstance(each["scan"], str) else each["scan"]["scan"]) for each in scans]


def test_other_scans_of_the_container_and_of_the_consignment_are_told(client: httpx.Client) -> None:
    first = arrive(client, 1)
    again = arrive(client, 2)
    arrive(client, 3, CONTAINERS[1])
    beside = arrive(client, 4, CONTAINERS[2], consignment="C-2")
    told = related(client, again)
    (same,) = told["of_unit"]
    assert (same["scan"]["scan"], same["mark"], same["marks"]) == (first, CONTAINERS[0], "container")
    assert same["scan"]["at"].startswith("2026-02-01T10:00")
    assert ids(told["of_consignment"]) == [beside]
    picture = client.get(same["scan"]["thumbnail"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")


def test_loads_of_the_same_goods_are_told_the_nearest_first_and_opened_ones_before_others(
    client: httpx.Client, store: Store
) -> None:
    scans = [arrive(client, number, CONTAINERS[number % 4]) for number in range(1, 7)]
    for scan, value in zip(scans, (1.0, 1.1, 3.0, 5.0, 1.3, 1.2), strict=True):
        looks(store, scan, value)
    looks(store, scans[5], 1.0, heading="0808")
    client.post(f"/v1/scans/{scans[3]}/inspections", json=nothing()).raise_for_status()
    client.post(f"/v1/scans/{scans[4]}/inspections", json=found()).raise_for_status()
    client.post(f"/v1/scans/{scans[1]}/decisions", json=clear()).raise_for_status()
    assert related(client, scans[0])["similar"][1]["scan"]["officer"] is None, (
        "its second reader is waited for"
    )
    second = clear(by="officer-8", reader="second")
    client.post(f"/v1/scans/{scans[1]}/decisions", json=second).raise_for_status()
    told = related(client, scans[0])
    assert [(each["scan"]["scan"], each["scan"]["outcome"]) for each in told["similar"]] == [
        (scans[3], "nothing"), (scans[1], None), (scans[2], None)
    ]  # fmt: skip
    assert told["similar"][1]["scan"]["officer"] == "clear"
    nearest = told["similar"][1]["likeness"]
    assert nearest["distance"] < told["similar"][2]["likeness"]["distance"]
    assert (nearest["alike"][0]["this"], nearest["alike"][0]["other"]) == (1.0, 1.1)
    assert nearest["alike"][0]["in_words"]
    (reference,) = told["reference"]
    assert (reference["scan"]["scan"], told["reference_total"]) == (scans[4], 1)
    assert reference["families"] == ["cigarettes_behind_cover"]
    assert reference["likeness"]["distance"] > 0


def test_finds_of_a_family_that_the_scan_shows_come_first_unless_it_is_read_blind(
    client: httpx.Client, store: Store
) -> None:
    this, near, far = (arrive(client, number, CONTAINERS[number], lump=number == 1) for number in range(1, 4))
    shown = client.get(f"/v1/scans/{this}").json()["findings"][0]["kind"]
    for scan, value in ((this, 1.0), (near, 1.1), (far, 4.0)):
        looks(store, scan, value)
    client.post(f"/v1/scans/{near}/inspections", json=found()).raise_for_status()
    item = {"family": shown, "description": "The same again"}
    client.post(f"/v1/scans/{far}/inspections", json=found(items=[item])).raise_for_status()
    assert ids(related(client, this)["reference"]) == [far, near]
    assert ids(related(client, this, blind=True)["reference"]) == [near, far]


def test_why_no_load_is_like_it_is_said(client: httpx.Client, store: Store) -> None:
    scan = arrive(client, 1)
    looks(store, scan, 1.0)
    assert (related(client, scan)["similar"], related(client, scan)["why_none"]) == ([], "none_alike")
    looks(store, scan, 1.0, heading=None)
    assert related(client, scan)["why_none"] == "no_heading"
    with store.database.write() as session:
        put_units(session, scan, (), Pseudonyms(b"k" * 32))
    assert related(client, scan)["why_none"] == "no_features"
    assert related(client, scan)["reference_total"] == 0


def test_a_whole_scan_and_its_units_are_not_shown_beside_each_other(client: httpx.Client) -> None:
    units = [{"container_number": CONTAINERS[0]}, {"container_number": CONTAINERS[1]}]
    files = [
        ("image", ("t.tif", two_container_tiff())),
        ("sidecar", ("a.json", sidecar_json(None, units=units))),
    ]
    whole = client.post("/v1/scans?wait=30", files=files).json()
    parts = [part["scan"] for part in whole["parts"]]
    until(lambda: all(client.get(f"/v1/scans/{part}").json()["status"] == "read" for part in parts))
    later = arrive(client, 5)
    assert ids(related(client, later)["of_unit"]) == [parts[0]]
    assert ids(related(client, parts[0])["of_unit"]) == [later]
    item = found(items=[{"family": "people", "unit": 2}])
    client.post(f"/v1/scans/{whole['id']}/inspections", json=item).raise_for_status()
    assert ids(library(client)["finds"]) == [parts[1]]


def library(client: httpx.Client, **asked: Any) -> Any:
    answer = client.get("/v1/reference", params=asked)
    assert answer.status_code == 200, answer.text
    TypeAdapter(ReferenceLibrary).validate_python(answer.json())
    return answer.json()


def test_the_library_is_searched_by_family_code_and_words(client: httpx.Client) -> None:
    first, second, third = (arrive(client, number, CONTAINERS[number]) for number in range(1, 4))
    client.post(
        f"/v1/scans/{first}/inspections", json=found(comment="Behind the third row.")
    ).raise_for_status()
    people = found(
        items=[{"family": "people", "description": "Two people", "count": 2, "count_of": "people"}]
    )
    client.post(f"/v1/scans/{second}/inspections", json=people).raise_for_status()
    control = {**incoming.CONTROL_RESULT_SAID, "container": None}
    client.post("/v1/consignments/C-3/control-results", json=control).raise_for_status()
    everything = library(client)
    assert ids(everything["finds"]) == [third, second, first]
    assert everything["families"] == {"": 1, "cigarettes_behind_cover": 1, "people": 1}
    assert ids(library(client, family="people")["finds"]) == [second]
    assert ids(library(client, family="")["finds"]) == [third]
    assert first in ids(library(client, hs="2402")["finds"])
    assert ids(library(client, words="third ROW cigarettes behind")["finds"]) == [first]
    assert library(client, words="elephants") == {"finds": [], "total": 0, "families": {}}
    paged = library(client, limit=1, offset=1)
    assert (ids(paged["finds"]), paged["total"]) == ([second], 3)
    assert client.get("/v1/reference?hs=abc").status_code == 422


def test_a_find_that_was_corrected_is_none(client: httpx.Client) -> None:
    scan = arrive(client, 1)
    wrong = client.post(f"/v1/scans/{scan}/inspections", json=found()).json()
    client.post(f"/v1/scans/{scan}/inspections", json=nothing(corrects=wrong["id"])).raise_for_status()
    assert library(client)["finds"] == []


def test_a_scan_that_is_not_here_has_nothing_beside_it(client: httpx.Client) -> None:
    refused(client.get("/v1/scans/no-such/related"), 404)


def test_features_are_compared_among_thousands_at_once(store: Store, client: httpx.Client) -> None:
    scan = arrive(client, 1)
    looks(store, scan, 1.0)
    for number in range(2, 8):
        looks(store, arrive(client, number, CONTAINERS[number % 4]), float(np.exp(number)))
    assert len(related(client, scan)["similar"]) == 6
