"""The size of a pixel from what is known to have a size: containers of 20, 40 or 45 ft.

The bounds rest on simulated scans before machines of every kind (`python -m training.measured_pitch`): the box that the
model draws around a dry container is right to 1 % of its length in nine of ten scans in counts, to 3 % in pictures. Of
a refrigerated container it may leave out the machinery, of a tank or flat rack the frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tallyscan.container_size import ContainerSize, container_size
from tallyscan.declaration import Declaration, normal_mark
from tallyscan.finding import CargoUnit, Interval
from tallyscan.iso6346 import has_form
from tallyscan.pixel_pitch import PixelPitch
from tallyscan.scan import CANONICAL_PITCH_MM, Scan

CELL_PX = 8  # canonical, of the map in which units are found
EDGE_CELLS = 2.0  # both ends together
LEAST_ERROR = {"transmission": 0.01, "display": 0.03}
# Of the length of a container that is no plain box: what the model may not see as cargo space.
UNSEEN_SHARE = 0.13
AT_BORDER_CELLS = 1.5  # so near to the end of the image a container may go on beyond it
# Height of the box over that of the container, by the pitch in its middle: it runs from the near roof to the far floor,
# and is enlarged the more the nearer the source is.
BOX_HEIGHT = Interval(1.4, 0.75, 1.85)
COMMON_LENGTHS_MM, HEIGHTS_MM = (6058.0, 12192.0, 13716.0), (2438.0, 2896.0)
PIXEL_FORM = (0.35, 3.5)  # length over height of a pixel, before any scanner: 2.4 to 8 mm either way


@dataclass(frozen=True)
class _Measured:
    said: str
    along: Interval
    across: Interval | None


def measured_pitch(units: Sequence[CargoUnit], scan: Scan, declaration: Declaration | None) -> PixelPitch:
    """The pitch by the containers among the units whose size is told. What cannot be told is None, with the reason.

    The size is told by a size code that the cameras read or that is declared for the unit; without one, the form of a
    unit that has a container number tells 20 ft from longer ones, as far as it can be no other.
    """
    if not units:
        return PixelPitch(None, None, "No cargo unit was found that could be measured.")
    told = [
        _by_unit(unit, size, scan) for unit, size in zip(units, _sizes(units, scan, declaration), strict=True)
    ]
    measured = [found for found in told if isinstance(found, _Measured)]
    if not measured:
        return PixelPitch(
            None, None, " ".join(dict.fromkeys(found for found in told if isinstance(found, str)))
        )
    across = [found.across for found in measured if found.across is not None]
    return PixelPitch(
        _together([found.along for found in measured]),
        _together(across) if across else None,
        f"Measured on {', '.join(found.said for found in measured)}.",
    )


def _sizes(
    units: Sequence[CargoUnit], scan: Scan, declaration: Declaration | None
) -> list[ContainerSize | bool]:
    """Of each unit its size; else whether it is a container at all."""
    marks = scan.sidecar.units if len(scan.sidecar.units) == len(units) else ()
    equipment = declaration.transport_equipment if declaration else ()
    declared = [container_size(part.container_size_and_type) for part in equipment]
    of_number = {
        normal_mark(part.container_identification_number): size
        for part, size in zip(equipment, declared, strict=True)
        if part.container_identification_number
    }
    # Which is which need not be known where all of them are as long and as many as were found.
    alike = (
        len(declared) == len(units) and len({(size.length_mm if size else None) for size in declared}) == 1
    )
    sizes: list[ContainerSize | bool] = []
    for place, unit in enumerate(units):
        read = container_size(marks[place].size_and_type) if marks else None
        size = read or of_number.get(unit.number or "") or (declared[0] if alike else None)
        numbered = has_form(unit.number or "") or len(equipment) == len(units)
        sizes.append(size if size is not None else numbered)
    return sizes


def _by_unit(unit: CargoUnit, size: ContainerSize | bool, scan: Scan) -> _Measured | str:
    """The pitch by one unit, or why it does not tell it."""
    name, grid = f"unit {unit.unit}", scan.grid
    if size is False:
        return f"Nothing says that {name} is a container, or of which size."
    box = grid.to_canonical(unit.box)
    if min(box.x, scan.width - box.x - box.width) < AT_BORDER_CELLS * CELL_PX:
        return f"{name.capitalize()} reaches the end of the image: it may be longer than what is seen of it."
    width_px, height_px = box.width / grid.scale_x, box.height / grid.scale_y
    if isinstance(size, ContainerSize):
        if not _fits(size.length_mm, width_px, height_px, scan):
            return f"{name.capitalize()} has not the form of a container of {size.length_mm:,.0f} mm ({size.code})."
        lengths = [size.length_mm]
    else:
        lengths = [length for length in COMMON_LENGTHS_MM if _fits(length, width_px, height_px, scan)]
        if not lengths or lengths[0] * 2 < lengths[-1]:
            return f"The form of {name} does not tell whether it is 20 or 40 ft long, and no size code does."
    error = max(EDGE_CELLS * CELL_PX / box.width, LEAST_ERROR[scan.grade])
    plain = isinstance(size, ContainerSize) and size.kind == "G"
    unseen = 0.0 if plain else UNSEEN_SHARE
    along = _rounded(
        lengths[0] / width_px,
        lengths[0] / width_px * (1 - error - unseen),
        lengths[-1] / width_px * (1 + error),
    )
    said = size.code if isinstance(size, ContainerSize) else "by its form"
    height_mm = size.height_mm if isinstance(size, ContainerSize) else None
    across = _across(height_mm / height_px) if height_mm is not None else None
    return _Measured(
        f"{name} ({said}: {' or '.join(f'{length:,.0f}' for length in lengths)} mm long)", along, across
    )


def _fits(length_mm: float, width_px: float, height_px: float, scan: Scan) -> bool:
    """Whether a container so long can have that box: by the form that a pixel would have.

    In counts the pitch across the travel is given. In a picture it follows from the height of the box, loosely.
    """
    along, (least, most) = length_mm / width_px, PIXEL_FORM
    if scan.grade == "transmission":
        across = CANONICAL_PITCH_MM * scan.grid.scale_y
        return least <= along / across <= most
    lowest, highest = (height / height_px for height in HEIGHTS_MM)
    return along / (lowest * BOX_HEIGHT.low) >= least and along / (highest * BOX_HEIGHT.high) <= most


def _across(of_box_mm: float) -> Interval:
    """From the pitch that the box would have if nothing were enlarged."""
    return _rounded(of_box_mm * BOX_HEIGHT.estimate, of_box_mm * BOX_HEIGHT.low, of_box_mm * BOX_HEIGHT.high)


def _together(intervals: Sequence[Interval]) -> Interval:
    """Of several containers: their mean, and bounds that hold all of them."""
    mean = sum(one.estimate for one in intervals) / len(intervals)
    return _rounded(mean, min(one.low for one in intervals), max(one.high for one in intervals))


def _rounded(estimate: float, low: float, high: float) -> Interval:
    return Interval(*(round(float(value), 3) for value in (estimate, low, high)))
