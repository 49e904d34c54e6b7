"""The words of one language, and the longest match of them in a text.

A pattern is one or more words; a star stands for an ending of at most `longest_ending` letters. Where several
patterns match, the one with the most words wins, then the one that leaves the shortest ending open.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tallyscan.classify.term import NOUNS, Meaning, Term
from tallyscan.classify.text import Word, folded, without_apostrophes

_SHORTEST_STEM = 3
_SHORTEST_PART = 3  # of a compound
_IN_COMPOUNDS = NOUNS | {"material", "turn", "plain", "packing"}


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Its words with accents, those after the first without, what it means, and whether it is a plural for sure."""

    accented: tuple[str, ...]
    rest: tuple[str, ...]
    meaning: Meaning
    plural: bool

    def has_accents_of(self, words: Sequence[Word]) -> bool:
        """An accent in the text must be in the pattern; one that is missing in the text may be.

        The letter before an open ending may change with it (rulment, rulmenți).
        """
        return all(
            letter == wanted or letter == folded(letter)
            for word, pattern in zip(words, self.accented, strict=True)
            if not word.letters.isascii()
            for letter, wanted in zip(
                word.letters, pattern[:-2] if pattern.endswith("*") else pattern, strict=False
            )
        )


@dataclass(frozen=True, slots=True)
class _Match:
    """How a pattern fits at a place: how many words, and how many letters its stars stand for."""

    rank: tuple[int, int]
    length: int
    open_letters: int
    meaning: Meaning
    plural: bool


@dataclass
class Vocabulary:
    """The words of one language and how its noun phrases are built."""

    language: str
    letters: frozenset[str]
    own_letters: frozenset[str]
    own_endings: tuple[str, ...]
    purpose_endings: tuple[str, ...]
    head_last: bool
    longest_ending: int
    compounds: bool
    _exact: dict[str, list[_Pattern]] = field(default_factory=lambda: defaultdict(list))
    _stems: dict[str, list[_Pattern]] = field(default_factory=lambda: defaultdict(list))
    _begins: set[str] = field(default_factory=set)
    _openings: set[str] = field(default_factory=set)

    def add(self, pattern: str, meaning: Meaning, *, plural: bool = False) -> None:
        """Raises ValueError where the pattern already means something else."""
        accented = tuple(without_apostrophes(word.lower()) for word in pattern.split())
        first, *rest = (folded(word) for word in accented)
        table = self._stems if first.endswith("*") else self._exact
        self._openings.add(first[:_SHORTEST_PART])
        if first.endswith("*"):
            if len(first) <= _SHORTEST_STEM:
                raise ValueError(
                    f"{self.language}: the stem of {pattern!r} is shorter than {_SHORTEST_STEM} letters"
                )
            self._begins.add(first[:_SHORTEST_STEM])
        for other in table[first.rstrip("*")]:
            if other.rest == tuple(rest) and other.meaning != meaning:
                known = f"{other.meaning.kind} {other.meaning.value}"
                raise ValueError(
                    f"{self.language}: {pattern!r} means {known} and {meaning.kind} {meaning.value}"
                )
        table[first.rstrip("*")].append(_Pattern(accented, tuple(rest), meaning, plural))

    def knows(self, word: str) -> bool:
        """One word by itself has a meaning."""
        return any(not pattern.rest for _, patterns in self._candidates(folded(word)) for pattern in patterns)

    def meanings(self) -> set[Meaning]:
        """Everything that its patterns can mean."""
        tables = (*self._exact.values(), *self._stems.values())
        return {pattern.meaning for patterns in tables for pattern in patterns}

    def is_written_in(self, words: Sequence[Word]) -> bool:
        """Every letter belongs to the alphabet."""
        return all(self.letters.issuperset(word.letters) for word in words if not word.is_neutral)

    def shows_in(self, words: Sequence[Word]) -> bool:
        """A letter or an ending that hardly any other language has."""
        return any(
            not self.own_letters.isdisjoint(word.letters) or word.letters.endswith(self.own_endings)
            for word in words
        )

    def is_purpose(self, term: Term) -> bool:
        """Its case says what for (traktoriams, lastele): no preposition does."""
        return (term.meaning is None or term.is_noun) and term.words[-1].letters.endswith(
            self.purpose_endings
        )

    def terms(self, words: Sequence[Word]) -> list[Term]:
        """The words as the longest patterns that match, in order."""
        found: list[Term] = []
        at = 0
        while at < len(words):
            match = self._longest(words, at)
            if self.compounds and (match is None or match.open_letters >= _SHORTEST_PART):
                compound = self._compound(words[at], known=match is not None)
                if compound is not None:
                    found.extend(compound)
                    at += 1
                    continue
            if match is None:
                found.append(Term((words[at],), None))
                at += 1
            else:
                found.append(_term(tuple(words[at : at + match.length]), match))
                at += match.length
        return found

    def _longest(self, words: Sequence[Word], at: int) -> _Match | None:
        best: _Match | None = None
        text = words[at].text
        for stem_length, candidates in self._candidates(text):
            for pattern in candidates:
                rest = pattern.rest
                following = words[at + 1 : at + 1 + len(rest)]
                if len(following) < len(rest) or any(word.opens for word in following):
                    continue
                if not all(
                    self._fits(word.text, wanted) for word, wanted in zip(following, rest, strict=True)
                ):
                    continue
                starred = [
                    (word.text, want) for word, want in zip(following, rest, strict=True) if "*" in want
                ]
                opened = max(len(text) - stem_length, 0) + sum(len(t) - len(w) + 1 for t, w in starred)
                rank = (len(rest), -opened)
                if best is not None and rank <= best.rank:
                    continue
                if pattern.has_accents_of(words[at : at + 1 + len(rest)]):
                    best = _Match(rank, 1 + len(rest), opened, pattern.meaning, pattern.plural)
        return best

    def _candidates(self, word: str) -> Iterator[tuple[int, list[_Pattern]]]:
        if word in self._exact:
            yield 1 + len(word), self._exact[word]
        if word[:_SHORTEST_STEM] in self._begins:
            for length in range(max(len(word) - self.longest_ending, _SHORTEST_STEM), len(word) + 1):
                if word[:length] in self._stems:
                    yield length, self._stems[word[:length]]

    def _fits(self, word: str, wanted: str) -> bool:
        if not wanted.endswith("*"):
            return word == wanted
        return word.startswith(wanted[:-1]) and len(word) - len(wanted) + 1 <= self.longest_ending

    def _compound(self, word: Word, *, known: bool) -> list[Term] | None:
        """A word as two known ones, the head last; where it is `known` by itself, only if that head is a noun."""
        if word.is_neutral or word.text[:_SHORTEST_PART] not in self._openings:
            return None
        best: tuple[_Match, _Match] | None = None
        for cut in range(_SHORTEST_PART, len(word.text) - _SHORTEST_PART + 1):
            last = self._longest([Word(word.text[cut:], word.letters[cut:])], 0)
            if last is None or last.meaning.kind not in (NOUNS if known else _IN_COMPOUNDS):
                continue
            first = self._longest([Word(word.text[:cut], word.letters[:cut])], 0)
            if first is None or first.meaning.kind not in _IN_COMPOUNDS:
                continue
            if best is None or first.open_letters + last.open_letters < sum(m.open_letters for m in best):
                best = (first, last)
        return best and [_term((word,), best[0]), _term((replace(word, opens=False),), best[1])]


def _term(words: tuple[Word, ...], match: _Match) -> Term:
    return Term(words, match.meaning, match.plural, match.open_letters)
