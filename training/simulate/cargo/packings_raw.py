"""Packings of raw and bulk materials: minerals, chemicals, fibres, rubber, wood, paper, scrap."""

from functools import partial

from tallyscan.physics import materials as m
from training.simulate.cargo import (
    bales,
    bulk,
    cartons,
    liquids,
    rolls,
    rounds,
    sacks,
    scrap,
    timber,
    vessels,
)
from training.simulate.cargo.packing import Packing

_ORE = (m.HEMATITE, m.BAUXITE)
_STONE = (m.LIME, m.SILICA, m.GYPSUM, m.CEMENT)
_SALTS = (m.FERTILISER, m.UREA, m.POTASH, m.PHOSPHATE)
_PLASTIC = (m.POLYETHYLENE, m.POLYETHYLENE, m.POLYSTYRENE, m.PET, m.PVC)
_RUBBER_BLOCK = ((600, 750), (160, 420), (340, 560))

RAW_MATERIALS: tuple[Packing, ...] = (
    Packing(
        "minerals_cement", "sacks_on_pallets", partial(sacks.courses, materials=_STONE, height=(90, 150),
        pallet=1.0), height_mm=(500, 1300), stow_kg_m3=(1000, 1500)
    ),
    Packing(
        "minerals_cement", "bulk_heap", partial(bulk.heap, materials=(*_STONE, *_ORE)), stow_kg_m3=(1100, 2200),
        least_mm=1500, across_mm=1800
    ),
    Packing(
        "minerals_cement", "ore_liner", partial(bulk.liner, materials=_ORE), stow_kg_m3=(1400, 2500),
        least_mm=1500, across_mm=1800
    ),
    Packing(
        "minerals_cement", "big_bags", partial(sacks.big_bags, materials=(*_STONE, *_ORE)), held_out=True,
        height_mm=(700, 1200), stow_kg_m3=(1000, 1900), least_mm=850
    ),
    Packing(
        "chemicals_drums", "steel_drums", partial(rounds.upright, vessel=vessels.STEEL_DRUM, pallet=0.4,
        hexagonal=0.6), height_mm=(880, 2000), least_mm=600
    ),
    Packing(
        "chemicals_drums", "plastic_drums", partial(rounds.upright, vessel=vessels.PLASTIC_DRUM, pallet=0.6),
        height_mm=(600, 2200), least_mm=400
    ),
    Packing(
        "chemicals_drums", "fibre_drums", partial(rounds.upright, vessel=vessels.FIBRE_DRUM, pallet=0.7),
        height_mm=(600, 2200), stow_kg_m3=(600, 850), least_mm=400
    ),
    Packing(
        "chemicals_drums", "jerricans", partial(cartons.on_pallets, materials=(m.WATER, m.CAUSTIC, m.SOAP, m.ETHANOL),
        size=((230, 300), (280, 450), (230, 390)), spread=0.03, gap=(2, 20), inside=(cartons.padded_inside,)),
        stow_kg_m3=(600, 900), least_mm=600
    ),
    Packing(
        "chemicals_drums", "ibcs", partial(liquids.ibcs, materials=(m.WATER, m.CAUSTIC, m.SOAP, m.ETHANOL)),
        held_out=True, height_mm=(1000, 2320), least_mm=1000, across_mm=900
    ),
    Packing("fertiliser", "big_bags", partial(sacks.big_bags, materials=_SALTS), height_mm=(850, 2200), least_mm=850),
    Packing("fertiliser", "sack_courses", partial(sacks.courses, materials=_SALTS, pallet=0.6)),
    Packing(
        "fertiliser", "bulk_heap", partial(bulk.heap, materials=_SALTS), held_out=True, least_mm=1500,
        across_mm=1800
    ),
    Packing(
        "polymer_pellets", "sacks_on_pallets", partial(sacks.courses, materials=_PLASTIC, height=(110, 170),
        pallet=0.9)
    ),
    Packing("polymer_pellets", "bulk_liner", partial(bulk.liner, materials=_PLASTIC), least_mm=1500, across_mm=1800),
    Packing(
        "polymer_pellets", "big_bags", partial(sacks.big_bags, materials=_PLASTIC), height_mm=(900, 2200),
        least_mm=850
    ),
    Packing(
        "polymer_pellets", "octabins", partial(rounds.upright, vessel=vessels.OCTABIN, pallet=1.0),
        held_out=True, height_mm=(1100, 2200), least_mm=1000, across_mm=1000
    ),
    Packing(
        "rubber_bales", "blocks_on_pallets", partial(cartons.on_pallets, materials=(m.RUBBER,),
        size=_RUBBER_BLOCK, spread=0.05, gap=(1, 20), texture=0.04)
    ),
    Packing(
        "rubber_bales", "blocks_in_film", partial(cartons.floor_stacked, materials=(m.RUBBER,),
        size=_RUBBER_BLOCK, spread=0.05, gap=(1, 10), texture=0.05, lean=2.0)
    ),
    Packing(
        "rubber_bales", "bulging_bales", partial(bales.bulging, materials=(m.RUBBER,), size=((500, 750), (300,
        560), (600, 1150)), wild=1.2, texture=0.03), held_out=True, least_mm=500
    ),
    Packing(
        "hides_leather", "flat_stacks", partial(bales.flat_stacks, materials=(m.LEATHER, m.WET_HIDE)),
        height_mm=(600, 1700), stow_kg_m3=(450, 800), least_mm=1000
    ),
    Packing(
        "hides_leather", "rolled_bundles", partial(rolls.rolls_along, materials=(m.LEATHER,), diameter=(200,
        500), length=(900, 2200)), stow_kg_m3=(300, 500), least_mm=900
    ),
    Packing(
        "hides_leather", "pressed_bales", partial(bales.strapped, materials=(m.LEATHER, m.WET_HIDE), size=((700,
        1200), (350, 700), (600, 1150))), held_out=True, least_mm=700
    ),
    Packing(
        "timber_plywood", "sawn_bundles", partial(timber.sawn_bundles, materials=(m.WOOD, m.WOOD, m.WET_WOOD)),
        least_mm=1800
    ),
    Packing("timber_plywood", "board_packs", partial(timber.board_packs, materials=(m.WOOD,)), least_mm=1200),
    Packing("timber_plywood", "beams", partial(timber.beams, materials=(m.WOOD, m.WET_WOOD)), least_mm=1800),
    Packing(
        "timber_plywood", "logs", partial(timber.logs, materials=(m.WOOD, m.WET_WOOD)), held_out=True,
        least_mm=1800
    ),
    Packing(
        "paper_rolls", "upright_reels", partial(rolls.upright_reels, materials=(m.PAPER, m.CELLULOSE)),
        height_mm=(700, 2400), least_mm=900, across_mm=900
    ),
    Packing(
        "paper_rolls", "lying_reels", partial(rolls.lying_reels, materials=(m.PAPER,)), height_mm=(700, 2400),
        least_mm=900
    ),
    Packing(
        "paper_rolls", "reels_along", partial(rolls.rolls_along, materials=(m.PAPER, m.CELLULOSE),
        diameter=(700, 1150), length=(900, 2800), most=60), held_out=True, height_mm=(800, 2300),
        stow_kg_m3=(830, 960), least_mm=1000
    ),
    Packing(
        "waste_bales", "loose_bales", partial(bales.bulging, materials=(m.PAPER, m.POLYETHYLENE, m.PET),
        size=((800, 1300), (700, 1150), (750, 1150)), wild=2.0, spread=0.12, texture=0.1), least_mm=800
    ),
    Packing(
        "waste_bales", "wired_bales", partial(bales.strapped, materials=(m.PAPER, m.PET), size=((800, 1800),
        (700, 1150), (750, 1150)), spread=0.12, texture=0.09), least_mm=800
    ),
    Packing(
        "waste_bales", "round_bales", partial(bales.round_bales, materials=(m.POLYETHYLENE, m.PAPER),
        diameter=(900, 1250), texture=0.09), held_out=True, least_mm=900
    ),
    Packing(
        "cotton_fibre_bales", "bulging_columns", partial(bales.bulging, materials=(m.CELLULOSE, m.TEXTILE,
        m.POLYESTER), size=((500, 1100), (500, 1400), (550, 1150)), wild=0.7, texture=0.02), least_mm=600
    ),
    Packing(
        "cotton_fibre_bales", "strapped_bales", partial(bales.strapped, materials=(m.CELLULOSE, m.TEXTILE),
        size=((550, 1450), (500, 850), (550, 1150)), texture=0.03), least_mm=600
    ),
    Packing(
        "cotton_fibre_bales", "crossed_bales", partial(cartons.interlocked, materials=(m.CELLULOSE,
        m.POLYESTER), size=((1000, 1450), (500, 850), (550, 800)), gap=(5, 40), texture=0.03), held_out=True,
        least_mm=1100
    ),
    Packing(
        "scrap_metal", "chaos", partial(scrap.chaos, materials=(m.STEEL, m.STEEL, m.ALUMINIUM, m.BRASS)),
        least_mm=1500, across_mm=1500
    ),
    Packing(
        "scrap_metal", "shredded", partial(scrap.shredded, materials=(m.STEEL, m.ALUMINIUM, m.COPPER)),
        least_mm=1200, across_mm=1500
    ),
    Packing(
        "scrap_metal", "pressed_cubes", partial(scrap.pressed_cubes, materials=(m.STEEL, m.ALUMINIUM)),
        held_out=True, least_mm=500
    ),
)  # fmt: skip
