"""The service as it runs: one process on SQLite, or a web process and two workers on a PostgreSQL of their own."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tallyscan.access.access import Access, access_to
from tallyscan.access.caller import Role
from tallyscan.access.names import account_key
from tallyscan.access.secrets import csrf_token
from tallyscan.bootstrap import open_existing
from tallyscan.commands.demo_postgresql import postgresql_of_our_own
from tallyscan.settings import Settings
from tallyscan.store.database import Database
from tests.e2e.serving import ServiceProcess, WorkerProcess
from tests.machines import machine
from tests.report.rabbitmq import free_ports

Kind = Literal["sqlite", "postgresql"]
WORKERS = 2
SITES = ("XX000001", "XX000002", "XX000003")


@dataclass(frozen=True)
class Running:
    """It answers at `url`; `processes` by their names, with their numbers. Of `access` come keys and sessions."""

    settings: Settings
    url: str
    metrics: str
    processes: dict[str, int]
    database: Database
    access: Access

    def person(self, name: str, roles: Sequence[Role], sites: Sequence[str]) -> dict[str, str]:
        """The headers of somebody who signed in just now."""
        self.access.accounts.add(name, roles, sites, by="load")
        token = self.access.sessions.begin(account_key(name), address="127.0.0.1", browser="load").token
        return {"Cookie": f"tallyscan_session={token}", "X-CSRF-Token": csrf_token(token)}

    def scanner(self, gate: str, site: str) -> dict[str, str]:
        """The headers of a scanner with a key of its own."""
        _, token = self.access.device_keys.add(gate, scanner=gate, sites=[site], may=["deliver"], by="load")
        return {"Authorization": f"Bearer {token}"}


@contextmanager
def running(kind: Kind, models_dir: Path, folder: Path, given: Mapping[str, object]) -> Iterator[Running]:
    """All of it with these settings, ended politely at the end. Raises `AssertionError` where it does not end so."""
    with ExitStack() as ends:
        (port,) = free_ports(1)
        told: dict[str, object] = {"sign_in": "accounts", "inference_threads": 2, **given}
        if kind == "sqlite":
            settings = Settings.model_validate(
                {**told, "models_dir": models_dir, "data_dir": folder / "data"}
            )
        else:
            url = ends.enter_context(postgresql_of_our_own()).render_as_string(hide_password=False)
            told |= {"inference_threads": 1, "read_here": False}
            common = Settings.model_validate({**told, "models_dir": models_dir})
            settings = machine(common, folder / "shared", "web", url)
            told["database_url"] = url
        web = ServiceProcess(models_dir, settings.data_dir, **told, metrics_port=port)
        ends.callback(_end, web)
        processes = {"serve": web.process.pid}
        if kind == "postgresql":
            for number in range(1, WORKERS + 1):
                worker = WorkerProcess(machine(settings, folder / "shared", f"worker-{number}", url))
                ends.callback(_end, worker)
                processes[f"worker {number}"] = worker.process.pid
        database = ends.enter_context(open_existing(settings))
        metrics = f"http://127.0.0.1:{port}/metrics"
        yield Running(
            settings, str(web.client.base_url), metrics, processes, database, access_to(database, settings)
        )


def _end(process: ServiceProcess | WorkerProcess) -> None:
    assert process.end() == 0
