"""The files of words are whole: every class in every language, no pattern with two meanings, nothing too short."""

import pytest

from tallyscan.classify.class_tables import CLASS_OF_MATERIAL
from tallyscan.classify.term import NO_CLASS, Meaning
from tallyscan.classify.text import words_of
from tallyscan.classify.vocabulary import Vocabulary
from tallyscan.classify.word_files import LANGUAGES, english_plural, vocabulary
from tallyscan.commodity import CLASS_BY_NAME

NAMED = {name for name in CLASS_BY_NAME if name != "empty"}
SHAPES = {"article", "ware", "form", "fabric", "waste"}
TURNS = {"toy", "preserved", "unclassed", "outside"}


def made(head_last: bool = True, *, compounds: bool = False) -> Vocabulary:
    return Vocabulary(
        "xx", frozenset("abcdefghijklmnopqrstuvwxyz"), frozenset(), (), (), head_last, 4, compounds
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_words_for_every_class_and_only_for_classes(language: str) -> None:
    meanings = vocabulary(language).meanings()
    by_kind = {
        kind: {m.value for m in meanings if m.kind == kind} for kind in ("goods", "material", "shape", "turn")
    }
    assert by_kind["goods"] == NAMED | {NO_CLASS}
    assert by_kind["material"] <= set(CLASS_OF_MATERIAL)
    assert by_kind["shape"] == SHAPES
    assert by_kind["turn"] == TURNS


def test_the_classes_of_materials_exist() -> None:
    classes = {name for by_shape in CLASS_OF_MATERIAL.values() for name in by_shape.values()}
    assert classes <= NAMED | {NO_CLASS}


def test_a_pattern_has_one_meaning() -> None:
    words = made()
    words.add("chair*", Meaning("goods", "furniture_household"))
    words.add("chair*", Meaning("goods", "furniture_household"))
    with pytest.raises(ValueError, match="xx: 'chair\\*' means goods furniture_household and plain"):
        words.add("chair*", Meaning("plain"))


def test_a_stem_is_not_too_short() -> None:
    with pytest.raises(ValueError, match="shorter than 3"):
        made().add("ab*", Meaning("plain"))


def test_the_longest_pattern_wins_then_the_one_that_leaves_least_open() -> None:
    words = made()
    words.add("car*", Meaning("goods", "vehicles_parts"))
    words.add("carpet*", Meaning("goods", "textiles_garments"))
    words.add("carpet cleaner*", Meaning("goods", "machinery"))
    terms = words.terms(words_of("carpets cars carpet cleaners cartridge"))
    assert [term.meaning and term.meaning.value for term in terms] == [
        "textiles_garments",
        "vehicles_parts",
        "machinery",
        None,  # six letters are more than an ending
    ]


def test_a_phrase_does_not_reach_over_a_comma() -> None:
    words = made()
    words.add("toy car", Meaning("goods", "plastic_articles_toys"))
    assert [term.meaning for term in words.terms(words_of("toy, car"))] == [None, None]


def test_a_compound_is_read_as_its_parts_where_the_language_has_them() -> None:
    for compounds, parts in ((True, ["material", "shape"]), (False, [])):
        words = made(compounds=compounds)
        words.add("klaas*", Meaning("material", "glass"))
        words.add("pudel*", Meaning("shape", "article"))
        terms = words.terms(words_of("klaaspudelid"))
        assert [term.meaning.kind for term in terms if term.meaning] == parts


@pytest.mark.parametrize(
    ("noun", "plural"),
    [("toy", "toys"), ("battery", "batteries"), ("box", "boxes"), ("steel bar", "steel bars")],
)
def test_english_plurals(noun: str, plural: str) -> None:
    assert english_plural(noun) == plural
