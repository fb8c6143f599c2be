"""Overviews of a map, each level made from the one before by halving 2 x 2 pixels.

A level depends on aligned 2 x 2 squares alone, so shards whose origins are multiples of ``2 ** levels`` give the very
pixels that the whole map would give: the cut does not show.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import ceil_div

Halve = Callable[[NDArray[np.uint8], int], NDArray[np.uint8]]

STRIP_ROWS = 128  # output rows at a time: the quarters of a strip then stay in the CPU's cache


def halve_by_mode(values: NDArray[np.uint8], nodata: int) -> NDArray[np.uint8]:
    """The most frequent valid value of every 2 x 2 square; on a tie, the first in reading order.

    Args:
        values: ``(y, x)`` classes.
        nodata: value that never wins against a class; a square of nothing else stays ``nodata``.

    Returns:
        ``(ceil(y / 2), ceil(x / 2))``; a missing row or column beyond the edge counts as ``nodata``.
    """
    return _halve(values, nodata, _mode_of_four)


def halve_by_mean(values: NDArray[np.uint8], nodata: int) -> NDArray[np.uint8]:
    """The mean of the valid values of every 2 x 2 square, rounded half up; shapes as in ``halve_by_mode``."""
    return _halve(values, nodata, _mean_of_four)


def pyramid(values: NDArray[np.uint8], nodata: int, levels: int, halve: Halve) -> list[NDArray[np.uint8]]:
    """``levels`` overviews of ``values`` ``(y, x)``, each half the size of the one before, the largest first."""
    made: list[NDArray[np.uint8]] = []
    for _ in range(levels):
        values = halve(values, nodata)
        made.append(values)
    return made


def overview_shape(height: int, width: int, level: int) -> tuple[int, int]:
    """``(y, x)`` of overview ``level``; level 0 is the map itself."""
    return ceil_div(height, 2**level), ceil_div(width, 2**level)


def overview_levels(height: int, width: int, smallest_px: int) -> int:
    """How many halvings bring the longer side down to ``smallest_px`` or less."""
    side, levels = max(height, width), 0
    while side > smallest_px:
        side, levels = (side + 1) // 2, levels + 1
    return levels


Quarters = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


def _halve(
    values: NDArray[np.uint8], nodata: int, merge: Callable[[Quarters, int], NDArray[np.uint8]]
) -> NDArray[np.uint8]:
    """Apply ``merge`` to the four quarters of every square, strip by strip."""
    height, width = values.shape
    if height % 2 or width % 2:
        values = np.pad(values, ((0, height % 2), (0, width % 2)), constant_values=nodata)
    halved = np.empty((values.shape[0] // 2, values.shape[1] // 2), np.uint8)
    for row in range(0, halved.shape[0], STRIP_ROWS):
        strip = values[2 * row : 2 * (row + STRIP_ROWS)]
        first, second, third, fourth = (np.ascontiguousarray(strip[y::2, x::2]) for y in (0, 1) for x in (0, 1))
        halved[row : row + STRIP_ROWS] = merge((first, second, third, fourth), nodata)
    return halved


def _mode_of_four(quarters: Quarters, nodata: int) -> NDArray[np.uint8]:
    """Later lines overrule earlier ones: a value that occurs twice, seen from its first place in reading order."""
    first, second, third, fourth = quarters
    mode = np.where(third != nodata, third, fourth)
    np.copyto(mode, second, where=second != nodata)
    np.copyto(mode, first, where=first != nodata)
    np.copyto(mode, third, where=(third == fourth) & (third != nodata))
    np.copyto(mode, second, where=((second == third) | (second == fourth)) & (second != nodata))
    np.copyto(mode, first, where=((first == second) | (first == third) | (first == fourth)) & (first != nodata))
    return mode


def _mean_of_four(quarters: Quarters, nodata: int) -> NDArray[np.uint8]:
    total = np.zeros(quarters[0].shape, np.uint16)
    count = np.zeros(quarters[0].shape, np.uint16)
    for quarter in quarters:
        valid = quarter != nodata
        count += valid
        total += np.where(valid, quarter, 0)
    mean = (total + count // 2) // np.maximum(count, 1)
    return np.where(count > 0, mean, nodata).astype(np.uint8)
