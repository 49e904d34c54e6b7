"""A scan that shows several cargo units, and the scans that each are one of them.

The whole stays as the overview. A part has no files of its own: it is read from those of the whole, after the whole.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tallyscan.errors import NotFound
from tallyscan.join.marks import read_keys
from tallyscan.reading import Reading, reading_from_dict, reading_to_dict
from tallyscan.sidecar import UnitMark
from tallyscan.store.join_candidates import seen_document
from tallyscan.store.joins import Joins, read_scan_again
from tallyscan.store.tables import PartRow, ReadingRow, ScanMark, ScanRow
from tallyscan.store.waiting import MOST_ENDED_READERS, let_wait

_RESTS_ON = ("status", "reason", "containers", "anomaly", "findings", "model", "integrity", "pixel_pitch")


@dataclass(frozen=True)
class Marks:
    """What was read on one unit, and on the others in the same image."""

    own: tuple[UnitMark, ...]
    beside: tuple[UnitMark, ...]


def put_parts(
    session: Session,
    joins: Joins,
    scan_id: str,
    reading: Reading,
    units: Sequence[UnitMark],
    now: datetime,
) -> int:
    """Make a scan of each unit that the reading of a whole scan shows, if it shows several; gives how many there are.

    `units` are what the scanner read on them, left to right. The same reading again changes nothing; another one lets
    the parts be read again. A part whose unit is no longer found stays, and its reading says so.
    """
    parts = {part.unit: part for part in _parts_of(session, scan_id)}
    found = len(reading.containers)
    if found < 2 and not parts:
        return 0
    whole = session.get(ScanRow, scan_id)
    if whole is None:
        raise NotFound(f"There is no scan {scan_id!r}.")
    rests_on = _digest(reading)
    for number, unit in enumerate(reading.containers, start=1):
        if number not in parts:
            parts[number] = _add_part(session, whole, number, rests_on)
        parts[number].box = list(unit.box)
    for number, part in parts.items():
        row = session.get(ScanRow, part.scan_id)
        assert row is not None
        marks = marks_of_unit(units, number, max(found, len(parts)))
        length = reading.containers[number - 1].length_mm if number <= found else None
        row.seen = seen_document(
            marks.own, whole.seen.get("site"), marks.beside, length.estimate if length else None
        )
        _put_keys(session, row.id, marks)
        if part.rests_on != rests_on:
            part.rests_on = rests_on
            read_scan_again(session, row, "the whole scan was read again")
    session.flush()
    joins.split(session, whole, now)
    return len(parts)


def marks_of_unit(units: Sequence[UnitMark], number: int, found: int) -> Marks:
    """The marks of unit `number` of `found`. Where the scanner names another number of units, none is known to be its
    own, and all of them are beside it.
    """
    if len(units) != found:
        return Marks((), tuple(units))
    return Marks((units[number - 1],), tuple(unit for unit in units if unit is not units[number - 1]))


def load_whole(session: Session, scan_id: str) -> Reading:
    """The newest reading of a whole scan. Raises `NotFound`."""
    newest = (
        select(ReadingRow.document)
        .join(ScanRow, (ScanRow.id == ReadingRow.scan_id) & (ScanRow.revision == ReadingRow.revision))
        .where(ScanRow.id == scan_id)
    )
    document = session.execute(newest).scalar()
    if document is None:
        raise NotFound(f"The whole scan {scan_id!r} has no reading.")
    return reading_from_dict(document)


def read_dead_parts_again(session: Session, scan_id: str) -> None:
    """Those of a whole scan that was delivered again."""
    dead = select(ScanRow).where(ScanRow.state == "dead", ScanRow.ended_readers < MOST_ENDED_READERS)
    of_whole = dead.join(PartRow, PartRow.scan_id == ScanRow.id).where(PartRow.part_of == scan_id)
    for row in session.execute(of_whole).scalars():
        read_scan_again(session, row, "the whole scan was delivered again")


def _parts_of(session: Session, scan_id: str) -> list[PartRow]:
    of_whole = select(PartRow).where(PartRow.part_of == scan_id).order_by(PartRow.unit)
    return list(session.execute(of_whole).scalars())


def _add_part(session: Session, whole: ScanRow, number: int, rests_on: str) -> PartRow:
    row = ScanRow(
        id=str(uuid4()),
        identity=hashlib.sha256(f"{whole.identity} unit {number}".encode()).hexdigest(),
        sha256=whole.sha256,
        sidecar_sha256=whole.sidecar_sha256,
        view=whole.view,
        name=f"{whole.name[-240:]}, unit {number}",
        scanner=whole.scanner,
        device=whole.device,
        seen={},
        acquired_at=whole.acquired_at,
        # Right after the whole in every list, whichever way it is sorted: newest first shows the whole, then its units.
        received_at=whole.received_at - timedelta(microseconds=number),
        origin=whole.origin,
        join_state="open",
        revision=0,
    )
    session.add(row)
    let_wait(session, row, since=row.received_at)
    session.flush()
    part = PartRow(scan_id=row.id, part_of=whole.id, unit=number, box=[], rests_on=rests_on)
    session.add(part)
    return part


def _put_keys(session: Session, scan_id: str, marks: Marks) -> None:
    session.execute(delete(ScanMark).where(ScanMark.scan_id == scan_id))
    keys = read_keys((*marks.own, *marks.beside))
    session.add_all(ScanMark(scan_id=scan_id, mark=key) for key in sorted(keys))


def _digest(reading: Reading) -> str:
    """Of all that the readings of the parts take from the reading of the whole."""
    document = reading_to_dict(reading)
    taken = {name: document[name] for name in _RESTS_ON}
    provenance = reading.provenance
    said = [taken, provenance.profile, provenance.calibration_sha256, provenance.thresholds]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
