"""The commodity classes that an X-ray can hope to tell, with their headings of the Harmonized System.

Stow densities in kg/m3 and packing follow published stowage factors where marked in docs/reference;
two classes of one confusable group cannot be told apart by X-ray with confidence.
"""

from dataclasses import dataclass

from tallyscan.wording import Sentence, Wording


@dataclass(frozen=True)
class CommodityClass:
    """`hs` are chapters (two digits) or headings (four digits); a longer prefix wins over a shorter one."""

    name: str
    title: str
    hs: tuple[str, ...]
    stow_density_kg_m3: tuple[float, float]
    group: str

    @property
    def in_words(self) -> Wording:
        """What it is called within a sentence."""
        return Wording([Sentence(self.title.lower())])


def group_in_words(group: str) -> Wording:
    """What a group of classes that look alike is called: its name, in English."""
    return Wording([Sentence(group)])


def _c(name: str, title: str, hs: str, low: float, high: float, group: str) -> CommodityClass:
    return CommodityClass(name, title, tuple(hs.split()), (low, high), group)


COMMODITY_CLASSES: tuple[CommodityClass, ...] = (
    _c("empty", "Empty", "", 0, 0, "empty"),
    _c("frozen_meat_fish", "Frozen meat or fish", "02 03", 450, 650, "dense_organic_blocks"),
    _c("fresh_produce", "Fresh fruit or vegetables", "07 08", 300, 570, "vented_cartons"),
    _c("coffee_cocoa_bags", "Coffee or cocoa in bags", "09 18", 500, 670, "bagged_organic"),
    _c("grain_flour", "Grain, rice or flour", "10 11 12", 700, 900, "bagged_organic"),
    _c("sugar_salt", "Sugar or salt", "17 2501", 800, 1400, "bagged_organic"),
    _c("edible_oil_liquid", "Edible oil or liquids in a flexitank", "15", 900, 1000, "liquids"),
    _c("bottled_drinks", "Bottled drinks", "22", 600, 900, "bottles_cans"),
    _c("canned_food", "Canned food", "16 20", 600, 900, "bottles_cans"),
    _c("tobacco_leaf", "Tobacco leaf", "2401", 400, 670, "dense_organic_blocks"),
    _c("cigarettes", "Cigarettes", "24 2402 2403", 200, 280, "light_cartons"),
    _c("minerals_cement", "Minerals, cement or ore", "25 26", 1000, 2500, "heavy_mineral"),
    _c("chemicals_drums", "Chemicals in drums", "28 29 34 38", 600, 1100, "liquids"),
    _c("fertiliser", "Fertiliser in big bags", "31", 830, 1100, "bagged_organic"),
    _c("pharma_cosmetics", "Pharmaceuticals or cosmetics", "30 33", 200, 400, "light_cartons"),
    _c("polymer_pellets", "Polymer pellets", "39", 500, 620, "bagged_organic"),
    _c("plastic_articles_toys", "Plastic articles or toys", "3923 3924 3926 95", 80, 200, "light_cartons"),
    _c("rubber_bales", "Rubber bales", "40 4001 4002", 560, 770, "dense_organic_blocks"),
    _c("tyres", "Tyres", "4011 4012", 120, 360, "tyres"),
    _c("hides_leather", "Hides or leather", "41", 300, 800, "soft_bales"),
    _c("timber_plywood", "Timber or plywood", "44", 400, 670, "timber"),
    _c("paper_rolls", "Paper in rolls", "48", 830, 1110, "paper_rolls"),
    _c("waste_bales", "Waste paper or plastic bales", "47 3915", 350, 600, "soft_bales"),
    _c("cotton_fibre_bales", "Cotton or fibre bales", "52 55", 330, 500, "soft_bales"),
    _c(
        "textiles_garments",
        "Textile rolls or garments",
        "54 56 57 58 59 60 61 62 63",
        120,
        350,
        "light_cartons",
    ),
    _c("footwear_bags", "Footwear or bags", "42 64", 80, 180, "light_cartons"),
    _c("stone_ceramic", "Stone or ceramic", "68 69", 1200, 1900, "heavy_mineral"),
    _c("glass", "Glass", "70", 700, 1600, "heavy_mineral"),
    _c("steel_products", "Steel coils, bars or pipes", "72 73", 1670, 2500, "metal"),
    _c("nonferrous_metal", "Non-ferrous metal", "74 75 76 78 79 80", 1430, 3260, "metal"),
    _c("scrap_metal", "Scrap metal", "7204 7404 7602", 500, 1200, "scrap"),
    _c("machinery", "Machinery", "84", 330, 670, "machinery"),
    _c("electronics", "Electrical goods or electronics", "85", 120, 350, "light_cartons"),
    _c("vehicles_parts", "Vehicles and parts", "87", 80, 450, "machinery"),
    _c("furniture_household", "Furniture or household goods", "94", 80, 180, "light_cartons"),
)

CLASS_BY_NAME: dict[str, CommodityClass] = {item.name: item for item in COMMODITY_CLASSES}

_BY_PREFIX: dict[str, CommodityClass] = {}
for _item in COMMODITY_CLASSES:
    for _prefix in _item.hs:
        _BY_PREFIX.setdefault(_prefix, _item)


def class_of_hs(code: str) -> CommodityClass | None:
    """The class of an HS code (digits, two or more), by its longest known prefix; None when none covers it."""
    for length in (4, 2):
        found = _BY_PREFIX.get(code[:length]) if len(code) >= length else None
        if found is not None:
            return found
    return None
