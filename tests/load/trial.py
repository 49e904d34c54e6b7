"""One trial: so many scanners for so long against the service on one kind of database, and what came of it."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tallyscan.store.outbox_rows import FILE
from tests.load.check import all_read, all_told, kept_scans, wrong
from tests.load.images import GOODS, Lorries
from tests.load.measured import Growth, Memory, Quantiles, Times, growth
from tests.load.people import BOARD, QUEUE_PAGE, SCRAPE, People
from tests.load.risk_system import Received, RiskSystem
from tests.load.senders import Accepted, Scanners, SentScans
from tests.load.service import SITES, Kind, Running, running

TO_READING, TO_EVENT = "last byte to reading saved", "last byte to event at the risk system"
_MOST_SECONDS_AFTER = 900.0
_KEPT_BYTES = 2.1  # on the disk for each that is sent: itself, the image in tiles, pictures
_SETTLED_SHARE = 0.2  # of the time, in which memory may still grow to what work needs


@dataclass(frozen=True)
class Load:
    """What comes. `scans_a_minute` is of all scanners together."""

    database: Kind
    scanners: int = 50
    scans_a_minute: float = 50
    minutes: float = 2
    megabytes: float = 15
    operators: int = 6
    looks_seconds: float = 20
    kinds: int = len(GOODS)
    seed: int = 1


class Outcome(NamedTuple):
    """`lost` in words; `seconds` of the whole, until the last scan was read."""

    load: Load
    sent: SentScans
    seconds: float
    after_seconds: float
    times: dict[str, Quantiles]
    memory: dict[str, Growth]
    threads: dict[str, int]
    processor_seconds: dict[str, float]
    disk_megabytes: float
    events: int
    decisions: int
    live_lines: int
    faults: list[str]
    lost: list[str]


def trial(load: Load, models_dir: Path, folder: Path, **settings: object) -> Outcome:
    """Send, let people work, wait until everything is done, compare. Whatever goes wrong is in the outcome."""
    lorries, times = Lorries(load.megabytes, load.seed, load.kinds), Times()
    risk_system = RiskSystem(folder / "risk_system")
    given = {**risk_system.settings, **settings}
    try:
        with (
            running(load.database, models_dir, folder, given) as service,
            Memory(lambda: service.processes) as memory,
        ):
            people = _people(load, service, times)
            scanners = _scanners(load, service, lorries, times)
            begun = time.monotonic()
            scanners.start()
            scanners.join()
            sent_seconds = time.monotonic() - begun
            done = _wait_until(lambda: all_read(service.database))
            seconds = time.monotonic() - begun
            people.stop()
            # What they decided last is told after the ten seconds in which it can be taken back.
            done = _wait_until(lambda: all_told(service.database, (FILE, "webhook"))) and done
            risk_system.end()
            received, accepted = risk_system.received(), scanners.sent.accepted
            lost = wrong(service.database, accepted, received, people.decided)
            _add_waits(service, times, accepted, received)
        return Outcome(
            load=load,
            sent=scanners.sent,
            seconds=seconds,
            after_seconds=seconds - sent_seconds,
            times={what: Quantiles.of(each) for what, each in times.all().items()},
            memory={
                name: growth(samples, _SETTLED_SHARE * sent_seconds)
                for name, samples in memory.samples.items()
            },
            threads=dict(memory.threads),
            processor_seconds=dict(memory.processor_seconds),
            disk_megabytes=_size(folder) / 1e6,
            events=len(received),
            decisions=len(people.decided),
            live_lines=people.lines,
            faults=scanners.sent.faults + people.faults,
            lost=lost if done else ["not everything was done in time", *lost],
        )
    finally:
        risk_system.end()


def _people(load: Load, service: Running, times: Times) -> People:
    people = People(service.url, times, looks_seconds=load.looks_seconds, seed=load.seed)
    for number in range(load.operators):
        site, name = SITES[number % len(SITES)], f"operator-{number}"
        headers = service.person(name, ["operator"], [site])
        people.operator(name, site, headers)
        people.watcher(site, headers)
    officer = service.person("targeting", ["targeting_officer"], ["*"])
    people.every(5, QUEUE_PAGE, "/v1/queue?limit=50", officer)
    people.every(5, BOARD, f"/v1/sites/{SITES[0]}/board", officer)
    people.every(5, SCRAPE, service.metrics, {})
    return people


def _scanners(load: Load, service: Running, lorries: Lorries, times: Times) -> Scanners:
    gates = [(f"GATE-{number}", SITES[number % len(SITES)]) for number in range(load.scanners)]
    return Scanners(
        service.url,
        [(gate, site, service.scanner(gate, site)) for gate, site in gates],
        lorries,
        times,
        interval_seconds=60 * load.scanners / load.scans_a_minute,
        seconds=60 * load.minutes,
        seed=load.seed,
    )


def _wait_until(true: Callable[[], bool]) -> bool:
    """Whether it came true in time."""
    until = time.monotonic() + _MOST_SECONDS_AFTER
    while not (now := true()) and time.monotonic() < until:
        time.sleep(0.5)
    return now


def _add_waits(service: Running, times: Times, accepted: list[Accepted], received: list[Received]) -> None:
    """From the last byte that a scanner sent until its scan was read, and until the risk system knew."""
    kept = kept_scans(service.database)
    told: dict[str, float] = {}
    for each in received:
        scan = each.event["data"].get("scan_id")
        if scan is not None and "scan-assessment" in each.event["type"]:
            told.setdefault(scan, each.at)
    for scan in accepted:
        read_at = kept[scan.scan_id].read_at if scan.scan_id in kept else None
        if read_at is not None:
            times.add(TO_READING, read_at - scan.last_byte_at)
        if scan.scan_id in told:
            times.add(TO_EVENT, told[scan.scan_id] - scan.last_byte_at)


def _size(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file() and not each.is_symlink())


def room_for(load: Load, folder: Path) -> None:
    """Raises `SystemExit` where the disk is too small for what the trial will send."""
    needed = (
        _KEPT_BYTES * load.megabytes * load.scans_a_minute * load.minutes + 6000
    )  # the last of it stays free
    free = shutil.disk_usage(folder).free / 1e6
    if free < needed:
        raise SystemExit(
            f"{needed / 1000:.0f} GB of disk are needed in {folder}, and {free / 1000:.0f} are free."
        )
