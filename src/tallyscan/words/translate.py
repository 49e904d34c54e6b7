"""Sentences in the language of who reads them, by the catalogues of this folder."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_skeleton
from babel.numbers import get_decimal_symbol, get_group_symbol

from tallyscan.wording import AND, LISTED, OR, QUOTED, Sentence, Value, filled

ENGLISH = "en"
_FOLDER = Path(__file__).parent
_NUMERICAL_DAY = "yMMdd"
_PLURALS = ("zero", "one", "two", "few", "many")


def catalogue_file(language: str) -> Path | None:
    """Where the catalogue of a language is; None where there is none."""
    return next((path for path in _FOLDER.glob("*.json") if path.stem == language), None)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """The templates of a language by those in English."""
    found: dict[str, str] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return found


def in_language(english: str, sentences: Sequence[Sentence], language: str) -> tuple[str, str]:
    """The text and the language that it is in: English where there are no sentences, or one is in no catalogue."""
    if language == ENGLISH or not sentences:
        return english, ENGLISH
    known = catalogue(language)
    if not all(each.template in known for each in _all_of(sentences)):
        return english, ENGLISH
    return " ".join(_sentence(each, language) for each in sentences), language


def plural_forms(language: str) -> tuple[str, ...]:
    """The plural categories that a form `plural` lists, in this order; the last one stands for all others too."""
    tags = Locale.parse(language).plural_form.tags
    return tuple(each for each in _PLURALS if each in tags)


def _all_of(sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    for sentence in sentences:
        yield sentence
        for value in sentence.values.values():
            if isinstance(value, tuple):
                yield from _all_of([each for each in value if isinstance(each, Sentence)])


def _sentence(sentence: Sentence, language: str) -> str:
    template = catalogue(language)[sentence.template]
    return filled(template, lambda name, form: _value(sentence.values[name], form, language))


def _value(value: Value, form: str, language: str) -> str:
    if isinstance(value, tuple):
        return _list(value, form, language)
    if isinstance(value, str):
        return _text(value, form, language)
    if form.startswith("plural|"):
        category = Locale.parse(language).plural_form(value)
        names, forms = plural_forms(language), form.split("|")[1:]
        return forms[names.index(category)] if category in names else forms[-1]
    signs = {",": get_group_symbol(language), ".": get_decimal_symbol(language)}
    return "".join(signs.get(sign, sign) for sign in format(value, form))


def _text(value: str, form: str, language: str) -> str:
    if form == "date":
        return format_skeleton(_NUMERICAL_DAY, date.fromisoformat(value), locale=language)
    return catalogue(language)[QUOTED].replace("{text}", value) if form == "quoted" else value


def _list(parts: tuple[str | Sentence, ...], form: str, language: str) -> str:
    kind = form.lstrip("^")
    known = catalogue(language)
    between = {"and": known[AND], "or": known[OR]}.get(kind) or LISTED[kind]
    text = between.join(each if isinstance(each, str) else _sentence(each, language) for each in parts)
    return text[:1].upper() + text[1:] if form.startswith("^") else text
