"""The open beam: what a pixel counts where nothing stands in its way."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tallyscan.calibrate.counts import Counts
from tallyscan.calibrate.profile import AirLevel
from tallyscan.errors import NotCalibrated
from tallyscan.scan import Float32Array
from tallyscan.sidecar import Sidecar

_MIN_AIR_SHARE = 0.05  # of a row in the range of the open beam; fewer pixels are edges and noise
_SMOOTH_ROWS = 15  # a detector module; its gain drifts as one, a single row is noisy

AirSource = Literal["region", "sidecar", "image", "profile", "learnt"]


@dataclass(frozen=True, eq=False)
class Air:
    """Counts of the open beam, (channel, height or 1, 1), and where they come from.

    `region` and `image` are this scan's own, `sidecar` is what the scanner gave with it, `learnt` what earlier scans of
    the machine show; `profile` is only the usual level of such a scanner.
    """

    levels: Float32Array
    source: AirSource


def air_of(sidecar: Sidecar, stored: Counts, counts: Counts, known: AirLevel | None) -> Air | None:
    """The sidecar's region, else its level, else row by row from the image within what the profile expects.

    `stored` are the counts as they came, in which the region lies, `counts` the same upright: their rows are the cells
    of the detector. None when nothing gives it; raises `NotCalibrated` when what gives it contradicts the image.
    """
    if sidecar.air_region is not None:
        return Air(_of_region(sidecar.air_region, stored), "region")
    if sidecar.air_level is not None:
        levels = one_a_channel("air_level", sidecar.air_level, len(counts))
        return Air(np.array(levels, np.float32).reshape(-1, 1, 1), "sidecar")
    if known is None:
        return None
    rows = [air_of_rows(channel, known) for channel in counts]
    seen = all(count for _, count in rows)
    return Air(np.stack([air for air, _ in rows]), "image" if seen else "profile")


def one_a_channel(name: str, values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    """One value for all, or one a channel; anything else is `NotCalibrated`."""
    if len(values) not in (1, channels):
        raise NotCalibrated(
            f"There are {len(values)} values of {name} for {channels} channels.",
            remedy="Give one for all or one a channel.",
        )
    return values if len(values) == channels else values * channels


def air_of_rows(channel: Counts, known: AirLevel) -> tuple[Float32Array, int]:
    """Air level of each row, (height, 1), and how many rows saw the open beam.

    A row's level is the median of its pixels within the known range; rows in between, all behind cargo, are
    bridged, because what is bright in them is a wall and not air. Without any such row the known level holds.
    """
    in_range = (channel >= known.lowest) & (channel <= known.highest)
    seen = np.flatnonzero(in_range.mean(axis=1) >= _MIN_AIR_SHARE)
    if not len(seen):
        return np.full((len(channel), 1), known.level, np.float32), 0
    found = np.array([np.median(channel[row][in_range[row]]) for row in seen])
    padded = np.pad(found, _SMOOTH_ROWS // 2, mode="reflect" if len(found) > _SMOOTH_ROWS else "edge")
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(padded, _SMOOTH_ROWS), axis=1)
    levels = np.interp(np.arange(len(channel)), seen, smooth)
    return levels.astype(np.float32)[:, np.newaxis], len(seen)


def _of_region(region: tuple[int, int, int, int], counts: Counts) -> Float32Array:
    x, y, width, height = region
    _, image_height, image_width = counts.shape
    inside = x >= 0 and y >= 0 and x + width <= image_width and y + height <= image_height
    if width < 1 or height < 1 or not inside:
        raise NotCalibrated(
            f"The air region {list(region)} is not in the image of {image_width} x {image_height} pixels.",
            remedy="Give air_region as [x, y, width, height] in original pixels.",
        )
    levels: Float32Array = np.median(counts[:, y : y + height, x : x + width], axis=(1, 2)).astype(np.float32)
    if (levels == 0).any():
        raise NotCalibrated(
            "There is no signal in the air region.",
            remedy="Name a region in which nothing stands in the beam.",
        )
    return levels.reshape(-1, 1, 1)
