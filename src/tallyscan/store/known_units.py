"""The cargo units of all scans, kept with their readings; the units of one trade are searched in memory."""

import zlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import Session

from tallyscan.errors import NotFound
from tallyscan.known_unit import FEATURE_NAMES, FEATURES_VERSION, SHAPE_VERSION, SeenUnit, VehicleShape
from tallyscan.scan import Float32Array
from tallyscan.store.database import Database
from tallyscan.store.pseudonyms import Pseudonyms
from tallyscan.store.tables import KnownUnitRow, ScanRow
from tallyscan.store.work_queue import image_of

MOST_TRADES = 32
"""Groups that are held in memory; one of 100,000 units takes 14 MB."""

ROUTE_CHARACTERS, SCANNER_CHARACTERS = 120, 160
_SHAPE_HEAD = np.dtype([("version", "<u2"), ("rows", "<u2"), ("columns", "<u4"), ("floor", "<u2"),
                        ("left", "<f4"), ("right", "<f4")])  # fmt: skip


def put_units(session: Session, scan_id: str, seen: tuple[SeenUnit, ...], pseudonyms: Pseudonyms) -> None:
    """Keep the units of a scan instead of those it had. Raises `NotFound`."""
    scan = session.get(ScanRow, scan_id)
    if scan is None:
        raise NotFound(f"There is no scan {scan_id!r}.")
    session.execute(delete(KnownUnitRow).where(KnownUnitRow.scan_id == scan_id))
    image = image_of(session, scan)
    for unit in seen:
        shape = pack_shape(unit.shape) if unit.shape is not None and unit.plate else None
        if unit.features is None and shape is None:
            continue
        session.add(
            KnownUnitRow(
                scan_id=scan_id,
                unit=unit.unit,
                image_id=image.id,
                image_sha256=scan.sha256,
                at=time_of(scan),
                device=scan.device,
                scanner=unit.scanner[:SCANNER_CHARACTERS],
                consignment_id=scan.consignment_id,
                trader=pseudonyms.of(unit.trader) if unit.trader else None,
                heading=unit.heading,
                route=unit.route[:ROUTE_CHARACTERS] if unit.route else None,
                plate=unit.plate,
                container=unit.container,
                features_version=FEATURES_VERSION if unit.features is not None else 0,
                features=unit.features.astype("<f4").tobytes() if unit.features is not None else None,
                shape=shape,
            )
        )
    session.flush()


def time_of(scan: ScanRow) -> datetime:
    """When the scan was made, else when it came."""
    return scan.acquired_at or scan.received_at


def pack_shape(shape: VehicleShape) -> bytes:
    """A head of 18 bytes and the cells, compressed: some 30 kB of a semi-trailer."""
    rows, columns = shape.cells.shape
    head = np.array([(SHAPE_VERSION, rows, columns, shape.floor_row, shape.left, shape.right)], _SHAPE_HEAD)
    return head.tobytes() + zlib.compress(np.ascontiguousarray(shape.cells).tobytes())


def unpack_shape(packed: bytes) -> VehicleShape | None:
    """The shape; None of another version."""
    head = np.frombuffer(packed, _SHAPE_HEAD, 1)[0]
    if int(head["version"]) != SHAPE_VERSION:
        return None
    cells = np.frombuffer(zlib.decompress(packed[_SHAPE_HEAD.itemsize :]), np.uint8)
    shape = int(head["rows"]), int(head["columns"])
    return VehicleShape(cells.reshape(shape), int(head["floor"]), float(head["left"]), float(head["right"]))


def features_of(packed: list[bytes]) -> Float32Array:
    """Float32 (units, features)."""
    return (
        np.frombuffer(b"".join(packed), "<f4").reshape(-1, len(FEATURE_NAMES)).astype(np.float32, copy=False)
    )


@dataclass(frozen=True)
class Trade:
    """What makes units comparable over consignments: a trader (its pseudonym), main goods, route and scanner."""

    trader: str
    heading: str
    route: str
    scanner: str

    @property
    def is_of(self) -> ColumnElement[bool]:
        """Its rows that have features, told by the index alone."""
        return and_(
            KnownUnitRow.trader == self.trader,
            KnownUnitRow.heading == self.heading,
            KnownUnitRow.route == self.route,
            KnownUnitRow.scanner == self.scanner,
            KnownUnitRow.features_version == FEATURES_VERSION,
        )


@dataclass(eq=False)
class _Group:
    positions: NDArray[np.int64]
    scans: list[str]
    features: Float32Array


class TradeIndex:
    """The units of the trades that were asked for last: loaded when first asked for, then added to.

    Whatever was deleted meanwhile shows in their number: then the group is loaded again.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._groups: OrderedDict[Trade, _Group] = OrderedDict()

    def units(self, trade: Trade) -> tuple[NDArray[np.int64], list[str], Float32Array]:
        """Positions, scans and features of all units of a trade, in order of position."""
        group = self._groups.pop(trade, None)
        last = int(group.positions[-1]) if group is not None and len(group.positions) else 0
        with self._database.read() as session:
            count = session.execute(select(func.count()).where(trade.is_of)).scalar_one()
            new = self._rows(session, and_(trade.is_of, KnownUnitRow.position > last))
            if group is None or len(group.positions) + len(new.positions) != count:
                group = self._rows(session, trade.is_of)
            elif len(new.positions):
                group = _Group(
                    np.concatenate([group.positions, new.positions]),
                    group.scans + new.scans,
                    np.concatenate([group.features, new.features]),
                )
        self._groups[trade] = group
        if len(self._groups) > MOST_TRADES:
            self._groups.popitem(last=False)
        return group.positions, group.scans, group.features

    @staticmethod
    def _rows(session: Session, where: ColumnElement[bool]) -> _Group:
        found = (
            select(KnownUnitRow.position, KnownUnitRow.scan_id, KnownUnitRow.features)
            .where(where)
            .order_by(KnownUnitRow.position)
        )
        rows = session.execute(found).all()
        return _Group(
            np.array([row.position for row in rows], np.int64),
            [row.scan_id for row in rows],
            features_of([row.features for row in rows]),
        )
