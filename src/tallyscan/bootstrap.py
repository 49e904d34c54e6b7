"""Puts the service together: the only module that names the real adapters."""

import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Literal

from sqlalchemy.orm import Session

from tallyscan.acquire.decode_pool import DecodePool
from tallyscan.acquire.dicom_arrivals import Arrivals
from tallyscan.acquire.dicom_tls import check_plain, server_context, tls_files
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.pool_process import Allowance
from tallyscan.acquire.read_sidecar import sidecar_reader
from tallyscan.acquire.receive_cstore import DicomListener, Network
from tallyscan.acquire.receive_folder import Inbox
from tallyscan.acquire.receive_s3 import S3Inbox
from tallyscan.acquire.s3_names import printable
from tallyscan.acquire.s3_prefix import S3Object, S3Prefix
from tallyscan.acquire.s3_spool import S3Spool
from tallyscan.acquire.scan_files import kind_of, profile_by_folder
from tallyscan.calibrate.profile import ScannerProfile, deliveries_of, load_profiles
from tallyscan.detect.card import active_model_dir
from tallyscan.detect.detector import Detector
from tallyscan.errors import Conflict, InputError, InvalidDeclaration, NotFound, TallyscanError
from tallyscan.join.change import JoinChange
from tallyscan.pipeline import Calibrator, Reader
from tallyscan.recorder import Recorder
from tallyscan.report.join_event import join_event
from tallyscan.report.outbox import Relay
from tallyscan.report.sinks import open_sinks, sinks_named
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.blobs import Blobs, FolderBlobs
from tallyscan.store.database import Database, open_database
from tallyscan.store.intake import Intake
from tallyscan.store.joins import Joins
from tallyscan.store.outbox_rows import FILE, OutboxRows, put_event
from tallyscan.store.taken_objects import TakenObjects
from tallyscan.store.work_queue import DatabaseQueue
from tallyscan.web.service import Service
from tallyscan.worker import Loop, Worker

_IDLE_SECONDS = 0.5
_SPOOL_QUIET_SECONDS = 0.4  # what is fetched comes whole
_PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Store:
    """Database, bytes, the two ways in and on, and how scans find their consignments."""

    database: Database
    blobs: Blobs
    intake: Intake
    joins: Joins
    queue: DatabaseQueue


@contextmanager
def open_reader(settings: Settings, profile_name: str | None = None) -> Iterator[Reader]:
    """A reader that decodes in processes of their own, ended with it. Raises as `load_reader`, and `Unavailable`."""
    with _pool(settings) as pool:
        reader = load_reader(settings, profile_name)  # while the processes load their libraries
        pool.wait_until_warm()
        yield replace(reader, decode=pool.decode)


@contextmanager
def open_calibrator(settings: Settings, profile_name: str | None = None) -> Iterator[Calibrator]:
    """The same as far as the scan in physical units, and without a model."""
    with _pool(settings) as pool:
        profiles, limits = _known_profiles(settings, profile_name), _limits(settings)
        pool.wait_until_warm()
        yield Calibrator(profiles, profile_name, limits, pool.decode)


def load_reader(settings: Settings, profile_name: str | None = None) -> Reader:
    """Profiles and model, loaded once; it decodes in this process, which is for files that are trusted.

    Raises `ModelContractError`, or `NotFound` for an unknown profile.
    """
    profiles = _known_profiles(settings, profile_name)
    detector = Detector.load(
        active_model_dir(settings.models_dir), settings.inference_threads, settings.whole_image_megapixels
    )
    return Reader(profiles, profile_name, detector, _limits(settings))


def _pool(settings: Settings) -> DecodePool:
    allowance = Allowance(
        memory_bytes=round(settings.decode_memory_megabytes * 1e6),
        seconds=settings.decode_seconds,
        seconds_per_megabyte=settings.decode_seconds_per_megabyte,
    )
    return DecodePool(settings.decode_processes, allowance)


def _limits(settings: Settings) -> Limits:
    return Limits(
        max_pixels=round(settings.max_megapixels * 1e6), max_bytes=round(settings.max_megabytes * 1e6)
    )


def _known_profiles(settings: Settings, asked_for: str | None) -> dict[str, ScannerProfile]:
    profiles = _profiles(settings)
    if asked_for is not None and asked_for not in profiles:
        known = ", ".join(sorted(profiles))
        raise NotFound(f"There is no scanner profile {asked_for!r}.", remedy=f"Known profiles: {known}.")
    return profiles


def _profiles(settings: Settings) -> dict[str, ScannerProfile]:
    try:
        return load_profiles(settings.profiles_dir)
    except ValueError as error:
        raise TallyscanError(f"A scanner profile is wrong: {error}", remedy="Correct the file.") from error


@contextmanager
def open_store(settings: Settings) -> Iterator[Store]:
    """The store in the data folder, made where there is none; what a dead process had claimed waits again."""
    database = open_database(settings.database_url)
    try:
        blobs = FolderBlobs(settings.data_dir / "blobs")
        queue = DatabaseQueue(
            database, lease_seconds=settings.worker_lease_seconds, max_attempts=settings.max_attempts
        )
        queue.return_claims_of_the_dead()
        joins = Joins(timedelta(days=settings.join_window_days), _tells_joins(settings.event_source))
        intake = Intake(
            database,
            blobs,
            joins=joins,
            read_sidecar=sidecar_reader(deliveries_of(_profiles(settings))),
        )
        yield Store(database, blobs, intake, joins, queue)
    finally:
        database.close()


def _tells_joins(source: str) -> Callable[[Session, JoinChange], None]:
    """Only the file hears of joins: a threat detection report is about what a scan shows."""
    return lambda session, change: put_event(session, join_event(change, source=source), (FILE,))


def worker_of(store: Store, reader: Reader, settings: Settings) -> Worker:
    """A worker on the store."""
    return Worker(
        store.database,
        store.blobs,
        store.queue,
        reader,
        store.joins,
        source=settings.event_source,
        sinks=sinks_named(settings),
        use_learnt_air=settings.use_learnt_air,
    )


@contextmanager
def sole_relays(store: Store, settings: Settings) -> Iterator[dict[str, Relay]]:
    """What delivers events, to each sink by itself; nothing while another process does so.

    The lock ends with the process, however that ends.
    """
    with (settings.data_dir / "relay.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield {}
            return
        sinks = open_sinks(settings)
        yield {name: Relay(OutboxRows(store.database, name), sink) for name, sink in sinks.items()}


def deliver_events(store: Store, settings: Settings) -> None:
    """Tell what happened, once; a process that serves the same data folder does so anyway."""
    with sole_relays(store, settings) as relays:
        for relay in relays.values():
            while relay.deliver_due():
                pass


@contextmanager
def running(settings: Settings, store: Store, reader: Reader) -> Iterator[Service]:
    """The service at work: reads, tells, and watches the inbox when there is one; all ended at the end."""
    with sole_relays(store, settings) as relays:
        if not relays:
            raise Conflict(
                f"Another process serves the data folder {settings.data_dir}.",
                remedy="Choose another --data.",
            )
        yield from _running(settings, store, reader, relays)


def _running(settings: Settings, store: Store, reader: Reader, relays: dict[str, Relay]) -> Iterator[Service]:
    worker = Loop("worker", worker_of(store, reader, settings).read_next, idle_seconds=_IDLE_SECONDS)
    arrivals = Arrivals(
        DicomKeeps(store, worker.wake),
        waiting_dir=settings.data_dir / "waiting_energies",
        limits=reader.limits,
        pair_seconds=settings.dicom_pair_seconds,
    )
    loops = [
        worker,
        *(_relay_loop(name, relay) for name, relay in relays.items()),
        Loop("arrivals", arrivals.give_up_waiting, idle_seconds=_IDLE_SECONDS),
    ]
    receiving_ends = threading.Event()
    if settings.inbox_s3_url is not None:
        loops += _s3_loops(settings.inbox_s3_url, settings, store, reader, worker.wake, receiving_ends)
    listener = _dicom_listener(settings, arrivals, reader)
    if listener is not None:
        loops.append(Loop("dicom", partial(listener.serve, receiving_ends), idle_seconds=_IDLE_SECONDS))
    if settings.inbox_dir is not None:
        watched = Watched(
            settings.inbox_dir,
            "folder",
            settings.data_dir / "inbox-moving.json",
            settings.inbox_quiet_seconds,
        )
        watch_inbox = _inbox_watch(watched, store, reader, worker.wake, receiving_ends)
        loops.append(Loop("inbox", watch_inbox, idle_seconds=_IDLE_SECONDS))
    for loop in loops:
        loop.start()
    try:
        yield Service(
            database=store.database,
            blobs=store.blobs,
            intake=store.intake,
            joins=store.joins,
            recorder=Recorder(store.database, settings.event_source, sinks_named(settings)),
            incoming_dir=settings.data_dir / "incoming",
            max_bytes=reader.limits.max_bytes,
            model=reader.detector.identity,
            wake=worker.wake,
            stopped_parts=lambda: tuple(loop.name for loop in loops if not loop.runs),
            arrivals=arrivals,
            dicom_port=listener.port if listener is not None else None,
        )
    finally:
        receiving_ends.set()
        for loop in loops:
            loop.stop(_PATIENCE_SECONDS)
        if listener is not None:
            listener.close()


def _relay_loop(sink: str, relay: Relay) -> Loop:
    name = "relay" if sink == FILE else f"relay_{sink}"
    return Loop(name, relay.deliver_due, idle_seconds=_IDLE_SECONDS)


@dataclass(frozen=True)
class DicomKeeps:
    """The store for DICOM objects; `wake` tells the worker of a scan."""

    store: Store
    wake: Callable[[], None]

    def accept(self, files: ScanFiles, *, origin: str, spooled: tuple[Path, ...]) -> None:
        """See `Keeps`."""
        self.store.intake.accept_scan(files, origin=origin, spooled=spooled)
        self.wake()

    def quarantine(
        self, part: ScanPart, why: InputError, *, origin: str, kind: Literal["image", "report"], spooled: Path
    ) -> None:
        """See `Keeps`."""
        self.store.intake.quarantine(part, why, origin=origin, kind=kind, spooled=spooled)

    def holds(self, sha256: str) -> bool:
        """See `Keeps`."""
        with self.store.database.read() as session:
            return queries.holds_file(session, sha256)


def _dicom_listener(settings: Settings, arrivals: Arrivals, reader: Reader) -> DicomListener | None:
    if settings.dicom_port is None:
        return None
    files = tls_files(settings.dicom_certificate, settings.dicom_key, settings.dicom_client_authorities)
    if files is None:
        check_plain(settings.dicom_host, allowed=settings.dicom_allow_plain)
    profiles = {profile for profile in settings.dicom_scanners.values() if profile is not None}
    if unknown := sorted(profiles - set(reader.profiles)):
        known = ", ".join(sorted(reader.profiles))
        raise NotFound(
            f"dicom_scanners names a scanner profile {unknown[0]!r}, which there is not.",
            remedy=f"Known profiles: {known}.",
        )
    network = Network(
        host=settings.dicom_host,
        port=settings.dicom_port,
        ae_title=settings.dicom_ae_title,
        tls=server_context(files) if files is not None else None,
        scanners=settings.dicom_scanners,
        max_associations=settings.dicom_max_associations,
        idle_seconds=settings.dicom_idle_seconds,
    )
    return DicomListener(network, arrivals, settings.data_dir / "incoming", max_bytes=reader.limits.max_bytes)


@dataclass(frozen=True)
class Watched:
    """A folder that is watched for scans: as which way they come, and where its moves are remembered."""

    folder: Path
    origin: Literal["folder", "s3"]
    moving: Path
    quiet_seconds: float
    keep_taken: bool = True


def _inbox_watch(
    watched: Watched, store: Store, reader: Reader, wake: Callable[[], None], stop: threading.Event
) -> Callable[[], bool]:
    def accept(files: ScanFiles, path: str) -> None:
        store.intake.accept_scan(files, origin=watched.origin, name=path)
        wake()

    def accept_declaration(data: bytes, path: str) -> None:
        store.intake.accept_declaration(data, origin=watched.origin, name=path)
        wake()

    def refuse(path: Path, name: str, kept_at: str, error: TallyscanError) -> None:
        if not isinstance(error, InvalidDeclaration):  # that one is in quarantine with its bytes
            store.intake.refuse_file(
                path, error, origin=watched.origin, kind=kind_of(path), name=name, kept_at=kept_at
            )

    watched.folder.mkdir(parents=True, exist_ok=True)  # once: a share that is away must not be made anew

    inbox = Inbox(
        watched.folder,
        accept,
        accept_declaration,
        refuse,
        moving=watched.moving,
        limits=reader.limits,
        quiet_seconds=watched.quiet_seconds,
        profile_of=profile_by_folder(watched.folder, reader.profiles, reader.deliveries),
        keep_taken=watched.keep_taken,
    )
    return partial(inbox.look, stop)


def _s3_loops(
    url: str,
    settings: Settings,
    store: Store,
    reader: Reader,
    wake: Callable[[], None],
    stop: threading.Event,
) -> tuple[Loop, Loop]:
    """One fetches into a folder in the data folder, the other one takes from there."""
    prefix = S3Prefix(url, settings.inbox_s3_endpoint, allow_plain=settings.inbox_s3_allow_plain)
    folder = settings.data_dir / "s3_inbox"

    def refuse(found: S3Object, error: TallyscanError) -> None:
        name = printable(found.name)
        store.intake.refuse_elsewhere(
            error,
            origin="s3",
            kind=kind_of(Path(found.name)),
            name=name,
            kept_at=prefix.url_of(name),
            size_bytes=found.size_bytes,
        )

    inbox = S3Inbox(
        prefix,
        S3Spool(folder, prefix, reader.limits, stop),
        TakenObjects(store.database, prefix.bucket, prefix.prefix),
        refuse,
        poll_seconds=settings.inbox_s3_poll_seconds,
        quiet_seconds=settings.inbox_quiet_seconds,
        patience_seconds=settings.inbox_s3_patience_seconds,
        stop=stop,
        profile_of=profile_by_folder(folder, reader.profiles, reader.deliveries),
    )
    moving = settings.data_dir / "s3_inbox-moving.json"
    spool = Watched(folder, "s3", moving, _SPOOL_QUIET_SECONDS, keep_taken=False)
    return (
        Loop("inbox_s3", inbox.poll, idle_seconds=_IDLE_SECONDS),
        Loop("inbox_s3_folder", _inbox_watch(spool, store, reader, wake, stop), idle_seconds=_IDLE_SECONDS),
    )
