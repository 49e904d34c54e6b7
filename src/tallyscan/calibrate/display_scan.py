"""A display image becomes a Scan: what was done to it is undone as far as that can be told, and said."""

import numpy as np

from tallyscan.calibrate import display
from tallyscan.calibrate.geometry import (
    canonical_grid,
    doors_of,
    orientation_of,
    pitch_of,
    resample,
    resample_valid,
    upright,
)
from tallyscan.calibrate.native_image import native_image
from tallyscan.calibrate.picture_margins import Cut, margins_of
from tallyscan.calibrate.picture_marks import marks_in
from tallyscan.calibrate.picture_standing import Standing, standing_of
from tallyscan.calibrate.profile import ScannerProfile
from tallyscan.calibrate.provenance import calibration_sha256, scanner_cautions
from tallyscan.scan import BoolArray, Float32Array, NoiseModel, RawScan, Scan
from tallyscan.sidecar import Orientation

MOST_PADDING = 0.5  # of a picture: no air ends at once after so much of it
_TURNED = {1: "lay on its right side", 2: "stood upside down", 3: "lay on its left side"}


def display_scan(raw: RawScan, profile: ScannerProfile) -> Scan:
    """Of a picture with an unknown look-up table: its order of greys, upright, bright in air, without what was added.

    The orientation of a sidecar or profile is taken as it is; where neither gives one it is seen in the picture.
    Raises `TooLarge` when the pixel pitch makes the scan impossibly large.
    """
    full_scale = display.full_scale_of(raw)
    colours = display.colours_of(raw, full_scale, profile.colour_table)
    given = orientation_given(raw, profile)
    came = given or Orientation()
    grey, foreign = upright(colours.grey, came), upright(colours.foreign, came)
    standing = _standing(grey, turns_known=given is not None, air_is_bright=colours.air_is_bright)
    seen = Orientation(quarter_turns=standing.quarter_turns)
    grey, foreign = upright(grey, seen), upright(foreign, seen)
    if standing.inverted:
        grey = 1 - grey
    cut = margins_of(grey, upright=True)
    grey, foreign = np.ascontiguousarray(cut.of(grey)), np.ascontiguousarray(cut.of(foreign))
    drawn = marks_in(grey)
    valid = ~(foreign | drawn)
    relative, bright = display.to_relative_transmission(grey, valid)

    orientation, pitch = given or seen, pitch_of(raw.sidecar, profile)
    grid, shape = canonical_grid(raw.pixels.shape[1:], orientation, pitch, cut)
    native = native_image([relative], valid)
    image, valid = np.minimum(resample(relative, shape), np.float32(1)), resample_valid(valid, shape)
    cautions = [*scanner_cautions(raw, profile), *raw.cautions, *raw.sidecar.cautions]
    cautions.append("unknown_scale: a display image, its greys are not proportional to the signal.")
    if pitch is None or pitch.x is None:
        cautions.append("unknown_pitch: nobody says how large a pixel is, so no area and no mass is known.")
    cautions += [*colours.cautions, *_said(standing, cut, grid.upright_shape, drawn)]
    used = {
        "bright": bright,
        "full_scale": full_scale,
        "inverted": standing.inverted,
        "pitch_mm": pitch and pitch.model_dump(),
        "orientation": orientation.model_dump(),
        "cut": cut,
        "colours": colours.kind if colours.table is None else colours.table,
    }
    return Scan(
        transmission=image[np.newaxis],
        valid=valid,
        grade="display",
        energies_mv=(),
        noise=(NoiseModel(0.0, 0.0),),
        grid=grid,
        pitch_known=pitch is not None and pitch.x is not None,
        sha256=raw.sha256,
        scanner=raw.sidecar.scanner or profile.name,
        profile=profile.name,
        calibration_sha256=calibration_sha256(profile, used),
        sidecar=raw.sidecar,
        cautions=tuple(dict.fromkeys(cautions)),
        measured={
            "bright_level": round(bright, 4),
            "inverted": standing.inverted,
            "saturated_share": round(float(np.mean(grey >= grey.max())), 4),
            "margin_share": round(cut.share(grid.upright_shape), 4),
            "colours": colours.kind,
        },
        native=native,
        doors=doors_of(raw.sidecar, profile),
    )


def _standing(grey: Float32Array, *, turns_known: bool, air_is_bright: bool | None) -> Standing:
    """Of a picture with its margins. Black and white ones may be air: all is tried, and believed where most agrees."""
    none, black, white = (
        margins_of(grey, upright=False, black=black, white=white)
        for black, white in ((False, False), (True, False), (False, True))
    )
    missing = black.share((grey.shape[0], grey.shape[1])) > MOST_PADDING
    cuts = {black} if missing else {none, black, white}
    seen = [
        standing_of(cut.of(grey), turns_known=turns_known, air_is_bright=air_is_bright)
        for cut in sorted(cuts)
    ]
    return max(seen, key=lambda standing: standing.agreement)


def orientation_given(raw: RawScan, profile: ScannerProfile) -> Orientation | None:
    """What the sidecar or the profile says; None when neither says anything."""
    said = "orientation" in raw.sidecar.model_fields_set or "orientation" in profile.model_fields_set
    return orientation_of(raw.sidecar, profile) if said else None


def _said(standing: Standing, cut: Cut, shape: tuple[int, int], drawn: BoolArray) -> list[str]:
    """What was done to the picture, as cautions."""
    said = []
    if standing.inverted:
        said.append("inverted: the image was shown with dark air and was turned.")
    if standing.quarter_turns:
        said.append(
            f"turned: by what is seen in it the image {_TURNED[standing.quarter_turns]}, and was turned upright."
        )
    if not standing.sure:
        said.append(
            "orientation_unsure: the image may lie on its side or stand upside down; it was read as it came. Give "
            "its orientation in the sidecar or the scanner's profile."
        )
    if any(cut):
        said.append(
            f"margins: {cut.share(shape):.0%} of the image lie around the scan (margins or a frame) and were cut off."
        )
    if drawn.any():
        said.append(
            f"drawn_marks: {drawn.mean():.1%} of the image are lines, boxes or letters on the scan and were left out."
        )
    return said
