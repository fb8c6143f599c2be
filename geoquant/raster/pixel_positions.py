"""Where the pixels of one grid lie on another, in pixels of that: for grids that do not nest by whole numbers.

A position depends on its own pixel alone, so a window gives the same positions wherever it is cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import rasterio.warp
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError

from geoquant.grid import Grid, Window, align_down, apply, inverse, pixel_map
from geoquant.raster.placement import same_crs

Floats = NDArray[np.float64]

_STEP_PX = 16
"""Between pixels whose place is computed by the projections; PROJ takes about a microsecond a point."""
_BENT_PX = 1.0
"""Second difference of neighbouring nodes from which all points between are computed: linear is off by an eighth."""
_SNAP = 2.0**16
"""Positions are rounded to 1/65536 pixel, so that what is even on paper is even in floating point numbers too."""


@dataclass(frozen=True)
class Positions:
    """Where pixel centres lie in a file; 0.5 is the centre of its first pixel, NaN is nowhere.

    Attributes:
        rows: The positions by row of the window or, where the grids are turned against each other, ``(y, x)``.
        cols: The positions by column, or ``(y, x)``.
        ratio: The size ``(y, x)`` of a wanted pixel in file pixels.
    """

    rows: Floats
    cols: Floats
    ratio: tuple[float, float]

    @property
    def separable(self) -> bool:
        """Whether rows depend on rows alone and columns on columns."""
        return self.rows.ndim == 1

    def inside(self, height: int, width: int) -> NDArray[np.bool_]:
        """``(y, x)``, whether a centre lies in a file of that size."""
        rows, cols = (self.rows >= 0) & (self.rows < height), (self.cols >= 0) & (self.cols < width)
        return rows[:, None] & cols if self.separable else rows & cols

    def shrunk(self, window: Window, size: Window) -> Positions:
        """The same places in a view of ``window`` of the file that has only ``size`` pixels."""
        rows = (self.rows - window.row) * (size.height / window.height)
        return Positions(rows, (self.cols - window.col) * (size.width / window.width), self.ratio)

    def reach(self, grid: Grid, margin: tuple[int, int]) -> Window:
        """The part of a file of that grid that holds the positions with a margin (y, x); it may have no pixels."""
        spans = [
            _span(positions, size, around)
            for positions, size, around in zip((self.rows, self.cols), (grid.height, grid.width), margin, strict=True)
        ]
        (top, bottom), (left, right) = spans
        return Window(top, left, bottom - top, right - left)


def positions(source: Grid, target: Grid, window: Window) -> Positions:
    """Where the pixels of ``window`` of ``target`` lie in ``source``; both grids have a CRS, or neither has."""
    ratio = pixel_ratio(source, target)
    down, right = np.arange(window.row, window.row_end) + 0.5, np.arange(window.col, window.col_end) + 0.5
    if not same_crs(source.crs, target.crs):
        rows, cols = _by_nodes(source, target, window)
        return Positions(_snapped(rows), _snapped(cols), ratio)
    a, b, c, d, e, f = pixel_map(source, target)
    if max(abs(b) * target.height, abs(d) * target.width) < 1 / _SNAP:
        return Positions(_snapped(e * down + f), _snapped(a * right + c), ratio)
    col, row = np.meshgrid(right, down)
    return Positions(_snapped(d * col + e * row + f), _snapped(a * col + b * row + c), ratio)


@lru_cache(maxsize=256)
def pixel_ratio(source: Grid, target: Grid) -> tuple[float, float]:
    """``(y, x)`` size in pixels of ``source`` of a pixel in the middle of ``target``."""
    if same_crs(source.crs, target.crs):
        a, b, _, d, e, _ = pixel_map(source, target)
        return float(np.hypot(d, e)), float(np.hypot(a, b))  # of rows, of columns
    row, col = target.height / 2, target.width / 2
    rows, cols = _projected(source, target, np.array([row, row + 1, row]), np.array([col, col, col + 1]))
    down, right = (float(np.hypot(*(line[1:] - line[0]))) for line in (rows, cols))
    return (down, right) if np.isfinite(down * right) and down * right > 0 else (1.0, 1.0)


def _span(values: Floats, size: int, margin: int) -> tuple[int, int]:
    known = values[np.isfinite(values)]
    known = known[(known > -1 - margin) & (known < size + 1 + margin)]
    if not known.size:
        return 0, 0
    start, stop = int(np.floor(known.min())) - margin, int(np.floor(known.max())) + 1 + margin
    return min(max(start, 0), size - 1), max(min(stop, size), 1)


def _snapped(values: NDArray[Any]) -> Floats:
    snapped: Floats = np.round(values * _SNAP) / _SNAP
    return snapped


def _projected(source: Grid, target: Grid, rows: Floats, cols: Floats) -> tuple[Floats, Floats]:
    """Rows and columns of ``source`` at continuous rows and columns of ``target``, NaN where a projection ends."""
    xs, ys = apply(target.transform, cols.ravel(), rows.ravel())
    x, y = _transformed(str(target.crs), str(source.crs), xs, ys)
    a, b, _, d, e, _ = inverse(source.transform)
    east, south = x - source.transform[2], y - source.transform[5]
    return (d * east + e * south).reshape(rows.shape), (a * east + b * south).reshape(rows.shape)


def _transformed(here: str, there: str, xs: Floats, ys: Floats) -> tuple[Floats, Floats]:
    """Coordinates in another CRS. One point beyond a projection's domain fails all, so those are found by halving."""
    try:
        found = rasterio.warp.transform(_crs(here), _crs(there), xs, ys)
    except (RasterioError, CPLE_BaseError):
        if xs.size == 1:
            return np.full(1, np.nan), np.full(1, np.nan)
        half = xs.size // 2
        one, other = (_transformed(here, there, xs[part], ys[part]) for part in (slice(half), slice(half, None)))
        return np.concatenate([one[0], other[0]]), np.concatenate([one[1], other[1]])
    x, y = (np.asarray(values, np.float64) for values in found[:2])
    lost = ~(np.isfinite(x) & np.isfinite(y))
    return np.where(lost, np.nan, x), np.where(lost, np.nan, y)


@lru_cache(maxsize=64)
def _crs(wkt: str) -> CRS:
    return CRS.from_wkt(wkt)


def _by_nodes(source: Grid, target: Grid, window: Window) -> tuple[Floats, Floats]:
    """Positions ``(y, x)`` between nodes on every ``_STEP_PX``-th pixel, exact ones where the projections bend."""
    top, left = (align_down(start, _STEP_PX) - _STEP_PX for start in (window.row, window.col))
    node_rows = np.arange(top, window.row_end + 3 * _STEP_PX, _STEP_PX, dtype=np.float64)
    node_cols = np.arange(left, window.col_end + 3 * _STEP_PX, _STEP_PX, dtype=np.float64)
    grid_rows, grid_cols = np.meshgrid(node_rows, node_cols, indexing="ij")
    nodes = np.stack(_projected(source, target, grid_rows, grid_cols))
    down, right = np.arange(window.row, window.row_end) + 0.5, np.arange(window.col, window.col_end) + 0.5
    i, j = ((line - start) // _STEP_PX for line, start in ((down, top), (right, left)))
    i, j = i.astype(np.intp), j.astype(np.intp)
    y, x = ((down - top) / _STEP_PX - i)[:, None], (right - left) / _STEP_PX - j
    upper = nodes[:, i][:, :, j] * (1 - x) + nodes[:, i][:, :, j + 1] * x
    lower = nodes[:, i + 1][:, :, j] * (1 - x) + nodes[:, i + 1][:, :, j + 1] * x
    rows, cols = upper * (1 - y) + lower * y
    bent = _bent(nodes)[i][:, j]
    if bent.any():
        at_rows, at_cols = np.meshgrid(down, right, indexing="ij")
        rows[bent], cols[bent] = _projected(source, target, at_rows[bent], at_cols[bent])
    return rows, cols


def _bent(nodes: Floats) -> NDArray[np.bool_]:
    """``(y, x)`` per cell between nodes, True where positions between them can't be told by a straight line."""
    bent = np.zeros(nodes.shape[1:], np.bool_)
    for axis in (1, 2):
        second = np.abs(np.diff(nodes, 2, axis=axis)).max(axis=0)
        inner = [slice(None), slice(None)]
        inner[axis - 1] = slice(1, -1)
        bent[tuple(inner)] |= ~(second <= _BENT_PX)  # NaN too
    cells: NDArray[np.bool_] = bent.copy()
    cells[:-1] |= bent[1:]
    cells[:, :-1] |= bent[:, 1:]
    cells[:-1, :-1] |= bent[1:, 1:]
    return cells
