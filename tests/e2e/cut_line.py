"""A line between a crossing point and its centre that can be cut: a relay of TCP on loopback."""

import socket
import threading
from contextlib import suppress


class Line:
    """Listens on a port of its own; `down` drops what is connected and whoever calls, `up` lets them through again."""

    def __init__(self, port: int) -> None:
        self.to = port
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._up = True
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def up(self) -> None:
        self._up = True

    def down(self) -> None:
        self._up = False
        self._drop()

    def close(self) -> None:
        self.down()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(10)

    def _drop(self) -> None:
        with self._lock:
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            try:
                if not self._up:
                    raise OSError("the line is down")
                far = socket.create_connection(("127.0.0.1", self.to), 5)
            except OSError:
                near.close()
                continue
            with self._lock:
                self._open |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open.discard(one)
        one.close()
