"""Untrusted bytes are decoded in processes of their own, which may crash, hang or run out of memory.

A few processes stand ready, their libraries loaded. A scan goes to one of them through shared memory, and its pixels
come back the same way. A process that ends, takes too long or has served its time is killed and replaced; what that
says of the scan is an `InputError`. This bounds what a broken or hostile file can do. It is no sandbox: a file that
takes over a decoder may do what the user may as whom the service runs.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

import structlog

from tallyscan.acquire import decoders
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.pool_blame import crashed
from tallyscan.acquire.pool_process import Allowance, DecodeFailure, DecodeProcess, ProcessEnded
from tallyscan.delivery import Delivery
from tallyscan.errors import Unavailable
from tallyscan.scan import RawScan, ScanFiles

_log = structlog.get_logger(__name__)


class DecodePool:
    """So many processes, for any number of threads: one that finds none free waits.

    They start with the pool; as a context it ends them. `decode` is a function of a module, which they import; `told`
    hears of each decoding that was ended.
    Raises `Unavailable` when no process can be started.
    """

    def __init__(
        self,
        processes: int,
        allowance: Allowance,
        decode: Callable[[ScanFiles, Limits, Delivery | None], RawScan] = decoders.decode,
        told: Callable[[DecodeFailure], None] = lambda _: None,
    ) -> None:
        self._told = told
        self._function = f"{decode.__module__}:{decode.__qualname__}"
        self._allowance = allowance
        self._lock = threading.Lock()
        self._closed = False
        self._processes: list[DecodeProcess] = []
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()  # places in the list
        try:
            for place in range(processes):
                self._processes.append(self._new())
                self._free.put(place)
        except Unavailable:
            self.close()
            raise

    def __enter__(self) -> Self:
        """The pool."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """See `close`."""
        self.close()

    def close(self) -> None:
        """End every process. A scan in their hands is `Unavailable`: nothing is said against it."""
        with self._lock:
            self._closed = True
        for process in self._processes:
            process.kill()
        for _ in self._processes:
            self._free.get()  # whoever has one notices, and gives it back
        for place, process in enumerate(self._processes):
            process.close()
            self._free.put(place)  # for a thread that waits for one, and learns so that it is over

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes as they are now."""
        return tuple(process.pid for process in self._processes)

    def wait_until_warm(self) -> None:
        """Until a process is ready. Raises `Unavailable` when it does not come to that."""
        with self._borrowed() as place:
            self._processes[place].wait_until_ready()

    def decode(self, files: ScanFiles, limits: Limits, delivery: Delivery | None = None) -> RawScan:
        """As `decoders.decode`; raises `Unavailable` when the pool is closed or no process can be started.

        What a decoder raises that is no `InputError` is a `DecoderDefect`. Too much time is `CorruptScan`, too much
        memory `TooLarge`. When the process ends, a fresh one tries once more: the first may have been damaged by
        another scan, or ended by somebody. Then it is the scan's fault.
        """
        with self._borrowed() as place:
            try:
                return self._processes[place].decode(files, limits, delivery)
            except ProcessEnded as end:
                self._told("ended")
                self._renew(place)
                _log.warning("a decoding process ended; another one tries", code=end.code)
            try:
                return self._processes[place].decode(files, limits, delivery)
            except ProcessEnded as end:
                self._told("ended")
                self._renew(place)
                raise crashed(files, end.code) from end

    @contextmanager
    def _borrowed(self) -> Iterator[int]:
        """The place of a process that is fit for a scan, for this thread alone."""
        place = self._free.get()
        try:
            if self._closed or not self._processes[place].fit:
                self._renew(place)
            yield place
        finally:
            if not self._processes[place].fit:
                with suppress(Unavailable):  # then it is said when the next scan comes
                    self._renew(place)
            self._free.put(place)

    def _renew(self, place: int) -> None:
        """Put a new process in the place of one that has done its work. Raises `Unavailable`."""
        self._processes[place].close()
        with self._lock:
            if self._closed:
                raise Unavailable("The service is ending.", remedy="The scan is read at the next start.")
            self._processes[place] = self._new()

    def _new(self) -> DecodeProcess:
        try:
            return DecodeProcess(self._function, self._allowance, self._told)
        except OSError as error:
            raise Unavailable(f"No decoding process can be started: {error.strerror}.") from error
