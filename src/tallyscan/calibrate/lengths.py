"""Lengths along the travel in mm, of cargo units and findings: only where the size of a pixel is known well enough."""

from dataclasses import replace

from tallyscan.finding import Detection, Interval
from tallyscan.pixel_pitch import PixelPitch
from tallyscan.scan import CANONICAL_PITCH_MM, Box, CanonicalGrid, Scan

MOST_ERROR = 0.06
"""Of a pitch: by one that is known less well no length is given."""
SPEED_ERROR = 0.03
"""No vehicle passes at an even speed: how much a part of it differs from the mean of the container."""
GIVEN_ERROR = 0.05
"""Of a pitch that was given: speed and pitch are never quite known."""


def with_lengths(detection: Detection, scan: Scan, pitch: PixelPitch | None) -> Detection:
    """The same detection, its units and findings with their lengths; `pitch` is that which was measured, if it was."""
    along = _along(scan, pitch)
    if along is None:
        return detection
    units = tuple(replace(unit, length_mm=_length(unit.box, scan.grid, along)) for unit in detection.units)
    findings = tuple(
        replace(finding, length_mm=_length(finding.box, scan.grid, along)) for finding in detection.findings
    )
    return replace(detection, units=units, findings=findings)


def _along(scan: Scan, pitch: PixelPitch | None) -> Interval | None:
    """The pitch along the travel with what it may be wrong by; None where it is not known well enough."""
    if scan.pitch_known:
        given = CANONICAL_PITCH_MM * scan.grid.scale_x
        return Interval(given, given * (1 - GIVEN_ERROR), given * (1 + GIVEN_ERROR))
    along = pitch.along_mm if pitch is not None else None
    if along is None or max(along.high / along.estimate - 1, 1 - along.low / along.estimate) > MOST_ERROR:
        return None
    return Interval(along.estimate, along.low * (1 - SPEED_ERROR), along.high * (1 + SPEED_ERROR))


def _length(box: Box, grid: CanonicalGrid, along: Interval) -> Interval:
    pixels = float(grid.to_canonical(box).width / grid.scale_x)
    return Interval(*(round(pixels * pitch, 1) for pitch in (along.estimate, along.low, along.high)))
