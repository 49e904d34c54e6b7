"""What is wrong with a scanner on one day: drawn for every scan, so that many are clean and some are bad."""

from dataclasses import dataclass

import numpy as np

Rng = np.random.Generator


@dataclass(frozen=True)
class Faults:
    """Amplitudes are shares of the signal, or of the open beam where it says so; places follow in each scan.

    `pulse_dose` and `row_gain` are what normalisation leaves of the spread of columns and rows, one sigma;
    `module_gain` the same for whole detector modules and `module_drift` how far it runs away along the scan.
    `air_drift` is the slow error of the open beam along the scan, `dark_offset` the error of the dark level and
    `row_offset` its spread from row to row, both as shares of the open beam. `afterglow` is the light of all
    earlier pulses as a share of one, with a short and a long decay in columns. `cross_talk` goes to either
    neighbour in the row direction; `smoothing` is what resampling in the scanner's software does to noise.
    `wobble_px` is the swing of the detector array up and down, `bounce_px` that of the vehicle on its springs.
    Rates: dead and hot pixels in a million, lost pulses and gain bands in a thousand columns, bad rows in a thousand.
    """

    pulse_dose: float = 0.0
    row_gain: float = 0.0
    module_gain: float = 0.0
    module_drift: float = 0.0
    air_drift: float = 0.0
    dark_offset: float = 0.0
    row_offset: float = 0.0
    afterglow: float = 0.0
    afterglow_columns: tuple[float, float] = (1.5, 20.0)
    cross_talk: float = 0.0
    smoothing: float = 0.0
    wobble_px: float = 0.0
    wobble_columns: float = 80.0
    bounce_px: float = 0.0
    bounce_columns: float = 800.0
    dead_ppm: float = 0.0
    hot_ppm: float = 0.0
    lost_pulses: float = 0.0
    gain_bands: float = 0.0
    bad_rows: float = 0.0
    masked_module: bool = False


def draw_faults(rng: Rng) -> Faults:
    """Faults of one scan.

    `wear` couples them: 45 % of the scans come from a machine in good order, a tenth from one that needs service.
    Spreads are typical values (pulses vary by 1 to 3 % before the reference channel corrects them; row gain drifts
    by 0.2 to 1 %, cross-talk is 0.5 to 3 %); two public rail scans have 0.3 to 0.4 % from column to column and
    0.2 % from row to row.
    """
    wear = float(rng.choice([0.3, 1.0, 2.5], p=[0.45, 0.45, 0.1]))

    def spread(low: float, high: float) -> float:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    def at_times(chance: float, value: float) -> float:
        return value if rng.random() < min(chance * wear, 0.9) else 0.0

    reference_fails = rng.random() < 0.06 * wear
    return Faults(
        pulse_dose=spread(0.01, 0.03) if reference_fails else min(wear * spread(0.0005, 0.006), 0.015),
        row_gain=min(wear * spread(0.0003, 0.006), 0.01),
        module_gain=at_times(0.5, spread(0.001, 0.008)),
        module_drift=at_times(0.3, spread(0.001, 0.008)),
        air_drift=wear * spread(0.0005, 0.008),
        dark_offset=float(rng.normal(0, 2e-5) * wear),
        row_offset=at_times(0.4, spread(2e-6, 8e-5)),
        afterglow=at_times(0.4, spread(0.001, 0.02)),
        afterglow_columns=(float(rng.uniform(0.6, 2.5)), float(rng.uniform(6, 40))),
        cross_talk=float(rng.uniform(0.0, 0.03)),
        smoothing=float(rng.uniform(0.02, 0.22)) if rng.random() < 0.4 else 0.0,
        wobble_px=at_times(0.25, spread(0.1, 0.8)),
        wobble_columns=spread(25.0, 300.0),
        bounce_px=spread(0.5, 9.0) if rng.random() < 0.3 else 0.0,
        bounce_columns=spread(250.0, 1500.0),
        dead_ppm=wear * spread(0.5, 60.0),
        hot_ppm=wear * spread(0.2, 20.0),
        lost_pulses=at_times(0.3, spread(0.2, 4.0)),
        gain_bands=at_times(0.3, spread(0.3, 5.0)),
        bad_rows=at_times(0.25, spread(0.5, 6.0)),
        masked_module=bool(rng.random() < 0.04),
    )
