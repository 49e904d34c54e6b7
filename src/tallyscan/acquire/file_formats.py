"""The registry of file formats: which decoder a file is for, built in or installed beside."""

from typing import Protocol, runtime_checkable

from tallyscan.acquire import (
    decode_dicos,
    decode_jpeg,
    decode_jpeg_2000,
    decode_jpeg_ls,
    decode_npy,
    decode_png,
    decode_tiff,
)
from tallyscan.acquire.decoder_plugins import installed_plugins
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.picture import Description, Picture
from tallyscan.delivery import Delivery
from tallyscan.errors import UnsupportedFormat
from tallyscan.scan import ScanPart

HEAD_BYTES = 1024
"""How much of a file a decoder sees to recognise it: a JPEG says what it is only after its tables and remarks."""


class Decoder(Protocol):
    """A module for one file format."""

    FILE_FORMAT: str

    def recognises(self, head: bytes) -> bool:
        """Whether a file with these first bytes is of this format."""

    def decode(self, part: ScanPart, limits: Limits) -> Picture:
        """The pixels, complete and at full depth, or an `InputError`; sizes are checked before decoding."""


@runtime_checkable
class Describes(Protocol):
    """A decoder whose files say what else is said in a sidecar."""

    def describe(self, part: ScanPart, limits: Limits, delivery: Delivery | None) -> Description:
        """What the file says of its scan, or an `InputError`; no pixel is decoded."""


# DICOM first: its preamble may make a file look like a TIFF as well.
DECODERS: tuple[Decoder, ...] = (
    decode_dicos,
    decode_tiff,
    decode_png,
    decode_jpeg_2000,
    decode_jpeg_ls,
    decode_jpeg,
    decode_npy,
)
_BUILT_IN = frozenset(decoder.FILE_FORMAT for decoder in DECODERS)
_NAMES = {"dicos": "DICOM", "jpeg2000": "JPEG 2000", "jpegls": "JPEG-LS"}


def recognised(part: ScanPart) -> Decoder | None:
    """The first decoder that recognises the bytes; the name of the file plays no part."""
    head = part.data[:HEAD_BYTES]
    built_in = next((decoder for decoder in DECODERS if decoder.recognises(head)), None)
    if built_in is not None:  # so that a broken plugin keeps no TIFF from being read
        return built_in
    return next((plugin for plugin in installed_plugins(_BUILT_IN) if plugin.recognises(head)), None)


def decoder_for(part: ScanPart) -> Decoder:
    """The decoder of a file. Raises `UnsupportedFormat` when no decoder recognises it."""
    decoder = recognised(part)
    if decoder is not None:
        return decoder
    known = ", ".join(_NAMES.get(each.FILE_FORMAT, each.FILE_FORMAT.upper()) for each in all_decoders())
    head = part.data[:8]
    what = "the file is empty" if not head else f"the file starts with {head!r}"
    raise UnsupportedFormat(f"{part.name}: {what}; that is none of {known}.", remedy=f"Send one of {known}.")


def all_decoders() -> tuple[Decoder, ...]:
    """The built-in ones, which come first, and those of plugins. Raises `TallyscanError` for a broken plugin."""
    return (*DECODERS, *installed_plugins(_BUILT_IN))
