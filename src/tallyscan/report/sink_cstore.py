"""A sink that is a DICOM node: threat detection reports by C-STORE, over TLS where it is set up so."""

import ssl
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.transport import AddressInformation, AssociationSocket

from tallyscan.errors import Unavailable
from tallyscan.outbound import Outbound
from tallyscan.report.dicos_data_set import EXPLICIT_LITTLE
from tallyscan.report.dicos_report import REPORT_CLASS, report_data_set
from tallyscan.report.report_of_event import report_of_event
from tallyscan.report.store_status import is_stored

_IMPLICIT_LITTLE = "1.2.840.10008.1.2"
_CONNECT_SECONDS, _ANSWER_SECONDS = 5.0, 20.0


@dataclass(frozen=True)
class DicomNode:
    """Where reports go: its own title is what we call, `calling` is ours."""

    host: str
    port: int
    ae_title: str
    calling: str
    tls: ssl.SSLContext | None = None
    outbound: Outbound = field(default_factory=Outbound)


class CStoreSink:
    """An association a report. A node keeps one object a SOP instance UID, so a repeat is one report."""

    def __init__(self, node: DicomNode) -> None:
        self._node = node

    def send(self, event: dict[str, Any], idempotency_key: str) -> None:
        """Raises `Unavailable` unless the node says that the report is stored, now or before."""
        report = report_of_event(event, idempotency_key)
        if report is None:
            return
        data_set = report_data_set(report)
        node = self._node
        entity = _Entity(node.calling)
        entity.connection_timeout = _CONNECT_SECONDS
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = _ANSWER_SECONDS
        # Apart, so that the node's taste does not choose: who knows no DICOS cannot read it in implicit VR.
        for syntax in (EXPLICIT_LITTLE, _IMPLICIT_LITTLE):
            entity.add_requested_context(REPORT_CLASS, syntax)
        association = entity.associate(
            node.outbound.addresses(node.host, node.port)[0],
            node.port,
            ae_title=node.ae_title,
            tls_args=(node.tls, node.host) if node.tls is not None else None,
        )
        try:
            self._store(association, data_set)
        finally:
            if association.is_established:
                association.release()

    def _store(self, association: Association, data_set: Dataset) -> None:
        name = f"The DICOM node {self._node.ae_title} at {self._node.host}:{self._node.port}"
        if not association.is_established:
            how = "rejects the association" if association.is_rejected else "does not answer"
            raise Unavailable(f"{name} {how}.")
        try:
            status = association.send_c_store(data_set)
        except (ValueError, RuntimeError) as error:  # the class was not accepted, or the association ended
            raise Unavailable(f"{name} does not take the report: {error}.") from error
        code = status.get("Status")
        if code is None:
            raise Unavailable(f"{name} has not answered to the report.")
        if not is_stored(code):
            comment = str(status.get("ErrorComment", "")).strip()
            raise Unavailable(f"{name} has not stored the report: status {code:04X} {comment}".strip() + ".")


class _ClosedSocket(AssociationSocket):
    """pynetdicom leaves a socket open that never came to be connected, or whose other end was closed first."""

    def _shutdown_socket(self) -> None:
        super()._shutdown_socket()
        if self.socket is not None:
            self.socket.close()


class _Entity(AE):
    """An application entity with such sockets."""

    def _create_socket(
        self, assoc: Association, address: AddressInformation, tls_args: tuple[ssl.SSLContext, str] | None
    ) -> AssociationSocket:
        opened = _ClosedSocket(assoc, address=address)
        opened.tls_args = tls_args
        return opened
