"""Polygons out of GeoPackages (geometry blobs: OGC 12-128r19, 2.1.3)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoquant.errors import OptionError
from geoquant.vector.geopackage.features import Feature, quoted

ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
NOT_AREAS = ("POINT", "MULTIPOINT", "LINESTRING", "MULTILINESTRING", "CIRCULARSTRING", "COMPOUNDCURVE", "MULTICURVE")


@dataclass(frozen=True)
class FeatureTable:
    """One feature table: its name, geometry column and CRS (None when the file leaves it undefined)."""

    table: str
    column: str
    crs: str | None


def read_geopackage(path: Path, layer: str | None = None) -> tuple[list[Any], str | None]:
    """The shapely geometries of one layer, and its CRS; see ``read_features``."""
    features, crs = read_features(path, layer)
    return [feature.geometry for feature in features if feature.geometry is not None], crs


def read_features(path: Path, layer: str | None = None) -> tuple[list[Feature], str | None]:
    """The features of one layer, and its CRS (authority code or WKT), None when undefined.

    Args:
        path: the GeoPackage.
        layer: its feature table; by default the only one that can hold polygons.

    Raises:
        OptionError: no GeoPackage, no such layer, several layers to choose from, or a damaged geometry.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            chosen = _choose(_layers(database), path, layer)
            return list(_features(database, chosen, path)), chosen.crs
    except (sqlite3.Error, ValueError, TypeError, LookupError, AttributeError) as error:  # text that is no UTF-8, too
        raise OptionError(f"{path} is not a readable GeoPackage ({error}).") from error


def _layers(database: sqlite3.Connection) -> list[FeatureTable]:
    """All feature tables that can hold polygons."""
    rows = database.execute(
        "SELECT g.table_name, g.column_name, s.organization, s.organization_coordsys_id, s.definition "  # nosec B608
        "FROM gpkg_geometry_columns g LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id "
        f"WHERE upper(g.geometry_type_name) NOT IN ({', '.join('?' * len(NOT_AREAS))}) ORDER BY g.table_name",
        NOT_AREAS,
    )
    return [FeatureTable(table, column, _crs(*system)) for table, column, *system in rows]


def _crs(organization: str | None, code: int | None, definition: str | None) -> str | None:
    if organization and organization.upper() == "EPSG":
        return f"EPSG:{code}"
    if not definition or definition.lower() == "undefined":
        return None
    return definition


def _choose(layers: list[FeatureTable], path: Path, name: str | None) -> FeatureTable:
    if not layers:
        raise OptionError(f"{path} has no layer of polygons.")
    names = ", ".join(layer.table for layer in layers)
    if name is None and len(layers) > 1:
        raise OptionError(f"{path} has several layers ({names}); choose one as '{path}|layername={layers[0].table}'.")
    for layer in layers:
        if name in (None, layer.table):
            return layer
    raise OptionError(f"{path} has no layer of polygons named {name!r}; it has {names}.")


def _features(database: sqlite3.Connection, layer: FeatureTable, path: Path) -> Iterator[Feature]:
    import shapely

    rows = database.execute(f"SELECT * FROM {quoted(layer.table)}")  # nosec B608
    names = [column[0] for column in rows.description]
    for number, row in enumerate(rows, start=1):
        attributes = dict(zip(names, row, strict=True))
        wkb = _wkb(attributes.pop(layer.column))
        try:
            yield Feature(None if wkb is None else shapely.from_wkb(wkb), attributes)
        except shapely.errors.ShapelyError as error:
            raise OptionError(f"{path}, layer {layer.table}: geometry {number} is damaged ({error}).") from error


def _wkb(blob: bytes | None) -> bytes | None:
    """The WKB after the header of a geometry blob; None for a null or empty geometry.

    Header: magic "GP", version, flags (bits 1..3 kind of envelope, bit 4 empty), SRS id, envelope.
    """
    if blob is None:
        return None
    if len(blob) < 8 or blob[:2] != b"GP" or (blob[3] >> 1) & 7 not in ENVELOPE_BYTES:
        raise OptionError("a geometry of the GeoPackage has no valid header.")
    if blob[3] & 0b10000:
        return None
    return bytes(blob[8 + ENVELOPE_BYTES[(blob[3] >> 1) & 7] :])
