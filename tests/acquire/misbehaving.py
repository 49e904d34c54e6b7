"""Decoders as a hostile or broken file makes them: what happens is the name of the first file.

Run in decoding processes, which import this module by its name.
"""

import ctypes
import logging
import os
import re
import signal
import struct
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tallyscan.acquire import decoders
from tallyscan.acquire.limits import Limits
from tallyscan.delivery import Delivery
from tallyscan.errors import CorruptScan, IncompleteScan
from tallyscan.scan import RawScan, ScanFiles

_decoded_before = 0


def decode(files: ScanFiles, limits: Limits, delivery: Delivery | None = None) -> RawScan:
    """`decoders.decode`, before or instead of which something happens."""
    global _decoded_before
    happens = HAPPENS.get(files.images[0].name)
    if happens is not None:
        happens(limits)
    _decoded_before += 1
    return decoders.decode(files, limits, delivery)


def endless(_: Limits) -> None:
    while True:
        pass


def endless_in_c(_: Limits) -> None:
    """In one call that never lets go of the interpreter."""
    re.fullmatch("(a+)+", "a" * 60 + "b")


def deaf(_: Limits) -> None:
    """Ignores every signal that can be ignored."""
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    time.sleep(3600)


def takes_memory(_: Limits) -> None:
    np.ones(8_000_000_000, np.uint8)


def takes_memory_bit_by_bit(_: Limits) -> None:
    kept = []
    while True:
        kept.append(bytearray(20_000_000))


def exits(_: Limits) -> None:
    os._exit(3)


def says_and_exits(_: Limits) -> None:
    """As a codec in C does: past the logging of Python."""
    os.write(2, b"my last words\n")
    os._exit(3)


def leaves(_: Limits) -> None:
    sys.exit(0)


def segfault(_: Limits) -> None:
    ctypes.string_at(0)


def aborts(_: Limits) -> None:
    os.abort()


def killed(_: Limits) -> None:
    """As by the kernel when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


def crashes_when_used(_: Limits) -> None:
    """Only in a process that has decoded before, as when that damaged its memory."""
    if _decoded_before:
        ctypes.string_at(0)


def refuses(_: Limits) -> None:
    raise IncompleteScan("The low energy is missing.", remedy="Send it.")


def defect(_: Limits) -> None:
    raise ZeroDivisionError("a defect")


def no_memory_inside(_: Limits) -> None:
    try:
        takes_memory(_)
    except MemoryError as error:
        raise CorruptScan("The codec says that the file is damaged.") from error


def remarks(_: Limits) -> None:
    logging.getLogger("tifffile").warning("%s is odd", "this tag")
    warnings.warn("this value is odd", stacklevel=1)


def stops(_: Limits) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def forks(_: Limits) -> None:
    """Leaves a process behind that holds all that this one held."""
    if os.fork() == 0:
        time.sleep(3600)


def forks_and_crashes(limits: Limits) -> None:
    forks(limits)
    ctypes.string_at(0)


def speaks_when_told(_: Limits) -> None:
    """Later, when it was not asked anything."""
    signal.signal(signal.SIGUSR1, lambda *_: say(b"rubbish"))


def refuses_by_an_odd_name(_: Limits) -> None:
    raise CorruptScan("scan\udcff.tif: it is damaged.")


def remarks_wrongly(_: Limits) -> None:
    logging.getLogger("tifffile").warning("%d", "no number")


def shrinks_the_memory(_: Limits) -> None:
    """Takes away the memory that the service has mapped, if it can."""
    for link in Path("/proc/self/fd").iterdir():
        if link.is_symlink() and "memfd" in str(link.readlink()):
            os.ftruncate(int(link.name), 0)


HAPPENS: dict[str, Callable[[Limits], None]] = {
    happens.__name__: happens
    for happens in (
        endless, endless_in_c, deaf, takes_memory, takes_memory_bit_by_bit, exits, leaves, segfault, aborts, killed,
        says_and_exits, crashes_when_used, refuses, defect, no_memory_inside, remarks, stops, forks, forks_and_crashes,
        speaks_when_told, refuses_by_an_odd_name, remarks_wrongly, shrinks_the_memory,
    )
}  # fmt: skip


NONSENSE = {
    "nothing.tif": struct.pack("<QQ", 0, 0),
    "a_part.tif": b"some",
    "far_away.tif": struct.pack("<QQ", 2**62, 2**62),
    "much.tif": struct.pack("<QQ", 0, 2**40),
    "not_there.tif": struct.pack("<QQ", 1000, 1000),
}


def answers_nonsense(files: ScanFiles, limits: Limits, delivery: Delivery | None = None) -> RawScan:  # noqa: ARG001
    """Writes to the connection itself, as a decoder that was taken over may do."""
    say(NONSENSE[files.images[0].name])
    time.sleep(3600)
    raise AssertionError


def say(data: bytes) -> None:
    """Write to the connection with the service."""
    for link in Path("/proc/self/fd").iterdir():
        if link.is_symlink() and str(link.readlink()).startswith("socket:"):
            os.write(int(link.name), data)


def cannot_start() -> None:
    """Named as a decoder that is not there."""


cannot_start.__qualname__ = "not_there"
