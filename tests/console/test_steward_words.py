"""Every code of the service that the pages of steward and auditor show has words there, and its place in the docs."""

import json
import re
from pathlib import Path
from typing import get_args

from tallyscan.detect.targets import TARGETS, Outcome
from tallyscan.known_unit import FEATURES
from tallyscan.store.held_events import Action
from tallyscan.store.label_counts import Origin
from tallyscan.store.related import WhyNone
from tallyscan.store.tables import JoinState
from tallyscan.web import trail_words
from tallyscan.web.routes_models import Standing

ROOT = Path(__file__).parent.parent.parent
MESSAGES = ROOT / "src" / "console" / "src" / "messages" / "en"


def messages(page: str) -> set[str]:
    return set(json.loads((MESSAGES / f"{page}.json").read_text(encoding="utf-8")))


def kinds() -> set[str]:
    """Every kind of entry that a trail can have."""
    source = Path(trail_words.__file__).read_text(encoding="utf-8")
    named = set(re.findall(r'Told\(\s*"(\w+)"', source))
    chosen = {"corrected", "referred", "decided", "selected", "not_selected", "read", "not_read"}
    joins = {f"join_{state}" for state in get_args(JoinState)}
    return named | chosen | joins | {f"event_{action}" for action in get_args(Action)}


def test_every_kind_of_entry_of_a_trail_has_words_and_is_described() -> None:
    assert {f"kind_{kind}" for kind in kinds()} <= messages("audit")
    page = (ROOT / "docs" / "how-to" / "audit-a-scan.md").read_text(encoding="utf-8")
    assert [kind for kind in sorted(kinds()) if f"`{kind}`" not in page] == []


def test_every_code_of_the_models_has_words() -> None:
    codes = {
        *(f"target_{target.key}" for target in TARGETS),
        *(f"outcome_{outcome}" for outcome in get_args(Outcome)),
        *(f"origin_{origin}" for origin in get_args(Origin)),
        *(f"standing_{standing}" for standing in get_args(Standing)),
    }
    assert codes <= messages("models")


def test_everything_by_which_loads_are_alike_has_words() -> None:
    codes = {f"feature_{name}" for name in FEATURES} | {f"why_{why}" for why in get_args(WhyNone)}
    assert codes <= messages("related")
