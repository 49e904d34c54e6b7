"""Events to a risk system in trouble, for long; what it took goes into the reference.

    python -m tests.soak_events          (make soak)

200 events of 20 consignments to the receiver of docs/how-to/send-events.md, which fails half of its calls, answers late
and is killed twice. `make test` does the same with 20 events.
"""

import argparse
import re
import tempfile
from pathlib import Path

from tests.e2e.events_soak import soak

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "soak.md"
HEADING = "## Events to a risk system in trouble"


def main() -> None:
    """Send, compare, write the row of the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--consignments", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        done = soak(
            Path(folder), events=arguments.events, consignments=arguments.consignments, seed=arguments.seed
        )
    row = (
        f"| {done.events} | {done.consignments} | {done.calls} | {done.failed} | {done.repeats} "
        f"| {done.seconds:.0f} s |"
    )
    print(row)  # noqa: T201
    head, section = PAGE.read_text(encoding="utf-8").split(HEADING)
    PAGE.write_text(head + HEADING + re.sub(r"\n\| \d.*", f"\n{row}", section, count=1), encoding="utf-8")


if __name__ == "__main__":
    main()
