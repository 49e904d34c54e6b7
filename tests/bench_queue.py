"""How long a page of the targeting queue takes over HTTP, with 100,000 consignments on SQLite.

    python -m tests.bench_queue          (make bench)

The lines are written straight into the tables, as `store/queue_rows.py` would write them; a further consignment is
declared through the service, to time the writing of a line. Prints medians and the slowest of so many requests on the
clock, and the median of the processor, of which the asking itself is a part. Everything in the queue is invented.
"""

import logging
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import structlog
from sqlalchemy import insert

from tallyscan.bootstrap import load_reader, open_store, running
from tallyscan.disposer import Disposer
from tallyscan.disposition import DispositionSaid
from tallyscan.settings import Settings
from tallyscan.store.database import Database
from tallyscan.store.queue_rows import NO_DEADLINE, renew
from tallyscan.store.tables import Consignment
from tallyscan.store.targeting_tables import QueueRow, QueueWordRow
from tallyscan.triage.queue_place import PLACES
from tests.bench_selection import clocks, since
from tests.sample_images import declaration_json
from tests.web.conftest import serving

ROOT = Path(__file__).parent.parent
CONSIGNMENTS = 100_000
RUNS = 30
AT_ONCE = 5_000
SITES = [f"XXOFF{n:03d}" for n in range(40)]
NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
GOODS = [
    "shirts",
    "paper in rolls",
    "frozen fish",
    "car parts",
    "cigarettes",
    "ceramic tiles",
    "furniture",
    "toys",
]
ASKED: dict[str, dict[str, Any]] = {
    "first page": {},
    "first page, by deadline": {"order": "deadline"},
    "one of 40 sites": {"site": "XXOFF007"},
    "one site, red, to decide": {"site": "XXOFF007", "lane": "red", "waits_for": "disposition"},
    "not assessed and scanned": {"lane": "not_assessed", "scanned": True},
    "selected for opening": {"selected": "opening"},
    "due within an hour": {"due_before": (NOW + timedelta(hours=1)).isoformat()},
    "goods that every eighth has": {"goods": "cigar"},
    "a trader with some 50": {"trader": "trader1234"},
    "one container number": {"text": "ABCU0071234"},
    "nothing fits": {"text": "nosuchword"},
    "released": {"state": "released"},
}


def lines(number: int, seed: int) -> Iterator[tuple[dict[str, Any], list[str], list[str]]]:
    """Lines as a region has them: most declared and not scanned, a few red."""
    draw = random.Random(seed)
    for n in range(number):
        place = draw.choices(range(len(PLACES)), (1, 30, 30, 19, 20, 80, 100, 400, 320))[0]
        lane = {0: "red", 1: "red", 5: "yellow", 7: "green"}.get(place, "not_assessed")
        waits = dict.fromkeys((0, 1, 2, 3, 5), "disposition") | {4: "opening", 6: "scan"}
        score = round(draw.random(), 4)
        goods, trader = draw.choice(GOODS), f"trader{draw.randrange(2000)}"
        due = NOW + timedelta(minutes=draw.randrange(-600, 6000))
        row = {
            "consignment_id": f"26XX{n:014d}",
            "released": draw.random() < 0.05,
            "place": place,
            "deadline_at": due if draw.random() < 0.9 else NO_DEADLINE,
            "score_key": round(10_000 * (1 - score)),
            "lane": lane,
            "waits_for": waits.get(place, "nothing"),
            "scanned": place not in (3, 6, 8),
            "for_scan": place == 6,
            "for_opening": place == 4,
            "sites": f"|{draw.choice(SITES)}|" if draw.random() < 0.95 else "|",
            "changed_at": NOW,
            "shown": {
                "score": score, "urgent": place == 0, "record": 2, "deadline_by": "shift", "scans": 1,
                "arrived_at": NOW.isoformat(), "indicators": ["XR-ANOMALY", "XR-MASS"], "unassessed": None,
                "selected": None, "opened": False, "disposition": None, "declared": f"{goods}, 12.0 t",
                "marks": [f"ABCU{n:07d}"], "traders": [trader],
            },
        }  # fmt: skip
        yield row, [*goods.split(), "480100"], [trader, "invented", "trading", "ltd"]


def fill(database: Database) -> None:
    """The queue, in transactions of some thousand lines."""
    made = list(lines(CONSIGNMENTS, seed=1))
    for begin in range(0, CONSIGNMENTS, AT_ONCE):
        some = made[begin : begin + AT_ONCE]
        ids = [row["consignment_id"] for row, _, _ in some]
        words = {
            (word, kind, row["consignment_id"])
            for row, goods, trader in some
            for kind, each in (
                ("goods", goods),
                ("trader", trader),
                ("mark", [row["consignment_id"].casefold(), row["shown"]["marks"][0].casefold()]),
            )
            for word in each
        }
        with database.write() as session:
            session.execute(
                insert(Consignment),
                [{"id": each, "created_at": NOW, "declaration_version": 0, "weighings": 0} for each in ids],
            )
            session.execute(insert(QueueRow), [row for row, _, _ in some])
            names = ("word", "kind", "consignment_id")
            session.execute(
                insert(QueueWordRow), [dict(zip(names, word, strict=True)) for word in sorted(words)]
            )


def timed(client: httpx.Client, parameters: dict[str, Any]) -> tuple[float, float, float, int]:
    """Median and slowest in ms, the median of the processor (service and client together), and how many lines fit."""
    took, total = [], 0
    for _ in range(RUNS):
        begun = clocks()
        answer = client.get("/v1/queue", params=parameters)
        took.append(since(begun))
        answer.raise_for_status()
        total = answer.json()["counts"]["total"]
    on_clock, of_processor = zip(*took, strict=True)
    return statistics.median(on_clock), max(on_clock), statistics.median(of_processor), total


def far_down(client: httpx.Client, pages: int) -> str:
    """What leads to a page after so many pages of 200."""
    after = None
    for _ in range(pages):
        after = client.get("/v1/queue", params={"limit": 200, **({"after": after} if after else {})}).json()[
            "next"
        ]
    assert after is not None
    return str(after)


def main() -> None:
    """Fill, measure, print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), models_dir=ROOT / "models", inference_threads=1)
        with open_store(settings) as store:
            begun = time.perf_counter()
            fill(store.database)
            print(f"{CONSIGNMENTS} consignments in the queue, filled in {time.perf_counter() - begun:.0f} s")  # noqa: T201
            with (
                running(settings, store, load_reader(settings)) as service,
                serving(service, settings) as client,
            ):
                asked = {**ASKED, "page 101 of 200 lines": {"after": far_down(client, 100), "limit": 200}}
                for name, parameters in asked.items():
                    median, slowest, processor, total = timed(client, parameters)
                    print(  # noqa: T201
                        f"  {name:32s} {median:6.1f} ms, slowest {slowest:6.1f} ms, "
                        f"{processor:6.1f} ms of the processor, {total:6d} fit"
                    )
                _time_writing(store.database, client, service.disposer)


def _time_writing(database: Database, client: httpx.Client, disposer: Disposer) -> None:
    client.put("/v1/consignments/C-1/declaration", content=declaration_json()).raise_for_status()

    def write() -> None:
        with database.write() as session:
            renew(session, "C-1")

    numbers = iter(range(RUNS))

    def dispose() -> None:
        n = next(numbers)
        said = {"disposition": "rescan", "ground": "first_scan", "record": 0, "by": "officer-1"}
        assert disposer.dispose(f"26XX{n:014d}", DispositionSaid.model_validate(said)).new

    for name, what in (("writing a line anew", write), ("a disposition, kept and told", dispose)):
        took = []
        for _ in range(RUNS):
            begun = time.perf_counter()
            what()
            took.append(1000 * (time.perf_counter() - begun))
        print(f"  {name:32s} {statistics.median(took):6.1f} ms, slowest {max(took):6.1f} ms")  # noqa: T201


if __name__ == "__main__":
    main()
