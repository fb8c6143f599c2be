"""Reading GeoJSON: geometries, properties and CRS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geoquant.errors import OptionError

LON_LAT = "OGC:CRS84"
"""The CRS of GeoJSON coordinates, RFC 7946 section 4."""


def _read_geojson(path: Path) -> tuple[list[Any], str]:
    """Geometries and CRS; the CRS is longitude and latitude but for files with the older ``crs`` member."""
    import shapely
    from shapely.geometry import shape

    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        geometries = [shape(part) for part in _geojson_geometries(content)]
    except (ValueError, TypeError, KeyError, AttributeError, shapely.errors.ShapelyError) as error:
        raise OptionError(
            f"--aoi: {path} is neither a GeoPackage nor readable GeoJSON ({error}). "
            "Convert other formats first: ogr2ogr areas.gpkg FILE."
        ) from error
    named = content.get("crs") or {}
    return geometries, str(named.get("properties", {}).get("name") or LON_LAT)


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
