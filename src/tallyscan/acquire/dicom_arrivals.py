"""Where DICOM objects end, whichever way they come: kept for good first, then the sender is told.

An image is a scan. One that says it is the high or the low energy waits for the other of its study, view, size and
time; alone it is a scan after a while. A threat detection report is kept, and nothing of it is read. What cannot be
used is kept too, in the quarantine, with the reason; what is too large to be kept is named there.
"""

import hashlib
import mmap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol

import structlog

from tallyscan.acquire.dicom_object import DicomObject, DoesNotMatch, look_at, uids_of
from tallyscan.acquire.dicom_status import Outcome, Status, status_of
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.waiting_energies import Waiting, WaitingEnergies
from tallyscan.errors import IncompleteScan, InputError, TallyscanError, UnsupportedFormat
from tallyscan.scan import ScanFiles, ScanPart

_HEAD_BYTES = 4096
_MOST_OF_A_UID = 64

_log = structlog.get_logger(__name__)


class Keeps(Protocol):
    """The store, as this edge needs it. What cannot be kept now raises `Unavailable`."""

    def accept(self, files: ScanFiles, *, origin: str, spooled: tuple[Path, ...]) -> object:
        """A scan; the same twice is kept once. The files may be taken away."""

    def quarantine(
        self, part: ScanPart, why: InputError, *, origin: str, kind: Literal["image", "report"], spooled: Path
    ) -> object:
        """What is not used; the same bytes are kept once. The file may be taken away."""

    def refuse(self, why: InputError, *, origin: str, name: str) -> object:
        """What was not kept at all is named, with the reason."""

    def holds(self, sha256: str) -> bool:
        """Whether a file of these bytes is part of a scan."""

    def check_room(self) -> None:
        """Raises `TooManyScans` or `NoRoom` where nothing new can be kept."""


class Arrivals:
    """Objects are looked at side by side, where they lie on the disk, and kept one after the other: so at most one scan
    is held in memory, and none waits while another is looked at."""

    def __init__(self, keeps: Keeps, *, waiting_dir: Path, limits: Limits, pair_seconds: float) -> None:
        self._keeps = keeps
        self._limits = limits
        self._pair_seconds = pair_seconds
        self._waiting = WaitingEnergies(waiting_dir, limits)
        self._lock = threading.Lock()

    def take(
        self,
        path: Path,
        *,
        origin: str,
        profile: str | None = None,
        announced: tuple[str, str] | None = None,
        study: str | None = None,
    ) -> Outcome:
        """An object that has arrived whole, as a DICOM Part 10 file, which may be taken away.

        `announced` are the SOP class and instance, and `study` the study, that the sender named beside it. With
        `SUCCESS` it is on the disk for good. Never raises.
        """
        uids = announced or ("", "")
        try:
            uids = announced or _uids_in(path)
            about = self._looked_at(path, uids, origin, announced, study)
            with self._lock:
                part = ScanPart(_name(about.sop_instance), path.read_bytes())
                self._check_room(part)
                self._keep(part, about, path, origin, profile)
        except Exception as error:  # noqa: BLE001 - the edge: the sender hears of it, the log says why
            return _not_taken(error, origin, uids)
        return Outcome(Status.SUCCESS, about.sop_class, about.sop_instance)

    def refuse(
        self, path: Path, error: TallyscanError, *, origin: str, announced: tuple[str, str] | None = None
    ) -> Outcome:
        """An object that could not be received whole, of which `path` holds the beginning, if anything. What its sender
        need not send again is named in the quarantine. Never raises."""
        uids = announced or ("", "")
        try:
            uids = announced or _uids_in(path)
            if isinstance(error, InputError):
                self._keeps.refuse(error, origin=origin, name=_name(uids[1]))
        except Exception:  # noqa: BLE001 - as above; an entry the less changes nothing for the sender
            _log.exception("not in the quarantine", origin=origin, sop_instance=uids[1])
        return _not_taken(error, origin, uids)

    def check_room(self) -> None:
        """Before an object is written to the disk. Raises `TooManyScans`, `NoRoom` or `Unavailable`."""
        self._keeps.check_room()

    def repeats(self, sha256: str) -> bool:
        """Whether just these bytes are kept already, also those that wait for the other energy."""
        return self._keeps.holds(sha256) or self._waiting.holds(sha256)

    def _check_room(self, part: ScanPart) -> None:
        if not self.repeats(hashlib.sha256(part.data).hexdigest()):
            self._keeps.check_room()

    def give_up_waiting(self) -> bool:
        """An energy whose other one did not come is a scan by itself; whether there was one.

        Each is tried. Raises the first error, of which the others are in the log, once all were.
        """
        with self._lock:
            overdue = list(self._waiting.overdue(self._pair_seconds))
            failures = [failure for waiting in overdue if (failure := self._given_up(waiting))]
        if failures:
            raise failures[0]
        return bool(overdue)

    def _given_up(self, waiting: Waiting) -> Exception | None:
        """Why it could not be handed over; then it waits on, unless it is gone."""
        try:
            part = _part_of(waiting)
            if not self._keeps.holds(hashlib.sha256(part.data).hexdigest()):  # else it was sent again
                self._accept_waiting((part,), waiting, None)
        except FileNotFoundError:
            gone = IncompleteScan(
                f"{waiting.path.name}: this energy waited for the other one, and its file was deleted.",
                remedy="Send it again.",
            )
            self._keeps.refuse(gone, origin=waiting.origin, name=_name(waiting.about.sop_instance))
            _log.error("a waiting energy is gone", sop_instance=waiting.about.sop_instance)
        except Exception as error:  # noqa: BLE001 - one must not keep the others back
            _log.exception("a waiting energy was not handed over", sop_instance=waiting.about.sop_instance)
            return error
        self._waiting.drop(waiting)
        return None

    def _looked_at(
        self,
        path: Path,
        uids: tuple[str, str],
        origin: str,
        announced: tuple[str, str] | None,
        study: str | None,
    ) -> DicomObject:
        """What it is. Raises `InputError` for what cannot be used, which is then in the quarantine."""
        name = _name(uids[1])
        try:
            with _mapped(path) as data:
                about = look_at(name, data, self._limits)
            said = (about.sop_class, about.sop_instance, about.study)
            named = (*(announced or ("", "")), study or "")
            if any(one and other and one != other for one, other in zip(said, named, strict=True)):
                raise DoesNotMatch(
                    f"{name} is another object or of another study than the sender named.",
                    remedy="Name what the data set says.",
                )
            return about
        except InputError as error:
            with self._lock:
                part = ScanPart(name, path.read_bytes())
                self._keeps.quarantine(part, error, origin=origin, kind="image", spooled=path)
            raise

    def _keep(self, part: ScanPart, about: DicomObject, path: Path, origin: str, profile: str | None) -> None:
        if about.kind == "report":
            unread = UnsupportedFormat(f"{part.name}: a threat detection report is kept, and not read.")
            self._keeps.quarantine(part, unread, origin=origin, kind="report", spooled=path)
        elif about.energy is None:
            self._keeps.accept(ScanFiles((part,), profile=profile), origin=origin, spooled=(path,))
        elif (partner := self._waiting.partner_of(about, profile)) is None:
            self._waiting.keep(path, part, about, origin, profile)
        else:
            both = {about.energy: part, partner.about.energy: _part_of(partner)}
            self._accept_waiting((both["high"], both["low"]), partner, path)
            self._waiting.drop(partner)

    def _accept_waiting(self, parts: tuple[ScanPart, ...], waiting: Waiting, arrived: Path | None) -> None:
        """The store may take the file away before it commits; so what waits gets a second name for that."""
        second = waiting.path.with_suffix(".part")
        second.unlink(missing_ok=True)
        second.hardlink_to(waiting.path)
        of_waiting = 1 if len(parts) == 2 and waiting.about.energy == "low" else 0
        spooled = [second] if arrived is None else [arrived, arrived]
        spooled[of_waiting] = second
        try:
            files = ScanFiles(parts, profile=waiting.profile)
            self._keeps.accept(files, origin=waiting.origin, spooled=tuple(spooled))
        finally:
            second.unlink(missing_ok=True)


def _not_taken(error: Exception, origin: str, uids: tuple[str, str]) -> Outcome:
    """Whatever happened becomes a status."""
    if isinstance(error, TallyscanError):
        outcome = Outcome(status_of(error), *uids, error.reason)
    elif isinstance(error, OSError):
        outcome = Outcome(Status.OUT_OF_RESOURCES, *uids, f"It cannot be kept: {error.strerror}.")
    else:
        outcome = Outcome(Status.PROCESSING_FAILURE, *uids, "The log of the service says why.")
        _log.error("failed", origin=origin, exc_info=error)
    _log.warning("not taken", origin=origin, sop_instance=uids[1], reason=outcome.reason)
    return outcome


def _uids_in(path: Path) -> tuple[str, str]:
    """SOP class and instance by the beginning of a file; empty where it does not say them."""
    try:
        with path.open("rb") as file:
            return uids_of(file.read(_HEAD_BYTES))
    except OSError:
        return "", ""


@contextmanager
def _mapped(path: Path) -> Iterator[bytes | mmap.mmap]:
    """The bytes of a file, of which only those that are looked at come into memory."""
    with path.open("rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # it is empty
            yield b""
            return
        with data:
            yield data


def _part_of(waiting: Waiting) -> ScanPart:
    return ScanPart(_name(waiting.about.sop_instance), waiting.path.read_bytes())


def _name(sop_instance: str) -> str:
    """For people; a UID that is made up may hold anything."""
    legible = "".join(sign for sign in sop_instance if sign.isalnum() or sign in ".-_")
    return f"{legible[:_MOST_OF_A_UID] or 'object'}.dcm"
