"""Facts of coordinate reference systems, asked of PROJ through rasterio."""

from __future__ import annotations

from geoquant.numbers.grid import Grid


def pixel_area_m2(grid: Grid) -> float | None:
    """Area of one pixel in square metres, or None where the CRS is missing or not projected."""
    from rasterio.crs import CRS

    crs = CRS.from_wkt(grid.crs) if grid.crs else None
    if crs is None or not crs.is_projected:
        return None
    a, b, _, d, e, _ = grid.transform
    metres = float(crs.linear_units_factor[1])
    return abs(a * e - b * d) * metres**2
