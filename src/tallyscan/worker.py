"""The worker takes scans from the queue, reads them, and saves reading, risk record and event in one go."""

import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import Protocol

import structlog
from sqlalchemy.orm import Session
from structlog.contextvars import bound_contextvars

from tallyscan.acting import Actor, act_as
from tallyscan.calibrate.learn_air import learn
from tallyscan.desk import Desk
from tallyscan.doors import Doors
from tallyscan.errors import Conflict, InputError, StoreAway, TallyscanError, Unavailable
from tallyscan.examine.expected_image import expected_tiff
from tallyscan.examine.pyramid import pyramid_tiff
from tallyscan.integrity.checks import check_integrity
from tallyscan.integrity.evidence import Evidence
from tallyscan.known_consignment import KnownConsignment
from tallyscan.known_machine import KnownMachine
from tallyscan.observe.meters import Meters
from tallyscan.observe.tracing import Tracer
from tallyscan.pipeline import Reader, ReadResult, unread_reading
from tallyscan.reading import PartOfWhole, Reading
from tallyscan.reconcile.vehicle_cab import doors_by_cab
from tallyscan.report.expected_picture import expected_picture
from tallyscan.report.indicators import reused_image
from tallyscan.report.page import report_page
from tallyscan.report.picture import annotated_picture, thumbnail
from tallyscan.report.risk_update import risk_update
from tallyscan.report.scanner_event import scanner_event
from tallyscan.report.tone import tone
from tallyscan.report.upright_picture import upright_image
from tallyscan.risk import RiskIndicator
from tallyscan.scan import Scan
from tallyscan.selector import Selector
from tallyscan.store.blobs import Blobs
from tallyscan.store.claimant import short_name
from tallyscan.store.database import Database
from tallyscan.store.fingerprints import PictureIndex, put_fingerprint
from tallyscan.store.incoming import weighed_masses
from tallyscan.store.joins import Joins
from tallyscan.store.known_units import TradeIndex, put_units
from tallyscan.store.learnt_airs import keep_open_air, learnt_of_scan, put_learnt
from tallyscan.store.other_units import other_units, read_waiting_again, rests_on_others
from tallyscan.store.outbox_rows import FILE, put_event
from tallyscan.store.parts import load_whole, put_parts
from tallyscan.store.pseudonyms import Pseudonyms
from tallyscan.store.readings import Shown, load_declaration, load_files, save_reading
from tallyscan.store.scan_memory import ScanMemory
from tallyscan.store.scanner_history import record_condition, watches_of_scan
from tallyscan.store.tables import ScanState
from tallyscan.store.unit_memory import UnitMemory
from tallyscan.store.work_queue import LONGEST_DELAY, Claim

_STORE_AWAY_SECONDS = 10.0  # not longer each time: it is the store that is asked, not the scan
_THUMBNAIL_WIDTH = 544

_log = structlog.get_logger(__name__)


class WorkQueue(Protocol):
    """Where the worker gets its scans from."""

    def claim(self) -> Claim | None:
        """The next scan, for this worker alone."""
        ...

    def put_back(self, claim: Claim, *, delay_seconds: float = 0.0, reason: str | None, counts: bool) -> None:
        """Not now: later, by whoever comes."""
        ...

    def done(self, claim: Claim) -> None:
        """Its reading is saved."""
        ...


class Worker:
    """Reads what waits. However it ends, a scan is never lost and never in the risk record twice."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        queue: WorkQueue,
        reader: Reader,
        joins: Joins,
        *,
        source: str,
        pseudonyms: Pseudonyms,
        sinks: Sequence[str] = (FILE,),
        use_learnt_air: bool = True,
        selector: Selector | None = None,
        desk: Desk | None = None,
        meters: Meters | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._tracer = tracer or Tracer()
        self._meters = meters or Meters()
        self._selector = selector
        self._desk = desk or Desk()
        self._database = database
        self._blobs = blobs
        self._queue = queue
        self._reader = reader
        self._joins = joins
        self._whole: _Whole | None = None
        self._owed: Callable[[], None] | None = None
        self._source = source
        self._pictures = PictureIndex(database)
        self._trades = TradeIndex(database)
        self._pseudonyms = pseudonyms
        self._sinks = sinks
        self._use_learnt_air = use_learnt_air

    def read_next(self) -> str | None:
        """Read the scan that is due first and give its id; None when nothing waits. Raises `Unavailable`."""
        self._give_back_what_is_owed()
        claim = self._queue.claim()
        if claim is None:
            self._whole = None
            return None
        with bound_contextvars(scan=claim.scan_id, consignment=claim.consignment):
            self._read_claimed(claim)
        return claim.scan_id

    def _read_claimed(self, claim: Claim) -> None:
        log = _log.bind(attempt=claim.attempts, worker=short_name())
        try:
            self._read_or_say_why_not(claim, log)
        except Conflict as error:
            log.info("read again", reason=error.reason)
            self._meters.put_back("changed")
            self._put_back(claim, reason=error.reason, counts=False)
        except StoreAway as error:
            log.warning("waits", reason=error.reason, delay_seconds=_STORE_AWAY_SECONDS)
            self._put_back(claim, delay_seconds=_STORE_AWAY_SECONDS, reason=error.reason, counts=False)
        except Unavailable as error:
            delay_seconds = min(2.0**claim.attempts, LONGEST_DELAY.total_seconds())
            log.warning("waits", reason=error.reason, delay_seconds=delay_seconds)
            self._meters.put_back("unavailable")
            self._put_back(claim, delay_seconds=delay_seconds, reason=error.reason, counts=True)

    def _read_or_say_why_not(self, claim: Claim, log: structlog.stdlib.BoundLogger) -> None:
        try:
            self._read(claim)
        except (Conflict, Unavailable):
            raise
        except InputError as error:
            log.warning("rejected", reason=error.reason)
            self._save_unread(claim, "rejected", error)
        except Exception as error:
            log.exception("failed")
            failure = (
                error
                if isinstance(error, TallyscanError)
                else TallyscanError(f"{type(error).__name__}: {error}.")
            )
            self._save_unread(claim, "dead", failure, traceback.format_exc())

    def _put_back(self, claim: Claim, *, delay_seconds: float = 0.0, reason: str, counts: bool) -> None:
        self._owed = partial(
            self._queue.put_back, claim, delay_seconds=delay_seconds, reason=reason, counts=counts
        )
        self._give_back_what_is_owed()

    def _give_back_what_is_owed(self) -> None:
        """Where the database is away, at the next look: else the scan would wait as long as a claim lasts."""
        if self._owed is not None:
            self._owed()
            self._owed = None

    def _read(self, claim: Claim) -> None:
        if claim.exhausted:
            last = f" The last time: {claim.last_reason}" if claim.last_reason else ""
            raise TallyscanError(
                f"Reading was tried {claim.attempts - 1} times and never finished.{last}",
                remedy="Mend the cause (lack of memory, if it ended the process), then replay the dead letter.",
            )
        cached = self._whole if self._whole and self._whole.is_of(claim) else None
        with self._database.read() as session:
            files = load_files(session, self._blobs, claim.part_of or claim.scan_id)
            declaration = load_declaration(session, claim.consignment, claim.declaration_version)
            weighed = weighed_masses(session, claim.consignment)
            machine = cached.machine if cached else self._machine_of(session, claim.scan_id)
            whole = load_whole(session, claim.part_of) if claim.part_of else None
            others = other_units(session, claim, declaration)
        reader = replace(self._reader, profile_name=claim.profile)  # whatever this process was started with
        result = reader.read(
            files if declaration is not None else reader.without_moved_declaration(files),
            name=claim.scan_id,
            declaration=declaration,
            declaration_version=claim.declaration_version,
            indicators=self._known_of(claim),
            memory=self._memory_of(claim),
            machine=machine,
            known=KnownConsignment(others, weighed),
            part=PartOfWhole(claim.unit, whole) if whole is not None and claim.unit is not None else None,
            calibrated=cached.scan if cached else None,
            units=UnitMemory(self._database, self._trades, self._pseudonyms, claim.scan_id),
        )
        _log.info(
            "read",
            status=result.reading.status,
            lane=result.reading.risk.lane,
            seconds=result.reading.seconds.total,
            worker=short_name(),
        )
        several = claim.part_of is not None or len(result.reading.containers) > 1
        self._whole = (
            _Whole.kept(claim, result.whole, machine) if several and result.whole is not None else None
        )
        start = perf_counter()
        self._save(claim, result, result.reading.status, self._shown(claim, result), start=start)

    def _save_unread(
        self, claim: Claim, state: ScanState, error: TallyscanError, trace: str | None = None
    ) -> None:
        reading = unread_reading(
            claim.scan_id,
            claim.sha256,
            "rejected" if state == "rejected" else "not_readable",
            error,
            detector=self._reader.detector,
            declaration=None,
            declaration_version=claim.declaration_version,
            indicators=self._known_of(claim),
            integrity=check_integrity(Evidence(memory=self._memory_of(claim))),
            view=claim.view,
        )
        self._save(
            claim, ReadResult(reading, None, None), state, Shown(), trace, start=perf_counter()
        )  # no page: making one may be what failed

    def _shown(self, claim: Claim, result: ReadResult) -> Shown:
        picture = small = expected = expected_image = upright = None
        if result.scan:
            grey = tone(result.scan)
            picture = annotated_picture(result.scan, result.reading, grey=grey)
            doors = result.scan.doors if result.scan.doors.end else self._doors_seen(result)
            upright = upright_image(result.scan, grey, doors, self._blobs.put)
            small = thumbnail(result.scan, result.reading, _THUMBNAIL_WIDTH, grey=grey)
            if result.expected:
                expected = expected_picture(result.scan, result.expected)
                expected_image = expected_tiff(result.expected, result.scan.height, result.scan.width)
        page = report_page(
            result.reading, result.declaration, picture, expected, consignment=claim.consignment
        )
        return Shown(
            picture_key=self._blobs.put(picture) if picture else None,
            thumbnail_key=self._blobs.put(small) if small else None,
            report_key=self._blobs.put(page.encode()),
            expected_key=self._blobs.put(expected) if expected else None,
            image_key=self._blobs.put(pyramid_tiff(result.image.pixels, result.image.facts))
            if result.image
            else None,
            expected_image_key=self._blobs.put(expected_image) if expected_image else None,
            upright=upright,
        )

    @staticmethod
    def _doors_seen(result: ReadResult) -> Doors:
        boxes = [unit.box for unit in result.reading.containers]
        return doors_by_cab(result.scan, boxes) if result.scan is not None else Doors()

    def _save(
        self,
        claim: Claim,
        result: ReadResult,
        state: ScanState,
        shown: Shown,
        trace: str | None = None,
        *,
        start: float,
    ) -> None:
        if (
            claim.part_of is None
        ):  # before the reading: its units may be of other consignments than this scan was
            units = result.sidecar.units if result.sidecar else ()
            with self._database.write() as session:
                put_parts(session, self._joins, claim.scan_id, result.reading, units, datetime.now(UTC))
        with self._database.write() as session:
            if rests_on_others(result.reading):
                _check_others(session, claim, result.reading)
            read_waiting_again(session, claim, result.reading)
            saved = save_reading(session, claim, result.reading, state=state, shown=shown, traceback=trace)
            put_fingerprint(session, claim.scan_id, result.fingerprint, _copied_from(result.reading))
            # Of several units in one image, each is a scan of its own and kept with that.
            several = claim.part_of is None and len(result.reading.containers) > 1
            put_units(session, claim.scan_id, () if several else result.units, self._pseudonyms)
            event = risk_update(
                result.reading,
                event_id=saved.reading_id,
                revision=saved.revision,
                supersedes=saved.supersedes,
                scan_id=claim.scan_id,
                reused_from=claim.reused_from,
                part_of=claim.part_of,
                unit=claim.unit,
                consignment=claim.consignment,
                entry=saved.entry,
                at=saved.at,
                source=self._source,
                declaration=result.declaration,
                sidecar=result.sidecar,
                reviews=saved.reviews,
            )
            put_event(session, event, self._sinks)
            if self._selector is not None and claim.consignment is not None:
                self._selector.after_scan(session, claim.consignment, saved.at)
            if saved.reviews:  # what was decided on an earlier reading may not agree with this one
                self._desk.settle(session, claim.scan_id, saved.at)
            self._watch_scanner(session, claim.scan_id, result)
        self._queue.done(claim)
        save_seconds = perf_counter() - start
        self._meters.read(
            state,
            result.reading,
            saved.scanner,
            save_seconds=save_seconds,
            since_arrival_seconds=saved.since_arrival_seconds,
        )
        about = {"tallyscan.status": state, "tallyscan.lane": result.reading.risk.lane}
        self._tracer.read(claim.scan_id, result.reading.seconds, save_seconds, about)

    def _watch_scanner(self, session: Session, scan_id: str, result: ReadResult) -> None:
        """What a scan shows of its scanner; a change is told."""
        shown = result.shows_scanner
        if shown is None:
            return
        for told in record_condition(session, scan_id, shown.condition):
            event = scanner_event(
                told.watch,
                told.change,
                event_id=told.id,
                device=told.device,
                sequence=told.sequence,
                scan_id=told.scan_id,
                at=told.at,
                source=self._source,
            )
            put_event(session, event, self._sinks)
            said = event["data"]["in_words"]
            _log.warning("scanner", device=told.device, change=told.change.kind, said=said)
        lesson = keep_open_air(session, scan_id, shown.open_air) if shown.open_air is not None else None
        if lesson is not None:
            put_learnt(session, learn(lesson.device, lesson.seen, lesson.version))

    def _machine_of(self, session: Session, scan_id: str) -> KnownMachine:
        learnt = learnt_of_scan(session, scan_id) if self._use_learnt_air else ()
        return KnownMachine(watches_of_scan(session, scan_id), learnt)

    def _memory_of(self, claim: Claim) -> ScanMemory:
        return ScanMemory(self._database, self._pictures, claim.part_of or claim.scan_id)

    def _known_of(self, claim: Claim) -> tuple[RiskIndicator, ...]:
        first = self._memory_of(claim).reused_from
        return (reused_image(first.scan_id, first.unit),) if first is not None else ()


@dataclass(frozen=True, eq=False)
class _Whole:
    """The calibrated scan that was read last, with what was known of its machine, kept for the cargo units in it, and
    for itself, if it is read again because they are not all of its consignment.
    """

    scan_id: str
    profile: str | None
    scan: Scan
    machine: KnownMachine

    @classmethod
    def kept(cls, claim: Claim, scan: Scan, machine: KnownMachine) -> "_Whole":
        """For the claims that come next."""
        return cls(claim.part_of or claim.scan_id, claim.profile, scan, machine)

    def is_of(self, claim: Claim) -> bool:
        """Whether that claim is of it, or of a part of it. A pitch that was measured may rest on the declaration: then
        the whole itself is calibrated anew.
        """
        if claim.part_of is None and self.scan.pitch_bounds is not None:
            return False
        return (self.scan_id, self.profile) == (claim.part_of or claim.scan_id, claim.profile)


def _check_others(session: Session, claim: Claim, reading: Reading) -> None:
    """Raises `Conflict` where more is known now of the other units than when the scan was claimed."""
    declaration = load_declaration(session, claim.consignment, claim.declaration_version)
    if other_units(session, claim, declaration) != reading.provenance.others:
        raise Conflict(f"Another unit of the consignment of scan {claim.scan_id} was read meanwhile.")


def _copied_from(reading: Reading) -> str | None:
    """The scan of which it shows the image under another number."""
    copied = (c for c in reading.integrity if c.check == "copied_image" and c.outcome == "differs")
    return next((check.other_scan for check in copied), None)


class Loop:
    """Calls `step` as long as it says that there was something to do, then waits to be woken.

    `step` must be short compared with the patience of whoever stops the loop.
    """

    def __init__(self, name: str, step: Callable[[], object], *, idle_seconds: float) -> None:
        self.name = name
        self.failure: str | None = None
        self._step = step
        self._idle_seconds = idle_seconds
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    def stop(self, patience_seconds: float) -> None:
        """Let the step that runs now come to its end, within patience, and end."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(patience_seconds)

    @property
    def runs(self) -> bool:
        """Whether it is alive and its last step did not fail."""
        return self._thread.is_alive() and self.failure is None

    def _run(self) -> None:
        act_as(Actor("process", self.name))
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                busy = bool(self._step())
                self.failure = None
            except Exception as error:  # noqa: BLE001 - the loop is the edge: logged, shown, tried again
                _log.exception("loop failed", loop=self.name)
                self.failure = repr(error)
                busy = False
            if not busy:
                self._wake.wait(self._idle_seconds)
