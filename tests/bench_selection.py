"""How long it takes to judge one declaration by 1,000 risk profiles.

    python -m tests.bench_selection          (make bench)

Prints medians of several runs, for declarations of 10, 100 and 1,000 goods items: making the facts, judging them by
1,000 compiled profiles of several kinds, choosing with draws; and what compiling takes, which is done once for each
version.
"""

import statistics
import time
from collections.abc import Callable

from tallyscan.consignment_evidence import ConsignmentEvidence
from tallyscan.risk_profile import RiskProfile
from tallyscan.select.choose import choose
from tallyscan.select.facts_of import facts_of
from tallyscan.select.judge import judge
from tallyscan.trader_history import TraderHistory
from tests.select.builders import KEY, declaration, hs, profile

PROFILES = 1000
RUNS = {10: 50, 100: 10, 1000: 3}  # by goods items
KINDS: tuple[Callable[[int], str], ...] = (
    lambda n: f"declaration.items.exists(i, i.hs_code.startsWith('{n % 97:02d}') && i.gross_mass_kg > {n}.0)",
    lambda n: f"consignee.earlier_finds > {n % 7 + 2} || declaration.gross_mass_kg > {n * 100 + 90000}.0",
    lambda n: f"'C{n % 10}' in declaration.countries_of_routing && consignor.earlier_consignments < 3",
    lambda n: f"declaration.items.size() > {n} && declaration.items.all(i, i.country_of_origin == 'XX')",
)


def profiles() -> tuple[RiskProfile, ...]:
    """As many as an office may have, of each kind as many."""
    return tuple(profile(KINDS[n % len(KINDS)](n), id=f"p-{n}", random_share=0.5) for n in range(PROFILES))


def evidence(items_declared: int) -> ConsignmentEvidence:
    """A declaration of which everything is known, and that hits few of the profiles."""
    items = [
        {**hs(f"48{n % 100:02d}00"), "grossMass": 900.0, "countryOfOrigin": "YY"}
        for n in range(items_declared)
    ]
    party = {"identificationNumber": "XX123"}
    declared = declaration(*items, countriesOfRouting=["YY", "XX"], consignor=party, consignee=party)
    return ConsignmentEvidence("C-1", 1, declared, TraderHistory(40, 9, 3), TraderHistory(7, 2, 1))


def main() -> None:
    """Measure, print."""
    written = profiles()
    compiled = clocks()
    judge(written, facts_of(evidence(1)))
    once = since(compiled)
    print(f"compiling {PROFILES} risk profiles, once: {once[0]:.0f} ms, {once[1]:.0f} ms of the processor")  # noqa: T201
    for items, runs in RUNS.items():
        _measure(written, items, runs)


def _measure(written: tuple[RiskProfile, ...], items: int, runs: int) -> None:
    known = evidence(items)
    steps: dict[str, list[tuple[float, float]]] = {"facts": [], "judge": [], "choose": []}
    for _ in range(runs):
        started = clocks()
        facts = facts_of(known)
        steps["facts"].append(since(started))
        started = clocks()
        judged = judge(written, facts)
        steps["judge"].append(since(started))
        started = clocks()
        choose(judged, "C-1", "before_scan", key=KEY, audit_share=0.01)
        steps["choose"].append(since(started))
    print(f"{PROFILES} risk profiles on one declaration of {items} items, medians of {runs} runs:")  # noqa: T201
    for name, values in steps.items():
        wall, processor = (statistics.median(each) for each in zip(*values, strict=True))
        print(f"  {name:8s} {wall:7.2f} ms on the clock, {processor:7.2f} ms of the processor")  # noqa: T201


def clocks() -> tuple[float, float]:
    """Seconds on the clock, and of the processor: on a busy machine only the second one says anything."""
    return time.perf_counter(), time.process_time()


def since(then: tuple[float, float]) -> tuple[float, float]:
    """Milliseconds of both."""
    now = clocks()
    return 1000 * (now[0] - then[0]), 1000 * (now[1] - then[1])


if __name__ == "__main__":
    main()
