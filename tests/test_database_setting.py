"""`database_url`: every command on a PostgreSQL, and what is said where that cannot be."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from tallyscan.__main__ import main
from tallyscan.errors import TallyscanError
from tallyscan.settings import Settings
from tests.postgresql import Postgresql, needs_postgresql
from tests.sample_images import MRN, container_tiff, declaration_json, sidecar_json

Capture = pytest.CaptureFixture[str]
SECRET = "only-ours"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, tiny_models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TALLYSCAN_MODELS_DIR", str(tiny_models_dir))
    monkeypatch.setenv("TALLYSCAN_DATA_DIR", "data")


@pytest.fixture(params=[pytest.param("postgresql", marks=needs_postgresql())])
def url(postgresql: Postgresql) -> Iterator[str]:
    with postgresql.database() as made:
        yield made


def test_every_command_works_on_it_and_none_makes_a_database_in_the_data_folder(
    url: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("url").write_text(f"{url}\n", encoding="utf-8")
    monkeypatch.setenv("TALLYSCAN_DATABASE_URL_FILE", "url")
    Path("scan.tif").write_bytes(container_tiff())
    Path("scan.json").write_bytes(sidecar_json())
    Path("scan.declaration.json").write_bytes(declaration_json())
    Path("profile.json").write_text(
        json.dumps(
            {
                "title": "Heavy goods",
                "by": "officer-1",
                "stage": "before_scan",
                "expression": "declaration.gross_mass_kg > 5000",
                "action": "scan",
            }
        ),
        encoding="utf-8",
    )
    assert main(["read", "scan.tif", "--record", "--json"]) == 0
    scan = json.loads(capsys.readouterr().out)["scan"]
    monkeypatch.setenv("TALLYSCAN_DATABASE_URL", url)
    monkeypatch.delenv("TALLYSCAN_DATABASE_URL_FILE")
    for command in (
        ["replay", scan],
        ["risk-record", MRN, "--check"],
        ["outbox", "list"],
        ["dead-letters", "list"],
        ["accounts", "add", "Officer 1", "--role", "operator", "--site", "*"],
        ["accounts", "list"],
        ["dry-run", "profile.json"],
        ["declare", "validate", "scan.declaration.json"],
    ):
        assert main(command) == 0, capsys.readouterr()
    assert "Officer 1" in capsys.readouterr().out
    assert len(Path("data/events.jsonl").read_text().splitlines()) >= 1
    assert not Path("data/tallyscan.db").exists()


@pytest.mark.parametrize("marked", [pytest.param("", marks=needs_postgresql())])
@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"postgresql://me:{SECRET}@127.0.0.1:1/name", "The database does not answer"),
        (f"postgresql://me:{SECRET}@/name?host=/nowhere", "The database does not answer"),
        (f"postgresql://me:{SECRET}@127.0.0.1:1/name?nothing=1", "The database does not answer"),
        (f"mysql://me:{SECRET}@127.0.0.1/name", "no address of a PostgreSQL"),
        (f"postgresql://me:{SECRET}@127.0.0.1", "no address of a PostgreSQL"),
        (SECRET, "no address of a PostgreSQL"),
    ],
)
def test_what_cannot_be_opened_is_said_without_its_password(
    url: str, said: str, marked: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLYSCAN_DATABASE_URL", url)
    for command in (["outbox", "list"], ["risk-record", MRN]):
        Path("data").mkdir(exist_ok=True)
        assert main(command) == 2
        told = capsys.readouterr()
        assert said in told.err, marked
        assert SECRET not in told.err + told.out


def test_a_password_is_in_no_text_of_the_settings() -> None:
    settings = Settings(database_url=f"postgresql://me:{SECRET}@host/name")  # type: ignore[arg-type]
    assert SECRET not in f"{settings!r} {settings} {settings.database_address!r}"
    with pytest.raises(ValidationError) as refused:
        Settings(database_url=f"mysql://me:{SECRET}@host/name")  # type: ignore[arg-type]
    assert SECRET not in str(refused.value)


def test_a_file_that_holds_no_address_is_said() -> None:
    for name, text in (("away", None), ("wrong", "mysql://me@host/name")):
        if text is not None:
            Path(name).write_text(text, encoding="utf-8")
        with pytest.raises(TallyscanError, match="database_url_file"):
            _ = Settings(database_url_file=Path(name)).database_address


def test_without_the_library_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr("tallyscan.store.postgresql.import_module", missing)
    monkeypatch.setenv("TALLYSCAN_DATABASE_URL", "postgresql://me@host/name")
    assert main(["outbox", "list"]) == 2
    assert "pip install 'tallyscan[postgres]'" in capsys.readouterr().err
