"""What a decoder makes of one file."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tallyscan.raw_layout import Plane
from tallyscan.sidecar import Sidecar

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
Photometric = Literal["grey", "inverted", "rgb"]


class Picture(NamedTuple):
    """Pixels of one file, (channel, height, width), uint8 or uint16 exactly as written.

    `planes` are the energies that the channels are, where the file says it; empty: in the order of the channels.
    """

    pixels: Pixels
    photometric: Photometric
    planes: tuple[Plane, ...] = ()


class Description(NamedTuple):
    """What a file says of its own scan: the values of a sidecar, and what of it was not understood, as cautions.

    `scan_id` and `view` tell whether two files are of one scan and seen from one side; None where nothing says it.
    """

    sidecar: Sidecar
    cautions: tuple[str, ...] = ()
    planes: tuple[Plane, ...] = ()
    scan_id: str | None = None
    view: str | None = None
