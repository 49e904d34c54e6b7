"""A made day at a crossing point through the service; its tables go into the reference.

    python -m tests.soak_day          (make soak)

500 consignments, 50 of them wrong in known ways, drawn by the simulator, declared in four formats, read with the
active model. What was drawn and sent stays in `runs/soak/day`: started anew, it goes on from there; after a change of
the model or of the service, delete `data` and `state.json` in it. `make test` does the same with 20 consignments.
"""

import argparse
import json
from pathlib import Path

import cv2

from tallyscan.settings import Settings
from tests.e2e.made_day import BUDGET_SHARE, CHANCE, MadeDay, made_day
from training.made_day.drawn import PITCH_MM
from training.made_day.plan import GATES, planned_day
from training.made_day.tables import budget_table, formats_table, kinds_table, rules_table

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "day.md"
MARK = "<!-- From here on written by tests/soak_day.py. -->\n"


def page_of(day: MadeDay, *, consignments: int, wrong: int, seed: int) -> str:
    """The part of the page that is measured."""
    honest = sum(not record.wrong for record in day.records)
    came = len({record.number for record in day.records})
    wrong_came = len({record.number for record in day.records if record.wrong})
    unread = sum(record.status != "read" for record in day.records)
    scans = len(day.records)
    return "\n".join(
        [
            MARK,
            f"`python -m tests.soak_day --consignments {consignments} --wrong {wrong} --seed {seed}`, with "
            f"{day.read_with}: {came} of {consignments} consignments, {wrong_came} of them wrong; {scans} scans, "
            f"{honest} of them honest, {unread} not read; gates {', '.join(GATES)}, pixels of {PITCH_MM:g} mm; "
            f"{day.events} events. Drawing what was not there, sending and reading took {day.seconds / 60:.0f} "
            "minutes.\n",
            "## How it came\n",
            formats_table(day.records),
            "## What each rule said\n",
            rules_table(day.records),
            "## What each kind came to\n",
            kinds_table(day.records),
            "## The budget\n",
            f"Each shift can look at {100 * BUDGET_SHARE:g} % of what comes in it, and more may be selected with a "
            f"probability of {CHANCE:g} at most.\n",
            budget_table(day.shifts),
        ]
    )


def main() -> None:
    """Run the day, write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--consignments", type=int, default=500)
    parser.add_argument("--wrong", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, help="stop after so many of them; the next run goes on")
    parser.add_argument("--work", type=Path, default=ROOT / "runs" / "soak" / "day")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    planned = planned_day(arguments.consignments, arguments.wrong, arguments.seed)
    day = made_day(Settings().models_dir, arguments.work, planned, arguments.seed, first=arguments.first)
    records = [record.to_json() for record in day.records]
    (arguments.work / "records.json").write_text(json.dumps(records, indent=1), encoding="utf-8")
    worklists = [shift.worklist for shift in day.shifts]
    (arguments.work / "worklists.json").write_text(json.dumps(worklists, indent=1), encoding="utf-8")
    head = PAGE.read_text(encoding="utf-8").split(MARK)[0]
    told = page_of(day, consignments=arguments.consignments, wrong=arguments.wrong, seed=arguments.seed)
    PAGE.write_text(head + told, encoding="utf-8")


if __name__ == "__main__":
    main()
