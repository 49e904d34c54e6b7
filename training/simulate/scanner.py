"""One scanner on one day: where its rays run, when its columns are taken, what its beams and its noise are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from tallyscan.physics.attenuation import FloatArray
from tallyscan.physics.beam import Beam, beam_of, beams_of, spectrum
from tallyscan.physics.detector import spectral_excess_noise
from tallyscan.physics.forward import ForwardModel, forward_model
from tallyscan.scan import MIN_TRANSMISSION, NoiseModel
from training.simulate.detector import Geometry, detector_rows, modules
from training.simulate.fan_beam import FanBeam, even_rows
from training.simulate.faults import Faults, Rng, draw_faults
from training.simulate.parts import Conveyance
from training.simulate.scanner_models import MODELS, ScannerModel

__all__ = ["MODELS", "Geometry", "Rng", "Scanner", "ScannerModel", "beams_near", "draw_scanner"]

# A scene is rendered for vehicles up to this height and width; the arms of every machine reach so far and further.
VEHICLE_TOP_MM, VEHICLE_HALF_WIDTH_MM = 4400.0, 1300.0
LOWEST_SEEN_MM = 700.0  # in the centre plane: wheels may be cut off, the floor of a trailer is not
TOP_VIEW_PLANE_MM = 2400.0  # above the ground: the middle of the cargo of a truck
# Spectra are quantised: end point and filter against the nominal beam. A few dozen models are fitted once each.
END_POINT_FACTORS = (0.95, 1.0, 1.04)
FILTER_FACTORS = (0.6, 1.0, 1.6)
NOMINAL_SHARE = 0.5
# Ranges that all models share; see `Scanner`.
EXCESS = (1.0, 1.4)
SCATTER_PX = (10.0, 90.0)
BACKGROUND = (1e-6, 3e-4)  # evenly in its logarithm
UNEVEN_BLUR = (0.7, 1.4)  # along the travel over across
INTERLACE_PX = (0.3, 0.6)
AIR_SHARE = (0.55, 0.98)  # of full scale
_FULLEST = 1.25  # columns over the nominal number, for slow stretches
_SLOWEST = 0.15  # of the nominal step: a train that almost stands still


@dataclass(frozen=True)
class Scanner:
    """All that is drawn once for a scan.

    `photons` (one an energy) are detected photons of the open beam in a pixel, `excess` by how much the variance
    of light exceeds that of counting besides the spectrum (optical noise of the scintillator), `electronic` noise
    and `background` (evenly scattered) are shares of the open beam. `scatter` is the scattered over the primary
    signal behind 100 g/cm2, spread over `scatter_px`. `blur_px` is (rows, columns), one sigma. `air_counts` is the
    open beam of each energy in counts of a file of `bits`. `interlace_px` is by how many columns the second
    energy is sampled later.
    """

    model: ScannerModel
    energies_mv: tuple[float, ...]
    geometry: Geometry
    line_pitch_mm: float
    speed_error: float
    end_point_factor: float
    filter_factor: float
    photons: tuple[float, ...]
    excess: float
    electronic: float
    scatter: float
    scatter_px: float
    background: float
    blur_px: tuple[float, float]
    interlace_px: float
    bits: int
    air_counts: tuple[float, ...]
    faults: Faults

    @property
    def full_scale(self) -> int:
        """The whitest count that the file can hold."""
        return 2**self.bits - 1

    @property
    def plane_mm(self) -> float:
        """Distance from the source of the plane in which rows are spaced."""
        centre = self.geometry.centre_mm
        return centre if self.model.view == "side" else centre - TOP_VIEW_PLANE_MM

    @property
    def magnification(self) -> float:
        """Of the reference plane on the detector."""
        return (self.geometry.centre_mm + self.geometry.centre_to_detector_mm) / self.plane_mm

    @cached_property
    def detector_rows_mm(self) -> FloatArray:
        """Where the ray of each detector row meets the reference plane, row 0 at the top."""
        return detector_rows(self.geometry, self.plane_mm)

    def modules_of(self, rows_mm: FloatArray) -> NDArray[np.intp]:
        """Which detector module sees the rays of rows in the reference plane, (rows,): 0, the topmost, and on.

        Rows that software has made even follow the modules where they are: wide apart on the level arm of an L.
        """
        seen = self.detector_rows_mm
        between = (seen[1:] + seen[:-1]) / 2
        return modules(self.geometry, self.plane_mm)[np.searchsorted(-between, -rows_mm)]

    @property
    def pitch_mm(self) -> tuple[float, float]:
        """Nominal size of a pixel in the reference plane: along the travel and across."""
        if self.geometry.rectified:
            return self.line_pitch_mm, self.geometry.row_pitch_mm
        return self.line_pitch_mm, float(-np.diff(self.detector_rows_mm).mean())

    def window_mm(
        self, top_mm: float = VEHICLE_TOP_MM, half_width_mm: float = VEHICLE_HALF_WIDTH_MM
    ) -> tuple[float, float]:
        """Highest and lowest place in the reference plane in which anything of a vehicle of this size can appear.

        The near side is enlarged, so in a side view its roof lies higher and its ground lower than they are.
        """
        source, plane = self.geometry.source_mm, self.plane_mm
        if self.model.view == "top":
            near = plane / max(self.geometry.centre_mm - top_mm, 1.0)
            return source + (half_width_mm - source) * near, source - (half_width_mm + source) * near
        near, far = plane / (plane - half_width_mm), plane / (plane + half_width_mm)
        high = source + (top_mm - source) * (near if top_mm > source else far)
        return high, source - source * near

    def beam(self, top_mm: float, bottom_mm: float, pitch_mm: float | None = None) -> FanBeam:
        """The fan between two places in the reference plane.

        With a pitch: exactly those even rows. Else the rows that the machine writes: no more than its detector
        sees, evenly spaced when its software rectifies them, else as the detector's cells lie.
        """
        geometry, seen = self.geometry, self.detector_rows_mm
        if pitch_mm is not None:
            rows = even_rows(top_mm, bottom_mm, pitch_mm)
        elif geometry.rectified:
            top, bottom = min(top_mm, float(seen[0])), max(bottom_mm, float(seen[-1]))
            rows = even_rows(top, bottom, geometry.row_pitch_mm)
        else:
            rows = seen[(seen <= top_mm) & (seen >= bottom_mm)]
        return FanBeam(
            self.model.view, geometry.source_mm, geometry.centre_mm, rows, self.plane_mm, geometry.mirrored
        )

    def columns(self, rng: Rng, x0_mm: float, x1_mm: float, pitch_mm: float | None = None) -> FloatArray:
        """Where each column is taken, rising in mm from `x0_mm`: no vehicle passes at quite an even speed.

        The speed drifts over the scan, jerks for some columns, and the pitch as a whole is a little wrong.
        """
        pitch = self.line_pitch_mm if pitch_mm is None else pitch_mm
        length = max(x1_mm - x0_mm, 2 * pitch)
        count = int(length / pitch * _FULLEST * (1 + self.speed_error)) + 64
        x = np.linspace(0, length / 9000.0, count)  # speed changes over a car's length, not over a window's
        speed = np.full(count, 1 + rng.normal(0, self.speed_error / 3))
        for waves in (1, 2, 4, 7):
            speed += (
                self.speed_error
                * rng.normal(0, 0.5 / waves)
                * np.sin(2 * np.pi * (waves * x / 2 + rng.random()))
            )
        jerks = rng.poisson(3 * self.speed_error * length / 10000.0)
        for start in rng.integers(0, count, jerks):
            stretch = int(rng.integers(4, 50))
            depth = rng.uniform(-0.5, 0.6) if rng.random() < 0.8 else rng.uniform(-0.9, -0.6)
            shape = np.sin(np.linspace(0, np.pi, stretch))[: count - start]
            speed[start : start + stretch] *= 1 + depth * shape
        steps = pitch * np.clip(speed, _SLOWEST, 3.0)
        steps[0] = pitch
        places = x0_mm + np.concatenate([[0.5 * pitch], 0.5 * pitch + np.cumsum(steps)])
        return places[: max(int(np.searchsorted(places, x1_mm)), 2)]

    def beams(self) -> tuple[Beam, ...]:
        """The beam of each energy as it is today; `tallyscan.physics.beam.beams_of` gives the nominal one."""
        return beams_near(self.energies_mv, self.end_point_factor, self.filter_factor)

    def models(self) -> tuple[ForwardModel, ...]:
        """The forward model of each energy."""
        return tuple(forward_model(beam) for beam in self.beams())

    def noise(self) -> tuple[NoiseModel, ...]:
        """True noise of a pixel as written, one an energy: electronics, counting, smoothing, rounding; without faults.

        Rounding to whole counts adds the variance of an even spread over one count, 1 / 12.
        """
        side = self.faults.smoothing
        kept = (1 - 2 * side) ** 2 + 2 * side**2
        return tuple(
            NoiseModel((self.electronic**2 * kept + 1 / (12 * air**2)) ** 0.5, factor * kept / photons)
            for factor, photons, air in zip(
                self.variance_factors(), self.photons, self.air_counts, strict=True
            )
        )

    @property
    def darkest(self) -> float:
        """The lowest transmission of the high energy that means anything: the electronics' noise, or half a count."""
        return max(self.electronic, 0.5 / self.air_counts[0], MIN_TRANSMISSION)

    def variance_factors(self) -> tuple[float, ...]:
        """Variance over that of counting, one an energy: the spectral excess times the optical one."""
        return tuple(self.excess * _spectral_excess(beam) for beam in self.beams())


@cache
def _spectral_excess(beam: Beam) -> float:
    return spectral_excess_noise(*spectrum(beam))


@cache
def beams_near(
    energies_mv: tuple[float, ...], end_point_factor: float, filter_factor: float
) -> tuple[Beam, ...]:
    """Beams beside the nominal ones: another end point, thicker or thinner effective filters."""
    if end_point_factor == 1.0 and filter_factor == 1.0:
        return beams_of(energies_mv)
    near = []
    for energy in energies_mv:
        beam = beam_of(min(energy * end_point_factor, 9.9))
        near.append(
            replace(
                beam, copper_mm=beam.copper_mm * filter_factor, tungsten_mm=beam.tungsten_mm * filter_factor
            )
        )
    return tuple(near)


def draw_scanner(
    rng: Rng,
    model: str | None = None,
    *,
    held_out: bool = False,
    conveyance: Conveyance | None = None,
    energies_mv: Sequence[float] | None = None,
) -> Scanner:
    """A machine within the ranges of a model: of the named one, else of any that is (not) held out.

    `conveyance` is that of the vehicle: only models that it can go through are drawn then. `energies_mv` asks for end
    points: a model that has them is taken, else any one is given them.
    """
    kind = MODELS[model] if model is not None else _any_model(rng, held_out, conveyance, energies_mv)
    energies = tuple(float(energy) for energy in energies_mv) if energies_mv is not None else kind.energies_mv

    def even(low_high: tuple[float, float]) -> float:
        return float(rng.uniform(*low_high))

    def log_even(low_high: tuple[float, float]) -> float:
        return float(np.exp(rng.uniform(*np.log(low_high))))

    first = log_even(kind.photons)
    nominal = rng.random() < NOMINAL_SHARE
    geometry = _draw_geometry(rng, kind)
    bits = int(rng.choice(kind.bits))
    sharp = even(kind.sharpness_px)
    return Scanner(
        model=kind,
        energies_mv=energies,
        geometry=geometry,
        line_pitch_mm=even(kind.line_pitch_mm),
        speed_error=kind.speed_error * even((0.2, 1.0)),
        end_point_factor=1.0 if nominal else float(rng.choice(END_POINT_FACTORS)),
        filter_factor=1.0 if nominal else float(rng.choice(FILTER_FACTORS)),
        photons=(first, *(first * even(kind.low_energy_photons) for _ in energies[1:])),
        excess=even(EXCESS),
        electronic=log_even(kind.electronic),
        scatter=log_even(kind.scatter),
        scatter_px=even(SCATTER_PX),
        background=log_even(BACKGROUND),
        blur_px=(sharp, sharp * even(UNEVEN_BLUR)),
        interlace_px=even(INTERLACE_PX) if len(energies) > 1 and rng.random() < kind.interlaced else 0.0,
        bits=bits,
        air_counts=tuple((2**bits - 1) * even(AIR_SHARE) for _ in energies),
        faults=draw_faults(rng),
    )


def at_pitch(scanner: Scanner, along_mm: float, across_mm: float) -> Scanner:
    """The same machine with other pixels: one of twice the area gets twice the photons, lengths keep their mm.

    Rows that software has made even come at `across_mm`. Others keep their places on the detector, with cells so much
    larger or smaller: the mean of their pitch is `across_mm`.
    """
    own = scanner.pitch_mm
    x, y = own[0] / along_mm, own[1] / across_mm
    share = 1 / (x * y)
    geometry, faults = scanner.geometry, scanner.faults
    if geometry.rectified:
        geometry = replace(geometry, row_pitch_mm=across_mm)
    else:
        geometry = replace(
            geometry,
            detector_pitch_mm=geometry.detector_pitch_mm / y,
            module_rows=max(round(geometry.module_rows * y), 4),
            gap_rows=geometry.gap_rows * y,
        )
    return replace(
        scanner,
        geometry=geometry,
        line_pitch_mm=along_mm,
        photons=tuple(photons * share for photons in scanner.photons),
        electronic=scanner.electronic / share**0.5,
        scatter_px=scanner.scatter_px * (x * y) ** 0.5,
        blur_px=(scanner.blur_px[0] * y, scanner.blur_px[1] * x),
        interlace_px=scanner.interlace_px * x,
        faults=replace(
            faults,
            afterglow_columns=(faults.afterglow_columns[0] * x, faults.afterglow_columns[1] * x),
            wobble_px=faults.wobble_px * y,
            wobble_columns=faults.wobble_columns * x,
            bounce_px=faults.bounce_px * y,
            bounce_columns=faults.bounce_columns * x,
        ),
    )


def _any_model(
    rng: Rng, held_out: bool, conveyance: Conveyance | None, energies_mv: Sequence[float] | None
) -> ScannerModel:
    kinds = [
        kind
        for kind in MODELS.values()
        if kind.held_out == held_out and conveyance in (None, kind.conveyance)
    ]
    if energies_mv is not None:
        kinds = [kind for kind in kinds if kind.energies_mv == tuple(energies_mv)] or kinds
    shares = np.array([kind.share for kind in kinds])
    return kinds[int(rng.choice(len(kinds), p=shares / shares.sum()))]


def _draw_geometry(rng: Rng, kind: ScannerModel) -> Geometry:
    source = float(rng.uniform(*kind.source_mm))
    centre = float(rng.uniform(*kind.source_to_centre_mm))
    behind = float(rng.uniform(*kind.centre_to_detector_mm))
    pitch = float(rng.uniform(*kind.detector_pitch_mm))
    module_rows = int(rng.choice([8, 16, 16, 32, 64]))
    if kind.view == "top":
        plane = centre - TOP_VIEW_PLANE_MM
        widest = (VEHICLE_HALF_WIDTH_MM + abs(source)) * plane / (centre - VEHICLE_TOP_MM)
        reach = source + widest * rng.uniform(0.97, 1.12)
        low = source - (reach - source) / plane * (centre + behind)
        high = source + (reach - source) / plane * (centre + behind)
    else:
        plane = centre
        near = centre / (centre - VEHICLE_HALF_WIDTH_MM)
        # Some detectors begin in a pit, most at the ground: then they cut off the feet of what stands far off.
        low = float(rng.uniform(-700, -100) if rng.random() < 0.35 else rng.uniform(0, 350))
        low = min(low, source + (LOWEST_SEEN_MM - source) * (centre + behind) / centre)
        high = float(rng.uniform(4700, 6200))
        reach = source + (VEHICLE_TOP_MM * rng.uniform(0.97, 1.12) - source) * near
    magnification = (centre + behind) / plane
    return Geometry(
        source_mm=source,
        centre_mm=centre,
        centre_to_detector_mm=behind,
        detector=kind.detector,
        detector_pitch_mm=pitch,
        arm_mm=(low, high),
        reach_mm=float(reach),
        tilted=bool(rng.random() < 0.75),
        module_rows=module_rows,
        gap_rows=float(rng.choice([0.0, 0.0, 0.1, 0.3, 1.0])),
        rectified=bool(rng.random() < kind.rectified),
        row_pitch_mm=float(np.clip(pitch / magnification * rng.uniform(1.0, 1.7), 3.0, 8.0)),
        mirrored=bool(rng.random() < 0.5),
    )
