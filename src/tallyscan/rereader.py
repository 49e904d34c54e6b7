"""Reads archives again with another model while nothing else waits, one scan at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from tallyscan.errors import TallyscanError, Unavailable
from tallyscan.finding import ModelIdentity
from tallyscan.pipeline import Reader
from tallyscan.replayer import read_again
from tallyscan.store.blobs import Blobs
from tallyscan.store.database import Database
from tallyscan.store.recorded_readings import recorded_reading
from tallyscan.store.rereads import (
    ArchiveClaim,
    change_reread,
    claim_archived,
    fail_archived,
    give_back_archived,
    is_archive_waiting,
    keep_archived,
)
from tallyscan.store.turn import Turn

_log = structlog.get_logger(__name__)


@dataclass
class Rereader:
    """`open_model` gives a reader with a model of the shelf, and raises `TallyscanError` where it is not there. It is
    kept while runs go on with it, beside the model that reads what arrives.
    """

    database: Database
    blobs: Blobs
    open_model: Callable[[ModelIdentity], Reader]
    turn: Turn
    lease: timedelta
    max_attempts: int
    _open: tuple[ModelIdentity, Reader] | None = None

    def read_next(self) -> bool:
        """Read one scan of an archive, if nothing waits that arrived; whether there was one to do."""
        with self.database.read() as session:
            waiting = is_archive_waiting(session)
        if not waiting:
            self._open = None
            return False
        if not self.turn.is_mine():  # one process at a time: the others stand ready for what arrives
            return False
        with self.database.write() as session:
            claim = claim_archived(session, lease=self.lease)
        if claim is None:
            return False
        try:
            return self._read(claim)
        except Unavailable as error:
            _log.warning("archive waits", scan=claim.scan, run=claim.reread, reason=error.reason)
            with self.database.write() as session:
                give_back_archived(session, claim)
            return False

    def _read(self, claim: ArchiveClaim) -> bool:
        try:
            reader = self._reader_with(claim.model)
        except Unavailable:
            raise
        except TallyscanError as error:
            with self.database.write() as session:
                give_back_archived(session, claim)
                change_reread(session, claim.reread, "stopped", by="the service", said=error.reason)
            return True
        if claim.attempts > self.max_attempts:  # it may be what ends the process that also reads what arrives
            self._fail(claim, f"Reading was tried {claim.attempts - 1} times and never finished.")
            return True
        try:
            with self.database.read() as session:
                recorded = recorded_reading(session, self.blobs, claim.scan)
            reading = read_again(recorded, reader)
        except Unavailable:
            raise
        except TallyscanError as error:
            self._fail(claim, error.reason)
            return True
        except Exception as error:  # noqa: BLE001 - one scan of many: logged, and the rest goes on
            _log.exception("failed", scan=claim.scan, run=claim.reread)
            self._fail(claim, f"{type(error).__name__}: {error}.")
            return True
        with self.database.write() as session:
            keep_archived(session, claim, recorded.reading, recorded.revision, reading)
        return True

    def _fail(self, claim: ArchiveClaim, reason: str) -> None:
        _log.warning("not read again", scan=claim.scan, run=claim.reread, reason=reason)
        with self.database.write() as session:
            fail_archived(session, claim, reason)

    def _reader_with(self, model: ModelIdentity) -> Reader:
        if self._open is None or self._open[0] != model:
            self._open = None  # two at a time are enough
            self._open = (model, self.open_model(model))
        return self._open[1]
