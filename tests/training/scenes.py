"""Scenes and machines for tests: drawn from a seed, and coarse enough to be rendered in a tenth of a second."""

from dataclasses import replace

import numpy as np

from tallyscan.physics import materials
from tallyscan.physics.attenuation import Material
from training.simulate.fan_beam import FanBeam, even_rows
from training.simulate.faults import Faults
from training.simulate.parts import Concealment, Goods, Load, Unit
from training.simulate.scanner import Scanner, at_pitch, draw_scanner
from training.simulate.scene import LoadedUnit, Scene, Wish, build_scene
from training.simulate.solids import Box3, box
from training.simulate.vehicles import Vehicle

OUTER = Box3(0, 6000, 1200, 3800, -1200, 1200)
CARGO = Box3(500, 5500, 1400, 2600, -1000, 1000)
SEALED = Box3(2000, 2500, 1700, 2200, -200, 200)


def side_fan(
    pitch_mm: float = 10.0, *, source_mm: float = 1000.0, centre_mm: float = 6000.0, mirrored: bool = False
) -> FanBeam:
    """A side view of everything from below the ground to over the roof."""
    return FanBeam(
        "side", source_mm, centre_mm, even_rows(5600, -800, pitch_mm), plane_mm=centre_mm, mirrored=mirrored
    )


def top_fan(pitch_mm: float = 10.0, *, height_mm: float = 8400.0, plane_mm: float = 6000.0) -> FanBeam:
    """A view from above; its reference plane lies 2.4 m over the ground."""
    return FanBeam("top", 0.0, height_mm, even_rows(2600, -2600, pitch_mm), plane_mm)


def drawn(seed: int, *, vehicle: str | None = "truck_20", **wish: object) -> Scene:
    """A scene that a seed draws."""
    return build_scene(np.random.default_rng(seed), Wish(vehicle=vehicle, **wish))  # type: ignore[arg-type]


def by_hand(*hidden: Concealment, goods: bool = True) -> Scene:
    """A container of two steel walls with a block of textiles of 0.3 g/cm3, 2 m deep."""
    walls = tuple(box(materials.STEEL, OUTER._replace(z0=z, z1=z + 2)) for z in (OUTER.z0, OUTER.z1 - 2))
    unit = Unit("container", "22G1", OUTER, OUTER.inset(50, 100, 20), "x1", walls)
    textiles = Goods("textiles_garments", "by_hand", (box(materials.TEXTILE, CARGO, 0.3),))
    load = Load((textiles,) if goods else ())
    vehicle = Vehicle("container_alone", (unit,), (), (), OUTER.inset(-100, 0, 0))
    return Scene(vehicle, (LoadedUnit(unit, load, hidden),))


def lead_block(density_g_cm3: float = 1.0, material: Material = materials.LEAD) -> Concealment:
    """Something dense in the middle of the block of textiles; textiles of 0.3 g/cm3 would not be seen."""
    added = box(material, SEALED, density_g_cm3)
    removed = replace(box(materials.TEXTILE, SEALED, 0.3), density=-0.3)
    return Concealment("shielded_nuclear", (added,), (removed,))


def coarse(seed: int = 0, model: str | None = "portal-6-4-L", pitch_mm: float = 20.0) -> Scanner:
    """A machine with its usual faults, at even pixels of a few centimetres."""
    scanner = draw_scanner(np.random.default_rng(seed), model)
    even = replace(scanner, geometry=replace(scanner.geometry, rectified=True))
    return at_pitch(even, pitch_mm, pitch_mm)


def still(seed: int = 0, pitch_mm: float = 20.0) -> Scanner:
    """The same without faults: what is left is counting noise."""
    return replace(coarse(seed, pitch_mm=pitch_mm), faults=Faults(), speed_error=0.0)
