"""Reference materials: what an attenuation comes to in each of them."""

from tallyscan.physics.materials import ALUMINIUM, CELLULOSE, LEAD, STEEL, WATER

REFERENCE_MATERIALS = {
    "organic": CELLULOSE,
    "water": WATER,
    "aluminium": ALUMINIUM,
    "steel": STEEL,
    "lead": LEAD,
}
"""`organic` is cellulose, in which the mass of goods is given everywhere in this project."""
