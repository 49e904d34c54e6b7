"""One decoding process, as the service sees it: started, given scans, watched, ended."""

import logging
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog
from structlog.contextvars import get_contextvars

from tallyscan.acquire.limits import Limits
from tallyscan.acquire.pool_blame import no_memory, out_of_time
from tallyscan.acquire.pool_channel import READY, Done, SharedMemory, ToDecode, receive_done, send
from tallyscan.acquire.pool_layout import (
    NO_MEMORY,
    Answer,
    Request,
    error_of,
    read_answer,
    write_request,
)
from tallyscan.delivery import Delivery
from tallyscan.errors import Unavailable
from tallyscan.scan import RawScan, ScanFiles

_log = structlog.get_logger(__name__)
_LONGEST_LINE, _MOST_LINES = 500, 100
_LAST_WORDS_SECONDS = 1.0
_START_SECONDS = 120.0
_GRACE_SECONDS = 2.0  # so much later a process ends itself, should nobody do it
# Codecs lose some memory with every damaged file, and a hostile one may have left something behind.
_MOST_SCANS = 500
_KEPT_BYTES = 256_000_000  # a process may keep so much between scans; after a larger one it is replaced

# One arena and no mapping of an array's own: glibc then keeps the memory of one scan for the next instead of asking
# the kernel for zeroed pages, which takes longer than copying pixels; and huge ones in such a heap even more so.
_MALLOC = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(_KEPT_BYTES),
    "NUMPY_MADVISE_HUGEPAGE": "0",
}


DecodeFailure = Literal["ended", "out_of_time", "out_of_memory"]


class ProcessEnded(Exception):
    """It ended with a scan in its hands. `code` is that of `subprocess`, None when its answer made no sense."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"the decoding process ended with {code}")
        self.code = code


@dataclass(frozen=True)
class Allowance:
    """What decoding one scan may take: memory on top of what the libraries have, and time on the clock."""

    memory_bytes: int
    seconds: float
    seconds_per_megabyte: float

    def seconds_for(self, file_bytes: int) -> float:
        """The time for a scan whose files have so many bytes."""
        return self.seconds + self.seconds_per_megabyte * file_bytes / 1e6


class DecodeProcess:
    """Decodes one scan at a time, for one thread at a time; `kill` alone may be called by any."""

    def __init__(
        self, function: str, allowance: Allowance, told: Callable[[DecodeFailure], None] = lambda _: None
    ) -> None:
        """Start it; it becomes ready by itself. Raises `OSError`.

        `function` is `module:name` of what it shall call in place of `decoders.decode`.
        """
        self._allowance = allowance
        self._told = told
        self._answer: SharedMemory | None = None
        self._lent: weakref.ref[object] | None = None
        self._ready = self._failed = False
        self._scans = self._largest_bytes = self._lines = 0
        self._ending = threading.Lock()
        self._about: dict[str, object] = {}  # what the log knows of the scan in its hands
        self._request = SharedMemory()
        self._connection, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = _started(
                    theirs.fileno(), self._request.fd, function, str(allowance.memory_bytes)
                )
            except OSError:
                self._connection.close()
                self._request.close()
                raise
        self._listening = threading.Thread(target=self._log_what_it_says, name="decoder says", daemon=True)
        self._listening.start()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def fit(self) -> bool:
        """Whether the next scan may be given to it."""
        if self._failed or self._scans >= _MOST_SCANS or self._largest_bytes > _KEPT_BYTES:
            return False
        unasked = self._unasked()
        return unasked is None or (not self._ready and unasked != b"")

    def wait_until_ready(self) -> None:
        """Let it load its libraries. Raises `Unavailable` when it does not come to that."""
        if self._ready:
            return
        self._failed = True  # until it is heard of
        try:
            if self._receive(time.monotonic() + _START_SECONDS) != READY:
                raise ProcessEnded(None)
        except (ProcessEnded, TimeoutError) as error:
            raise Unavailable(
                f"A decoding process does not start: {error}.", remedy="Its last words are in the log."
            ) from error
        self._ready, self._failed = True, False

    def decode(self, files: ScanFiles, limits: Limits, delivery: Delivery | None) -> RawScan:
        """As `decoders.decode`. Raises `DecoderDefect`, `ProcessEnded`, and `Unavailable` for want of memory."""
        self.wait_until_ready()
        self._about, self._lines = get_contextvars(), 0
        self._failed = True  # whatever happens now, until the answer is here
        answer = self._answered(files, limits, delivery)
        self._failed = False
        self._scans += 1
        for remark in answer.remarks:
            logging.getLogger(remark.logger).log(remark.level, "%s", remark.text)
        if isinstance(answer.result, RawScan):
            self._lent = weakref.ref(answer.memory)
            return answer.result
        if answer.result.code == NO_MEMORY:
            self._told("out_of_memory")
            raise no_memory(files, self._allowance.memory_bytes)
        raise error_of(answer.result)

    def kill(self) -> int:
        """End it and what it may have started, whatever they do. Gives its exit code as `subprocess` does."""
        with self._ending:
            if self._process.returncode is None:  # until then its number is nobody else's
                with suppress(ProcessLookupError, PermissionError):  # it has ended
                    os.killpg(self._process.pid, signal.SIGKILL)
            return self._process.wait()

    def close(self) -> None:
        """End it and let go of what it held; arrays of scans stay."""
        self.kill()
        self._failed = True
        self._listening.join(_LAST_WORDS_SECONDS)  # longer only where something that it started lives on
        self._connection.close()
        self._request.close()
        if self._answer is not None:
            self._answer.close()

    def _log_what_it_says(self) -> None:
        """What codecs in C print, and the traceback with which it ends: in our log, with the scan that it is about."""
        assert self._process.stderr is not None
        with self._process.stderr as said:
            while line := said.readline(_LONGEST_LINE):
                self._lines += 1
                text = line.decode(errors="replace").rstrip()
                if text and self._lines <= _MOST_LINES:
                    _log.warning("decoder says", **{**self._about, "text": text, "pid": self.pid})

    def _answered(self, files: ScanFiles, limits: Limits, delivery: Delivery | None) -> Answer:
        file_bytes = sum(len(part.data) for part in files.images) + len(files.sidecar or b"")
        seconds = self._allowance.seconds_for(file_bytes)
        try:
            answer, new_fd = self._answer_memory()
            head_bytes = write_request(self._request, Request(files, limits, delivery))
        except OSError as error:
            raise Unavailable(
                f"There is no memory to share with a decoding process: {error.strerror}."
            ) from error
        self._send(ToDecode(head_bytes, math.ceil(seconds + _GRACE_SECONDS)), new_fd)
        until = time.monotonic() + seconds
        assert files.sha256  # made here, while the pixels are made there
        try:
            done = self._receive(until)
        except TimeoutError as error:
            self._told("out_of_time")
            raise out_of_time(files, seconds) from error
        self._largest_bytes = max(file_bytes, done.json_at, self._largest_bytes)
        try:
            return read_answer(answer, done, files, limits)
        except (ValueError, OverflowError) as error:
            raise ProcessEnded(None) from error

    def _answer_memory(self) -> tuple[SharedMemory, int | None]:
        """Where its answer shall lie, and what to send where that is new, as it is while the last one is looked at."""
        if self._answer is not None and (self._lent is None or self._lent() is None):
            return self._answer, None
        new = SharedMemory()
        if self._answer is not None:
            self._answer.close()
        self._answer = new
        return self._answer, self._answer.fd

    def _send(self, message: ToDecode, fd: int | None) -> None:
        self._connection.settimeout(None)
        try:
            send(self._connection, message, fd)
        except ConnectionError as error:
            raise ProcessEnded(self.kill()) from error

    def _receive(self, until: float) -> Done:
        """The next message. Raises `TimeoutError` at that time, and `ProcessEnded`."""
        self._connection.settimeout(max(until - time.monotonic(), 0.001))
        try:
            return receive_done(self._connection)
        except (EOFError, ConnectionError) as error:
            raise ProcessEnded(self.kill()) from error  # one that is ending keeps its own exit code
        except ValueError as error:
            raise ProcessEnded(None) from error

    def _unasked(self) -> bytes | None:
        """What it has to say before it was asked: None is nothing, no bytes that it has ended."""
        self._connection.settimeout(0)
        try:
            return self._connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return None
        except ConnectionError:
            return b""


def _started(socket_fd: int, request_fd: int, *arguments: str) -> subprocess.Popen[bytes]:
    """A fresh interpreter that looks for modules where this one does and nowhere else."""
    module_paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    return subprocess.Popen(
        [
            *(sys.executable, "-P", "-m", "tallyscan.acquire.pool_child"),
            *(str(socket_fd), str(request_fd), *arguments),
        ],
        pass_fds=(socket_fd, request_fd),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | _MALLOC | {"PYTHONPATH": module_paths},
        start_new_session=True,  # Ctrl-C is for the service, which then ends this; and so it can be ended with its own
    )
