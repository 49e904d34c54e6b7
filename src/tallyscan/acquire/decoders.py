"""The way from the files of a scan to its raw pixels."""

from contextlib import nullcontext
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tallyscan.acquire import decode_dicos, decode_raw
from tallyscan.acquire.channels import in_channel_order
from tallyscan.acquire.file_formats import DECODERS, Decoder, decoder_for, recognised
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.picture import Picture
from tallyscan.acquire.pixel_memory import pixels_in
from tallyscan.acquire.read_sidecar import read_sidecar
from tallyscan.acquire.scan_parts import PlacedPart, energy_alone, energy_in, placed_by_content, placed_parts
from tallyscan.acquire.sidecar_check import check_sidecar
from tallyscan.delivery import Delivery
from tallyscan.errors import TooLarge, UnsupportedFormat
from tallyscan.scan import RawScan, ScanFiles, ScanPart

__all__ = ["DECODERS", "Decoder", "Limits", "decode", "decoder_for"]


def decode(files: ScanFiles, limits: Limits, delivery: Delivery | None = None) -> RawScan:
    """Raw pixels of a scan: parts in their order, one channel an energy, nothing scaled.

    `delivery` is what the scanner's profile says of its files: which they are, how raw pixels lie in them, and what
    its own sidecar says. Raises `UnsupportedFormat`, `CorruptScan`, `IncompleteScan`, `TooLarge` or `InvalidSidecar`.
    """
    limits.check_file(sum(len(part.data) for part in files.images))
    sidecar, cautions = read_sidecar(files, delivery, limits)
    if not files.images:
        raise UnsupportedFormat("The scan has no image.", remedy="Send an image file.")
    placed = placed_parts(files.images, delivery)
    try:
        decoded = _decoded(placed, delivery, limits, files.view)
    except MemoryError as error:  # within the limits, but more than there is, or than the codec believed
        raise TooLarge(
            f"{files.images[0].name}: there is not enough memory for the image.",
            remedy="Send the scan in parts, or give the service more memory.",
        ) from error
    pixels, photometric, _ = decoded.picture
    if len(placed) > 1:  # together they may be larger than each alone
        channels, height, width = pixels.shape
        limits.check_image(width, height, channels, pixels.itemsize, pixels.nbytes)
    check_sidecar(sidecar, pixels, photometric)
    energy = (
        energy_in(files.images[0].name)
        if len(files.images) == len(pixels) == 1 and not placed[0].planes
        else None
    )
    if energy is not None and energy_alone(energy) not in cautions:
        cautions = (*cautions, energy_alone(energy))
    return RawScan(
        pixels=pixels,
        photometric=photometric,
        file_format=decoded.file_format,
        sha256=files.sha256,
        sidecar=sidecar,
        material=decoded.material,
        cautions=cautions,
    )


class _Decoded(NamedTuple):
    picture: Picture
    material: NDArray[np.uint8] | None
    file_format: str


def _decoded(
    placed: list[PlacedPart], delivery: Delivery | None, limits: Limits, view: str | None
) -> _Decoded:
    layout = delivery.raw if delivery is not None else None
    if layout is not None and (decode_raw.fits(placed, layout) or recognised(placed[0].part) is None):
        return _Decoded(*decode_raw.decode(placed, layout, limits), decode_raw.FILE_FORMAT)
    decoders = [decoder_for(part) for part, _, _ in placed]
    alone = len(placed) == 1  # several are laid behind one another once all are there
    with nullcontext() if alone else pixels_in(np.empty):
        pictures = [
            _picture(decoder, at.part, delivery, limits, view)
            for decoder, at in zip(decoders, placed, strict=True)
        ]
    picture, material = in_channel_order(placed_by_content(placed, pictures), pictures)
    return _Decoded(picture, material, decoders[0].FILE_FORMAT)


def _picture(
    decoder: Decoder, part: ScanPart, delivery: Delivery | None, limits: Limits, view: str | None
) -> Picture:
    if decoder is decode_dicos:
        return decode_dicos.decode(part, limits, delivery.dicos if delivery is not None else None, view)
    return decoder.decode(part, limits)
