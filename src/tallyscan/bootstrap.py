"""Puts the service together: the only module that names the real adapters."""

import fcntl
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.orm import Session

from tallyscan.access.access import Access, access_at_provider, access_to
from tallyscan.acquire.decode_pool import DecodePool
from tallyscan.acquire.dicom_tls import is_loopback
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.pool_process import Allowance
from tallyscan.acquire.read_sidecar import sidecar_reader
from tallyscan.acquire.views import views_reader
from tallyscan.admission import AdmissionControl
from tallyscan.audit_key import audit_key
from tallyscan.calibrate.profile import ScannerProfile, deliveries_of, load_profiles
from tallyscan.centre import Centre
from tallyscan.declaration import ReadDeclarations
from tallyscan.declare.declarations import read_declarations
from tallyscan.declare.mappings import load_mappings
from tallyscan.desk import Desk
from tallyscan.detect.card import active_model_dir, find_model, read_model
from tallyscan.detect.detector import Detector
from tallyscan.detect.model_manifest import sign_manifest
from tallyscan.detect.onnx_references import check_whole
from tallyscan.disposer import Disposer
from tallyscan.errors import Conflict, NotFound, TallyscanError, Unavailable
from tallyscan.examine.kept_image import KeptImages
from tallyscan.finding import ModelIdentity
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, Nomenclature, parse_nomenclature
from tallyscan.join.change import JoinChange
from tallyscan.observe.endpoint import watched_at
from tallyscan.observe.gauges import Gauges
from tallyscan.observe.measured_blobs import MeasuredBlobs
from tallyscan.observe.meters import Meters
from tallyscan.observe.readiness import Check, Readiness, Ready, check_free, check_loops
from tallyscan.observe.tracing import Tracer, open_tracer, scan_of
from tallyscan.pipeline import Calibrator, Reader
from tallyscan.pressure import Capacity
from tallyscan.profile_book import ProfileBook
from tallyscan.receivers import Receivers
from tallyscan.reconcile.rules import RULES
from tallyscan.recorder import Recorder
from tallyscan.report.join_event import join_event
from tallyscan.report.outbox import Relay
from tallyscan.report.quarantine_event import quarantine_event
from tallyscan.report.sinks import TAKE_EVENTS, open_centre, open_sinks, sinks_named
from tallyscan.rereader import Rereader
from tallyscan.risk_profile import Stage
from tallyscan.secret_file import key_in
from tallyscan.selection_key import selection_key
from tallyscan.selector import Reconsideration, Selector
from tallyscan.settings import Settings
from tallyscan.signature import read_private_key, read_public_keys
from tallyscan.store.audited_start import signed_head_of, tell_start
from tallyscan.store.blob_cache import CachedBlobs
from tallyscan.store.blobs import Blobs, FolderBlobs, check_folder
from tallyscan.store.blobs_s3 import S3Blobs
from tallyscan.store.database import Database, make_folder, open_database, open_to_read
from tallyscan.store.database_check import check_database
from tallyscan.store.intake import Arrival, Intake
from tallyscan.store.joins import Joins
from tallyscan.store.outbox_rows import FILE, OutboxRows, put_event, waiting_for
from tallyscan.store.pseudonyms import KEY_BYTES, Pseudonyms, pseudonyms_in
from tallyscan.store.quarantine import TellsQuarantine
from tallyscan.store.queries import QuarantineView
from tallyscan.store.queue_rows import renew_some, renewals_waiting
from tallyscan.store.retention import Kept, Retention
from tallyscan.store.shared_keys import Shared, check_shared
from tallyscan.store.turn import AdvisoryTurn, AlwaysMine, Turn
from tallyscan.store.work_queue import DatabaseQueue
from tallyscan.web.rates import Rates
from tallyscan.web.service import Service
from tallyscan.web.watchers import Watchers
from tallyscan.worker import Loop, Worker

if TYPE_CHECKING:
    from tallyscan.store.job_queue import JobQueue

_log = structlog.get_logger(__name__)
_IDLE_SECONDS = 0.5
_HELLO_SECONDS = 15.0
_SPOOL_QUIET_SECONDS = 0.4  # what is fetched comes whole
_PATIENCE_SECONDS = 20.0
_RETENTION_SECONDS = 300.0
_RENEWED_AT_ONCE = 20  # while they are written nothing else can be kept


@dataclass(frozen=True)
class Store:
    """Database, bytes, the two ways in and on, and how scans find their consignments."""

    database: Database
    blobs: Blobs
    intake: Intake
    joins: Joins
    queue: "DatabaseQueue | JobQueue"
    selector: Selector
    meters: Meters
    tracer: Tracer


@dataclass(frozen=True)
class Archive:
    """What a store holds, to be read and never changed."""

    database: Database
    blobs: Blobs


@contextmanager
def open_reader(
    settings: Settings, profile_name: str | None = None, meters: Meters | None = None
) -> Iterator[Reader]:
    """A reader that decodes in processes of their own, ended with it. Raises as `load_reader`, and `Unavailable`."""
    with _pool(settings, meters) as pool:
        reader = load_reader(settings, profile_name)  # while the processes load their libraries
        pool.wait_until_warm()
        yield replace(reader, decode=pool.decode)


@contextmanager
def open_recorded_reader(
    settings: Settings, model: ModelIdentity, runtime: Mapping[str, str | int | float]
) -> Iterator[Reader]:
    """The same with the model of a reading on record, run as it was then. Raises `NotFound` without that model."""
    as_recorded: dict[str, str | int | float] = {}
    if "threads" in runtime:
        as_recorded["inference_threads"] = runtime["threads"]
    if "whole_image_megapixels" in runtime:
        as_recorded["whole_image_megapixels"] = runtime["whole_image_megapixels"]
    model_dir = find_model(settings.models_dir, model)
    with _pool(settings) as pool:
        reader = load_reader(settings.model_copy(update=as_recorded), model_dir=model_dir)
        pool.wait_until_warm()
        yield replace(reader, decode=pool.decode)


@contextmanager
def open_calibrator(settings: Settings, profile_name: str | None = None) -> Iterator[Calibrator]:
    """The same as far as the scan in physical units, and without a model."""
    with _pool(settings) as pool:
        profiles, limits = _known_profiles(settings, profile_name), _limits(settings)
        pool.wait_until_warm()
        yield Calibrator(profiles, profile_name, limits, pool.decode)


def load_reader(settings: Settings, profile_name: str | None = None, model_dir: Path | None = None) -> Reader:
    """Profiles and model, the active one unless another is named, loaded once; it decodes in this process, which is for
    files that are trusted.

    Raises `ModelContractError`, or `NotFound` for an unknown profile.
    """
    profiles = _known_profiles(settings, profile_name)
    detector = Detector.load(
        model_dir or active_model_dir(settings.models_dir),
        settings.inference_threads,
        settings.whole_image_megapixels,
        model_keys(settings),
    )
    return Reader(
        profiles,
        profile_name,
        detector,
        _limits(settings),
        read_declarations=declaration_reader(settings),
        nomenclature=load_nomenclature(settings),
    )


def model_keys(settings: Settings) -> tuple[Ed25519PublicKey, ...]:
    """The keys of those whose models are used; none where every model is. Raises `TallyscanError`."""
    return read_public_keys(settings.model_keys) if settings.model_keys is not None else ()


def sign_model(settings: Settings, folder: Path | None, key: Path) -> tuple[Path, str]:
    """Sign the model of a folder, the active one unless one is named; the folder and the id of the key.

    Raises `ModelContractError` for a model that does not fit its card.
    """
    model_dir = folder or active_model_dir(settings.models_dir)
    check_whole(read_model(model_dir).model)
    return model_dir, sign_manifest(model_dir, read_private_key(key))


def signer_of_model(settings: Settings, folder: Path | None) -> tuple[Path, str | None]:
    """The folder of a model, and the id of the trusted key that signed it. Raises `ModelContractError`."""
    model_dir = folder or active_model_dir(settings.models_dir)
    found = read_model(model_dir, model_keys(settings))
    check_whole(found.model)
    return model_dir, found.signed_by


def declaration_reader(settings: Settings) -> ReadDeclarations:
    """Reads declarations in every format. Raises `TallyscanError` where the mappings of the site are wrong."""
    most_bytes = round(settings.max_declaration_megabytes * 1e6)
    return partial(read_declarations, mappings=load_mappings(settings.declaration_mappings, most_bytes))


def load_nomenclature(settings: Settings) -> Nomenclature:
    """The codes that were imported, chapters alone where none were. Raises `TallyscanError`."""
    try:
        return parse_nomenclature(settings.nomenclature_file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):  # no data folder: there is nothing to be found in it
        return CHAPTERS_ONLY
    except (OSError, ValueError) as error:
        raise TallyscanError(
            f"{settings.nomenclature_file} cannot be used: {error}.",
            remedy="Import it again: tallyscan declare import-hs.",
        ) from error


def _pool(settings: Settings, meters: Meters | None = None) -> DecodePool:
    allowance = Allowance(
        memory_bytes=round(settings.decode_memory_megabytes * 1e6),
        seconds=settings.decode_seconds,
        seconds_per_megabyte=settings.decode_seconds_per_megabyte,
    )
    return DecodePool(
        settings.decode_processes, allowance, told=meters.decode_failed if meters else lambda _: None
    )


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
def open_store(settings: Settings, meters: Meters | None = None) -> Iterator[Store]:
    """The store in the data folder, made where there is none; what a dead process had claimed waits again, on many
    machines once it has been silent for a while.

    What happens is counted in `meters`, and traced where the settings say so.
    """
    meters = meters or Meters()
    make_folder(settings.data_dir)  # also where database, bytes and keys are elsewhere
    database = open_database(settings.database_address, meters.waited_to_write)
    queue = tracer = None
    try:
        tracer = open_tracer(settings.otel_endpoint)
        check_shared(database, shared_keys(settings))
        blobs = MeasuredBlobs(open_blobs(settings), meters)
        queue = _queue(settings, database)
        selector = _selector(settings)
        joins = Joins(timedelta(days=settings.join_window_days), _tells_joins(settings, selector))
        deliveries = deliveries_of(_profiles(settings))
        intake = Intake(
            database,
            blobs,
            joins=joins,
            read_sidecar=sidecar_reader(deliveries),
            read_views=views_reader(deliveries),
            tells_quarantine=_tells_quarantine(settings, meters),
            arrived=partial(_tells_arrival, meters, tracer),
            on_declared=selector.before_scan,
            read_declarations=declaration_reader(settings),
            nomenclature=selector.nomenclature,
        )
        yield Store(database, blobs, intake, joins, queue, selector, meters, tracer)
    finally:
        if queue is not None:
            queue.close()
        if tracer is not None:
            tracer.close()
        database.close()


def open_blobs(settings: Settings) -> Blobs:
    """The bytes of scans: a folder in the data folder, or a bucket with copies there. Raises `TallyscanError`."""
    if settings.blobs_url is None:
        return FolderBlobs(settings.data_dir / "blobs")
    blobs = S3Blobs(
        settings.blobs_url,
        settings.blobs_s3_endpoint,
        allow_plain=settings.blobs_s3_allow_plain,
        encryption=settings.blobs_s3_encryption,
        kms_key=settings.blobs_s3_kms_key,
        authorities=settings.blobs_s3_authorities,
    )
    if not settings.blob_cache_megabytes:
        return blobs
    return CachedBlobs(blobs, settings.data_dir / "blob_cache", round(settings.blob_cache_megabytes * 1e6))


def check_blobs(settings: Settings) -> None:
    """Raises `Unavailable` where the store of bytes does not answer, or its folder keeps nothing."""
    if settings.blobs_url is None:
        check_folder(settings.data_dir / "blobs")
    else:
        next(open_blobs(settings).keys(), None)


def load_pseudonyms(settings: Settings) -> Pseudonyms:
    """With the key of the settings, or that in the data folder, which is made there once. Raises `TallyscanError`."""
    if settings.pseudonym_key is not None:
        return Pseudonyms(settings.pseudonym_key.get_secret_value().encode())
    if settings.pseudonym_key_file is not None:
        return Pseudonyms(key_in(settings.pseudonym_key_file, "pseudonym_key_file", KEY_BYTES))
    return pseudonyms_in(settings.data_dir / "pseudonym.key")


def shared_keys(settings: Settings) -> dict[Shared, bytes]:
    """What this machine has of what all machines on one database must have alike. Raises `TallyscanError`."""
    try:
        nomenclature = settings.nomenclature_file.read_bytes()
    except OSError:  # none was imported; `load_nomenclature` says it where one cannot be read
        nomenclature = b""
    return {
        "pseudonyms": load_pseudonyms(settings).key,
        "selection": selection_key(settings),
        "audit": audit_key(settings).public_key().public_bytes_raw(),
        "nomenclature": nomenclature,
    }


def _queue(settings: Settings, database: Database) -> "DatabaseQueue | JobQueue":
    lease_seconds, max_attempts = settings.worker_lease_seconds, settings.max_attempts
    if settings.on_many_machines:
        from tallyscan.store.job_queue import JobQueue

        return JobQueue(
            database,
            settings.database_address,
            lease_seconds=lease_seconds,
            max_attempts=max_attempts,
            heartbeat_seconds=settings.worker_heartbeat_seconds,
        )
    queue = DatabaseQueue(database, lease_seconds=lease_seconds, max_attempts=max_attempts)
    queue.return_claims_of_the_dead()
    return queue


@contextmanager
def open_access(settings: Settings) -> Iterator[Access]:
    """Accounts and keys in the data folder, which is made where there is none; also while a service runs on it."""
    database = open_database(settings.database_address)
    try:
        yield access_to(database, settings)
    finally:
        database.close()


@contextmanager
def open_existing(settings: Settings) -> Iterator[Database]:
    """The database alone, also while a service runs on it. Raises `NotFound` where there is none."""
    address = settings.database_address
    if not settings.on_many_machines and not Path(address.database or "").exists():
        raise NotFound(
            f"There is no database in {settings.data_dir}.", remedy="Name the data folder: --data."
        )
    database = open_database(address)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def open_to_migrate(settings: Settings) -> Iterator[Database]:
    """The database, made where there is none, and brought up to date."""
    with closing(open_database(settings.database_address)) as database:
        yield database


def check_data_dir(settings: Settings) -> None:
    """Raises `NotFound` where there is none."""
    if not settings.data_dir.is_dir():
        raise NotFound(f"There is no data folder {settings.data_dir}.", remedy="Name it with --data.")


@contextmanager
def open_archive(settings: Settings) -> Iterator[Archive]:
    """The store as it is, whether a service runs on it or not. Raises `NotFound` where there is none."""
    check_data_dir(settings)
    database = open_to_read(settings.database_address)
    try:
        yield Archive(database, open_blobs(settings))
    finally:
        database.close()


def _tells_joins(settings: Settings, selector: Selector) -> Callable[[Session, JoinChange], None]:
    """What a scan left is judged without it; what it came to, when it is read there."""
    source, sinks = settings.event_source, sinks_named(settings)

    def tell(session: Session, change: JoinChange) -> None:
        put_event(session, join_event(change, source=source), sinks)
        if change.change == "moved_away":
            selector.after_scan(session, change.consignment, change.at)

    return tell


def _selector(settings: Settings) -> Selector:
    shares: dict[Stage, float] = {
        "before_scan": settings.random_scan_share,
        "after_scan": settings.random_open_share,
    }
    return Selector(
        selection_key(settings),
        shares,
        settings.event_source,
        sinks_named(settings),
        nomenclature=load_nomenclature(settings),
    )


def profile_book(store: Store) -> ProfileBook:
    """The book of risk profiles in the store."""
    return ProfileBook(store.database, tuple(RULES), store.selector.key, store.selector.nomenclature)


def _tells_quarantine(settings: Settings, meters: Meters) -> TellsQuarantine:
    source, sinks = settings.event_source, sinks_named(settings)

    def tell(session: Session, entry: QuarantineView) -> None:
        put_event(session, quarantine_event(entry, source=source), sinks)
        meters.refused(entry.origin, entry.code)

    return tell


def _tells_arrival(meters: Meters, tracer: Tracer, arrival: Arrival) -> None:
    _log.info("arrived", scan=arrival.scan_id, new=arrival.new, way=arrival.origin)
    if arrival.new:
        meters.received(arrival.origin, arrival.scanner)
        tracer.arrived(arrival.scan_id, arrival.seconds, {"tallyscan.way": arrival.origin})


def _tells_send(
    meters: Meters, tracer: Tracer, sink: str, event: Mapping[str, Any], outcome: str, seconds: float
) -> None:
    _log.info("sent", sink=sink, outcome=outcome, event_id=event.get("id"), scan=scan_of(event))
    meters.sent(sink, outcome, seconds)
    tracer.sent(event, seconds, {"tallyscan.sink": sink, "tallyscan.outcome": outcome})


def worker_of(store: Store, reader: Reader, settings: Settings) -> Worker:
    """A worker on the store; that it begins, and with which settings and model, is in the audit."""
    tell_start(store.database, settings, reader.detector.identity)
    return Worker(
        store.database,
        store.blobs,
        store.queue,
        reader,
        store.joins,
        source=settings.event_source,
        pseudonyms=load_pseudonyms(settings),
        sinks=sinks_named(settings),
        use_learnt_air=settings.use_learnt_air,
        selector=store.selector,
        desk=desk_of(store, settings),
        meters=store.meters,
        tracer=store.tracer,
    )


def rereader_of(store: Store, reader: Reader, settings: Settings, turn: Turn) -> Rereader:
    """What reads archives with other models, beside a `reader` of which it uses the decoding processes."""

    def open_model(model: ModelIdentity) -> Reader:
        other = load_reader(settings, model_dir=find_model(settings.models_dir, model))
        return replace(other, decode=reader.decode)

    lease = timedelta(seconds=settings.worker_lease_seconds)
    return Rereader(store.database, store.blobs, open_model, turn, lease, settings.max_attempts)


def desk_of(store: Store, settings: Settings) -> Desk:
    """Who reads which scan, with the shares of the settings."""
    return Desk(
        store.selector.key,
        blind_share=settings.blind_first_share,
        second_share=settings.second_reader_share,
        claim_seconds=settings.desk_claim_seconds,
        days=settings.desk_days,
    )


Deliver = Callable[[], int]
"""Delivers what is due at one sink, where that is for this process to do; gives how many events arrived."""


def centre_of(store: Store, settings: Settings) -> Centre:
    """What crossing points report to."""
    return Centre(
        store.database,
        settings.event_source,
        settings.crossing_points,
        passes_on=[name for name in sinks_named(settings) if name in TAKE_EVENTS],
        on_risk=store.selector.after_scan,
    )


def _hello_loops(settings: Settings, store: Store, turn: Turn) -> list[Loop]:
    """Tells the centre, where there is one, that we are here and what waits for it."""
    centre = open_centre(settings)
    if centre is None:
        return []

    def hello() -> bool:
        with store.database.read() as session:
            waiting, since = waiting_for(session, "centre")
        with suppress(Unavailable):  # the relay tells of it
            centre.hello(settings.event_source, waiting, since)
        return False

    return [Loop("centre", in_turn(turn, hello), idle_seconds=_HELLO_SECONDS)]


@contextmanager
def sole_relays(store: Store, settings: Settings) -> Iterator[dict[str, Deliver]]:
    """What delivers events, to each sink by itself; nothing while another process serves the data folder. On many
    machines each sink is that of one process at a time.

    The lock ends with the process, however that ends.
    """
    with ExitStack() as held:
        lock = held.enter_context((settings.data_dir / "relay.lock").open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield {}
            return
        relays: dict[str, Deliver] = {}
        signed = partial(signed_head_of, store.database, audit_key(settings))
        for name, sink in open_sinks(settings).items():
            turn = held.enter_context(closing(_turn(settings, f"relay {name}")))
            told = partial(_tells_send, store.meters, store.tracer, name)
            relay = Relay(OutboxRows(store.database, name), sink, told=told, audit_head=signed)
            relays[name] = in_turn(turn, relay.deliver_due)
        yield relays


def _turn(settings: Settings, what: str) -> Turn:
    return AdvisoryTurn(settings.database_address, what) if settings.on_many_machines else AlwaysMine()


def in_turn(turn: Turn, step: Callable[[], int]) -> Callable[[], int]:
    """The step while the turn is ours, nothing while it is not."""
    return lambda: step() if turn.is_mine() else 0


def deliver_events(store: Store, settings: Settings) -> None:
    """Tell what happened, once; a process that serves the same data folder does so anyway."""
    with sole_relays(store, settings) as relays:
        for deliver in relays.values():
            while deliver():
                pass


@contextmanager
def running(settings: Settings, store: Store, reader: Reader) -> Iterator[Service]:
    """The service at work: reads, tells, and watches the inbox when there is one; all ended at the end."""
    with (
        sole_relays(store, settings) as relays,
        closing(_turn(settings, "upkeep")) as upkeep,
        closing(_turn(settings, "archive")) as archive,
    ):
        if not relays:
            raise Conflict(
                f"Another process serves the data folder {settings.data_dir}.",
                remedy="Choose another --data.",
            )
        yield from _running(settings, store, reader, relays, upkeep, archive)


@contextmanager
def working(settings: Settings, store: Store, reader: Reader) -> Iterator[Callable[[], Ready]]:
    """A worker at work: reads what waits, and looks after the queue where no other does; what it reads at the end comes
    to its end, as long as a claim lasts. Gives what says whether it can do its work.
    """
    with closing(_turn(settings, "upkeep")) as upkeep, closing(_turn(settings, "archive")) as archive:
        reading = _reading_loop(settings, store, reader, admission_of(store, settings), archive)
        loops = [reading, *_upkeep_loops(settings, store, upkeep)]
        runs = partial(_which_run, loops)
        gauges = Gauges(store.database, settings.data_dir, reader.detector.identity, loops=runs)
        store.meters.registry.register(gauges)
        for loop in loops:
            loop.start()
        try:
            yield Readiness(readiness_checks(settings, runs))
        finally:
            store.meters.registry.unregister(gauges)
            for loop in loops:
                loop.stop(settings.worker_lease_seconds if loop is reading else _PATIENCE_SECONDS)


def _reading_loop(
    settings: Settings, store: Store, reader: Reader, admission: AdmissionControl, archive: Turn
) -> Loop:
    worker, rereader = worker_of(store, reader, settings), rereader_of(store, reader, settings, archive)

    def read_next() -> bool:
        """What arrived, and of an archive only while nothing of that waits."""
        return admission.may_read() and (worker.read_next() is not None or rereader.read_next())

    loop = Loop("worker", read_next, idle_seconds=_IDLE_SECONDS)
    store.queue.call_when_there_is_work(loop.wake)
    return loop


def _upkeep_loops(settings: Settings, store: Store, turn: Turn) -> list[Loop]:
    """What one process does for all."""
    again = Reconsideration(store.database, store.selector, within=timedelta(days=settings.selection_days))
    loops = [
        Loop("selection", in_turn(turn, again.step), idle_seconds=_IDLE_SECONDS),
        Loop("queue", in_turn(turn, partial(_renew_queue, store.database)), idle_seconds=_IDLE_SECONDS),
        *_hello_loops(settings, store, turn),
    ]
    if settings.retain_images_days is not None or settings.retain_parties_days is not None:
        due = retention_of(settings, store.database, store.blobs)
        loops.append(Loop("retention", in_turn(turn, due.step), idle_seconds=_RETENTION_SECONDS))
    if not isinstance(store.queue, DatabaseQueue):
        look = in_turn(turn, store.queue.look_after)
        loops.append(Loop("jobs", look, idle_seconds=settings.worker_heartbeat_seconds))
    return loops


def retention_of(settings: Settings, database: Database, blobs: Blobs) -> Retention:
    """What deletes what is due by the settings."""
    days = (settings.retain_images_days, settings.retain_parties_days)
    images, parties = (timedelta(days=each) if each is not None else None for each in days)
    return Retention(database, blobs, Kept(images, parties))


def _running(
    settings: Settings, store: Store, reader: Reader, relays: dict[str, Deliver], upkeep: Turn, archive: Turn
) -> Iterator[Service]:
    access = _access(store.database, settings)
    _clear_half_uploads(settings.data_dir / "incoming")
    admission = admission_of(store, settings)
    worker = _reading_loop(settings, store, reader, admission, archive) if settings.read_here else None
    wake = worker.wake if worker is not None else lambda: None
    receivers = Receivers(settings, store.database, store.intake, admission, reader, wake)
    loops = [
        *([worker] if worker is not None else []),
        *(_relay_loop(name, deliver) for name, deliver in relays.items()),
        *_upkeep_loops(settings, store, upkeep),
        *receivers.loops,
    ]
    desk = desk_of(store, settings)
    watchers = Watchers(settings.live_watchers)
    runs = partial(_which_run, loops)
    ready = Readiness(readiness_checks(settings, runs))
    gauges = Gauges(
        store.database,
        settings.data_dir,
        reader.detector.identity,
        loops=runs,
        watchers=lambda: watchers.count,
    )
    store.meters.registry.register(gauges)
    for loop in loops:
        loop.start()
    try:
        yield Service(
            database=store.database,
            blobs=store.blobs,
            intake=store.intake,
            joins=store.joins,
            recorder=Recorder(
                store.database,
                settings.event_source,
                sinks_named(settings),
                control_codes=settings.control_result_codes,
                on_risk=store.selector.after_scan,
                desk=desk,
                decided=store.meters.decided,
            ),
            disposer=Disposer(store.database, settings.event_source, sinks_named(settings), desk=desk),
            desk=desk,
            contact_points=settings.contact_points,
            incoming_dir=settings.data_dir / "incoming",
            max_bytes=reader.limits.max_bytes,
            models_dir=settings.models_dir,
            model=reader.detector.identity,
            wake=wake,
            stopped_parts=lambda: tuple(name for name, running in runs().items() if not running),
            ready=ready,
            meters=store.meters,
            tracer=store.tracer,
            arrivals=receivers.arrivals,
            dicom_port=receivers.dicom_port,
            profiles=profile_book(store),
            selection_days=settings.selection_days,
            watchers=watchers,
            images=KeptImages(store.blobs),
            centre=centre_of(store, settings),
            silent_minutes=settings.crossing_point_silent_minutes,
            admission=admission,
            nomenclature=store.selector.nomenclature,
            max_declaration_bytes=round(settings.max_declaration_megabytes * 1e6),
            rates=Rates(settings.requests_per_second, settings.costly_requests_per_second),
            access=access,
        )
    finally:
        store.meters.registry.unregister(gauges)
        receivers.end()
        for loop in loops:
            loop.stop(_PATIENCE_SECONDS)
        receivers.close()
        if access is not None and access.at_provider is not None:
            access.at_provider.close()


def _access(database: Database, settings: Settings) -> Access | None:
    if settings.sign_in == "none":
        return None
    return (access_at_provider if settings.sign_in == "oidc" else access_to)(database, settings)


def _which_run(loops: Sequence[Loop]) -> dict[str, bool]:
    return {loop.name: loop.runs for loop in loops}


def readiness_checks(settings: Settings, loops: Callable[[], Mapping[str, bool]]) -> dict[str, Check]:
    """What must work, in the order in which it is looked at; the model is loaded before anything is served."""
    return {
        "database": lambda: check_database(settings.database_address),
        "blobs": lambda: check_blobs(settings),
        "disk": lambda: check_free(
            shutil.disk_usage(settings.data_dir).free, round(settings.disk_least_free_megabytes * 1e6)
        ),
        "loops": lambda: check_loops(loops()),
    }


@contextmanager
def watched(
    settings: Settings, meters: Meters, ready: Callable[[], Ready]
) -> Iterator[tuple[str, int] | None]:
    """The address for those who watch this process, where the settings say so; given while it is served.

    Raises `Conflict` where it is taken, or open to strangers.
    """
    if settings.metrics_port is None:
        yield None
        return
    if not settings.metrics_allow_plain and not is_loopback(settings.metrics_host):
        raise Conflict(
            f"Metrics at {settings.metrics_host} would be open to whoever reaches it.",
            remedy="Let 127.0.0.1 serve them, or, where something else keeps strangers out, set "
            "TALLYSCAN_METRICS_ALLOW_PLAIN=true.",
        )
    with watched_at(settings.metrics_host, settings.metrics_port, meters.registry, ready) as port:
        yield settings.metrics_host, port


def _clear_half_uploads(incoming: Path) -> None:
    """What was on its way in when a process was killed: nobody was told that it is kept."""
    for folder in (*incoming.glob("upload-*"), *incoming.glob("stow-*")):
        shutil.rmtree(folder, ignore_errors=True)


def admission_of(store: Store, settings: Settings) -> AdmissionControl:
    """What is let in, by the settings."""
    capacity = Capacity(
        max_waiting_scans=settings.max_waiting_scans,
        max_waiting_bytes=settings.max_waiting_megabytes * 1e6,
        high_risk_share=settings.high_risk_places,
        disk_reserve_bytes=settings.disk_reserve_megabytes * 1e6,
        disk_low_bytes=settings.disk_low_megabytes * 1e6,
    )
    incoming = settings.data_dir / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    folders = (settings.data_dir, settings.data_dir / "blobs", incoming)
    return AdmissionControl(store.database, [each for each in folders if each.is_dir()], capacity)


def _renew_queue(database: Database) -> bool:
    """Writes some lines of the queue that wait for it; whether there were any."""
    with database.read() as session:
        waiting = renewals_waiting(session)
    if waiting:
        with database.write() as session:
            renew_some(session, _RENEWED_AT_ONCE)
    return waiting > 0


def _relay_loop(sink: str, deliver: Deliver) -> Loop:
    name = "relay" if sink == FILE else f"relay_{sink}"
    return Loop(name, deliver, idle_seconds=_IDLE_SECONDS)
