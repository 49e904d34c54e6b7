"""Materials of cargo, of structure and of what is hidden.

Compositions are chemical formulas or mass fractions of the substance; densities in g/cm3 are of the solid or
liquid (CRC Handbook of Chemistry and Physics, and common data sheets), not of the stowed goods.
"""

from tallyscan.physics.attenuation import Material, mixture, of_atoms

POLYETHYLENE = of_atoms("polyethylene", 0.94, C=2, H=4)
WATER = of_atoms("water", 1.0, H=2, O=1)
CELLULOSE = of_atoms("cellulose", 1.5, C=6, H=10, O=5)
SUGAR = of_atoms("sugar", 1.59, C=12, H=22, O=11)
COCAINE = of_atoms("cocaine", 1.2, C=17, H=21, N=1, O=4)
FAT = of_atoms("fat", 0.92, C=57, H=104, O=6)
PROTEIN = Material("protein", {"C": 0.53, "H": 0.07, "N": 0.16, "O": 0.23, "S": 0.01}, 1.35)
RUBBER = of_atoms("rubber", 0.95, C=5, H=8)
NYLON = of_atoms("polyamide", 1.14, C=6, H=11, N=1, O=1)
POLYESTER = of_atoms("polyester", 1.38, C=10, H=8, O=4)
SALT = of_atoms("salt", 2.16, Na=1, Cl=1)
SILICA = of_atoms("silica", 2.2, Si=1, O=2)
LIME = of_atoms("calcium carbonate", 2.71, Ca=1, C=1, O=3)
APATITE = of_atoms("apatite", 3.16, Ca=5, P=3, O=13, H=1)
ALUMINIUM = Material("aluminium", {"Al": 1.0}, 2.70)
STEEL = Material("steel", {"Fe": 1.0}, 7.87)
COPPER = Material("copper", {"Cu": 1.0}, 8.96)
LEAD = Material("lead", {"Pb": 1.0}, 11.34)
TUNGSTEN = Material("tungsten", {"W": 1.0}, 19.3)
URANIUM = Material("uranium", {"U": 1.0}, 19.1)
GOLD = Material("gold", {"Au": 1.0}, 19.3)
CARBON = Material("carbon", {"C": 1.0}, 2.0)

WOOD = mixture("wood", [(CELLULOSE, 0.88), (WATER, 0.12)])
PAPER = mixture("paper", [(CELLULOSE, 0.85), (LIME, 0.10), (WATER, 0.05)])
MEAT = mixture("meat", [(WATER, 0.70), (PROTEIN, 0.20), (FAT, 0.10)])
FRUIT = mixture("fruit", [(WATER, 0.85), (SUGAR, 0.12), (CELLULOSE, 0.03)])
TOBACCO = mixture("tobacco", [(CELLULOSE, 0.72), (WATER, 0.12), (PROTEIN, 0.10), (LIME, 0.06)])
TEXTILE = mixture("textile", [(CELLULOSE, 0.5), (POLYESTER, 0.5)])
COFFEE = mixture("coffee", [(CELLULOSE, 0.65), (PROTEIN, 0.12), (FAT, 0.13), (WATER, 0.10)])
CEMENT = mixture("cement", [(LIME, 0.65), (SILICA, 0.30), (Material("iron", {"Fe": 1.0}), 0.05)])
TYRE = mixture("tyre", [(RUBBER, 0.60), (CARBON, 0.25), (STEEL, 0.15)])
ELECTRONICS = mixture("electronics", [(POLYESTER, 0.45), (SILICA, 0.2), (COPPER, 0.15), (STEEL, 0.2)])
GLASS = mixture("glass", [(SILICA, 0.72), (LIME, 0.18), (SALT, 0.10)])
FERTILISER = of_atoms("ammonium nitrate", 1.72, N=2, H=4, O=3)
DRINKS = mixture("bottled drinks", [(WATER, 0.78), (GLASS, 0.22)])
CANNED = mixture("canned food", [(FRUIT, 0.88), (STEEL, 0.12)])
