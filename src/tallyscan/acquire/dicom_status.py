"""What a sender is told of a DICOM object: the same codes on the network and over the web.

C-STORE: PS3.4 table B.2-1 and PS3.7 annex C. STOW-RS: the failure reasons of PS3.18 table I.2-2.
"""

from enum import IntEnum
from typing import NamedTuple

from tallyscan.acquire.dicom_object import DoesNotMatch
from tallyscan.errors import (
    CorruptScan,
    Forbidden,
    InputError,
    TallyscanError,
    TooLarge,
    TooManyRequests,
    Unavailable,
    UnsupportedFormat,
)


class Status(IntEnum):
    """Nothing but `SUCCESS` says that the object is in use; docs/how-to/receive-dicom.md says what became of it."""

    SUCCESS = 0x0000
    PROCESSING_FAILURE = 0x0110
    SOP_CLASS_NOT_SUPPORTED = 0x0122
    NOT_AUTHORISED = 0x0124
    OUT_OF_RESOURCES = 0xA700
    TOO_LARGE = 0xA701
    DOES_NOT_MATCH = 0xA900
    CANNOT_UNDERSTAND = 0xC000


class Outcome(NamedTuple):
    """What became of one object; the UIDs are empty where they are not known."""

    status: Status
    sop_class: str = ""
    sop_instance: str = ""
    reason: str = ""


_STATUS: dict[type[TallyscanError], Status] = {
    DoesNotMatch: Status.DOES_NOT_MATCH,
    UnsupportedFormat: Status.SOP_CLASS_NOT_SUPPORTED,
    CorruptScan: Status.CANNOT_UNDERSTAND,
    TooLarge: Status.TOO_LARGE,
    InputError: Status.CANNOT_UNDERSTAND,
    TooManyRequests: Status.OUT_OF_RESOURCES,
    Unavailable: Status.OUT_OF_RESOURCES,
    Forbidden: Status.NOT_AUTHORISED,
}


def status_of(error: TallyscanError) -> Status:
    """By the nearest kind of error in the table; `PROCESSING_FAILURE` for what is none of them."""
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), Status.PROCESSING_FAILURE)
