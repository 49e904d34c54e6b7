"""`tallyscan dry-run` on a store with a past. All of it is invented."""

import json
from pathlib import Path
from typing import Any

import pytest

from tallyscan.__main__ import main
from tallyscan.bootstrap import open_store, profile_book
from tallyscan.risk_profile import RiskProfileSaid
from tallyscan.settings import Settings

Capture = pytest.CaptureFixture[str]
SAID: dict[str, Any] = {
    "title": "Heavy goods",
    "by": "officer-1",
    "stage": "before_scan",
    "expression": "declaration.gross_mass_kg > 5000",
    "action": "scan",
}


@pytest.fixture
def data(settings: Settings) -> str:
    """A data folder with three declarations: a heavy one, a light one, and one without a mass."""
    with open_store(settings) as store:
        for name, mass_kg in (("C-1", 9000), ("C-2", 100), ("C-3", None)):
            item: dict[str, Any] = {"goodsItemNumber": 1, "descriptionOfGoods": "Paper", "grossMass": mass_kg}
            document = {
                "LRN": name,
                "transportEquipment": [{"containerIdentificationNumber": "CSQU3054383"}],
                "goodsItems": [item],
            }
            store.intake.accept_declaration(json.dumps(document).encode(), origin="test")
        profile_book(store).save("heavy", RiskProfileSaid.model_validate(SAID))
    return str(settings.data_dir)


def test_a_profile_in_a_file_is_tried_without_being_kept(data: str, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(SAID | {"expression": "declaration.gross_mass_kg < 5000"}), encoding="utf-8")
    assert main(["dry-run", str(path), "--data", data, "--json"]) == 0
    run = json.loads(capsys.readouterr().out)
    assert (run["profile"], run["considered"], run["hit"]) == ("on-trial", 3, ["C-2"])
    assert main(["dry-run", "on-trial", "--data", data]) == 2


def test_a_profile_on_record_is_tried_and_told_to_people(data: str, capsys: Capture) -> None:
    assert main(["dry-run", "heavy", "--data", data]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "heavy v1: 1 of 3 consignments hit, 1 cannot be judged; 2 would have been selected" in told
    assert "1 times: gross_mass_kg is not known" in told


def test_the_time_is_limited(data: str, capsys: Capture) -> None:
    arguments = ["dry-run", "heavy", "--profile-version", "1", "--data", data, "--json"]
    assert main([*arguments, "--until", "2026-01-01", "--since", "2025-12-01T00:00+02:00"]) == 0
    assert json.loads(capsys.readouterr().out)["considered"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "There is no profile 'nothing'"),
        (["heavy", "--profile-version", "9"], "There is no version 9"),
        (["heavy", "--since", "yesterday"], "'yesterday' is no time"),
        (["missing.json"], "cannot be read"),
        (["wrong.json"], "is no risk profile: title: Field required"),
        (["typo.json"], "there is no gros_mass_kg here"),
        (["heavy", "--since", "2026-02-01", "--until", "2026-01-01"], "ends before it begins"),
    ],
)
def test_what_cannot_be_tried_is_told(
    data: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wrong.json").write_text("{}", encoding="utf-8")
    typo = SAID | {"expression": "declaration.gros_mass_kg > 1"}
    Path("typo.json").write_text(json.dumps(typo), encoding="utf-8")
    assert main(["dry-run", *arguments, "--data", data]) == 2
    assert said in capsys.readouterr().err
