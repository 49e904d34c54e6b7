"""Small DICOM files that promise, or inflate to, more than anybody may have of them."""

import struct
from collections.abc import Callable

import numpy as np

from tests.acquire.dicom_network import data_set
from tests.acquire.dicos_files import EXPLICIT, IMPLICIT, deflated, dicos, raw_element

_IMAGE = np.full((24, 40), 60_000, np.uint16)
_LARGE = 100_000_000
_SPACING, _MODALITY_LUT, _MANUFACTURER = b"\x28\0\x30\0", b"\x28\0\0\x30", b"\x08\0\x70\0"
_ITEM = b"\xfe\xff\0\xe0"
_BODY = data_set(dicos(_IMAGE, EXPLICIT))
_UP_TO_PIXELS = _BODY[: _BODY.index(b"\xe0\x7f\x10\0")]
_IMPLICIT = dicos(_IMAGE, IMPLICIT, PixelSpacing=None, Manufacturer=None)

HOSTILE: dict[str, Callable[[], bytes]] = {
    "inflates before its pixels": lambda: deflated(raw_element(0x00091001, b"OB", bytes(_LARGE)) + _BODY),
    "inflates to pixels": lambda: deflated(_UP_TO_PIXELS + raw_element(0x7FE00010, b"OW", bytes(_LARGE))),
    "inflates to elements": lambda: deflated(raw_element(0x00091001, b"LO", b"") * 10_000_000),
    "millions of numbers": lambda: _with(_SPACING, b"1\\" * 4_000_000),
    "millions of items": lambda: _with(_MODALITY_LUT, _EMPTY * 1_000_000),
    "millions of items of an item": lambda: _with(_MODALITY_LUT, _nested(_EMPTY * 1_000_000)),
    "a long text": lambda: _with(_MANUFACTURER, b"x" * 15_000_000),
}
"""Each by what it tries."""
_EMPTY = _ITEM + bytes(4)


def _nested(items: bytes) -> bytes:
    return _ITEM + struct.pack("<I", 8 + len(items)) + _MODALITY_LUT + struct.pack("<I", len(items)) + items


def _with(tag: bytes, value: bytes) -> bytes:
    """The implicit file with an element before all others."""
    at = len(_IMPLICIT) - len(data_set(_IMPLICIT))
    return _IMPLICIT[:at] + tag + struct.pack("<I", len(value)) + value + _IMPLICIT[at:]
