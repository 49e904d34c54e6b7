"""`tallyscan risk-record`: what a consignment comes to, and whether its inputs give the same again."""

import sys
from dataclasses import dataclass

from pydantic import TypeAdapter
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tallyscan.bootstrap import check_data_dir, open_store
from tallyscan.risk import Replay, RiskRecord
from tallyscan.settings import Settings
from tallyscan.store.risk_record import risk_record as record_of
from tallyscan.store.risk_replay import replay


@dataclass(frozen=True)
class RiskRecordOptions:
    """What was asked for on the command line."""

    consignment: str
    check: bool
    as_json: bool


def risk_record(settings: Settings, options: RiskRecordOptions, console: Console) -> int:
    """Print the record, or the check of it. 0, or 1 when a step does not come out of its inputs as it was recorded."""
    check_data_dir(settings)
    with open_store(settings) as store, store.database.read() as session:
        record = record_of(session, options.consignment, store.selector.nomenclature)
        replayed = replay(session, options.consignment)
    if options.as_json:
        checked, recorded = TypeAdapter(Replay), TypeAdapter(RiskRecord)
        document = checked.dump_json(replayed) if options.check else recorded.dump_json(record, by_alias=True)
        sys.stdout.write(document.decode() + "\n")
    elif options.check:
        _print_check(replayed, console)
    else:
        _print_record(record, console)
    return 0 if replayed.same or not options.check else 1


def _print_record(record: RiskRecord, console: Console) -> None:
    steps = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("Step", "Indicators"):
        steps.add_column(heading)
    for heading in ("Before the cap", "Cap", "Added (nats)", "Risk after it"):
        steps.add_column(heading, justify="right")
    for row in record.table.rows:
        steps.add_row(
            Text(row.step),
            Text(", ".join(f"{each.code} {each.weight:+.2f}" for each in row.indicators)),
            f"{row.before_cap_nats:+.2f}",
            "" if row.cap_nats is None else f"{row.cap_nats:.1f}",
            f"{row.added_nats:+.2f}",
            "" if row.score is None else f"{row.score:.4f}",
        )
    console.print(steps)
    score = "not determined" if record.risk.score is None else f"{record.risk.score:.4f}"
    console.print(f"Lane {record.risk.lane.replace('_', ' ')}, risk {score}. {record.pending or ''}".rstrip())
    console.print("The weights are not calibrated on outcomes.")


def _print_check(replayed: Replay, console: Console) -> None:
    for entry in replayed.entries:
        said = {True: "the same", False: "DIFFERS", None: "cannot be replayed"}[entry.same]
        console.print(Text(f"{entry.sequence:>4}  {entry.event}: {said}. {entry.differs or ''}".rstrip()))
    console.print("Every step that has inputs gives its number again." if replayed.same else "Not the same.")
