"""What connects the service with a decoding process: memory that both see, and messages of two numbers."""

import fcntl
import mmap
import os
import socket
import struct
import tempfile
from typing import NamedTuple

_MESSAGE = struct.Struct("<QQ")
_STEP_BYTES = (
    1 << 20
)  # it grows by so much, so that few words behind an array rarely take a mapping of their own


class SharedMemory:
    """A file of memory without a name: the kernel frees it with the last process that holds it, however that ends.

    Both sides make one of these, the second from the file descriptor that it got of the first. It grows and never
    shrinks: the other process cannot take away what is mapped here.
    """

    def __init__(self, fd: int | None = None) -> None:
        self.fd = _file_of_memory() if fd is None else fd
        self._mapped: mmap.mmap | None = None

    def at_least(self, size: int) -> mmap.mmap:
        """So many bytes of it or more, made larger where it has fewer. What was written before stays.

        No more than is asked for: after memory ran out there must be room to say so.
        """
        if self._mapped is None or len(self._mapped) < size:
            size += -size % _STEP_BYTES
            if os.fstat(self.fd).st_size < size:
                os.ftruncate(self.fd, size)
            self._mapped = mmap.mmap(self.fd, size)
        return self._mapped

    def close(self) -> None:
        """Let go of it; arrays that lie in it stay."""
        self._mapped = None
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1


def _file_of_memory() -> int:
    if not hasattr(os, "memfd_create"):  # elsewhere than on Linux: a file that is deleted already
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())
    fd = os.memfd_create("tallyscan", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)
    return fd


class ToDecode(NamedTuple):
    """To the process: a scan lies in the request memory, behind a head of so many bytes.

    After so many seconds the process ends itself, should the service be gone by then.
    """

    head_bytes: int
    seconds: int


class Done(NamedTuple):
    """From the process: its answer lies in the answer memory, arrays first, JSON from here on and so long."""

    json_at: int
    json_bytes: int


READY = Done(0, 0)  # the first message: its libraries are loaded


def send(to: socket.socket, message: ToDecode | Done, fd: int | None = None) -> None:
    """Send a message, and a file descriptor with it."""
    if fd is None:
        to.sendall(_MESSAGE.pack(*message))
    else:
        socket.send_fds(to, [_MESSAGE.pack(*message)], [fd])


def receive_done(process: socket.socket) -> Done:
    """The next message of a process; file descriptors with it are dropped.

    Raises `EOFError` when the process has ended, `ValueError` when what it says is no message.
    """
    return Done(*_numbers(process.recv(_MESSAGE.size)))


def receive_to_decode(service: socket.socket) -> tuple[ToDecode, int | None]:
    """The next message of the service and the file descriptor that came with it. Raises `EOFError`."""
    data, fds, _, _ = socket.recv_fds(service, _MESSAGE.size, 1)
    return ToDecode(*_numbers(data)), fds[0] if fds else None


def _numbers(data: bytes) -> tuple[int, int]:
    if not data:
        raise EOFError
    if len(data) != _MESSAGE.size:  # so small a message comes whole or not at all
        raise ValueError("no message")
    first, second = _MESSAGE.unpack(data)
    return first, second
