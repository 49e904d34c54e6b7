"""Raw pixels, laid out as the scanner's profile says: nothing in such a file is guessed."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tallyscan.acquire.limits import Limits
from tallyscan.acquire.picture import Picture
from tallyscan.acquire.pixel_memory import new_pixels
from tallyscan.acquire.raw_header import check_trailer, measure
from tallyscan.acquire.scan_parts import ENERGIES, PlacedPart
from tallyscan.errors import CorruptScan
from tallyscan.raw_layout import Plane, RawLayout
from tallyscan.scan import ScanPart

FILE_FORMAT = "raw"

Image = NDArray[Any]


class RawImage(NamedTuple):
    """The energies of a scan, and the scanner's own material plane where it has one, uint8 (height, width)."""

    picture: Picture
    material: NDArray[np.uint8] | None


def decode(parts: list[PlacedPart], layout: RawLayout, limits: Limits) -> RawImage:
    """All planes of a scan. Raises `CorruptScan` or `TooLarge`."""
    panels: dict[Plane, dict[int, tuple[ScanPart, Image]]] = {}
    for number, placed in enumerate(parts):
        for plane, image in _planes(placed.part, layout, planes_of(parts, number, layout), limits).items():
            of_plane = panels.setdefault(plane, {})
            if placed.panel is None and layout.panels is not None and not layout.panels.sizes:
                raise CorruptScan(
                    f"{placed.part.name}: the name does not say which detector panel this is.",
                    remedy="Name the files as the profile says.",
                )
            if (placed.panel or 1) in of_plane:
                raise CorruptScan(
                    f"{placed.part.name}: there are two files with the {plane} plane.",
                    remedy="Send the files of one scan; the profile says which planes each holds.",
                )
            of_plane[placed.panel or 1] = (placed.part, image)
    first_name = parts[0].part.name
    planes = {plane: _joined(of_plane, layout) for plane, of_plane in panels.items()}
    energies = [planes[plane] for plane in ENERGIES if plane in planes]
    if not energies:
        raise CorruptScan(
            f"{first_name}: there is no energy among the planes.", remedy="Send the counts too."
        )
    shape, dtype = energies[0].shape, energies[0].dtype.newbyteorder("=")
    for plane, image in planes.items():
        if image.shape != shape or (plane != "material" and image.dtype.newbyteorder("=") != dtype):
            raise CorruptScan(
                f"{first_name}: its planes differ: {shape[1]} x {shape[0]} pixels of {8 * dtype.itemsize} bits, and "
                f"{plane} with {image.shape[1]} x {image.shape[0]} of {8 * image.dtype.itemsize}.",
                remedy="All planes of a scan must be of one size; send the files of one scan.",
            )
    pixels = new_pixels((len(energies), *shape), dtype)
    for channel, image in enumerate(energies):
        pixels[channel] = image
    material = planes.get("material")
    kept = None if material is None else np.array(material, np.uint8, order="C")
    return RawImage(Picture(pixels, "inverted" if layout.inverted else "grey"), kept)


def planes_of(parts: list[PlacedPart], number: int, layout: RawLayout) -> tuple[Plane, ...]:
    """What the file of that number holds; without names that say it, files of one plane are one an energy."""
    if parts[number].planes or len(layout.planes) > 1:
        return parts[number].planes or layout.planes
    return (ENERGIES[number],) if 1 < len(parts) <= len(ENERGIES) else layout.planes


def fits(parts: list[PlacedPart], layout: RawLayout) -> bool:
    """Whether the first file is of this layout, down to its length."""
    part = parts[0].part
    try:
        check_trailer(part, layout, measure(part, layout, planes_of(parts, 0, layout)).end)
    except CorruptScan:
        return False
    return True


def trailer_of(parts: list[PlacedPart], layout: RawLayout) -> bytes | None:
    """The document that follows the pixels of the first file; None where there is none."""
    if layout.trailer != "document" or not parts or not fits(parts, layout):
        return None
    part = parts[0].part
    return part.data[measure(part, layout, planes_of(parts, 0, layout)).end :] or None


def _planes(
    part: ScanPart, layout: RawLayout, planes: tuple[Plane, ...], limits: Limits
) -> dict[Plane, Image]:
    measured = measure(part, layout, planes, limits)
    check_trailer(part, layout, measured.end)
    along = 1 if layout.panels is not None and layout.panels.along == "width" else 0
    start, blocks = measured.start, []
    for height, width in measured.blocks:
        blocks.append(_block(part.data, start, height, width, measured.samples, layout))
        start += height * width * sum(sample.itemsize for sample in measured.samples.values())
    if layout.panels is None or not layout.panels.sizes:
        return blocks[0]
    return {
        plane: np.concatenate(
            [_turned(block[plane], number, layout) for number, block in enumerate(blocks, start=1)], along
        )
        for plane in planes
    }


def _block(
    data: bytes, start: int, height: int, width: int, samples: dict[Plane, np.dtype[Any]], layout: RawLayout
) -> dict[Plane, Image]:
    """The planes of one panel, as views of the bytes."""
    if layout.interleave == "planar":
        planes = {}
        for plane, sample in samples.items():
            planes[plane] = np.frombuffer(data, sample, height * width, start).reshape(height, width)
            start += height * width * sample.itemsize
        return planes
    across = (width,) if layout.interleave == "line" else ()
    group = np.dtype([(plane, sample, across) for plane, sample in samples.items()])
    count = height if layout.interleave == "line" else height * width
    groups = np.frombuffer(data, group, count, start)
    return {plane: groups[plane].reshape(height, width) for plane in samples}


def _turned(image: Image, number: int, layout: RawLayout) -> Image:
    """The panel of that number, from 1, the right way round."""
    if layout.panels is None or number not in layout.panels.reversed:
        return image
    return image[:, ::-1] if layout.panels.along == "width" else image[::-1]


def _joined(panels: dict[int, tuple[ScanPart, Image]], layout: RawLayout) -> Image:
    """The panels of one plane that came in a file each."""
    if layout.panels is None or layout.panels.sizes:
        return panels[1][1]
    axis = 1 if layout.panels.along == "width" else 0
    first_part, first = panels[1]
    for part, image in panels.values():
        if image.shape[1 - axis] != first.shape[1 - axis] or image.dtype != first.dtype:
            raise CorruptScan(
                f"{first_part.name} and {part.name} are no panels of one image: {first.shape[1]} x {first.shape[0]} "
                f"and {image.shape[1]} x {image.shape[0]} pixels.",
                remedy="Send the files of one scan.",
            )
    return np.concatenate([_turned(panels[number][1], number, layout) for number in sorted(panels)], axis)
