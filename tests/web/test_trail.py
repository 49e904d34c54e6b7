"""The audit trail of a scan: nothing that is kept of it is left out, and what is told of it can be checked."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from pydantic import TypeAdapter

from tallyscan.bootstrap import Store
from tallyscan.store.tables import OutboxRow, Table
from tallyscan.web.trail import Trail
from tallyscan.web.trail_example import TRAIL
from tests.review.builders import clear, found, suspicious
from tests.sample_images import MRN, container_tiff, declaration_json, sidecar_json, two_container_tiff
from tests.web.test_incoming import examples
from tests.web.test_reviews import refused, send
from tests.web.test_selection import until

PERSON = {"by": "auditor-1", "reason": "The receiver was mended."}


def lived(client: httpx.Client, store: Store) -> str:
    """A scan to which much has happened: it was sent twice, corrected, weighed, decided on, undone, inspected."""
    first = send(client)["id"]
    broken = [
        ("image", ("b.tif", container_tiff())),
        ("sidecar", ("b.json", sidecar_json("TGHU7599330"))),
        ("declaration", ("d.json", b"{broken")),
    ]
    client.post("/v1/scans?wait=30", files=broken)
    url = f"/v1/scans/{first}"
    wrong = client.post(f"{url}/decisions", json=suspicious()).json()
    assert client.post(f"{url}/decisions/{wrong['id']}/undo", json={"by": "officer-7"}).status_code == 201
    refer = clear(decision="refer", reason="specialist", comment="=HYPERLINK()", by="+officer")
    referred = client.post(f"{url}/decisions", json=refer).json()
    client.post(f"{url}/decisions", json=clear(corrects=referred["id"])).raise_for_status()
    client.post(f"/v1/consignments/{MRN}/weighings", json=examples.WEIGHING_SAID).raise_for_status()
    client.post(
        f"/v1/consignments/{MRN}/control-results", json=examples.CONTROL_RESULT_SAID
    ).raise_for_status()
    until(lambda: client.get(url).json()["revision"] == 2)
    client.put(
        f"/v1/consignments/{MRN}/declaration", content=declaration_json(mass_kg=8000)
    ).raise_for_status()
    until(lambda: client.get(url).json()["revision"] == 3)
    to_open = {"by": "officer-7", "disposition": "open", "ground": "anomaly", "record": 1}
    client.post(f"/v1/consignments/{MRN}/dispositions", json=to_open).raise_for_status()
    client.post(f"{url}/inspections", json=found()).raise_for_status()
    client.put(
        f"{url}/consignment", json={"consignment": MRN, "by": "officer-7", "reason": "By the papers."}
    ).raise_for_status()
    with store.database.write() as session:
        row = session.execute(sa.select(OutboxRow).order_by(OutboxRow.position).limit(1)).scalar_one()
        row.state, row.attempts, row.delivered_at, position = "undeliverable", 1, None, row.position
    client.post(f"/v1/outbox/{position}/replay", json=PERSON).raise_for_status()
    return str(first)


@pytest.fixture
def scan(client: httpx.Client, store: Store) -> str:
    return lived(client, store)


def trail(client: httpx.Client, scan: str, **asked: Any) -> Any:
    answer = client.get(f"/v1/scans/{scan}/trail", params=asked)
    assert answer.status_code == 200, answer.text
    TypeAdapter(Trail).validate_python(answer.json())
    return answer.json()


def in_trail(document: Any) -> set[tuple[str, str]]:
    sources = [source for entry in document["entries"] for source in entry["sources"]]
    keys = [(source["table"], json.dumps(source["key"], sort_keys=True)) for source in sources]
    assert len(set(keys)) == len(keys), "a record is told once"
    return set(keys)


def naming(store: Store, scan: str) -> Iterator[tuple[str, str]]:
    """Every row of every table in which a column is just this id, found without any knowledge of the tables."""
    with store.database.read() as session:
        for table in Table.metadata.sorted_tables:
            if table.name == "audit":  # a record of its own, in which the look at the trail is too
                continue
            for row in session.execute(sa.select(table)).mappings():
                if any(value == scan for value in row.values()):
                    key = {column.name: row[column] for column in table.primary_key.columns}
                    yield table.name, json.dumps(key, sort_keys=True)


def is_about(event: Any, scan: str) -> bool:
    data = event["data"]
    named = data.get("scan_id") or data.get("scan", {}).get("scan_id")
    return named == scan or (named is None and event["subject"].endswith(MRN))


def test_the_example_is_what_the_interface_describes() -> None:
    model = TypeAdapter(Trail).validate_python(TRAIL)
    assert TypeAdapter(Trail).dump_python(model, mode="json") == TRAIL


def test_no_record_that_names_the_scan_is_left_out(client: httpx.Client, store: Store, scan: str) -> None:
    expected = set(naming(store, scan))
    tables = {table for table, _ in expected}
    assert {"scans", "joins", "readings", "risk_record_entries", "decisions", "inspections"} <= tables
    assert expected <= in_trail(trail(client, scan))


def test_what_hangs_on_such_records_and_on_its_consignment_is_there(
    client: httpx.Client, store: Store, scan: str
) -> None:
    told = in_trail(trail(client, scan))
    with store.database.read() as session:
        counts = {
            table.name: session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in Table.metadata.sorted_tables
        }
        events = session.execute(sa.select(OutboxRow.position, OutboxRow.event)).all()
    of_it = {name: sum(table == name for table, _ in told) for name in counts}
    for name in ("declarations", "incoming", "outbox_actions"):
        assert of_it[name] == counts[name] > 0, name
    for name in ("findings", "verdicts"):
        with store.database.read() as session:
            table = Table.metadata.tables[name]
            readings = Table.metadata.tables["readings"]
            own = (
                sa.select(sa.func.count()).select_from(table).join(readings).where(readings.c.scan_id == scan)
            )
            assert of_it[name] == session.execute(own).scalar_one()
    about = {json.dumps({"position": position}) for position, event in events if is_about(event, scan)}
    assert len(about) >= 8
    assert about <= {key for table, key in told if table == "outbox"}


def test_a_table_that_a_later_version_adds_is_told_too(client: httpx.Client, store: Store, scan: str) -> None:
    later = sa.Table(
        "later_things",
        Table.metadata,
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("scan_id", sa.ForeignKey("scans.id")),
    )
    try:
        with store.database.write() as session:
            later.create(session.connection())
            session.execute(sa.insert(later).values(number=7, scan_id=scan))
        assert ("later_things", '{"number": 7}') in in_trail(trail(client, scan))
    finally:
        Table.metadata.remove(later)


def test_things_come_in_the_order_in_which_they_happened_with_who_did_them(
    client: httpx.Client, scan: str
) -> None:
    entries = trail(client, scan)["entries"]
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    assert entries[0]["kind"] == "arrived"
    kinds = [entry["kind"] for entry in entries]
    for kind in ("declared", "join_joined", "read", "decided", "undone", "referred", "corrected", "came_in",
                 "disposed", "inspected", "event", "event_replay", "image_again", "risk_step"):  # fmt: skip
        assert kind in kinds, kind
    readings = [entry["values"] for entry in entries if entry["kind"] == "read"]
    assert [(each["revision"], each["supersedes"]) for each in readings] == [(1, None), (2, 1), (3, 2)]
    assert [each["superseded_by"] for each in readings] == [2, 3, None]
    assert [each["declaration_version"] for each in readings] == [1, 1, 2]
    assert {each["model"] for each in readings} == {"tiny 1"}
    who = {entry["kind"]: entry["by"] for entry in entries}
    assert (who["undone"], who["inspected"], who["event_replay"]) == ("officer-7", "inspector-3", "auditor-1")


def test_a_scan_that_moved_has_only_what_its_first_consignment_held_until_then(client: httpx.Client) -> None:
    scan = send(client)["id"]
    client.put("/v1/consignments/C-9/declaration", content=declaration_json(mrn="26NL000510A1B2C3D5"))
    moved = {"consignment": "C-9", "by": "officer-7", "reason": "The number on the doors."}
    client.put(f"/v1/scans/{scan}/consignment", json=moved).raise_for_status()
    for consignment in (MRN, "C-9"):
        url = f"/v1/consignments/{consignment}/control-results"
        said = {name: value for name, value in examples.CONTROL_RESULT_SAID.items() if name != "id"}
        client.post(url, json=said).raise_for_status()
    came = [entry for entry in trail(client, scan)["entries"] if entry["kind"] == "came_in"]
    assert [entry["sources"][0]["record"]["consignment_id"] for entry in came] == ["C-9"]
    declared = [e["values"]["consignment"] for e in trail(client, scan)["entries"] if e["kind"] == "declared"]
    assert sorted(declared) == [MRN, "C-9"]


def test_the_hashes_can_be_made_again_from_the_records_and_from_what_was_sent(
    client: httpx.Client, scan: str
) -> None:
    document = trail(client, scan, check=True)
    image = next(file for file in document["files"] if file["kind"] == "image")
    assert image["sha256"] == hashlib.sha256(container_tiff()).hexdigest() == document["image_sha256"]
    assert all(file["intact"] for file in document["files"])
    sources = [source for entry in document["entries"] for source in entry["sources"]]
    for source in sources:
        assert source["sha256"] == canonical(source["record"])
    assert document["sha256"] == canonical([[s["table"], s["key"], s["sha256"]] for s in sources])
    readings = {s["record"]["revision"]: s["record"] for s in sources if s["table"] == "readings"}
    for reading in document["readings"]:
        assert reading["sha256"] == canonical(readings[reading["revision"]]["document"])
    assert document["software"].startswith("tallyscan ")


def canonical(document: Any) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_file_that_was_changed_or_lost_on_the_disk_is_told(
    client: httpx.Client, scan: str, tmp_path: Path
) -> None:
    image = hashlib.sha256(container_tiff()).hexdigest()
    (kept,) = [path for path in tmp_path.rglob(image[2:]) if path.is_file()]
    kept.chmod(0o600)
    kept.write_bytes(b"something else")
    assert [f["intact"] for f in trail(client, scan, check=True)["files"]] == [False, True, True]
    kept.unlink()
    assert [f["intact"] for f in trail(client, scan, check=True)["files"]] == [False, True, True]
    assert [f["intact"] for f in trail(client, scan)["files"]] == [None] * 3


def test_the_table_has_a_row_for_each_record_and_no_formulas(client: httpx.Client, scan: str) -> None:
    document, answer = trail(client, scan), client.get(f"/v1/scans/{scan}/trail?format=csv&names=true")
    while document["sha256"] not in answer.text:  # an event was delivered between the two
        document, answer = trail(client, scan), client.get(f"/v1/scans/{scan}/trail?format=csv&names=true")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="trail-{scan}-')
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    told = [(row["source_table"], row["sha256"]) for row in rows if row["source_table"]]
    sources = [(s["table"], s["sha256"]) for entry in document["entries"] for s in entry["sources"]]
    assert told == sources
    assert {row["kind"] for row in rows if not row["source_table"]} == {"export", "file", "model", "reading"}
    assert "'+officer" in {row["by"] for row in rows}
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


def test_a_cargo_unit_has_what_was_said_of_the_whole_and_both_name_each_other(client: httpx.Client) -> None:
    units = [{"container_number": "CSQU3054383"}, {"container_number": "TGHU7599330"}]
    files = [
        ("image", ("t.tif", two_container_tiff())),
        ("sidecar", ("a.json", sidecar_json(None, units=units))),
    ]
    whole = client.post("/v1/scans?wait=30", files=files).json()
    parts = [part["scan"] for part in whole["parts"]]
    until(lambda: all(client.get(f"/v1/scans/{part}").json()["status"] == "read" for part in parts))
    client.post(f"/v1/scans/{whole['id']}/decisions", json=clear()).raise_for_status()
    kinds = [entry["kind"] for entry in trail(client, whole["id"])["entries"]]
    assert kinds.count("unit") == 2
    of_part = trail(client, parts[0])
    kinds = [entry["kind"] for entry in of_part["entries"]]
    assert {"arrived", "cut", "read", "decided"} <= set(kinds)
    assert [file["sha256"] for file in of_part["files"] if file["kind"] == "image"] == [whole["sha256"]]


def test_a_scan_that_is_not_here_has_no_trail(client: httpx.Client) -> None:
    refused(client.get("/v1/scans/no-such/trail"), 404)
