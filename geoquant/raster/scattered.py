"""Pixels from all over a scene for a first impression, without reading all of it: from overviews or small windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geoquant.grid import Window
from geoquant.raster.handles import HandleKey, borrowed
from geoquant.raster.types import Pixels

if TYPE_CHECKING:
    from geoquant.raster.scene import Scene

VIEW_PX = 256
"""Longer side of the view that is taken through overviews; 16 such views are read whole where there are none."""


def scattered_pixels(scene: Scene, windows: int, side_px: int) -> Pixels:
    """Pixels (band, 1, n) and their validity (1, n) from all over a scene.

    Args:
        scene: any.
        windows: along each side of the lattice that is read where there are no overviews, at least 2.
        side_px: side of each of these windows.

    Raises:
        RasterError: what is read is damaged.
    """
    height, width = scene.grid.height, scene.grid.width
    if has_overviews(scene) or height * width <= 16 * VIEW_PX**2:
        shrink = max(1, max(height, width) // VIEW_PX)
        return _flat(scene.read_decimated(max(1, height // shrink), max(1, width // shrink)))
    rows, cols = min(side_px, height), min(side_px, width)
    last = windows - 1
    parts = [
        _flat(scene.read(Window((height - rows) * i // last, (width - cols) * j // last, rows, cols)))
        for i in range(windows)
        for j in range(windows)
    ]
    values, valid = (np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True))
    return Pixels(values, valid)


def has_overviews(scene: Scene) -> bool:
    """Whether all files of a scene hold something smaller than full resolution."""
    for band in {band.path: band for band in scene.bands}.values():
        with borrowed(HandleKey(band.path, band.stamp)) as dataset:
            if not dataset.overviews(band.index):
                return False
    return True


def _flat(pixels: Pixels) -> Pixels:
    return Pixels(pixels.values.reshape(len(pixels.values), 1, -1), pixels.valid.reshape(1, -1))
