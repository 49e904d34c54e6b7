"""The pictures of an inspection sheet: the load with its marked places and a ruler, and a close-up of each place."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from tallyscan.finding import CargoUnit
from tallyscan.report.inspection_sheet import InspectionSheet, SheetRegion
from tallyscan.report.label_places import Rect, place
from tallyscan.report.lettering import Colour, Picture, text_width, write
from tallyscan.report.sheet_place import Span
from tallyscan.scan import Box

_MACHINE: Colour = (30, 50, 235)
_OFFICER: Colour = (170, 60, 150)
_UNIT: Colour = (150, 90, 0)
_PAPER: Colour = (255, 255, 255)
_OVERVIEW_WIDTH = 2000
_LETTERS = 26
_RULER_HEIGHT = 44
_CLOSE_UP = (900, 620)
"""Width and height of a close-up, at most."""
_AROUND = 0.75  # of the region's own size is shown on each side
_LEAST_AROUND_PX = 60
_ENLARGED_MOST = 6.0


@dataclass(frozen=True)
class SheetPictures:
    """JPEG bytes; `close_ups` by the id of the region."""

    overview: bytes
    close_ups: Mapping[str, bytes]


def sheet_pictures(jpeg: bytes, sheet: InspectionSheet, units: tuple[CargoUnit, ...]) -> SheetPictures:
    """All of them, from the plain upright picture that was kept with the reading."""
    plain = _decoded(jpeg)
    close_ups = {each.id: _jpeg(_close_up(plain, each, sheet)) for each in sheet.regions if each.image_box}
    return SheetPictures(_jpeg(_overview(plain, sheet, units)), close_ups)


def overview_picture(jpeg: bytes, sheet: InspectionSheet, units: tuple[CargoUnit, ...]) -> bytes:
    """The load with its marked places, and a ruler where it has one cargo unit of known length."""
    return _jpeg(_overview(_decoded(jpeg), sheet, units))


def close_up_picture(jpeg: bytes, sheet: InspectionSheet, region: SheetRegion) -> bytes:
    """One place of the sheet, enlarged."""
    return _jpeg(_close_up(_decoded(jpeg), region, sheet))


def _decoded(jpeg: bytes) -> Picture:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def _overview(plain: Picture, sheet: InspectionSheet, units: tuple[CargoUnit, ...]) -> Picture:
    scale = min(_OVERVIEW_WIDTH / plain.shape[1], 2.0)
    shown = _resized(plain, scale)
    room = _LETTERS + 16
    height, width = shown.shape[:2]
    canvas: Picture = np.full((height + 2 * room + _RULER_HEIGHT, width, 3), 255, np.uint8)
    canvas[room : room + height] = shown
    image = sheet.image
    if image is None:
        return canvas
    for unit in units:
        rect = _rect(image.place(unit.box), scale, room, shown)
        _outline(canvas, rect, _UNIT, 2)
    regions = [each for each in sheet.regions if each.image_box is not None]
    rects = [_rect(each.image_box, scale, room, shown) for each in regions if each.image_box is not None]
    for each, rect in zip(regions, rects, strict=True):
        _outline(canvas, rect, _colour(each), 3)
    sizes = [(text_width(each.id, _LETTERS) + 12, _LETTERS + 10) for each in regions]
    spots = place(rects, sizes, Rect(0, 0, width, height + 2 * room), [])
    for each, rect, spot in zip(regions, rects, spots, strict=True):
        tag = spot or Rect(rect.left, rect.top, rect.left + sizes[0][0], rect.top + sizes[0][1])
        _tag(canvas, tag, each)
    if len(units) == 1 and not any(each.place and each.place.cut for each in sheet.regions):
        _ruler(canvas, sheet, image.place(units[0].box), scale, height + 2 * room)
    return canvas


def _close_up(plain: Picture, region: SheetRegion, sheet: InspectionSheet) -> Picture:
    """The region in the middle, with what is around it; the outline is thin, so that the edge can be seen."""
    box = region.image_box
    assert box is not None
    around = max(_AROUND * max(box.width, box.height), _LEAST_AROUND_PX)
    left, top = max(int(box.x - around), 0), max(int(box.y - around), 0)
    right = min(int(box.x + box.width + around) + 1, plain.shape[1])
    bottom = min(int(box.y + box.height + around) + 1, plain.shape[0])
    part = plain[top:bottom, left:right]
    if not part.size:
        return np.full((40, 40, 3), 255, np.uint8)
    scale = min(_CLOSE_UP[0] / part.shape[1], _CLOSE_UP[1] / part.shape[0], _ENLARGED_MOST)
    shown = _resized(_spread(part), scale)
    for other in sheet.regions:
        if other.image_box is not None and other.id != region.id:
            _outline(shown, _moved(other.image_box, left, top, scale, shown), _colour(other), 1)
    _outline(shown, _moved(box, left, top, scale, shown), _colour(region), 2)
    return shown


def _spread(part: Picture) -> Picture:
    """The greys of a close-up spread over the whole range: what stands out in a dark load is seen on paper too."""
    low, high = (float(value) for value in np.percentile(part, (1, 99)))
    if high - low < 1:
        return part
    spread = (part.astype(np.float32) - low) * (235.0 / (high - low)) + 10.0
    return np.asarray(np.clip(spread, 0, 255), np.uint8)


def _ruler(canvas: Picture, sheet: InspectionSheet, unit: Box, scale: float, top: int) -> None:
    """A mark for each metre from the doors, else from the left end; none where no length is known."""
    span = next((each.place.from_left for each in sheet.regions if each.place and each.place.from_left), None)
    along = next((each.place.along for each in sheet.regions if each.place and each.place.from_left), None)
    if span is None or along is None:
        return
    metres = _length_m(span, along)
    doors = next(each.place.doors.end for each in sheet.regions if each.place)
    left, width = unit.x * scale, unit.width * scale
    cv2.line(canvas, (round(left), top), (round(left + width), top), _UNIT, 2)
    for metre in range(int(metres) + 1):
        share = metre / metres
        x = round(left + width * (1 - share if doors == "right" else share))
        cv2.line(canvas, (x, top), (x, top + 10), _UNIT, 2)
        text = f"{metre} m" if metre == 0 else str(metre)
        write(canvas, text, x - text_width(text, 20) // 2, top + 14, 20, _UNIT)


def _length_m(span: Span, along: tuple[float, float]) -> float:
    """Of the whole unit, by one region in it."""
    share = along[1] if abs(along[1]) > abs(along[0]) else along[0]
    metres = span.end if share == along[1] else span.start
    return max(metres / share, 0.1) if share else 0.1


def _rect(box: Box, scale: float, down: int, shown: Picture) -> Rect:
    rect = _moved(box, 0, 0, scale, shown)
    return Rect(rect.left, rect.top + down, rect.right, rect.bottom + down)


def _moved(box: Box, left: int, top: int, scale: float, shown: Picture) -> Rect:
    """A box of the plain picture in a part of it, within its edges."""
    height, width = shown.shape[:2]
    x0, x1 = ((x - left) * scale for x in (box.x, box.x + box.width))
    y0, y1 = ((y - top) * scale for y in (box.y, box.y + box.height))
    start_x, start_y = min(max(round(x0), 0), width - 4), min(max(round(y0), 0), height - 4)
    return Rect(
        start_x, start_y, min(max(round(x1), start_x + 4), width), min(max(round(y1), start_y + 4), height)
    )


def _colour(region: SheetRegion) -> Colour:
    return _OFFICER if region.source == "officer" else _MACHINE


def _tag(canvas: Picture, rect: Rect, region: SheetRegion) -> None:
    cv2.rectangle(canvas, (rect.left, rect.top), (rect.right - 1, rect.bottom - 1), _colour(region), -1)
    write(canvas, region.id, rect.left + 6, rect.top + 5, _LETTERS, _PAPER)


def _outline(canvas: Picture, rect: Rect, colour: Colour, thickness: int) -> None:
    corners = (rect.left, rect.top), (rect.right - 1, rect.bottom - 1)
    cv2.rectangle(canvas, *corners, _PAPER, thickness + 2, cv2.LINE_8)
    cv2.rectangle(canvas, *corners, colour, thickness, cv2.LINE_8)


def _resized(picture: Picture, scale: float) -> Picture:
    size = (max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1))
    by = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.ascontiguousarray(cv2.resize(picture, size, interpolation=by), np.uint8)


def _jpeg(picture: Picture) -> bytes:
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 88])
    return bytes(encoded)
