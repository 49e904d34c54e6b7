"""Scans from a watched folder (inbox).

A scan is taken when none of its files has grown for a while: the image, the other energy, the sidecar and the
declaration beside it. It is handed over first and moved to `taken/` after that, so a crash in between only
hands it over twice, and the same bytes twice are one scan. A crash while its files are moved is made good
first thing, so that a sidecar is never left for the next image of its name. Everything that can be read is
handed over, broken or not: the store keeps the quarantine. What cannot be taken at all is told to the store
and goes to `refused/`, with the reason.

Write the image last: what comes beside it has to be there when the image has come to rest. A sidecar without
an image waits, one energy waits a while for the other; a declaration without one is handed over by itself.
Two images of one name are refused: the sidecar could be that of either.

In a folder that bears the name of a scanner profile, a scan is what that profile says: where it declares several
files, they wait a while for those that are missing, and then are refused with the names of these. So does the scan of a
manifest, which is taken when the manifest rests and its files are what it names, however long they rest.

The folder is looked through again and again, without notifications: network shares send none. Only the sizes and times
of files are compared with themselves, by the clock of this machine, so the clock of the share does not matter.
"""

import json
import os
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import structlog

from tallyscan.acquire.limits import Limits
from tallyscan.acquire.manifest import is_manifest
from tallyscan.acquire.scan_files import (
    FoundScan,
    ProfileOf,
    declared_stem,
    grouped,
    is_declaration,
    is_image,
    load,
    load_file,
    no_profile,
)
from tallyscan.errors import Conflict, CorruptScan, InputError, TallyscanError, Unavailable
from tallyscan.scan import ScanFiles

TAKEN, REFUSED = "taken", "refused"
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".partial")  # what uploads are called meanwhile
_LONGEST_PAUSE_SECONDS = 300.0
_LEAST_PULSE_SECONDS = 0.05
_PATIENCE = 10  # as many quiet times does a scan wait for a file that is missing

_log = structlog.get_logger(__name__)

Accept = Callable[[ScanFiles, str], object]
AcceptDeclaration = Callable[[bytes, str], object]
Refuse = Callable[[Path, str, str, TallyscanError], object]


class Inbox:
    """What is known of the files in an inbox: since when each has its size, and what has failed.

    `accept(files, origin)` and `accept_declaration(data, origin)` get the path within the inbox as origin;
    what they raise leaves the files where they are, to be tried again after a growing pause, unless it says
    that they can never be taken (`InputError`, `Conflict`). `refuse(path, origin, kept_at, error)` is told of
    every file that is refused, before it is moved to `kept_at` in the inbox. `moving` is a file that only the
    service can write: it remembers the files that are being moved, for the time after a crash. `profile_of` tells
    of a file which scanner profile its folder names. What was taken is deleted unless `keep_taken`. While the service
    is not open for scans, or takes no documents, they stay where they are.
    """

    def __init__(
        self,
        folder: Path,
        accept: Accept,
        accept_declaration: AcceptDeclaration,
        refuse: Refuse,
        moving: Path,
        limits: Limits,
        quiet_seconds: float,
        profile_of: ProfileOf = no_profile,
        keep_taken: bool = True,
        is_open: Callable[[], bool] = lambda: True,
        takes_documents: Callable[[], bool] = lambda: True,
    ) -> None:
        self._is_open = is_open
        self._takes_documents = takes_documents
        self._folder = folder
        self._accept = accept
        self._accept_declaration = accept_declaration
        self._refuse = refuse
        self._moving = moving
        self._limits = limits
        self._quiet_seconds = quiet_seconds
        self._profile_of = profile_of
        self._keep_taken = keep_taken
        self._resting: dict[Path, tuple[tuple[int, int], float]] = {}  # (size, time written), seen first at
        self._pauses: dict[Path, tuple[float, float]] = {}  # length of the pause, its end
        self._told: set[Path] = set()  # folders that could not be looked through

    def look(self, stop: threading.Event) -> bool:
        """Waits a while, unless it is to `stop`, then takes what rests. Gives True: there is always a next look.

        Raises `Unavailable` when the folder cannot be looked through; what is known of it stays.
        """
        if stop.wait(max(self._quiet_seconds / 2, _LEAST_PULSE_SECONDS)):
            return True
        self.check_there()
        self.finish_moving()
        self.take_what_rests(time.monotonic())
        return True

    def take_what_rests(self, now: float) -> None:
        """Hands over every scan and declaration whose files have rested; `now` is a monotonic time.

        Raises `Unavailable` when the folder is not there.
        """
        files = self._look(now)
        scans = grouped((path for path in files if self._is_of_a_scan(path)), self._profile_of)
        for alike in _of_one_name(scans):
            of_name = tuple(dict.fromkeys(path for scan in alike for path in scan.files))
            (first, *others), patience = alike, self._quiet_seconds * _PATIENCE
            waits = not others and (first.lacks_energy or first.missing)
            told = (first.manifest,) if first.manifest is not None and not first.missing else of_name
            if self._rest(told, patience if waits else self._quiet_seconds, now) and self._is_open():
                may_grow = first.manifest is not None and len(of_name) > 1
                final = not may_grow or self._rest(of_name, patience, now)
                self._attempt(of_name, now, partial(self._take, alike, final=final))
        beside = {path for scan in scans for path in scan.files}
        for path in files:
            alone = is_declaration(path) and path not in beside
            if alone and self._rest((path,), self._quiet_seconds, now) and self._takes_documents():
                self._attempt((path,), now, partial(self._take_declaration, path))

    def _is_of_a_scan(self, path: Path) -> bool:
        """JSON lies beside a scan, unless its profile says that it is a file of it; a declaration is never one."""
        if is_manifest(path) or is_declaration(path):
            return is_manifest(path)
        return path.suffix.lower() != ".json" or declared_stem(path, self._profile_of(path)[1]) is not None

    def _look(self, now: float) -> list[Path]:
        """Files in the inbox that are not hidden or half uploaded; remembers when each last changed."""
        seen: dict[Path, tuple[tuple[int, int], float]] = {}
        for path in self._walk():
            try:
                status = path.lstat()
            except OSError:
                continue  # gone again
            if stat.S_ISREG(status.st_mode):  # a pipe would be read without end, a link may lead anywhere
                state = (status.st_size, status.st_mtime_ns)
                known = self._resting.get(path)
                seen[path] = known if known is not None and known[0] == state else (state, now)
        self._resting = seen
        self._pauses = {path: pause for path, pause in self._pauses.items() if path in seen}
        return sorted(seen)

    def _walk(self) -> Iterator[Path]:
        for folder, folders, names in os.walk(self._folder, onerror=self._cannot_look):
            here = Path(folder)
            own = (TAKEN, REFUSED) if here == self._folder else ()
            folders[:] = [name for name in folders if not name.startswith(".") and name not in own]
            for name in names:
                if not name.startswith(".") and not name.lower().endswith(UNFINISHED):
                    yield here / name

    def check_there(self) -> None:
        """Raises `Unavailable` when the folder is not there, such as a share that is not mounted."""
        if not self._folder.is_dir():
            raise Unavailable(f"The inbox {self._folder} is not there, or cannot be looked through.")

    def _cannot_look(self, error: OSError) -> None:
        """The watch fails, and is tried again, without the inbox itself; a folder in it is left out, and told once."""
        where = Path(error.filename)
        if where == self._folder:
            raise Unavailable(f"The inbox {where} cannot be looked through: {error.strerror}.") from error
        if where not in self._told:
            self._told.add(where)
            _log.warning("folder cannot be looked through", folder=self._origin(where), reason=error.strerror)

    def _rest(self, files: tuple[Path, ...], quiet_seconds: float, now: float) -> bool:
        known = [self._resting.get(path) for path in files if not path.is_symlink()]
        return all(state is not None and now - state[1] >= quiet_seconds for state in known)

    def _attempt(self, files: tuple[Path, ...], now: float, take: Callable[[], None]) -> None:
        """One try; a failure of one scan never ends the watch."""
        pause, until = self._pauses.get(files[0], (self._quiet_seconds, 0.0))
        if now < until:
            return
        self._pauses[files[0]] = (
            min(2 * pause, _LONGEST_PAUSE_SECONDS),
            now + pause,
        )  # void once it is moved
        try:
            self._take_or_refuse(files, take)
        except Exception:  # noqa: BLE001 - the edge: the file stays where it is and is tried again
            _log.exception("not taken, tried again later", origin=self._origin(files[0]), seconds=pause)

    def _take_or_refuse(self, files: tuple[Path, ...], take: Callable[[], None]) -> None:
        try:
            take()
        except (InputError, Conflict) as error:  # as long as it is what it is, it will not be taken
            _log.warning("refused", origin=self._origin(files[0]), reason=error.reason)
            targets = self._targets(files, REFUSED)
            for path, target in zip(files, targets, strict=True):
                self._refuse(path, self._origin(path), self._origin(target), error)
            self._move(files, targets)
            reason = targets[0].with_name(targets[0].name + ".reason.txt")
            reason.write_text(error.reason + "\n", encoding="utf-8")
        else:
            self._move(files, self._targets(files, TAKEN))
            self._clear_taken()

    def _take(self, alike: list[FoundScan], *, final: bool) -> None:
        """`final` is False while files may still grow into what their manifest says."""
        if len(alike) > 1:
            names = " and ".join(scan.first.name for scan in alike)
            raise InputError(
                f"There are several images of one name: {names}. What lies beside them could belong to either.",
                remedy="Give each scan a name of its own.",
            )
        (scan,) = alike
        if links := [path.name for path in scan.files if path.is_symlink()]:
            raise InputError(
                f"{' and '.join(links)} of {scan.first.name}: links are not followed.",
                remedy="Put the file itself there.",
            )
        try:
            files = load(scan, self._limits)
        except CorruptScan as error:
            if final:
                raise
            raise Unavailable(f"Not yet what the manifest says: {error.detail}") from error
        self._accept(files, self._origin(scan.first))

    def _take_declaration(self, path: Path) -> None:
        self._accept_declaration(load_file(path, self._limits), self._origin(path))

    def _origin(self, path: Path) -> str:
        return str(path.relative_to(self._folder))

    def _targets(self, files: tuple[Path, ...], where: str) -> tuple[Path, ...]:
        """In the folder of that name, subfolders kept; a name that is taken gets a number."""
        return tuple(_free(self._folder / where / path.relative_to(self._folder)) for path in files)

    def _move(self, files: tuple[Path, ...], targets: tuple[Path, ...]) -> None:
        """All of them or none."""
        self._remember(files, targets)
        moved: list[tuple[Path, Path]] = []
        try:
            for path, target in zip(files, targets, strict=True):
                target.parent.mkdir(parents=True, exist_ok=True)
                path.rename(target)
                moved.append((path, target))
        except OSError:
            for path, target in moved:
                target.rename(path)
            raise
        finally:
            self._moving.unlink()

    def _remember(self, files: tuple[Path, ...], targets: tuple[Path, ...]) -> None:
        moves = [
            [self._origin(path), self._origin(target), _mark(path)]
            for path, target in zip(files, targets, strict=True)
        ]
        half_written = self._moving.with_name(self._moving.name + ".part")
        with half_written.open("w", encoding="utf-8") as file:
            json.dump(moves, file)
            file.flush()
            os.fsync(file.fileno())
        half_written.replace(self._moving)

    def finish_moving(self) -> None:
        """After a crash, first thing: else a sidecar that was used would be taken for that of a later image.

        Moves only the files that were meant; one that came under the same name meanwhile is another one.
        """
        if self._moving.exists():
            for source, target, mark in json.loads(self._moving.read_text(encoding="utf-8")):
                path = self._folder / source
                if path.exists() and _mark(path) == mark:
                    (self._folder / target).parent.mkdir(parents=True, exist_ok=True)
                    path.rename(self._folder / target)
            self._moving.unlink()
        self._clear_taken()

    def _clear_taken(self) -> None:
        if not self._keep_taken:
            shutil.rmtree(self._folder / TAKEN, ignore_errors=True)


def _of_one_name(scans: list[FoundScan]) -> list[list[FoundScan]]:
    """Scans that share what lies beside them; a file that is no image by its name has nothing beside it."""
    alike: dict[tuple[Path, str, bool], list[FoundScan]] = {}
    for scan in scans:
        has_beside = is_image(scan.first) or len(scan.files) > 1 or bool(scan.missing)
        named = scan.stem if has_beside else scan.first.name
        alike.setdefault((scan.first.parent, named, has_beside), []).append(scan)
    return list(alike.values())


def _mark(path: Path) -> list[int]:
    """What makes a file this file, and not a later one of the same name."""
    status = path.lstat()
    return [status.st_ino, status.st_size, status.st_mtime_ns]


def _free(target: Path) -> Path:
    number, free = 1, target
    while free.exists():
        number += 1
        free = target.with_name(f"{number}-{target.name}")
    return free
