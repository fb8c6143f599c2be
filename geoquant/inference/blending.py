"""Blending the scores of overlapping tiles, for networks whose receptive field is unbounded.

The weight of a tile falls from its middle to its rim like a Hann window (Pielawski & Wählby 2020,
doi:10.1371/journal.pone.0229839), so that the pixels that lack context count least.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import Window
from geoquant.tile_grid import Lattice, blended_rows


def hann_window(side_px: int) -> NDArray[np.float32]:
    """Weights ``(y, x)`` of a square tile: a separable Hann window, sampled at pixel centres so that none is 0."""
    ramp = np.sin(np.pi * (np.arange(side_px) + 0.5) / side_px) ** 2
    return np.outer(ramp, ramp).astype(np.float32)


class ScoreBuffer:
    """Weighted sum of scores over a band of rows, filled tile by tile from the top and drained from the top.

    It holds only the rows that a row of tiles can still change. Not thread-safe: add tiles in lattice order, which
    also fixes the order of floating-point additions and with it the result.
    """

    def __init__(self, buffer: Window) -> None:
        """Start with no scores over ``buffer``, in scene pixels."""
        self.window = buffer
        self._scores: NDArray[np.float32] | None = None  # (class, y, x), once the first tile tells the classes
        self._weights = np.zeros((buffer.height, buffer.width), np.float32)  # (y, x)

    def add(self, scores: NDArray[np.float32], weights: NDArray[np.float32], tile: Window) -> None:
        """Add a tile's ``scores (class, y, x)`` times its ``weights (y, x)`` where the tile meets the buffer's rows."""
        if self._scores is None:
            self._scores = np.zeros((len(scores), *self._weights.shape), np.float32)
        shared = tile.intersection(self.window)
        there, here = shared.relative_to(self.window).slices, shared.relative_to(tile).slices
        self._scores[(slice(None), *there)] += scores[(slice(None), *here)] * weights[here]
        self._weights[there] += weights[here]

    def drain(self, rows: int) -> NDArray[np.float32] | None:
        """Take the blended scores ``(class, y, x)`` of the top ``rows``, None before the first tile; moves down."""
        blended = None
        if self._scores is not None:
            blended = self._scores[:, :rows].copy()
            blended /= np.maximum(self._weights[:rows], np.float32(1e-30))
            _shift_up(self._scores.swapaxes(0, 1), rows)
        _shift_up(self._weights, rows)
        old = self.window
        self.window = Window(old.row + rows, old.col, old.height, old.width)
        return blended


def blended_scores(
    window: Window, lattice: Lattice, scores_of: Callable[[Window], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Scores ``(class, y, x)`` of a window, to the last bit those that the stream makes of it in a shard of any size.

    Args:
        window: in pixels of the scene.
        lattice: blended.
        scores_of: gives a tile's scores ``(class, y, x)`` by its read window; called row by row.
    """
    buffer, weights = ScoreBuffer(window), hann_window(lattice.tile_px)
    for row in blended_rows(window, lattice):
        for tile in row:
            buffer.add(scores_of(tile.read), weights, tile.read)
    blended = buffer.drain(window.height)
    if blended is None:  # every window is touched by a tile
        raise AssertionError
    return blended


def _shift_up(array: NDArray[np.float32], rows: int) -> None:
    """Move ``array (y, ...)`` up by ``rows`` in place, with zeros from below."""
    array[: len(array) - rows] = array[rows:].copy()
    array[len(array) - rows :] = 0
