"""The noun phrases of a text: a core, what it is made of or holds, and what it is for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tallyscan.classify.term import Term
from tallyscan.classify.vocabulary import Vocabulary

_ENDS_AN_EXCEPTION = frozenset(";.)\n")


@dataclass(frozen=True)
class Phrase:
    """`core` until the first preposition; `made_of` and `purpose`, what the prepositions bring."""

    core: tuple[Term, ...]
    made_of: tuple[Term, ...] = ()
    purpose: tuple[Term, ...] = ()

    @property
    def has_noun(self) -> bool:
        return any(term.is_noun for term in self.core)


def phrases_of(terms: Sequence[Term], language: Vocabulary) -> list[Phrase]:
    """In order, parted by punctuation and by "and" between two nouns; without what is excepted."""
    segments: list[list[Term]] = []
    for term in _without_exceptions(terms):
        if not segments or term.words[0].opens:
            segments.append([])
        segments[-1].append(term)
    return [_phrase(part, language) for segment in segments for part in _parted_by_and(segment, language)]


def _without_exceptions(terms: Sequence[Term]) -> list[Term]:
    """Without what follows "except" and the like."""
    kept: list[Term] = []
    excepted = False
    for term in terms:
        if excepted and term.words[0].opens and term.words[0].mark in _ENDS_AN_EXCEPTION:
            excepted = False
        excepted = excepted or term.kind == "except"
        if not excepted:
            kept.append(term)
    return kept


def _parted_by_and(segment: Sequence[Term], language: Vocabulary) -> list[Sequence[Term]]:
    for at, term in enumerate(segment):
        kind = term.kind
        if kind in {"of", "for"}:
            break
        before, after = segment[:at], segment[at + 1 :]
        if kind == "and" and any(term.is_noun for term in before) and _phrase(after, language).has_noun:
            return [before, *_parted_by_and(after, language)]
    return [segment]


def _phrase(terms: Sequence[Term], language: Vocabulary) -> Phrase:
    core: list[Term] = []
    made_of: list[Term] = []
    purpose: list[Term] = []
    target = core
    for term in terms:
        kind = term.kind
        if kind == "for":
            target = purpose
        elif kind == "of" and target is core:
            target = made_of
        elif language.is_purpose(term):
            purpose.append(term)
        else:
            target.append(term)
    return Phrase(tuple(core), tuple(made_of), tuple(purpose))


def with_attributes(phrases: Sequence[Phrase]) -> list[Phrase]:
    """What stands alone belongs to the phrases before it: "canned" to all, "of wine" and "for glass" to the last."""
    joined: list[Phrase] = []
    for phrase in phrases:
        if not joined or phrase.has_noun:
            joined.append(phrase)
            continue
        turns = tuple(term for term in phrase.core if term.kind == "turn")
        joined = [replace(before, core=(*before.core, *turns)) for before in joined]
        last = joined[-1]
        made_of, purpose = (*last.made_of, *phrase.made_of), (*last.purpose, *phrase.purpose)
        joined[-1] = replace(last, made_of=made_of, purpose=purpose)
    return joined
