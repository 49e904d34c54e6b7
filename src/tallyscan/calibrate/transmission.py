"""Counts of a known scanner become transmission: (counts - dark) / (air - dark)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tallyscan.calibrate.air import AirSource, air_of, one_a_channel
from tallyscan.calibrate.counts import Counts, fill_lines, isolated_faults, lost_in, unmeasured_lines
from tallyscan.calibrate.learn_air import borne_out
from tallyscan.calibrate.open_air import open_air
from tallyscan.calibrate.profile import ScannerProfile
from tallyscan.errors import NotCalibrated
from tallyscan.learnt_air import LearntAir, LearntAirUsed
from tallyscan.scan import BoolArray, Float32Array, RawScan
from tallyscan.scanner_condition import OpenAir

_OVER_AIR = 1.25  # no pulse is so much brighter than the mean; whole areas mean a wrong air level
_MAX_OVER_AIR_SHARE = 0.05


@dataclass(frozen=True, eq=False)
class CalibrationValues:
    """What the counts are normalised with, one a channel; `air` is (channel, height or 1, 1) of the upright image.

    `seen` is the open beam of this scan itself, `learnt` what was learnt of its machine and served; `cautions` say what
    was learnt and did not.
    """

    energies_mv: tuple[float, ...]
    air: Float32Array
    dark: tuple[float, ...]
    full_scale: int
    air_source: AirSource = "sidecar"
    seen: OpenAir | None = None
    learnt: LearntAirUsed | None = None
    cautions: tuple[str, ...] = ()

    @property
    def air_known(self) -> bool:
        """False when the image shows no open beam and the profile's usual level had to serve."""
        return self.air_source != "profile"

    def count(self, channel: int) -> float:
        """One count as a share of the open beam."""
        return 1 / (float(np.median(self.air[channel])) - self.dark[channel])


def counts_of(raw: RawScan, full_scale: int) -> Counts:
    """Counts that grow with the signal, (channel, height, width); `NotCalibrated` beyond full scale."""
    counts = raw.pixels.astype(np.uint16, copy=False)
    brightest = int(counts.max())
    if brightest > full_scale:
        raise NotCalibrated(
            f"A pixel has {brightest} counts, more than the full scale of {full_scale}.",
            remedy="Correct full_scale in the sidecar or in the scanner's profile.",
        )
    return np.uint16(full_scale) - counts if raw.photometric == "inverted" else counts


def calibration_values(
    raw: RawScan,
    stored: Counts,
    counts: Counts,
    profile: ScannerProfile,
    full_scale: int,
    learnt: Sequence[LearntAir] = (),
) -> CalibrationValues:
    """Sidecar over profile, and what was learnt of the machine as far as the scan bears it out.

    `stored` are the counts as they came, `counts` the same upright. Raises `NotCalibrated` where a value is missing or
    contradicts the image.
    """
    channels, sidecar = len(counts), raw.sidecar
    energies = sidecar.energies_mv or profile.energies_mv
    if len(energies) != channels:
        raise NotCalibrated(
            f"The image has {channels} channels, but {len(energies)} energies are known.",
            remedy="Give energies_mv in the sidecar, one a channel and in their order.",
        )
    if len(set(energies)) < channels:
        raise NotCalibrated(
            "Two channels are said to have the same energy.",
            remedy="Give energies_mv in the sidecar, one a channel and in their order.",
        )
    dark = one_a_channel("dark_level", sidecar.dark_level or profile.dark_level, channels)
    seen = open_air(counts, tuple(energies), dark, full_scale)
    found = air_of(sidecar, stored, counts, profile.air)
    of_machine = next((one for one in learnt if one.fits(tuple(energies), counts.shape[1])), None)
    borne = borne_out(found, seen, of_machine, counts, dark) if of_machine is not None else None
    taken = borne.air if borne is not None else found
    if taken is None:
        refused = [caution.partition(": ")[2] for caution in (borne.cautions if borne is not None else ())]
        raise NotCalibrated(
            " ".join(
                [
                    "The air level is not known.",
                    *(f"What was learnt does not serve: {why}" for why in refused),
                ]
            ),
            remedy="Give air_level or air_region in the sidecar.",
        )
    air = taken.levels
    for index in range(channels):
        if (air[index] <= dark[index]).any():
            raise NotCalibrated(
                "The open beam is not brighter than the dark level.",
                remedy="Correct air_level, air_region or dark_level in the sidecar.",
            )
        over = float(np.mean(counts[index, ::4, ::4] > _OVER_AIR * air[index, ::4]))
        if over > _MAX_OVER_AIR_SHARE:
            raise NotCalibrated(
                f"{over:.0%} of the pixels of channel {index + 1} are far brighter than its air level of "
                f"{float(np.median(air[index])):.0f} counts.",
                remedy="Correct air_level or air_region in the sidecar.",
            )
    used, cautions = (borne.used, borne.cautions) if borne is not None else (None, ())
    return CalibrationValues(tuple(energies), air, dark, full_scale, taken.source, seen, used, cautions)


def to_transmission(counts: Counts, values: CalibrationValues) -> tuple[Float32Array, BoolArray]:
    """Transmission (channel, height, width), not clipped, holes filled; and valid (height, width)."""
    result = np.empty(counts.shape, np.float32)
    valid = np.ones(counts.shape[1:], np.bool_)
    for index, channel in enumerate(counts):
        air, dark = values.air[index], np.float32(values.dark[index])
        np.subtract(channel, dark, out=result[index], dtype=np.float32)
        result[index] *= np.float32(1) / (air - dark)
    open_beams = [float(air.min()) for air in values.air]
    for index, channel in enumerate(counts):
        image = result[index].reshape(-1)
        if (lost := lost_in(counts, index, open_beams)) is not None:
            places, other = lost
            image[places] = result[other].reshape(-1)[places]
            valid.reshape(-1)[places] = False
        # what is isolated comes second: its own energy's neighbours are nearer than another energy
        places, median = isolated_faults(channel, open_beams[index], values.full_scale)
        if len(places):
            dark = np.float32(values.dark[index])
            scale = 1 / (values.air[index].ravel() - dark)
            row = places // channel.shape[1] if len(scale) > 1 else 0
            image[places] = (median - dark) * scale[row]
            valid.reshape(-1)[places] = False
        rows, columns = unmeasured_lines(channel)
        if rows.any() or columns.any():
            fill_lines(result[index], rows, columns)
            valid[rows] = False
            valid[:, columns] = False
    return result, valid
