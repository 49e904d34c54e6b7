"""The ways in that a service keeps open: which there are, and where what arrives is kept."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from tallyscan.acquire.dicom_arrivals import Arrivals
from tallyscan.acquire.dicom_tls import check_plain, server_context, tls_files
from tallyscan.acquire.receive_cstore import DicomListener, Network
from tallyscan.acquire.receive_folder import Inbox
from tallyscan.acquire.receive_s3 import S3Inbox
from tallyscan.acquire.s3_names import printable
from tallyscan.acquire.s3_prefix import S3Object, S3Prefix
from tallyscan.acquire.s3_spool import S3Spool
from tallyscan.acquire.scan_files import kind_of, profile_by_folder
from tallyscan.admission import AdmissionControl
from tallyscan.errors import InputError, InvalidDeclaration, NotFound, TallyscanError
from tallyscan.outbound import Outbound
from tallyscan.pipeline import Reader
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.settings import Settings
from tallyscan.store.database import Database
from tallyscan.store.intake import Intake
from tallyscan.store.taken_objects import TakenObjects
from tallyscan.tls import expected_certificate
from tallyscan.worker import Loop

_IDLE_SECONDS = 0.5
_SPOOL_QUIET_SECONDS = 0.4  # what is fetched comes whole


class Receivers:
    """Those that the settings name: watched folder, S3 prefix, DICOM network; `wake` tells the worker of a scan."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        intake: Intake,
        admission: AdmissionControl,
        reader: Reader,
        wake: Callable[[], None],
    ) -> None:
        self._admission = admission
        self._settings = settings
        self._database = database
        self._intake = intake
        self._reader = reader
        self._wake = wake
        self._ends = threading.Event()
        self.arrivals = Arrivals(
            DicomKeeps(database, intake, admission, wake),
            waiting_dir=settings.data_dir / "waiting_energies",
            limits=reader.limits,
            pair_seconds=settings.dicom_pair_seconds,
        )
        self._steps: dict[str, Callable[[], object]] = {"arrivals": self.arrivals.give_up_waiting}
        if settings.inbox_s3_url is not None:
            self._fetch_from_s3(settings.inbox_s3_url)
        self._listener = (
            self._dicom_listener(settings.dicom_port) if settings.dicom_port is not None else None
        )
        if self._listener is not None:
            self._steps["dicom"] = partial(self._listener.serve, self._ends)
        if settings.inbox_dir is not None:
            moving = settings.data_dir / "inbox-moving.json"
            self._steps["inbox"] = self._inbox(
                settings.inbox_dir, "folder", moving, settings.inbox_quiet_seconds
            )
        self.loops = [Loop(name, step, idle_seconds=_IDLE_SECONDS) for name, step in self._steps.items()]

    @property
    def dicom_port(self) -> int | None:
        """Where DICOM objects are taken; None where they are not."""
        return self._listener.port if self._listener is not None else None

    def end(self) -> None:
        """Tell those at work that the service ends; the loops are stopped by who started them."""
        self._ends.set()

    def close(self) -> None:
        """Give back what is still open, when the loops have stopped."""
        if self._listener is not None:
            self._listener.close()

    def _dicom_listener(self, port: int) -> DicomListener:
        settings = self._settings
        files = tls_files(settings.dicom_certificate, settings.dicom_key, settings.dicom_client_authorities)
        if files is None:
            check_plain(settings.dicom_host, allowed=settings.dicom_allow_plain)
        if settings.dicom_certificates and files is None:
            raise TallyscanError(
                "dicom_certificates says which certificates AE titles show, and DICOM is without TLS.",
                remedy="Set dicom_certificate, dicom_key and dicom_client_authorities too.",
            )
        _check_profiles(settings, self._reader)
        network = Network(
            host=settings.dicom_host,
            port=port,
            ae_title=settings.dicom_ae_title,
            tls=server_context(files) if files is not None else None,
            scanners=settings.dicom_scanners,
            certificates={
                title: expected_certificate(said) for title, said in settings.dicom_certificates.items()
            },
            max_associations=settings.dicom_max_associations,
            idle_seconds=settings.dicom_idle_seconds,
        )
        spool = settings.data_dir / "incoming"
        return DicomListener(network, self.arrivals, spool, max_bytes=self._reader.limits.max_bytes)

    def _fetch_from_s3(self, url: str) -> None:
        """One loop fetches into a folder in the data folder, the other one takes from there."""
        settings = self._settings
        prefix = S3Prefix(
            url,
            settings.inbox_s3_endpoint,
            allow_plain=settings.inbox_s3_allow_plain,
            outbound=Outbound(settings.outbound_networks),
        )
        folder = settings.data_dir / "s3_inbox"

        def refuse(found: S3Object, error: TallyscanError) -> None:
            name = printable(found.name)
            self._intake.refusals.refuse_elsewhere(
                error,
                origin="s3",
                kind=kind_of(Path(found.name)),
                name=name,
                kept_at=prefix.url_of(name),
                size_bytes=found.size_bytes,
            )

        inbox = S3Inbox(
            prefix,
            S3Spool(folder, prefix, self._reader.limits, self._ends),
            TakenObjects(self._database, prefix.bucket, prefix.prefix),
            refuse,
            poll_seconds=settings.inbox_s3_poll_seconds,
            quiet_seconds=settings.inbox_quiet_seconds,
            patience_seconds=settings.inbox_s3_patience_seconds,
            stop=self._ends,
            is_open=self._admission.is_open,
            profile_of=profile_by_folder(folder, self._reader.profiles, self._reader.deliveries),
        )
        moving = settings.data_dir / "s3_inbox-moving.json"
        self._steps["inbox_s3"] = inbox.poll
        self._steps["inbox_s3_folder"] = self._inbox(
            folder, "s3", moving, _SPOOL_QUIET_SECONDS, keep_taken=False
        )

    def _inbox(
        self,
        folder: Path,
        origin: Literal["folder", "s3"],
        moving: Path,
        quiet_seconds: float,
        *,
        keep_taken: bool = True,
    ) -> Callable[[], bool]:
        """Looks once into a folder; `moving` is where its moves are remembered."""

        def accept(files: ScanFiles, path: str) -> None:
            self._intake.accept_scan(files, origin=origin, name=path)
            self._admission.kept()
            self._wake()

        def accept_declaration(data: bytes, path: str) -> None:
            self._intake.accept_declarations(data, origin=origin, name=path)
            self._wake()

        def refuse(path: Path, name: str, kept_at: str, error: TallyscanError) -> None:
            if not isinstance(error, InvalidDeclaration):  # that one is in quarantine with its bytes
                self._intake.refusals.refuse_file(
                    path, error, origin=origin, kind=kind_of(path), name=name, kept_at=kept_at
                )

        folder.mkdir(parents=True, exist_ok=True)  # once: a share that is away must not be made anew
        inbox = Inbox(
            folder,
            accept,
            accept_declaration,
            refuse,
            moving=moving,
            limits=self._reader.limits,
            quiet_seconds=quiet_seconds,
            profile_of=profile_by_folder(folder, self._reader.profiles, self._reader.deliveries),
            keep_taken=keep_taken,
            is_open=self._admission.is_open,
            takes_documents=self._admission.has_room_to_write,
        )
        return partial(inbox.look, self._ends)


def _check_profiles(settings: Settings, reader: Reader) -> None:
    profiles = {profile for profile in settings.dicom_scanners.values() if profile is not None}
    if unknown := sorted(profiles - set(reader.profiles)):
        known = ", ".join(sorted(reader.profiles))
        raise NotFound(
            f"dicom_scanners names a scanner profile {unknown[0]!r}, which there is not.",
            remedy=f"Known profiles: {known}.",
        )


@dataclass(frozen=True)
class DicomKeeps:
    """The store for DICOM objects; `wake` tells the worker of a scan."""

    database: Database
    intake: Intake
    admission: AdmissionControl
    wake: Callable[[], None]

    def accept(self, files: ScanFiles, *, origin: str, spooled: tuple[Path, ...]) -> None:
        """See `Keeps`."""
        self.intake.accept_scan(files, origin=origin, spooled=spooled)
        self.admission.kept()
        self.wake()

    def quarantine(
        self, part: ScanPart, why: InputError, *, origin: str, kind: Literal["image", "report"], spooled: Path
    ) -> None:
        """See `Keeps`."""
        self.intake.refusals.quarantine(part, why, origin=origin, kind=kind, spooled=spooled)

    def refuse(self, why: InputError, *, origin: str, name: str) -> None:
        """See `Keeps`."""
        self.intake.refusals.refuse(why, origin=origin, kind="image", name=name)

    def holds(self, sha256: str) -> bool:
        """See `Keeps`."""
        return self.admission.holds(sha256)

    def check_room(self) -> None:
        """See `Keeps`."""
        self.admission.check_scan()
