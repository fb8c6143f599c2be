"""Whether files that are given as the bands of one scene lie over each other at all."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError
from rasterio.warp import transform_bounds

from geoquant.errors import GridMismatch
from geoquant.grid import Grid
from geoquant.raster.placement import same_crs
from geoquant.raster.types import SceneBand

_Extent = tuple[float, float, float, float]


def check_overlap(bands: Sequence[SceneBand]) -> None:
    """Refuse neighbouring tiles given as files of one scene: no pixel would have all bands, or some would be ignored.

    Raises:
        GridMismatch: naming the file that does not meet the first one.
    """
    grids = {band.path: band.grid for band in reversed(bands)}
    if len(grids) < 2:
        return
    first = bands[0]
    for path, grid in grids.items():
        if path != first.path and not overlap(first.grid, grid):
            raise GridMismatch(
                f"{path} does not lie over {first.path}: they have no pixel in common, and several files are the bands "
                "of one scene. Tiles side by side are a mosaic: classify takes them as arguments of their own, without "
                "commas (MosaicInput in Python). Other commands take one raster: `gdalbuildvrt scene.vrt FILE ...`."
            )


def overlap(one: Grid, other: Grid) -> bool:
    """Whether two grids share at least half a pixel; True where that can't be told."""
    if (one.crs is None) != (other.crs is None):
        return True  # refused elsewhere, with what to do about it
    extent = other.extent if same_crs(one.crs, other.crs) else _extent_in(other, one)
    if not all(map(math.isfinite, extent)):
        return True
    west, south, east, north = one.extent
    down, right = (size / 2 for size in one.pixel_size)
    return (
        min(east, extent[2]) - max(west, extent[0]) >= right and min(north, extent[3]) - max(south, extent[1]) >= down
    )


def _extent_in(grid: Grid, target: Grid) -> _Extent:
    """The extent of ``grid`` in the CRS of ``target``; infinite where its projection does not reach."""
    try:
        west, south, east, north = transform_bounds(grid.crs, target.crs, *grid.extent)
    except (RasterioError, CPLE_BaseError):
        return (math.inf,) * 4
    return west, south, east, north
