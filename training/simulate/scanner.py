"""Scanner models and their faults, drawn anew for every scan."""

from dataclasses import dataclass

import numpy as np

from tallyscan.detect.inputs import beams_of
from tallyscan.physics.beam import Beam
from tallyscan.physics.forward import ForwardModel, forward_model

Rng = np.random.Generator
# End points in MV, high first; the last three are single-energy machines.
ENERGY_SETS: tuple[tuple[float, ...], ...] = ((6.0, 4.0), (9.0, 6.0), (6.0, 3.5), (6.0,), (9.0,), (4.0,))


@dataclass(frozen=True)
class Scanner:
    """One machine on one day.

    `photons` are detected photons of the open beam in one 5 mm pixel, `electronic` the electronic noise and
    `offset` the dark error as shares of the open beam, `scatter` the scattered share of the signal around,
    `pulse_dose` and `row_gain` relative spreads of columns and rows after normalisation.
    """

    energies_mv: tuple[float, ...]
    photons: float
    electronic: float
    offset: float
    scatter: float
    scatter_px: float
    pulse_dose: float
    row_gain: float
    blur_px: float
    cross_talk: float
    afterglow: float
    dead_pixels: int
    lost_pulses: int
    masked_rows: int
    interlace_shift_px: float
    pitch_mm: float

    def beams(self) -> tuple[Beam, ...]:
        """The beam of each energy."""
        return beams_of(self.energies_mv)

    def models(self) -> tuple[ForwardModel, ...]:
        """The forward model of each energy."""
        return tuple(forward_model(beam) for beam in self.beams())


def draw_scanner(rng: Rng, energies_mv: tuple[float, ...] | None = None) -> Scanner:
    """A scanner within the published ranges (docs/explanation/simulator.md)."""
    energies = (
        energies_mv or ENERGY_SETS[int(rng.choice(len(ENERGY_SETS), p=[0.3, 0.2, 0.15, 0.2, 0.1, 0.05]))]
    )
    return Scanner(
        energies_mv=energies,
        photons=float(np.exp(rng.uniform(np.log(2e4), np.log(3e5)))),
        electronic=float(np.exp(rng.uniform(np.log(2e-5), np.log(4e-4)))),
        offset=float(rng.normal(0, 4e-5)),
        scatter=float(rng.uniform(0.002, 0.08)),
        scatter_px=float(rng.uniform(10, 60)),
        pulse_dose=float(rng.choice([0.001, 0.004, 0.012]) * rng.uniform(0.5, 1.5)),
        row_gain=float(rng.uniform(0.0005, 0.006)),
        blur_px=float(rng.uniform(0.3, 1.1)),
        cross_talk=float(rng.uniform(0.0, 0.03)),
        afterglow=float(rng.choice([0.0, 0.0, 0.002, 0.01])),
        dead_pixels=int(rng.poisson(8)),
        lost_pulses=int(rng.poisson(0.4)),
        masked_rows=int(rng.random() < 0.1),
        interlace_shift_px=float(rng.choice([0.0, 0.5]) * rng.random()),
        pitch_mm=float(rng.choice([4.0, 4.5, 5.0, 5.0, 6.0])),
    )
