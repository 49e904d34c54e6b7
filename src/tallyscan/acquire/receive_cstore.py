"""DICOM objects over the DICOM network: C-ECHO and C-STORE (PS3.4 annexes A and B), with or without TLS."""

import re
import shutil
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import structlog
from pydicom.dataset import Dataset
from pynetdicom import AE, _config, evt, register_uid
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.pdu_primitives import A_ASSOCIATE
from pynetdicom.presentation import PresentationContext
from pynetdicom.service_class import StorageServiceClass
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from tallyscan.acquire.cstore_server import AssociationHandler, DicomServer
from tallyscan.acquire.cstore_spool import Spool, SpoolingProvider
from tallyscan.acquire.dicom_arrivals import Arrivals
from tallyscan.acquire.dicom_object import DICOS_ROOT
from tallyscan.acquire.dicom_status import Outcome, Status
from tallyscan.acting import Actor, act_as
from tallyscan.errors import Conflict
from tallyscan.tls import peer_certificate

ORIGIN = "dicom"
_OTHER_IMAGES = (
    "1.2.840.10008.5.1.4.1.1.1.1",  # Digital X-Ray, for presentation
    "1.2.840.10008.5.1.4.1.1.1.1.1",  # Digital X-Ray, for processing
    "1.2.840.10008.5.1.4.1.1.7",  # Secondary Capture
)
# What the decoder reads, in the order in which it is chosen: unchanged, compressed without loss, with loss.
TRANSFER_SYNTAXES = (
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.50",
)
_DICOS = re.compile(re.escape(DICOS_ROOT) + r"[0-9.]{1,64}")
_MOST_CLASSES = 500  # pynetdicom keeps every SOP class that it is told of
_PDU_BYTES = 128 * 1024
_MOST_OF_A_COMMENT = 64
_REQUEST_SECONDS = 10.0  # a connection counts as an association while nobody asks for one
_PATIENCE_SECONDS = 2.0
_TITLE_NOT_RECOGNISED = 0x01, 0x01, 0x03  # PS3.8 9.3.4: for good, by the service user, calling AE title

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Network:
    """Where and to whom we are open. `scanners` are the calling AE titles that are let in, each with the scanner
    profile of what it sends, None where the objects say it; empty: any title, which proves nothing either way.

    `certificates` are the titles that are let in with the certificate that each must show (`tallyscan.tls`), over TLS;
    empty: a title may come with any certificate."""

    host: str = "127.0.0.1"
    port: int = 0
    ae_title: str = "TALLYSCAN"
    tls: ssl.SSLContext | None = None
    scanners: Mapping[str, str | None] = field(default_factory=dict)
    certificates: Mapping[str, str] = field(default_factory=dict)
    max_associations: int = 10
    idle_seconds: float = 60.0


class DicomListener:
    """Bound when it is made; `serve` answers until it is told to stop."""

    def __init__(self, network: Network, arrivals: Arrivals, spool_dir: Path, *, max_bytes: int) -> None:
        """Raises `Conflict` when the address is taken."""
        _config.LOG_HANDLER_LEVEL = "none"  # it would format every PDU for its own log
        spool_dir.mkdir(parents=True, exist_ok=True)
        for left_over in spool_dir.glob("dicom-*"):
            shutil.rmtree(left_over)
        self._network = network
        self._arrivals = arrivals
        self._ae = _application_entity(network)
        try:
            self._server = DicomServer(
                self._ae,
                (network.host, network.port),
                network.ae_title,
                self._ae.supported_contexts,
                network.tls,
                evt_handlers=[
                    (evt.EVT_REQUESTED, self._refuse_another_s_title),
                    (evt.EVT_REQUESTED, _support_dicos),
                    (evt.EVT_REJECTED, _tell_of_rejected),
                    (evt.EVT_C_STORE, self._store),
                    (evt.EVT_CONN_CLOSE, _end),
                ],
                request_handler=AssociationHandler,
            )
        except OSError as error:
            raise Conflict(
                f"Cannot take DICOM at {network.host}:{network.port}: {error.strerror}.",
                remedy="Choose another dicom_port, or 0 for any free one.",
            ) from error
        self._server.spool_dir, self._server.max_bytes = spool_dir, max_bytes
        self._server.check_room = arrivals.check_room

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def serve(self, stop: threading.Event) -> None:
        """Takes connections until `stop` is set, and answers each in a thread of its own."""
        while not stop.is_set():
            self._server.handle_request()

    def close(self) -> None:
        """Once `serve` has ended: associations are aborted. What was not acknowledged, its sender sends again."""
        self._server.server_close()
        still_open = self._server.active_associations
        for association in still_open:
            association.abort(block=False)
        for association in still_open:
            association.join(_PATIENCE_SECONDS)  # one whose peer hangs ends with the process

    def _refuse_another_s_title(self, event: evt.Event) -> None:
        """Whoever calls under a title shows the certificate that the title has, where titles have certificates."""
        association, expected = event.assoc, self._network.certificates
        if not expected:
            return
        calling = str(cast(A_ASSOCIATE, association.requestor.primitive).calling_ae_title).strip()
        connection = association.dul.socket.socket if association.dul.socket is not None else None
        shown = peer_certificate(connection) if isinstance(connection, ssl.SSLSocket) else None
        needs = expected.get(calling)
        if needs is not None and shown is not None and shown.is_that(needs):
            return
        _log.warning(
            "calling AE title refused",
            calling=calling,
            address=association.requestor.address,
            names=sorted(shown.names) if shown is not None else [],
        )
        association.acse.send_reject(*_TITLE_NOT_RECOGNISED)
        association.kill()

    def _store(self, event: evt.Event) -> Dataset:
        request = cast(C_STORE, event.request)
        spool = request.DataSet
        announced = (str(request.AffectedSOPClassUID), str(request.AffectedSOPInstanceUID))
        calling = str(event.assoc.requestor.ae_title).strip()
        act_as(Actor("device", calling, purpose="integration"))
        assert isinstance(spool, Spool)
        spool.finish()
        if spool.sha256 is not None and self._arrivals.repeats(spool.sha256):
            outcome = Outcome(Status.SUCCESS, *announced)
        elif spool.fault is not None:
            outcome = self._arrivals.refuse(spool.path, spool.fault, origin=ORIGIN, announced=announced)
        else:
            outcome = self._arrivals.take(
                spool.path, origin=ORIGIN, profile=self._network.scanners.get(calling), announced=announced
            )
        spool.discard()
        _log.info("stored", calling=calling, sop_instance=announced[1], status=f"{outcome.status:04X}")
        return _answer(outcome)


def _answer(outcome: Outcome) -> Dataset:
    answer = Dataset()
    answer.Status = int(outcome.status)
    if outcome.reason:
        comment = outcome.reason.encode("ascii", "replace").decode()
        answer.ErrorComment = comment.replace("\\", "/")[:_MOST_OF_A_COMMENT]
    return answer


def _application_entity(network: Network) -> AE:
    entity = AE(network.ae_title)
    entity.maximum_associations = network.max_associations
    entity.maximum_pdu_size = _PDU_BYTES
    entity.acse_timeout = min(network.idle_seconds, _REQUEST_SECONDS)
    entity.dimse_timeout = entity.network_timeout = network.idle_seconds
    entity.require_calling_aet = list(network.scanners)
    entity.add_supported_context(Verification)
    for uid in _OTHER_IMAGES:
        entity.add_supported_context(uid, list(TRANSFER_SYNTAXES))
    return entity


def _support_dicos(event: evt.Event) -> None:
    """Every SOP class below the root of DICOS that the sender proposes: each version of it adds some."""
    association: Association = event.assoc
    proposed = {str(context.abstract_syntax) for context in association.requestor.requested_contexts}
    supported = association.acceptor.supported_contexts
    for uid in sorted(proposed):
        if _DICOS.fullmatch(uid) and _is_known_as_storage(uid):
            context = PresentationContext()
            context.abstract_syntax = uid
            context.transfer_syntax = list(TRANSFER_SYNTAXES)
            supported.append(context)
    association.acceptor.supported_contexts = supported


_known: set[str] = set()


def _is_known_as_storage(uid: str) -> bool:
    if uid not in _known and len(_known) < _MOST_CLASSES:
        register_uid(uid, f"DICOS_{uid.replace('.', '_')}", StorageServiceClass)
        _known.add(uid)
    return uid in _known


def _tell_of_rejected(event: evt.Event) -> None:
    requestor = event.assoc.requestor
    _log.warning("association rejected", calling=str(requestor.ae_title), address=requestor.address)


def _end(event: evt.Event) -> None:
    provider = event.assoc.dimse
    if isinstance(provider, SpoolingProvider):
        provider.end()
    event.assoc.dul.to_user_queue.put(
        None
    )  # who still waits for a request, waits no longer: a port was probed
