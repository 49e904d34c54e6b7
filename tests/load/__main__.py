"""A crossing point under load.

    python -m tests.load --database sqlite --scans-a-minute 20 --minutes 10
    python -m tests.load --database postgresql --hour --scans-a-minute 20

Scanners send scans of a real size to the service as it runs, on SQLite (one process) or on PostgreSQL (a web process
and two workers), with the active model; people decide, watch and look for work; a risk system takes the events. Prints
how long things took, how memory stood, and whether anything was lost: then the exit code is 1. What it means, and what
has been measured: docs/reference/load.md.
"""

import argparse
import json
import signal
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tallyscan.settings import Settings
from tests.load.tables import row_of, told_of, write_row
from tests.load.trial import Load, room_for, trial

SCANS_OF_AN_HOUR = 50 * 60
"""What 50 scanners send in an hour, one scan a minute each."""


def main() -> int:
    """Send, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--scanners", type=int, default=50)
    parser.add_argument(
        "--scans-a-minute", type=float, help="of all scanners; one of each where it is left out"
    )
    parser.add_argument(
        "--hour", action="store_true", help="as many minutes as 3,000 scans take at that rate"
    )
    parser.add_argument("--megabytes", type=float, default=15)
    parser.add_argument("--max-waiting-scans", type=int, default=1000, help="more are told to wait")
    parser.add_argument("--table", action="store_true", help="write the row into the page")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--within", type=Path, help="make the folder of the trial there")
    parser.add_argument("--json", type=Path, help="write what came of it there, too")
    arguments = parser.parse_args()
    load = Load(
        arguments.database,
        scanners=arguments.scanners,
        scans_a_minute=arguments.scans_a_minute or arguments.scanners,
        minutes=arguments.minutes,
        megabytes=arguments.megabytes,
        seed=arguments.seed,
    )
    if arguments.hour:
        load = replace(load, minutes=SCANS_OF_AN_HOUR / load.scans_a_minute)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what it started ends with it
    with tempfile.TemporaryDirectory(dir=arguments.within) as folder:
        room_for(load, Path(folder))
        more = {"max_waiting_scans": arguments.max_waiting_scans}
        came = trial(load, Settings().models_dir, Path(folder), **more)
    row = row_of(came, datetime.now(UTC))
    print(told_of(came))  # noqa: T201
    print(row)  # noqa: T201
    if arguments.table:
        write_row(row)
    if arguments.json is not None:
        said = came._replace(sent=None)._asdict() | {"load": vars(load)}  # type: ignore[arg-type]
        arguments.json.write_text(json.dumps(said, default=str, indent=1), encoding="utf-8")
    return int(bool(came.lost or came.faults))


if __name__ == "__main__":
    sys.exit(main())
