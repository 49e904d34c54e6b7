"""The server beneath the DICOM listener: pynetdicom's, with handshakes that hold up nobody and limits of its own."""

import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from pynetdicom.association import Association
from pynetdicom.transport import RequestHandler, ThreadedAssociationServer

from tallyscan.acquire.cstore_spool import SpoolingProvider

_MOST_OF_A_PDU = 1024 * 1024  # an association request with 128 contexts has some 100 kB
_HANDSHAKE_SECONDS = 10.0
_HANDSHAKES = 32
_PULSE_SECONDS = 0.2

_log = structlog.get_logger(__name__)


class DicomServer(ThreadedAssociationServer):
    """Shakes hands in a thread of each connection, so that one that is silent keeps nobody waiting."""

    daemon_threads = True
    spool_dir: Path
    max_bytes: int
    check_room: Callable[[], None]

    def __init__(self, *arguments: Any, **more: Any) -> None:
        self._shaking_hands = threading.BoundedSemaphore(_HANDSHAKES)
        super().__init__(*arguments, **more)
        self.timeout = _PULSE_SECONDS

    def get_request(self) -> tuple[socket.socket, Any]:
        assert self.socket is not None
        connection, address = self.socket.accept()
        connection.settimeout(_HANDSHAKE_SECONDS)
        return connection, address

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002
        free = self._shaking_hands.acquire(blocking=False)
        if not free:
            _log.warning("connection refused: too many at once", address=client_address[0])
        return free

    def finish_request(self, request: Any, client_address: Any) -> None:
        try:
            if self.ssl_context is not None:
                request = self.ssl_context.wrap_socket(request, server_side=True)
        except OSError as error:
            _log.warning("TLS refused", address=client_address[0], reason=str(error))
            request.close()
            return
        finally:
            self._shaking_hands.release()
        request.settimeout(self.ae.network_timeout)
        super().finish_request(request, client_address)


class AssociationHandler(RequestHandler):
    """An association whose data sets go to disk, and whose PDUs have a limit."""

    server: DicomServer

    def _create_association(self) -> Association:
        association = super()._create_association()
        association.dul.daemon = True  # one whose peer hangs does not keep the service from ending
        folder = Path(tempfile.mkdtemp(dir=self.server.spool_dir, prefix="dicom-"))
        association.dimse = SpoolingProvider(
            association, folder, self.server.max_bytes, self.server.check_room
        )
        connection = association.dul.socket
        assert connection is not None
        receive = connection.recv

        def receive_within_limit(size: int) -> bytearray:
            if size > _MOST_OF_A_PDU:
                raise OSError(f"a PDU of {size} bytes is too long")
            return receive(size)

        connection.recv = receive_within_limit  # type: ignore[assignment, method-assign]
        return association
