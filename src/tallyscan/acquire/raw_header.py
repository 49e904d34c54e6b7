"""The header of a raw file, believed only as far as the length of the file bears it out."""

from typing import Any, NamedTuple

import numpy as np

from tallyscan.acquire.limits import UNBOUNDED_RATIO, Limits
from tallyscan.acquire.vendor_json import parse_json
from tallyscan.acquire.vendor_xml import parse_xml
from tallyscan.errors import CorruptScan, InvalidSidecar
from tallyscan.raw_layout import FIELD_BYTES, Plane, RawLayout, SampleType
from tallyscan.scan import ScanPart
from tallyscan.xml_document import is_xml

_SAMPLES: dict[int, SampleType] = {8: "uint8", 16: "uint16"}


class Measured(NamedTuple):
    """Where the pixels are, from `start` to `end`, and what they are."""

    start: int
    width: int
    height: int
    samples: dict[Plane, np.dtype[Any]]
    blocks: tuple[tuple[int, int], ...]  # height and width of each panel, as stored
    end: int


def measure(
    part: ScanPart, layout: RawLayout, planes: tuple[Plane, ...], limits: Limits | None = None
) -> Measured:
    """Where the pixels are. Raises `CorruptScan` with what was expected and what was found."""
    data = part.data
    if not data.startswith(layout.magic_bytes):
        begins = layout.magic_bytes
        raise CorruptScan(
            f"{part.name}: the file starts with {data[: len(begins)]!r}; by its profile it must with {begins!r}.",
            remedy="Send a file of this scanner, or name another profile.",
        )
    said = {name: _field(part, layout, name) for name in ("header_bytes", "width", "height", "depth")}
    start, width, height = said["header_bytes"] or 0, said["width"] or 0, said["height"] or 0
    samples = _samples(part, layout, planes, said["depth"])
    pixel_bytes = sum(sample.itemsize for sample in samples.values())
    if limits is not None:
        largest = max(sample.itemsize for sample in samples.values())
        limits.check_image(width, height, len(planes), largest, len(data), UNBOUNDED_RATIO)
    end = start + width * height * pixel_bytes
    if not width or not height or len(data) < end:
        raise CorruptScan(
            f"{part.name}: by its header the file has {start} bytes and then {width} x {height} pixels of "
            f"{pixel_bytes} bytes, {end} bytes in all; it has {len(data)}.",
            remedy="It is cut off, or its profile does not fit: send it again, or correct the profile.",
        )
    return Measured(start, width, height, samples, _blocks(part, layout, width, height), end)


def _field(part: ScanPart, layout: RawLayout, name: str) -> int | None:
    fixed = getattr(layout, name)
    field = layout.fields.get(name)
    if field is None:
        return None if fixed is None else int(fixed)
    if field.end > len(part.data):
        raise CorruptScan(
            f"{part.name}: the file has {len(part.data)} bytes; the {name} stands in its header at {field.at}.",
            remedy="It is cut off: send it again.",
        )
    raw = part.data[field.at : field.at + FIELD_BYTES[field.type]]
    return int.from_bytes(raw, layout.byte_order)


def _samples(
    part: ScanPart, layout: RawLayout, planes: tuple[Plane, ...], depth: int | None
) -> dict[Plane, np.dtype[Any]]:
    """The type of each plane's samples; the depth in the header must be that of the first plane."""
    counts = layout.sample or _SAMPLES.get(depth or 0)
    declared = {plane: layout.material_sample if plane == "material" else counts for plane in planes}
    first = declared[planes[0]]
    if depth is not None and (first is None or _SAMPLES.get(depth) != first):
        raise CorruptScan(
            f"{part.name}: the header says {depth} bits a sample; the {planes[0]} plane has "
            f"{8 * np.dtype(first).itemsize if first else '8 or 16'}.",
            remedy="Send the file that belongs here, or correct the profile.",
        )
    return {plane: np.dtype(sample).newbyteorder(layout.byte_order) for plane, sample in declared.items()}


def _blocks(part: ScanPart, layout: RawLayout, width: int, height: int) -> tuple[tuple[int, int], ...]:
    """Height and width of each panel in the file."""
    panels = layout.panels
    if panels is None or not panels.sizes:
        return ((height, width),)
    total = width if panels.along == "width" else height
    if sum(panels.sizes) != total:
        raise CorruptScan(
            f"{part.name}: the header says a {panels.along} of {total} pixels; its panels have {sum(panels.sizes)}.",
            remedy="Correct the profile, or send a file of this scanner.",
        )
    return tuple((height, size) if panels.along == "width" else (size, width) for size in panels.sizes)


def check_trailer(part: ScanPart, layout: RawLayout, end: int) -> None:
    """What follows the pixels must be what the profile says: else the header, or the profile, is wrong.

    Raises `CorruptScan`.
    """
    trailer = part.data[end:]
    if not trailer or layout.trailer == "ignored":
        return
    if layout.trailer == "none":
        raise CorruptScan(
            f"{part.name}: by its header the file has {end} bytes; it has {len(part.data)}, {len(trailer)} too many.",
            remedy="Its profile does not fit: correct it, or say there what follows the pixels.",
        )
    try:
        if is_xml(trailer):
            parse_xml(trailer, None, {})
        else:
            parse_json(trailer)
    except InvalidSidecar as error:
        raise CorruptScan(
            f"{part.name}: after the pixels, at byte {end}, there is no whole XML or JSON document: {error.detail}",
            remedy='It is cut off: send it again. What is no document: trailer = "ignored" in the profile.',
        ) from error
