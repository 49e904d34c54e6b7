"""Two hosts, set up by the steps of the how-to: web, database and bucket on one, workers on the other, which is cut off
in the middle of its readings, and comes back.
"""

import json
import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
import trustme
from sqlalchemy import URL

from tallyscan.commands.demo_postgresql import postgresql_of_our_own
from tests.acquire.s3_server import S3Server
from tests.e2e.how_to import blocks, environment_of, files, unit
from tests.e2e.serving import wait_until
from tests.e2e.test_workers import large
from tests.e2e.two_hosts import Host, Network, may_make_hosts
from tests.needed import needs
from tests.postgresql import needs_postgresql
from tests.sample_images import container_tiff, sidecar_json

PAGE = "run-on-many-machines.md"
WEB, HANDS = "192.0.2.1", "192.0.2.2"
BEAT_SECONDS = 1.0

pytestmark = [
    *needs_postgresql(),
    needs("ip", package="iproute2"),
    pytest.mark.skipif(
        os.environ.get("REQUIRE_ALL") != "1" and not may_make_hosts(),
        reason="needs root, to make network namespaces",
    ),
]


class Process:
    """What a unit of the how-to starts, on a host."""

    def __init__(self, host: Host, unit_name: str, instance: str, more: dict[str, str]) -> None:
        told = unit(unit_name, instance)
        (file,), (command,) = told["EnvironmentFile"], told["ExecStart"]
        environment = (
            dict(line.split("=", 1) for line in told["Environment"])
            | environment_of(host.on_disk(file).read_text())
            | more
        )
        program, *arguments = command.split()
        assert program == "/opt/tallyscan/bin/tallyscan"
        self._host, self._port = host, environment["TALLYSCAN_METRICS_PORT"]
        self._log = host.disk / f"{unit_name}{instance}.log"
        with host.inside(), self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tallyscan", *arguments],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **environment},
                stdout=log,
                stderr=log,
            )
        self.number = self._process.pid

    def ready(self) -> tuple[bool, dict[str, str]]:
        """As whoever watches it on its host is told; not ready while nobody answers."""
        line = HTTPConnection("127.0.0.1", int(self._port), timeout=30)
        try:
            with self._host.inside(), closing(line):
                line.request("GET", "/health/ready")
                answer = line.getresponse()
                return answer.status == 200, json.loads(answer.read())["wrong"]
        except OSError:
            assert self._process.poll() is None, self._log.read_text()
            return False, {}

    def said(self, *events: str) -> list[dict[str, Any]]:
        """The lines of its log about one of these."""
        lines = (json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{"))
        return [
            line
            for line in lines
            if line["event"] in events and line.get("worker", "").endswith(f"/{self.number}")
        ]

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            assert self._process.wait(60) == 0, self._log.read_text()

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class Site:
    """Both hosts, as they are when the how-to was followed up to the start."""

    def __init__(self, network: Network, web: Host, hands: Host, models: Path) -> None:
        self.network, self.web, self.hands = network, web, hands
        self._of_the_test = {
            "TALLYSCAN_MODELS_DIR": str(models),
            "TALLYSCAN_INFERENCE_THREADS": "1",
            "TALLYSCAN_DECODE_PROCESSES": "1",
            "TALLYSCAN_LOG_LEVEL": "info",
            "TALLYSCAN_WORKER_HEARTBEAT_SECONDS": str(BEAT_SECONDS),
            "TALLYSCAN_DISK_LEAST_FREE_MEGABYTES": "0",
            "TALLYSCAN_DISK_RESERVE_MEGABYTES": "0",
            "TALLYSCAN_BLOB_CACHE_MEGABYTES": "0",
        }
        self.key = ""

    def start(self, host: Host, unit_name: str, instance: str = "") -> Process:
        return Process(host, unit_name, instance, self._of_the_test)

    def send(self, image: bytes) -> str:
        """A scan to the web."""
        sent = [("image", ("a.tif", image)), ("sidecar", ("a.json", sidecar_json(site="XXOFF001")))]
        consignment = {"consignment": f"C-{uuid4()}"}
        key = {"Authorization": f"Bearer {self.key}"}
        taken: list[str] = []

        def is_taken() -> bool:
            with self.web.inside():
                answer = httpx.post(
                    "http://127.0.0.1:8000/v1/scans", files=sent, data=consignment, headers=key, timeout=60
                )
            assert answer.status_code in (202, 503), (
                answer.text
            )  # told to wait: who was cut off was just writing
            taken.extend([answer.json()["id"]] if answer.status_code == 202 else [])
            return bool(taken)

        wait_until(is_taken)
        return taken[0]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()

    def close(self) -> None:
        self._connection.close()

    def state(self, scan: str) -> str:
        return str(self.rows(f"SELECT state FROM scans WHERE id = '{scan}'")[0][0])

    def set_up(self, postgresql: Callable[..., URL], authority: trustme.CA) -> None:
        """Steps 2 to 5. The PostgreSQL that pip brings speaks no TLS, so that is left out."""
        told = files(PAGE)
        plain = re.compile(r"\?sslmode=verify-full&sslrootcert=\S+")
        for path, text in told.items():
            if path.startswith("/etc/tallyscan/"):
                file = self.web.on_disk(path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(self.web.localised(plain.sub("?sslmode=disable", text)))
        authority.cert_pem.write_to_path(str(self.web.on_disk("/etc/tallyscan/s3-authority.pem")))
        rules = "local all postgres trust\n" + told["/etc/postgresql/pg_hba.conf"].replace("hostssl", "host")
        conf = told["/etc/postgresql/postgresql.conf"].replace("'", "").splitlines()
        options = [line.replace(" = ", "=", 1) for line in conf if not line.startswith("ssl")]
        server = postgresql(options, rules).set(drivername="postgresql")
        (roles,) = blocks(PAGE, "sql")
        with psycopg.connect(server.render_as_string(), autocommit=True) as connection:
            for statement in roles.split(";\n"):
                connection.execute(statement)

        self._connection = psycopg.connect(
            server.set(database="tallyscan").render_as_string(), autocommit=True
        )

        keys, copy, tables = blocks(PAGE, "bash")
        environment = self._of_the_test | {
            "PATH": f"{_programs(self.web.disk.parent, self.hands.disk)}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        self.web.shell(keys, environment)
        self.web.shell(copy, environment)
        assert not self.hands.on_disk("/etc/tallyscan/owner_url").exists()
        for file in self.hands.on_disk("/etc/tallyscan").iterdir():  # its disk has another place
            if file.name.endswith(".env"):
                file.write_text(file.read_text().replace(str(self.web.disk), str(self.hands.disk)))
        said = self.web.shell(tables, environment)
        assert "pseudonyms: not known" in said
        found = re.search(r"Authorization: Bearer (\S+)", said)
        assert found, said
        self.key = found[1]


class _ShakesHandsLater(ssl.SSLContext):
    """In the thread of each connection: a host that is cut off in the middle of it must not keep others waiting."""

    def wrap_socket(self, *given: Any, **more: Any) -> ssl.SSLSocket:
        return super().wrap_socket(*given, **more | {"do_handshake_on_connect": False})


def _programs(folder: Path, hands: Path) -> Path:
    """What a shell finds on real hosts: the command that is installed, and one that copies to another host."""
    programs = folder / "bin"
    programs.mkdir()
    for name, script in (
        ("tallyscan", f'exec {sys.executable} -m tallyscan "$@"'),
        (
            "rsync",
            f'[ "$1 $2" = "-a --exclude" ]; to={hands}/etc/tallyscan; mkdir -p "$to"; cp -a "$4". "$to"; rm "$to/$3"',
        ),
    ):
        (programs / name).write_text(f"#!/bin/sh\nset -eu\n{script}\n")
        (programs / name).chmod(0o755)
    return programs


@pytest.fixture
def site(tmp_path: Path, tiny_models_dir: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        network = stack.enter_context(Network())
        web = network.host("web", WEB, tmp_path / "web")
        hands = network.host("hands", HANDS, tmp_path / "hands")
        authority = trustme.CA()
        context = _ShakesHandsLater(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(WEB).configure_cert(context)
        trusted = str(tmp_path / "authority.pem")
        authority.cert_pem.write_to_path(trusted)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("AWS_ACCESS_KEY_ID", "ACCESS_KEY")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "SECRET_KEY")
        with web.inside():
            s3 = stack.enter_context(_closing_s3(S3Server(WEB, 9000, context, trusted)))
            s3.client.create_bucket(Bucket="tallyscan")

        def postgresql(options: list[str], rules: str) -> URL:
            # Run by another user, who may not look into the folder of the tests.
            open_to_all = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            open_to_all.chmod(0o755)
            (open_to_all / "pg_hba.conf").write_text(rules)
            # Nothing of it is kept when it ends, so the disk may wait.
            quick = ["fsync=off", "full_page_writes=off", "wal_init_zero=off"]
            told = [*options, *quick, f"hba_file={open_to_all}/pg_hba.conf"]
            with web.inside():
                return stack.enter_context(postgresql_of_our_own(options=told))

        made = Site(network, web, hands, tiny_models_dir)
        made.set_up(postgresql, authority)
        yield made
        made.close()


def _closing_s3(server: S3Server) -> "closing[S3Server]":
    server.close = server.stop  # type: ignore[attr-defined]
    return closing(server)  # type: ignore[type-var]


def test_a_host_that_is_cut_off_in_its_readings_loses_them_to_another_and_goes_on_when_it_is_back(
    site: Site,
) -> None:
    with ExitStack() as stack:
        web = stack.enter_context(site.start(site.web, "tallyscan-serve.service"))
        wait_until(lambda: web.ready()[0])  # so it is the one that looks after the queue
        workers = [stack.enter_context(site.start(site.hands, "tallyscan-worker@.service", n)) for n in "12"]
        wait_until(lambda: all(worker.ready()[0] for worker in workers))

        begun = [site.send(large(seed)) for seed in (1, 2)]
        wait_until(lambda: [site.state(scan) for scan in begun] == ["reading", "reading"])
        site.network.pull_out("hands")
        assert [site.state(scan) for scan in begun] == ["reading", "reading"]

        begun.append(site.send(container_tiff(seed=3)))
        with site.start(site.web, "tallyscan-worker@.service", "3") as helper:
            wait_until(lambda: all(site.state(scan) == "read" for scan in begun))
            assert {scan["scan"] for scan in helper.said("read")} == set(begun)
            helper.end()
        wait_until(lambda: "database" in workers[0].ready()[1])
        assert web.ready() == (True, {})

        site.network.plug_in("hands")
        wait_until(lambda: all(worker.ready()[0] for worker in workers))
        # What they come with late is not theirs to save any more: it changed hands, or they could not bring it.
        wait_until(
            lambda: (
                {line["scan"] for worker in workers for line in worker.said("read again", "waits")}
                == set(begun[:2])
            )
        )
        web.end()
        web = stack.enter_context(site.start(site.web, "tallyscan-serve.service"))
        wait_until(lambda: web.ready()[0])
        later = [site.send(container_tiff(seed=seed)) for seed in (4, 5, 6)]
        wait_until(lambda: all(site.state(scan) == "read" for scan in later))
        for worker in (*workers, web):
            worker.end()

    once = [(scan, 1, 1) for scan in sorted((*begun, *later))]
    counted = "SELECT scan_id, count(*), max(revision) FROM {} GROUP BY scan_id ORDER BY scan_id"
    assert site.rows(counted.format("readings")) == once
    assert site.rows("SELECT scan_id, count(*), 1 FROM risk_record_entries GROUP BY 1 ORDER BY 1") == once
    assert site.rows("SELECT count(*) FROM procrastinate_jobs") == [(0,)]
