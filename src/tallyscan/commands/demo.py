"""`tallyscan demo`: every sample case through the whole service, a table, and then the service itself."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tallyscan.acquire.receive_path import FoundScan, find_scans, load
from tallyscan.bootstrap import Store, deliver_events, open_reader, open_store, worker_of
from tallyscan.commands.demo_postgresql import postgresql_of_our_own
from tallyscan.commands.output import free_stem, stored_outcome, write_outputs
from tallyscan.commands.serve import bound_socket, serve_store
from tallyscan.commands.table import print_table
from tallyscan.errors import Conflict, NotFound
from tallyscan.pipeline import Reader
from tallyscan.reading import Reading
from tallyscan.scan import ScanFiles
from tallyscan.settings import Settings
from tallyscan.store import queries

MARK = "made-by-tallyscan-demo.txt"
SITE = "XXDEMO"
"""An invented crossing point: no country has the code XX."""


def demo(
    settings: Settings,
    folder: Path,
    out: Path,
    *,
    serve_after: bool,
    console: Console,
    on_postgresql: bool = False,
) -> int:
    """Read every case `<folder>/<case>/scan.*`, all as of one crossing point, write what was found to `out`, then serve
    it until Ctrl-C. `on_postgresql`: on one that is started for it and ends with it, else on SQLite.

    0 even when a case was not read: a sample may be there to show just that, and the table says so. The store
    `<out>/data` is made anew; `Conflict` when there is something of that name that no demo has made.
    """
    cases = find_scans([folder]) if folder.is_dir() else []
    if not cases:
        raise NotFound(
            f"There are no sample scans in {folder}.", remedy="Name a folder of <case>/scan.tif files."
        )
    settings = settings.model_copy(update={"data_dir": out / "data"})
    with (
        bound_socket(settings) if serve_after else nullcontext() as listening,
        open_reader(settings) as reader,
    ):
        _make_anew(settings.data_dir)
        with _database(settings, on_postgresql=on_postgresql) as settings, open_store(settings) as store:
            rows = _read_cases(settings, store, reader, cases, out, console)
            print_table(console, rows)
            console.print(
                f"All of it is received for {SITE}, a crossing point that is invented.", soft_wrap=True
            )
            console.print(f"Pictures, pages and readings are in {out}/", soft_wrap=True)
            if listening is not None:
                serve_store(settings, store, reader, listening, console)
    return 0


@contextmanager
def _database(settings: Settings, *, on_postgresql: bool) -> Iterator[Settings]:
    """An empty one: SQLite in the folder that was made anew, or a PostgreSQL of our own in it."""
    if not on_postgresql:
        yield settings.model_copy(update={"database_url": None, "database_url_file": None})
        return
    with postgresql_of_our_own(settings.data_dir / "postgresql") as url:
        address = SecretStr(url.render_as_string(hide_password=False))
        yield settings.model_copy(update={"database_url": address})


def _make_anew(data_dir: Path) -> None:
    """Nothing is deleted but what the mark in it says is a demo's."""
    mark = data_dir / MARK
    if data_dir.is_symlink() or (data_dir.exists() and not mark.is_file()):
        raise Conflict(
            f"{data_dir} is there and was not made by a demo: it is not deleted.",
            remedy="Choose another --out, or move it away.",
        )
    try:
        if data_dir.exists():
            shutil.rmtree(data_dir)
        data_dir.mkdir(parents=True)
        mark.write_text(
            "Made by tallyscan demo, which deletes this folder when it starts.\n", encoding="utf-8"
        )
    except OSError as error:
        raise Conflict(
            f"{data_dir} cannot be made anew: {error.strerror}.", remedy="Choose another --out."
        ) from error


def _read_cases(
    settings: Settings, store: Store, reader: Reader, cases: list[FoundScan], out: Path, console: Console
) -> list[tuple[str, str, Reading]]:
    worker = worker_of(store, reader, settings)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    ids: dict[str, str] = {}
    taken: set[str] = set()
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Reading scans", total=len(cases))
        for case in cases:
            name = free_stem(_case_name(case), taken)
            progress.update(task, description=name)
            files = _at_site(load(case, reader.limits))
            ids[name] = store.intake.accept_scan(files, origin="demo", name=name).scan_id
            while worker.read_next() is not None:
                pass
            progress.advance(task)
        progress.update(task, description="Reading scans")
    deliver_events(store, settings)
    rows = []
    for name, scan_id in ids.items():
        with store.database.read() as session:
            view = queries.scan(session, scan_id)
        outcome = stored_outcome(store, view)
        outcome = replace(outcome, reading=replace(outcome.reading, scan=name))
        write_outputs(out, name, outcome)
        rows.append((name, outcome.declaration.in_words if outcome.declaration else "", outcome.reading))
    return rows


def _at_site(files: ScanFiles) -> ScanFiles:
    """The same, made at the invented crossing point unless its sidecar names one; what is no sidecar stays as it is."""
    try:
        said = json.loads(files.sidecar or b"{}")
    except ValueError:
        return files
    if not isinstance(said, dict) or said.get("site"):
        return files
    return replace(files, sidecar=json.dumps(said | {"site": SITE}).encode())


def _case_name(case: FoundScan) -> str:
    return case.images[0].parent.name if case.stem == "scan" else case.stem
