"""Kinds of scanners: geometry and quality of each as ranges, from which one machine is drawn for every scan.

Names are generic; no vendor's machine is meant. Sizes and rates follow the published spread of fielded machines:
source to detector 6 to 12 m, magnification 1.3 to 2, detector pitch 4 to 6 mm (some machines bin or have larger
crystals), 600 to 2400 rows. Photons a pixel are wider than dose and crystal suggest: two public scans of a rail
portal have 1.3 % of white noise at 6 MeV and 1.8 % at 4 MeV in the open, which is 10 000 and 5 000 photons. Machines
of 9 MV give several times the dose: with fewer photons they would not see through the 380 to 420 mm of steel that is
typical of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from training.simulate.fan_beam import View
from training.simulate.parts import Conveyance

Range = tuple[float, float]
MachineType = Literal["rail", "portal", "gantry", "mobile"]
Detector = Literal["L", "straight", "arc"]


@dataclass(frozen=True)
class ScannerModel:
    """Ranges of one kind of machine. Lengths in mm, end points in MV with the highest first.

    `source_mm` is the height of the source, in a top view its place across the vehicle, where `source_to_centre_mm`
    is its height. `photons` are detected photons of the open beam of the first energy in one pixel, drawn evenly in
    their logarithm, as are `electronic` (noise as a share of the open beam). `scatter` is scattered over primary
    signal behind 100 g/cm2. `rectified` is the chance that its software writes rows at even distances, `share` how
    often it is drawn. `held_out` machines are kept from training.
    """

    name: str
    type: MachineType
    energies_mv: tuple[float, ...]
    view: View = "side"
    detector: Detector = "L"
    source_mm: Range = (500.0, 1600.0)
    source_to_centre_mm: Range = (3600.0, 5200.0)
    centre_to_detector_mm: Range = (1900.0, 3600.0)
    detector_pitch_mm: Range = (4.0, 6.0)
    line_pitch_mm: Range = (3.0, 6.0)
    photons: Range = (6e3, 1.5e5)
    low_energy_photons: Range = (0.35, 0.8)
    electronic: Range = (6e-6, 2e-4)
    scatter: Range = (0.005, 0.08)
    sharpness_px: Range = (0.3, 0.9)
    bits: tuple[int, ...] = (16, 16, 14)
    rectified: float = 0.6
    interlaced: float = 0.8
    speed_error: float = 0.04
    share: float = 1.0
    held_out: bool = False

    @property
    def conveyance(self) -> Conveyance:
        """What goes through it: trains through a rail portal, lorries through all others."""
        return "rail" if self.type == "rail" else "road"


def _by_name(models: Iterable[ScannerModel]) -> dict[str, ScannerModel]:
    return {model.name: model for model in models}


MODELS: dict[str, ScannerModel] = _by_name([
    ScannerModel(
        "rail-6-4-L", "rail", (6.0, 4.0), source_mm=(700.0, 1900.0), source_to_centre_mm=(5500.0, 9000.0),
        centre_to_detector_mm=(2400.0, 4200.0), line_pitch_mm=(3.5, 7.0), photons=(3e3, 4e4), bits=(16,),
        speed_error=0.10, share=1.5,
    ),
    ScannerModel(
        "rail-9-6-straight", "rail", (9.0, 6.0), detector="straight", source_mm=(1400.0, 2600.0),
        source_to_centre_mm=(5500.0, 8000.0), centre_to_detector_mm=(2600.0, 4500.0), line_pitch_mm=(4.0, 8.0),
        photons=(4e4, 5e5), electronic=(3e-6, 5e-5), speed_error=0.10,
    ),
    ScannerModel(
        "rail-9-arc", "rail", (9.0,), detector="arc", source_mm=(600.0, 2200.0),
        source_to_centre_mm=(5000.0, 7500.0), detector_pitch_mm=(5.0, 8.0), line_pitch_mm=(4.0, 8.0),
        photons=(4e4, 5e5), electronic=(3e-6, 5e-5), bits=(12, 16),
        speed_error=0.10,
    ),
    ScannerModel("portal-6-4-L", "portal", (6.0, 4.0), share=1.5),
    ScannerModel(
        "portal-6-3.5-L", "portal", (6.0, 3.5), source_mm=(300.0, 1200.0), photons=(4e3, 1e5), speed_error=0.08,
    ),
    ScannerModel(
        "portal-6-arc", "portal", (6.0,), detector="arc", source_mm=(400.0, 1500.0), detector_pitch_mm=(4.0, 7.0),
        photons=(4e3, 1e5), bits=(12, 14, 16), speed_error=0.08,
    ),
    ScannerModel(
        "portal-4-L", "portal", (4.0,), source_mm=(300.0, 1400.0), photons=(5e3, 8e4), speed_error=0.08,
        bits=(12, 16),
    ),
    ScannerModel(
        "portal-6-4-top", "portal", (6.0, 4.0), view="top", detector="straight", source_mm=(-400.0, 400.0),
        source_to_centre_mm=(6200.0, 8000.0), centre_to_detector_mm=(200.0, 500.0), share=0.2,
    ),
    ScannerModel(
        "gantry-9-6-L", "gantry", (9.0, 6.0), source_mm=(900.0, 2200.0), source_to_centre_mm=(4500.0, 6500.0),
        centre_to_detector_mm=(2200.0, 4200.0), photons=(4e4, 5e5), electronic=(3e-6, 5e-5), sharpness_px=(0.25, 0.7),
        speed_error=0.02, share=1.2,
    ),
    ScannerModel(
        "gantry-6-4-straight", "gantry", (6.0, 4.0), detector="straight", source_mm=(1300.0, 2300.0),
        source_to_centre_mm=(4800.0, 6500.0), photons=(1e4, 2e5), sharpness_px=(0.25, 0.8), speed_error=0.02,
    ),
    ScannerModel(
        "gantry-9-L", "gantry", (9.0,), source_mm=(900.0, 2300.0), source_to_centre_mm=(4200.0, 6000.0),
        photons=(4e4, 5e5), electronic=(3e-6, 5e-5), bits=(12, 16), speed_error=0.02,
    ),
    ScannerModel(
        "mobile-6-4-L", "mobile", (6.0, 4.0), source_mm=(900.0, 2200.0), source_to_centre_mm=(3200.0, 4300.0),
        centre_to_detector_mm=(1700.0, 2600.0), photons=(4e3, 1e5), speed_error=0.05,
    ),
    ScannerModel(
        "mobile-6-L", "mobile", (6.0,), source_mm=(1000.0, 2400.0), source_to_centre_mm=(3200.0, 4200.0),
        centre_to_detector_mm=(1700.0, 2600.0), photons=(4e3, 1e5), bits=(12, 14, 16), speed_error=0.05,
    ),
    ScannerModel(
        "mobile-4-L", "mobile", (4.0,), source_mm=(1000.0, 2200.0), source_to_centre_mm=(3200.0, 4200.0),
        centre_to_detector_mm=(1700.0, 2500.0), detector_pitch_mm=(5.0, 8.0), photons=(4e3, 6e4),
        sharpness_px=(0.4, 1.0), bits=(12, 16), speed_error=0.06, share=0.7,
    ),
    ScannerModel(
        "mobile-2.5-straight", "mobile", (2.5,), detector="straight", source_mm=(1400.0, 2200.0),
        source_to_centre_mm=(3400.0, 4400.0), centre_to_detector_mm=(1700.0, 2400.0), photons=(4e3, 4e4),
        detector_pitch_mm=(5.0, 8.0), sharpness_px=(0.4, 1.0), bits=(12, 16), speed_error=0.06, share=0.4,
    ),
    # Kept from training: other end points, and geometry at or beyond the edge of the others.
    ScannerModel(
        "rail-9-5-arc", "rail", (9.0, 5.0), detector="arc", source_mm=(2300.0, 3200.0),
        source_to_centre_mm=(8000.0, 9500.0), centre_to_detector_mm=(3000.0, 4500.0), line_pitch_mm=(3.0, 7.0),
        photons=(4e4, 5e5), electronic=(3e-6, 5e-5), speed_error=0.08, held_out=True,
    ),
    ScannerModel(
        "gantry-7.5-L", "gantry", (7.5,), source_mm=(200.0, 800.0), source_to_centre_mm=(4000.0, 5000.0),
        centre_to_detector_mm=(3400.0, 4600.0), photons=(2e4, 3e5), bits=(16, 14), speed_error=0.02, held_out=True,
    ),
    ScannerModel(
        "mobile-5.5-3.5-straight", "mobile", (5.5, 3.5), detector="straight", source_mm=(2000.0, 2800.0),
        source_to_centre_mm=(3300.0, 4000.0), centre_to_detector_mm=(1600.0, 2200.0), photons=(8e3, 1e5),
        low_energy_photons=(0.3, 0.7), speed_error=0.06, held_out=True,
    ),
])  # fmt: skip
