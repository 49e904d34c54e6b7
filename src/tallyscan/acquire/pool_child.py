"""A decoding process: takes one scan after the other from the service, until that closes the connection.

    python -m tallyscan.acquire.pool_child SOCKET_FD REQUEST_FD MODULE:FUNCTION MEMORY_BYTES

Started by `pool_process.py`. Nothing but decoding happens here, so that a file which crashes a decoder, keeps it busy
for ever or makes it take all memory ends this process and nothing else.
"""

import errno
import gc
import logging
import os
import pkgutil
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from tallyscan.acquire.limits import Limits
from tallyscan.acquire.pixel_memory import pixels_in
from tallyscan.acquire.pool_channel import READY, Done, SharedMemory, receive_to_decode, send
from tallyscan.acquire.pool_layout import (
    NO_MEMORY,
    AnswerArrays,
    Refusal,
    Remark,
    read_request,
    write_answer,
    write_scan,
)
from tallyscan.acquire.sandbox import give_up_rights
from tallyscan.delivery import Delivery
from tallyscan.errors import TallyscanError
from tallyscan.scan import RawScan, ScanFiles

Decode = Callable[[ScanFiles, Limits, Delivery | None], RawScan]

_MOST_REMARKS, _REMARK_LENGTH = 50, 500
_OOM_SCORE = "500"  # where memory runs out, the kernel shall end this process rather than the service


class Remarks(logging.Handler):
    """Keeps what libraries log, for the service to log: so one process decides what is heard."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: list[Remark] = []

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        try:
            if len(self._kept) < _MOST_REMARKS:
                text = record.getMessage()[:_REMARK_LENGTH]
                self._kept.append(Remark(logger=record.name, level=record.levelno, text=text))
        except Exception:  # noqa: BLE001 - as every handler: a remark that cannot be written is no error of the scan
            self.handleError(record)

    def taken(self) -> tuple[Remark, ...]:
        """Those since the last time."""
        kept, self._kept = tuple(self._kept), []
        return kept


def serve(service: socket.socket, request: SharedMemory, decode: Decode, remarks: Remarks) -> NoReturn:
    """Decode what comes. Raises `EOFError` when nothing more will."""
    answer = SharedMemory()  # until the service sends its own
    send(service, READY)
    while True:
        message, fd = receive_to_decode(service)
        if fd is not None:
            answer.close()
            answer = SharedMemory(fd)
        signal.alarm(message.seconds)  # ends this process even where nobody watches over it any more
        done = _decoded(request, message.head_bytes, answer, decode, remarks)
        signal.alarm(0)
        send(service, done)
        gc.collect()  # libraries leave cycles that hold a whole file


def _decoded(
    request: SharedMemory, head_bytes: int, answer: SharedMemory, decode: Decode, remarks: Remarks
) -> Done:
    try:
        arrays = AnswerArrays(answer)
        with pixels_in(arrays.new):
            raw = decode(*read_request(request, head_bytes))
        return write_scan(answer, raw, arrays, remarks.taken())
    except BaseException as error:  # noqa: BLE001 - the edge of the process: the service knows what to do with it
        refusal = _refusal(error)
    return write_answer(answer, refusal, remarks.taken())


def _refusal(error: BaseException) -> Refusal:
    if any(_lacks_memory(cause) for cause in (error, error.__cause__)):
        return Refusal(code=NO_MEMORY)
    if isinstance(error, TallyscanError):
        return Refusal(code=error.code, detail=error.detail, remedy=error.remedy)
    text = "".join(traceback.format_exception(error))
    return Refusal(code=TallyscanError.code, detail=f"{type(error).__name__}: {error}", traceback=text)


def _lacks_memory(error: BaseException | None) -> bool:
    refused = (errno.ENOMEM, errno.EFBIG)  # the second for an answer larger than a file may be
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in refused)


def _limit(memory_bytes: int) -> None:
    """Bounds what decoding may take on top of what the libraries already have."""
    held = 0
    with suppress(OSError):  # elsewhere than on Linux
        held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)
    for what, most in (
        (resource.RLIMIT_AS, held + memory_bytes),
        (resource.RLIMIT_FSIZE, memory_bytes),  # shared memory counts as a file
        (resource.RLIMIT_CORE, 0),  # no image of a scan on the disk
    ):
        with suppress(ValueError, OSError):  # a lower limit of the machine's own stays
            resource.setrlimit(what, (most, most))


def main(arguments: list[str]) -> None:
    """See above."""
    socket_fd, request_fd, function, memory_bytes = arguments
    decode: Decode = pkgutil.resolve_name(function)
    _limit(int(memory_bytes))
    give_up_rights()
    remarks = Remarks()
    logging.getLogger().addHandler(remarks)
    logging.captureWarnings(True)
    gc.freeze()  # what is there now stays, and need not be looked through after every scan
    service = socket.socket(fileno=int(socket_fd))
    try:
        serve(service, SharedMemory(int(request_fd)), decode, remarks)
    except (EOFError, ConnectionError):
        os._exit(0)
    except BaseException:  # noqa: BLE001 - the service learns of it by the exit code, so nothing is closed before
        traceback.print_exc()
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
