"""A made day through the service as it runs at a site: declarations and scans over HTTP, a person where one is asked.

Started anew on the same folder it goes on where it was interrupted: what was sent before is known by its bytes.
"""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tests.e2e.serving import ServiceProcess
from tests.report.sink_reading import events_in
from training.made_day.drawn import OFFICE, kept
from training.made_day.formats import CONTENT_TYPES, WRITERS, manifest
from training.made_day.plan import Consignment
from training.made_day.record import ScanRecord, outcomes
from training.made_day.tables import ShiftOutcome

Document = dict[str, Any]
ROWS_OF_A_MANIFEST = 8
SHIFTS = ("night", "day", "evening")
BEGINS_AT_SHARE = (0.0, 0.4, 0.7)
"""The first shift gives the scores that the budgets of the others rest on."""

BUDGET_SHARE = 0.12
CHANCE = 0.1
OFFICER = "Invented officer 1"
MOST_SECONDS = 300


class MadeDay(NamedTuple):
    """What came of it."""

    records: list[ScanRecord]
    shifts: list[ShiftOutcome]
    events: int
    seconds: float
    read_with: str


class Crossing:
    """The service with its data folder, and what of the day was sent to it: `state.json` in the folder of the run."""

    def __init__(self, models_dir: Path, work: Path, day: tuple[Consignment, ...], seed: int) -> None:
        self.work, self.day, self.seed = work, day, seed
        work.mkdir(parents=True, exist_ok=True)
        self._path = work / "state.json"
        if self._path.exists():
            self.state: Document = json.loads(self._path.read_text(encoding="utf-8"))
        else:
            began = datetime.now(UTC) - timedelta(days=1)  # the day is over when it is sent
            self.state = {
                "began": began.isoformat(),
                "shifts": [],
                "sent": {},
                "manifests": [],
                "seconds": 0.0,
            }
        self._service = ServiceProcess(models_dir, work / "data")
        self.client = self._service.client

    def close(self) -> None:
        """End the service politely. Raises `AssertionError` where it fails to."""
        assert self._service.end() == 0

    def send(self, first: int) -> None:
        """So many consignments in their order: the declaration of each first, then its scans."""
        for consignment in self.day[:first]:
            if self.state["sent"].get(str(consignment.number)):
                continue
            before = time.monotonic()
            self._begin_shift(consignment.number)
            self._declare(consignment)
            ids = [self._scan(consignment, unit) for unit in range(consignment.units)]
            self.state["sent"][str(consignment.number)] = ids
            self.state["seconds"] += time.monotonic() - before
            self._keep()

    def collect(self) -> MadeDay:
        """Once everything is read: each scan, each risk record, each worklist, and the events."""
        self._wait_until_read()
        health = self._get("/healthz")
        came = [each for each in self.day if str(each.number) in self.state["sent"]]
        records = [record for consignment in came for record in self._records(consignment)]
        wrong = frozenset(one for record in records if record.wrong for one in record.ids)
        shifts = [ShiftOutcome(self._worklist(start), wrong) for start in self.state["shifts"]]
        read_with = f"{health['software']} and {health['model']}"
        return MadeDay(records, shifts, self._events(), self.state["seconds"], read_with)

    def _begin_shift(self, number: int) -> None:
        """The day goes by faster than a clock: a shift begins when its first consignment comes."""
        begun = len(self.state["shifts"])
        firsts = [round(share * len(self.day)) for share in BEGINS_AT_SHARE]
        if begun == len(SHIFTS) or number < firsts[begun]:
            return
        starts = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        time.sleep(max((starts - datetime.now(UTC)).total_seconds(), 0))
        self.state["shifts"].append(starts.isoformat())
        ends = [*firsts[1:], len(self.day)]
        shifts = []
        for place, at in enumerate(self.state["shifts"]):
            come = sum(each.units for each in self.day[firsts[place] : ends[place]])
            budget = max(round(BUDGET_SHARE * come), 1)
            local = datetime.fromisoformat(at).strftime("%H:%M:%S")
            shifts.append({"name": SHIFTS[place], "starts": local, "budget": budget, "scans": come})
        said = {"shifts": shifts, "time_zone": "UTC", "chance": CHANCE, "by": OFFICER}
        self.client.put(f"/v1/sites/{OFFICE}/alert-budget", json=said).raise_for_status()
        self._keep()

    def _declare(self, consignment: Consignment) -> None:
        """On its own, or with the next ones of its kind in a manifest."""
        if consignment.format != "csv":
            self._post(WRITERS[consignment.format](self._declaration(consignment)), consignment.format, 1)
            return
        of_csv = [each for each in self.day if each.format == "csv"]
        place = of_csv.index(consignment) // ROWS_OF_A_MANIFEST
        if place in self.state["manifests"]:
            return
        these = of_csv[place * ROWS_OF_A_MANIFEST : (place + 1) * ROWS_OF_A_MANIFEST]
        self._post(manifest([self._declaration(each) for each in these]), "csv", len(these))
        self.state["manifests"].append(place)

    def _post(self, document: bytes, form: Any, count: int) -> None:
        kind = {"content-type": CONTENT_TYPES[form]}
        answer = self.client.post("/v1/declarations", content=document, headers=kind)
        answer.raise_for_status()
        said = answer.json()
        assert (len(said["declarations"]), said["refused"]) == (count, []), said

    def _declaration(self, consignment: Consignment) -> Document:
        where = kept(self.day, consignment.number, self.seed, self.work / "made")
        declaration: Document = json.loads((where / "declaration.json").read_text(encoding="utf-8"))
        expected = self._at(consignment) - timedelta(hours=1)
        office = {"referenceNumber": OFFICE, "arrivalDateAndTimeEstimated": _written(expected)}
        return declaration | {"customsOffices": [office]}

    def _scan(self, consignment: Consignment, unit: int) -> str:
        """The id of the scan, once it was read; a person says of which consignment it is where that is not sure."""
        where = kept(self.day, consignment.number, self.seed, self.work / "made")
        sidecar = json.loads((where / f"{unit}.json").read_text(encoding="utf-8"))
        sidecar["acquired_at"] = _written(self._at(consignment) + timedelta(minutes=unit))
        image = (where / f"{unit}.tif").read_bytes()
        form = {
            "image": (f"{consignment.lrn}-{unit}.tif", image),
            "sidecar": ("scan.json", json.dumps(sidecar).encode()),
        }
        answer = self.client.post("/v1/scans?wait=60", files=form)
        answer.raise_for_status()
        scan = answer.json()
        if scan["join"]["state"] != "joined" or scan["consignment"] != consignment.lrn:
            said = {"consignment": consignment.lrn, "by": OFFICER, "reason": "The papers in the cab."}
            self.client.put(f"/v1/scans/{scan['id']}/consignment", json=said).raise_for_status()
        return str(scan["id"])

    def _at(self, consignment: Consignment) -> datetime:
        return datetime.fromisoformat(self.state["began"]) + timedelta(minutes=consignment.minute)

    def _wait_until_read(self) -> None:
        """Until no scan is to be read and every event has arrived."""
        until = time.monotonic() + MOST_SECONDS
        while True:
            health = self._get("/healthz")
            if not health["outbox"] and not any(
                health["scans"].get(state) for state in ("received", "reading")
            ):
                return
            assert time.monotonic() < until, health
            time.sleep(0.2)

    def _records(self, consignment: Consignment) -> list[ScanRecord]:
        where = kept(self.day, consignment.number, self.seed, self.work / "made")
        wrong = json.loads((where / "truth.json").read_text(encoding="utf-8"))["wrong_scans"]
        lane = self._get(f"/v1/consignments/{consignment.lrn}/risk-record")["risk"]["lane"]
        records = []
        for unit, scan_id in enumerate(self.state["sent"][str(consignment.number)]):
            scan = self._get(f"/v1/scans/{scan_id}")
            assert scan["consignment"] == consignment.lrn, scan["join"]
            records.append(
                ScanRecord(
                    number=consignment.number,
                    unit=unit,
                    kind=consignment.kind,
                    wrong=wrong[unit],
                    format=consignment.format,
                    ids=(scan_id, *(part["scan"] for part in scan["parts"])),
                    status=scan["status"],
                    join=scan["join"]["how"],
                    lane=scan["risk"]["lane"],
                    score=scan["risk"]["score"],
                    consignment_lane=lane,
                    indicators=tuple(each["code"] for each in scan["risk"]["indicators"]),
                    said=outcomes(scan),
                )
            )
        return records

    def _worklist(self, begins: str) -> Document:
        at = httpx.QueryParams({"at": begins})
        return self._get(f"/v1/sites/{OFFICE}/worklist?{at}")

    def _events(self) -> int:
        """How many the file has: a reading of every scan at least, in order within each consignment."""
        told = events_in(self.work / "data" / "events.jsonl")
        by_subject: dict[str, list[int]] = {}
        for event in told:
            if "sequence" in event:
                by_subject.setdefault(event["subject"], []).append(int(event["sequence"]))
        for subject, sequence in by_subject.items():
            assert sequence == sorted(sequence), subject
        read = {event["data"].get("scan_id") for event in told if "scan-assessment" in event["type"]}
        sent = {scan_id for ids in self.state["sent"].values() for scan_id in ids}
        assert sent <= read, sent - read
        return len(told)

    def _get(self, path: str) -> Document:
        answer = self.client.get(path)
        answer.raise_for_status()
        document: Document = answer.json()
        return document

    def _keep(self) -> None:
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(self.state), encoding="utf-8")
        part.replace(self._path)


def made_day(
    models_dir: Path, work: Path, day: tuple[Consignment, ...], seed: int, *, first: int | None = None
) -> MadeDay:
    """The whole day, or so many consignments of it, from where it was left; what came of all that were sent."""
    crossing = Crossing(models_dir, work, day, seed)
    try:
        crossing.send(len(day) if first is None else first)
        return crossing.collect()
    finally:
        crossing.close()


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
