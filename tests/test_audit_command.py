"""`tallyscan audit` on what a service has written, and checked by others than the service."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from tallyscan.__main__ import main
from tallyscan.bootstrap import deliver_events, open_store
from tallyscan.settings import Settings
from tallyscan.store.audit_tables import AuditRow
from tallyscan.store.database import open_database
from tests.store.builders import declaration_json, scan_files
from tests.store.test_audit import changed, deleted, made_again, raw

Capture = pytest.CaptureFixture[str]
REFERENCE = Path(__file__).parent.parent / "docs" / "reference" / "audit.md"


@pytest.fixture
def data(settings: Settings) -> Path:
    """A data folder in which a scan and a declaration came, a person got an account, and events have left."""
    with open_store(settings) as store:
        store.intake.accept_declaration(declaration_json(), origin="http")
        store.intake.accept_scan(scan_files(b"no image"), origin="http", name="a.tif")
        store.intake.accept_scan(scan_files(b"nor this"), origin="http", name="b.tif", profile="none")
        with store.database.write() as session:
            session.execute(sa.text("SELECT 1"))
        refuse_something(store.intake)
        deliver_events(store, settings)
    assert (
        main(
            [
                "accounts",
                "add",
                "o.kovalenko",
                "--role",
                "operator",
                "--site",
                "*",
                "--data",
                str(settings.data_dir),
            ]
        )
        == 0
    )
    return settings.data_dir


def refuse_something(intake: object) -> None:
    """Of which an event leaves, and with it the head."""
    from tallyscan.errors import CorruptScan
    from tallyscan.scan import ScanPart

    intake.refusals.quarantine(
        ScanPart("c.tif", b"broken"), CorruptScan("It is broken."), kind="image", origin="http"
    )  # type: ignore[attr-defined]


def audit(data: Path, *arguments: str) -> int:
    return main(["audit", *arguments, "--data", str(data)])


def test_an_untouched_audit_is_whole_and_is_what_left_with_the_events(data: Path, capsys: Capture) -> None:
    capsys.readouterr()
    assert audit(data, "verify", "--head", str(data / "events.jsonl"), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["problems"] == []
    assert found["records"] == found["vouched_to"] > found["known_outside_to"] > 0
    assert audit(data, "verify") == 0
    assert "No head from outside was given" in capsys.readouterr().out


def test_what_was_cut_off_is_found_by_the_events_that_left(data: Path, capsys: Capture) -> None:
    database = open_database(f"sqlite:///{data}/tallyscan.db")
    with database.read() as session:
        last = session.execute(sa.select(sa.func.max(AuditRow.sequence))).scalar_one()
    with raw(database) as connection:
        deleted(connection, *range(3, last + 1))
    database.close()
    capsys.readouterr()
    assert audit(data, "verify") == 0
    capsys.readouterr()
    assert audit(data, "verify", "--head", str(data)) == 1
    assert "cut_short at record" in capsys.readouterr().out


def test_a_head_of_another_key_vouches_for_nothing(data: Path, capsys: Capture, tmp_path: Path) -> None:
    capsys.readouterr()
    assert audit(data, "public-key") == 0
    pem = tmp_path / "audit.pem"
    pem.write_text(capsys.readouterr().out)
    assert audit(data, "head") == 0
    head = capsys.readouterr().out.strip()
    assert audit(data, "verify", "--head", head, "--public-key", str(pem)) == 0
    (data / "audit.key").unlink()
    capsys.readouterr()
    assert audit(data, "verify", "--head", head) == 1  # another key is made
    assert "was not signed with the key" in capsys.readouterr().out
    assert audit(data, "verify", "--head", head, "--public-key", str(pem)) == 0


def test_the_key_is_for_its_owner_alone(data: Path) -> None:
    assert (data / "audit.key").stat().st_mode & 0o777 == 0o600


def verifier(folder: Path) -> Path:
    """The program in the reference page, as it stands there."""
    (program,) = re.findall(r"```python\n(.*?)```", REFERENCE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(program.strip().splitlines()) <= 26
    (folder / "verify.py").write_text(program, encoding="utf-8")
    return folder / "verify.py"


def test_others_can_check_an_export_by_the_reference_page_alone(
    data: Path, capsys: Capture, tmp_path: Path
) -> None:
    capsys.readouterr()
    assert audit(data, "public-key") == 0
    (tmp_path / "audit.pem").write_text(capsys.readouterr().out)
    assert audit(data, "export") == 0
    assert "o.kovalenko" not in capsys.readouterr().out
    assert audit(data, "export", "--people") == 0
    lines = capsys.readouterr().out
    (tmp_path / "export.jsonl").write_text(lines, encoding="utf-8")
    told = [json.loads(line) for line in lines.splitlines()]
    assert told[-2]["record"]["action"] == "audit.exported"
    assert "o.kovalenko" in {name for line in told[:-1] for name in line["names"].values()}
    program = verifier(tmp_path)

    def checked() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(program), str(tmp_path / "export.jsonl"), str(tmp_path / "audit.pem")]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert checked().stdout.strip() == f"{len(told) - 1} records, whole and signed"
    for before, after in (('"scan.received"', '"scan.viewed"'), ('"sequence": 2,', '"sequence": 3,')):
        assert before in lines
        (tmp_path / "export.jsonl").write_text(lines.replace(before, after, 1), encoding="utf-8")
        assert checked().returncode != 0


def test_a_chain_made_again_is_found_with_an_export_kept_outside(
    data: Path, capsys: Capture, tmp_path: Path
) -> None:
    capsys.readouterr()
    assert audit(data, "export") == 0
    (tmp_path / "export.jsonl").write_text(capsys.readouterr().out, encoding="utf-8")
    database = open_database(f"sqlite:///{data}/tallyscan.db")
    with raw(database) as connection:
        changed(connection, 2, object_id="another")
        made_again(connection, 2)
    database.close()
    assert audit(data, "verify") == 0
    assert audit(data, "verify", "--head", str(tmp_path / "export.jsonl")) == 1
    assert "other_chain at record" in capsys.readouterr().out


def test_an_erased_name_is_in_no_export_any_more(data: Path, capsys: Capture) -> None:
    assert audit(data, "erase", "person", "o.kovalenko", "--reason", "left the service") == 0
    capsys.readouterr()
    assert audit(data, "export", "--people") == 0
    assert "o.kovalenko" not in capsys.readouterr().out
    assert audit(data, "verify") == 0
    assert audit(data, "erase", "person", "o.kovalenko", "--reason", "again") == 2
    assert audit(data, "erase", "driver", "somebody", "--reason", "again") == 2


def test_heads_that_are_none_are_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing.txt").write_text("no head here")
    assert audit(data, "verify", "--head", str(tmp_path / "nothing.txt")) == 2
    assert audit(data, "verify", "--head", "nowhere") == 2


def test_the_grants_are_printed(capsys: Capture) -> None:
    assert main(["audit", "grants", "tallyscan_service"]) == 0
    assert 'GRANT SELECT, INSERT ON public.audit TO "tallyscan_service";' in capsys.readouterr().out
