"""Packings of metal, stone, glass, machines, vehicles, electrical goods and tyres."""

from functools import partial

from tallyscan.physics import materials as m
from training.simulate.cargo import cartons, electronics, machines, metal, stone, tyres, vehicles_in_load
from training.simulate.cargo.packing import Packing

_STEEL = (m.STEEL,)
_SLABS = (m.GRANITE, m.LIME, m.CERAMIC)
_DEVICE = ((250, 700), (150, 500), (250, 600))

INDUSTRY: tuple[Packing, ...] = (
    Packing("tyres", "flat_stacks", partial(tyres.flat_stacks, materials=(m.TYRE,)), least_mm=600),
    Packing("tyres", "laced", partial(tyres.laced, materials=(m.TYRE,)), least_mm=1500, across_mm=1000),
    Packing("tyres", "standing", partial(tyres.standing, materials=(m.TYRE,)), held_out=True, least_mm=700),
    Packing(
        "stone_ceramic", "tile_pallets", partial(stone.tile_pallets, materials=(m.CERAMIC,)), height_mm=(500,
        1300), least_mm=500
    ),
    Packing(
        "stone_ceramic", "upright_slabs", partial(stone.upright_slabs, materials=_SLABS), height_mm=(1100,
        2000), stow_kg_m3=(1200, 1700), least_mm=1300, across_mm=1000
    ),
    Packing(
        "stone_ceramic", "kerbs", partial(stone.kerbs, materials=(m.GRANITE, m.CERAMIC)), height_mm=(500, 1200),
        stow_kg_m3=(1200, 1700), least_mm=500
    ),
    Packing(
        "stone_ceramic", "blocks", partial(stone.blocks, materials=(m.GRANITE, m.LIME)), held_out=True,
        height_mm=(900, 1800), stow_kg_m3=(1200, 1700), least_mm=700
    ),
    Packing(
        "glass", "a_frames", partial(stone.a_frames, materials=(m.GLASS,)), height_mm=(1300, 2200),
        stow_kg_m3=(700, 1200), least_mm=1300, across_mm=1000
    ),
    Packing(
        "glass", "sheet_crates", partial(stone.sheet_crates, materials=(m.GLASS,)), height_mm=(900, 2100),
        least_mm=600
    ),
    Packing(
        "glass", "sheet_packs", partial(stone.sheet_packs, materials=(m.GLASS,)), held_out=True,
        height_mm=(1100, 2200), least_mm=1000, across_mm=1000
    ),
    Packing(
        "steel_products", "coils_across", partial(metal.coils_across, materials=_STEEL), height_mm=(900, 1700),
        least_mm=900, across_mm=1000
    ),
    Packing("steel_products", "plates", partial(metal.plates, materials=_STEEL), height_mm=(300, 900), least_mm=1200),
    Packing(
        "steel_products", "pipes_and_bars", partial(metal.bundles, materials=_STEEL), height_mm=(400, 1100),
        least_mm=2200
    ),
    Packing(
        "steel_products", "profiles", partial(metal.profiles, materials=_STEEL), height_mm=(300, 800),
        least_mm=2500
    ),
    Packing(
        "steel_products", "coils_upright", partial(metal.coils_upright, materials=_STEEL), held_out=True,
        height_mm=(600, 1300), least_mm=800, across_mm=800
    ),
    Packing(
        "nonferrous_metal", "aluminium_ingots", partial(metal.ingots, materials=(m.ALUMINIUM,)), height_mm=(500,
        1100), stow_kg_m3=(1430, 1700), least_mm=700
    ),
    Packing(
        "nonferrous_metal", "heavy_ingots", partial(metal.ingots, materials=(m.LEAD, m.ZINC, m.COPPER)),
        height_mm=(400, 800), stow_kg_m3=(1800, 3260), least_mm=600
    ),
    Packing(
        "nonferrous_metal", "cathodes", partial(metal.ingots, materials=(m.COPPER, m.ZINC), flat=True),
        height_mm=(400, 900), stow_kg_m3=(1700, 3260), least_mm=700
    ),
    Packing(
        "nonferrous_metal", "billets", partial(metal.bundles, materials=(m.ALUMINIUM,), diameter=(150, 260),
        pipes=0.0), height_mm=(500, 1300), stow_kg_m3=(1430, 1800), least_mm=2000
    ),
    Packing(
        "nonferrous_metal", "wire_rod", partial(metal.wire_rod, materials=(m.COPPER, m.COPPER, m.BRASS)),
        held_out=True, height_mm=(700, 1300), stow_kg_m3=(1430, 2200), least_mm=800
    ),
    Packing("machinery", "crated", machines.crated, least_mm=1100),
    Packing("machinery", "open_machines", machines.open_machines, least_mm=2000, across_mm=1000),
    Packing("machinery", "plant", machines.plant, held_out=True, least_mm=2800, across_mm=1500),
    Packing("electronics", "white_goods", electronics.white_goods, stow_kg_m3=(120, 260), least_mm=600),
    Packing("electronics", "devices", electronics.devices, least_mm=700),
    Packing(
        "electronics", "cartons", partial(cartons.on_pallets, materials=(m.ELECTRONICS,), size=_DEVICE,
        spread=0.12, inside=(cartons.boards_inside, cartons.padded_inside), texture=0.08)
    ),
    Packing(
        "electronics", "cable_drums", electronics.cable_drums, held_out=True, stow_kg_m3=(200, 350),
        least_mm=700
    ),
    Packing(
        "vehicles_parts", "cars", vehicles_in_load.cars, height_mm=(1400, 1850), stow_kg_m3=(80, 120),
        least_mm=3600, across_mm=1500
    ),
    Packing(
        "vehicles_parts", "engines_and_parts", vehicles_in_load.engines_and_parts, stow_kg_m3=(200, 450),
        least_mm=1000, across_mm=700
    ),
    Packing(
        "vehicles_parts", "crated_parts", vehicles_in_load.crated_parts, stow_kg_m3=(150, 400), least_mm=1500,
        across_mm=700
    ),
    Packing(
        "vehicles_parts", "motorcycles", vehicles_in_load.motorcycles, held_out=True, stow_kg_m3=(80, 180),
        least_mm=1800
    ),
)  # fmt: skip
