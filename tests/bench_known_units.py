"""How fast a load is ranked: one unit against a trade of 100,000.

    python -m tests.bench_known_units          (make bench)

Prints the seconds in which the units of the trade are loaded once, and medians of what each scan costs: fetching them
from memory, ranking and searching them; and of what is taken of a unit.
"""

import argparse
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from tallyscan.known_unit import FEATURE_NAMES, FEATURES_VERSION, SeenUnit
from tallyscan.reconcile.load_features import load_features
from tallyscan.reconcile.strangeness import strangeness
from tallyscan.reconcile.vehicle_shape import vehicle_shape
from tallyscan.store.database import Database, open_database
from tallyscan.store.known_units import TradeIndex
from tallyscan.store.pseudonyms import Pseudonyms
from tallyscan.store.tables import KnownUnitRow, ScanRow
from tallyscan.store.unit_memory import UnitMemory
from tests.bench_integrity import median_ms, rows_of_scans
from tests.report.builders import UNIT_BOX, made_cargo_scan

PSEUDONYMS = Pseudonyms(b"k" * 32)
SEEN = SeenUnit(1, "invented, 6/4 MV", heading="9403", trader="consignee INVENTED1", route="XXAAA > XXBBB")


def fill(database: Database, count: int) -> None:
    """So many scans with one unit each, all of one trade."""
    rng, now = np.random.default_rng(1), datetime.now(UTC)
    scans = rows_of_scans(count, now)
    units = [
        {
            "scan_id": f"{i:036d}",
            "unit": 1,
            "image_id": f"{i:036d}",
            "image_sha256": f"{i:064x}",
            "at": now,
            "scanner": SEEN.scanner,
            "trader": PSEUDONYMS.of(SEEN.trader or ""),
            "heading": SEEN.heading,
            "route": SEEN.route,
            "features_version": FEATURES_VERSION,
            "features": rng.normal(10, 1, len(FEATURE_NAMES)).astype("<f4").tobytes(),
        }
        for i in range(count)
    ]
    with database.write() as session:
        session.execute(insert(ScanRow), scans)
        session.execute(insert(KnownUnitRow), units)


def main() -> None:
    """Fill, search, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--units", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=15)
    arguments = parser.parse_args()
    features = np.random.default_rng(2).normal(10, 1, len(FEATURE_NAMES)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'bench.db'}")
        fill(database, arguments.units)
        memory = UnitMemory(database, TradeIndex(database), PSEUDONYMS, f"{arguments.units - 1:036d}")
        start = time.perf_counter()
        known = memory.of_trade(SEEN)
        loaded_s = time.perf_counter() - start
        fetched_ms = median_ms(lambda: memory.of_trade(SEEN), arguments.runs)
        database.close()
    ranked_ms = median_ms(lambda: strangeness(features, known.features), arguments.runs)
    scan = made_cargo_scan()
    features_ms = median_ms(lambda: load_features(scan, UNIT_BOX), arguments.runs)
    shape_ms = median_ms(lambda: vehicle_shape(scan, UNIT_BOX), arguments.runs)
    print(f"{len(known.scans)} units of one trade, medians of {arguments.runs}:")  # noqa: T201
    print(f"  loaded once in {loaded_s:.2f} s, then fetched in {fetched_ms:.1f} ms")  # noqa: T201
    print(f"  ranked, and the nearest found, in {ranked_ms:.1f} ms")  # noqa: T201
    print(f"  features of a unit {features_ms:.0f} ms, shape of a vehicle {shape_ms:.0f} ms")  # noqa: T201


if __name__ == "__main__":
    main()
