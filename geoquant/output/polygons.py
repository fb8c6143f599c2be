"""The class map as polygons in a GeoPackage, made from shard files a strip at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError  # GDAL's own errors, where rasterio does not map them
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile

from geoquant.errors import OptionError
from geoquant.grid import Grid, ceil_div
from geoquant.output.destination import part_file, write_error
from geoquant.output.shard_files import BLOCK_PX
from geoquant.output.style import Publication, polygon_qml
from geoquant.output.vrt import READING, Shards, level_vrt
from geoquant.progress import Progress, ProgressCallback, silent
from geoquant.raster.ground import GroundAreas, ground_areas, shown
from geoquant.vector.geopackage.features import Feature
from geoquant.vector.geopackage.writing import NewLayer, write_geopackage
from geoquant.vector.polygonize import Regions, regions_of
from geoquant.vector.sieve import plan

STAGE, SIEVE_STAGE = "writing polygons", "joining small regions"
TABLE = "classes"
STRIP_PX = 4 * 2**20
"""Pixels whose regions are in memory at once, beside those that go on below."""


def check_polygon_suffix(path: Path) -> None:
    """Refuse a name that is not a GeoPackage's.

    Raises:
        OptionError: naming the format.
    """
    if path.suffix.lower() != ".gpkg":
        raise OptionError(f"{path}: polygons are written as GeoPackage; give a name that ends in .gpkg.")


@dataclass(frozen=True)
class PolygonFile:
    """Where polygons go.

    Attributes:
        path: The final name; it is replaced when it exists, and only once the new file is complete.
        smallest_px: Regions of fewer pixels become part of a neighbour, see ``geoquant.vector.sieve``.
    """

    path: Path
    smallest_px: int = 1


def write_polygons(
    shards: Shards, grid: Grid, out: PolygonFile, publication: Publication, *, progress: ProgressCallback = silent
) -> None:
    """Write one polygon per connected region of a class, with its pixels and area, and a QGIS style in it.

    Shards do not show: a region that several of them share is one polygon. Memory holds a row of blocks, a
    part of its regions, and those that reach on below; where small ones are joined, a few numbers for every region.

    Args:
        shards: files of ``write_shard`` and the windows of ``grid`` they fill.
        grid: of the whole result.
        out: where they go, and how small they may be.
        publication: labels and nodata.
        progress: may raise ``Cancelled``.

    Raises:
        RasterError: the disk is full, or a shard can't be read.
    """
    ground = ground_areas(grid)
    columns: dict[str, type] = {"value": int, "class": str, "pixels": int}
    if ground is not None:
        columns["area_m2"] = float
    layer = NewLayer(TABLE, columns, grid.crs, style=polygon_qml(publication))
    try:
        text = level_vrt(shards, grid, 0, publication.nodata)
        with part_file(out.path) as part, MemoryFile(text.encode(), ext=".vrt") as vrt:
            strips = _strips(vrt.name, progress)
            if out.smallest_px > 1:
                first = _strips(vrt.name, progress, SIEVE_STAGE)
                strips = plan(first, publication.nodata, out.smallest_px).applied(strips)
            write_geopackage(part, layer, _features(strips, grid, ground, publication))
    except (RasterioError, CPLE_BaseError, sqlite3.Error, OSError) as error:
        raise write_error(out.path, error) from error


def _strips(name: str, progress: ProgressCallback, stage: str = STAGE) -> Iterator[NDArray[np.uint8]]:
    """The dataset ``name`` in strips of ``(y, x)``: rows of blocks, in parts where the map is wide."""
    with rasterio.Env(**READING), rasterio.open(name) as dataset:
        height, width = dataset.shape
        for row in range(0, height, BLOCK_PX):
            progress(Progress(stage, row * width, height * width, "px"))
            classes = dataset.read(1, window=((row, min(row + BLOCK_PX, height)), (0, width)))
            parts = ceil_div(classes.size, STRIP_PX)
            yield from np.array_split(classes, min(parts, len(classes)))
    progress(Progress(stage, height * width, height * width, "px"))


def _features(
    strips: Iterator[NDArray[np.uint8]], grid: Grid, ground: GroundAreas | None, publication: Publication
) -> Iterator[Feature]:
    """Regions in the map's coordinates, with their attributes."""
    names = {label.value: label.name for label in publication.labels}
    for regions in regions_of(strips, publication.nodata):
        areas = [{}] * len(regions.values) if ground is None else _areas(ground, regions)
        for area, (value, pixels, polygon) in zip(areas, _placed(regions, grid), strict=True):
            yield Feature(polygon, {"value": value, "class": names.get(value, ""), "pixels": pixels, **area})


def _areas(ground: GroundAreas, regions: Regions) -> list[dict[str, float]]:
    """The attribute of each region's area."""
    return [{"area_m2": shown(area)} for area in ground.of_regions(regions.outlines).tolist()]


def _placed(regions: Regions, grid: Grid) -> Iterator[tuple[int, int, Any]]:
    """Value, number of pixels and polygon in the map's coordinates."""
    import shapely

    def place(corners: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack(grid.xy(*corners.T), axis=1)

    pixels = np.rint(shapely.area(regions.outlines)).astype(int)
    yield from zip(regions.values.tolist(), pixels.tolist(), shapely.transform(regions.outlines, place), strict=True)
