"""What came of a trial, for a person and as a row of docs/reference/load.md."""

import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from tests.load.people import DECISION, QUEUE_PAGE
from tests.load.trial import TO_EVENT, TO_READING, Outcome

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "load.md"
MARK = "<!-- From here on written by tests/load. -->\n"
_MOST_SHOWN = 10


def told_of(came: Outcome) -> str:
    """Everything, in lines."""
    return "\n".join(_lines(came))


def row_of(came: Outcome, now: datetime) -> str:
    """A row of the table in the page."""
    load, sent = came.load, came.sent
    megabytes = sum(each.median_mb for each in came.memory.values())
    grows = sum(each.an_hour_mb for each in came.memory.values())
    error = math.hypot(*(each.plus_minus_mb for each in came.memory.values()))
    cells = (
        load.database,
        f"{load.scans_a_minute:g}",
        f"{load.minutes:.0f} min",
        str(len(sent.accepted)),
        str(sent.told_to_wait),
        *(f"{each:.1f}" for each in came.times[TO_READING][1:4]),
        f"{came.times[TO_EVENT].p95:.1f}",
        *(f"{came.times[what].p95:.2f}" if what in came.times else "-" for what in (DECISION, QUEUE_PAGE)),
        f"{megabytes:.0f}",
        "too short" if math.isnan(grows) else f"{grows:+.0f} ± {error:.0f}",
        str(len(came.lost)),
        f"{now:%Y-%m-%d}",
    )
    return f"| {' | '.join(cells)} |"


def write_row(row: str) -> None:
    """Into the page, in the place of an earlier one of the same database, rate and time."""
    head, table = PAGE.read_text(encoding="utf-8").split(MARK)
    header, line, *rows = table.strip().splitlines()
    known = {tuple(each.split(" | ")[:3]): each for each in [*rows, row]}
    page = "\n".join([header, line, *known.values()])
    PAGE.write_text(f"{head}{MARK}{page}\n", encoding="utf-8")


def _lines(came: Outcome) -> Iterator[str]:
    load, sent = came.load, came.sent
    yield (
        f"{load.database}: {load.scanners} scanners, {load.scans_a_minute:g} scans of {load.megabytes:g} MB a minute "
        f"for {load.minutes:.1f} minutes"
    )
    yield (
        f"{len(sent.accepted)} accepted, {sent.told_to_wait} times told to wait, {sent.given_up} not sent for that; "
        f"begun {sent.late_seconds:.1f} s late at most; the last was read {came.after_seconds:.0f} s after the end"
    )
    yield f"{came.events} events, {came.decisions} decisions, {came.live_lines} live lines"
    yield f"{'seconds':40s}{'count':>8s}{'p50':>9s}{'p95':>9s}{'p99':>9s}{'most':>9s}"
    for what, each in came.times.items():
        yield f"{what:40s}{each.number:8d}{each.p50:9.3f}{each.p95:9.3f}{each.p99:9.3f}{each.most:9.3f}"
    yield f"{'MB':40s}{'median':>8s}{'most':>9s}{'an hour':>9s}{'+-':>9s}{'threads':>9s}{'CPU':>9s}"
    for name, grown in came.memory.items():
        yield (
            f"{name:40s}{grown.median_mb:8.0f}{grown.most_mb:9.0f}{grown.an_hour_mb:+9.0f}"
            f"{grown.plus_minus_mb:9.0f}{came.threads[name]:9d}{came.processor_seconds[name]:7.0f} s"
        )
    yield f"disk: {came.disk_megabytes:.0f} MB, {came.disk_megabytes / max(len(sent.accepted), 1):.1f} a scan"
    for kind, found in (("FAULT", came.faults), ("LOST", came.lost)):
        yield from (f"{kind}: {each}" for each in found[:_MOST_SHOWN])
        if len(found) > _MOST_SHOWN:
            yield f"{kind}: {len(found) - _MOST_SHOWN} more"
    yield f"lost: {len(came.lost)}; faults: {len(came.faults)}"
