"""In what condition a scanner is, as one of its scans shows it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Quantity = Literal["air_level", "noise", "dead_cells", "lost_pulses", "clock"]


@dataclass(frozen=True)
class Measure:
    """One number of one scan.

    `air_level`: counts of the open beam above the dark level. `noise`: standard deviation of a pixel in the open beam,
    as a share of it. `dead_cells`: share of the cells of the detector that gave nothing, or always the same.
    `lost_pulses`: share of the pulses that were not measured. `clock`: seconds from the time that the scan carries to
    its arrival. `beam` names the energy, and all those of the scan; None where energy plays no part.
    """

    quantity: Quantity
    value: float
    beam: str | None = None


@dataclass(frozen=True, eq=False)
class OpenAir:
    """What the open beam is in one scan, one energy after another as they are stored: `energies_mv`.

    `pulses` had nothing in the beam; `levels` are their counts above the dark level; `cells` (energy, height) is what
    each cell of the detector gives of that, from the top of the upright image, NaN where it looks at the ground or is
    dead; `noise` is that of a pixel, as a share.
    """

    energies_mv: tuple[float, ...]
    pulses: int
    levels: tuple[float, ...]
    cells: NDArray[np.float32]
    noise: tuple[float, ...]


def beam_in_words(energies_mv: tuple[float, ...], channel: int) -> str:
    """`6 MV of 6/4 MV`: a beam that is interlaced with another one has a level of its own."""
    one = f"{energies_mv[channel]:g} MV"
    together = "/".join(f"{energy:g}" for energy in sorted(energies_mv, reverse=True))
    return one if len(energies_mv) == 1 else f"{one} of {together} MV"
