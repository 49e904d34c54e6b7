"""The views that the files of a scan hold, where the profile of its scanner names them: each is a scan of its own."""

from collections.abc import Callable
from contextlib import suppress

from tallyscan.acquire import decode_dicos
from tallyscan.acquire.file_formats import recognised
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.read_sidecar import Deliveries, delivery_for
from tallyscan.acquire.scan_parts import placed_parts
from tallyscan.errors import InputError
from tallyscan.scan import ScanFiles

_USUAL = Limits()


def views_of(
    files: ScanFiles, deliveries: Deliveries, profile: str | None, limits: Limits = _USUAL
) -> tuple[str, ...]:
    """Their names, in their order; empty where the files are one scan, or nothing tells what their frames are.

    Each file must have as many frames as the profile names. No pixel is decoded, and nothing is raised: what is wrong
    with a file is said when it is read.
    """
    with suppress(InputError):
        delivery = delivery_for(files, deliveries, profile)
        reading = delivery.dicos if delivery is not None else None
        if reading is None or not reading.views or not files.images:
            return ()
        parts = [at.part for at in placed_parts(files.images, delivery)]
        if all(
            recognised(part) is decode_dicos and decode_dicos.frames_in(part, limits) == len(reading.frames)
            for part in parts
        ):
            return reading.views
    return ()


def views_reader(deliveries: Deliveries) -> Callable[[ScanFiles, str | None], tuple[str, ...]]:
    """For the intake, which asks before anything is decoded."""
    return lambda files, profile: views_of(files, deliveries, profile)
