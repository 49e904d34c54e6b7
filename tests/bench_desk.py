"""How long the desk of a site takes over HTTP with 5,000 scans that wait there, on SQLite.

    python -m tests.bench_desk          (make bench)

Every operator's list asks every five seconds. The rows are written straight into the tables, without readings: a third
of the scans is of a consignment, of these a tenth is selected for opening. Prints, without blind reading and with a
share of 5 %, the median and the slowest of so many requests on the clock, and the median of the processor, of which the
asking itself is a part. Everything is invented.
"""

import logging
import random
import statistics
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import structlog
from sqlalchemy import insert, update

from tallyscan.bootstrap import load_reader, open_store, running
from tallyscan.settings import Settings
from tallyscan.store.database import Database
from tallyscan.store.selection_tables import SelectionReasonRow, SelectionRow
from tallyscan.store.tables import DeskRow, JoinRow, ScanScoreRow
from tallyscan.web.selection_examples import SELECTIONS
from tests.bench_selection import clocks, since
from tests.store.past_work import PastWork
from tests.web.conftest import serving

ROOT = Path(__file__).parent.parent
WAITING = 5_000
RUNS = 10
SHARES = (0.0, 0.05)


def fill(database: Database) -> None:
    """Scans of the last three days; a tenth of them waits for its second reader. All of it is drawn by a fixed seed."""
    draw, work, now = random.Random(3), PastWork(), datetime.now(UTC)
    scored, selected, seconds, joins = [], [], [], []
    for n in range(WAITING):
        at = now - timedelta(minutes=draw.randrange(3 * 1440))
        lane = draw.choices(("green", "yellow", "red", "not_assessed"), (80, 12, 6, 2))[0]
        consignment = f"C-{n}" if n % 3 == 0 else None
        scan = work.scan(at, lane=lane, consignment=consignment)
        score = None if lane == "not_assessed" else round(draw.random(), 4)
        joined = {
            "state": "joined" if consignment else "open",
            "consignment_id": consignment,
            "why": "invented",
        }
        joins.append({"scan_id": scan, "sequence": 1, "at": at, "candidates": [], **joined})
        scored.append({"scan_id": scan, "score": score, "urgent": draw.random() < 0.002})
        if consignment and draw.random() < 0.1:
            selected.append(
                {
                    "consignment_id": consignment,
                    "stage": "before_scan",
                    "sequence": 1,
                    "at": at,
                    "selected": True,
                }
            )
        if draw.random() < 0.1:
            seconds.append({"scan_id": scan, "waits_for": "second", "because": "share", "since": at})
    reason = {"position": 0, "kind": "share", "action": "open", "priority": 5, "chance": 0.1, "drawn": True}
    with database.write() as session:
        work.put(session)
        session.execute(update(ScanScoreRow), scored)
        session.execute(insert(JoinRow), joins)
        document = {"superseded": False, "document": SELECTIONS["steps"][0]}
        session.execute(insert(SelectionRow), [each | document for each in selected])
        of = ("consignment_id", "stage", "sequence")
        session.execute(
            insert(SelectionReasonRow), [{name: each[name] for name in of} | reason for each in selected]
        )
        session.execute(insert(DeskRow), seconds)


def main() -> None:
    """Fill, measure, print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for share in SHARES:
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(
                data_dir=Path(folder),
                models_dir=ROOT / "models",
                inference_threads=1,
                blind_first_share=share,
            )
            with open_store(settings) as store:
                fill(store.database)
                print(f"{WAITING} scans wait at a desk, {share:.0%} of them are read blind")  # noqa: T201
                with (
                    running(settings, store, load_reader(settings)) as service,
                    serving(service, settings) as client,
                ):
                    _time(client)


def _time(client: httpx.Client) -> None:
    desk, taken = "/v1/sites/gate-1/desk", iter(range(RUNS))
    asked: dict[str, Callable[[], httpx.Response]] = {
        "first page": lambda: client.get(desk, params={"person": "officer-1"}),
        "red, to be read first": lambda: client.get(
            desk, params={"person": "officer-1", "lane": "red", "reader": "first"}
        ),
        "page 90": lambda: client.get(desk, params={"person": "officer-1", "offset": 4_450}),
        "the next scan, taken": lambda: client.post(f"{desk}/next", json={"by": f"officer {next(taken)}"}),
    }
    for name, ask in asked.items():
        took = []
        for _ in range(RUNS):
            begun = clocks()
            answer = ask()
            took.append(since(begun))
            answer.raise_for_status()
        on_clock, of_processor = zip(*took, strict=True)
        print(  # noqa: T201
            f"  {name:24s} {statistics.median(on_clock):6.1f} ms, slowest {max(on_clock):6.1f} ms, "
            f"{statistics.median(of_processor):6.1f} ms of the processor"
        )


if __name__ == "__main__":
    main()
