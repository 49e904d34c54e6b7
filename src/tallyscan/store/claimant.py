"""Who holds a claim: a process, named so that others on the same machine can tell whether it lives."""

import os
import socket
from pathlib import Path

_PROC = Path("/proc")


def this_process() -> str:
    """`host/boot/pid/start`: never the same for two processes, even when the number of one is used again."""
    return f"{socket.gethostname()}/{_boot()}/{os.getpid()}/{_started(os.getpid())}"


def short_name() -> str:
    """This process for people: host and number."""
    return f"{socket.gethostname()}/{os.getpid()}"


def is_dead(claimant: str) -> bool:
    """True only when it is certain: the claimant ran on this machine and is gone.

    Of a process on another machine nothing is known here; its claims run out with their lease.
    """
    host, boot, pid, started = claimant.rsplit("/", 3)
    if host != socket.gethostname():
        return False
    if boot != _boot():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return _started(int(pid)) != started


def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "-"


def _started(pid: int) -> str:
    """Clock ticks from boot to the start of the process; '-' where the system does not tell."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return "-"
