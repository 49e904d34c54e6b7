"""The reference cannot drift from what the programs do."""

import re
from pathlib import Path

from tallyscan import errors
from tallyscan.__main__ import _parser
from tallyscan.errors import TallyscanError
from tallyscan.settings import Settings
from tallyscan.store.tables import Table

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"


def headings(name: str) -> set[str]:
    return set(re.findall(r"^## (.+)$", (REFERENCE / name).read_text(encoding="utf-8"), re.MULTILINE))


def test_every_setting_is_a_heading() -> None:
    assert headings("settings.md") == set(Settings.model_fields)


def test_every_error_code_is_a_heading() -> None:
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, TallyscanError)
    ]
    over_http_only = {"request", "method_not_allowed"}
    assert headings("errors.md") == {kind.code for kind in kinds} | over_http_only


def test_every_command_is_a_heading_and_every_option_is_named() -> None:
    (commands,) = (action.choices for action in _parser()._actions if action.dest == "command")
    assert isinstance(commands, dict)
    assert headings("cli.md") == {f"tallyscan {name}" for name in commands}
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    for parser in commands.values():
        for action in parser._actions:
            for option in action.option_strings:
                assert option in text or option in ("-h", "--help")


def test_every_table_is_in_the_list_of_personal_data_with_its_class() -> None:
    text = (REFERENCE / "personal-data.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| `(\w+)` \|(.+)\|$", text, re.MULTILINE)
    assert sorted(name for name, _ in lines) == sorted(Table.metadata.tables)
    for name, cells in lines:
        assert all(cell.strip() for cell in cells.split("|")), name
        assert len(cells.split("|")) == 4, name
