"""The outlines of chosen tiles as GeoJSON, to look at in a GIS: where each one lies, and why it was chosen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from geoquant.doors.writer.destination import part_file
from geoquant.numbers.grid import Grid, Window


def write_tile_outlines(path: Path, tiles: Iterable[Mapping[str, Any]], grid: Grid) -> None:
    """Write one polygon per tile, in longitude and latitude (RFC 7946), or in pixels where the grid has no CRS.

    Args:
        path: the file to write.
        tiles: mappings with ``row``, ``col``, ``height`` and ``width`` in pixels of ``grid``; all else are attributes.
        grid: of the scene that the tiles were chosen from.
    """
    features = [_feature(number, tile, grid) for number, tile in enumerate(tiles, 1)]
    with part_file(path) as part:
        part.write_text(json.dumps({"type": "FeatureCollection", "features": features}, indent=1), encoding="utf-8")


def _feature(number: int, tile: Mapping[str, Any], grid: Grid) -> dict[str, Any]:
    window = Window(tile["row"], tile["col"], tile["height"], tile["width"])
    return {"type": "Feature", "properties": {"number": number, **tile}, "geometry": _polygon(window, grid)}


def _polygon(window: Window, grid: Grid) -> dict[str, Any]:
    corners = [(window.row, window.col), (window.row_end, window.col), (window.row_end, window.col_end)]
    corners += [(window.row, window.col_end), (window.row, window.col)]
    ring = [(place[2], place[5]) for place in (grid.origin_at(row, col) for row, col in corners)]
    polygon = {"type": "Polygon", "coordinates": [ring]}
    if grid.crs is None:
        return polygon
    from rasterio.warp import transform_geom

    found: dict[str, Any] = transform_geom(grid.crs, "EPSG:4326", polygon, precision=7)
    return {"type": "Polygon", "coordinates": found["coordinates"]}
