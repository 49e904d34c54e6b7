"""docs/how-to/inspect-with-the-sheet.md has every field and every code of what an office does about a referral."""

import re
from pathlib import Path

from tallyscan.referral import ANSWERS_IN_WORDS, ReferralStepSaid

PAGE = (Path(__file__).parents[2] / "docs/how-to/inspect-with-the-sheet.md").read_text(encoding="utf-8")


def test_every_field_and_every_code_is_described_and_nothing_else() -> None:
    section = PAGE.split("## Answer a referral")[1].split("\n## ")[0]
    fields, codes = section.split("| code | |")
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", fields, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(
        ReferralStepSaid.model_fields
    )
    assert re.findall(r"^\| `(\w+)` \|", codes, re.MULTILINE) == list(ANSWERS_IN_WORDS)
