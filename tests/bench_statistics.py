"""How long the figures of a month take to count: 100,000 scans of five sites, with decisions, controls and budgets.

    python -m tests.bench_statistics          (make bench)

Prints the median of three runs for each way of counting.
"""

import random
import statistics
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from tallyscan.alert_budget import AlertBudgetSaid
from tallyscan.store.alert_budgets import put_budget
from tallyscan.store.database import open_database
from tallyscan.store.figures import figures
from tallyscan.store.span import Asked
from tests.bench_selection import clocks, since
from tests.store.past_work import PastWork

SCANS, DAYS, RUNS = 100_000, 30, 3
FIRST = date(2026, 2, 1)
NOW = datetime(2026, 4, 1, tzinfo=UTC)


def fill(session: Session) -> None:
    """As a busy service has them, in the order in which they arrive: a tenth opened, a fifth read twice. All of it is
    drawn with a fixed seed.
    """
    draw = random.Random(7)
    shifts = [
        {"name": "day", "starts": "06:00", "budget": 60},
        {"name": "night", "starts": "18:00", "budget": 40},
    ]
    said = AlertBudgetSaid.model_validate({"shifts": shifts, "by": "supervisor-1"})
    for gate in range(5):
        put_budget(session, f"Gate {gate}", said, datetime(2026, 1, 1, tzinfo=UTC))
    work = PastWork()
    arrivals = sorted(draw.random() * DAYS * 86_400 for _ in range(SCANS))
    for n, after_s in enumerate(arrivals):
        at = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(seconds=after_s)
        lane = draw.choices(("green", "yellow", "red", "not_assessed"), (80, 12, 6, 2))[0]
        gate = draw.randrange(5)
        scan = work.scan(
            at,
            lane=lane,
            site=f"Gate {gate}",
            device=f"DEV-{gate}",
            consignment=f"C-{n}",
            seconds=draw.random(),
        )
        decided = at + timedelta(seconds=draw.expovariate(1 / 90))
        answer = "suspicious" if lane == "red" and draw.random() < 0.7 else "clear"
        work.decide(scan, answer, at=decided, seconds=draw.expovariate(1 / 40), shown=n % 10 > 0)
        if n % 5 == 0:
            work.decide(scan, answer, at=decided, reader="second", seconds=20.0)
        if n % 10 == 0:
            work.open(scan, "found" if draw.random() < 0.1 else "nothing", at=decided)
        if n % 10_000 == 9_999:
            work.put(session)


def main() -> None:
    """Fill, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'bench.db'}")
        with database.write() as session:
            fill(session)
        asked = Asked(FIRST, FIRST + timedelta(days=DAYS - 1), ZoneInfo("Europe/Vilnius"))
        one = Asked(FIRST, FIRST + timedelta(days=DAYS - 1), ZoneInfo("Europe/Vilnius"), "GATE1")
        print(f"figures of {SCANS} scans over {DAYS} days, medians of {RUNS} runs:")  # noqa: T201
        with database.read() as session:
            for by in ((), ("day",), ("site",), ("day", "site", "scanner")):
                taken = _ms(lambda by=by: figures(session, asked, by, NOW))
                print(f"  by {', '.join(by) or 'nothing':18s} {taken}")  # noqa: T201
            print(f"  of one site by day    {_ms(lambda: figures(session, one, ['day'], NOW))}")  # noqa: T201
        database.close()


def _ms(run: Callable[[], object]) -> str:
    taken = []
    for _ in range(RUNS):
        started = clocks()
        run()
        taken.append(since(started))
    wall, processor = (statistics.median(each) for each in zip(*taken, strict=True))
    return f"{wall:7.0f} ms on the clock, {processor:7.0f} ms of the processor"


if __name__ == "__main__":
    main()
