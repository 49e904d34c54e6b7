"""A crossing point and its centre: the line is cut, both are killed, and nothing is lost or doubled.

While the line is down the crossing point reads, decides and inspects. What the centre has at the end is held against
what the crossing point has, which nobody cut off from anything.
"""

import json
import random
import socket
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from sqlalchemy import Select, make_url, select

from tallyscan.access.access import access_to
from tallyscan.settings import Settings
from tallyscan.store.crossing_tables import CrossingEventRow
from tallyscan.store.database import open_database
from tallyscan.store.tables import OutboxRow
from tests.e2e.cut_line import Line
from tests.e2e.serving import ServiceProcess, wait_until
from tests.review.builders import found, suspicious
from tests.sample_images import container_tiff, sidecar_json

SOURCE, SITE = "urn:tallyscan:north", "GATE-1"
CUTS = ("line", "centre", "edge", "both")


class EdgeSoak(NamedTuple):
    """What came of it. `caught_up_seconds` is how long the last cut took to be made good, of `behind` events."""

    events: int
    consignments: int
    cuts: int
    repeats: int
    behind: int
    caught_up_seconds: float
    seconds: float


class Two:
    """Both installations, and the line between them."""

    def __init__(self, folder: Path, models: Path, **centre: object) -> None:
        self._models, self._folder, self._of_centre = models, folder, centre
        self._port = _free_port()
        self.line = Line(self._port)
        self._key = self._make_key()
        self.centre = self.start_centre()
        self.edge = self.start_edge()

    def _make_key(self) -> Path:
        settings = Settings(data_dir=self._folder / "centre")
        database = open_database(settings.database_address)
        _, token = access_to(database, settings).device_keys.add(
            "north", scanner=None, sites=[SITE], may=["report"], by="test"
        )
        database.close()
        path = self._folder / "key"
        path.write_text(token, encoding="ascii")
        return path

    def start_centre(self) -> ServiceProcess:
        points = {SOURCE: {"name": "Northern gate", "sites": [SITE], "url": "https://north.example"}}
        arguments = ("--port", str(self._port))
        self.centre = ServiceProcess(
            self._models, self._folder / "centre", *arguments, event_source="urn:tallyscan:centre",
            crossing_points=json.dumps(points), sign_in="none", **self._of_centre,
        )  # fmt: skip
        return self.centre

    def start_edge(self) -> ServiceProcess:
        self.edge = ServiceProcess(
            self._models, self._folder / "edge", event_source=SOURCE, centre_key_file=self._key,
            centre_url=f"http://127.0.0.1:{self.line.port}", centre_seconds=5,
        )  # fmt: skip
        return self.edge

    def end(self) -> None:
        self.line.close()
        for each in (self.edge, self.centre):
            if each.process.poll() is None:
                each.kill()

    def waiting(self) -> int:
        """Events that the centre still has to get."""
        sinks = self.edge.client.get("/v1/outbox").json()["sinks"]
        return sum(sinks.get("centre", {}).values())

    def point(self) -> dict[str, Any]:
        (point,) = self.centre.client.get("/v1/crossing-points").json()["crossing_points"]
        return dict(point)


def soak(folder: Path, models: Path, *, consignments: int, seed: int, cuts: Sequence[str] = CUTS) -> EdgeSoak:
    """`consignments` of each cut. Raises `AssertionError` for the first thing that is not as it must be."""
    began = time.monotonic()
    chance = random.Random(seed)
    two = Two(folder, models)
    names: list[str] = []
    behind, caught_up = 0, 0.0
    try:
        for cut in cuts:
            _cut(two, cut)
            for number in range(consignments):
                names.append(f"C-{len(names)}")
                _work(two, names[-1], chance, scanned=number == 0)
            behind = two.waiting()
            mended = time.monotonic()
            _mend(two, cut)
            if cut == "line":  # killed in the middle of catching up
                chance.choice([two.centre, two.edge]).kill()
                for each, start in ((two.centre, two.start_centre), (two.edge, two.start_edge)):
                    if each.process.poll() is not None:
                        start()
            wait_until(lambda: two.waiting() == 0)
            caught_up = time.monotonic() - mended
        repeats = two.point()["repeats"]
        _compare(two, names)
    finally:
        two.end()
    events = _check_events(folder)
    return EdgeSoak(events, len(names), len(cuts), repeats, behind, caught_up, time.monotonic() - began)


def _cut(two: Two, cut: str) -> None:
    if cut in ("centre", "both"):
        two.centre.kill()
    if cut != "centre":
        two.line.down()
    if cut in ("edge", "both"):
        two.edge.kill()
        two.start_edge()


def _mend(two: Two, cut: str) -> None:
    if cut in ("centre", "both"):
        two.start_centre()
    two.line.up()


def _work(two: Two, consignment: str, chance: random.Random, *, scanned: bool) -> None:
    """What a crossing point does of a day, with nobody to ask."""
    client = two.edge.client
    path = f"/v1/consignments/{consignment}"
    if scanned:
        scan = _scan(client, consignment, seed=chance.randrange(1 << 30))
        _post(client, f"/v1/scans/{scan}/decisions", suspicious())
        if chance.random() < 0.5:
            item = found()["items"][0] | {"unit": None}
            _post(client, f"/v1/scans/{scan}/inspections", found(items=[item]))
    for number in range(3):
        _post(client, f"{path}/risk-scores", {"by": f"engine-{number}", "score": round(chance.random(), 3)})
    result = {"by": "inspector-3", "code": chance.choice(["A1", "B1"]), "opened": "wholly", "seals": "intact"}
    if result["code"] == "B1":
        result |= {"found_hs": ["240220"], "quantity": 5, "quantity_of": "kg"}
    _post(client, f"{path}/control-results", result)
    ordered = {"by": "targeting-1", "disposition": "open", "ground": "anomaly", "record": 0}
    _post(client, f"{path}/dispositions", ordered)


def _scan(client: httpx.Client, consignment: str, seed: int) -> str:
    files = [
        ("image", ("scan.tif", container_tiff(lump=True, seed=seed))),
        (
            "sidecar",
            ("scan.json", sidecar_json(None, site=SITE, acquired_at=f"2026-01-01T00:00:{seed % 60:02}Z")),
        ),
    ]
    answer = client.post("/v1/scans", files=files, data={"consignment": consignment})
    assert answer.status_code in (200, 201, 202), answer.text
    scan = str(answer.json()["id"])
    wait_until(lambda: client.get(f"/v1/scans/{scan}").json()["state"] == "read")
    return scan


def _post(client: httpx.Client, path: str, body: dict[str, Any]) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == 201, answer.text


def _compare(two: Two, names: list[str]) -> None:
    """The centre has of each consignment what the crossing point has."""
    for name in names:
        here, there = (
            each.client.get(f"/v1/consignments/{name}/risk-record").json() for each in (two.centre, two.edge)
        )
        for what in ("risk", "control_results", "risk_scores"):
            assert here[what] == there[what], (name, what)
        assert [each["id"] for each in here["dispositions"]] == [each["id"] for each in there["dispositions"]]
        assert two.centre.client.get(f"/v1/consignments/{name}/risk-record/check").json()["same"]
    point = two.point()
    assert (point["state"], point["gaps"], point["late"], point["refused"]) == ("heard", 0, 0, 0), point


def _check_events(folder: Path) -> int:
    """Every event once, in order within its subject, as the crossing point told it."""
    told = _rows(folder / "edge", select(OutboxRow.event).where(OutboxRow.sink == "centre"))
    heard = _rows(folder / "centre", select(CrossingEventRow.event).order_by(CrossingEventRow.position))
    assert all(event.pop("audithead") for event in heard)  # of each try, beside what was told
    assert Counter(event["id"] for event in heard) == Counter(event["id"] for event in told)
    assert {event["id"]: event for event in heard} == {event["id"]: event for event in told}
    for subject in {event["subject"] for event in heard}:
        arrived = [int(event["sequence"]) for event in heard if event["subject"] == subject]
        assert arrived == sorted(arrived), subject
    return len(heard)


def _rows(folder: Path, wanted: Select[Any]) -> list[dict[str, Any]]:
    database = open_database(make_url(f"sqlite:///{folder / 'tallyscan.db'}"))
    with database.read() as session:
        found_rows = list(session.execute(wanted).scalars())
    database.close()
    return found_rows


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
