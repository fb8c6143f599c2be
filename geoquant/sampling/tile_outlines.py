"""Tiles as polygons of a GIS, GeoPackage or GeoJSON: written to look at and to edit, and read back.

GeoJSON is in longitude and latitude, as RFC 7946 wants it. A GeoPackage is in the scenes' own CRS where they share one,
else in longitude and latitude too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geoquant.errors import OptionError
from geoquant.grid import Grid, Window
from geoquant.output.destination import part_file
from geoquant.vector.geojson import DAMAGE, crs_of, fault_of
from geoquant.vector.geopackage.features import SQLITE_MAGIC, Feature
from geoquant.vector.geopackage.reading import read_features
from geoquant.vector.geopackage.writing import NewLayer, write_geopackage
from geoquant.vector.polygons import bounds_window

LON_LAT = "EPSG:4326"
SUFFIXES = (".gpkg", ".geojson", ".json")


@dataclass(frozen=True)
class TileOutline:
    """The outline of a tile, with its attributes.

    Attributes:
        grid: The grid of its scene.
        window: The tile's place, in pixels of that grid.
        attributes: The attributes that a GIS shows: ints, floats and texts, the same names for every tile.
    """

    grid: Grid
    window: Window
    attributes: Mapping[str, Any]


def check_suffix(path: Path) -> None:
    """Refuse a file name that does not say which format is meant.

    Raises:
        OptionError: naming the formats.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise OptionError(f"{path}: tiles are written as GeoPackage (.gpkg) or GeoJSON (.geojson); give such a name.")


def write_tile_outlines(path: Path, tiles: Sequence[TileOutline]) -> None:
    """Write one polygon per tile, numbered from 1; where a scene has no CRS, in its pixels.

    Args:
        path: the file, its format by its suffix.
        tiles: at least one.

    Raises:
        OptionError: another suffix.
    """
    check_suffix(path)
    shared = {tile.grid.crs for tile in tiles}
    native = path.suffix.lower() == ".gpkg" and len(shared) == 1
    crs = next(iter(shared)) if native or shared == {None} else LON_LAT
    features = [
        Feature(_polygon(tile, None if native else crs), {"number": number, **tile.attributes})
        for number, tile in enumerate(tiles, 1)
    ]
    with part_file(path) as part:
        if path.suffix.lower() == ".gpkg":
            write_geopackage(part, _layer(features, crs), features)
        else:
            part.write_text(_geojson(features), encoding="utf-8")


def _layer(features: Sequence[Feature], crs: str | None) -> NewLayer:
    kinds = {feature.geometry.geom_type.upper() for feature in features}
    columns = {name: type(value) for name, value in features[0].attributes.items()}
    return NewLayer("tiles", columns, crs, kinds.pop() if len(kinds) == 1 else "GEOMETRY")


def _polygon(tile: TileOutline, crs: str | None) -> Any:
    """The tile's outline, anticlockwise, in its scene's CRS or in ``crs``."""
    import shapely
    from rasterio.warp import transform_geom
    from shapely.geometry import mapping, polygon, shape

    window, grid = tile.window, tile.grid
    corners = [(window.row, window.col), (window.row_end, window.col), (window.row_end, window.col_end)]
    corners += [(window.row, window.col_end)]
    outline = shapely.Polygon([grid.xy(col, row) for row, col in corners])
    if crs is not None and grid.crs is not None:
        outline = shape(transform_geom(grid.crs, crs, mapping(outline), antimeridian_cutting=True, precision=8))
    return polygon.orient(outline) if outline.geom_type == "Polygon" else outline


def _geojson(features: Sequence[Feature]) -> str:
    from shapely.geometry import mapping

    listed = [
        {"type": "Feature", "properties": dict(feature.attributes), "geometry": mapping(feature.geometry)}
        for feature in features
    ]
    return json.dumps({"type": "FeatureCollection", "features": listed}, indent=1)


def read_tile_outlines(path: Path) -> tuple[list[Feature], str | None]:
    """The polygons of a GeoPackage or GeoJSON file with their attributes, and their CRS (None: unknown).

    Raises:
        OptionError: the file is missing, damaged, neither format, or empty.
    """
    if not os.path.isfile(path):
        raise OptionError(f"{path} does not exist or is not a file; give the tiles that geoquant sample wrote.")
    with path.open("rb") as stream:
        is_database = stream.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC
    features, crs = read_features(path) if is_database else _read_geojson(path)
    if not features:
        raise OptionError(f"{path} holds no tile; make one with geoquant sample.")
    return features, crs


def tile_window(geometry: Any, crs: str | None, grid: Grid) -> Window:
    """The pixels under a tile's bounding rectangle, which may lie outside of the grid; empty where it has no area.

    Args:
        geometry: shapely geometry.
        crs: of its coordinates; they are taken as they are where this or the grid's is unknown.
        grid: of the scene.

    Raises:
        OptionError: the coordinates can't be brought to the scene's CRS.
    """
    from rasterio._err import CPLE_BaseError  # PROJ's own errors come through rasterio unmapped
    from rasterio.errors import CRSError, RasterioError
    from rasterio.warp import transform_geom
    from shapely.geometry import mapping, shape

    try:
        placed = crs is None or grid.crs is None
        moved = geometry if placed else shape(transform_geom(crs, grid.crs, mapping(geometry)))
    except (CRSError, RasterioError, CPLE_BaseError, ValueError, IndexError) as error:  # of GDAL's empty results too
        raise OptionError(f"tiles in {crs} can't be brought to the scene's CRS ({error}).") from error
    half = 0.49 * min(grid.pixel_extent)  # a box that was turned twice is wider: round to the nearest
    west, south, east, north = moved.bounds
    if not np.isfinite(moved.bounds).all() or min(east - west, north - south) <= 2 * half:
        return Window(0, 0, 0, 0)
    return bounds_window((west + half, south + half, east - half, north - half), grid)


def _read_geojson(path: Path) -> tuple[list[Feature], str]:
    import shapely
    from shapely.geometry import shape

    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        features = [
            Feature(entry["geometry"] and shape(entry["geometry"]), dict(entry.get("properties") or {}))
            for entry in content["features"]
        ]
    except (*DAMAGE, shapely.errors.ShapelyError) as error:
        fault = fault_of(error)
        raise OptionError(f"{path} is neither a GeoPackage nor a GeoJSON FeatureCollection ({fault}).") from error
    return features, crs_of(content, str(path)) or LON_LAT
