"""From a transmission image to the 8-bit picture that a vendor's workstation exports."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.scan import Float32Array
from training.simulate.display_overlays import draw_boxes, draw_ruler, draw_texts
from training.simulate.display_style import DisplayStyle, Rng, draw_style

__all__ = ["DisplayStyle", "display_picture", "draw_style", "grey_of_picture", "tone_curve"]

Picture = NDArray[np.uint8]
DARKEST = 1e-5
_AIR = 0.96
_COLOUR_MAPS = {"hot": cv2.COLORMAP_HOT, "rainbow": cv2.COLORMAP_JET, "sepia": cv2.COLORMAP_PINK}
# Colours of dual-energy pictures, by convention orange for organic, green for mixed, blue for metal.
_ORGANIC, _MIXED, _METAL = np.array([[255, 140, 30], [60, 190, 70], [50, 100, 230]], np.float32) / 255
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, the one that JPEG uses


def display_picture(rng: Rng, transmission: Float32Array, style: DisplayStyle) -> Picture:
    """Picture (height, width), or (height, width, 3) in RGB, of transmission (height, width) or of two energies.

    Air is bright unless the style inverts. `style.affine` says where in it a pixel of the input has gone.
    """
    high = transmission[0] if transmission.ndim == 3 else transmission
    grey = toned(high, style)
    grey = grey * unevenness(rng, grey.shape, style)
    for row in rng.integers(0, len(grey), style.bright_rows):  # of a badly matched detector board
        board = grey[row : row + int(rng.integers(1, 4))]
        np.add(board, np.float32(rng.uniform(-0.15, 0.4)), out=board)
    grey = _windowed(grey, style)
    grey = _filtered(_resampled(grey, style, high.shape), style)
    if style.grain:  # what denoising leaves
        grey = grey + np.float32(style.grain) * rng.standard_normal(grey.shape, dtype=np.float32)
    picture = np.clip(grey * 255, 0, 255).astype(np.uint8)
    if style.inverted:
        picture = 255 - picture
    if style.colour == "dual" and transmission.ndim == 3 and len(transmission) > 1:
        hue = _resampled(material_hue(transmission), style, high.shape)
        picture = coloured(picture, hue)
    elif style.colour in _COLOUR_MAPS:
        picture = np.asarray(cv2.applyColorMap(picture, _COLOUR_MAPS[style.colour])[..., ::-1], np.uint8)
    elif style.three_channels:
        picture = np.repeat(picture[..., None], 3, axis=2)
    return _compressed(_annotated(rng, picture, style), style)


def grey_of_picture(picture: Picture) -> Float32Array:
    """Brightness in 0 to 1, as `tallyscan.calibrate.display` reads it from one channel or three."""
    if picture.ndim == 2:
        return picture.astype(np.float32) * np.float32(1 / 255)
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) * np.float32(1 / 255)


def toned(transmission: Float32Array, style: DisplayStyle) -> Float32Array:
    """Grey of a transmission image by the style's look-up table; some tables depend on the image."""
    t = np.clip(transmission, DARKEST, 1.0).astype(np.float32)
    if style.tone in (
        "equalised",
        "local",
    ):  # by what is in the picture, so the noise of air must be none of it
        t = np.minimum(t, np.float32(_AIR))
    if style.tone == "equalised":  # every grey as often as every other, mixed with a plain gamma
        root = np.sqrt(t)
        histogram, edges = np.histogram(root[::2, ::2], bins=512, range=(0, 1))
        share = np.concatenate([[0.0], np.cumsum(histogram) / histogram.sum()])
        even = np.interp(root, edges, share).astype(np.float32)
        return np.asarray(style.contrast * even + (1 - style.contrast) * root, np.float32)
    if style.tone == "local":  # contrast-limited adaptive histogram equalisation
        tiles = cv2.createCLAHE(clipLimit=style.contrast, tileGridSize=(6, 6))
        return tiles.apply((np.sqrt(t) * 65535).astype(np.uint16)).astype(np.float32) * np.float32(1 / 65535)
    return tone_curve(t, style)


def tone_curve(t: Float32Array, style: DisplayStyle) -> Float32Array:
    """The look-up tables that are curves: rising from transmission DARKEST to 1."""
    if style.tone == "log":
        return np.maximum(1 + np.log(t) / np.float32(style.contrast), 0)
    if style.tone == "log1p":
        return np.log1p(style.contrast * t) / np.float32(np.log1p(style.contrast))
    if style.tone == "s_curve":
        up = t ** np.float32(style.contrast / 2)
        return np.asarray(up / (up + (1 - np.sqrt(t)) ** np.float32(style.contrast)), np.float32)
    if style.tone == "piecewise":
        rise = np.concatenate([[0.0], np.cumsum(style.knots)])
        places = np.linspace(0, 1, len(rise))
        return np.interp(t ** np.float32(style.contrast), places, rise).astype(np.float32)
    return t ** np.float32(style.contrast)


def unevenness(rng: Rng, shape: tuple[int, ...], style: DisplayStyle) -> Float32Array:
    """A factor around 1 (height, width): air that is not equally bright over the picture, boards and columns."""
    height, width = shape
    if not (style.uneven or style.boards or style.banding):
        return np.ones((1, 1), np.float32)
    coarse = rng.normal(0, style.uneven, (4, 6)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    field = np.asarray(1 + smooth, np.float32)
    gains = rng.normal(0, style.boards, height // style.board_rows + 1)
    field += gains.repeat(style.board_rows)[:height, None].astype(np.float32)
    field += rng.normal(0, style.banding, width).astype(np.float32)[None, :]
    return np.asarray(field, np.float32)


def material_hue(transmission: Float32Array) -> Float32Array:
    """0 organic, 0.5 mixed, 1 metal (height, width), from the ratio of smoothed attenuations.

    A workstation's colours, not a measurement: the ends are typical ratios of 6/4 MV.
    """
    size = (max(transmission.shape[2] // 2, 1), max(transmission.shape[1] // 2, 1))
    high, low = (
        -np.log(np.clip(cv2.blur(cv2.resize(t, size, interpolation=cv2.INTER_AREA), (3, 3)), 1e-4, 0.999))
        for t in transmission[:2]
    )
    ratio = low / np.maximum(high, 1e-3)
    hue = np.clip((np.float32(1.20) - ratio) / np.float32(0.07), 0, 1)
    back = (transmission.shape[2], transmission.shape[1])
    return np.asarray(cv2.resize(hue, back, interpolation=cv2.INTER_LINEAR), np.float32)


def coloured(grey: Picture, hue: Float32Array) -> Picture:
    """RGB of about the same brightness as the grey picture; white and black stay without colour."""
    knots = np.stack([_ORGANIC, _MIXED, _METAL])
    rgb = np.stack([np.interp(hue, [0, 0.5, 1], knots[:, channel]) for channel in range(3)], axis=-1)
    level = grey.astype(np.float32)[..., None] * np.float32(1 / 255)
    strength = np.clip((1 - level) * 3, 0, 0.9)
    tint = rgb.astype(np.float32) / (rgb @ _LUMA)[..., None].astype(np.float32)
    return np.clip(level * (1 - strength + strength * tint) * 255, 0, 255).astype(np.uint8)


def _windowed(grey: Float32Array, style: DisplayStyle) -> Float32Array:
    grey -= np.float32(style.black)
    grey *= np.float32(1 / (style.white - style.black))
    return np.clip(grey, 0, 1, out=grey)


def _resampled(grey: Float32Array, style: DisplayStyle, shape: tuple[int, ...]) -> Float32Array:
    height, width = shape
    size = (max(round(width * style.scale_x), 8), max(round(height * style.scale_y), 8))
    if size == (width, height):
        return grey
    how = cv2.INTER_AREA if min(style.scale_x, style.scale_y) < 1 else cv2.INTER_LINEAR
    out = cv2.resize(grey, size, interpolation=how)
    if style.keep_size:
        out = cv2.resize(out, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(out, np.float32)


def _filtered(grey: Float32Array, style: DisplayStyle) -> Float32Array:
    if style.denoising == "median":
        grey = np.asarray(cv2.medianBlur(grey, 3), np.float32)
    elif style.denoising == "bilateral":
        grey = np.asarray(cv2.bilateralFilter(grey, 5, 0.06, 2.0), np.float32)
    elif style.denoising == "gaussian":
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), style.softness_px), np.float32)
    if style.sharpening:
        soft = cv2.GaussianBlur(grey, (0, 0), style.sharpening_px)
        grey = grey + np.float32(style.sharpening) * (grey - soft)
    return np.asarray(grey, np.float32)


def _annotated(rng: Rng, picture: Picture, style: DisplayStyle) -> Picture:
    """Boxes and texts on the scan, a frame around it, margins around that and a scale along their edge."""
    picture = np.ascontiguousarray(picture)
    draw_boxes(rng, picture, style.boxes)
    if style.frame_px:
        height, width = picture.shape[:2]
        level = int(rng.choice([0, 128, 255]))
        cv2.rectangle(picture, (0, 0), (width - 1, height - 1), (level,) * 3, 2 * style.frame_px - 1)
    if any(style.margins):
        top, right, bottom, left = style.margins
        grey = (style.margin_grey,) * 3
        picture = np.asarray(
            cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_CONSTANT, value=grey), np.uint8
        )
    draw_texts(rng, picture, style.texts)
    if style.ruler:
        draw_ruler(rng, picture)
    return picture


def _compressed(picture: Picture, style: DisplayStyle) -> Picture:
    flag = cv2.IMREAD_GRAYSCALE if picture.ndim == 2 else cv2.IMREAD_COLOR
    for quality in style.qualities:
        stored = picture if picture.ndim == 2 else np.ascontiguousarray(picture[..., ::-1])
        _, coded = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, quality])
        decoded = np.asarray(cv2.imdecode(coded, flag), np.uint8)
        picture = decoded if picture.ndim == 2 else np.ascontiguousarray(decoded[..., ::-1])
    return picture
