"""Pixel sizes: of a grid in units of its CRS, of a model in metres, and the grid that one becomes at another size."""

from __future__ import annotations

import math

from rasterio.crs import CRS

from geoquant.grid import Grid, magnified

SAME_SIZE = 1.05  # a chip of 0.5998 m fits a model of 0.6 m
_METRES_PER_DEGREE = 111_320.0


def alike(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two pixel sizes ``(down, right)`` are the same for a network."""
    return all(1 / SAME_SIZE <= a / b <= SAME_SIZE for a, b in zip(one, other, strict=True))


def in_units_of_crs(metres: float, grid: Grid) -> tuple[float, float]:
    """Metres as ``(down, right)`` units of the grid's CRS: its linear unit, or degrees at the scene's centre."""
    crs = CRS.from_wkt(grid.crs)
    if not crs.is_geographic:
        factor = crs.linear_units_factor[1] if crs.is_projected else 1.0
        return metres / factor, metres / factor
    latitude = grid.xy(grid.width // 2, grid.height // 2)[1]
    down = metres / _METRES_PER_DEGREE
    return down, down / max(math.cos(math.radians(latitude)), 0.01)


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


def pixel_area_m2(grid: Grid) -> float | None:
    """Area of one pixel in square metres, or None where the CRS is missing or not projected."""
    crs = CRS.from_wkt(grid.crs) if grid.crs else None
    if crs is None or not crs.is_projected:
        return None
    metres = float(crs.linear_units_factor[1])
    return grid.pixel_area * metres**2
