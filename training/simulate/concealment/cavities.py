"""Hollows of structure and vehicle: frames, tanks, tyres, cab, axles, spare wheel, walls, floors, reefer foam."""

from tallyscan.physics import materials as m
from tallyscan.physics.attenuation import Material
from training.simulate.concealment.packages import packed_block, shell, substance
from training.simulate.concealment.place import Rng, Site, between, concealment, displaced, graded, within
from training.simulate.parts import Cavity, Concealment, Unit
from training.simulate.solids import Box3, Grid, Solid, cylinder_across, cylinder_upright

REEFER_KINDS = ("reefer_unit", "reefer_insulation")
LEAST_MM = 25.0
FOAM_G_CM3 = 0.3  # what is lighter than this in a structure is insulation, which can be cut out


def cavities_from_room(unit: Unit) -> tuple[Cavity, ...]:
    """Hollows between a unit's room and its outside, for units that name none."""
    room, outer = unit.room, unit.outer
    slabs = {
        "floor": room._replace(y0=outer.y0, y1=room.y0), "roof": room._replace(y0=room.y1, y1=outer.y1),
        "side_wall": room._replace(z0=outer.z0, z1=room.z0), "front_wall": room._replace(x0=outer.x0, x1=room.x0),
        "door_end": room._replace(x0=room.x1, x1=outer.x1),
    }  # fmt: skip
    return tuple(Cavity(kind, place) for kind, place in slabs.items() if min(place.size) >= LEAST_MM)


def _filled_part(rng: Rng, room: Box3, amount: float) -> Box3:
    """The part of a hollow that is used: some of its length, most of its section."""
    length = room.size[0] * min(graded(rng, amount, 0.12, 1.3), 1.0)
    x0 = between(rng, room.x0, room.x1 - length)
    along = room._replace(x0=x0, x1=x0 + length)
    height, depth = (side * float(rng.uniform(0.45 + 0.3 * amount, 1)) for side in room.size[1:])
    # A wide and low hollow, as between floor beams, is filled over a part of the depth only.
    if room.size[2] > 600:
        depth = room.size[2] * min(graded(rng, amount, 0.12, 1.0), 1.0)
    y0 = room.y0 + float(rng.choice([0.0, 0.5, 1.0])) * (room.size[1] - height)
    z0 = between(rng, room.z0, room.z1 - depth)
    return along._replace(y0=y0, y1=y0 + height, z0=z0, z1=z0 + depth)


def _in_wheel(
    rng: Rng, cavity: Cavity, rim_mm: float, amount: float, material: Material, density: float
) -> list[Solid]:
    """A ring strapped around the rim, up to the tread at most."""
    room = cavity.room
    x, y, z = ((room[i] + room[i + 1]) / 2 for i in (0, 2, 4))
    outer = rim_mm + (room.size[0] / 2 - rim_mm) * min(graded(rng, amount, 0.25, 1.2), 1.0)
    if cavity.axis == "y":
        flat = room.inset(dy=0.12 * room.size[1])[2:4]
        return [
            cylinder_upright(material, x, z, outer, *flat, density),
            cylinder_upright(material, x, z, rim_mm, *flat, -density),
        ]
    across = room.inset(dz=0.12 * room.size[2])[4:6]
    return [
        cylinder_across(material, x, y, outer, *across, density),
        cylinder_across(material, x, y, rim_mm, *across, -density),
    ]


def _packages(rng: Rng, place: Box3, material: Material, density: float) -> Grid:
    cell = tuple(float(rng.uniform(40, 260)) for _ in range(3))
    missing = float(rng.choice([0.0, 0.0, 0.15, 0.35]))
    return packed_block(rng, material, density, place, cell, float(rng.uniform(0.5, 14)), missing, 0.06)


def _hidden_in(rng: Rng, site: Site, cavity: Cavity, amount: float, family: str) -> Concealment | None:
    """Packages in one hollow, in a box of sheet now and then; foam, fuel or goods that are in the way are gone."""
    name, material, density = substance(rng)
    if min(cavity.room.size) < LEAST_MM:
        return None
    if cavity.rim_mm is not None:
        added = _in_wheel(rng, cavity, cavity.rim_mm, amount, material, density)
        boxes: list[Box3] = []
    else:
        place = _filled_part(rng, cavity.room, amount)
        if min(place.size) < 12:
            return None
        added = [_packages(rng, place, material, density)]
        boxes = [place]
        if cavity.kind == "fuel_tank" or rng.random() < 0.2:
            added.append(shell(m.STEEL, place, float(rng.uniform(1, 3))))
    of_carrier = any(cavity is other for other in site.carrier_cavities)
    # The cooling machinery of a trailer stands before it.
    outside = of_carrier or not within(cavity.room, site.unit.outer)
    foam = () if of_carrier else displaced([s for s in site.unit.structure if _is_foam(s)], boxes)
    bounds_mm = cavity.room.inset(-1, -1, -1)
    return concealment(
        family, site, added, boxes, removed=foam, bounds_mm=bounds_mm, outside=outside, cavity=cavity.kind,
        substance=name,
    )  # fmt: skip


def _is_foam(solid: Solid) -> bool:
    density = float(solid.density.max()) if isinstance(solid, Grid) else solid.density
    return 0 < density < FOAM_G_CM3 and solid.material is not m.STEEL


def vehicle_cavity(rng: Rng, site: Site, amount: float) -> Concealment | None:
    """A hollow of the carrier first of all, else of the unit's own structure."""
    own = [c for c in site.unit.cavities if c.kind not in REEFER_KINDS] or list(cavities_from_room(site.unit))
    carrier = list(site.carrier_cavities)
    choice = carrier if carrier and (rng.random() < 0.75 or not own) else own
    if not choice:
        return None
    kinds = sorted({cavity.kind for cavity in choice})
    kind = kinds[int(rng.integers(len(kinds)))]
    same = [cavity for cavity in choice if cavity.kind == kind]
    return _hidden_in(rng, site, same[int(rng.integers(len(same)))], amount, "vehicle_cavity")


def reefer_insulation(rng: Rng, site: Site, amount: float) -> Concealment | None:
    """In the cooling machinery, or in place of foam in doors, walls, roof and floor; needs a reefer."""
    own = [c for c in site.unit.cavities if c.kind in REEFER_KINDS]
    if not own and "R" in site.unit.equipment[2:3]:  # 45R1 and the like
        own = [
            Cavity("reefer_insulation", c.room)
            for c in cavities_from_room(site.unit)
            if min(c.room.size) >= 45
        ]
    if not own:
        return None
    return _hidden_in(rng, site, own[int(rng.integers(len(own)))], amount, "reefer_insulation")
