"""Two hundred hostile declarations: each gives a clear reason, and its bytes and the reason are in quarantine."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tallyscan.declare.declarations import read_declarations
from tallyscan.errors import InvalidDeclaration
from tallyscan.store import queries
from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.database import Database, open_database
from tallyscan.store.intake import Intake
from tallyscan.store.joins import Joins
from tests.declare.documents import MAPPINGS
from tests.declare.hostile import Case, hostile_cases

CASES = {case[0]: case for case in hostile_cases()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def database(folder: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{folder / 'tallyscan.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def intake(database: Database, folder: Path) -> Intake:
    reads = partial(read_declarations, mappings=MAPPINGS)
    return Intake(
        database, FolderBlobs(folder / "blobs"), joins=Joins(timedelta(days=30)), read_declarations=reads
    )


def test_there_are_two_hundred_of_them() -> None:
    assert len(hostile_cases()) == len(CASES) >= 200


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_each_is_refused_with_its_reason_and_nothing_is_lost(
    case: Case, intake: Intake, database: Database, folder: Path
) -> None:
    name, made, says = case
    data = made if isinstance(made, bytes) else made()
    with pytest.raises(InvalidDeclaration, match=says) as refused:
        intake.accept_declarations(data, origin="test", name=name)
    assert len(refused.value.reason) < 4000
    assert refused.value.reason.isprintable()
    with database.read() as session:
        entry = queries.quarantine(session, limit=1)[0]
    assert (entry.name, entry.code, entry.reason) == (name, "invalid_declaration", refused.value.reason)
    assert entry.sha256 == hashlib.sha256(data).hexdigest()
    assert FolderBlobs(folder / "blobs").get(entry.sha256 or "") == data


@pytest.mark.parametrize(
    "made",
    [
        "b'<CC015C>' + b'<a/>' * 999_990 + b'</CC015C>'",
        'b\'{"extensions": {"a": [\' + b"{}," * 999_990 + b"{}]}}"',
        "b'LRN,container,description' + b'\\n' + b',' * 15_000_000",
    ],
    ids=["elements", "objects", "fields"],
)
def test_the_memory_is_bounded_by_what_is_let_through(made: str) -> None:
    code = (
        "import resource; from tests.declare.documents import MAPPINGS;"
        "from tallyscan.declare.declarations import read_declarations;"
        "from tallyscan.errors import InvalidDeclaration\n"
        f"data, before = {made}, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: read_declarations(data, None, MAPPINGS)\n"
        "except InvalidDeclaration: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert int(ended.stdout) < 500 * 1024
