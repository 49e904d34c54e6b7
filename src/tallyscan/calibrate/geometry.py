"""From original pixels to the canonical grid: upright, 5 mm a pixel."""

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.calibrate.profile import ScannerProfile
from tallyscan.doors import Doors
from tallyscan.errors import TooLarge
from tallyscan.scan import CANONICAL_PITCH_MM, BoolArray, CanonicalGrid, Float32Array
from tallyscan.sidecar import Orientation, Pitch, Sidecar

# A display image of unknown pitch is brought to this height: 3.2 m at 5 mm, a container with some chassis.
DISPLAY_HEIGHT = 640
MAX_ENLARGEMENT = 4.0  # a picture so low that it needs more holds no detail to be read
# A train of 350 m at 900 rows; more comes from a wrong pitch and would only fill the memory.
MAX_CANONICAL_PIXELS = 64_000_000

Pixel = TypeVar("Pixel", bound=np.generic)


def pitch_of(sidecar: Sidecar, profile: ScannerProfile) -> Pitch | None:
    """Size of an original pixel; None when nobody says, without x where only that is not said."""
    said, usual = sidecar.pitch_mm, profile.pitch_mm
    if said is not None and said.x is None and usual is not None:
        return Pitch(x=usual.x, y=said.y)
    return said or usual


def orientation_of(sidecar: Sidecar, profile: ScannerProfile) -> Orientation:
    """The sidecar's orientation when it gives one, else the profile's."""
    return sidecar.orientation if "orientation" in sidecar.model_fields_set else profile.orientation


def doors_of(sidecar: Sidecar, profile: ScannerProfile) -> Doors:
    """The end of the upright image at which the doors are, as the sidecar says it, else the profile."""
    if sidecar.doors is not None:
        return Doors(sidecar.doors, "sidecar")
    return Doors(profile.doors, "profile") if profile.doors is not None else Doors()


def upright(image: NDArray[Pixel], orientation: Orientation) -> NDArray[Pixel]:
    """Turned so that the last two axes are rows from the top and columns along the travel."""
    turned = np.rot90(image, orientation.quarter_turns, axes=(-2, -1))
    return np.ascontiguousarray(turned[..., ::-1] if orientation.mirrored else turned)


def canonical_grid(
    original_shape: tuple[int, int],
    orientation: Orientation,
    pitch: Pitch | None,
    cut: tuple[int, int, int, int] = (0, 0, 0, 0),
) -> tuple[CanonicalGrid, tuple[int, int]]:
    """The grid, and height and width of the canonical image. Pitch x and y are those of the upright image. Where
    x is not known pixels are taken for squares, and where neither is, the image for one of the usual height.

    `cut`: lines that are taken off the upright image at the left, the top, the right and the bottom.

    Raises `TooLarge` when the pitch makes the scan impossibly large.
    """
    height, width = original_shape[::-1] if orientation.quarter_turns % 2 else original_shape
    left, top, right, bottom = cut
    height, width = height - top - bottom, width - left - right
    if pitch is not None:
        factor_x, factor_y = (pitch.x or pitch.y) / CANONICAL_PITCH_MM, pitch.y / CANONICAL_PITCH_MM
    else:
        factor_x = factor_y = min(DISPLAY_HEIGHT / height, MAX_ENLARGEMENT)
    new_height, new_width = max(round(height * factor_y), 1), max(round(width * factor_x), 1)
    if new_height * new_width > MAX_CANONICAL_PIXELS:
        raise TooLarge(
            f"At this pixel pitch the scan would cover {new_width * CANONICAL_PITCH_MM / 1000:.0f} m x "
            f"{new_height * CANONICAL_PITCH_MM / 1000:.0f} m.",
            remedy="Correct pitch_mm, or send the scan in parts.",
        )
    grid = CanonicalGrid(
        original_height=original_shape[0],
        original_width=original_shape[1],
        quarter_turns=orientation.quarter_turns,
        mirrored=orientation.mirrored,
        scale_x=new_width / width,
        scale_y=new_height / height,
        cut=cut,
    )
    return grid, (new_height, new_width)


def resample(image: Float32Array, shape: tuple[int, int]) -> Float32Array:
    """One channel on a grid of that height and width: area means when shrinking, linear when growing."""
    height, width = image.shape
    if (height, width) == shape:
        return image
    shrunk = (min(height, shape[0]), min(width, shape[1]))
    if shrunk != (height, width):
        image = np.asarray(cv2.resize(image, shrunk[::-1], interpolation=cv2.INTER_AREA), np.float32)
    if shrunk != shape:
        image = np.asarray(cv2.resize(image, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
    return image


def resample_valid(valid: BoolArray, shape: tuple[int, int]) -> BoolArray:
    """A canonical pixel is valid when at least half of what it covers is."""
    if valid.shape == shape or valid.all():
        return valid if valid.shape == shape else np.ones(shape, np.bool_)
    return resample(valid.astype(np.float32), shape) >= np.float32(0.5)
