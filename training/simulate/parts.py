"""What a scene is put together from: cargo units, what is loaded into them, and what is hidden."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from training.simulate.solids import Box3, Solid

Conveyance = Literal["rail", "road"]
UnitKind = Literal["container", "trailer", "tank", "van", "wagon"]
End = Literal["x0", "x1"]


@dataclass(frozen=True)
class Cavity:
    """A hollow of the structure where something can be hidden: its room and what it is.

    That of a tyre is a ring about `axis`, z for a wheel that runs and y for one that lies flat: `room` is the box
    around it, so that half its length is the radius of the tread inside, and `rim_mm` that of the rim.
    """

    kind: str
    room: Box3
    rim_mm: float | None = None
    axis: Literal["y", "z"] = "z"


@dataclass(frozen=True, eq=False)
class Unit:
    """A cargo space with the structure around it.

    `outer` is what a person would draw a box around, `room` where goods can be. `equipment` is an ISO 6346 size
    and type code of a container (`45G1`), else a plain name (`curtain_trailer`). `door` is the end with the doors.
    """

    kind: UnitKind
    equipment: str
    outer: Box3
    room: Box3
    door: End | None
    structure: tuple[Solid, ...]
    cavities: tuple[Cavity, ...] = ()

    @property
    def iso_code(self) -> str | None:
        """Size and type of a container; None for anything else."""
        return self.equipment if re.fullmatch(r"[1-9A-Z]{2}[A-Z][0-9A-Z]", self.equipment) else None


@dataclass(frozen=True, eq=False)
class Goods:
    """Goods of one class: their solids and which packing generator drew them."""

    commodity: str
    packing: str
    solids: tuple[Solid, ...]


@dataclass(frozen=True, eq=False)
class Load:
    """Everything in a unit: goods by class, and what secures and carries them (pallets, bars, airbags)."""

    goods: tuple[Goods, ...] = ()
    dunnage: tuple[Solid, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Concealment:
    """One hidden thing, or one missing part of a load.

    `added` is put there; `removed` are negative solids: the goods whose place it takes, or what is missing. `outside`
    is what lies in the carrier: in none of the cargo units, and no part of what one weighs.
    """

    family: str
    added: tuple[Solid, ...] = ()
    removed: tuple[Solid, ...] = ()
    facts: Mapping[str, float | str] = field(default_factory=dict)
    outside: bool = False
