"""What invented descriptions mean, in the six languages, in others, and in words that are meant to mislead."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tallyscan.classify.description import LONGEST_TEXT, class_of_description
from tallyscan.classify.word_files import LANGUAGES

HERE = Path(__file__).parent


def table(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


EVERYDAY = [
    pytest.param(text, commodity, id=f"{language}: {text}")
    for language, by_class in table("everyday.toml").items()
    for commodity, texts in by_class.items()
    for text in texts
]
FOREIGN = [
    pytest.param(text, id=f"{language}: {text}")
    for language, texts in table("foreign.toml").items()
    for text in texts
]


def names(text: str) -> list[str]:
    match = class_of_description(text)
    return [item.name for item in match.classes] if match else []


@pytest.mark.parametrize(("text", "commodity"), EVERYDAY)
def test_an_everyday_description_has_its_class(text: str, commodity: str) -> None:
    assert names(text)[:1] == ([] if commodity == "none" else [commodity])


def test_every_language_has_at_least_twenty_descriptions() -> None:
    counts = {
        language: sum(map(len, by_class.values())) for language, by_class in table("everyday.toml").items()
    }
    assert set(counts) == set(LANGUAGES)
    assert min(counts.values()) >= 20
    assert len(FOREIGN) >= 60


@pytest.mark.parametrize("text", FOREIGN)
def test_a_description_in_another_language_has_none(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "commodity"),
    [
        ("Papier", "paper_rolls"),  # German as Polish
        ("Цемент", "minerals_cement"),  # Russian as Ukrainian
        ("Traktor", "vehicles_parts"),
        ("Plastik torba", "plastic_articles_toys"),  # Turkish as Polish
        ("Cigarettes", "cigarettes"),
    ],
)
def test_a_word_that_two_languages_share_has_the_class_of_both(text: str, commodity: str) -> None:
    assert names(text) == [commodity]


@pytest.mark.parametrize(
    ("text", "commodity"),
    [
        ("Toy cars", "plastic_articles_toys"),
        ("Paper bags", "paper_rolls"),
        ("Leather bags", "footwear_bags"),
        ("Plastic bags", "plastic_articles_toys"),
        ("Machines for glass", "machinery"),
        ("Glass for machines", "glass"),
        ("Parts of machines", "machinery"),
        ("Parts of weapons", None),
        ("Bottles of wine", "bottled_drinks"),
        ("Wine bottles", None),
        ("Articles of cement", "stone_ceramic"),
        ("Copper nails", "nonferrous_metal"),
        ("Leather jackets", "footwear_bags"),
        ("Wood gizmoing stoves", "steel_products"),
        ("Machines for testing metal", None),
        ("Railway vehicles", None),
        ("Fur coats", None),
        ("Steel scrap", "scrap_metal"),
        ("Steel pipes, other than stainless steel and toys", "steel_products"),
        ("Іграшкові автомобілі", "plastic_articles_toys"),
        ("Скло для автомобілів", "glass"),
        ("Części do maszyn", "machinery"),
        ("Dėžės daržovėms, plastikinės", "plastic_articles_toys"),
        ("Mänguautod", "plastic_articles_toys"),
        ("Autoklaasid", "glass"),
        ("Sticle pentru vin", None),
    ],
)
def test_the_head_of_a_phrase_decides(text: str, commodity: str | None) -> None:
    assert names(text) == ([commodity] if commodity else [])


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("MEБЛI ДEPEB'ЯHI", "меблі дерев'яні"),  # Latin letters among Cyrillic ones
        ("CZĘŚCI SAMOCHODOWE", "czesci samochodowe"),
        ("Ţevi din oţel", "Țevi din oțel"),
        ("Meble\tdrewniane", "meble  drewniane"),
        ("Шини б/у", "шини бувші у використанні"),  # noqa: RUF001
        ("Вироби пластм.", "вироби з пластмаси"),
    ],
)
def test_writing_does_not_matter(text: str, same: str) -> None:
    assert names(text) == names(same) != []


def test_an_accent_that_a_word_does_not_have_makes_it_another_word() -> None:
    assert names("kurk") == ["fresh_produce"]  # Estonian: cucumber
    assert names("kürk") == []  # Turkish: fur


def test_goods_of_one_group_are_named_together_and_of_several_not_at_all() -> None:
    assert names("T-shirts, shoes, toys") == ["textiles_garments", "footwear_bags", "plastic_articles_toys"]
    assert names("T-shirts, tractors") == []
    assert names("T-shirts, hunting rifles") == []


def test_a_description_in_two_languages_has_the_class_that_both_name() -> None:
    assert names("Меблі / furniture") == ["furniture_household"]
    assert names("Меблі / sugar") == []
    assert names("Меблі / Möbel") == []
    assert names("Телевізори Invented 55") == names("Телевізори (Invented)") == ["electronics"]
    assert names("Gizmos (chairs)") == []


def test_the_answer_says_what_it_rests_on() -> None:
    match = class_of_description("Rury stalowe bezszwowe, używane")
    assert match is not None
    assert (match.words, match.language, match.score) == (("rury", "stalowe"), "pl", 1.0)
    assert match.group == "metal"
    half = class_of_description("Шини незнайомі")
    assert half is not None
    assert half.score == 0.5


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "/",
        "-",
        "0",
        "12,5 kg",
        "\x00\x01",
        "\ud800",
        "🙂",
        "a" * 10_000,
        "и" * 600,
        "(" * 600,
        "ﬁ",
        "İ",
        "ß",
    ],
)
def test_what_is_no_description_has_no_class(text: str) -> None:
    assert class_of_description(text) is None


def test_a_text_is_read_as_far_as_a_description_can_be_long() -> None:
    assert names("Steel pipes, " * 10_000) == ["steel_products"]
    assert names("x" + " " * LONGEST_TEXT + "steel pipes") == []
