"""An item is what its code says; where the code says nothing, what its words say."""

import pytest

from tallyscan.classify.item import classes_of_item
from tallyscan.declaration import CommodityCode, GoodsItem


def made(words: str | None, code: str | None) -> GoodsItem:
    commodity_code = CommodityCode(harmonized_system_sub_heading_code=code) if code is not None else None
    return GoodsItem(goods_item_number=1, description_of_goods=words, commodity_code=commodity_code)


@pytest.mark.parametrize(
    ("words", "code", "classes", "said_by", "unknown"),
    [
        ("Toys", "720711", ["steel_products"], "code", ""),
        ("Toys", None, ["plastic_articles_toys"], "description", ""),
        ("Toys", "", ["plastic_articles_toys"], "description", ""),
        ("Toys", "99999", ["plastic_articles_toys"], "description", ""),  # an odd number of digits
        ("Toys", "770000", ["plastic_articles_toys"], "description", ""),
        ("Toys", "980100", ["plastic_articles_toys"], "description", ""),  # kept for national use
        ("Toys", "970121", [], None, "(970121) is in none of the classes"),
        ("Shirts, shoes", None, ["textiles_garments", "footwear_bags"], "description", ""),
        ("Gizmos", None, [], None, "has no usable commodity code and no description that names its class"),
        (None, None, [], None, "has no usable commodity code and no description that names its class"),
    ],
)
def test_what_an_item_is_declared_as(
    words: str | None, code: str | None, classes: list[str], said_by: str | None, unknown: str
) -> None:
    declared = classes_of_item(made(words, code))
    assert [item.name for item in declared.classes] == classes
    assert (declared.said_by, declared.unknown) == (said_by, unknown)
    assert bool(declared.words) == (said_by == "description")
