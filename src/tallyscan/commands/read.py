"""`tallyscan read`: files and folders in, readings out; with `--record` through the store."""

import hashlib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tallyscan.acquire.receive_path import FoundScan, KnownProfiles, find_scans, load, passed_over
from tallyscan.acquire.views import views_of
from tallyscan.bootstrap import Store, deliver_events, open_reader, open_store, worker_of
from tallyscan.commands.output import Outcome, free_stem, json_line, stored_outcome, write_outputs
from tallyscan.commands.table import print_table
from tallyscan.errors import InputError, NotFound, TallyscanError
from tallyscan.pipeline import Reader, unread_reading
from tallyscan.reading import Reading, Status
from tallyscan.report.expected_picture import expected_picture
from tallyscan.report.page import report_page
from tallyscan.report.picture import annotated_picture
from tallyscan.scan import ScanFiles
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.tables import WAITING
from tallyscan.worker import Worker

_POLL_SECONDS = 0.1

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ReadOptions:
    """What was asked for on the command line."""

    paths: list[Path]
    declaration: Path | None
    as_json: bool
    out: Path | None
    profile: str | None
    record: bool


def read(settings: Settings, options: ReadOptions, console: Console) -> int:
    """Read every scan that the paths name. 0 when all were read, 1 when some were not; all are printed."""
    for path in options.paths:
        if not path.exists():
            raise NotFound(f"There is no file or folder {path}.", remedy="Check the path.")
    declaration = _bytes_of(options.declaration) if options.declaration else None
    one_after_the_other = settings.model_copy(update={"decode_processes": 1})
    with open_reader(one_after_the_other, options.profile) as reader:
        return _read_all(settings, options, reader, declaration, console)


def _read_all(
    settings: Settings, options: ReadOptions, reader: Reader, declaration: bytes | None, console: Console
) -> int:
    found = _found(options.paths, reader)
    rows: list[tuple[str, str, Reading]] = []
    taken: set[str] = set()
    with _door(settings, options, reader) as door:
        for scan in _shown_progress(found):
            for outcome in _read_one(door, scan, declaration, reader):
                reading, view = outcome.reading, outcome.reading.provenance.view
                label = _label(scan, found) + (f", view {view}" if view else "")
                rows.append((label, outcome.declaration.in_words if outcome.declaration else "", reading))
                if options.out is not None:
                    stem = f"{scan.stem}.{view}" if view else scan.stem
                    _write(options.out, free_stem(stem, taken), outcome)
                if options.as_json:
                    sys.stdout.write(json_line(reading) + "\n")
                    sys.stdout.flush()
    if not options.as_json:
        print_table(console, rows)
    return 0 if all(reading.status == "read" for _, _, reading in rows) else 1


class _ReadsOnly:
    """Reads and keeps nothing."""

    def __init__(self, reader: Reader, *, show: bool) -> None:
        self._reader = reader
        self._show = show

    def read(self, found: FoundScan, declaration: bytes | None) -> list[Outcome]:
        """One for each view that the files hold."""
        reader, files = self._reader, _load(found, declaration, self._reader)
        views = views_of(files, reader.deliveries, reader.profile_name, reader.limits)
        return [self._read(replace(files, view=view), found.name) for view in views or (None,)]

    def _read(self, files: ScanFiles, name: str) -> Outcome:
        result = self._reader.read(files, name=name)
        if not self._show:
            return Outcome(result.reading, result.declaration, None, None)
        picture = annotated_picture(result.scan, result.reading) if result.scan else None
        expected = expected_picture(result.scan, result.expected) if result.scan and result.expected else None
        page = report_page(result.reading, result.declaration, picture, expected)
        return Outcome(result.reading, result.declaration, picture, page)


class _ReadsAndRecords:
    """Reads through the store, and so into the risk record. The profile stays with the scan."""

    def __init__(self, reader: Reader, store: Store, worker: Worker) -> None:
        self._reader = reader
        self._store = store
        self._worker = worker

    def read(self, found: FoundScan, declaration: bytes | None) -> list[Outcome]:
        """One for each view that the files hold."""
        accepted = self._store.intake.accept_scan(
            _load(found, declaration, self._reader),
            origin="command",
            name=found.name,
            profile=self._reader.profile_name,
        )
        while True:
            with self._store.database.read() as session:
                first = queries.scan(session, accepted.scan_id)
                sides = [queries.scan(session, side.scan) for side in first.views] or [first]
                parts = [queries.scan(session, part.scan) for side in sides for part in side.parts]
            if not any(each.state in WAITING for each in (*sides, *parts)):
                return [stored_outcome(self._store, side) for side in sides]
            if self._worker.read_next() is None:  # another process reads it, or it waits for its next try
                time.sleep(_POLL_SECONDS)


_Door = _ReadsOnly | _ReadsAndRecords


@contextmanager
def _door(settings: Settings, options: ReadOptions, reader: Reader) -> Iterator[_Door]:
    if not options.record:
        yield _ReadsOnly(reader, show=options.out is not None)
        return
    with open_store(settings) as store:
        yield _ReadsAndRecords(reader, store, worker_of(store, reader, settings))
        deliver_events(store, settings)


def _read_one(door: _Door, scan: FoundScan, declaration: bytes | None, reader: Reader) -> list[Outcome]:
    """Whatever goes wrong with one scan is said of that scan; the others are read."""
    try:
        return door.read(scan, declaration)
    except InputError as error:  # the file itself cannot be loaded: too large, or no permission
        return [_unread(scan, "rejected", error, reader)]
    except TallyscanError as error:
        _log.info("not read", scan=scan.name, reason=error.reason)
        return [_unread(scan, "not_readable", error, reader)]
    except Exception as error:  # noqa: BLE001 - the edge: one defect does not end the others
        _log.info("not read", scan=scan.name, exc_info=True)
        failure = TallyscanError(f"{type(error).__name__}: {error}.", remedy="--verbose shows where.")
        return [_unread(scan, "not_readable", failure, reader)]


def _unread(scan: FoundScan, status: Status, error: TallyscanError, reader: Reader) -> Outcome:
    reading = unread_reading(
        scan.name,
        _sha256_of(scan),
        status,
        error,
        detector=reader.detector,
        declaration=None,
        declaration_version=0,
    )
    return Outcome(reading, None, None, report_page(reading, None, None))


def _shown_progress(found: list[FoundScan]) -> Iterator[FoundScan]:
    """A progress bar on stderr, where a person sees it."""
    console = Console(stderr=True)
    columns = (TextColumn("Reading scans"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield from progress.track(found)


def _found(paths: list[Path], reader: Reader) -> list[FoundScan]:
    profiles = KnownProfiles(frozenset(reader.profiles), reader.deliveries, reader.profile_name)
    found = find_scans(paths, profiles)
    if not found:
        raise NotFound("The paths name no scan.", remedy="Name TIFF, PNG or JPEG files, or folders of them.")
    beside = {(scan.first.parent, scan.stem) for scan in found}  # notes of a scan are no surprise
    over = [
        path
        for path in passed_over(paths, profiles)
        if (path.parent, path.name.partition(".")[0]) not in beside
    ]
    if over:
        sys.stderr.write(f"tallyscan: files that belong to no scan: {len(over)}, the first is {over[0]}\n")
    return found


def _label(scan: FoundScan, found: list[FoundScan]) -> str:
    """The name of the file, with its folder where others have the same name."""
    image = scan.first
    alike = sum(other.first.name == image.name for other in found)
    return f"{image.parent.name}/{image.name}" if alike > 1 else image.name


def _load(found: FoundScan, declaration: bytes | None, reader: Reader) -> ScanFiles:
    files = load(found, reader.limits)
    return files if declaration is None else replace(files, declaration=declaration)


def _write(folder: Path, stem: str, outcome: Outcome) -> None:
    try:
        write_outputs(folder, stem, outcome)
    except OSError as error:
        raise TallyscanError(
            f"{error.filename or folder} cannot be written: {error.strerror}.", remedy="Choose another --out."
        ) from error


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TallyscanError(f"{path} cannot be read: {error.strerror}.", remedy="Check the path.") from error


def _sha256_of(found: FoundScan) -> str:
    """As `ScanFiles.sha256`, without holding the files in memory; of what cannot be read, of nothing."""
    digest = hashlib.sha256()
    for path in found.images:
        try:
            with path.open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
        except OSError:
            continue
    return digest.hexdigest()
