"""The project's own words for goods, one file a language in `words/`, as vocabularies."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tallyscan.classify.term import Kind, Meaning
from tallyscan.classify.text import folded
from tallyscan.classify.vocabulary import Vocabulary

LANGUAGES = ("en", "uk", "pl", "lt", "et", "ro")
_FOLDER = Path(__file__).with_name("words")
_WITH_PLURAL = frozenset({"goods", "shape", "part", "packing"})
_SECTIONS: dict[str, Kind] = {"goods": "goods", "shapes": "shape", "materials": "material", "turns": "turn"}
_GRAMMAR: tuple[Kind, ...] = ("part", "packing", "of", "for", "and", "except", "plain")


def _meanings(file: dict[str, Any]) -> Iterator[tuple[str, Meaning]]:
    for section, kind in _SECTIONS.items():
        for value, patterns in file[section].items():
            yield from ((pattern, Meaning(kind, value)) for pattern in patterns)
    for kind in _GRAMMAR:
        yield from ((pattern, Meaning(kind)) for pattern in file["grammar"][kind])


def english_plural(noun: str) -> str:
    """The regular plural of an English noun phrase."""
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


@cache
def vocabulary(language: str) -> Vocabulary:
    """The vocabulary of a language by its ISO 639 code, one of `LANGUAGES`."""
    file = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    words = Vocabulary(
        language,
        frozenset(file["letters"]),
        frozenset(file["own_letters"]),
        tuple(file["own_endings"]),
        tuple(file["purpose_endings"]),
        head_last=file["head"] == "last",
        longest_ending=file["longest_ending"],
        compounds=file["compounds"],
    )
    english = file.get("plurals") == "english"
    for pattern, meaning in _meanings(file):
        words.add(pattern.rstrip("!"), meaning)
        if english and meaning.kind in _WITH_PLURAL and not pattern.endswith(("!", "*")):
            words.add(english_plural(pattern), meaning, plural=True)
    for pattern in _shared()["plain"]:
        if not words.knows(pattern):
            words.add(pattern, Meaning("plain"))
    return words


def _shared() -> dict[str, Any]:
    return tomllib.loads((_FOLDER / "shared.toml").read_text(encoding="utf-8"))


@cache
def foreign_words() -> frozenset[str]:
    """Frequent words of other languages, folded; a text with one that its vocabulary does not know is foreign."""
    return frozenset(folded(word) for words in _shared()["foreign"].values() for word in words)
