"""What lies beyond a scene's edge: its reflection, by index arithmetic on one virtual padded scene, never per tile."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def reflected(start: int, stop: int, size: int) -> NDArray[np.intp]:
    """Index inside an axis for each position in [start, stop), as ``np.pad(mode="reflect")`` would place it.

    The edge pixel is not repeated; reflection goes on as often as the distance needs; an axis of one pixel repeats it.

    Args:
        start: first position, which may be negative.
        stop: position after the last, which may exceed ``size``.
        size: pixels on the axis.
    """
    position = np.arange(start, stop, dtype=np.intp)
    if size == 1:
        return np.zeros_like(position)
    period = 2 * (size - 1)
    folded = np.mod(position, period)
    mirrored: NDArray[np.intp] = np.minimum(folded, period - folded)
    return mirrored
