"""Pixel sizes: of a grid in units of its CRS, of a model in metres, and the grid that one becomes at another size."""

from __future__ import annotations

import math

from rasterio import Affine
from rasterio.crs import CRS

from geoquant.grid import Grid

SAME_SIZE = 1.05  # a chip of 0.5998 m fits a model of 0.6 m
_METRES_PER_DEGREE = 111_320.0


def pixel_sizes(grid: Grid) -> tuple[float, float]:
    """Size of a pixel ``(down, right)`` in units of the CRS; also where the raster is rotated."""
    a, b, _, d, e, _ = grid.transform
    return (b * b + e * e) ** 0.5, (a * a + d * d) ** 0.5


def alike(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two pixel sizes ``(down, right)`` are the same for a network."""
    return all(1 / SAME_SIZE <= a / b <= SAME_SIZE for a, b in zip(one, other, strict=True))


def in_units_of_crs(metres: float, grid: Grid) -> tuple[float, float]:
    """Metres as ``(down, right)`` units of the grid's CRS: its linear unit, or degrees at the scene's centre."""
    crs = CRS.from_wkt(grid.crs)
    if not crs.is_geographic:
        factor = crs.linear_units_factor[1] if crs.is_projected else 1.0
        return metres / factor, metres / factor
    latitude = grid.origin_at(grid.height // 2, grid.width // 2)[5]
    down = metres / _METRES_PER_DEGREE
    return down, down / max(math.cos(math.radians(latitude)), 0.01)


def fineness(grid: Grid) -> float:
    """The longer side of a pixel in metres, or in the grid's own units where it has no CRS: for comparing grids."""
    down, right = pixel_sizes(grid)
    if grid.crs is None:
        return max(down, right)
    unit_down, unit_right = in_units_of_crs(1.0, grid)
    return max(down / unit_down, right / unit_right)


def resized(grid: Grid, size: tuple[float, float]) -> Grid:
    """The same corner and extent in pixels of ``size`` (down, right); the far edge may reach a little beyond."""
    down, right = (want / have for want, have in zip(size, pixel_sizes(grid), strict=True))
    a, b, c, d, e, f = grid.transform
    height, width = (max(1, math.ceil(n / ratio - 0.01)) for n, ratio in ((grid.height, down), (grid.width, right)))
    return Grid(grid.crs, (a * right, b * down, c, d * right, e * down, f), width, height)


def pixel_map(source: Grid, target: Grid) -> tuple[float, float, float, float, float, float]:
    """(a, b, c, d, e, f) of ``source col = a * col + b * row + c``, ``source row = d * col + e * row + f``.

    ``col`` and ``row`` count in pixels of ``target``; the grids share a CRS.
    """
    ia, ib, ic, id_, ie, if_ = tuple(~Affine(*source.transform))[:6]
    a, b, c, d, e, f = target.transform
    return (
        *(ia * a + ib * d, ia * b + ib * e, ia * c + ib * f + ic),
        *(id_ * a + ie * d, id_ * b + ie * e, id_ * c + ie * f + if_),
    )


def pixel_area_m2(grid: Grid) -> float | None:
    """Area of one pixel in square metres, or None where the CRS is missing or not projected."""
    from rasterio.crs import CRS

    crs = CRS.from_wkt(grid.crs) if grid.crs else None
    if crs is None or not crs.is_projected:
        return None
    a, b, _, d, e, _ = grid.transform
    metres = float(crs.linear_units_factor[1])
    return abs(a * e - b * d) * metres**2
