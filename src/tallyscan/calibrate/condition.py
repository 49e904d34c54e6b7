"""What one scan shows of the condition of its scanner."""

import cv2
import numpy as np

from tallyscan.calibrate.counts import Counts
from tallyscan.scan import BoolArray, Float32Array
from tallyscan.scanner_condition import Measure, OpenAir, beam_in_words

_PULSE_STEP = 8
_AROUND = 33  # cells: more than a module
_STUCK_BELOW = (
    0.8  # of full scale, around a cell that stands at full scale: where air is cut off, all stand there
)


def condition(counts: Counts, valid: BoolArray, air: OpenAir | None, full_scale: int) -> tuple[Measure, ...]:
    """Numbers of an upright scan: counts (energy, height, width), valid (height, width), and its open air.

    Without open air there is no level and no noise.
    """
    pulses = np.flatnonzero(valid.any(axis=0))
    dead = ~valid.any(axis=1) | _stuck(counts[:, :, pulses[::_PULSE_STEP]], full_scale)
    measures = [
        Measure("dead_cells", float(dead.mean())),
        Measure("lost_pulses", 1 - len(pulses) / valid.shape[1]),
    ]
    if air is not None:
        for channel, (level, noise) in enumerate(zip(air.levels, air.noise, strict=True)):
            beam = beam_in_words(air.energies_mv, channel)
            measures += [Measure("air_level", level, beam), Measure("noise", noise, beam)]
    return tuple(measures)


def _stuck(counts: Counts, full_scale: int) -> BoolArray:
    """Cells that give the same number all along in one energy, and not because the open beam is cut off there."""
    stuck = np.zeros(counts.shape[1], np.bool_)
    for channel in counts:
        if channel.shape[1] < 2:
            continue
        lowest, highest = channel.min(axis=1), channel.max(axis=1)
        constant = lowest == highest
        if constant.any():
            mean = np.asarray(channel.mean(axis=1, dtype=np.float32), np.float32)
            cut_off = (lowest >= full_scale) & (_around(mean) > _STUCK_BELOW * full_scale)
            stuck |= constant & ~cut_off
    return stuck


def _around(of_cells: Float32Array) -> Float32Array:
    """Mean of the cells around each."""
    return np.asarray(cv2.blur(of_cells[:, np.newaxis], (1, _AROUND)), np.float32).ravel()
