"""What the head of a noun phrase names, and which class that is.

"Glass bottles" and "machines for glass" hold the same word for a material; only the head says what is in the box.
A head is goods with a class of their own (chairs), a shape that takes its class from a material (bottles), a part
of something, waste of something, or a material alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tallyscan.classify.class_tables import (
    BY_MATERIAL,
    CLASS_OF_MATERIAL,
    CLASS_OF_WASTE,
    FABRIC,
    GARMENTS_OF,
    OUTSIDE,
    PLASTIC_ARTICLES,
    PRESERVED,
    WARE,
    WITH_PARTS,
)
from tallyscan.classify.phrase import Phrase
from tallyscan.classify.term import NO_CLASS, Term

_COUNTED = frozenset({"packing", "shape", "plain"})


@dataclass(frozen=True)
class Named:
    """The class that a phrase names (`none`: goods outside of all classes) and the terms it rests on."""

    commodity: str
    rests_on: tuple[Term, ...]


def named_by(phrase: Phrase, *, head_last: bool, elsewhere: Sequence[Term]) -> Named | None:
    """What a phrase names; None where its head is not known or lacks its material.

    `elsewhere`: the materials in the rest of the text, for "bottles, of glass".
    """
    named = _waste(phrase, elsewhere) if has_waste(phrase) else _head(phrase, head_last, elsewhere)
    said = (*phrase.core, *phrase.made_of, *phrase.purpose)
    unclassed = tuple(term for term in said if _is(term, "turn", "unclassed"))
    if unclassed:
        return Named(NO_CLASS, unclassed)
    outside = tuple(term for term in said if _is(term, "turn", "outside"))
    if outside and named is not None and named.commodity in OUTSIDE:
        return Named(NO_CLASS, (*outside, *named.rests_on))
    return named and _turned(named, phrase)


def has_waste(phrase: Phrase) -> bool:
    """It speaks of waste or scrap."""
    return any(_is(term, "shape", "waste") for term in phrase.core)


def _waste(phrase: Phrase, elsewhere: Sequence[Term]) -> Named | None:
    waste = next(term for term in phrase.core if _is(term, "shape", "waste"))
    inside = (*phrase.core, *phrase.made_of)
    goods = _first_goods(inside)
    if goods is not None:
        return Named(CLASS_OF_WASTE.get(goods.value, NO_CLASS), (waste, goods))
    return _of_material(waste, "waste", inside, elsewhere)


def _head(phrase: Phrase, head_last: bool, elsewhere: Sequence[Term]) -> Named | None:
    core = _without_quantity(phrase.core)
    nouns = [at for at, term in enumerate(core) if term.is_noun]
    if not nouns:
        return _without_noun(phrase, core, head_last)
    at = nouns[-1] if head_last else nouns[0]
    head = core[at]
    if _hides_the_head(core, at, head_last):
        return None
    others = [term for term in core if term is not head]
    if head.kind == "goods":
        beside = (
            () if any(term.is_unknown for term in others) else others
        )  # "wood burning stoves" are not of wood
        return _of_another_material(head, (*beside, *phrase.made_of), elsewhere)
    if head.kind == "part":
        return _part(head, [*others, *phrase.made_of, *phrase.purpose])
    inside = _first_goods([*(() if head_last else others), *phrase.made_of])
    if head.value == FABRIC and not any(_is(term, "material") for term in (*others, *elsewhere)):
        elsewhere = [term for term in phrase.purpose if _is(term, "material")]
    if inside is not None and not any(_is(term, "material") for term in others):
        return _contained(head, inside, phrase, elsewhere)
    return _of_material(head, head.value, (*others, *phrase.made_of), elsewhere)


def _contained(head: Term, inside: Term, phrase: Phrase, elsewhere: Sequence[Term]) -> Named:
    """A bottle of wine is wine, and articles of apparel are apparel; but articles of cement are none."""
    named = _of_another_material(inside, phrase.made_of, elsewhere)
    if named.commodity == "minerals_cement" and _is(head, "shape", WARE):
        return Named("stone_ceramic", (head, inside))
    return Named(named.commodity, (head, *named.rests_on))


def _of_another_material(goods: Term, inside: Sequence[Term], elsewhere: Sequence[Term]) -> Named:
    """Goods by their noun, unless a material says otherwise: nails of copper, jackets of leather."""
    commodity = goods.value
    materials = [term for term in (*inside, *elsewhere) if _is(term, "material")]
    if commodity in BY_MATERIAL:
        made = _of_material(None, "article", materials, ())
        if made is not None and made.commodity != commodity:
            return Named(made.commodity, (goods, *made.rests_on))
    if commodity == "textiles_garments":
        for term in materials:
            if term.value in GARMENTS_OF:
                return Named(GARMENTS_OF[term.value], (goods, term))
    return Named(commodity, (goods,))


def _hides_the_head(core: Sequence[Term], at: int, head_last: bool) -> bool:
    """An unknown word stands where the true head would be; after an English plural there is none any more."""
    if head_last:
        return not core[at].plural and any(term.is_unknown for term in core[at + 1 :])
    return any(term.is_unknown for term in core[:at])


def _without_quantity(core: Sequence[Term]) -> list[Term]:
    """In "wine 500 bottles" what follows the number counts the goods before it."""
    for at, term in enumerate(core):
        is_number = term.meaning is None and not term.is_unknown
        named_before = any(before.is_noun or _is(before, "material") for before in core[:at])
        counted = [later for later in core[at + 1 :] if later.meaning is not None or later.is_unknown]
        if is_number and named_before and counted and all(t.kind in _COUNTED for t in counted):
            return list(core[:at])
    return list(core)


def _without_noun(phrase: Phrase, core: Sequence[Term], head_last: bool) -> Named | None:
    if any(_is(term, "packing") for term in core):  # pallets of cement
        inside = _first_goods(phrase.made_of)
        if inside is not None:
            return Named(inside.value, (inside,))
    materials = [at for at, term in enumerate(core) if _is(term, "material")]
    if not materials or _hides_the_head(core, materials[-1] if head_last else materials[0], head_last):
        return None
    return _of_material(None, "alone", core, ())


def _part(head: Term, others: Sequence[Term]) -> Named | None:
    whole = _first_goods(others)
    return Named(whole.value, (head, whole)) if whole is not None and whole.value in WITH_PARTS else None


def _of_material(
    head: Term | None, shape: str, inside: Sequence[Term], elsewhere: Sequence[Term]
) -> Named | None:
    """The class of a shape by its materials, its own before those elsewhere; None where they disagree."""
    for terms in (inside, elsewhere):
        materials = [term for term in terms if _is(term, "material")]
        of_shape = {FABRIC: "form", WARE: "article"}.get(shape, shape)
        classes = {CLASS_OF_MATERIAL[term.value].get(of_shape) for term in materials}
        if len(classes) == 1 and (only := classes.pop()) is not None:
            return Named(only, (*((head,) if head else ()), *materials))
        if classes:
            return None
    return Named(CLASS_OF_MATERIAL["textile"]["form"], (head,)) if head and shape == FABRIC else None


def _turned(named: Named, phrase: Phrase) -> Named:
    """What a word such as "toy" or "canned" makes of the goods."""
    for term in phrase.core:
        if _is(term, "turn", "toy"):
            return Named(PLASTIC_ARTICLES, (term, *named.rests_on))
        if _is(term, "turn", "preserved") and named.commodity in PRESERVED:
            return Named(PRESERVED[named.commodity], (term, *named.rests_on))
    return named


def _first_goods(terms: Sequence[Term]) -> Term | None:
    return next((term for term in terms if _is(term, "goods")), None)


def _is(term: Term, kind: str, value: str | None = None) -> bool:
    return term.kind == kind and value in (None, term.value)
