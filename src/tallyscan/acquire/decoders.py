"""The registry of file formats, and the way from the files of a scan to its raw pixels."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from tallyscan.acquire import decode_jpeg, decode_png, decode_raw, decode_tiff
from tallyscan.acquire.channels import in_channel_order
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.picture import Picture
from tallyscan.acquire.read_sidecar import read_sidecar
from tallyscan.acquire.scan_parts import PlacedPart, placed_parts
from tallyscan.acquire.sidecar_check import check_sidecar
from tallyscan.delivery import Delivery
from tallyscan.errors import TooLarge, UnsupportedFormat
from tallyscan.scan import RawScan, ScanFiles, ScanPart

__all__ = ["DECODERS", "Decoder", "Limits", "decode", "decoder_for"]

HEAD_BYTES = 16


class Decoder(Protocol):
    """A module for one file format."""

    FILE_FORMAT: str

    def recognises(self, head: bytes) -> bool:
        """Whether a file with these first bytes is of this format."""

    def decode(self, part: ScanPart, limits: Limits) -> Picture:
        """The pixels, complete and at full depth, or an `InputError`; sizes are checked before decoding."""


DECODERS: tuple[Decoder, ...] = (decode_tiff, decode_png, decode_jpeg)


def decode(files: ScanFiles, limits: Limits, delivery: Delivery | None = None) -> RawScan:
    """Raw pixels of a scan: parts in their order, one channel an energy, nothing scaled.

    `delivery` is what the scanner's profile says of its files: which they are, how raw pixels lie in them, and what
    its own sidecar says. Raises `UnsupportedFormat`, `CorruptScan`, `IncompleteScan`, `TooLarge` or `InvalidSidecar`.
    """
    limits.check_file(sum(len(part.data) for part in files.images))
    sidecar, cautions = read_sidecar(files, delivery)
    if not files.images:
        raise UnsupportedFormat("The scan has no image.", remedy="Send an image file.")
    placed = placed_parts(files.images, delivery)
    try:
        decoded = _decoded(placed, delivery, limits)
    except MemoryError as error:  # within the limits, but more than there is, or than the codec believed
        raise TooLarge(
            f"{files.images[0].name}: there is not enough memory for the image.",
            remedy="Send the scan in parts, or give the service more memory.",
        ) from error
    pixels, photometric = decoded.picture
    if len(placed) > 1:  # together they may be larger than each alone
        channels, height, width = pixels.shape
        limits.check_image(width, height, channels, pixels.itemsize, pixels.nbytes)
    check_sidecar(sidecar, pixels, photometric)
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


def _decoded(placed: list[PlacedPart], delivery: Delivery | None, limits: Limits) -> _Decoded:
    layout = delivery.raw if delivery is not None else None
    if layout is not None and (decode_raw.fits(placed, layout) or not _is_recognised(placed[0].part)):
        return _Decoded(*decode_raw.decode(placed, layout, limits), decode_raw.FILE_FORMAT)
    decoders = [decoder_for(part) for part, _, _ in placed]
    pictures = [decoder.decode(part, limits) for decoder, (part, _, _) in zip(decoders, placed, strict=True)]
    picture, material = in_channel_order(placed, pictures)
    return _Decoded(picture, material, decoders[0].FILE_FORMAT)


def _is_recognised(part: ScanPart) -> bool:
    return any(decoder.recognises(part.data[:HEAD_BYTES]) for decoder in DECODERS)


def decoder_for(part: ScanPart) -> Decoder:
    """The first decoder that recognises the bytes; the name of the file plays no part."""
    head = part.data[:HEAD_BYTES]
    for decoder in DECODERS:
        if decoder.recognises(head):
            return decoder
    known = ", ".join(decoder.FILE_FORMAT.upper() for decoder in DECODERS)
    what = "the file is empty" if not head else f"the file starts with {head[:8]!r}"
    raise UnsupportedFormat(f"{part.name}: {what}; that is none of {known}.", remedy=f"Send one of {known}.")
