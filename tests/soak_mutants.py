"""A thousand mutants for every decoder, through the decode pool; what became of them goes into the reference.

Before that each goes through what the service itself reads of a file that comes, which must come to an end by itself.

    python -m tests.soak_mutants          (make soak)

Every mutant that has ended is a line in `runs/soak/mutants.jsonl`: started anew, it goes on from there. A mutant that
ends neither as pixels nor as an `InputError` is a defect: it is printed with its number, and the exit code is 1.
"""

import argparse
import json
import logging
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import imagecodecs
import numpy as np

from tallyscan.acquire.decode_pool import DecodePool
from tests.contracts.mutants import ALLOWANCE, ON_ARRIVAL, arrive, fingerprint, mutant, outcome, seeds

ROOT = Path(__file__).parent.parent
LOG = ROOT / "runs" / "soak" / "mutants.jsonl"
PAGE = ROOT / "docs" / "reference" / "soak.md"
HEADING = "## Mutated files"
ENDINGS = ("read", "refused", "stopped", "no memory", "crashed", "defect")


class Tried(NamedTuple):
    """A mutant that has ended."""

    decoder: str
    fingerprint: str
    number: int
    ending: str
    seconds: float
    peak_bytes: int


def tried(log: Path) -> Iterator[Tried]:
    """Those in the log; a line that was being written when the run ended is none."""
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else []:
        try:
            yield Tried(**json.loads(line))
        except ValueError:
            continue


def attempt(arriving: DecodePool, pool: DecodePool, decoder: str, number: int) -> Tried:
    """Let one arrive and decode it, and say how it ended."""
    scan = mutant(decoder, number)
    pool.wait_until_warm()  # a process is replaced now and then; its start is not the mutant's time
    started = time.perf_counter()
    try:
        arrived = outcome(arriving, scan).ending
        if arrived not in ("read", "refused"):
            raise RuntimeError(f"what is read of it on arrival: {arrived}")
        started = time.perf_counter()
        ending, _, peak = outcome(pool, scan)
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        print(f"{decoder} {number}: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
        return Tried(decoder, fingerprint(decoder), number, "defect", time.perf_counter() - started, 0)
    return Tried(decoder, fingerprint(decoder), number, ending, time.perf_counter() - started, peak)


def table(ended: Iterable[Tried]) -> str:
    """A row for each decoder."""
    lines = [
        f"| decoder | mutants | {' | '.join(ENDINGS)} | slowest | most memory of the process |",
        f"|---|{'---|' * (len(ENDINGS) + 3)}",
    ]
    ended = list(ended)
    for decoder in seeds():
        mine = [one for one in ended if one.decoder == decoder]
        if mine:
            counts = Counter(one.ending for one in mine)
            lines.append(
                f"| `{decoder}` | {len(mine)} | {' | '.join(str(counts[ending]) for ending in ENDINGS)} "
                f"| {max(one.seconds for one in mine):.1f} s | {max(one.peak_bytes for one in mine) / 1e6:.0f} MB |"
            )
    return "\n".join(lines)


def with_table(page: str, text: str) -> str:
    """The page with another table in its section."""
    head, section = page.split(HEADING)
    told = f"imagecodecs {imagecodecs.__version__}, NumPy {np.__version__}, Python {sys.version.split()[0]}"
    section = re.sub(r"\nWith .*\.\n", f"\nWith {told}.\n", section, count=1)
    return (
        head
        + HEADING
        + re.sub(r"\n\| decoder .*?(?=\n\n|\n*\Z)", f"\n{text}", section, count=1, flags=re.DOTALL)
    )


def main() -> None:
    """Go on where the log ends, then write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mutants", type=int, default=1000, help="for each decoder")
    parser.add_argument("--only", nargs="+", choices=list(seeds()), default=list(seeds()), help="decoders")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)  # what libraries remark on damaged files
    LOG.parent.mkdir(parents=True, exist_ok=True)
    prints = {decoder: fingerprint(decoder) for decoder in seeds()}
    ended = {
        (one.decoder, one.number): one
        for one in tried(LOG)
        if one.fingerprint == prints.get(one.decoder) and one.number < arguments.mutants
    }
    with (
        LOG.open("a", encoding="utf-8") as log,
        DecodePool(1, ON_ARRIVAL, arrive) as arriving,
        DecodePool(1, ALLOWANCE) as pool,
    ):
        for decoder in arguments.only:
            for number in range(arguments.mutants):
                if (decoder, number) not in ended:
                    one = ended[(decoder, number)] = attempt(arriving, pool, decoder, number)
                    log.write(json.dumps(one._asdict()) + "\n")
                    log.flush()
            print(table(one for one in ended.values() if one.decoder == decoder).splitlines()[-1])  # noqa: T201
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), table(ended.values())), encoding="utf-8")
    sys.exit(any(one.ending == "defect" for one in ended.values()))


if __name__ == "__main__":
    main()
