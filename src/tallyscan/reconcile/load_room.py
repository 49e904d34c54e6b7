"""The room that a load takes, from the part of the side of its unit that goods cover."""

from dataclasses import dataclass

from tallyscan.container_size import ContainerSize, container_size
from tallyscan.declaration import normal_mark
from tallyscan.reconcile.case import Case
from tallyscan.wording import Wording, said

INSIDE_MM = (194.0, 2330.0, 241.0)
"""Of a container, by ISO 1496-1: taken off its length; its width; taken off its height."""

REFRIGERATED_SHARE = 0.88
"""Of that room a refrigerated container has: its walls are thicker and its machinery stands in it."""

USUAL_HEIGHT_MM = 2743.0  # between 8.5 ft and 9.5 ft, where none is declared
TRAILER_MM = (2450.0, 2600.0)
"""Inside width and height of a road vehicle: 2.55 m by 4 m outside at most (Directive 96/53/EC). A judgement."""

LEAST_TRAILER_MM = 6500.0  # shorter bodies are vans of every width and height
NOT_BOXES = frozenset({"P", "T", "B"})
"""Types by ISO 6346 that are no boxes to be filled: platforms, tanks, dry bulk."""


@dataclass(frozen=True)
class LoadRoom:
    """`m3` is what the goods take at most, `of_m3` the room of the unit; `inside` says what the unit is taken for."""

    m3: float
    of_m3: float
    inside: Wording


def load_room(case: Case) -> LoadRoom | Wording:
    """The room, or why it is not known, as a sentence."""
    unit = case.unit
    if unit is None or unit.load is None:
        return said("There are too few goods to see how much room they take.")
    size = _declared_size(case)
    if size is not None and size.kind in NOT_BOXES:
        return said("A unit of the type {code} is no box of which a part could be filled.", code=size.code)
    length_mm = unit.length_mm.estimate if unit.length_mm else size.length_mm if size else None
    if length_mm is None:
        return said("The length of the unit is not known.")
    if unit.kind == "container" or size is not None:
        height_mm = (size.height_mm if size else None) or USUAL_HEIGHT_MM
        off_length, width, off_height = INSIDE_MM
        of_m3 = (length_mm - off_length) * width * (height_mm - off_height) / 1e9
        if size is not None and size.kind == "R":
            of_m3 *= REFRIGERATED_SHARE
        inside = said("a container {length_m:.1f} m long", length_m=length_mm / 1000)
    elif length_mm >= LEAST_TRAILER_MM:
        of_m3 = length_mm * TRAILER_MM[0] * TRAILER_MM[1] / 1e9
        inside = said("a trailer {length_m:.1f} m long", length_m=length_mm / 1000)
    else:
        return said("The height and width of such a vehicle are not known.")
    return LoadRoom(round(unit.load.filled * of_m3, 2), round(of_m3, 1), inside)


def _declared_size(case: Case) -> ContainerSize | None:
    number = case.declared.number if case.declared else None
    for container in case.declaration.transport_equipment if case.declaration and number else ():
        if normal_mark(container.container_identification_number or "") == number:
            return container_size(container.container_size_and_type)
    return None
