"""Outlines of pixels: closed rings of corners."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def corners_only(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """A closed ring without the points that lie on straight runs, wherever it starts.

    Args:
        ring: (point, xy), the last point equal to the first, no point twice in a row.

    Returns:
        (point, xy), closed; it starts at the first corner.
    """
    points = ring[:-1]
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    corners = points[before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]]
    return np.concatenate([corners, corners[:1]])
