"""Packings of food, drinks and tobacco (sizes of cartons, sacks and vessels: typical values of data sheets)."""

from functools import partial

from tallyscan.physics import materials as m
from training.simulate.cargo import bales, bulk, cartons, garments, liquids, rounds, sacks, vessels
from training.simulate.cargo.packing import Packing

_REEFER_CARTON = ((380, 620), (110, 220), (260, 420))
_FRUIT_CARTON = ((300, 600), (90, 300), (300, 400))
_TRAY = ((200, 420), (90, 330), (200, 320))
_FLOUR = ((250, 420), (80, 160), (200, 300))
_C48 = ((1100, 1160), (680, 760), (690, 760))
_MASTER_CASE = ((420, 560), (300, 480), (380, 520))
_SLEEVES = ((260, 300), (85, 100), (90, 240))

FOOD: tuple[Packing, ...] = (
    Packing(
        "frozen_meat_fish", "reefer_cartons", partial(cartons.floor_stacked, materials=(m.MEAT, m.FAT, m.WATER),
        size=_REEFER_CARTON, spread=0.05, texture=0.05)
    ),
    Packing(
        "frozen_meat_fish", "pallets", partial(cartons.on_pallets, materials=(m.MEAT, m.FAT),
        size=_REEFER_CARTON, spread=0.04, texture=0.04)
    ),
    Packing(
        "frozen_meat_fish", "blocks_in_columns", partial(bales.bulging, materials=(m.MEAT,), size=((450, 800),
        (150, 450), (600, 1150)), wild=1.6, texture=0.1), least_mm=450
    ),
    Packing(
        "frozen_meat_fish", "carcasses", partial(garments.carcasses, materials=(m.MEAT,)), held_out=True,
        height_mm=(1700, 2600), least_mm=600, across_mm=500
    ),
    Packing(
        "fresh_produce", "vented_pallets", partial(cartons.on_pallets, materials=(m.FRUIT,), size=_FRUIT_CARTON,
        gap=(6, 28), texture=0.08, two_high=0.05)
    ),
    Packing(
        "fresh_produce", "open_crates", partial(cartons.floor_stacked, materials=(m.FRUIT,), size=((350, 600),
        (140, 320), (300, 420)), gap=(8, 30), inside=(cartons.rounds_inside,), texture=0.1)
    ),
    Packing("fresh_produce", "net_sacks", partial(garments.net_sacks, materials=(m.FRUIT,)), held_out=True),
    Packing(
        "coffee_cocoa_bags", "sack_courses", partial(sacks.courses, materials=(m.COFFEE,), length=(600, 1000),
        height=(140, 260), pallet=0.15)
    ),
    Packing(
        "coffee_cocoa_bags", "sack_columns", partial(sacks.cushions, materials=(m.COFFEE,), length=(600, 1000),
        height=(150, 280))
    ),
    Packing(
        "coffee_cocoa_bags", "bulk_liner", partial(bulk.liner, materials=(m.COFFEE,)), held_out=True,
        least_mm=1500, across_mm=1800
    ),
    Packing("grain_flour", "bulk_liner", partial(bulk.liner, materials=(m.STARCH,)), least_mm=1500, across_mm=1800),
    Packing("grain_flour", "bulk_heap", partial(bulk.heap, materials=(m.STARCH,)), least_mm=1500, across_mm=1800),
    Packing("grain_flour", "sack_courses", partial(sacks.courses, materials=(m.STARCH,), pallet=0.4)),
    Packing(
        "grain_flour", "small_packs", partial(cartons.interlocked, materials=(m.STARCH,), size=_FLOUR,
        pallet=True), held_out=True
    ),
    Packing(
        "sugar_salt", "sugar_big_bags", partial(sacks.big_bags, materials=(m.SUGAR,)), height_mm=(850, 2200),
        stow_kg_m3=(800, 950), least_mm=850
    ),
    Packing(
        "sugar_salt", "salt_sacks", partial(sacks.courses, materials=(m.SALT,), pallet=0.5), stow_kg_m3=(950,
        1300)
    ),
    Packing("sugar_salt", "sugar_sack_columns", partial(sacks.cushions, materials=(m.SUGAR,)), stow_kg_m3=(800, 950)),
    Packing(
        "sugar_salt", "bulk_heap", partial(bulk.heap, materials=(m.SUGAR, m.SALT)), held_out=True,
        stow_kg_m3=(800, 1250), least_mm=1500, across_mm=1800
    ),
    Packing(
        "edible_oil_liquid", "flexitank", partial(liquids.flexitank, materials=(m.FAT, m.WATER, m.SUGAR)),
        height_mm=(1100, 1700), least_mm=4500, across_mm=1800
    ),
    Packing(
        "edible_oil_liquid", "pillow_tanks", partial(liquids.pillow_tanks, materials=(m.FAT, m.WATER)),
        height_mm=(900, 1600), least_mm=1500, across_mm=1500
    ),
    Packing(
        "edible_oil_liquid", "box_liners", partial(liquids.box_liners, materials=(m.FAT, m.WATER)),
        held_out=True, height_mm=(950, 2300), least_mm=900
    ),
    Packing("bottled_drinks", "glass_bottles", partial(rounds.upright, vessel=vessels.GLASS_BOTTLE)),
    Packing("bottled_drinks", "pet_bottles", partial(rounds.upright, vessel=vessels.PET_BOTTLE)),
    Packing(
        "bottled_drinks", "cases", partial(cartons.floor_stacked, materials=(m.DRINKS, m.WATER, m.SPIRITS),
        size=_TRAY, inside=(cartons.rounds_inside,))
    ),
    Packing(
        "bottled_drinks", "kegs_lying", partial(bales.round_bales, materials=(m.WATER, m.SPIRITS),
        diameter=(380, 620), texture=0.0), held_out=True, height_mm=(500, 2200), least_mm=600
    ),
    Packing("canned_food", "cans", partial(rounds.upright, vessel=vessels.CAN)),
    Packing("canned_food", "jars", partial(rounds.upright, vessel=vessels.GLASS_JAR)),
    Packing(
        "canned_food", "cartons_of_cans", partial(cartons.floor_stacked, materials=(m.CANNED,), size=_TRAY,
        inside=(cartons.rounds_inside,))
    ),
    Packing(
        "canned_food", "interlocked_trays", partial(cartons.interlocked, materials=(m.CANNED,), size=_TRAY,
        pallet=True, texture=0.05), held_out=True, least_mm=600
    ),
    Packing(
        "tobacco_leaf", "c48_cartons", partial(cartons.floor_stacked, materials=(m.TOBACCO,), size=_C48, gap=(4,
        25), texture=0.04), least_mm=1100
    ),
    Packing(
        "tobacco_leaf", "hessian_bales", partial(bales.bulging, materials=(m.TOBACCO,), size=((600, 1100), (400,
        760), (600, 1150))), least_mm=600
    ),
    Packing(
        "tobacco_leaf", "hogsheads", partial(rounds.upright, vessel=vessels.HOGSHEAD, pallet=0.0),
        held_out=True, height_mm=(1100, 2500), least_mm=1000, across_mm=900
    ),
    Packing(
        "cigarettes", "master_cases", partial(cartons.floor_stacked, materials=(m.CIGARETTES,),
        size=_MASTER_CASE, spread=0.015, gap=(1, 8))
    ),
    Packing(
        "cigarettes", "pallets", partial(cartons.on_pallets, materials=(m.CIGARETTES,), size=_MASTER_CASE,
        spread=0.015)
    ),
    Packing(
        "cigarettes", "sleeves", partial(cartons.floor_stacked, materials=(m.CIGARETTES,), size=_SLEEVES,
        spread=0.02, gap=(0.5, 4), lean=0.5)
    ),
    Packing(
        "cigarettes", "interlocked", partial(cartons.interlocked, materials=(m.CIGARETTES,), size=((500, 620),
        (250, 420), (300, 420)), spread=0.015), held_out=True, least_mm=600
    ),
)  # fmt: skip
