"""A PostgreSQL that can be killed and started again on what it had written."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from sqlalchemy import URL, create_engine, text

from tallyscan.commands.demo_postgresql import _programs, _wait_for
from tests.postgresql import BARE

# It never outlives the tests, even killed ones; its files do until `close`.
_ENDS_WITH_ITS_INPUT = '"$@" & read -r _; kill -INT $!; wait'


class KilledPostgresql:
    """With an empty database; it waits for the disk at each commit, as where it is meant."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="tallyscan-pg-"))
        self._programs, self._user = _programs(self._folder)
        self._data = self._folder / "data"
        made = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres", "-D", str(self._data)]
        subprocess.run(
            [self._programs / "initdb", *made], check=True, stdout=subprocess.DEVNULL, user=self._user
        )
        self._started: list[subprocess.Popen[bytes]] = []
        self._server = URL.create(
            "postgresql+psycopg", "postgres", database="postgres", query={"host": str(self._folder)}
        )
        self.start()
        admin = create_engine(self._server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE scans TEMPLATE {BARE}"))
        admin.dispose()

    @property
    def url(self) -> str:
        """Of the database."""
        return self._server.set(database="scans").render_as_string(hide_password=False)

    def start(self) -> None:
        """Start it; what it finds on the disk is what there is."""
        told = [f"-c{each}" for each in ("listen_addresses=", f"unix_socket_directories={self._folder}")]
        with (self._folder / "log").open("a") as out:
            command = ["sh", "-c", _ENDS_WITH_ITS_INPUT, "sh", str(self._programs / "postgres")]
            self._started.append(
                subprocess.Popen(
                    [*command, "-D", str(self._data), *told],
                    stdin=subprocess.PIPE,
                    stdout=out,
                    stderr=out,
                    user=self._user,
                    start_new_session=True,
                )
            )
        _wait_for(self._server, self._folder / "log")

    def kill(self) -> None:
        """SIGKILL to all of it at once, as by a power cut."""
        started = self._started.pop()
        postmaster = int((self._data / "postmaster.pid").read_text().split()[0])
        os.killpg(started.pid, signal.SIGSTOP)  # it makes no more of them
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        os.killpg(started.pid, signal.SIGKILL)
        for each in map(int, children):  # each is in a group of its own
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        assert started.stdin is not None
        started.stdin.close()
        started.wait()
        until = time.monotonic() + 30
        while any(Path(f"/proc/{each}").exists() for each in (postmaster, *children)):
            assert time.monotonic() < until
            time.sleep(0.01)

    def close(self) -> None:
        """End it and take its files away."""
        for each in self._started:
            each.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)
