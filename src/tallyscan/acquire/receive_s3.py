"""Scans from an S3 prefix: fetched into a folder of ours (`s3_spool`), which is watched like any other.

Everything under the prefix is listed again and again, for keys come in any order. An object is fetched when it was
listed unchanged for a while, together with those of its scan (`s3_groups`). It is remembered as taken, by its key and
the mark of its bytes, only when it is on the disk for good: a crash in between fetches it twice, which is one scan.
Nothing is written to the bucket.

What can never be taken is told to the store once, and not fetched. When the server is away the poll fails, and is tried
again after growing pauses.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

import structlog

from tallyscan.acquire.manifest import MOST_BYTES, is_manifest, parse_manifest
from tallyscan.acquire.s3_groups import Group, gathered
from tallyscan.acquire.s3_names import check_name, is_passed_over, printable
from tallyscan.acquire.s3_prefix import S3Object, S3Prefix
from tallyscan.acquire.s3_spool import S3Spool
from tallyscan.acquire.scan_files import ProfileOf, no_profile
from tallyscan.errors import CorruptScan, InputError, TallyscanError, Unavailable

_LONGEST_PAUSE_SECONDS = 60.0
_LISTING_SHARE = 0.2  # of the time, at most, goes into listing
_MOST_FAULTS = 3  # in one poll; then it is not the objects

_log = structlog.get_logger(__name__)

Refuse = Callable[[S3Object, TallyscanError], object]


class Remembers(Protocol):
    """The store, as this edge needs it: the mark of each object that was taken or refused, by its printable name."""

    def marks(self) -> dict[str, str]:
        """All of them. Raises `Unavailable`, as do the others."""
        ...

    def remember(self, marks: Mapping[str, str]) -> None:
        """For good, when this returns."""
        ...

    def forget(self, names: Iterable[str]) -> None:
        """They are no longer under the prefix."""
        ...


class _Listed(NamedTuple):
    found: S3Object
    since: float  # when it was first listed as it is


class S3Inbox:
    """What is known of a prefix: what was taken, since when the rest is listed, and what its manifests name."""

    def __init__(
        self,
        prefix: S3Prefix,
        spool: S3Spool,
        memory: Remembers,
        refuse: Refuse,
        *,
        poll_seconds: float,
        quiet_seconds: float,
        patience_seconds: float,
        stop: threading.Event,
        profile_of: ProfileOf = no_profile,
        is_open: Callable[[], bool] = lambda: True,
    ) -> None:
        """`refuse(object, error)` is told of what cannot be taken; `profile_of` gets paths in the spool. While the
        service is not open for scans, what is in the bucket stays there."""
        self._prefix = prefix
        self._spool = spool
        self._memory = memory
        self._refuse = refuse
        self._poll_seconds = poll_seconds
        self._quiet_seconds = quiet_seconds
        self._patience_seconds = patience_seconds
        self._stop = stop
        self._profile_of = profile_of
        self._is_open = is_open
        self._marks: dict[str, str] | None = None
        self._new: dict[str, _Listed] = {}
        self._manifests: dict[S3Object, tuple[str, ...]] = {}
        self._failed: set[Path] = set()  # the first objects of groups
        self._pause_seconds = 0.0

    def poll(self) -> None:
        """Waits its time, then takes what is new. Raises `Unavailable`, and waits longer the next time."""
        if self._stop.wait(self._pause_seconds):
            return
        started = time.monotonic()
        try:
            self.list_new(started)
            listing_seconds = time.monotonic() - started
            self.take_what_rests(started)
        except Exception:
            longer = max(2 * self._pause_seconds, self._poll_seconds)
            self._pause_seconds = min(longer, _LONGEST_PAUSE_SECONDS)
            raise
        self._pause_seconds = max(self._poll_seconds, listing_seconds * (1 / _LISTING_SHARE - 1))

    def list_new(self, now: float) -> None:
        """Look through the prefix; `now` is a monotonic time. Raises `Unavailable`."""
        marks = self._known_marks()
        before, new, listed = self._new, dict[str, _Listed](), set[str]()
        for found in self._prefix.listed():
            if self._stop.is_set():
                return
            name = printable(found.name)
            listed.add(name)
            if marks.get(name) == found.mark or is_passed_over(found):
                continue
            known = before.get(name)
            new[name] = known if known is not None and known.found == found else _Listed(found, now)
        if gone := marks.keys() - listed:
            self._memory.forget(gone)
            for name in gone:
                del marks[name]
        self._new = new

    def take_what_rests(self, now: float) -> None:
        """Fetch what had been listed for long enough at `now`, the oldest first, as far as there is room.

        Raises `Unavailable` in the end where something could not be fetched; the others were.
        """
        usable = self._with_usable_names()
        faults: list[Unavailable] = []
        unread = self._read_manifests(usable)
        self._spool.tidy()
        for group in self._ready(usable, unread, now):
            if self._stop.is_set() or len(faults) == _MOST_FAULTS or not self._spool.has_room_for(group):
                break
            if not self._is_open():
                break
            first = group.paths[0]
            self._failed.discard(first)
            try:
                if self._spool.put(group):
                    self._remember(group.objects)
            except InputError as error:
                self._refuse_all(group.objects, error)
            except Unavailable as error:
                self._failed.add(first)
                faults.append(error)
                _log.warning("not fetched, tried again later", path=str(first), reason=error.reason)
        for fault in (*faults, *unread.values()):
            raise fault

    def _known_marks(self) -> dict[str, str]:
        if self._marks is None:
            self._marks = self._memory.marks()
        return self._marks

    def _with_usable_names(self) -> dict[Path, S3Object]:
        """By the path that each will have; what cannot have one is refused."""
        usable: dict[Path, S3Object] = {}
        for found, _ in list(self._new.values()):
            try:
                check_name(found.name)
            except InputError as error:
                self._refuse_all((found,), error)
            else:
                usable[self._spool.path_of(found)] = found
        return usable

    def _read_manifests(self, usable: Mapping[Path, S3Object]) -> dict[Path, Unavailable]:
        """Those that cannot be read now. One that cannot be used names nothing: the watch of the folder says why."""
        faults: dict[Path, Unavailable] = {}
        manifests = {path: found for path, found in usable.items() if is_manifest(path)}
        self._manifests = {
            found: self._manifests[found] for found in manifests.values() if found in self._manifests
        }
        for path, found in manifests.items():
            if found not in self._manifests and found.size_bytes <= MOST_BYTES:
                try:
                    pieces = self._prefix.read(found)
                    with suppress(CorruptScan):
                        self._manifests[found] = tuple(parse_manifest(b"".join(pieces or ())))
                except InputError:
                    continue  # it is met again when it is fetched
                except Unavailable as error:
                    faults[path] = error
        return faults

    def _ready(
        self, usable: Mapping[Path, S3Object], unread: Mapping[Path, Unavailable], now: float
    ) -> list[Group]:
        """What rests, the oldest first; what failed before comes last, so that it holds up nothing else.

        A manifest that cannot be read now holds back its folder: anything in it may be what it names.
        """
        held = {path.parent for path in unread}
        named = {path: self._manifests[found] for path, found in usable.items() if found in self._manifests}
        ready = [
            group
            for group in gathered(usable, named, self._profile_of)
            if self._rests(group, now) and group.paths[0].parent not in held
        ]
        return sorted(
            ready, key=lambda group: (group.paths[0] in self._failed, group.written_at, group.paths[0])
        )

    def _rests(self, group: Group, now: float) -> bool:
        needed_seconds = self._quiet_seconds if group.whole else self._patience_seconds
        since = (self._new[printable(found.name)].since for found in group.objects)
        return all(now - listed >= needed_seconds for listed in since)

    def _refuse_all(self, objects: tuple[S3Object, ...], error: InputError) -> None:
        """Told first and remembered then: a crash in between tells it twice, and loses nothing."""
        for found in objects:
            _log.warning("refused", key=printable(found.name), reason=error.reason)
            self._refuse(found, error)
        self._remember(objects)

    def _remember(self, objects: tuple[S3Object, ...]) -> None:
        marks = {printable(found.name): found.mark for found in objects}
        self._memory.remember(marks)
        self._known_marks().update(marks)
        for name in marks:
            del self._new[name]
