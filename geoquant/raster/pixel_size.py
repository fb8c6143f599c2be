"""Pixel sizes: of a grid in units of its CRS, of a model in metres, and the grid that one becomes at another size."""

from __future__ import annotations

import math
from functools import lru_cache

from rasterio.crs import CRS

from geoquant.grid import Grid, magnified
from geoquant.raster.ground import METRES_PER_DEGREE, ground_pixel_size

SAME_SIZE = 1.05  # a chip of 0.5998 m fits a model of 0.6 m


def alike(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two pixel sizes ``(down, right)`` are the same for a network."""
    return all(1 / SAME_SIZE <= a / b <= SAME_SIZE for a, b in zip(one, other, strict=True))


def in_units_of_crs(metres: float, grid: Grid) -> tuple[float, float]:
    """Metres on the ground at the scene's centre as ``(down, right)`` units of the grid's CRS.

    Where units of a projection are as long on the ground as they are called, but for what is the same for a network,
    they are taken by their name; elsewhere as a whole ratio to the grid's pixels, where that is the same too.
    """
    crs = CRS.from_wkt(grid.crs)
    if crs.is_geographic:
        latitude = grid.xy(grid.width // 2, grid.height // 2)[1]
        down = metres / METRES_PER_DEGREE
        return down, down / max(math.cos(math.radians(latitude)), 0.01)
    factor = crs.linear_units_factor[1] if crs.is_projected else 1.0
    by_name, ground = (metres / factor, metres / factor), ground_pixel_size(grid)
    if ground is None:
        return by_name
    down, right = (metres * units / length for units, length in zip(grid.pixel_size, ground, strict=True))
    if alike((down, right), by_name):
        return by_name
    height, width = grid.pixel_size
    return _whole(down, height), _whole(right, width)


def _whole(size: float, pixel: float) -> float:
    """The whole multiple or part of a pixel that is the same as ``size`` for a network, else ``size``."""
    near = pixel * round(size / pixel) if size >= pixel else pixel / round(pixel / size)
    return near if alike((size, size), (near, near)) else size


@lru_cache(maxsize=64)  # thousands of bands share a grid
def fineness(grid: Grid) -> float:
    """The longer side of a pixel in metres, or in the grid's own units where it has no CRS: for comparing grids."""
    down, right = grid.pixel_size
    if grid.crs is None:
        return max(down, right)
    unit_down, unit_right = in_units_of_crs(1.0, grid)
    return max(down / unit_down, right / unit_right)


def resized(grid: Grid, size: tuple[float, float]) -> Grid:
    """The same corner and extent in pixels of ``size`` (down, right); the far edge may reach a little beyond."""
    down, right = (want / have for want, have in zip(size, grid.pixel_size, strict=True))
    height, width = (max(1, math.ceil(n / ratio - 0.01)) for n, ratio in ((grid.height, down), (grid.width, right)))
    return Grid(grid.crs, magnified(grid.transform, down, right), width, height)
