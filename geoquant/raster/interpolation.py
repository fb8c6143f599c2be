"""Resampling between grids that do not nest: every band over the pixels that are valid, and no value from others.

Finer than 1.5 file pixels it is bilinear (the kernel as wide as a wanted pixel, where that is wider than a file pixel),
coarser it is the mean of what a wanted pixel covers: the kernels of GDAL's warper. The warper itself takes a pixel for
valid where any of its bands is, knows neither masks of single bands nor NaN, and refuses a file with alpha.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import Window, ceil_div
from geoquant.raster.pixel_positions import Floats, Positions
from geoquant.raster.resampling import rounded

_AVERAGED_FROM = 1.5
_NARROWED_BELOW = 0.95
_LEAST_SHARE = 0.5

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class _Taps:
    """Along one axis: for every position the pixels that count and how much, in leading axes of ``(tap, ...)``."""

    pixels: Indices
    weights: Floats


def margin(ratio: tuple[float, float]) -> tuple[int, int]:
    """Pixels ``(y, x)`` around a position that its value may depend on."""
    return tuple(int(np.ceil(_half_width(size, _averages(ratio)))) + 1 for size in ratio)  # type: ignore[return-value]


def interpolated(
    source: NDArray[Any], source_valid: NDArray[np.bool_], at: tuple[Positions, Window], out: NDArray[Any]
) -> NDArray[np.bool_]:
    """Fill ``out`` ``(band, y, x)`` with the values at the positions, made of valid pixels alone.

    An interpolated pixel is valid where the file's pixel under its centre is, an averaged one where at least half of
    what it covers is. What lies beyond the edge of ``source`` counts as the edge does.

    Args:
        source: ``(band, y, x)``, the pixels of a window of the file.
        source_valid: ``(y, x)``.
        at: positions in the file, and the window that ``source`` is.
        out: filled; integers round half up.

    Returns:
        validity ``(y, x)`` of ``out``, but for positions outside the file.
    """
    where, window = at
    averages = _averages(where.ratio)
    rows = _taps(where.rows - window.row, window.height, where.ratio[0], averages)
    cols = _taps(where.cols - window.col, window.width, where.ratio[1], averages)
    combine = _by_axis if where.separable else _by_point
    whole = bool(source_valid.all())
    share = None if whole else combine(source_valid.astype(np.float64), rows, cols)
    divisor = None if share is None else np.where(share > 0, share, 1.0)
    for layer, target in zip(source, out, strict=True):
        total = combine((layer if whole else np.where(source_valid, layer, 0)).astype(np.float64), rows, cols)
        target[...] = rounded(total if divisor is None else total / divisor, out.dtype)
    if share is None:
        return np.ones(out.shape[1:], np.bool_)
    return share >= _LEAST_SHARE if averages else nearest(source_valid, where, window)


def nearest(source: NDArray[Any], where: Positions, window: Window) -> NDArray[Any]:
    """``source`` ``(..., y, x)``, a window of the file, at the pixels under the positions."""
    rows = _clipped(where.rows - window.row, window.height)
    cols = _clipped(where.cols - window.col, window.width)
    if where.separable:
        return np.take(np.take(source, rows, axis=-2), cols, axis=-1)
    return source[..., rows, cols]


def _averages(ratio: tuple[float, float]) -> bool:
    return max(ratio) > _AVERAGED_FROM


def _half_width(size: float, averages: bool) -> float:
    if averages:
        return size / 2
    return size if size * _NARROWED_BELOW > 1 else 1.0


def _taps(centres: Floats, count: int, size: float, averages: bool) -> _Taps:
    """The pixels of a line of ``count`` and their weights, which add up to 1."""
    centres, half = np.nan_to_num(centres, nan=0.0), _half_width(size, averages)
    start = np.floor(centres - half) if averages else np.floor(centres - half - 0.5) + 1
    taps = int(np.ceil(2 * half)) + averages
    pixels = start + np.arange(taps, dtype=np.float64).reshape(-1, *(1,) * centres.ndim)
    if averages:
        covered = np.minimum(pixels + 1, centres + half) - np.maximum(pixels, centres - half)
        weights = np.maximum(covered, 0.0)
    else:
        weights = np.maximum(0.0, 1.0 - np.abs(pixels + 0.5 - centres) / half)
    return _Taps(_clipped(pixels, count), weights / weights.sum(axis=0))


def _clipped(positions: Floats, count: int) -> Indices:
    whole: Indices = np.clip(np.floor(np.nan_to_num(positions, nan=0.0)), 0, count - 1).astype(np.intp)
    return whole


def _by_axis(layer: Floats, rows: _Taps, cols: _Taps) -> Floats:
    """Weighted sums ``(y, x)`` where rows and columns are independent."""
    down = np.zeros((rows.pixels.shape[1], layer.shape[1]))
    for pixels, weights in zip(rows.pixels, rows.weights, strict=True):
        down += layer[pixels] * weights[:, None]
    total = np.zeros((down.shape[0], cols.pixels.shape[1]))
    for pixels, weights in zip(cols.pixels, cols.weights, strict=True):
        total += np.take(down, pixels, axis=1) * weights
    return total


def _by_point(layer: Floats, rows: _Taps, cols: _Taps) -> Floats:
    """Weighted sums ``(y, x)`` where every pixel has a row and a column of its own."""
    total = np.zeros(rows.pixels.shape[1:])
    for row, row_weights in zip(rows.pixels, rows.weights, strict=True):
        for col, col_weights in zip(cols.pixels, cols.weights, strict=True):
            total += layer[row, col] * (row_weights * col_weights)
    return total


def pieces(window: Window, ratio: tuple[float, float], most_px: int, separable: bool) -> list[Window]:
    """``window`` in parts for each of which about ``most_px`` pixels of the file are read."""
    down, right = (max(1.0, size) for size in ratio)
    if separable:
        height = max(1, int(most_px / (window.width * right * down)))
        return [_part(window, row, 0, height, window.width) for row in range(0, window.height, height)]
    side = max(1, int((most_px / (2 * down * right)) ** 0.5))
    rows, cols = (ceil_div(size, side) for size in (window.height, window.width))
    return [_part(window, row * side, col * side, side, side) for row in range(rows) for col in range(cols)]


def _part(window: Window, row: int, col: int, height: int, width: int) -> Window:
    whole = Window(window.row + row, window.col + col, height, width)
    return whole.intersection(window)
