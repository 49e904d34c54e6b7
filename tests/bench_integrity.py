"""How fast a copied image is looked for: one scan against a store of 100,000.

    python -m tests.bench_integrity          (make bench)

Prints the seconds in which the fingerprints are loaded once, and medians of what each scan costs: the search among
all pictures, with the fetching of those that look alike; the fingerprint of a scan; the comparison of its noise with
one of them.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from tallyscan.fingerprint import FINGERPRINT_METHOD, PICTURE_BYTES
from tallyscan.integrity.taken_print import ALIKE_BITS, take_print
from tallyscan.store.database import Database, open_database
from tallyscan.store.fingerprints import PictureIndex
from tallyscan.store.scan_memory import ScanMemory
from tallyscan.store.tables import FingerprintRow, ScanRow
from tests.integrity.images import cargo, scan_of

ALIKE = 20  # of them look like the scan that is asked for


def rows_of_scans(count: int, at: datetime) -> list[dict[str, object]]:
    """So many scans that were read, with their number as id."""
    common = {
        "name": "a.tif",
        "received_at": at,
        "origin": "bench",
        "state": "read",
        "revision": 1,
        "attempts": 1,
    }
    return [
        common
        | {"id": f"{i:036d}", "identity": f"{i:064d}", "sha256": f"{i:064x}", "sidecar_sha256": f"{i:064d}"}
        for i in range(count)
    ]


def fill(database: Database, count: int, picture: bytes, noise: bytes | None) -> None:
    """So many scans with fingerprints; the first `ALIKE` of them have the picture, all have the noise."""
    rng = np.random.default_rng(1)
    pictures = [picture if i < ALIKE else rng.bytes(PICTURE_BYTES) for i in range(count)]
    scans = rows_of_scans(count, datetime.now(UTC))
    prints = [
        {
            "scan_id": f"{i:036d}",
            "method": FINGERPRINT_METHOD,
            "picture": one,
            "mirrored": one[::-1],
            "noise": noise,
        }
        for i, one in enumerate(pictures)
    ]
    with database.write() as session:
        session.execute(insert(ScanRow), scans)
        session.execute(insert(FingerprintRow), prints)


def median_ms(step: Callable[[], object], runs: int) -> float:
    """Of one call, in milliseconds."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    return 1000 * statistics.median(seconds)


def main() -> None:
    """Fill, search, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scans", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=15)
    arguments = parser.parse_args()
    scan = scan_of(cargo(seed=1))
    taken = take_print(scan)
    assert taken is not None
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'bench.db'}")
        fill(database, arguments.scans, taken.fingerprint.picture, taken.fingerprint.noise)
        index = PictureIndex(database)
        start = time.perf_counter()
        index.near(taken.fingerprint, ALIKE_BITS, 1)
        loaded_s = time.perf_counter() - start
        search_ms = median_ms(lambda: index.near(taken.fingerprint, ALIKE_BITS, 200), arguments.runs)
        memory = ScanMemory(database, index, f"{arguments.scans - 1:036d}")
        asked_ms = median_ms(lambda: memory.look_alikes(taken.fingerprint, ALIKE_BITS), arguments.runs)
        found = len(memory.look_alikes(taken.fingerprint, ALIKE_BITS).scans)
        database.close()
    taken_ms = median_ms(lambda: take_print(scan), arguments.runs)
    compared_ms = median_ms(lambda: taken.likeness(taken.fingerprint), arguments.runs)
    print(f"{arguments.scans} fingerprints, medians of {arguments.runs}:")  # noqa: T201
    print(f"  loaded once in {loaded_s:.2f} s")  # noqa: T201
    print(f"  searched in {search_ms:.1f} ms, with the {found} that look alike {asked_ms:.1f} ms")  # noqa: T201
    size = f"{scan.height} x {scan.width} pixels"
    print(f"  fingerprint of {size} {taken_ms:.0f} ms, noise compared {compared_ms:.1f} ms")  # noqa: T201


if __name__ == "__main__":
    main()
