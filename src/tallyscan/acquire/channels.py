"""The channels of a scan from the pictures of its files."""

import numpy as np
from numpy.typing import NDArray

from tallyscan.acquire.limits import MAX_CHANNELS
from tallyscan.acquire.picture import Picture, Pixels
from tallyscan.acquire.pixel_memory import new_pixels
from tallyscan.acquire.scan_parts import ENERGIES, PlacedPart
from tallyscan.errors import CorruptScan, UnsupportedFormat
from tallyscan.scan import ScanPart


def in_channel_order(
    placed: list[PlacedPart], pictures: list[Picture]
) -> tuple[Picture, NDArray[np.uint8] | None]:
    """The energies of a scan as one picture, and the scanner's own material plane where a file holds it.

    Files whose planes no profile names are channels as they come. Raises `CorruptScan` unless all are alike.
    """
    for (part, planes, _), picture in zip(placed, pictures, strict=True):
        if planes and len(picture.pixels) != len(planes):
            raise CorruptScan(
                f"{part.name}: the image has {len(picture.pixels)} channels; by its profile it holds "
                f"{' and '.join(planes)}.",
                remedy="Send the file that belongs here, or correct the profile.",
            )
    energies = [
        (at, picture) for at, picture in zip(placed, pictures, strict=True) if at.planes != ("material",)
    ]
    pixels = _stacked(tuple(at.part for at, _ in energies), [picture for _, picture in energies])
    named = [plane for at, _ in energies for plane in at.planes]
    order = [named.index(plane) for plane in ENERGIES if plane in named]
    if order != sorted(order):
        pixels = pixels[order]
    material = None
    for (part, planes, _), picture in zip(placed, pictures, strict=True):
        if planes == ("material",):
            material = _material(part, picture, pixels)
    return Picture(pixels, energies[0][1].photometric), material


def _material(part: ScanPart, picture: Picture, pixels: Pixels) -> NDArray[np.uint8]:
    if picture.pixels.dtype != np.uint8 or picture.pixels.shape[1:] != pixels.shape[1:]:
        _, height, width = pixels.shape
        raise CorruptScan(
            f"{part.name}: the material plane has {_described(picture)}, not {width} x {height} of 8 bits.",
            remedy="Send the files of one scan.",
        )
    return np.asarray(picture.pixels[0], np.uint8)


def _stacked(parts: tuple[ScanPart, ...], pictures: list[Picture]) -> Pixels:
    """The channels of all parts; they must be alike."""
    first = pictures[0]
    for part, picture in zip(parts[1:], pictures[1:], strict=True):
        if picture.pixels.shape[1:] != first.pixels.shape[1:] or picture.pixels.dtype != first.pixels.dtype:
            raise CorruptScan(
                f"{parts[0].name} and {part.name} differ: {_described(first)} and {_described(picture)}.",
                remedy="Both energies of a scan must have the same size and depth.",
            )
        if picture.photometric != first.photometric or picture.photometric == "rgb":
            raise CorruptScan(
                f"{parts[0].name} and {part.name} are not two grey images of one kind.",
                remedy="Write one grey image an energy.",
            )
    if len(pictures) == 1:
        return first.pixels
    channels = sum(len(picture.pixels) for picture in pictures)
    if channels > MAX_CHANNELS:
        raise UnsupportedFormat(
            f"{parts[0].name} and the files with it have {channels} channels.",
            remedy=f"Send one scan at a time; it has up to {MAX_CHANNELS} energies.",
        )
    pixels = new_pixels((channels, *first.pixels.shape[1:]), first.pixels.dtype)
    return np.concatenate([picture.pixels for picture in pictures], out=pixels)


def _described(picture: Picture) -> str:
    _, height, width = picture.pixels.shape
    return f"{width} x {height} pixels of {8 * picture.pixels.itemsize} bits"
