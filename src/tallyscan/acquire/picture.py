"""What a decoder makes of one file."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
Photometric = Literal["grey", "inverted", "rgb"]


class Picture(NamedTuple):
    """Pixels of one file, (channel, height, width), uint8 or uint16 exactly as written."""

    pixels: Pixels
    photometric: Photometric
