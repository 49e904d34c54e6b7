"""Earlier cargo units, as seen from the scan that a worker reads: what the rules `lot` and `vehicle` ask."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np
from sqlalchemy import ColumnElement, CompoundSelect, and_, func, or_, select, union_all
from sqlalchemy.orm import Session

from tallyscan.known_unit import FEATURES_VERSION, KnownLoads, KnownVehicle, SeenUnit
from tallyscan.store.controls import scans_with_finds
from tallyscan.store.database import Database
from tallyscan.store.known_units import (
    ROUTE_CHARACTERS,
    SCANNER_CHARACTERS,
    Trade,
    TradeIndex,
    features_of,
    time_of,
    unpack_shape,
)
from tallyscan.store.pseudonyms import Pseudonyms
from tallyscan.store.scan_memory import scan_row
from tallyscan.store.tables import KnownUnitRow, ScanRow

ANOTHER_TRIP = timedelta(hours=12)
"""A scan of the same vehicle that is not so much older is one of the same trip: it would show the same change."""

_NEWEST = 10
_NONE = KnownLoads(features_of([]), ())


@dataclass(frozen=True)
class UnitMemory:
    """See `reconcile.earlier.RemembersUnits`."""

    database: Database
    index: TradeIndex
    pseudonyms: Pseudonyms
    scan_id: str

    def of_declaration(self, seen: SeenUnit) -> KnownLoads:
        """Those of the same consignment with the same main goods."""
        if self._scan.consignment_id is None:
            return _NONE
        there = and_(
            KnownUnitRow.consignment_id == self._scan.consignment_id,
            KnownUnitRow.heading == seen.heading,
            KnownUnitRow.features_version == FEATURES_VERSION,
            KnownUnitRow.features.is_not(None),
            ~self._not_compared(seen),
        )
        rows = (
            select(KnownUnitRow.scan_id, KnownUnitRow.scanner, KnownUnitRow.features)
            .where(there)
            .order_by(KnownUnitRow.position)
        )
        with self.database.read() as session:
            found = session.execute(rows).all()
        same = [row for row in found if row.scanner == seen.scanner]
        features = features_of([row.features for row in same])
        return KnownLoads(features, tuple(row.scan_id for row in same), len(found) - len(same))

    def of_trade(self, seen: SeenUnit) -> KnownLoads:
        """Those of the same trader, main goods and route, in whatever consignment."""
        if not (seen.trader and seen.heading and seen.route):
            return _NONE
        trade = Trade(
            self.pseudonyms.of(seen.trader),
            seen.heading,
            seen.route[:ROUTE_CHARACTERS],
            seen.scanner[:SCANNER_CHARACTERS],
        )
        positions, scans, features = self.index.units(trade)
        with self.database.read() as session:
            excluded = np.array(session.execute(self._positions_not_compared(seen)).scalars().all(), np.int64)
            others = sum(self._count_elsewhere(session, trade, seen))
        left_out = np.flatnonzero(np.isin(positions, excluded)) if len(excluded) else excluded
        if not len(left_out):
            return KnownLoads(features, scans, others)
        kept = scans.copy()
        for index in reversed(left_out):
            del kept[index]
        return KnownLoads(np.delete(features, left_out, axis=0), kept, others)

    def _count_elsewhere(self, session: Session, trade: Trade, seen: SeenUnit) -> Iterator[int]:
        """Units of the trade by scanners of another kind. Those before and after it in the index, not all but it."""
        for elsewhere in (KnownUnitRow.scanner < trade.scanner, KnownUnitRow.scanner > trade.scanner):
            there = and_(
                KnownUnitRow.trader == trade.trader,
                KnownUnitRow.heading == trade.heading,
                KnownUnitRow.route == trade.route,
                elsewhere,
                KnownUnitRow.features_version > 0,
                ~self._not_compared(seen),
            )
            yield session.execute(select(func.count(KnownUnitRow.position)).where(there)).scalar_one()

    def of_plate(self, seen: SeenUnit) -> Sequence[KnownVehicle]:
        """The newest scans of the vehicle with that plate, of another trip than this one, newest first."""
        if seen.plate is None:
            return ()
        there = and_(
            KnownUnitRow.plate == seen.plate,
            KnownUnitRow.shape.is_not(None),
            KnownUnitRow.at < time_of(self._scan) - ANOTHER_TRIP,
            ~or_(*self._of_no_use()),
        )
        if self._scan.consignment_id is not None:
            there = and_(there, KnownUnitRow.consignment_id.is_distinct_from(self._scan.consignment_id))
        newest = select(KnownUnitRow).where(there).order_by(KnownUnitRow.at.desc()).limit(_NEWEST)
        with self.database.read() as session:
            rows = session.execute(newest).scalars().all()
            return tuple(
                KnownVehicle(row.scan_id, row.at, row.scanner, shape, row.container)
                for row in rows
                if row.shape is not None and (shape := unpack_shape(row.shape)) is not None
            )

    def _positions_not_compared(self, seen: SeenUnit) -> CompoundSelect[tuple[int]]:
        """Where those stand. One question each, so that each has its index."""
        return union_all(*(select(KnownUnitRow.position).where(reason) for reason in self._reasons(seen)))

    def _not_compared(self, seen: SeenUnit) -> ColumnElement[bool]:
        """Rows that are this unit, show its image, or belong to a scan or consignment in which something was found."""
        return or_(*self._reasons(seen))

    def _reasons(self, seen: SeenUnit) -> Iterator[ColumnElement[bool]]:
        yield from self._of_no_use()
        if self._scan.consignment_id is not None and seen.container is not None:
            yield and_(
                KnownUnitRow.consignment_id.is_not_distinct_from(self._scan.consignment_id),
                KnownUnitRow.container.is_not_distinct_from(seen.container),
            )

    def _of_no_use(self) -> Iterator[ColumnElement[bool]]:
        yield KnownUnitRow.scan_id == self.scan_id
        yield KnownUnitRow.image_sha256 == self._scan.sha256
        yield KnownUnitRow.scan_id.in_(scans_with_finds())

    @cached_property
    def _scan(self) -> ScanRow:
        return scan_row(self.database, self.scan_id)
