"""The scans that figures are asked of, with their decisions and openings: read once, as columns."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, String, and_, case, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from tallyscan.decision import READERS
from tallyscan.risk import Lane
from tallyscan.store.controls import openings
from tallyscan.store.scan_scores import UNNAMED
from tallyscan.store.span import Asked, By
from tallyscan.store.tables import WAITING, WHOLES, DecisionRow, ScanRow, ScanScoreRow, scans_at

Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]
Seconds = NDArray[np.float64]
_Questions = Select[*tuple[Any, ...]]
_Column = InstrumentedAttribute[Any]

LANES: tuple[Lane, ...] = ("green", "yellow", "red", "not_assessed")
WAITS = len(LANES)
"""The code of what is in no lane yet."""
_AT_ONCE = 2_000


@dataclass(frozen=True)
class Scans:
    """One row a scan; of a whole with several units those units alone. `lane` is its place in `LANES`, or `WAITS`.

    `names` has the days, sites and scanners, and `part` by which of them each scan is counted. Not known: NaN.
    """

    names: dict[By, list[str]]
    part: dict[By, Codes]
    lane: Codes
    read_after_s: Seconds
    machine_s: Seconds


@dataclass(frozen=True)
class Decisions:
    """One row a decision that was not taken back; `stands`: nor corrected. `scan` is its row in `Scans`, `reader` a
    place in `READERS`, `answer` one in `answers`; `after_s` is since the scan came.
    """

    answers: list[str]
    scan: Codes
    reader: Codes
    answer: Codes
    stands: Flags
    marks_shown: Flags
    after_s: Seconds
    seconds: Seconds


@dataclass(frozen=True)
class Openings:
    """One row a control that looked inside, for each scan of the load; `scan` is its row in `Scans`."""

    scan: Codes
    load: Codes
    found: Flags


def rows_asked(session: Session, asked: Asked) -> tuple[Scans, Decisions, Openings]:
    """All that the figures are counted from."""
    sites, scanners, lanes = _Names(), _Names(), _Names(LANES)
    ids, received_at, site, scanner, lane, first_read_at, machine_s = _columns(
        session, _scans(asked), (_ids, _times, sites.codes, scanners.codes, lanes.codes, _times, _seconds)
    )
    begins_at = _times([asked.begins_at(day).replace(tzinfo=None) for day in asked.days])
    scans = Scans(
        {"day": [day.isoformat() for day in asked.days], "site": list(sites), "scanner": list(scanners)},
        {"day": np.searchsorted(begins_at, received_at, "right") - 1, "site": site, "scanner": scanner},
        lane,
        _between(received_at, first_read_at),
        machine_s,
    )
    order = np.argsort(ids)

    def rows_of(some: NDArray[Any]) -> Codes:
        return order[np.searchsorted(ids, some, sorter=order)]

    readers, answers, loads = _Names(READERS), _Names(), _Names()
    of, reader, answer, stands, shown, decided_at, seconds = _columns(
        session, _decisions(asked), (_ids, readers.codes, answers.codes, _flags, _flags, _times, _seconds)
    )
    scan = rows_of(of)
    after_s = _between(received_at[scan], decided_at)
    decisions = Decisions(list(answers), scan, reader, answer, stands, shown, after_s, seconds)
    opened, load, found = _columns(session, _openings(asked), (_ids, loads.codes, _flags))
    return scans, decisions, Openings(rows_of(opened), load, found)


class _Names(dict[Any, int]):
    """The code of each name, in the order in which they came."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        super().__init__((name, code) for code, name in enumerate(known))

    def __missing__(self, name: Any) -> int:
        self[name] = code = len(self)
        return code

    def codes(self, names: Sequence[Any]) -> Codes:
        return np.fromiter(map(self.__getitem__, names), np.int64, len(names))


_ids = partial(np.array, dtype="S36")
_times = partial(np.array, dtype="datetime64[us]")
_seconds = partial(np.array, dtype=np.float64)
_flags = partial(np.array, dtype=np.bool_)


def _columns(
    session: Session, rows: _Questions, packed: Sequence[Callable[[Sequence[Any]], NDArray[Any]]]
) -> list[NDArray[Any]]:
    """Each column in an array; so many rows at a time that those of a year are never held as objects."""
    found = session.connection().execute(rows).partitions(_AT_ONCE)
    parts = [
        [pack(each) for pack, each in zip(packed, zip(*some, strict=True), strict=True)] for some in found
    ]
    return [np.concatenate(each) for each in zip([pack(()) for pack in packed], *parts, strict=True)]


def _between(begins_at: NDArray[Any], ends_at: NDArray[Any]) -> Seconds:
    seconds: Seconds = (ends_at - begins_at) / np.timedelta64(1, "s")
    return seconds


def _as_kept(at: _Column) -> ColumnElement[str]:
    """Without a Python object for each time where the database has none."""
    return type_coerce(at, String)


def _scans(asked: Asked) -> _Questions:
    return (
        select(
            ScanRow.id,
            _as_kept(ScanRow.received_at),
            func.coalesce(ScanRow.site, UNNAMED),
            _scanner(ScanRow),
            case((ScanRow.state.in_(WAITING), None), else_=ScanScoreRow.machine_lane),
            _as_kept(ScanScoreRow.first_read_at),
            ScanScoreRow.machine_seconds,
        )
        .outerjoin(ScanScoreRow, ScanScoreRow.scan_id == ScanRow.id)
        .where(_meant(asked, ScanRow))
    )


def _meant(asked: Asked, scan: type[ScanRow]) -> ColumnElement[bool]:
    begins_at, ends_at = asked.span
    meant = [
        scan.received_at >= begins_at,
        scan.received_at < ends_at,
        scan.id.not_in(WHOLES),
        scans_at(asked.own, scan),
    ]
    if asked.site is not None:
        meant.append(scan.site.is_(None) if asked.site == UNNAMED else scan.site == asked.site)
    if asked.scanner is not None:
        meant.append(_scanner(scan) == asked.scanner)
    return and_(*meant)


def _scanner(scan: type[ScanRow]) -> ColumnElement[str]:
    return func.coalesce(scan.device, scan.scanner, "")


def _decisions(asked: Asked) -> _Questions:
    """Who takes a correction back puts back what it corrected."""
    later = aliased(DecisionRow)
    taken_back = select(later.replaces).where(later.replaces.is_not(None), later.answer == "undone")
    corrected = select(later.replaces).where(
        later.replaces.is_not(None), later.answer != "undone", later.id.not_in(_replaced(taken_back))
    )
    said = DecisionRow.document
    return (
        select(
            DecisionRow.scan_id,
            DecisionRow.reader,
            DecisionRow.answer,
            DecisionRow.id.not_in(_replaced(corrected)),
            said["marks_shown"].as_boolean(),
            _as_kept(DecisionRow.received_at),
            said["seconds"].as_float(),
        )
        .join(ScanRow, ScanRow.id == DecisionRow.scan_id)
        .where(_meant(asked, ScanRow))
        .where(DecisionRow.answer != "undone", DecisionRow.id.not_in(_replaced(taken_back)))
    )


def _openings(asked: Asked) -> _Questions:
    opened = openings(lambda _, scan: _meant(asked, scan)).subquery()
    load = func.coalesce(opened.c.consignment, opened.c.scan)
    return select(opened.c.scan, load, opened.c.outcome == "found")


def _replaced(of: _Questions) -> _Questions:
    return select(of.subquery().c.replaces)
