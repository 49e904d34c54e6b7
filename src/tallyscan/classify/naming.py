"""What the phrases of a text name together, and nothing where they contradict each other."""

from collections.abc import Iterator, Sequence

from tallyscan.classify.class_tables import CLASS_OF_MATERIAL
from tallyscan.classify.head import Named, has_waste, named_by
from tallyscan.classify.phrase import Phrase, with_attributes
from tallyscan.classify.term import Term


def named_in(phrases: Sequence[Phrase], *, head_last: bool) -> tuple[Named, ...]:
    """What the phrases name, in order; nothing where they cannot be understood or contradict each other."""
    topic = _topic(phrases)
    joined = with_attributes(phrases)
    nouns = [phrase for phrase in joined if phrase.has_noun]
    if joined and not joined[0].has_noun and nouns and any(term.is_unknown for term in joined[0].core):
        return ()
    elsewhere = [term for phrase in phrases for term in _materials(phrase)]
    found: list[Named] = []
    for phrase in nouns or joined[:1]:
        named = named_by(phrase, head_last=head_last, elsewhere=elsewhere)
        if named is not None:
            if topic and not any(_is_of(named.commodity, material) for material in topic):
                return ()
            found.append(named)
        elif has_waste(phrase) or (phrase is joined[0] and not _is_only_a_part(phrase)):
            return ()
    return tuple(found)


def _topic(phrases: Sequence[Phrase]) -> list[Term]:
    """The materials that a text begins with, as in "Aluminium; profiles": what follows should be of them."""
    if not phrases or phrases[0].has_noun:
        return []
    return [term for term in phrases[0].core if term.kind == "material"]


def _materials(phrase: Phrase) -> Iterator[Term]:
    """What a phrase says of materials beside those before a noun, which are that noun's own."""
    for term in (*(() if phrase.has_noun else phrase.core), *phrase.made_of):
        if term.kind == "material":
            yield term


def _is_only_a_part(phrase: Phrase) -> bool:
    return all(term.kind != "shape" and term.kind != "goods" for term in phrase.core)


def _is_of(commodity: str, material: Term) -> bool:
    """Goods of this class can be of that material."""
    return commodity in CLASS_OF_MATERIAL[material.value].values()
