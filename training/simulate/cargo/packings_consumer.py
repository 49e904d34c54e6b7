"""Packings of consumer goods: medicines, toys, textiles, footwear, furniture."""

from functools import partial

from tallyscan.physics import materials as m
from training.simulate.cargo import cartons, furniture, garments, rolls, rounds, vessels
from training.simulate.cargo.packing import Packing

_SMALL = ((180, 420), (120, 320), (150, 350))
_TOY = ((350, 800), (300, 650), (300, 600))
_CLOTHES = ((450, 700), (250, 450), (350, 500))
_SHOEBOX = ((280, 350), (100, 140), (180, 230))
_SHOE_MASTER = ((450, 700), (330, 480), (320, 450))
_PLASTIC = (m.POLYETHYLENE, m.PVC, m.POLYSTYRENE)

CONSUMER_GOODS: tuple[Packing, ...] = (
    Packing(
        "pharma_cosmetics", "small_cartons", partial(cartons.on_pallets, materials=(m.PHARMACEUTICALS, m.SOAP),
        size=_SMALL, spread=0.08, inside=(cartons.rounds_inside, cartons.boards_inside), texture=0.04)
    ),
    Packing(
        "pharma_cosmetics", "mixed_cartons", partial(cartons.mixed_sizes, materials=(m.PHARMACEUTICALS, m.SOAP),
        size=_SMALL), least_mm=600
    ),
    Packing("pharma_cosmetics", "bottles", partial(rounds.upright, vessel=vessels.COSMETIC_JAR)),
    Packing(
        "pharma_cosmetics", "thermal_boxes", partial(cartons.thermal_boxes, materials=(m.PHARMACEUTICALS,)),
        held_out=True, least_mm=500
    ),
    Packing(
        "plastic_articles_toys", "cartons", partial(cartons.floor_stacked, materials=_PLASTIC, size=_TOY,
        spread=0.15, inside=(cartons.hollow_inside, cartons.padded_inside), texture=0.22)
    ),
    Packing("plastic_articles_toys", "nested_ware", partial(garments.nested_ware, materials=_PLASTIC), least_mm=400),
    Packing(
        "plastic_articles_toys", "mixed_cartons", partial(cartons.mixed_sizes, materials=_PLASTIC, size=_TOY,
        spread=0.2), least_mm=600
    ),
    Packing(
        "plastic_articles_toys", "loose_bags", partial(garments.loose_bags, materials=_PLASTIC), held_out=True,
        least_mm=600
    ),
    Packing(
        "textiles_garments", "soft_cartons", partial(cartons.floor_stacked, materials=(m.TEXTILE, m.POLYESTER,
        m.CELLULOSE), size=_CLOTHES, spread=0.14, texture=0.1, lean=1.5)
    ),
    Packing(
        "textiles_garments", "rolls_along", partial(rolls.rolls_along, materials=(m.TEXTILE, m.POLYESTER)),
        least_mm=1200
    ),
    Packing(
        "textiles_garments", "rolls_across", partial(rolls.lying_reels, materials=(m.TEXTILE, m.POLYESTER),
        diameter=(180, 450), hole=(15, 45), most=170), least_mm=600
    ),
    Packing(
        "textiles_garments", "soft_sacks", partial(garments.loose_bags, materials=(m.TEXTILE, m.CELLULOSE),
        size=(500, 900)), least_mm=700
    ),
    Packing(
        "textiles_garments", "hanging", partial(garments.hanging, materials=(m.TEXTILE, m.POLYESTER)),
        held_out=True, height_mm=(1200, 2600), least_mm=600
    ),
    Packing(
        "footwear_bags", "shoeboxes", partial(cartons.floor_stacked, materials=(m.LEATHER, m.PVC, m.RUBBER),
        size=_SHOEBOX, spread=0.12, gap=(0.5, 4), inside=(cartons.padded_inside,), texture=0.1)
    ),
    Packing(
        "footwear_bags", "master_cartons", partial(cartons.on_pallets, materials=(m.LEATHER, m.RUBBER, m.PVC),
        size=_SHOE_MASTER, spread=0.1, inside=(cartons.boards_inside,), texture=0.14)
    ),
    Packing(
        "footwear_bags", "interlocked", partial(cartons.interlocked, materials=(m.LEATHER, m.PVC),
        size=_SHOE_MASTER, spread=0.12, texture=0.15), least_mm=600
    ),
    Packing(
        "footwear_bags", "loose_bags", partial(garments.loose_bags, materials=(m.LEATHER, m.PVC, m.NYLON),
        size=(300, 600)), held_out=True, least_mm=600
    ),
    Packing("furniture_household", "assembled", furniture.assembled, least_mm=1000),
    Packing("furniture_household", "flat_packs", furniture.flat_packs, stow_kg_m3=(110, 180), least_mm=700),
    Packing(
        "furniture_household", "cartons", partial(cartons.mixed_sizes, materials=(m.WOOD, m.TEXTILE,
        m.POLYURETHANE), size=((500, 1300), (350, 900), (400, 900)), spread=0.25), least_mm=600
    ),
    Packing("furniture_household", "upholstered", furniture.upholstered, held_out=True, least_mm=1500),
)  # fmt: skip
