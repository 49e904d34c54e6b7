"""What the service says, in the languages of officers: nothing is missing, and nothing is left over."""

import ast
import json
import pickle
import re
from pathlib import Path
from typing import get_args

import pytest

from tallyscan.commodity import COMMODITY_CLASSES, group_in_words
from tallyscan.decision import REASONS as DECISION_REASONS
from tallyscan.decision import Answer, Reader
from tallyscan.errors import InputError
from tallyscan.inspection import Opened
from tallyscan.referral import AnswerCode, StepKind
from tallyscan.remark import REMARKS
from tallyscan.risk import Lane
from tallyscan.store.live_words import of_event
from tallyscan.wording import (
    AND,
    CODED,
    NOTHING,
    OR,
    PLACE,
    QUOTED,
    Sentence,
    Wording,
    as_document,
    coded,
    said,
    sentences_of,
    together,
)
from tallyscan.words.translate import catalogue, in_language, plural_forms

LANGUAGES = ("uk",)
CHECKS_OF_QUALITY = (
    "wrong_aspect",
    "cut_scan",
    "black_image",
    "no_air",
    "blank_image",
    "saturated",
    "too_noisy",
)
CODES_OF_LINES = [
    *(code for kind in (Lane, Answer, Reader, Opened, StepKind, AnswerCode) for code in get_args(kind)),
    *DECISION_REASONS["refer"],
]
REFUSALS = [each.code for each in (InputError, *InputError.__subclasses__())]
WORDING = "tallyscan.wording"
SOURCE = Path(__file__).parents[1] / "src" / "tallyscan"


def templates_in_code() -> set[str]:
    """The first argument of every call of `said`; it is written out, so that it can be found."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        imports = (each for each in nodes if isinstance(each, ast.ImportFrom))
        if not any(name.name == "said" for each in imports if each.module == WORDING for name in each.names):
            continue
        for call in nodes:
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "said":
                template = call.args[0] if call.args else None
                assert isinstance(template, ast.Constant), f"{path}:{call.lineno}: write the template out"
                assert isinstance(template.value, str)
                found.add(template.value)
    return found


def templates_in_tables() -> set[str]:
    classes = COMMODITY_CLASSES
    return {str(each.in_words) for each in classes} | {str(group_in_words(each.group)) for each in classes}


def codes() -> set[str]:
    """What reasons and cautions of a scan begin with, refusals of files, remarks, and what cannot be measured."""
    written = {path: path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")}
    begun = {code for text in written.values() for code in re.findall(r'"([a-z_]+): ', text)}
    named = re.findall(r'^    code = "([a-z_]+)"$', written[SOURCE / "errors.py"], re.MULTILINE)
    constants = re.findall(r'^(?:[A-Z_]+) = "([a-z_]+)"$', "\n".join(written.values()), re.MULTILINE)
    measured = re.findall(r'Undetermined\(\s*"([a-z_]+)"', "\n".join(written.values()))
    return begun | {*named, *constants, *measured, *REMARKS, *CODES_OF_LINES}


def told(text: Wording) -> str:
    return in_language(text, text.sentences, "uk")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_template_in_the_code_has_its_translation_and_none_is_left_over(language: str) -> None:
    used = templates_in_code() | templates_in_tables() | {AND, OR, QUOTED, CODED}
    assert len(used) > 250
    assert used - catalogue(language).keys() == set()
    assert catalogue(language).keys() - used - codes() == set()


@pytest.mark.parametrize("check", [*CHECKS_OF_QUALITY, *REFUSALS, *REMARKS, *CODES_OF_LINES])
def test_each_code_that_officers_read_has_its_translation(check: str) -> None:
    assert all(check in catalogue(language) for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_of_its_template_and_all_plural_forms(language: str) -> None:
    for template, translated in catalogue(language).items():
        names, theirs = ({name for name, _ in PLACE.findall(text)} for text in (template, translated))
        assert names == theirs or template == CODED, template
        for _, form in PLACE.findall(translated):
            if form.startswith("plural|"):
                assert len(form.split("|")) - 1 == len(plural_forms(language)), template
        assert translated.endswith(".") == template.endswith("."), template


def test_a_text_is_its_english_and_keeps_how_it_was_said() -> None:
    whole = together(
        said("Declared for {scope}: {declared_kg:,.0f} kg", scope=said("this unit"), declared_kg=12345.678),
        NOTHING,
        said("{count} {count:plural|container|containers}", count=1),
        said(
            "{items:;} {names:or} {goods:^and}",
            items=[said("a"), said("b")],
            names=("X", "Y"),
            goods=("c", "d"),
        ),
    )
    assert whole == "Declared for this unit: 12,346 kg 1 container a; b X or Y C and d"
    assert whole.sentences[0].values["declared_kg"] == 12346.0
    assert pickle.loads(pickle.dumps(whole)).sentences == whole.sentences
    assert NOTHING == ""
    assert str(said("{remark}: {why}.", remark="A", why=said("it ends with a full stop."))).endswith("stop.")


def test_a_text_is_kept_as_json_and_comes_back() -> None:
    text = together(
        said(
            "Another unit of the same scan: {reason}",
            reason=said("It was declared {count} days before the scan.", count=9),
        ),
        said("{numbers:or}", numbers=["A", said("B")]),
    )
    kept = json.loads(json.dumps(as_document(text)))
    assert sentences_of(kept) == text.sentences
    assert (as_document("what a person wrote"), as_document(NOTHING), sentences_of(None)) == (None, None, ())


def test_a_template_without_all_its_values_is_refused_where_it_is_written() -> None:
    with pytest.raises(ValueError, match="not its places"):
        said("{mass_kg:,.0f} kg", mass=1.0)


def test_numbers_days_lists_and_plurals_are_those_of_the_language() -> None:
    assert told(said("{mass_kg:,.0f} kg", mass_kg=1234567.0)) == "1\u00a0234\u00a0567 кг"
    assert told(said("{code}, {length_m:.1f} m long", code="45G1", length_m=13.7)) == "45G1, завдовжки 13,7 м"
    many = said("{goods:^and} can be of many looks.", goods=[said("machinery"), said("glass")])
    assert (str(many), told(many)[-13:]) == ("Machinery and glass can be of many looks.", "машини, скло.")
    for count, word in ((1, "цифру"), (3, "цифри"), (5, "цифр"), (21, "цифру")):
        text = said(
            "has {count} digits; codes have an even number, so a leading zero may be lost", count=count
        )
        assert f"{count} {word};" in told(text)
    day = said("{plate} is not as on {day:date}: {changes}", plate="AA1", day="2026-01-31", changes=NOTHING)
    assert "31.01.2026" in told(day)
    quoted = said("what was read, {what:quoted}, cannot be a plate", what="X?")
    assert (str(quoted), told(quoted)) == (
        "what was read, 'X?', cannot be a plate",
        "прочитане, «X?», не може бути номерним знаком",
    )


def test_what_no_catalogue_knows_is_wholly_in_english_and_says_so() -> None:
    known = said("The model gave no mass.")
    nested = said("The scan was not read: {reasons:;}.", reasons=[Wording([Sentence("of a later version")])])
    assert in_language("as it was", (), "uk") == ("as it was", "en")
    assert in_language(nested, together(known, nested).sentences, "uk") == (str(nested), "en")
    assert in_language(known, known.sentences, "en") == (str(known), "en")
    assert in_language(known, known.sentences, "uk") == ("Модель не оцінила масу.", "uk")


def test_a_reason_with_a_code_is_told_by_what_the_code_means() -> None:
    reason = "too_noisy: noise of 21% of the open beam in a single pixel."
    whole = said("The scan was not read: {reasons:;}.", reasons=[coded(reason)])
    assert str(coded(reason)) == reason
    assert whole == f"The scan was not read: {reason}"
    assert told(whole) == "Сканування не прочитано: сканування надто зашумлене."
    plain = coded("It is read again: a weighing came.")
    assert in_language(plain, plain.sentences, "uk") == ("It is read again: a weighing came.", "en")


def test_a_live_line_is_told_with_the_words_of_its_codes() -> None:
    read = of_event({"reading": {"reason": None, "risk": {"lane": "red"}}})
    assert (str(read), told(read)) == ("Read: lane red.", "Прочитано: коридор червоний.")
    decided = {"decision": {"decision": "clear", "by": "Officer 1"}, "undone_by": "Officer 1"}
    assert told(of_event(decided)) == "чисто, Officer 1, відкликав Officer 1"
    hidden = of_event({**decided, "undone_by": None, "waits_for": {"reader": "second"}})
    assert str(hidden) == "decided, Officer 1; waits for the second reader"
    written = of_event({"in_words": "Heavy goods (heavy v1)"})
    assert in_language(written, written.sentences, "uk") == ("Heavy goods (heavy v1)", "en")
