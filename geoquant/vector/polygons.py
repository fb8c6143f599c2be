"""Polygons: read from GeoJSON and GeoPackage, brought to the scene's CRS, and turned into pixels."""

from __future__ import annotations

import hashlib
import math
import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.errors import GeoquantWarning, OptionError
from geoquant.grid import Grid, Window
from geoquant.vector.geojson import _read_geojson
from geoquant.vector.geopackage.features import SQLITE_MAGIC
from geoquant.vector.geopackage.reading import read_geopackage
from geoquant.vector.surroundings import surroundings

EDGE_PARTS = 64
"""Edges are cut to this part of a polygon's extent before they are reprojected: straight lines become curves."""
ON_EDGE_PX = 1e-6
"""Bounds this close to a pixel's edge lie on it: decimal coordinates are rarely exact."""
CLIP_COORDINATES = 500
FARTHEST = 1e15
"""Largest coordinate of any place, in any unit; what is beyond is damage."""


def read_polygons(path: str | Path, grid: Grid) -> list[Any]:
    """Read the polygons of a GeoJSON or GeoPackage file, as far as they may meet a scene.

    Args:
        path: the file; a layer of a GeoPackage may be named as QGIS does, ``areas.gpkg|layername=fields``.
        grid: of the scene; without a CRS the polygons' coordinates are taken as they are.

    Returns:
        Valid shapely Polygons and MultiPolygons in the grid's CRS; other geometries are left out, and so is what lies
        far from the scene where it had to be reprojected.

    Raises:
        OptionError: the file is missing, neither format, damaged, without polygons, or can't be reprojected.
    """
    name, _, layer = str(path).partition("|layername=")
    file = Path(name)
    if not os.path.isfile(file):
        raise OptionError(f"--aoi: {file} does not exist or is not a file.")
    with file.open("rb") as stream:
        is_database = stream.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC
    geometries, source_crs = read_geopackage(file, layer or None) if is_database else _read_geojson(file)
    _check_coordinates(geometries, file)
    polygons = [part for geometry in geometries for part in _polygonal(geometry)]
    if not polygons:
        raise OptionError(f"--aoi: {file} holds no polygon ({len(geometries)} geometries of other kinds).")
    return _reproject(polygons, source_crs, grid, file)


def _check_coordinates(geometries: Sequence[Any], file: Path) -> None:
    import shapely

    found = shapely.get_coordinates(geometries)
    wrong = found[~(np.abs(found) <= FARTHEST)]  # NaN and infinity too
    if wrong.size:
        raise OptionError(f"--aoi: {file} holds the coordinate {wrong[0]:g}, which is no place; it is damaged.")


def digest_of(polygons: Sequence[Any]) -> str:
    """SHA-256 of polygons and their order, in hexadecimal digits; the CRS is not part of it."""
    import shapely

    return hashlib.sha256(b"".join(shapely.to_wkb(polygon, byte_order=1) for polygon in polygons)).hexdigest()


def polygon_mask(polygons: Sequence[Any], grid: Grid) -> NDArray[np.bool_]:
    """The mask of pixels whose centre lies inside any of the polygons.

    Args:
        polygons: shapely geometries in the grid's CRS.
        grid: any window of a scene; a pixel's answer does not depend on the window.

    Returns:
        ``(y, x)`` bool.
    """
    import shapely
    from rasterio import Affine
    from rasterio.features import geometry_mask

    margin_px = 2
    near = shapely.box(*grid.crop(grid.window.expand(margin_px)).extent)
    touching = [_clipped(polygon, near) for polygon in polygons if shapely.intersects(shapely.envelope(polygon), near)]
    touching = [polygon for polygon in touching if not polygon.is_empty]
    shape = (grid.height, grid.width)
    if not touching:
        return np.zeros(shape, bool)
    inside: NDArray[np.bool_] = geometry_mask(touching, shape, Affine(*grid.transform), invert=True)
    return inside


def bounds_window(bounds: tuple[float, float, float, float], grid: Grid) -> Window:
    """The pixels that an extent touches; the window may reach beyond the grid.

    Args:
        bounds: west, south, east, north in the grid's CRS.
        grid: north-up, south-up or rotated; of a rotated one, the window holds the extent's four corners.

    Raises:
        OptionError: the extent is empty or not finite.
    """
    west, south, east, north = bounds
    if not all(abs(value) <= FARTHEST for value in bounds) or west >= east or south >= north:
        raise OptionError(f"--bounds {' '.join(map(str, bounds))}: it takes WEST SOUTH EAST NORTH, west < east.")
    corners = [(x, y) for x in (west, east) for y in (south, north)]
    cols, rows = zip(*(grid.pixel_at(x, y) for x, y in corners), strict=True)
    col, row = (math.floor(min(values) + ON_EDGE_PX) for values in (cols, rows))
    col_end, row_end = (math.ceil(max(values) - ON_EDGE_PX) for values in (cols, rows))
    return Window(row, col, max(1, row_end - row), max(1, col_end - col))


def _polygonal(geometry: Any) -> Iterator[Any]:
    """The valid, flat, not empty polygons in a geometry; a crossing outline is repaired."""
    import shapely

    flat = shapely.force_2d(geometry)
    parts = shapely.get_parts(flat) if flat.geom_type == "GeometryCollection" else [flat]
    for part in parts:
        if part.geom_type not in ("Polygon", "MultiPolygon") or part.is_empty:
            continue
        repaired = part if part.is_valid else shapely.make_valid(part)
        pieces = shapely.get_parts(repaired) if repaired.geom_type == "GeometryCollection" else [repaired]
        yield from (piece for piece in pieces if piece.geom_type in ("Polygon", "MultiPolygon"))


def _reproject(polygons: list[Any], source: str | None, grid: Grid, path: Path) -> list[Any]:
    """The polygons around the grid in its CRS; as they are where either CRS is unknown, with a warning."""
    from rasterio._err import CPLE_BaseError  # PROJ's own errors come through rasterio unmapped
    from rasterio.crs import CRS
    from rasterio.errors import CRSError, RasterioError

    if source is None or grid.crs is None:
        whose = "the scene" if grid.crs is None else str(path)
        warnings.warn(
            f"{whose} has no CRS: the coordinates in {path} are taken as the scene's own.",
            GeoquantWarning,
            stacklevel=3,
        )
        return polygons
    try:
        from_crs, to_crs = CRS.from_user_input(source), CRS.from_user_input(grid.crs)
        if from_crs == to_crs and not from_crs.is_geographic:
            return polygons
        around = surroundings(grid, from_crs.to_wkt())
        near = [] if around is None else around.cut(polygons)
        moved = near if from_crs == to_crs else [_moved(polygon, from_crs, to_crs) for polygon in near]
    except (CRSError, RasterioError, CPLE_BaseError, ValueError) as error:  # ValueError: EPSG codes that are no number
        raise OptionError(f"--aoi: {path} can't be brought to the scene's CRS ({error}).") from error
    finite = [polygon for polygon in moved if np.isfinite(polygon.bounds).all()]
    if moved and not finite:
        raise OptionError(f"--aoi: {path} ({source}) lies outside of where the scene's CRS is defined.")
    return [part for polygon in finite for part in _polygonal(polygon)]


def _moved(polygon: Any, from_crs: Any, to_crs: Any) -> Any:
    import shapely
    from rasterio.warp import transform_geom
    from shapely.geometry import mapping, shape

    west, south, east, north = polygon.bounds
    dense = shapely.segmentize(polygon, max(east - west, north - south) / EDGE_PARTS)
    return shape(transform_geom(from_crs, to_crs, mapping(dense)))


def _clipped(polygon: Any, near: Any) -> Any:
    """The part of a polygon with many corners that lies around the window: handing them all to GDAL costs most."""
    import shapely

    if shapely.get_num_coordinates(polygon) < CLIP_COORDINATES:
        return polygon
    return shapely.clip_by_rect(polygon, *near.bounds)
