"""C-STORE requests whose data sets go to disk while they arrive, as DICOM Part 10 files, never more than is allowed.

pynetdicom can write them to disk too (STORE_RECV_CHUNKED_DATASET), but to the temporary folder of the machine,
without a limit, and it stumbles over UIDs that are made up.
"""

import hashlib
import shutil
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import structlog
from pynetdicom.association import Association
from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_messages import DIMSEMessage
from pynetdicom.pdu_primitives import P_DATA

from tallyscan.errors import CorruptScan, TallyscanError, TooLarge, TooManyRequests, Unavailable

_MOST_OF_A_COMMAND = 64 * 1024
_INVALID_PDU = "Evt19"  # PS3.8 table 9-10
_IMPLEMENTATION = "2.25.118829106937871183245273611921420263591"  # a UUID of our own (PS3.5 annex B.2)

_log = structlog.get_logger(__name__)


class Spool(BytesIO):
    """Stands where pynetdicom has a data set in memory. What is past the limit, or cannot be written, is dropped.

    `fault` says why it is not whole, None while it is. Where `check_room` raises that there is none, nothing of it is
    written; it is hashed as it goes by, so that what is kept already is known again by `sha256`.
    """

    def __init__(
        self,
        message: DIMSEMessage,
        association: Association,
        folder: Path,
        max_bytes: int,
        check_room: Callable[[], None],
    ) -> None:
        super().__init__()
        self.path = folder / uuid4().hex
        self.fault: TallyscanError | None = None
        self._message = message
        self._association = association
        self._max_bytes = max_bytes
        self._check_room = check_room
        self._passing: Any = None
        self._size = 0
        self._file: IO[bytes] | None = None

    def write(self, data: Any) -> int:
        """The next fragment."""
        self._size += len(data)
        if self.fault is None and self._size >= self._max_bytes:
            self.fault = TooLarge(
                f"The object has {self._max_bytes / 1e6:g} MB or more.", remedy="Raise max_megabytes."
            )
            self.discard()
        if self._passing is not None:
            self._passing.update(data)
        if self.fault is None:
            try:
                self._opened().write(data)
            except (TooManyRequests, Unavailable) as error:
                self.fault = error
                self._passing = hashlib.sha256(self._head())
                self._passing.update(data)
            except OSError as error:
                self.fault = Unavailable(f"The object cannot be written to disk: {error.strerror}.")
                self.discard()
        return len(data)

    @property
    def sha256(self) -> str | None:
        """Of what there was no room for, as it would have been kept; None of anything else."""
        return self._passing.hexdigest() if self._passing is not None else None

    def finish(self) -> None:
        """No more comes."""
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                self.fault = Unavailable(f"The object cannot be written to disk: {error.strerror}.")
        elif self.fault is None:
            self.fault = CorruptScan("The object has no data set.", remedy="Send it again.")

    def discard(self) -> None:
        """Take it off the disk, if it is still there."""
        self.finish()
        self.path.unlink(missing_ok=True)

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._check_room()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("wb")
            self._file.write(self._head())
        return self._file

    def _head(self) -> bytes:
        command, context_id = self._message.command_set, self._message.context_id
        (syntax,) = (
            context.transfer_syntax[0]
            for context in self._association.accepted_contexts
            if context.context_id == context_id
        )
        return file_head(str(command.AffectedSOPClassUID), str(command.AffectedSOPInstanceUID), syntax)


class SpoolingProvider(DIMSEServiceProvider):
    """DIMSE for one association; `folder` is its own, and goes with it."""

    def __init__(
        self, association: Association, folder: Path, max_bytes: int, check_room: Callable[[], None]
    ) -> None:
        super().__init__(association)
        self._check_room = check_room
        self._folder = folder
        self._max_bytes = max_bytes

    def receive_primitive(self, primitive: P_DATA) -> None:
        """See `DIMSEServiceProvider`. What is no command, or has no end, aborts the association."""
        if self.message is None:
            self.message = DIMSEMessage()
            self.message.data_set = Spool(
                self.message, self.assoc, self._folder, self._max_bytes, self._check_room
            )
        try:
            if self.message.encoded_command_set.tell() > _MOST_OF_A_COMMAND:
                raise ValueError("its command set is too long")
            super().receive_primitive(primitive)
        except Exception as error:  # noqa: BLE001 - pynetdicom would end its thread and leave the connection open
            _log.warning("association aborted: not a DIMSE message", reason=repr(error)[:200])
            self.dul.event_queue.put(_INVALID_PDU)

    def end(self) -> None:
        """The association is over: what did not arrive whole is thrown away."""
        if self.message is not None and isinstance(self.message.data_set, Spool):
            self.message.data_set.discard()
        shutil.rmtree(self._folder, ignore_errors=True)


def file_head(sop_class: str, sop_instance: str, transfer_syntax: str) -> bytes:
    """Preamble and file meta information (PS3.10 7.1). The same object always gets the same bytes."""
    elements = b"".join(
        (
            struct.pack("<HH2s2xI2s", 2, 0x0001, b"OB", 2, b"\0\1"),
            _uid(0x0002, sop_class),
            _uid(0x0003, sop_instance),
            _uid(0x0010, transfer_syntax),
            _uid(0x0012, _IMPLEMENTATION),
        )
    )
    return b"\0" * 128 + b"DICM" + struct.pack("<HH2sHI", 2, 0x0000, b"UL", 4, len(elements)) + elements


def _uid(element: int, uid: str) -> bytes:
    value = uid.encode("ascii", "replace")
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HH2sH", 2, element, b"UI", len(value)) + value
