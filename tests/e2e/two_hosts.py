"""Two hosts on one machine: network namespaces at a switch, of which each has its own addresses and its own 127.0.0.1.

What is sent between them while a plug is out vanishes: nobody is told, as with a cable that was cut somewhere.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

_CLONE_NEWNET = 0x4000_0000


class Host:
    """A namespace with `address`, and a folder that stands for its disk."""

    def __init__(self, name: str, address: str, disk: Path) -> None:
        self.name, self.address, self.disk = name, address, disk

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Sockets that this thread makes, and programs that it starts, are on this host."""
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
            _enter(there)
            os.close(there)
            yield
        finally:
            _enter(here)
            os.close(here)

    def on_disk(self, path: str) -> Path:
        """Where a path of this host lies."""
        return self.disk / path.lstrip("/")

    def localised(self, text: str) -> str:
        """What is said of paths under /etc and /var, of those on its disk."""
        return text.replace("/etc/", f"{self.disk}/etc/").replace("/var/", f"{self.disk}/var/")

    def shell(self, script: str, environment: Mapping[str, str]) -> str:
        """Run it here, and give what it printed."""
        with self.inside():
            done = subprocess.run(
                ["bash", "-euc", self.localised(script)],
                env=dict(environment),
                capture_output=True,
                text=True,
            )
        assert done.returncode == 0, done.stderr
        return done.stdout


class Network:
    """A switch and what is plugged into it."""

    def __init__(self) -> None:
        self._name = f"tallyscan-{uuid4().hex[:8]}"

    def __enter__(self) -> "Network":
        with ExitStack() as undo:
            _ip("netns", "add", self._name)
            undo.callback(_ip, "netns", "del", self._name)
            self._switch("link", "add", "switch", "type", "bridge")
            self._switch("link", "set", "switch", "up")
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def host(self, name: str, address: str, disk: Path) -> Host:
        """A further one, plugged in."""
        namespace = f"{self._name}-{name}"
        _ip("netns", "add", namespace)
        self._undo.callback(_ip, "netns", "del", namespace)
        self._switch("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", namespace)
        self._switch("link", "set", name, "up")
        for told in (
            ("link", "set", "lo", "up"),
            ("addr", "add", f"{address}/24", "dev", "eth0"),
            ("link", "set", "eth0", "up"),
        ):
            _ip("-n", namespace, *told)
        self.plug_in(name)
        return Host(namespace, address, disk)

    def plug_in(self, name: str) -> None:
        """It reaches the others."""
        self._switch("link", "set", name, "master", "switch")

    def pull_out(self, name: str) -> None:
        """It reaches nobody, and its own end of the line looks as before."""
        self._switch("link", "set", name, "nomaster")

    def _switch(self, *told: str) -> None:
        _ip("-n", self._name, *told)


def may_make_hosts() -> bool:
    """Whether this process is allowed to, as root on a machine of its own is."""
    name = f"tallyscan-{uuid4().hex[:8]}"
    try:
        _ip("netns", "add", name)
        _ip("-n", name, "link", "add", "switch", "type", "bridge")
        _ip("netns", "del", name)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _ip(*told: str) -> None:
    subprocess.run(["ip", *told], check=True, capture_output=True)


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
