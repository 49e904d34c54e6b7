"""The words of an inspection sheet in the languages that it is printed in: one file each in `sheet_words/`."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from tallyscan.wording import Sentence, coded
from tallyscan.words.translate import ENGLISH, in_language

Language = Literal["en", "uk"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_FOLDER = Path(__file__).with_name("sheet_words")
_COMMA: tuple[Language, ...] = ("uk",)
_NO_BREAK = "\u00a0"


@dataclass(frozen=True)
class Words:
    """Says things in one language."""

    language: Language
    table: dict[str, Any]

    def say(self, key: str, **values: str) -> str:
        """The text of a key such as `where.depth`, with its places filled. What is filled in is not read again."""
        group, _, name = key.partition(".")
        text: str = self.table[group][name]
        return text.format(**values)

    def known(self, key: str, otherwise: str) -> str:
        """The text of a key that may not be there: of codes that a later version may add."""
        group, _, name = key.partition(".")
        return str(self.table[group].get(name, otherwise))

    def told(self, english: str, sentences: Sequence[Sentence]) -> str:
        """What the service said, in this language where it can be said in it, else in English."""
        return in_language(english, sentences, self.language)[0]

    def told_by_code(self, reason: str, otherwise: str) -> str:
        """A reason that begins with its code, as a sentence by what the code means."""
        text, language = in_language(otherwise, coded(reason).sentences, self.language)
        return f"{text[:1].upper()}{text[1:]}." if language != ENGLISH else otherwise

    def family(self, kind: str | None) -> str:
        """What a family of anomalies is called."""
        return str(self._family(kind)["name"])

    def look_for(self, kind: str | None) -> tuple[str, ...]:
        """What to look for where one is suspected."""
        return tuple(self._family(kind)["look"])

    def number(self, value: float, digits: int = 0) -> str:
        """With the decimal sign of the language, thousands apart."""
        text = f"{value:,.{digits}f}"
        if self.language in _COMMA:
            return text.replace(",", _NO_BREAK).replace(".", ",")
        return text

    def _family(self, kind: str | None) -> dict[str, Any]:
        families: dict[str, dict[str, Any]] = self.table["family"]
        return families.get(kind or "unknown", families["unknown"])


@cache
def words_in(language: Language) -> Words:
    """The words of a language."""
    return Words(language, tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8")))
