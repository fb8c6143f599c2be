"""Reading GeoJSON: geometries, properties and CRS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from geoquant.errors import OptionError

LON_LAT = "OGC:CRS84"
"""The CRS of GeoJSON coordinates, RFC 7946 section 4."""
DAMAGE = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
"""What reading JSON and making geometries of it raises where it holds something else."""


def _read_geojson(path: Path) -> tuple[list[Any], str]:
    """Geometries and CRS; the CRS is longitude and latitude but for files with the older ``crs`` member."""
    import shapely
    from shapely.geometry import shape

    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        geometries = [shape(part) for part in _geojson_geometries(content)]
    except (*DAMAGE, shapely.errors.ShapelyError) as error:
        raise OptionError(
            f"--aoi: {path} is neither a GeoPackage nor readable GeoJSON ({fault_of(error)}). "
            "Convert other formats first: ogr2ogr areas.gpkg FILE."
        ) from error
    return geometries, crs_of(content, f"--aoi: {path}") or LON_LAT


def fault_of(error: Exception) -> str:
    """What is wrong with a GeoJSON file, in words: what Python says of an object of another kind tells nobody where."""
    import shapely

    if isinstance(error, (json.JSONDecodeError, UnicodeDecodeError, shapely.errors.ShapelyError)):
        return str(error)
    return "a feature, geometry or coordinate is missing or of another kind than GeoJSON has there"


def crs_of(content: Mapping[str, Any], whose: str) -> str | None:
    """The CRS that a GeoJSON object names in the older member ``crs``, which GDAL still writes for other systems.

    Raises:
        OptionError: the member is there and names none; the message begins with ``whose``.
    """
    if content.get("crs") is None:
        return None
    try:
        name = content["crs"]["properties"]["name"]
    except DAMAGE:
        name = None
    if not isinstance(name, str) or not name:
        raise OptionError(
            f'{whose} has a member "crs" that names no CRS; expected {{"properties": {{"name": "EPSG:32633"}}}}, or '
            "no such member for longitude and latitude."
        )
    return name


def _geojson_geometries(content: Any) -> Iterator[Any]:
    """The geometry objects of a FeatureCollection, a Feature or a geometry."""
    kind = content["type"]
    if kind == "FeatureCollection":
        for feature in content["features"]:
            yield from _geojson_geometries(feature)
    elif kind == "Feature":
        if content["geometry"] is not None:
            yield content["geometry"]
    else:
        yield content
