"""All machines on one database have the same keys, or do not start."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console

from tallyscan.bootstrap import load_pseudonyms, open_store, shared_keys
from tallyscan.commands.declare import import_hs
from tallyscan.commands.keys import KeysOptions, keys
from tallyscan.errors import Conflict, Unavailable
from tallyscan.selection_key import selection_key
from tallyscan.settings import Settings
from tallyscan.store.database import Database
from tallyscan.store.shared_keys import Shared, check_shared, renew_shared, standing
from tallyscan.store.tables import SharedKeyRow
from tests.hs_table import hs_csv

ONE, OTHER = {"selection": b"one" * 8}, {"selection": b"other" * 8}
QUIET = Console(quiet=True)


def test_the_first_machine_says_which_key_it_is_and_another_one_is_refused(database: Database) -> None:
    check_shared(database, ONE)
    check_shared(database, ONE)
    with pytest.raises(Conflict, match=r"another key of selection.*selection_key_file.*keys renew selection"):
        check_shared(database, OTHER)
    with database.read() as session:
        (fits,) = standing(session, ONE)
        assert fits.fits
        row = session.get_one(SharedKeyRow, "selection")
        assert ONE["selection"].hex() not in (row.sha256, row.salt.hex())


def test_a_key_that_is_renewed_counts_from_then_on(database: Database) -> None:
    check_shared(database, ONE)
    with database.write() as session:
        renew_shared(session, "selection", OTHER["selection"])
    check_shared(database, OTHER)
    with pytest.raises(Conflict):
        check_shared(database, ONE)


@pytest.mark.parametrize(
    ("lost", "name"),
    [("selection.key", "selection"), ("pseudonym.key", "pseudonyms"), ("audit.key", "audit")],
)
def test_a_key_that_was_lost_is_not_silently_made_anew(settings: Settings, lost: str, name: Shared) -> None:
    with open_store(settings):
        pass
    (settings.data_dir / lost).unlink()
    with pytest.raises(Conflict, match=r"tallyscan keys renew"), open_store(settings):
        pass
    assert keys(settings, KeysOptions("list"), QUIET) == 1
    assert keys(settings, KeysOptions("renew", name), QUIET) == 0
    assert keys(settings, KeysOptions("list"), QUIET) == 0
    with open_store(settings):
        pass


def test_keys_come_from_files_that_the_settings_name_byte_by_byte(settings: Settings, tmp_path: Path) -> None:
    with open_store(settings):
        held = shared_keys(settings)
    for name in ("selection.key", "pseudonym.key", "audit.key"):
        (settings.data_dir / name).rename(tmp_path / name)
    files = {
        "selection_key_file": tmp_path / "selection.key",
        "pseudonym_key_file": tmp_path / "pseudonym.key",
        "audit_key_file": tmp_path / "audit.key",
    }
    named = settings.model_copy(update=files)
    assert shared_keys(named) == held
    with open_store(named):
        pass
    assert not (settings.data_dir / "selection.key").exists()
    said = settings.model_copy(update={"pseudonym_key": SecretStr("k" * 32)})
    assert load_pseudonyms(said).key == b"k" * 32


def test_a_file_of_a_key_that_is_away_or_too_short_is_told(settings: Settings, tmp_path: Path) -> None:
    named = settings.model_copy(update={"selection_key_file": tmp_path / "key"})
    with pytest.raises(Unavailable, match=r"selection_key_file.*cannot be read"):
        selection_key(named)
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(Unavailable, match="has 5 bytes, and needs 16"):
        selection_key(named)


def test_an_imported_nomenclature_counts_for_every_machine(settings: Settings, tmp_path: Path) -> None:
    with open_store(settings):
        pass
    table = tmp_path / "hs.csv"
    table.write_text(hs_csv(), encoding="utf-8")
    import_hs(settings, table)
    with open_store(settings):
        pass
    settings.nomenclature_file.unlink()  # as on a machine that has not got it
    with pytest.raises(Conflict, match=r"another nomenclature.*import-hs"), open_store(settings):
        pass
