"""What was learnt of the open beam of each machine, in versions, and the newest scans on which it rests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from tallyscan.learnt_air import LearntAir
from tallyscan.scanner_condition import OpenAir
from tallyscan.store.tables import LearntAirRow, OpenAirRow, ScanRow

FIRST_AFTER, AGAIN_AFTER = 10, 25
"""Scans after which a machine is learnt, and learnt anew."""

KEPT = 50
"""Scans of a machine whose open beam is kept: those from which is learnt."""


@dataclass(frozen=True)
class Lesson:
    """What a version is to be learnt from: the open beam of the newest scans, newest first."""

    device: str
    version: int
    seen: tuple[OpenAir, ...]


@dataclass(frozen=True)
class LearntView:
    """A version, for people: how even the cells were is the mean of how far their gains are from 1."""

    energies_mv: tuple[float, ...]
    cells: int
    version: int
    learnt_at: datetime
    scans: int
    levels: tuple[float, ...]
    spread: tuple[float, ...]
    unevenness: float
    sha256: str


def learnt_of_scan(session: Session, scan_id: str) -> tuple[LearntAir, ...]:
    """What was known of the machine when it delivered a scan, for each kind of scan that it makes.

    Nothing that was learnt later: read again, a scan is calibrated alike.
    """
    scan = session.get(ScanRow, scan_id)
    if scan is None or scan.device is None:
        return ()
    newest = _newest(session, scan.device, scan.received_at)
    return tuple(_learnt(row) for row in newest)


def keep_open_air(session: Session, scan_id: str, seen: OpenAir) -> Lesson | None:
    """Keep what a scan shows of its machine's open beam; a lesson when a version is to be learnt.

    Each scan counts once, and only the newest are kept. A scan that names no machine tells of none.
    """
    scan = session.get(ScanRow, scan_id)
    if scan is None or scan.device is None or session.get(OpenAirRow, scan_id) is not None:
        return None
    key = (scan.device, _named(seen.energies_mv), int(seen.cells.shape[1]))
    session.add(
        OpenAirRow(
            scan_id=scan_id,
            device=key[0],
            energies=key[1],
            cells=key[2],
            received_at=scan.received_at,
            pulses=seen.pulses,
            levels=list(seen.levels),
            gains=np.ascontiguousarray(seen.cells, np.float32).tobytes(),
        )
    )
    session.flush()
    rows = _kept(session, key)
    for row in rows[KEPT:]:
        session.execute(delete(OpenAirRow).where(OpenAirRow.scan_id == row.scan_id))
    last = session.execute(
        select(LearntAirRow).where(*_of(LearntAirRow, key)).order_by(LearntAirRow.version.desc()).limit(1)
    ).scalar()
    new = [row for row in rows if last is None or row.received_at > last.learnt_at]
    if len(new) < (FIRST_AFTER if last is None else AGAIN_AFTER):
        return None
    kept = tuple(_open_air(row) for row in rows[:KEPT])
    return Lesson(scan.device, last.version + 1 if last else 1, kept)


def put_learnt(session: Session, learnt: LearntAir) -> None:
    """Keep a version for good."""
    session.add(
        LearntAirRow(
            device=learnt.device,
            energies=_named(learnt.energies_mv),
            cells=learnt.gains.shape[1],
            version=learnt.version,
            learnt_at=datetime.now(UTC),
            scans=learnt.scans,
            levels=list(learnt.levels),
            spread=list(learnt.spread),
            gains=np.ascontiguousarray(learnt.gains, np.float32).tobytes(),
            sha256=learnt.sha256,
        )
    )


def learnt_views(session: Session, device: str) -> tuple[LearntView, ...]:
    """The newest versions of a machine."""
    views = []
    for row in _newest(session, device, datetime.now(UTC)):
        learnt = _learnt(row)
        views.append(
            LearntView(
                energies_mv=learnt.energies_mv,
                cells=row.cells,
                version=row.version,
                learnt_at=row.learnt_at,
                scans=row.scans,
                levels=learnt.levels,
                spread=learnt.spread,
                unevenness=round(float(np.mean(np.abs(learnt.gains - 1))), 5),
                sha256=row.sha256,
            )
        )
    return tuple(views)


_Key = tuple[str, str, int]


def _newest(session: Session, device: str, before: datetime) -> Sequence[LearntAirRow]:
    """The newest version of each kind of scan that was learnt before a time."""
    versions = (
        select(LearntAirRow.energies, LearntAirRow.cells, func.max(LearntAirRow.version).label("version"))
        .where(LearntAirRow.device == device, LearntAirRow.learnt_at <= before)
        .group_by(LearntAirRow.energies, LearntAirRow.cells)
        .subquery()
    )
    rows = select(LearntAirRow).join(
        versions,
        (LearntAirRow.energies == versions.c.energies)
        & (LearntAirRow.cells == versions.c.cells)
        & (LearntAirRow.version == versions.c.version),
    )
    return session.execute(rows.where(LearntAirRow.device == device)).scalars().all()


def _kept(session: Session, key: _Key) -> Sequence[OpenAirRow]:
    """Newest first."""
    rows = select(OpenAirRow).where(*_of(OpenAirRow, key))
    return session.execute(rows.order_by(OpenAirRow.received_at.desc())).scalars().all()


def _of(table: type[OpenAirRow] | type[LearntAirRow], key: _Key) -> tuple[ColumnElement[bool], ...]:
    return (table.device == key[0], table.energies == key[1], table.cells == key[2])


def _open_air(row: OpenAirRow) -> OpenAir:
    energies_mv = _energies(row.energies)
    cells = _gains(row.gains, len(energies_mv))
    return OpenAir(energies_mv, row.pulses, tuple(row.levels), cells, ())


def _learnt(row: LearntAirRow) -> LearntAir:
    energies_mv = _energies(row.energies)
    gains = _gains(row.gains, len(energies_mv))
    return LearntAir(
        row.device, energies_mv, row.version, row.scans, tuple(row.levels), tuple(row.spread), gains
    )


def _gains(data: bytes, energies: int) -> NDArray[np.float32]:
    return np.frombuffer(data, np.float32).reshape(energies, -1)


def _energies(named: str) -> tuple[float, ...]:
    return tuple(float(energy) for energy in named.split("/"))


def _named(energies_mv: tuple[float, ...]) -> str:
    return "/".join(f"{energy:g}" for energy in energies_mv)
