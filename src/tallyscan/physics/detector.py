"""Energy-integrating scintillation detector of cadmium tungstate.

Energy deposited per incident photon: 0.53 / 0.84 / 1.22 / 1.65 / 2.60 MeV at 1 / 2 / 3 / 4 / 6 MeV (Geant4
response published with the semi-empirical transparency model of P. Lalor and A. Danagoulian, 2023); below
1 MeV joined to full absorption, above 6 MeV continued with the slope of 4 to 6 MeV.
"""

import numpy as np

from tallyscan.physics.attenuation import FloatArray

_ENERGY_MEV = np.array([0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 10.0])
_DEPOSIT_MEV = np.array([0.049, 0.098, 0.19, 0.36, 0.53, 0.84, 1.22, 1.65, 2.60, 4.50])


def deposited_energy_mev(energy_mev: FloatArray) -> FloatArray:
    """Mean energy that one photon of this energy leaves in the detector, in MeV."""
    log_deposit = np.interp(np.log(energy_mev), np.log(_ENERGY_MEV), np.log(_DEPOSIT_MEV))
    return np.asarray(np.exp(log_deposit), dtype=np.float64)


def spectral_excess_noise(energy_mev: FloatArray, photons: FloatArray) -> float:
    """<D^2>/<D>^2 of the open beam: by how much integrating energy is noisier than counting photons."""
    deposit = deposited_energy_mev(energy_mev)
    return float((photons * deposit**2).sum() * photons.sum() / (photons * deposit).sum() ** 2)
