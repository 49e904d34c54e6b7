"""Whether the service can do its work, found out by doing a little of it, within a bounded time."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic

import structlog

from tallyscan.errors import TallyscanError, Unavailable

CHECK_SECONDS = 5.0
_KEPT_SECONDS = 1.0

Check = Callable[[], None]
"""Raises `TallyscanError`, or an `OSError`, where something is wrong."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Ready:
    """`wrong` says in words what is wrong with each part that does not work; empty: the service is ready."""

    wrong: dict[str, str]

    @property
    def ok(self) -> bool:
        """Whether everything works."""
        return not self.wrong


class Readiness:
    """Runs the checks side by side. An answer is kept for a second, so that asking often costs nothing; a check that
    hangs is not begun a second time, and counts as wrong until it comes back."""

    def __init__(self, checks: Mapping[str, Check], *, seconds: float = CHECK_SECONDS) -> None:
        self._checks = dict(checks)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._running: dict[str, _Run] = {}
        self._kept: tuple[float, Ready] | None = None
        self._was_wrong: dict[str, str] = {}

    def __call__(self) -> Ready:
        """How it stands now, in no more than the time of one check."""
        with self._lock:
            if self._kept is None or monotonic() - self._kept[0] > _KEPT_SECONDS:
                self._kept = (monotonic(), self._found())
            return self._kept[1]

    def _found(self) -> Ready:
        for name, check in self._checks.items():
            if name not in self._running:
                self._running[name] = _Run(name, check)
        until = monotonic() + self._seconds
        wrong = {}
        for name in self._checks:
            run = self._running[name]
            if not run.done.wait(max(0.0, until - monotonic())):
                wrong[name] = f"No answer within {self._seconds:g} seconds."
                continue
            del self._running[name]
            if run.error is not None:
                wrong[name] = run.error
        if wrong != self._was_wrong:
            if wrong:
                _log.error("not ready", **wrong)
            else:
                _log.warning("ready again")
        self._was_wrong = wrong
        return Ready(wrong)


class _Run:
    def __init__(self, name: str, check: Check) -> None:
        self.done = threading.Event()
        self.error: str | None = None
        self._check = check
        threading.Thread(target=self._run, name=f"check {name}", daemon=True).start()

    def _run(self) -> None:
        try:
            self._check()
        except TallyscanError as error:
            self.error = error.reason
        except OSError as error:
            self.error = f"{error.strerror or type(error).__name__}."
        except Exception as error:  # noqa: BLE001 - the edge: a check that breaks says that something is wrong
            _log.exception("check failed")
            self.error = f"The check itself failed: {type(error).__name__}."
        finally:
            self.done.set()


def check_loops(loops: Mapping[str, bool]) -> None:
    """Raises `Unavailable` where one does not run."""
    if stopped := sorted(name for name, runs in loops.items() if not runs):
        raise Unavailable(f"These parts stopped or failed: {', '.join(stopped)}.", remedy="The log says why.")


def check_free(free_bytes: int, least_bytes: int) -> None:
    """Raises `Unavailable` where there is less room than that."""
    if free_bytes < least_bytes:
        raise Unavailable(
            f"{free_bytes / 1e6:.0f} MB are free on the disk of the data folder, and {least_bytes / 1e6:.0f} MB are "
            "the least.",
            remedy="Make room, or lower disk_least_free_megabytes.",
        )
