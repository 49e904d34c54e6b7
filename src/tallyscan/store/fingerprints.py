"""The fingerprints of all scans: kept with the readings, searched in memory."""

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tallyscan.fingerprint import FINGERPRINT_METHOD, PICTURE_BYTES, Fingerprint
from tallyscan.store.database import Database
from tallyscan.store.tables import FingerprintRow

_WORDS = PICTURE_BYTES // 8
_Words = NDArray[np.uint64]


def put_fingerprint(session: Session, scan_id: str, taken: Fingerprint | None, copy_of: str | None) -> None:
    """Keep the fingerprint of a scan instead of the one it had; None: its reading took none."""
    row = session.execute(select(FingerprintRow).where(FingerprintRow.scan_id == scan_id)).scalar()
    if row is not None and taken is not None and row.method == FINGERPRINT_METHOD and _of(row) == taken:
        row.copy_of = copy_of
        return
    if row is not None:
        session.execute(delete(FingerprintRow).where(FingerprintRow.scan_id == scan_id))
    if taken is not None:
        session.add(
            FingerprintRow(
                scan_id=scan_id,
                method=FINGERPRINT_METHOD,
                picture=taken.picture,
                mirrored=taken.mirrored,
                noise=taken.noise,
                copy_of=copy_of,
            )
        )


class PictureIndex:
    """The pictures of all fingerprints as one packed array, 40 bytes a scan: loaded when first asked, then added to.

    A hundred thousand are searched in a few milliseconds, without a tree or a second database. A fingerprint that
    was replaced stays until the next start; its position is found no more in the table.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._words: _Words = np.empty((1024, _WORDS), np.uint64)
        self._positions: NDArray[np.int64] = np.empty(1024, np.int64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def near(self, fingerprint: Fingerprint, within_bits: int, most: int) -> tuple[NDArray[np.int64], bool]:
        """Positions of the nearest pictures, at most so many, nearest first; and whether these are all.

        The smaller of the distances to the picture and to its mirror image counts.
        """
        self._catch_up()
        words = self._words[: self._count]
        apart = np.minimum(_bits_apart(words, fingerprint.picture), _bits_apart(words, fingerprint.mirrored))
        near = np.flatnonzero(apart <= within_bits)
        order = near[np.argsort(apart[near], kind="stable")]
        return self._positions[order[:most]], len(order) <= most

    def _catch_up(self) -> None:
        last = int(self._positions[self._count - 1]) if self._count else 0
        new = (
            select(FingerprintRow.position, FingerprintRow.picture)
            .where(FingerprintRow.method == FINGERPRINT_METHOD, FingerprintRow.position > last)
            .order_by(FingerprintRow.position)
        )
        with self._database.read() as session:
            rows = session.execute(new).all()
        if rows:
            self._add(
                np.array([row.position for row in rows], np.int64), b"".join(row.picture for row in rows)
            )

    def _add(self, positions: NDArray[np.int64], pictures: bytes) -> None:
        end = self._count + len(positions)
        if end > len(self._positions):
            size = max(end, 2 * len(self._positions))
            self._words = np.resize(self._words, (size, _WORDS))
            self._positions = np.resize(self._positions, size)
        self._words[self._count : end] = np.frombuffer(pictures, np.uint64).reshape(-1, _WORDS)
        self._positions[self._count : end] = positions
        self._count = end


def _bits_apart(words: _Words, picture: bytes) -> NDArray[np.uint16]:
    """Hamming distance of each row to a picture."""
    apart: NDArray[np.uint16] = np.bitwise_count(words ^ np.frombuffer(picture, np.uint64)).sum(
        axis=1, dtype=np.uint16
    )
    return apart


def _of(row: FingerprintRow) -> Fingerprint:
    return Fingerprint(row.picture, row.mirrored, row.noise)
