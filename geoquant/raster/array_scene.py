"""A block of a larger scene that is in memory already, readable like a scene: how lazy arrays enter the stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import Grid, Window
from geoquant.raster.reflection import reflected
from geoquant.raster.types import Edge, Pixels


def source_window(reads: Sequence[Window], grid: Grid) -> Window:
    """The part of ``grid`` that holds all pixels of ``reads``, of which some may lie beyond it and are reflected."""
    rows = reflected(min(read.row for read in reads), max(read.row_end for read in reads), grid.height)
    cols = reflected(min(read.col for read in reads), max(read.col_end for read in reads), grid.width)
    top, left = int(rows.min()), int(cols.min())
    return Window(top, left, int(rows.max()) + 1 - top, int(cols.max()) + 1 - left)


@dataclass(frozen=True)
class BlockScene:
    """The pixels of one window of a scene.

    Attributes:
        grid: The grid of the whole scene.
        window: The window that ``values`` cover.
        values: The stored numbers ``(band, y, x)``.
        nodata: The stored value that means no data; NaN and infinity always do.
    """

    grid: Grid
    window: Window
    values: NDArray[Any]
    nodata: float | None

    @property
    def block_px(self) -> tuple[int, int]:
        """Nothing is decoded."""
        return 1, 1

    def read_tolerant(
        self, window: Window, edge: Edge = "reflect", *, skip_bad_blocks: bool = True, into: Pixels | None = None
    ) -> tuple[Pixels, frozenset[Window]]:
        """As ``Scene.read_tolerant``; nothing in memory is damaged."""
        rows = reflected(window.row, window.row_end, self.grid.height)
        cols = reflected(window.col, window.col_end, self.grid.width)
        values = self.values[:, (rows - self.window.row)[:, None], cols - self.window.col]
        valid = self._valid(values)
        if edge == "zero":
            valid &= _inside(window.row, window.row_end, self.grid.height)[:, None]
            valid &= _inside(window.col, window.col_end, self.grid.width)
        if into is None:
            return Pixels(values, valid), frozenset()
        into.values[...], into.valid[...] = values, valid
        return into, frozenset()

    def _valid(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """``(y, x)``, False where any band has no data."""
        valid = np.ones(values.shape[1:], np.bool_)
        for band in values:
            if np.issubdtype(band.dtype, np.inexact):
                valid &= np.isfinite(band)
            if self.nodata is not None and not np.isnan(self.nodata):
                valid &= band != self.nodata
        return valid


def _inside(start: int, stop: int, size: int) -> NDArray[np.bool_]:
    position = np.arange(start, stop)
    return (position >= 0) & (position < size)
