"""A scan: what arrived, the pixels as they were written, and the image in physical units."""

import hashlib
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tallyscan.doors import UNKNOWN, Doors
from tallyscan.learnt_air import LearntAirUsed
from tallyscan.scanner_condition import Measure, OpenAir
from tallyscan.sidecar import Sidecar

CANONICAL_PITCH_MM = 5.0
MIN_TRANSMISSION = 1e-6
# alpha of 6.5, some 200 g/cm2 of goods: behind it scatter and the dark level decide what is seen.
OPAQUE_TRANSMISSION = 1.5e-3
FULL_TRANSMISSION = 65_535
"""What the open beam is in the native image."""

Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
Grade = Literal["transmission", "display"]


class Box(NamedTuple):
    """A rectangle in pixels; x and y are its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class ScanPart:
    """One file of a scan: its name, only for people, and its untouched bytes."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class ScanFiles:
    """What one scan arrived as: one image file or several (one an energy), and what came beside them.

    `profile` is the scanner profile that the receiver knows it to be of, None when the scan itself says it. `view` is
    the one that the scan is of, where the files hold several; None: they are one scan.
    """

    images: tuple[ScanPart, ...]
    sidecar: bytes | None = field(default=None, repr=False)
    declaration: bytes | None = field(default=None, repr=False)
    profile: str | None = None
    view: str | None = None

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the image bytes, all parts in their order: of a single file, that file's own hash."""
        digest = hashlib.sha256()
        for part in self.images:
            digest.update(part.data)
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class RawScan:
    """Pixels as the scanner wrote them.

    `pixels` is (channel, height, width), uint8 or uint16, nothing scaled. `photometric` says what the
    channels are: `grey` (one an energy, more signal = larger), `inverted` (more signal = smaller) or `rgb`.
    `material` is the scanner's own material plane, uint8 (height, width), where it sends one: kept, not read.
    `cautions` say what of the scanner's own sidecar was not understood; each begins with its code and a colon.
    """

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    photometric: Literal["grey", "inverted", "rgb"]
    file_format: str
    sha256: str
    sidecar: Sidecar
    material: NDArray[np.uint8] | None = None
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True)
class CanonicalGrid:
    """How the canonical image (5 mm, upright) lies over the original pixels.

    Turning upright is `np.rot90(original, quarter_turns)`, then `[..., ::-1]` when mirrored; then `cut` lines are
    taken off at the left, the top, the right and the bottom, and canonical = what is left * scale. Of a scan that is
    cut to one cargo unit, `first_column` canonical columns were cut off on the left.
    """

    original_height: int
    original_width: int
    quarter_turns: int
    mirrored: bool
    scale_x: float
    scale_y: float
    first_column: int = 0
    cut: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def upright_shape(self) -> tuple[int, int]:
        """Height and width of the original pixels once turned upright, before anything is cut off."""
        shape = (self.original_height, self.original_width)
        return shape[::-1] if self.quarter_turns % 2 else shape

    def to_canonical(self, box: Box) -> Box:
        """A box of the original image as a box of the canonical one."""
        width, height = float(self.original_width), float(self.original_height)
        x0, y0, x1, y1 = box.x, box.y, box.x + box.width, box.y + box.height
        for _ in range(self.quarter_turns):  # one counter-clockwise turn
            x0, y0, x1, y1 = y0, width - x1, y1, width - x0
            width, height = height, width
        if self.mirrored:
            x0, x1 = width - x1, width - x0
        left, top, _, _ = self.cut
        return Box(
            (x0 - left) * self.scale_x - self.first_column,
            (y0 - top) * self.scale_y,
            (x1 - x0) * self.scale_x,
            (y1 - y0) * self.scale_y,
        )

    @property
    def first_native_column(self) -> int:
        """How many columns of the native image were cut off on the left with the canonical ones."""
        return math.floor(self.first_column / self.scale_x + 1e-6)

    @property
    def to_native(self) -> tuple[float, float, float, float, float, float]:
        """a, b, c, d, e, f of the way from original to native pixels: x is a x + b y + c, y is d x + e y + f."""
        height, width = self.upright_shape
        turned = {
            0: ((1, 0, 0), (0, 1, 0)),
            1: ((0, 1, 0), (-1, 0, height)),
            2: ((-1, 0, width), (0, -1, height)),
            3: ((0, -1, width), (1, 0, 0)),
        }
        (a, b, c), (d, e, f) = turned[self.quarter_turns % 4]
        if self.mirrored:
            a, b, c = -a, -b, width - c
        left, top, _, _ = self.cut
        return (a, b, c - left - self.first_native_column, d, e, f - top)

    def to_original(self, box: Box) -> Box:
        """A box of the canonical image as a box of the original one, cut at its borders."""
        upright_height, upright_width = self.upright_shape
        left, top, _, _ = self.cut
        first = box.x + self.first_column
        x0, x1 = (left + x / self.scale_x for x in (first, first + box.width))
        y0, y1 = (top + y / self.scale_y for y in (box.y, box.y + box.height))
        if self.mirrored:
            x0, x1 = upright_width - x1, upright_width - x0
        for _ in range(self.quarter_turns):  # one clockwise turn back
            x0, y0, x1, y1 = upright_height - y1, x0, upright_height - y0, x1
            upright_width, upright_height = upright_height, upright_width
        x0, x1 = (min(max(v, 0.0), float(self.original_width)) for v in (x0, x1))
        y0, y1 = (min(max(v, 0.0), float(self.original_height)) for v in (y0, y1))
        return Box(round(x0, 1), round(y0, 1), round(x1 - x0, 1), round(y1 - y0, 1))


@dataclass(frozen=True)
class NoiseModel:
    """Variance of transmission in one pixel of the canonical grid: electronic**2 + photon * T."""

    electronic: float
    photon: float

    def alpha_sigma(self, transmission: Float32Array) -> Float32Array:
        """Standard deviation of attenuation alpha = -ln T, to first order sigma_T / T."""
        variance = np.float32(self.electronic**2) + np.float32(self.photon) * transmission
        return np.asarray(np.sqrt(variance) / transmission, dtype=np.float32)


@dataclass(frozen=True)
class ScanUnit:
    """The one cargo unit that a scan was cut to: its number in the whole scan, and its box in original pixels."""

    number: int
    box: Box


@dataclass(frozen=True, eq=False)
class Scan:
    """The image in physical units on the canonical grid.

    `transmission` is float32 (energy, height, width) in [MIN_TRANSMISSION, 1]; row 0 is the top of the
    cargo, the width is the travel direction; the highest energy comes first. `valid` (height, width) is
    False where no signal was measured (dead or masked pixels, padding). Of a `display` grade only the
    order of the values can be trusted: energies are empty, the pitch is a guess unless it was given. `open_air` is
    what was seen of the open beam (None: no pulse of it, or no counts), `condition` what the scan shows of its scanner.
    `pitch_bounds` are those of the pitch along the travel, as shares of it, where it was measured on a container;
    `learnt_air` is what of the calibration was learnt from earlier scans of the machine.
    `native` is the same image on the scanner's own pixels, uint16 (energy, rows, columns), upright and cut alike:
    transmission * 65535, at least 1, and 0 where nothing was measured; for people's eyes and hands.
    `unit` is the cargo unit that the scan was cut to; None of a whole scan. `view` is the one that it is of, where its
    files hold several. `doors` are at the end that the sidecar or the profile says, if one does.
    """

    transmission: Float32Array
    valid: BoolArray
    grade: Grade
    energies_mv: tuple[float, ...]
    noise: tuple[NoiseModel, ...]
    grid: CanonicalGrid
    pitch_known: bool
    sha256: str
    scanner: str
    profile: str
    calibration_sha256: str
    sidecar: Sidecar
    cautions: tuple[str, ...] = ()
    measured: dict[str, Any] = field(default_factory=dict)
    open_air: OpenAir | None = None
    condition: tuple[Measure, ...] = ()
    pitch_bounds: tuple[float, float] | None = None
    learnt_air: LearntAirUsed | None = None
    unit: ScanUnit | None = None
    view: str | None = None
    native: NDArray[np.uint16] | None = None
    doors: Doors = UNKNOWN

    def __post_init__(self) -> None:
        """The one array convention, checked once."""
        if self.transmission.ndim != 3 or self.transmission.dtype != np.float32:
            raise ValueError(
                f"transmission must be float32 (energy, height, width), is {self.transmission.dtype}"
            )
        if self.valid.shape != self.transmission.shape[1:] or self.valid.dtype != np.bool_:
            raise ValueError("valid must be bool (height, width) of the transmission")
        if len(self.noise) != len(self.transmission):
            raise ValueError("one noise model for each energy")
        if self.grade == "transmission" and len(self.energies_mv) != len(self.transmission):
            raise ValueError("one energy for each channel of a transmission scan")

    @property
    def height(self) -> int:
        """Rows of the canonical image."""
        return int(self.transmission.shape[1])

    @property
    def width(self) -> int:
        """Columns of the canonical image."""
        return int(self.transmission.shape[2])

    @property
    def has_size(self) -> bool:
        """Whether the size of its pixels is known, given or measured."""
        return self.pitch_known or self.pitch_bounds is not None

    @cached_property
    def attenuation(self) -> Float32Array:
        """alpha = -ln(transmission) of the high energy, float32 (height, width)."""
        return np.asarray(-np.log(self.transmission[0]), np.float32)


@dataclass(frozen=True)
class Quality:
    """Can this scan be read at all? Reasons are sentences with a leading code: `black_image: ...`."""

    readable: bool
    reasons: tuple[str, ...] = ()
