"""A RawScan and a profile become a Scan."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from tallyscan.calibrate import transmission
from tallyscan.calibrate.condition import condition
from tallyscan.calibrate.display_scan import display_scan
from tallyscan.calibrate.geometry import (
    canonical_grid,
    doors_of,
    orientation_of,
    pitch_of,
    resample,
    resample_valid,
    upright,
)
from tallyscan.calibrate.learn_air import MOST_GIVEN_OFF
from tallyscan.calibrate.native_image import native_image
from tallyscan.calibrate.noise import fit_noise, on_canonical_grid
from tallyscan.calibrate.profile import ScannerProfile
from tallyscan.calibrate.provenance import calibration_sha256, scanner_cautions
from tallyscan.errors import NotCalibrated
from tallyscan.finding import Interval
from tallyscan.learnt_air import LearntAir
from tallyscan.scan import MIN_TRANSMISSION, OPAQUE_TRANSMISSION, BoolArray, Float32Array, RawScan, Scan
from tallyscan.scanner_condition import OpenAir, beam_in_words
from tallyscan.sidecar import Pitch

# Of the scan. Engine, axles and tyres of a lorry are opaque too, but together they are a twentieth at most.
MAX_OPAQUE_SHARE = 0.05
LEAST_OPEN_BEAM = (
    0.6  # transmission: two walls leave 0.88, a tight crop of light goods 0.7; less has no air in it
)


def to_physical(
    raw: RawScan,
    profile: ScannerProfile,
    along_mm: Interval | None = None,
    learnt: Sequence[LearntAir] = (),
) -> Scan:
    """The scan in physical units on the canonical grid, or as a display image with only the order of greys.

    `along_mm` is the pitch along the travel as it was measured, where it is not given; `learnt` is what earlier scans
    of the machine have shown of its open beam.

    Raises `NotCalibrated` when the profile asks for transmission and the image or its sidecar cannot give it,
    `TooLarge` when the pixel pitch makes the scan impossibly large.
    """
    if profile.grade == "display":
        return display_scan(raw, profile)
    if along_mm is None and lacks_travel(raw, profile):
        raise NotCalibrated(
            "The size of a pixel along the travel is not known.",
            remedy="Give pitch_mm.x in the sidecar or in the scanner's profile.",
        )
    return _transmission_scan(raw, profile, along_mm, learnt)


def lacks_travel(raw: RawScan, profile: ScannerProfile) -> bool:
    """Whether this is a scan in counts of which only the pitch along the travel is missing: it can be measured."""
    pitch = pitch_of(raw.sidecar, profile)
    return profile.grade == "transmission" and pitch is not None and pitch.x is None


def first_look(raw: RawScan, profile: ScannerProfile, learnt: Sequence[LearntAir] = ()) -> Scan:
    """The same with pixels taken for squares, to find what the pitch along the travel can be measured on; no more."""
    return _transmission_scan(raw, profile, None, learnt)


def _transmission_scan(
    raw: RawScan, profile: ScannerProfile, along_mm: Interval | None, learnt: Sequence[LearntAir]
) -> Scan:
    if raw.pixels.itemsize == 1 or raw.photometric == "rgb":
        raise NotCalibrated(
            f"Transmission is asked for, but this is an {8 * raw.pixels.itemsize}-bit {raw.photometric} "
            f"{raw.file_format.upper()} image: its grey scale is not proportional to the signal.",
            remedy="Send the counts at full depth, or let it be read as a display image (grade: display).",
        )
    pitch, orientation = pitch_of(raw.sidecar, profile), orientation_of(raw.sidecar, profile)
    if pitch is None:
        raise NotCalibrated(
            "The size of a pixel is not known.",
            remedy="Give pitch_mm in the sidecar or in the scanner's profile.",
        )
    given = pitch.x is not None
    if along_mm is not None and not given:
        pitch = Pitch(x=along_mm.estimate, y=pitch.y)
    full_scale = raw.sidecar.full_scale or profile.full_scale or int(np.iinfo(raw.pixels.dtype).max)
    grid, shape = canonical_grid(raw.pixels.shape[1:], orientation, pitch)
    stored = transmission.counts_of(raw, full_scale)
    counts = upright(stored, orientation)
    values = transmission.calibration_values(raw, stored, counts, profile, full_scale, learnt)
    relative, valid = transmission.to_transmission(counts, values)
    seen = values.seen
    shown = condition(counts, valid, seen, full_scale)
    order = sorted(range(len(relative)), key=lambda channel: -values.energies_mv[channel])
    images = np.empty((len(relative), *shape), np.float32)
    noise = []
    for image, channel in zip(images, order, strict=True):
        count = values.count(channel)
        noise.append(on_canonical_grid(fit_noise(relative[channel], count), grid))
        # half a count is the least that can be told from nothing
        lowest = np.float32(max(MIN_TRANSMISSION, 0.5 * count))
        np.clip(resample(relative[channel], shape), lowest, np.float32(1), out=image)
    native = native_image([relative[channel] for channel in order], valid)
    valid = resample_valid(valid, shape)
    opaque = opaque_share(images[0], valid)
    cautions = [*scanner_cautions(raw, profile), *raw.cautions, *raw.sidecar.cautions, *values.cautions]
    if not values.air_known:
        cautions.append("no_open_beam: no open beam in view; the usual air level of the scanner was taken.")
    elif (brightest := float(np.percentile(images[0, ::3, ::3], 99.9))) < LEAST_OPEN_BEAM:
        cautions.append(
            f"no_open_beam: the brightest part of the scan has {brightest:.0%} of the air level that was given."
        )
    elif seen is not None and (off := _air_off(seen, values)):
        cautions.append(f"air_level_off: {off}")
    if opaque > MAX_OPAQUE_SHARE:
        cautions.append(f"not_penetrated: {opaque:.0%} of the scan let nothing through.")
    used = {
        "energies_mv": values.energies_mv,
        "air": hashlib.sha256(values.air.tobytes()).hexdigest(),
        "dark": values.dark,
        "full_scale": full_scale,
        "pitch_mm": pitch.model_dump(),
        "orientation": orientation.model_dump(),
    }
    if values.learnt is not None:
        used["learnt_air"] = asdict(values.learnt)
    return Scan(
        transmission=images,
        valid=valid,
        grade="transmission",
        energies_mv=tuple(values.energies_mv[channel] for channel in order),
        noise=tuple(noise),
        grid=grid,
        pitch_known=given,
        pitch_bounds=_bounds(along_mm) if along_mm is not None and not given else None,
        sha256=raw.sha256,
        scanner=raw.sidecar.scanner or profile.name,
        profile=profile.name,
        calibration_sha256=calibration_sha256(profile, used),
        sidecar=raw.sidecar,
        cautions=tuple(dict.fromkeys(cautions)),
        measured={
            "air_level": [round(float(np.median(air)), 1) for air in values.air],
            "air_known": values.air_known,
            "air_source": values.air_source,
            "opaque_share": round(opaque, 4),
            "saturated_share": round(float(np.mean(counts >= full_scale)), 4),
        },
        open_air=seen,
        condition=shown,
        learnt_air=values.learnt,
        native=native,
        doors=doors_of(raw.sidecar, profile),
    )


def _bounds(interval: Interval) -> tuple[float, float]:
    return interval.low / interval.estimate, interval.high / interval.estimate


def _air_off(seen: OpenAir, values: transmission.CalibrationValues) -> str:
    """By how much the open beam is not at its level, as a sentence; empty when it is."""
    for channel, level in enumerate(seen.levels):
        through = level * values.count(channel)
        if abs(through - 1) > MOST_GIVEN_OFF:
            beam = beam_in_words(values.energies_mv, channel)
            return f"{through:.1%} of the air level at {beam} comes through where nothing stands."
    return ""


def opaque_share(image: Float32Array, valid: BoolArray) -> float:
    """Share of the valid pixels that let nothing through."""
    opaque = (image < np.float32(OPAQUE_TRANSMISSION)) & valid
    return int(np.count_nonzero(opaque)) / max(int(np.count_nonzero(valid)), 1)
