"""Which class a material gives to a shape, and what other words make of a class: the same in every language."""

from tallyscan.classify.term import NO_CLASS

PLASTIC_ARTICLES = "plastic_articles_toys"

CLASS_OF_MATERIAL: dict[str, dict[str, str]] = {
    # What a material alone, a half-finished form, an article and waste of it are, by the headings of its chapter.
    "plastic": {"form": "polymer_pellets", "article": PLASTIC_ARTICLES, "waste": "waste_bales"},
    "polymer": {
        "alone": "polymer_pellets", "form": "polymer_pellets", "article": PLASTIC_ARTICLES, "waste": "waste_bales",
    },
    "rubber": dict.fromkeys(("alone", "form", "article", "waste"), "rubber_bales"),
    "leather": {
        "alone": "hides_leather", "form": "hides_leather", "article": "footwear_bags", "waste": "hides_leather",
    },
    "wood": dict.fromkeys(("alone", "form", "article", "waste"), "timber_plywood"),
    "paper": {"alone": "paper_rolls", "form": "paper_rolls", "article": "paper_rolls", "waste": "waste_bales"},
    "glass": dict.fromkeys(("alone", "form", "article", "waste"), "glass"),
    "ceramic": dict.fromkeys(("alone", "form", "article"), "stone_ceramic"),
    "stone": {"alone": "minerals_cement", "form": "stone_ceramic", "article": "stone_ceramic"},
    "steel": {
        "alone": "steel_products", "form": "steel_products", "article": "steel_products", "waste": "scrap_metal",
    },
    "copper_aluminium": {
        "alone": "nonferrous_metal", "form": "nonferrous_metal", "article": "nonferrous_metal", "waste": "scrap_metal",
    },
    "other_nonferrous": dict.fromkeys(("alone", "form", "article", "waste"), "nonferrous_metal"),
    "metal": {"waste": "scrap_metal"},
    "cotton": {
        "alone": "cotton_fibre_bales", "form": "cotton_fibre_bales", "article": "textiles_garments",
        "waste": "cotton_fibre_bales",
    },
    "textile": dict.fromkeys(("alone", "form", "article", "waste"), "textiles_garments"),
    "synthetic_fibre": {"article": "textiles_garments"},
    "natural_fibre": {"alone": NO_CLASS, "form": NO_CLASS, "article": "textiles_garments", "waste": NO_CLASS},
    "other": dict.fromkeys(("alone", "form", "article", "waste"), NO_CLASS),
}  # fmt: skip

WARE = "ware"
"""An article that holds nothing: "articles of cement" are no cement, as "bags of cement" are."""

FABRIC = "fabric"
"""A form of fibres; where the fibre is not named it counts as textile."""

CLASS_OF_WASTE = {
    "steel_products": "scrap_metal",
    "nonferrous_metal": "scrap_metal",
    "vehicles_parts": "scrap_metal",
    "paper_rolls": "waste_bales",
    "polymer_pellets": "waste_bales",
    PLASTIC_ARTICLES: "waste_bales",
    **{name: name for name in (
        "timber_plywood", "glass", "rubber_bales", "tyres", "cotton_fibre_bales", "textiles_garments", "hides_leather",
        "scrap_metal", "waste_bales", "tobacco_leaf", "grain_flour",
    )},
}  # fmt: skip
"""Waste of goods; of all others it is in no class."""

PRESERVED = {"frozen_meat_fish": "canned_food", "fresh_produce": "canned_food"}

OUTSIDE = frozenset({"machinery", "electronics", "vehicles_parts"})
"""Machines that measure or test are instruments, vehicles on rails are trains: both are in no class."""

BY_MATERIAL = frozenset({"stone_ceramic", "steel_products", "nonferrous_metal", "paper_rolls"})
"""Classes of a material: goods that usually are of it (nails, tiles, labels) follow another one that is named."""

GARMENTS_OF = {"rubber": "rubber_bales", "leather": "footwear_bags"}

WITH_PARTS = frozenset({
    "machinery", "electronics", "vehicles_parts", "furniture_household", "footwear_bags", "textiles_garments",
    PLASTIC_ARTICLES, NO_CLASS,
})  # fmt: skip
"""Classes that parts of their goods belong to."""
