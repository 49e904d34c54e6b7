"""`tallyscan replay`: reads a scan again from what is stored, and says whether the reading is the same."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tallyscan.bootstrap import open_archive, open_recorded_reader
from tallyscan.replayed import Difference, Replayed
from tallyscan.replayer import replay_reading
from tallyscan.settings import Settings
from tallyscan.store.recorded_readings import recorded_reading

_IN_WORDS = {
    "same": "the same, bit for bit",
    "same_within_tolerance": "the same within the tolerance, with the same decisions",
    "differs": "DIFFERS",
}


@dataclass(frozen=True)
class ReplayOptions:
    """`revision` is None for the newest."""

    scan_id: str
    revision: int | None
    as_json: bool


def replay(settings: Settings, options: ReplayOptions, console: Console) -> int:
    """Print whether it is. 0, or 1 where it differs; nothing is written into the store."""
    with open_archive(settings) as archive, archive.database.read() as session:
        recorded = recorded_reading(session, archive.blobs, options.scan_id, options.revision)
    reading = recorded.reading
    with open_recorded_reader(settings, reading.model, reading.provenance.runtime) as reader:
        replayed = replay_reading(recorded, reader)
    if options.as_json:
        sys.stdout.write(TypeAdapter(Replayed).dump_json(replayed).decode() + "\n")
    else:
        _print(replayed, console)
    return 0 if replayed.same else 1


def _print(replayed: Replayed, console: Console) -> None:
    console.print(Text(f"Scan {replayed.scan}, revision {replayed.revision}: {_IN_WORDS[replayed.answer]}."))
    if replayed.differences:
        console.print(_table(replayed.differences))
    if replayed.circumstances:
        console.print("Read now with something else:")
        console.print(_table(replayed.circumstances))
    for left in replayed.not_replayed:
        console.print(Text(f"Not replayed: {left}"))
    for note in replayed.notes:
        console.print(Text(note))


def _table(differences: Sequence[Difference]) -> Table:
    table = Table("Field", "Recorded", "Now", "Within tolerance", box=box.SIMPLE_HEAD, pad_edge=False)
    for each in differences:
        within = "yes" if each.within_tolerance else ""
        table.add_row(Text(each.path), Text(_shown(each.recorded)), Text(_shown(each.now)), within)
    return table


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
