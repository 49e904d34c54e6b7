"""The earlier scans, as seen from the one that a worker reads: what the checks of integrity ask."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from sqlalchemy import select, tuple_

from tallyscan.errors import NotFound
from tallyscan.fingerprint import Fingerprint
from tallyscan.known_scan import KnownScan, LookAlike, LookAlikes
from tallyscan.store.database import Database
from tallyscan.store.fingerprints import PictureIndex
from tallyscan.store.tables import PARTS, FingerprintRow, ScanRow, of_same_view

MOST_LOOK_ALIKES = 100
"""Fingerprints of which the noise is compared, some 15 ms each; more of one picture leave the check open."""


@dataclass(frozen=True)
class ScanMemory:
    """See `integrity.evidence.RemembersScans`."""

    database: Database
    pictures: PictureIndex
    scan_id: str

    @cached_property
    def this(self) -> KnownScan:
        """The scan that is read. Raises `NotFound`."""
        return _known(self._row)

    @cached_property
    def reused_from(self) -> KnownScan | None:
        """The scan that showed the same bytes first."""
        with self.database.read() as session:
            first = session.get(ScanRow, self._row.reused_from) if self._row.reused_from else None
            return _known(first) if first is not None else None

    def same_bytes(self) -> KnownScan | None:
        """Another scan of the same bytes, the first one, unless it was named as a copy of this one."""
        others = (
            select(ScanRow)
            .where(ScanRow.sha256 == self._row.sha256, ScanRow.id != self.scan_id, ScanRow.id.not_in(PARTS))
            .where(of_same_view(self._row.view))
            .order_by(ScanRow.received_at, ScanRow.id)
        )
        with self.database.read() as session:
            rows = session.execute(others).scalars()
            return next((_known(row) for row in rows if row.reused_from != self.scan_id), None)

    def look_alikes(self, fingerprint: Fingerprint, within_bits: int) -> LookAlikes:
        """Scans of other bytes with a picture that is near; not those that were found to copy this one."""
        positions, complete = self.pictures.near(fingerprint, within_bits, MOST_LOOK_ALIKES)
        order = {int(position): place for place, position in enumerate(positions)}
        found = (
            select(FingerprintRow, ScanRow)
            .join(ScanRow, ScanRow.id == FingerprintRow.scan_id)
            .where(
                FingerprintRow.position.in_(order),
                ScanRow.id != self.scan_id,
                ScanRow.sha256 != self._row.sha256,
                FingerprintRow.copy_of.is_distinct_from(self.scan_id),
            )
        )
        with self.database.read() as session:
            rows = sorted(session.execute(found), key=lambda row: order[row[0].position])
            alike = tuple(
                LookAlike(_known(scan), Fingerprint(row.picture, row.mirrored, row.noise))
                for row, scan in rows
            )
        return LookAlikes(alike, complete)

    def before(self, by: timedelta) -> KnownScan | None:
        """The last scan with a time that the same machine delivered so long before this one, by the same way."""
        this = self._row
        earlier = (
            select(ScanRow)
            .where(
                ScanRow.device == this.device,
                ScanRow.origin == this.origin,
                ScanRow.acquired_at.is_not(None),
                ScanRow.id.not_in(PARTS),
                ScanRow.received_at <= this.received_at - by,
                tuple_(ScanRow.received_at, ScanRow.id) < tuple_(this.received_at, this.id),
            )
            .order_by(ScanRow.received_at.desc(), ScanRow.id.desc())
            .limit(1)
        )
        with self.database.read() as session:
            row = session.execute(earlier).scalar()
            return _known(row) if row is not None else None

    @cached_property
    def _row(self) -> ScanRow:
        return scan_row(self.database, self.scan_id)


def scan_row(database: Database, scan_id: str) -> ScanRow:
    """The row of a scan, to be looked at without a session. Raises `NotFound`."""
    with database.read() as session:
        row = session.get(ScanRow, scan_id)
        if row is None:
            raise NotFound(f"There is no scan {scan_id!r}.")
        session.expunge(row)
        return row


def _known(row: ScanRow) -> KnownScan:
    return KnownScan(
        scan_id=row.id,
        unit=row.declared_unit,
        consignment=row.consignment_id,
        device=row.device,
        acquired_at=row.acquired_at,
        received_at=row.received_at,
        origin=row.origin,
    )
