"""Stored numbers for drift maps, and the percent of them outside of a range by plain loops."""

from __future__ import annotations

import numpy as np

from geoquant.drift.cells import CELL_PX, NODATA, cells_of
from geoquant.grid import Window

HEIGHT, WIDTH = 600, 700


def pixels() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    values = rng.integers(1, 1000, (3, HEIGHT, WIDTH)).astype(np.uint16)
    values[:, :, :300] //= 4
    values[:, 256:, 512:] = 0
    return values, (values > 0).all(axis=0)


def expected(low: float, high: float, region: Window) -> np.ndarray:
    """Percent per cell, by plain loops."""
    values, valid = pixels()
    inside = np.zeros(valid.shape, bool)
    inside[region.slices] = True
    area = cells_of(region)
    result = np.full((3, area.height, area.width), NODATA, np.uint8)
    for row in range(area.height):
        for col in range(area.width):
            cell = Window((area.row + row) * CELL_PX, (area.col + col) * CELL_PX, CELL_PX, CELL_PX).slices
            part, use = values[(slice(None), *cell)][:, ::8], (valid & inside)[cell][::8]
            if use.any():
                outside = ((part < low) | (part > high))[:, use]
                result[:, row, col] = np.rint(100 * outside.mean(axis=1))
    return result
