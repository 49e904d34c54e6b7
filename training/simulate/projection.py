"""Areal densities of solids along the rays of a fan beam, in g/cm2: exact path lengths, vectorised over pixels."""

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.physics.attenuation import FloatArray
from training.simulate.fan_beam import FanBeam
from training.simulate.solids import Grid, Loft, Round, Solid, Sway, Texture

Float32Array = NDArray[np.float32]
Reals = NDArray[np.floating]
SUB_RAYS = 3  # rays in a row: thin plates seen edge-on must neither vanish nor double
_FLATTEST = 1e-5  # slope: a ray parallel to a face would divide by zero
_HIGHEST_SWAY = 1.2  # of a solid's height: the near edge of its top appears higher than its middle


class Patch:
    """Areal density of one solid over the rows and columns that it reaches."""

    def __init__(self, rows: slice, columns: slice, areal_g_cm2: Float32Array) -> None:
        self.rows, self.columns, self.areal_g_cm2 = rows, columns, areal_g_cm2

    def add_to(self, plane: Float32Array, share: float | Float32Array = 1.0) -> None:
        """Add it to a plane of the whole window, times a number or one a row, (rows, 1)."""
        plane[self.rows, self.columns] += self.areal_g_cm2 * np.asarray(share, np.float32)

    def depths(self, beam: FanBeam, solid: Solid) -> Float32Array:
        """How deep the solid lies on each row's ray over the reference plane's depth, (rows, 1)."""
        return beam.depths(solid.extent, self.rows).astype(np.float32)[:, None]


def project(solid: Solid, beam: FanBeam, columns_mm: FloatArray) -> Patch | None:
    """Shadow of a solid in the columns at x = `columns_mm` (rising); None where it does not reach."""
    if not (isinstance(solid, Grid) and solid.sway is not None):
        return _patch(solid, beam, columns_mm)
    # What sways into the window from beside it has to be drawn first, else the window's edge would cut it off.
    above = int(_HIGHEST_SWAY * _widest_sag(solid) / beam.pitch_mm) + 2
    beside = int(_HIGHEST_SWAY * abs(_widest_lean(solid)) / _column_pitch(columns_mm)) + 2
    wide_beam = replace(beam, rows_mm=_continued(beam.rows_mm, above))
    patch = _patch(solid, wide_beam, _continued(columns_mm, beside))
    return None if patch is None else _cut(patch, (above, beside), (len(beam.rows_mm), len(columns_mm)))


def _column_pitch(columns_mm: FloatArray) -> float:
    return float(columns_mm[1] - columns_mm[0]) if len(columns_mm) > 1 else 5.0


def _continued(places_mm: FloatArray, count: int) -> FloatArray:
    """So many more rows or columns on either side, as far apart as the outermost ones."""
    steps = np.arange(1, count + 1)
    first = places_mm[1] - places_mm[0] if len(places_mm) > 1 else 5.0
    last = places_mm[-1] - places_mm[-2] if len(places_mm) > 1 else 5.0
    return np.concatenate([places_mm[0] - first * steps[::-1], places_mm, places_mm[-1] + last * steps])


def _cut(patch: Patch, margin: tuple[int, int], shape: tuple[int, int]) -> Patch | None:
    """The part of a patch inside a window of this shape (rows, columns) with such a margin around it."""
    places, inner = [], []
    for held, around, length in zip((patch.rows, patch.columns), margin, shape, strict=True):
        start, stop = max(held.start - around, 0), min(held.stop - around, length)
        if stop <= start:
            return None
        places.append(slice(start, stop))
        inner.append(slice(start + around - held.start, stop + around - held.start))
    return Patch(places[0], places[1], patch.areal_g_cm2[inner[0], inner[1]])


def _patch(solid: Solid, beam: FanBeam, columns_mm: FloatArray) -> Patch | None:
    extent, pitch = solid.extent, _column_pitch(columns_mm)
    reach = abs(_widest_lean(solid)) + pitch
    first, last = np.searchsorted(columns_mm, [extent.x0 - reach, extent.x1 + reach])
    if last <= first:
        return None
    top, bottom = beam.rows_spanned(extent)
    sag = _widest_sag(solid) / beam.pitch_mm
    r0, r1 = max(int(top - sag) - 1, 0), min(int(bottom + sag) + 3, len(beam.rows_mm))
    if r1 <= r0:
        return None
    rows, columns = slice(r0, r1), slice(int(first), int(last))
    x = columns_mm[columns]
    slopes = _sub_slopes(beam, r0, r1)
    if isinstance(solid, Grid):
        areal = _grid(solid, beam, slopes, x, pitch)
    elif isinstance(solid, Loft):
        areal = _loft(solid, beam, slopes, x, pitch)
    else:
        areal = _round(solid, beam, slopes, x, pitch)
    if solid.texture is not None:
        areal *= _texture(solid.texture, solid, beam, r0, r1, x)
    if isinstance(solid, Grid) and solid.sway is not None:
        if beam.view == "side":
            areal = _swayed(areal, solid.sway, solid, beam, r0, r1, x)
        else:
            areal = _leaned(areal, _widest_lean(solid) / pitch)
    return Patch(rows, columns, areal)


def total(solids: Iterable[Solid], beam: FanBeam, columns_mm: FloatArray) -> Float32Array:
    """Areal density of solids together, (rows, columns), whatever they are made of."""
    plane = np.zeros((len(beam.rows_mm), len(columns_mm)), np.float32)
    for solid in solids:
        patch = project(solid, beam, columns_mm)
        if patch is not None:
            patch.add_to(plane)
    return plane


def _widest_lean(solid: Solid) -> float:
    if isinstance(solid, Grid) and solid.sway is not None:
        return solid.sway.lean * float(solid.y_mm[-1] - solid.y_mm[0])
    return 0.0


def _widest_sag(solid: Solid) -> float:
    if isinstance(solid, Grid) and solid.sway is not None:
        return float(np.abs(solid.sway.sag_mm).max())
    return 0.0


def _sub_slopes(beam: FanBeam, r0: int, r1: int) -> FloatArray:
    """Slopes of the rays in rows r0 to r1, (SUB_RAYS, rows)."""
    slopes = beam.slopes
    step = np.gradient(slopes)[r0:r1]
    offsets = (np.arange(SUB_RAYS) + 0.5) / SUB_RAYS - 0.5
    t = slopes[None, r0:r1] + offsets[:, None] * step[None, :]
    return np.where(np.abs(t) < _FLATTEST, _FLATTEST, t)


def _covered(x: FloatArray, pitch: float, x0: float, x1: float) -> Float32Array:
    """How much of each column lies in [x0, x1], 0 to 1."""
    left, right = np.maximum(x - pitch / 2, x0), np.minimum(x + pitch / 2, x1)
    return np.clip((right - left) / pitch, 0, 1).astype(np.float32)


def _path_in_rectangle(t: Reals, source: float, v0: Reals, v1: Reals, w0: Reals, w1: Reals) -> Reals:
    """Length in mm of the rays v = source + t w inside rectangles; arguments broadcast."""
    with np.errstate(over="ignore"):
        a, b = (v0 - source) / t, (v1 - source) / t
    near = np.maximum(np.minimum(a, b), w0)
    far = np.minimum(np.maximum(a, b), w1)
    return np.maximum(far - near, 0) * np.sqrt(1 + t * t)


def _grid(solid: Grid, beam: FanBeam, slopes: FloatArray, x: FloatArray, pitch: float) -> Float32Array:
    filled = np.flatnonzero(np.abs(solid.density).max(axis=0).ravel() > 0)
    if not len(filled):
        return np.zeros((slopes.shape[1], len(x)), np.float32)
    iy, iz = np.unravel_index(filled, solid.density.shape[1:])
    v0, v1, w0, w1 = beam.v_bounds(solid.y_mm[iy], solid.y_mm[iy + 1], solid.z_mm[iz], solid.z_mm[iz + 1])
    path = np.zeros((slopes.shape[1], len(filled)), np.float64)
    for t in slopes:
        path += _path_in_rectangle(t[:, None], beam.source_mm, v0, v1, w0, w1)
    path *= 1 / len(slopes)
    cells = solid.density.reshape(len(solid.density), -1)[:, filled]  # (nx, cells)
    left, right = x - pitch / 2, x + pitch / 2
    i0 = np.clip(np.searchsorted(solid.x_mm, left, side="right") - 1, 0, len(cells) - 1)
    i1 = np.clip(np.searchsorted(solid.x_mm, right, side="left") - 1, 0, len(cells) - 1)
    if int((i1 - i0).max()) <= 1:  # a column meets two cells at most: no matrix of (columns, cells) is needed
        edge = solid.x_mm[i0 + 1]
        in_first = np.clip(np.minimum(right, edge) - np.maximum(left, solid.x_mm[0]), 0, pitch) / pitch
        in_second = np.clip(np.minimum(right, solid.x_mm[-1]) - edge, 0, pitch) / pitch
        along = cells[i0] * in_first[:, None].astype(np.float32)
        along += cells[i1] * (in_second * (i1 > i0))[:, None].astype(np.float32)
    else:
        low = np.maximum(left[:, None], solid.x_mm[None, :-1])
        high = np.minimum(right[:, None], solid.x_mm[None, 1:])
        along = (np.clip(high - low, 0, None) / pitch).astype(np.float32) @ cells
    return np.asarray((path * 0.1).astype(np.float32) @ along.T, np.float32)


def _loft(solid: Loft, beam: FanBeam, slopes: FloatArray, x: FloatArray, pitch: float) -> Float32Array:
    y0, y1, z0, z1 = (
        np.interp(x, solid.x_mm, v) for v in (solid.y0_mm, solid.y1_mm, solid.z0_mm, solid.z1_mm)
    )
    v0, v1, w0, w1 = (side.astype(np.float32) for side in beam.v_bounds(y0, y1, z0, z1))
    covered = _covered(x, pitch, float(solid.x_mm[0]), float(solid.x_mm[-1]))
    thin = (v1 <= v0) | (w1 <= w0)
    constant = len(solid.x_mm) == 2 and np.ptp(np.stack([y0, y1, z0, z1]), axis=1).max() < 1e-9
    if constant:  # one profile for all columns
        v0, v1, w0, w1 = (side[:1] for side in (v0, v1, w0, w1))
    path = np.zeros((slopes.shape[1], len(v0)), np.float32)
    for t in slopes.astype(np.float32):
        path += _path_in_rectangle(t[:, None], float(beam.source_mm), v0, v1, w0, w1).astype(np.float32)
    factor = np.where(thin, 0, covered) * np.float32(0.1 * solid.density / len(slopes))
    return np.asarray(path * factor[None, :], np.float32)


def _round(solid: Round, beam: FanBeam, slopes: FloatArray, x: FloatArray, pitch: float) -> Float32Array:
    cy, cz, ay, az = (
        np.interp(x, solid.x_mm, v) for v in (solid.cy_mm, solid.cz_mm, solid.ay_mm, solid.az_mm)
    )
    v0, v1, w0, w1 = beam.v_bounds(cy - ay, cy + ay, cz - az, cz + az)
    cv, cw = ((v0 + v1) / 2).astype(np.float32), ((w0 + w1) / 2).astype(np.float32)
    av, aw = (np.maximum((b - a) / 2, 1e-3).astype(np.float32) for a, b in ((v0, v1), (w0, w1)))
    factor = _covered(x, pitch, float(solid.x_mm[0]), float(solid.x_mm[-1]))
    factor = factor * np.float32(0.1 * solid.density / len(slopes))
    path = np.zeros((slopes.shape[1], len(x)), np.float32)
    for t in slopes.astype(np.float32):
        # v = source + t w through ((v - cv) / av)^2 + ((w - cw) / aw)^2 = 1: a quadratic in w - cw.
        m = t[:, None] / av
        d = m * cw + (np.float32(beam.source_mm) - cv) / av
        a = m * m + 1 / (aw * aw)
        inside = np.maximum(a - d * d / (aw * aw), 0)
        path += 2 * np.sqrt(inside) / a * np.sqrt(1 + t * t)[:, None]
    return np.asarray(path * factor[None, :], np.float32)


def _texture(texture: Texture, solid: Solid, beam: FanBeam, r0: int, r1: int, x: FloatArray) -> Float32Array:
    """The factor of a texture in the solid's window; it hangs on the solid, wherever the window lies."""
    extent, lattice = solid.extent, texture.lattice
    top, bottom = beam.rows_spanned(extent)
    height, width = lattice.shape
    row = (np.arange(r0, r1) - top) / max(bottom - top, 1) * (height - 1)
    column = (x - extent.x0) / max(extent.x1 - extent.x0, 1) * (width - 1)
    shape = (r1 - r0, len(x))
    map_x = np.broadcast_to(column.astype(np.float32)[None, :], shape)
    map_y = np.broadcast_to(row.astype(np.float32)[:, None], shape)
    out = cv2.remap(
        lattice, np.ascontiguousarray(map_x), np.ascontiguousarray(map_y), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(out, np.float32)


def _swayed(
    areal: Float32Array, sway: Sway, solid: Grid, beam: FanBeam, r0: int, r1: int, x: FloatArray
) -> Float32Array:
    """Shift what stands high by the whole sag and lean, what stands on the floor by nothing."""
    top, bottom = beam.rows_spanned(solid.extent)
    up = np.clip((bottom - np.arange(r0, r1)) / max(bottom - top, 1), 0, _HIGHEST_SWAY).astype(np.float32)[
        :, None
    ]
    sag_px = (np.interp(x, sway.x_mm, sway.sag_mm) / beam.pitch_mm).astype(np.float32)[None, :]
    pitch_x = float(x[1] - x[0]) if len(x) > 1 else 5.0
    lean_px = np.float32(sway.lean * (solid.y_mm[-1] - solid.y_mm[0]) / pitch_x)
    map_x = np.arange(len(x), dtype=np.float32)[None, :] - up * lean_px
    map_y = np.arange(r1 - r0, dtype=np.float32)[:, None] - up * sag_px
    size = np.broadcast_shapes(map_x.shape, map_y.shape)
    moved = cv2.remap(
        areal, np.ascontiguousarray(np.broadcast_to(map_x, size)), np.ascontiguousarray(np.broadcast_to(map_y, size)),
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT,
    )  # fmt: skip
    return np.asarray(moved, np.float32)


def _leaned(areal: Float32Array, lean_px: float) -> Float32Array:
    """From above what leans is smeared: its foot stays, its top moves by `lean_px` columns, the rest in between.

    How far it sags cannot be seen from there.
    """
    if abs(lean_px) < 1e-3:
        return areal
    reach = int(np.ceil(abs(lean_px) + 0.5))
    shift = np.arange(-reach, reach + 1)
    low, high = sorted((0.0, lean_px))
    share = np.clip(np.minimum(shift + 0.5, high) - np.maximum(shift - 0.5, low), 0, None) / (high - low)
    kernel = share[::-1].astype(np.float32)[None, :]  # of a correlation: what comes from the left moves right
    return np.asarray(cv2.filter2D(areal, -1, kernel, borderType=cv2.BORDER_CONSTANT), np.float32)
