"""Where a scene leaves the calibrated range: counts per cell of a coarse grid that no tiling moves.

Cells are ``CELL_PX`` wide and high and lie on the scene's origin, so that any tiles and shards add up to the same map.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.drift.guard import ROW_STEP, DriftGuard
from geoquant.grid import Window, align_up, ceil_div

CELL_PX = 256
NODATA = 255

Cells = Mapping[tuple[int, int], NDArray[np.int64]]
"""(Row, column) of a cell -> counts (2, band): pixels outside the calibrated range, and counted."""


def count_cells(guard: DriftGuard, values: NDArray[Any], wanted: NDArray[np.bool_], window: Window) -> Cells:
    """Counts of the cells that a window touches.

    Args:
        guard: knows the range.
        values: stored numbers of the window's ``counted_rows``, ``(band, y, x)``.
        wanted: ``(y, x)``, the pixels that count.
        window: on the scene's grid.
    """
    if not wanted.size:
        return {}
    first = align_up(window.row, ROW_STEP)
    rows = (first + ROW_STEP * np.arange(wanted.shape[0])) // CELL_PX
    cols = (window.col + np.arange(wanted.shape[1])) // CELL_PX
    low, high = (np.array(limits)[:, None, None] for limits in (guard.low, guard.high))
    outside = ((values < low) | (values > high)) & wanted
    (cell_rows, at_rows), (cell_cols, at_cols) = (np.unique(cells, return_index=True) for cells in (rows, cols))

    def summed(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        by_row = np.add.reduceat(mask, at_rows, axis=-2, dtype=np.int64)
        return np.asarray(np.add.reduceat(by_row, at_cols, axis=-1))

    away, counted = summed(outside), summed(wanted)
    return {
        (int(row), int(col)): np.stack([away[:, i, j], np.full(len(away), counted[i, j])])
        for i, row in enumerate(cell_rows)
        for j, col in enumerate(cell_cols)
    }


def merged(one: Cells, other: Cells) -> Cells:
    """The sum of two sets of counts."""
    if not one or not other:
        return one or other
    sums = dict(one)
    for cell, counts in other.items():
        sums[cell] = sums[cell] + counts if cell in sums else counts
    return sums


def cells_of(region: Window) -> Window:
    """The cells that a region of the scene touches, counted in cells."""
    row, col = region.row // CELL_PX, region.col // CELL_PX
    return Window(row, col, ceil_div(region.row_end, CELL_PX) - row, ceil_div(region.col_end, CELL_PX) - col)


def percent_outside(cells: Cells, region: Window, bands: int) -> NDArray[np.uint8]:
    """Percent of each cell's counted pixels outside the range, ``(band, y, x)``; ``NODATA`` where none was counted."""
    area = cells_of(region)
    result = np.full((bands, area.height, area.width), NODATA, np.uint8)
    for (row, col), (outside, counted) in cells.items():
        if counted[0]:
            result[:, row - area.row, col - area.col] = np.rint(100 * outside / counted)
    return result
