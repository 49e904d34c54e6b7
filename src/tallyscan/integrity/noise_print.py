"""The noise fingerprint: a copied image has the noise of the first, a container scanned again has other noise."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.integrity.load_box import LoadBox
from tallyscan.scan import Float32Array

TILE = 32  # cells along a side
TILES = 24  # at most; 24 576 signs in all
MIN_TILES = 6
_SEARCH = 12  # cells by which a tile may lie elsewhere than the load says, 120 mm
_HIGH_PASS = 5  # cells; wider is cargo
_LINES = 33  # cells along which rows and columns have an error of their own
_CLIP = 3.0  # local sigmas: an edge is no noise
# Correlation with the neighbour cell: noise has none, texture and edges have. Coarse pixels that were brought to
# 5 mm have some too: where too few tiles are plain, the plainest fifth is taken, up to the second value.
_MOST_STRUCTURE = (0.12, 0.4)
_IN_THE_BEAM = 0.05  # of attenuation: exports wash out open air, and its noise is cut off at 1
_LEAST_SIGMA = 2e-5  # of attenuation, in a cell: less is a grey that never changes
_MOST_EMPTY = 0.1  # of the cells of a tile at the end of the scale
_SCALES = tuple(1 + step / 1000 for step in range(-20, 21, 2))
_STRETCH = 12  # cells by which such a scale moves a tile, at most
_ANOTHER_SCALE = 0.03  # relative difference of the loads' sizes: less is a few lines more or less
_MOST_SCALE = 10.0  # of areas: beyond it is another picture

_TILE_TYPE = np.dtype([("x", "<f4"), ("y", "<f4"), ("signs", "u1", (TILE * TILE // 8,))])
_Tiles = NDArray[np.void]


@dataclass(frozen=True, eq=False)
class NoiseMap:
    """The noise of an image on cells of two canonical pixels (10 mm): z (rows, columns), in local sigmas.

    `means` is the attenuation of the cells, `box` the load in canonical pixels.
    """

    z: Float32Array
    means: Float32Array
    box: LoadBox


def noise_map(attenuation: Float32Array, box: LoadBox) -> NoiseMap:
    """The high-pass residual, without the errors of rows (detector cells) and columns (pulses)."""
    height, width = attenuation.shape
    means = cv2.resize(
        attenuation[: height // 2 * 2, : width // 2 * 2],
        (width // 2, height // 2),
        interpolation=cv2.INTER_AREA,
    )
    return _mapped(np.asarray(means, np.float32), box)


def noise_print(noise: NoiseMap) -> bytes | None:
    """Signs of the noise in the tiles of the load that hold noise and hardly anything else; None of too few.

    Of the tiles without structure those are kept whose noise shows most in a picture, so that an export keeps it.
    24 tiles are 3.3 kB.
    """
    z, means, box = noise.z, noise.means, noise.box
    rows, columns = z.shape
    if min(rows, columns) < TILE:
        return None
    power = _over_tiles(z * z)
    beside = np.zeros_like(z)
    below = np.zeros_like(z)
    beside[:, :-1], below[:-1] = z[:, 1:] * z[:, :-1], z[1:] * z[:-1]
    structure = np.maximum(np.abs(_over_tiles(beside)), np.abs(_over_tiles(below))) / np.maximum(power, 1e-6)
    residual = means - cv2.blur(means, (_HIGH_PASS, _HIGH_PASS), borderType=cv2.BORDER_REFLECT)
    sigma = np.sqrt(np.maximum(_over_tiles(residual * residual), 0))
    empty = _over_tiles((residual == 0).astype(np.float32))
    shown = sigma * np.exp(-_over_tiles(means) / 2)  # grey is about the root of transmission
    noisy = (sigma > _LEAST_SIGMA) & (empty < _MOST_EMPTY) & (_over_tiles(means) > _IN_THE_BEAM)
    if not noisy.any():
        return None
    step = TILE // 4
    chosen: list[tuple[int, int]] = []
    for most in (_MOST_STRUCTURE[0], min(float(np.quantile(structure[noisy], 0.2)), _MOST_STRUCTURE[1])):
        fit = noisy & (structure < most)
        places = [
            (float(shown[y, x]), y, x)
            for y in range(_SEARCH, rows - TILE - _SEARCH + 1, step)
            for x in range(_SEARCH, columns - TILE - _SEARCH + 1, step)
            if fit[y, x]
        ]
        chosen = _apart(places)
        if len(chosen) >= MIN_TILES:
            break
    else:
        return None
    tiles = np.zeros(len(chosen), _TILE_TYPE)
    for tile, (y, x) in zip(tiles, chosen, strict=True):
        tile["x"], tile["y"] = x - (box.x0 + box.x1) / 4, y - (box.y0 + box.y1) / 4
        tile["signs"] = np.packbits(z[y : y + TILE, x : x + TILE] > 0)
    return np.array([box.width, box.height], "<f4").tobytes() + tiles.tobytes()


def _apart(places: list[tuple[float, int, int]]) -> list[tuple[int, int]]:
    """Row and column of the best places that do not overlap, `TILES` at most."""
    chosen: list[tuple[int, int]] = []
    for _, y, x in sorted(places, reverse=True):
        if all(abs(x - other_x) >= TILE or abs(y - other_y) >= TILE for other_y, other_x in chosen):
            chosen.append((y, x))
            if len(chosen) == TILES:
                break
    return chosen


def likeness(noise: NoiseMap, printed: bytes) -> float | None:
    """Correlation of an image's noise with a print, -1 to 1; None where fewer than `MIN_TILES` lie in the image.

    The median over the tiles at the shift, common to all, where their mean is largest: noise is alike in all tiles of
    a copy, an edge that lies in some tiles of two scans is not. About 0.75 of the image itself; of another image, of
    the same container too, a few hundredths. A picture whose pixel size is not known is brought to a height, so that a
    few lines cut off change its scale: small changes of scale are tried. One of another size is brought to the scale of
    the print.
    """
    box_width, box_height = (float(side) for side in np.frombuffer(printed, "<f4", 2))
    tiles: _Tiles = np.frombuffer(printed, _TILE_TYPE, offset=8)
    across, down = noise.box.width / box_width, noise.box.height / box_height
    found = [_correlation(noise, tiles)]
    if max(abs(across - 1), abs(down - 1)) > _ANOTHER_SCALE and 1 / _MOST_SCALE < across * down < _MOST_SCALE:
        found.append(_correlation(_at_scale(noise, across, down), tiles))
    return max((value for value in found if value is not None), default=None)


def _correlation(noise: NoiseMap, tiles: _Tiles) -> float | None:
    """At the best shift and the best of `_SCALES`, for which only the places of the tiles are moved."""
    rows, columns = noise.z.shape
    wide = _SEARCH + _STRETCH
    reach = TILE + 2 * wide
    middle_x, middle_y = (noise.box.x0 + noise.box.x1) / 4, (noise.box.y0 + noise.box.y1) / 4
    padded = cv2.copyMakeBorder(noise.z, wide, wide, wide, wide, cv2.BORDER_CONSTANT, value=0.0)
    surfaces, places = [], []
    for tile in tiles:
        x, y = round(middle_x + float(tile["x"])), round(middle_y + float(tile["y"]))
        if not (0 <= x <= columns - TILE and 0 <= y <= rows - TILE):
            continue
        signs = np.unpackbits(tile["signs"]).reshape(TILE, TILE).astype(np.float32) * 2 - 1
        window = np.ascontiguousarray(padded[y : y + reach, x : x + reach])
        found = cv2.matchTemplate(window, signs, cv2.TM_CCOEFF_NORMED)
        surfaces.append(np.asarray(np.nan_to_num(found), np.float32))
        places.append((float(tile["y"]) + TILE / 2, float(tile["x"]) + TILE / 2))
    if len(surfaces) < MIN_TILES:
        return None
    return max(_at_one_scale(surfaces, places, scale) for scale in _SCALES)


def _at_one_scale(
    surfaces: list[NDArray[np.float32]], places: list[tuple[float, float]], scale: float
) -> float:
    side = 2 * _SEARCH + 1
    parts = np.empty((len(surfaces), side, side), np.float32)
    for part, surface, (y, x) in zip(parts, surfaces, places, strict=True):
        top, left = (
            _STRETCH + int(np.clip(round((scale - 1) * place), -_STRETCH, _STRETCH)) for place in (y, x)
        )
        part[:] = surface[top : top + side, left : left + side]
    down, across = np.unravel_index(int(parts.mean(axis=0).argmax()), (side, side))
    return float(np.median(parts[:, down, across]))


def mirrored(noise: NoiseMap) -> NoiseMap:
    """The noise of the image with left and right exchanged."""
    columns = noise.z.shape[1]
    return NoiseMap(
        np.ascontiguousarray(noise.z[:, ::-1]),
        np.ascontiguousarray(noise.means[:, ::-1]),
        noise.box.mirrored(2 * columns),
    )


def _mapped(means: Float32Array, box: LoadBox) -> NoiseMap:
    reflect = cv2.BORDER_REFLECT
    z = means - cv2.blur(means, (_HIGH_PASS, _HIGH_PASS), borderType=reflect)
    z -= np.median(
        z, axis=1, keepdims=True
    )  # of a whole line: the gains of cells and pulses, which no edge moves
    z -= np.median(z, axis=0, keepdims=True)
    for _ in range(2):  # what an edge leaves in the mean of its line is less the second time
        sigma = _sigma(z)
        z = np.clip(z, -np.float32(_CLIP) * sigma, np.float32(_CLIP) * sigma)
        z -= cv2.blur(z, (_LINES, 1), borderType=reflect)
        z -= cv2.blur(z, (1, _LINES), borderType=reflect)
    sigma = _sigma(z)
    return NoiseMap(np.asarray(z / sigma, np.float32), means, box)


def _sigma(z: Float32Array) -> Float32Array:
    power = cv2.blur(z * z, (_LINES, _LINES), borderType=cv2.BORDER_REFLECT)
    return np.asarray(
        np.sqrt(np.maximum(power, 0)) + np.float32(1e-9), np.float32
    )  # a running sum may err below 0


def _at_scale(noise: NoiseMap, across: float, down: float) -> NoiseMap:
    rows, columns = noise.means.shape
    size = (max(round(columns / across), 1), max(round(rows / down), 1))
    means = np.asarray(cv2.resize(noise.means, size, interpolation=cv2.INTER_AREA), np.float32)
    box = noise.box
    return _mapped(means, LoadBox(box.x0 / across, box.y0 / down, box.x1 / across, box.y1 / down))


def _over_tiles(plane: Float32Array) -> Float32Array:
    """Mean over the tile whose upper left cell each cell is; not defined where the tile would leave the plane."""
    return np.asarray(
        cv2.blur(plane, (TILE, TILE), anchor=(0, 0), borderType=cv2.BORDER_REPLICATE), np.float32
    )
