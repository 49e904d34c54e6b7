"""The registry of file formats, and the way from the files of a scan to its raw pixels."""

from typing import Protocol

import numpy as np

from tallyscan.acquire import decode_jpeg, decode_png, decode_tiff
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.picture import Picture, Pixels
from tallyscan.acquire.sidecar_check import check_sidecar
from tallyscan.errors import CorruptScan, TooLarge, UnsupportedFormat
from tallyscan.scan import RawScan, ScanFiles, ScanPart
from tallyscan.sidecar import Sidecar, parse_sidecar

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


def decode(files: ScanFiles, limits: Limits) -> RawScan:
    """Raw pixels of a scan: parts in their order, one channel an energy, nothing scaled.

    Raises `UnsupportedFormat`, `CorruptScan`, `TooLarge` or `InvalidSidecar`.
    """
    limits.check_file(sum(len(part.data) for part in files.images))
    sidecar = parse_sidecar(files.sidecar) if files.sidecar is not None else Sidecar()
    if not files.images:
        raise UnsupportedFormat("The scan has no image.", remedy="Send an image file.")
    decoders = [decoder_for(part) for part in files.images]
    try:
        pictures = [
            decoder.decode(part, limits) for decoder, part in zip(decoders, files.images, strict=True)
        ]
        pixels = _stacked(files.images, pictures)
    except MemoryError as error:  # within the limits, but more than there is, or than the codec believed
        raise TooLarge(
            f"{files.images[0].name}: there is not enough memory for the image.",
            remedy="Send the scan in parts, or give the service more memory.",
        ) from error
    if len(pictures) > 1:  # together they may be larger than each alone
        channels, height, width = pixels.shape
        limits.check_image(width, height, channels, pixels.itemsize, pixels.nbytes)
    check_sidecar(sidecar, pixels, pictures[0].photometric)
    return RawScan(
        pixels=pixels,
        photometric=pictures[0].photometric,
        file_format=decoders[0].FILE_FORMAT,
        sha256=files.sha256,
        sidecar=sidecar,
    )


def decoder_for(part: ScanPart) -> Decoder:
    """The first decoder that recognises the bytes; the name of the file plays no part."""
    head = part.data[:HEAD_BYTES]
    for decoder in DECODERS:
        if decoder.recognises(head):
            return decoder
    known = ", ".join(decoder.FILE_FORMAT.upper() for decoder in DECODERS)
    what = "the file is empty" if not head else f"the file starts with {head[:8]!r}"
    raise UnsupportedFormat(f"{part.name}: {what}; that is none of {known}.", remedy=f"Send one of {known}.")


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
    return first.pixels if len(pictures) == 1 else np.concatenate([picture.pixels for picture in pictures])


def _described(picture: Picture) -> str:
    _, height, width = picture.pixels.shape
    return f"{width} x {height} pixels of {8 * picture.pixels.itemsize} bits"
