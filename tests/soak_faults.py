"""Parts of a service killed at random moments, on both databases; how often goes into the reference.

    python -m tests.soak_faults          (make soak)

Each run that has ended is a line in `runs/soak/faults.jsonl`: started anew, it goes on from there, on a new house. The
seed of a run is its number, so that any of them can be made again. `make test` does four.
"""

import argparse
import json
import re
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from tests.e2e.faults import KILLED, House, Kind, fault_of, run
from tests.tiny_model import write_tiny_models_dir

ROOT = Path(__file__).parent.parent
LOG = ROOT / "runs" / "soak" / "faults.jsonl"
PAGE = ROOT / "docs" / "reference" / "faults.md"
HEADING = "## Killed at any moment"


class Ended(NamedTuple):
    """A run after which everything held; how long until all of it was read and told."""

    database: Kind
    number: int
    killed: str
    seconds: float


def ended() -> list[Ended]:
    """Those in the log."""
    lines = LOG.read_text(encoding="utf-8").splitlines() if LOG.exists() else []
    return [Ended(**json.loads(line)) for line in lines if line.endswith("}")]


def table(runs: list[Ended]) -> str:
    """A row for each part that was killed."""
    counts = Counter((each.database, each.killed) for each in runs)
    lines = [
        "| database | killed | times | lost, doubled or out of order | longest until all was read and told |"
    ]
    lines.append("|---|---|---|---|---|")
    for database, killed in counts:
        longest = max(each.seconds for each in runs if (each.database, each.killed) == (database, killed))
        lines.append(f"| {database} | {killed} | {counts[database, killed]} | 0 | {longest:.0f} s |")
    return "\n".join(lines)


def main() -> None:
    """Go on where the log ends, then write the table. Ends with the first run after which something does not hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=100, help="on each database")
    parser.add_argument("--only", choices=list(KILLED), nargs="+", default=list(KILLED), help="databases")
    arguments = parser.parse_args()
    LOG.parent.mkdir(parents=True, exist_ok=True)
    for kind in arguments.only:
        done = {each.number for each in ended() if each.database == kind}
        todo = [number for number in range(arguments.runs) if number not in done]
        if not todo:
            continue
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with closing(House(kind, folder, write_tiny_models_dir(folder / "models"))) as house:
                for number in todo:
                    fault, began = fault_of(kind, number), time.monotonic()
                    run(house, fault)
                    one = Ended(kind, number, fault.what, time.monotonic() - began)
                    with LOG.open("a", encoding="utf-8") as log:
                        log.write(json.dumps(one._asdict()) + "\n")
                    print(f"{kind} {number}: {fault.what}, {one.seconds:.1f} s", flush=True)  # noqa: T201
    head, section = PAGE.read_text(encoding="utf-8").split(HEADING)
    section = re.sub(
        r"\n\| database .*?(?=\n\n|\n*\Z)", f"\n{table(ended())}", section, count=1, flags=re.DOTALL
    )
    PAGE.write_text(head + HEADING + section, encoding="utf-8")


if __name__ == "__main__":
    main()
