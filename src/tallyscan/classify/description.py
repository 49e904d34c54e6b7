"""Free-text goods descriptions to commodity classes, by the project's own words.

No answer is better than a wrong one: what no vocabulary knows, what two languages read differently, what names
goods of several confusable groups or outside of all classes has no class.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tallyscan.classify.head import Named
from tallyscan.classify.naming import named_in
from tallyscan.classify.phrase import phrases_of
from tallyscan.classify.term import NO_CLASS
from tallyscan.classify.text import Word, words_of
from tallyscan.classify.vocabulary import Vocabulary
from tallyscan.classify.word_files import LANGUAGES, foreign_words, vocabulary
from tallyscan.commodity import CLASS_BY_NAME, CommodityClass

LONGEST_TEXT = 512
"""As long as a declared description can be; what is longer is read so far."""

LEAST_KNOWN_SHARE = 0.5
"""Of the words of a text, for a vocabulary to be its language: more than this, or as much where letters show it."""

_BETWEEN_LANGUAGES = frozenset("/()|\n")


@dataclass(frozen=True)
class ClassMatch:
    """The classes that a description names, all of one confusable group, the first named first.

    `words` are those that the answer rests on, as written in lower case; `language` by ISO 639; `score` the share of
    the words that the vocabulary knows, from `LEAST_KNOWN_SHARE` to 1, and no probability.
    """

    classes: tuple[CommodityClass, ...]
    words: tuple[str, ...]
    language: str
    score: float

    @property
    def group(self) -> str:
        return self.classes[0].group


@dataclass(frozen=True)
class _Reading:
    """What one vocabulary makes of a text; no names where it knows the words, but not what they name together.

    `looseness`: the letters that its patterns leave open, and how many patterns it took.
    """

    language: str
    named: tuple[Named, ...]
    score: float
    looseness: tuple[int, int]

    @property
    def commodities(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(named.commodity for named in self.named))

    @property
    def match(self) -> ClassMatch | None:
        if not self.named or NO_CLASS in self.commodities:
            return None
        classes = tuple(CLASS_BY_NAME[name] for name in self.commodities)
        if len({item.group for item in classes}) > 1:
            return None
        words = dict.fromkeys(term.text for named in self.named for term in named.rests_on)
        return ClassMatch(classes, tuple(words), self.language, round(self.score, 2))


@lru_cache(maxsize=4096)
def class_of_description(text: str) -> ClassMatch | None:
    """The commodity classes that a description names, in one of `LANGUAGES`; None where it cannot be said."""
    words = words_of(text[:LONGEST_TEXT])
    parts = list(_parts(words, _BETWEEN_LANGUAGES))
    if len(parts) > 1 and len({word.is_cyrillic for word in words if not word.is_neutral}) > 1:
        return _part_by_part(parts)
    reading = _read(words)
    if reading is not None:
        return reading.match
    return _part_by_part(parts) if len(parts) > 1 else None


def _read(words: Sequence[Word]) -> _Reading | None:
    """By the vocabulary that knows most of the words; without names where two know as many and disagree."""
    cyrillic = any(word.is_cyrillic for word in words)
    languages = ("uk",) if cyrillic else tuple(language for language in LANGUAGES if language != "uk")
    if cyrillic:  # Latin words between Cyrillic ones are brands and types
        words = [word for word in words if word.is_cyrillic or word.is_neutral]
    readings = [
        reading for language in languages if (reading := _read_in(vocabulary(language), words)) is not None
    ]
    if not readings:
        return None
    most = max(reading.score for reading in readings)
    tightest = min(reading.looseness for reading in readings if reading.score == most)
    best = [reading for reading in readings if (reading.score, reading.looseness) == (most, tightest)]
    naming = [reading for reading in best if reading.named]
    agreed = len({frozenset(reading.commodities) for reading in naming}) == 1
    return naming[0] if agreed else replace(best[0], named=())


def _part_by_part(parts: Sequence[Sequence[Word]]) -> ClassMatch | None:
    """The same said in two languages, as in "Меблі / furniture": every part must name the same group.

    What stands in brackets and cannot be read is a name or a type.
    """
    matches = []
    for part in parts:
        if all(word.is_neutral for word in part):
            continue
        reading = _read(part)
        if reading is None and part[0].mark == "(":
            continue
        if reading is None or reading.match is None:
            return None
        matches.append(reading.match)
    groups = {match.group for match in matches}
    return matches[0] if len(groups) == 1 else None


def _parts(words: Sequence[Word], marks: frozenset[str]) -> Iterator[list[Word]]:
    part: list[Word] = []
    for word in words:
        if part and word.opens and word.mark in marks:
            yield part
            part = []
        part.append(word)
    if part:
        yield part


def _read_in(language: Vocabulary, words: Sequence[Word]) -> _Reading | None:
    """None where the text is not written in this language, or not about goods that it has words for."""
    if not language.is_written_in(words):
        return None
    terms = language.terms(words)
    unknown = [term.words[0] for term in terms if term.is_unknown]
    known = sum(len(term.words) for term in terms if term.meaning is not None)
    if not known or any(word.text in foreign_words() for word in unknown):
        return None
    score = known / (known + len(unknown))
    if score < LEAST_KNOWN_SHARE or (score == LEAST_KNOWN_SHARE and not language.shows_in(words)):
        return None
    named = named_in(phrases_of(terms, language), head_last=language.head_last)
    looseness = (sum(term.open_letters for term in terms), len(terms))
    return _Reading(language.language, named, score, looseness)
